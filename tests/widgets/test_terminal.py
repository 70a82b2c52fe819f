"""What a real terminal is sent, for the segments of `test_injection` are only as good as what Textual makes of them."""

from __future__ import annotations

import os
import pty
import select
import subprocess
import sys
from contextlib import suppress

PROGRAM = """
from tests.widgets.test_injection import EVIL, Everything

class Once(Everything):
    def on_mount(self):
        super().on_mount()
        self.call_after_refresh(lambda: self.call_after_refresh(self.exit))

Once("".join(EVIL)).run()
"""

COMMANDS = [
    b"\x1b]0;OWNED",
    b"\x1b]52",
    "\x9b".encode(),
    b"\x1b[2J\x1b[1;7HFrom",
    b"\x1bP$qm",
    b"\x07",
    b"\x0e",
    "\u202e".encode(),
]
"""Title, clipboard, a C1 introducer, drawing over the header, a question, a bell, another character set, bidi."""

TEXTUALS_OWN = b"\x1b]22;default\x07"
"""The shape of the mouse pointer."""


def everything_sent() -> bytes:
    """Run the program in a terminal of its own until it ends; everything it wrote."""
    terminal, other_end = pty.openpty()
    environment = os.environ | {"TERM": "xterm-256color", "COLUMNS": "100", "LINES": "50", "PYTHONPATH": "."}
    program = subprocess.Popen(
        [sys.executable, "-c", PROGRAM],
        stdin=other_end,
        stdout=other_end,
        stderr=other_end,
        env=environment,
        start_new_session=True,
    )
    os.close(other_end)
    sent = b""
    with suppress(OSError):  # Linux: reading from a terminal whose other end is closed
        while select.select([terminal], [], [], 20)[0] and (piece := os.read(terminal, 65536)):
            sent += piece
    os.close(terminal)
    program.kill()
    program.wait()
    return sent


def test_no_command_of_a_mail_reaches_the_terminal() -> None:
    sent = everything_sent().replace(TEXTUALS_OWN, b"")
    assert b"OWNED" in sent, sent[-2000:].decode(errors="replace")
    for command in COMMANDS:
        assert command not in sent
