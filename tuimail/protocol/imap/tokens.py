"""The shape below every IMAP response: atoms, strings, NIL and parenthesised lists.

One regular expression cuts the text, a stack builds the lists. There is no recursion and no backtracking, so the
time is linear in the bytes even for a million open parentheses; servers' slips of the pen are mended here.
"""

from __future__ import annotations

import re
from typing import Final, TypeAlias

from tuimail.protocol.framing import Frame

Value: TypeAlias = "bytes | tuple[Value, ...] | None"
"""An atom or string (octets, unescaped), NIL, or a list of values."""

MAX_DEPTH: Final = 200
"""Lists inside lists. A BODYSTRUCTURE of a sane message stays below 20."""
MAX_TEXT: Final = 8 * 1024 * 1024
"""Octets outside literals: the UIDs of a million messages with gaps fit, sixty million parentheses do not."""

MAX_NUMBER: Final = 2**63 - 1


class ParseError(Exception):
    """This one response makes no sense; never leaves the parser."""


# RFC 9051 §9:
#   quoted        = DQUOTE *QUOTED-CHAR DQUOTE
#   literal       = "{" number64 ["+"] "}" CRLF *CHAR8        literal8 = "~{" number64 "}" CRLF *OCTET
#   msg-att-static = "BODY" section ["<" number ">"] SP nstring / "BINARY" section-binary SP (nstring / literal8) / …
#   section       = "[" [section-spec] "]"
#   atom          = 1*ATOM-CHAR
# An atom here is anything that is none of the others: Gmail flags hold brackets, Cyrus 3.6 put raw memory in one.
# A quote with a letter behind it does not end its string: file names come with their own, unescaped (MailKit#485).
# Each alternative matches to its end even when its closing mark is missing, or a run of quotes would cost n².
_TOKEN = re.compile(
    rb"""
      [()]
    | "(?:[^"\\\n]|\\[^\n]|"(?=[^ ()"\]\r\n]))*+"?
    | ~?\{[0-9]+\+?\}\r\n
    | (?:BODY(?:\.PEEK)?|BINARY(?:\.PEEK|\.SIZE)?)\[(?:"(?:[^"\\\n]|\\.)*+"?|[^"\]])*+\]?(?:<[0-9]+>)?
    | [^ ()"\t\r\n]++
    """,
    re.VERBOSE | re.IGNORECASE,
)
_MARKER = re.compile(rb"\{[0-9]+\+?\}\r\n")
_ESCAPE = re.compile(rb"\\(.)", re.DOTALL)

_OPEN, _CLOSE, _QUOTE = b'()"'


def values(frame: Frame, start: int = 0) -> tuple[Value, ...]:
    """The values of the frame's text from `start` (which must lie before its first literal). Raises ParseError."""
    if len(frame.text) > MAX_TEXT:
        raise ParseError(f"longer than {MAX_TEXT} octets")
    literals = iter(frame.literals)
    current: list[Value] = []
    outer: list[list[Value]] = []
    for token in _TOKEN.findall(frame.text, start):
        first = token[0]
        if first == _OPEN:
            if len(outer) == MAX_DEPTH:
                raise ParseError(f"lists nested deeper than {MAX_DEPTH}")
            outer.append(current)
            current = []
        elif first == _CLOSE:
            if not outer:
                continue  # one parenthesis too many at the end harms nobody
            finished = tuple(current)
            current = outer.pop()
            current.append(finished)
        elif first == _QUOTE:
            current.append(_unquote(token))
        elif token.endswith(b"\n"):
            literal = next(literals, None)
            if literal is None:
                raise ParseError("a literal marker without its literal")
            current.append(literal)
        elif len(token) == 3 and token.upper() == b"NIL":
            current.append(None)
        else:
            if b"\n" in token:  # literals in a list of header field names
                token = _MARKER.sub(lambda _: next(literals, b""), token)
            current.append(token)
    if outer:
        raise ParseError("a list without its end")
    if next(literals, None) is not None:
        raise ParseError("a literal where none can stand")
    return tuple(current)


def _unquote(token: bytes) -> bytes:
    if len(token) < 2 or token[-1] != _QUOTE:
        raise ParseError("a quoted string without its end")
    inner = token[1:-1]
    return _ESCAPE.sub(rb"\1", inner) if b"\\" in inner else inner


def whole(value: Value) -> int | None:
    """The value as number64 (RFC 9051 §9: unsigned, of 63 bits, as SQLite has them); None when it is none."""
    if isinstance(value, bytes) and value.isdigit() and len(value) <= 20 and (told := int(value)) <= MAX_NUMBER:
        return told
    return None


def number(value: Value) -> int:
    """The value as number64. Raises ParseError."""
    told = whole(value)
    if told is None:
        raise ParseError(f"not a number: {value!r:.40}")
    return told


def atoms(value: tuple[Value, ...]) -> tuple[bytes, ...]:
    """The words of a list; lists inside it are left out, and NIL here is a word like any other."""
    return tuple([b"NIL" if word is None else word for word in value if not isinstance(word, tuple)])
