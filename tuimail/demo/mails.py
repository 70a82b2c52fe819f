"""The sample mailbox of the demo: about 300 messages, the same every time but for their dates."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from tuimail.demo.letters import tell
from tuimail.demo.newsletters import newsletters
from tuimail.demo.notices import notices
from tuimail.demo.post import SampleMail
from tuimail.demo.showpieces import showpieces

FOLDERS = ("INBOX", "Archive", "Drafts", "Junk", "Lists/terminal-users", "Projects/Lighthouse", "Sent", "Trash")
"""Every folder of the demo. pymap offers no SPECIAL-USE, so the names have to say what they are for."""

_LIST_FIELDS = (
    ("List-Id", "Talk about terminals <terminal-users.lists.example.org>"),
    ("List-Post", "<mailto:terminal-users@lists.example.org>"),
    ("List-Unsubscribe", "<mailto:terminal-users-leave@lists.example.org>"),
    ("Precedence", "list"),
)


def sample_mail(now: datetime) -> Iterator[SampleMail]:
    """Every message of the demo, ages counted back from `now` (an aware datetime). In no particular order."""
    yield from tell("inbox", now, "INBOX")
    yield from tell("world", now, "INBOX")
    yield from showpieces(now)
    yield from newsletters(now)
    yield from notices(now)
    yield from tell("lighthouse", now, "Projects/Lighthouse", to="project")
    yield from tell("lists", now, "Lists/terminal-users", to="list", extra=_LIST_FIELDS)
    yield from tell("archive", now, "Archive")
    yield from tell("quay", now, "INBOX")
    yield from tell("junk", now, "Junk")
    yield from tell("other", now, "Drafts")


def arriving_mail(now: datetime) -> list[SampleMail]:
    """What comes in while the demo runs, in order, all dated `now`."""
    return list(tell("arrivals", now, "INBOX"))
