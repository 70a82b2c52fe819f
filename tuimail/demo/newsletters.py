# ruff: noqa: E501 (prose stays in one piece)
"""HTML mail as it really comes: tables in tables, a hidden preheader, a tracking pixel, and a plain part that gave up.

The words are long lists of small jokes; the code at the end turns them into three newsletters.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from email.mime.multipart import MIMEMultipart
from email.mime.text import MIMEText
from html import escape

from tuimail.demo.people import ME, Person
from tuimail.demo.post import SampleMail, basic_fields, encoded, whole_mail

FOG = Person("The Fog Digest", "digest@fog-weekly.test")
KELP = Person("Kelp & Co. Outfitters", "hello@kelp-outfitters.test")
KNOT = Person("Knot of the Week", "knots@ropework.test")

_FOG_ISSUES = (
    (
        "Thick, and getting thicker",
        ("Twelve words for mist, ranked", "Horn or bell? Readers write", "He walked home by smell: an interview"),
    ),
    (
        "A clear week (we apologise)",
        ("What to do when you can see", "Ten horizons that were worth it", "Letters: “I miss it”"),
    ),
    ("The drizzle issue", ("Is drizzle fog that has made up its mind?", "Umbrellas: a dissent", "Crossword, smudged")),
    (
        "Sea fret special",
        ("Fret, haar, or just Tuesday", "Photographs, all grey", "Our correspondent is expected back"),
    ),
    (
        "Visibility: a memoir",
        ("Chapter one: nineteen miles", "Chapter two: my hand", "Next week: chapter three, if we find it"),
    ),
    ("Fog on a budget", ("Kettles and closed windows", "Renting a valley", "Second-hand dry ice: what to ask")),
    ("The winter catalogue of clouds", ("Low ones", "Lower ones", "The one on the ground")),
    ("It lifted", ("Where were you?", "We had left the car in the sea", "Poem")),
)
_KELP_OFFERS = (
    (
        "Jumpers for people who stand on things",
        (("Gallery jumper, navy", "68.00"), ("Gallery jumper, other navy", "68.00"), ("Hat, gull-resistant", "19.50")),
    ),
    (
        "Everything for the damp",
        (
            ("Socks that remember being dry", "12.00"),
            ("Tea towel, very large (“sail”)", "24.00"),
            ("Biscuit tin, watertight", "15.00"),
        ),
    ),
    ("Boots: a sale with depth", (("Boot, left", "31.00"), ("Boot, right", "31.00"), ("Both boots", "61.99"))),
    (
        "Gifts for keepers",
        (
            ("Lamp oil, scented: fish", "9.00"),
            ("Logbook, 365 pages of “as yesterday”", "14.00"),
            ("Bell for parrots", "22.00"),
        ),
    ),
    (
        "We have counted the stock",
        (("One oar", "17.00"), ("Rope, some", "4.00 / m"), ("A thing we cannot identify", "offers")),
    ),
    (
        "Last anchors before spring",
        (("Anchor, small", "44.00"), ("Anchor, large", "89.00"), ("Anchor, sentimental", "not for sale")),
    ),
)
_KNOTS = (
    ("The bowline", "The rabbit comes out of the hole, goes round the tree, and thinks better of it."),
    ("The clove hitch", "Quick to make, quick to slip: like a New Year’s resolution, but with rope."),
    ("The sheet bend", "Joins two ropes which have nothing else in common."),
    ("The figure of eight", "For stopping. Also for skaters."),
    ("The reef knot", "Right over left, left over right, then everybody argues."),
    ("The granny", "Not a knot we teach. A knot that happens."),
    ("The monkey’s fist", "It hits what you throw it at and stays tied for a century."),
)


def newsletters(now: datetime) -> Iterator[SampleMail]:
    """All three series, one issue a week each, the newest unread."""
    for n, (title, stories) in enumerate(_FOG_ISSUES):
        items = "".join(
            f'<tr><td style="padding:8px;border-bottom:1px solid #ccc"><a href="https://fog-weekly.test/{n}/{i}?utm_source=mail&amp;'
            f'utm_campaign=fog{n}&amp;id=7f3a{i}"><b>{escape(story)}</b></a><br>Reading time: {3 + i * 2} minutes, longer in fog.</td></tr>'
            for i, story in enumerate(stories)
        )
        yield _issue(
            FOG,
            f"The Fog Digest № {212 - n}: {title}",
            items,
            "fog-weekly.test",
            now - timedelta(days=7 * n, hours=7),
            n,
        )
    for n, (title, goods) in enumerate(_KELP_OFFERS):
        items = "".join(f"<tr><td>{escape(thing)}</td><td align=right>{price}</td></tr>" for thing, price in goods)
        items += '<tr><td colspan=2 align=center><a href="https://kelp-outfitters.test/sale">To the shop, by way of the pier →</a></td></tr>'
        yield _issue(KELP, title, items, "kelp-outfitters.test", now - timedelta(days=9 * n + 1, hours=3), n)
    for n, (knot, words) in enumerate(_KNOTS):
        items = f"<tr><td><h3>{escape(knot)}</h3><p>{escape(words)}</p><ul><li>Rope: one</li><li>Hands: two, or three</li></ul></td></tr>"
        yield _issue(
            KNOT, f"Knot of the week: {knot.lower()}", items, "ropework.test", now - timedelta(days=7 * n + 3), n
        )


def _issue(sender: Person, subject: str, items: str, host: str, when: datetime, number: int) -> SampleMail:
    message = MIMEMultipart("alternative", boundary=f"=_issue-{host}-{number}")
    fields = [
        *basic_fields(sender, [ME], subject, when, f"<issue-{number}@{host}>"),
        ("List-Id", f"{encoded(sender.name)} <news.{host}>"),
        ("List-Unsubscribe", f"<https://{host}/bye?who=juno>, <mailto:bye@{host}>"),
        ("List-Unsubscribe-Post", "List-Unsubscribe=One-Click"),
    ]
    message.attach(
        MIMEText(f"{subject}\n\nYour mailer does not show HTML. We do not know what to say.\n", "plain", "utf-8")
    )
    message.attach(MIMEText(_page(sender, subject, items, host, number), "html", "utf-8"))
    flags = frozenset() if number == 0 else frozenset({"\\Seen"})
    return SampleMail("INBOX" if number < 5 else "Archive", whole_mail(fields, message), when, flags)


def _page(sender: Person, subject: str, items: str, host: str, number: int) -> str:
    return f"""<!DOCTYPE html>
<html><head><meta charset="utf-8"><title>{escape(subject)}</title>
<style>body {{ background:#eef; font-family: sans-serif }} .card {{ width:600px }} @media (max-width:600px) {{ .card {{ width:100% }} }}</style></head>
<body>
<div style="display:none;max-height:0;overflow:hidden;mso-hide:all">You were not meant to read this preheader, but hello.&nbsp;&zwnj;&nbsp;&zwnj;</div>
<table width="100%" cellpadding="0" cellspacing="0"><tr><td align="center">
<table class="card" role="presentation"><tr><td bgcolor="#223355" style="color:#fff;padding:20px"><h1>{escape(sender.name)}</h1></td></tr>
<tr><td><h2>{escape(subject)}</h2><table width="100%">{items}</table></td></tr>
<tr><td style="font-size:11px;color:#888">You get this because, long ago, you did not untick a box.<br>
<a href="https://{host}/bye?who=juno">Leave</a> · <a href="https://{host}/view/{number}">See it in a browser, if you must</a></td></tr>
</table></td></tr></table>
<img src="https://{host}/pixel.gif?who=juno&amp;issue={number}" width="1" height="1" alt="">
</body></html>
"""
