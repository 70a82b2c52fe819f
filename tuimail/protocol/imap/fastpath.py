"""The two FETCH replies that come by the thousand, read with one regular expression each.

What matches here means exactly what the parser says it means (a test holds the two together); what does not match
(strings as literals, odd flags, unasked items) goes the parser's way, one response at a time.
"""

from __future__ import annotations

import re
from typing import Final

from tuimail.protocol.framing import Frame
from tuimail.protocol.imap.fetch import section_name
from tuimail.protocol.imap.responses import Fetch

# "*" SP nz-number SP "FETCH" SP "(" items ")", the items in any order, with at most the one literal of a section.
# A flag here has no bracket, so that no flag can look like the start of a section.
_FETCH = re.compile(
    rb"""
    \*\ ([1-9][0-9]{0,9})\ FETCH\ \(
    (?: (?: UID\ ([0-9]{1,20})
          | FLAGS\ \(([A-Za-z0-9\\$_.:+/ -]*+)\)
          | INTERNALDATE\ "([^"\\\n]*+)"
          | RFC822\.SIZE\ ([0-9]{1,20})
          | MODSEQ\ \(([0-9]{1,20})\)
          | (BODY\[[A-Za-z0-9.]*+ (?:\ \([A-Za-z0-9\ "-]*+\))? \](?:<[0-9]+>)?) \ \{[0-9]+\+?\}\r\n
        ) (?:\ |(?=\)\Z))
    )++ \)
    """,
    re.VERBOSE,
)
_names: Final[dict[bytes, bytes]] = {}
"""Section names met so far, made canonical: a session sees a handful."""
_MAX_NAMES: Final = 256


def read_quickly(frame: Frame) -> Fetch | None:
    """The same Fetch that `parser.parse` gives, or None when this is not one of the common shapes."""
    text, literals = frame
    found = _FETCH.fullmatch(text)
    if found is None:
        return None
    seq, uid, flags, internaldate, size, modseq, section = found.groups()
    if flags and b"nil" in flags.lower():
        return None  # the parser's NIL has one spelling
    sections: dict[bytes, bytes | None] = {}
    if section is not None:
        if len(literals) != 1:
            return None
        sections[_names.get(section) or _learn(section)] = literals[0]
    return Fetch(
        int(seq),
        None if uid is None else int(uid),
        None if flags is None else tuple(flags.split()),
        internaldate,
        None if size is None else int(size),
        None if modseq is None else int(modseq),
        sections,
    )


def _learn(section: bytes) -> bytes:
    if len(_names) >= _MAX_NAMES:
        _names.clear()
    _names[section] = name = section_name(section)
    return name
