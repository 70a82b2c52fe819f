"""As much of a terminal as Textual needs: cells, a cursor, the alternate screen. Anything else it is sent it keeps."""

from __future__ import annotations

import codecs
import re
from collections import Counter

from rich.cells import cell_len

_STRING = r"\x1b[\]PX^_][^\x07\x1b]*(?:\x07|\x1b\\)"
_SEQUENCE = re.compile(rf"\x1b\[[0-?]*[ -/]*[@-~]|{_STRING}|\x1b[ -/]+[0-~]|\x1b[0-OQ-WYZ\\`-~]")
_TOKEN = re.compile(rf"({_SEQUENCE.pattern})|([\x00-\x1f])|([^\x00-\x1f]+)")
_PLACE = re.compile(r"\x1b\[(\d+);(\d+)H")

# What Textual 8.2 writes on a terminal, numbers as N: colours and attributes, the place of the cursor; switches for
# mouse, focus, paste, alternate screen, cursor, line wrap, synchronised output, reports of size; questions whether the
# last two are known; the keyboard protocol; the shape of the mouse pointer.
_SWITCHES = (7, 25, 1000, 1003, 1004, 1006, 1015, 1016, 1049, 2004, 2026, 2048)
TEXTUALS = frozenset(
    (
        *("\x1b[m", "\x1b[N;NH", "\r", "\n", "\x1b[?2026$p", "\x1b[?2048$p", "\x1b[>25u", "\x1b[<u"),
        *(
            f"\x1b[?{n}{way}"
            for n in (7, 25, 1000, 1003, 1004, 1006, 1015, 1016, 1049, 2004, 2026, 2048)
            for way in "hl"
        ),
        *(f"\x1b]22;{shape}\x07" for shape in ("default", "pointer", "text")),
    )
)
"""Every command a terminal should ever get from us."""

# Reset, bold, dim, italic, underline, reverse, strike, and full colours: nothing that blinks or hides words.
_ATTRIBUTE = r"(?:[0-4]|7|9|[34]8;2;\d{1,3};\d{1,3};\d{1,3})"
_ATTRIBUTES = re.compile(rf"\x1b\[{_ATTRIBUTE}(?:;{_ATTRIBUTE})*m")

_NO_WORDS = re.compile("[\x7f-\x9f\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069\udc80-\udcff]")


def commands(output: bytes) -> Counter[str]:
    """How often each kind of command occurs: the colours as `ESC [ m`, places with N, all others as they are.

    What is no text and no command is counted too: lone escapes, control characters (C0, C1), characters that turn
    the direction of writing, octets that are not UTF-8.
    """
    found: Counter[str] = Counter()
    text = output.decode("utf-8", "surrogateescape")
    for token in _TOKEN.finditer(text):
        command, control, words = token.groups()
        if command:
            found[_ATTRIBUTES.sub("\x1b[m", _PLACE.sub("\x1b[N;NH", command))] += 1
        elif control:
            found[control] += 1
        else:
            found.update(_NO_WORDS.findall(words))
    return found


Cell = tuple[str, str]
_BLANK: Cell = (" ", "")


class Picture:
    """The screen after the octets fed so far."""

    def __init__(self, columns: int, rows: int) -> None:
        self.columns, self.rows = columns, rows
        self.alternate = False
        self.cursor_shown = True
        self._cells = [[_BLANK] * columns for _ in range(rows)]
        self._column = self._row = 0
        self._style = ""
        self._decode = codecs.getincrementaldecoder("utf-8")("replace").decode
        self._rest = ""

    @property
    def text(self) -> str:
        """Line by line, without trailing spaces."""
        return "\n".join("".join(char for char, _ in line).rstrip() for line in self._cells)

    @property
    def cells(self) -> list[list[Cell]]:
        """Line by line: what stands there, and the command that gave it its colours."""
        return [[*line] for line in self._cells]

    def resize(self, columns: int, rows: int) -> None:
        """As a terminal's alternate screen does it: what fits stays, nothing is wrapped anew."""
        self._cells = [(line + [_BLANK] * columns)[:columns] for line in self._cells[:rows]]
        self._cells += [[_BLANK] * columns for _ in range(rows - len(self._cells))]
        self.columns, self.rows = columns, rows
        self._column, self._row = min(self._column, columns - 1), min(self._row, rows - 1)

    def feed(self, octets: bytes) -> None:
        """Paint; an unfinished sequence waits for its end."""
        text = self._rest + self._decode(octets)
        self._rest = ""
        at = 0
        while at < len(text):
            token = _TOKEN.match(text, at)
            assert token is not None
            command, control, words = token.groups()
            if control == "\x1b" and len(text) - at < 200:
                self._rest = text[at:]
                return
            at = token.end()
            if command:
                self._obey(command)
            elif control:
                self._control(control)
            else:
                self._write(words)

    def _obey(self, command: str) -> None:
        if place := _PLACE.fullmatch(command):
            self._row = min(int(place[1]), self.rows) - 1
            self._column = min(int(place[2]), self.columns) - 1
        elif command in ("\x1b[?1049h", "\x1b[?1049l"):
            self.alternate = command.endswith("h")
        elif command in ("\x1b[?25h", "\x1b[?25l"):
            self.cursor_shown = command.endswith("h")
        elif command == "\x1b[0m":
            self._style = ""
        elif _ATTRIBUTES.fullmatch(command):
            self._style = command

    def _control(self, control: str) -> None:
        if control == "\r":
            self._column = 0
        elif control == "\n" and self._row + 1 < self.rows:
            self._row += 1
        elif control == "\n":  # at the foot of the screen everything moves up: a program that does so is seen
            self._cells = [*self._cells[1:], [_BLANK] * self.columns]

    def _write(self, words: str) -> None:
        for char in words:
            width = cell_len(char)
            line = self._cells[self._row]
            if not width:
                before, style = line[max(0, self._column - 1)]
                line[max(0, self._column - 1)] = before + char, style
                continue
            # Line wrap is off (`ESC [ ? 7 l`): what comes at the right edge is painted over the last cells.
            self._column = max(0, min(self._column, self.columns - width))
            line[self._column : self._column + width] = [(char, self._style), ("", self._style)][:width]
            del line[self.columns :]
            self._column += width
