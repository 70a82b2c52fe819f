"""The two FETCH replies that come by the thousand, read with one regular expression each.

What matches here means exactly what the parser says it means (a test holds the two together); what does not match
(strings as literals, odd flags, unasked items) goes the parser's way, one response at a time.
"""

from __future__ import annotations

import re
from typing import Final

from tuimail.protocol.framing import Frame, Framer
from tuimail.protocol.imap.fetch import section_name
from tuimail.protocol.imap.responses import Fetch, Fetches

# "*" SP nz-number SP "FETCH" SP "(" items ")", the items in any order, with at most the one literal of a section.
# A flag here has no bracket, so that no flag can look like the start of a section; NIL the parser spells its own way.
_PLAIN = rb"""
    UID\ ([0-9]{1,18})
    | FLAGS\ \((?![^)\n]*[Nn][Ii][Ll])([A-Za-z0-9\\$_.:+/ -]*+)\)
    | INTERNALDATE\ "([^"\\\n]*+)"
    | RFC822\.SIZE\ ([0-9]{1,18})
    | MODSEQ\ \(([0-9]{1,18})\)"""
_SECTION = rb"""(BODY\[[A-Za-z0-9.]*+ (?:\ \((?:[A-Za-z0-9\ -]*+|(?:"[A-Za-z0-9-]*+"\ ?+)*+)\))? \](?:<[0-9]+>)?)"""
_START = rb"\*\ ([1-9][0-9]{0,9})\ FETCH\ \("
_FETCH = re.compile(
    rb"%b (?: (?: %b | %b \ \{[0-9]+\+?\}\r\n ) (?:\ |(?=\)\Z)) )++ \)" % (_START, _PLAIN, _SECTION), re.VERBOSE
)
# The same where the section, if any, comes last: matched in the stream as it comes, before it is framed.
_WITH_LITERAL = rb"%b (?: (?: %b ) (?:\ |(?=\)\r\n)) )*+ (?: %b \ \{([0-9]{1,8})\+?\}\r\n" % (_START, _PLAIN, _SECTION)
_IN_STREAM = re.compile(_WITH_LITERAL + rb"| \)\r\n )", re.VERBOSE)
_MANY = re.compile(_WITH_LITERAL + rb") (?(2)|(?!))", re.VERBOSE)
_MOST = 100
_names: Final[dict[bytes, bytes]] = {}
"""Section names met so far, made canonical: a session sees a handful."""
_MAX_NAMES: Final = 256


def take_quickly(framer: Framer) -> Fetch | None:
    """The next response, if it is a whole Fetch of the commonest shape; else None, and nothing is taken."""
    for found, literal in framer.next_lists(_IN_STREAM, 1):
        return _fetch(found.groups(), literal)
    return None


def take_many(framer: Framer) -> Fetches | None:
    """The next responses as far as they are whole Fetches of a message's section; else None, and nothing is taken."""
    told = []
    for found, literal in framer.next_lists(_MANY, _MOST):
        _, uid, flags, internaldate, size, _, section, _ = found.groups(b"")
        told.append(
            (int(uid), flags, internaldate, int(size or 0), _names.get(section) or _learn(section), literal or b"")
        )
    return Fetches(told) if told else None


def read_quickly(frame: Frame) -> Fetch | None:
    """The same Fetch that `parser.parse` gives, or None when this is not one of the common shapes."""
    text, literals = frame
    found = _FETCH.fullmatch(text)
    if found is None or len(literals) != (found[7] is not None):
        return None
    return _fetch(found.groups(), *literals)


def _fetch(groups: tuple[bytes | None, ...], literal: bytes | None = None) -> Fetch:
    seq, uid, flags, internaldate, size, modseq, section = groups[:7]
    return Fetch(
        int(seq or 0),
        None if uid is None else int(uid),
        None if flags is None else tuple(flags.split()),
        internaldate,
        None if size is None else int(size),
        None if modseq is None else int(modseq),
        {} if section is None else {_names.get(section) or _learn(section): literal},
    )


def _learn(section: bytes) -> bytes:
    if len(_names) >= _MAX_NAMES:
        _names.clear()
    _names[section] = name = section_name(section)
    return name
