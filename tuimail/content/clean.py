"""The one gate between remote text and the screen.

A terminal obeys what it is shown: ESC sequences retitle the window, write the clipboard, or make the terminal
type (Leadbeater 2023); bidi controls reorder a name (CVE-2021-42574). Textual passes all of it through, so every
string of a mail or a server goes through here first: names, subjects, bodies, file names, folder names, errors.

What could deceive is replaced by a visible mark, what is only invisible is dropped, the rest stays.
"""

from __future__ import annotations

import re
import unicodedata

MARK = "\N{REPLACEMENT CHARACTER}"
"""Stands for a control character."""
BIDI_MARK = "\N{SYMBOL FOR SUBSTITUTE FORM TWO}"
"""Stands for a character that would have reordered the text around it."""
MOST_MARKS = 8
"""Combining marks kept in one cell; real scripts need at most about four."""

_CONTROLS = (*range(0x20), 0x7F, *range(0x80, 0xA0), *range(0xD800, 0xE000), 0xFFFE, 0xFFFF)
_BIDI = (0x061C, 0x200E, 0x200F, *range(0x202A, 0x202F), *range(0x2066, 0x206A))
_INVISIBLE = (
    *(0x00AD, 0x034F, 0x115F, 0x1160, 0x17B4, 0x17B5, 0x200B, 0x3164, 0xFEFF, 0xFFA0),
    *range(0x180B, 0x1810),
    *range(0x2060, 0x2066),
    *range(0x206A, 0x2070),
    *range(0xFFF0, 0xFFFC),
    *range(0x13430, 0x13440),
    *range(0x1BCA0, 0x1BCA4),
    *range(0x1D173, 0x1D17B),
    *range(0xE0000, 0xE1000),
)
_TABLE: dict[int, str | None] = (
    dict.fromkeys(_CONTROLS, MARK)
    | dict.fromkeys(_BIDI, BIDI_MARK)
    | dict.fromkeys(_INVISIBLE)
    | {0x2028: " ", 0x2029: " "}
)
_LINE = _TABLE | {0x09: " ", 0x0A: " "}
_BODY = _TABLE | {0x09: "\t", 0x0A: "\n"}
_ADDRESS = {code: (BIDI_MARK if text == BIDI_MARK else MARK) for code, text in _TABLE.items()} | {
    0x200C: MARK,
    0x200D: MARK,
}

# What may look printable and is in the tables: few characters, and for simplicity all that are beyond the BMP.
_ODD = re.compile(
    f"[{''.join(chr(code) for code in _TABLE if code < 0x10000 and chr(code).isprintable())}\U00010000-\U0010ffff]"
)
# ZWNJ and ZWJ shape Persian, Indic and emoji; after ASCII, a blank or another joiner they only hide things.
_IDLE_JOINER = re.compile("(?<![^\x00-\x7f\xa0\u200c\u200d])[\u200c\u200d]")
_JOINERS = re.compile("[\u200c\u200d]")
# Every combining mark is neither a word character nor a blank, so a flood of them lies inside such a run.
_MARK_RUN = re.compile(rf"[^\w\s\x00-\x7f]{{{MOST_MARKS + 1},}}")


def clean_line(text: str) -> str:
    """One line of remote text, safe to paint: line breaks and tabs become blanks. Never raises."""
    if text.isprintable() and (text.isascii() or not _ODD.search(text)):
        few = len(text.encode()) - len(text) <= MOST_MARKS  # letters beyond ASCII: too few to be a flood of marks
        return text if few else _MARK_RUN.sub(_cap_marks, text)
    return _tame(text.replace("\r\n", "\n").translate(_LINE))


def clean_body(text: str) -> str:
    """Remote text of many lines, safe to paint: `\\n` and `\\t` stay, CRLF and CR become `\\n`. Never raises."""
    if text.isascii() and text.isprintable():
        return text
    return _tame(text.replace("\r\n", "\n").replace("\r", "\n").translate(_BODY))


def clean_address(text: str) -> str:
    """A mail address or host, safe to paint: nothing vanishes silently, so two addresses never look alike by it."""
    if text.isascii() and text.isprintable():
        return text
    return _tame(text.translate(_ADDRESS))


def _tame(text: str) -> str:
    if text.isascii():
        return text
    if _JOINERS.search(text):
        text = _IDLE_JOINER.sub("", text)
    return _MARK_RUN.sub(_cap_marks, text)


def _cap_marks(run: re.Match[str]) -> str:
    kept = []
    marks = 0
    for character in run[0]:
        marks = marks + 1 if unicodedata.category(character) in ("Mn", "Me") or character in "\u200c\u200d" else 0
        if marks <= MOST_MARKS:
            kept.append(character)
    return "".join(kept)
