"""Servers that offer what they cannot do, or take less than they should: known by greeting, ID or host.

Every entry names its report. A capability that is masked here is as good as not offered; the account screen says so.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from tuimail.records import Record

_SHORT_LINES = 800
"""Of a thousand octets in all: what is asked of heads takes 169."""


class Quirk(Record):
    """What to do differently with one kind of server."""

    server: str
    why: str
    greeting: re.Pattern[str] | None = None
    identity: re.Pattern[str] | None = None
    """Matched against `name vendor version` of the ID answer (RFC 2971)."""
    host: re.Pattern[str] | None = None
    masks: tuple[str, ...] = ()
    line_limit: int = 0
    """Octets of a UID set in one command, where it is less than usual."""


def _like(pattern: str) -> re.Pattern[str]:
    return re.compile(pattern, re.IGNORECASE)


QUIRKS = (
    Quirk(
        "Exchange Online",
        "it answers IMAP4rev2 with errors (MailKit#2016)",
        greeting=_like(r"Microsoft Exchange IMAP4 service is ready"),
        masks=("IMAP4REV2",),
    ),
    Quirk(
        "Exchange 2003",
        "it hangs up on NAMESPACE (MailKit#1512)",
        greeting=_like(r"Exchange Server 2003 IMAP4rev1"),
        masks=("NAMESPACE",),
    ),
    Quirk(
        "Cyrus",
        "STATUS with MAILBOXID answers with freed memory (Cyrus 3.6.1)",
        greeting=_like(r"\bCyrus IMAP\b"),
        identity=_like(r"\bcyrus\b"),
        masks=("STATUS=MAILBOXID",),
    ),
    Quirk(
        "Yahoo",
        "it takes lines of 1,000 octets only",
        identity=_like(r"\byahoo"),
        host=_like(r"(?:\A|\.)imap\.mail\.(?:yahoo|aol)\."),
        line_limit=_SHORT_LINES,
    ),
    Quirk(
        "UW imapd",
        "it takes lines of 1,000 octets only",
        greeting=_like(r"IMAP4rev1 20\d\d[a-z]?\.\d+ at "),
        line_limit=_SHORT_LINES,
    ),
)
"""STATUS=MAILBOXID is our own word: OBJECTID (RFC 8474) has no capability for asking it by STATUS."""


def of_greeting(host: str, greeting: str) -> list[Quirk]:
    """What host and greeting give away."""
    return [
        quirk
        for quirk in QUIRKS
        if (quirk.greeting is not None and quirk.greeting.search(greeting))
        or (quirk.host is not None and quirk.host.search(host))
    ]


def of_identity(fields: Mapping[bytes, bytes | None]) -> list[Quirk]:
    """What the answer to ID gives away."""
    said = b" ".join(fields.get(key) or b"" for key in (b"name", b"vendor", b"version")).decode("latin-1")
    return [quirk for quirk in QUIRKS if quirk.identity is not None and quirk.identity.search(said)]
