"""SASLprep: one spelling of a name or password for all who type it (RFC 4013, a profile of RFC 3454)."""

from __future__ import annotations

import stringprep
import unicodedata
from collections.abc import Callable

from tuimail.protocol.errors import LocalProtocolError

_PROHIBITED: tuple[Callable[[str], bool], ...] = (
    stringprep.in_table_c12,
    stringprep.in_table_c21_c22,
    stringprep.in_table_c3,
    stringprep.in_table_c4,
    stringprep.in_table_c5,
    stringprep.in_table_c6,
    stringprep.in_table_c7,
    stringprep.in_table_c8,
    stringprep.in_table_c9,
)


def saslprep(text: str, what: str = "text") -> str:
    """The prepared string, a "query" that may hold unassigned code points (RFC 3454 §7).

    what: how the error calls it. Raises LocalProtocolError for a prohibited character or mixed directions.
    """
    if text.isascii() and text.isprintable():
        return text
    # RFC 4013 §2.1: non-ASCII blanks become SPACE, what is "commonly mapped to nothing" goes.
    mapped = "".join(" " if stringprep.in_table_c12(c) else c for c in text if not stringprep.in_table_b1(c))
    prepared = unicodedata.ucd_3_2_0.normalize("NFKC", mapped)
    for char in prepared:
        if any(prohibited(char) for prohibited in _PROHIBITED):
            raise LocalProtocolError(f"the {what} holds a character that no server takes (U+{ord(char):04X})")
    # RFC 3454 §6: with one right-to-left letter in it, it must begin and end with such, and hold no other.
    if any(map(stringprep.in_table_d1, prepared)) and (
        any(map(stringprep.in_table_d2, prepared))
        or not (stringprep.in_table_d1(prepared[0]) and stringprep.in_table_d1(prepared[-1]))
    ):
        raise LocalProtocolError(f"the {what} mixes writing directions")
    return prepared
