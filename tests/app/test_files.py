"""`tuimail open FILE` in the real program: read like an account, and nothing in the file changes."""

from __future__ import annotations

from pathlib import Path

from tests.app.terminal import ENTER, Terminal

MBOX = b"".join(
    b"From ada@example.org Tue Feb  3 10:11:%02d 2026\nFrom: Ada <ada@example.org>\nSubject: letter %d\n"
    b"Date: Tue, 03 Feb 2026 10:11:%02d +0000\nMessage-ID: <%d@example.org>\n\nThe words of letter %d.\n\n"
    % (number, number, number, number, number)
    for number in range(30)
)


async def test_an_mbox_is_listed_read_and_left_as_it_was(tmp_path: Path) -> None:
    path = tmp_path / "old.mbox"
    path.write_bytes(MBOX)
    async with Terminal("open", str(path), home=tmp_path) as terminal:
        await terminal.shows("letter 29", "letter 28", "The words of letter 29.")
        terminal.type("j" + ENTER)
        await terminal.shows("The words of letter 28.", "q back")
        terminal.type("d")
        await terminal.shows("files are only read")
        terminal.type("q")
        await terminal.shows("Enter open")
        terminal.type("q")
        assert await terminal.ends() == 0
    assert path.read_bytes() == MBOX
    assert b"Traceback" not in terminal.output
