# ruff: noqa: E501 (prose stays in one piece)
"""What machines write: builds, tide warnings, parcels. Most mailboxes are made of this, so a demo needs some too."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta

from tuimail.demo.people import ME, Person
from tuimail.demo.post import SampleMail, basic_fields, plain_mail

BUILDS = Person("Build robot", "builds@kelpworks.test")
TIDES = Person("Pellwick Tide Watch", "alerts@tides.pellwick.test")
PARCELS = Person("Barnacle Parcels", "track@barnacle.test")

_BUILDS = (
    ("moon-nodal", "passed", "All 1,482 tests passed, one of them with its eyes shut."),
    ("moon-nodal", "failed", "test_the_moon_is_where_we_left_it: expected 17.4 degrees, found cheese."),
    ("norway", "passed", "Norway is back."),
    ("norway", "failed", "4,021 fjords differ."),
    ("clock-change", "passed", "The sea does not observe summer time."),
    ("clock-change", "failed", "It is now 02:30 for the second time. The first time was better."),
    ("almanac-proofs", "failed", "spelling: 'Febuary' (edition 3, collected by readers)."),
    ("gerald", "passed", "Soil moisture 44 %."),
    ("main", "passed", "Nothing to report. I enjoyed it."),
    ("main", "failed", "The disk is full of logs about the disk."),
    ("coffee-firewall", "passed", "0 delightful moments got through."),
    ("main", "passed", "Built in 58 seconds, of which 50 were spent waiting for the lift."),
)
_TIDES = (
    ("Spring tide: 5.2 m", "The slipway will be in the harbour, and so will the sign that says so."),
    ("Neap tide: nothing to see", "The sea is not really trying this week."),
    ("Gale warning, force 8", "Please take in flags, awnings and opinions."),
    ("Calm", "This is to let you know that there is no warning."),
    ("Low water 0.4 m: causeway open", "Open from 10:10 to 13:40. At 13:41 it is scenery."),
    ("Fog in the channel", "Reported by three ships, which are now one raft of friends."),
    ("Swell from the west", "Soup should not be served above half full."),
    ("Jellyfish", "That is the whole message. Jellyfish."),
    ("Seals on the north beach", "They were here first. They have brought a towel."),
    ("Spring tide: 5.4 m", "As above, but higher. Move the sign."),
)
_PARCELS = (
    ("has been ordered", "Your 4 cake tins, round, have been ordered. We are as excited as you are."),
    ("has left the warehouse", "It was quick. The door was open."),
    ("is on the ferry", "It can see you. It is waving."),
    ("is on the wrong ferry", "It has made friends and will be back on Thursday."),
    ("is out for delivery", "Between 08:00 and 20:00. Please stand by the door, in a hopeful posture."),
    ("was left with a neighbour", "We left it with Number Nine, who asked what was in it, twice."),
)


def notices(now: datetime) -> Iterator[SampleMail]:
    """Robot mail, several a week, the older half archived."""
    for n, (branch, verdict, words) in enumerate(_BUILDS):
        subject = f"[{'ok' if verdict == 'passed' else 'FAILED'}] tides/{branch} #{3187 - 7 * n}"
        body = f"{words}\n\nBranch:   {branch}\nResult:   {verdict}\nDuration: {58 + n * 3} s\n\nhttps://builds.kelpworks.test/{3187 - 7 * n}\n"
        yield _notice(BUILDS, subject, body, now - timedelta(days=2 * n, hours=5 + n), f"build-{n}", n < 8)
    for n, (subject, words) in enumerate(_TIDES):
        body = f"{words}\n\nYou get this because you once asked about the tide, in general.\n"
        yield _notice(TIDES, f"Tide Watch: {subject}", body, now - timedelta(days=3 * n, hours=9), f"tide-{n}", n < 6)
    for n, (subject, words) in enumerate(reversed(_PARCELS)):
        body = f"{words}\n\nFollow BN-40-1852-TIN at https://barnacle.test/follow (it is shy).\n"
        yield _notice(PARCELS, f"Your parcel {subject}", body, now - timedelta(days=n, hours=13), f"parcel-{n}", True)


def _notice(sender: Person, subject: str, body: str, when: datetime, ident: str, recent: bool) -> SampleMail:
    fields = [
        *basic_fields(sender, [ME], subject, when, f"<{ident}@{sender.email.partition('@')[2]}>"),
        ("Auto-Submitted", "auto-generated"),
        ("Precedence", "bulk"),
    ]
    read = not recent or ident[-1] in "13579"
    return SampleMail(
        "INBOX" if recent else "Archive", plain_mail(fields, body), when, frozenset({"\\Seen"} if read else ())
    )
