"""The line is gone: the keys work as ever, a restart keeps it all, and the server ends in that state, told once."""

from __future__ import annotations

import re
from pathlib import Path

from tests.app.house import log_of, opening
from tests.app.terminal import ENTER, Terminal
from tests.fakes.chaos import ChaosProxy
from tests.servers.dovecot import Dovecot
from tests.sync.house import letter

STAR = "★"


def archive_and_inbox(dovecot: Dovecot, user: str) -> tuple[set[str], dict[str, str]]:
    """Subjects in the archive, and subject → flags in the inbox, as another program sees them."""
    found: list[dict[str, str]] = []
    with dovecot.client(user) as other:
        for box in ("Archive", "INBOX"):
            other.select(box, readonly=True)
            _, data = other.uid("FETCH", "1:*", "(FLAGS BODY.PEEK[HEADER.FIELDS (SUBJECT)])")
            items = [item for item in data if isinstance(item, tuple)]
            seen = {text.decode().partition(": ")[2].strip(): head.decode() for head, text in items}
            assert len(seen) == len(items), "a message is there twice"
            found.append(seen)
    return set(found[0]), found[1]


def rows(text: str) -> list[str]:
    """Numbers of the letters in the list, a star behind a starred one, downwards."""
    return [f"{number}{star}" for star, number in re.findall(rf"({STAR}?) +Ada +letter (\d+)", text)]


async def seen_once(dovecot: Dovecot, user: str, home: Path, *words: str) -> int:
    """Open the mailbox once, see these words, quit. Returns a port where from now on nobody answers."""
    async with (
        ChaosProxy(dovecot.host, dovecot.port) as proxy,
        Terminal(*opening(user, proxy.port), home=home) as terminal,
    ):
        await terminal.shows("● online", *words)
        terminal.type("q")
        assert await terminal.ends() == 0
    return proxy.port


async def test_archive_undo_star_without_a_line_survive_a_restart_and_are_sent_once(
    dovecot: Dovecot, tmp_path: Path
) -> None:
    user = dovecot.user()
    dovecot.deliver(user, [letter(n) for n in range(8)])
    port = await seen_once(dovecot, user, tmp_path, "8 unread of 8", "Archive")
    words = opening(user, port)
    async with Terminal(*words, home=tmp_path) as terminal:
        await terminal.shows("✕ offline since", "letter 7")
        for key, then in (
            ("e", "Archived 1 message"),
            ("e", "2 waiting"),
            ("e", "3 waiting"),
            ("z", "Z redo"),
            ("s", STAR),
            ("j", ""),
            ("s", "4 waiting"),
        ):
            terminal.type(key)
            await terminal.shows(then)
            await terminal.settles(0.05)
        before = rows(terminal.text)
        assert before == ["5★", "4★", "3", "2", "1", "0"]
        await terminal.shows("4 waiting", "✕ offline since")  # now and then it is trying anew
        terminal.type("q")
        await terminal.shows("wait", "Quit?")
        terminal.type("y")
        assert await terminal.ends() == 0
    async with Terminal(*words, home=tmp_path) as terminal:
        await terminal.shows("✕ offline", "waiting")
        await terminal.until(lambda text: rows(text) == before)
        terminal.type("q")
        await terminal.shows("Quit?")
        terminal.type("y")
        assert await terminal.ends() == 0
    async with ChaosProxy(dovecot.host, dovecot.port, at=port) as proxy:
        async with Terminal(*opening(user, proxy.port), home=tmp_path) as terminal:
            await terminal.until(lambda text: "● online" in text and "waiting" not in text)
            await terminal.until(lambda text: rows(text) == before)
            terminal.type("q")
            assert await terminal.ends() == 0
        sent = [line for line in proxy.lines if re.search(rb"UID (MOVE|STORE|COPY) ", line)]
    archived, inbox = archive_and_inbox(dovecot, user)
    assert archived == {"letter 7", "letter 6"}
    assert {subject for subject, flags in inbox.items() if "\\Flagged" in flags} == {"letter 5", "letter 4"}
    assert set(inbox) == {f"letter {n}" for n in range(6)}
    assert len(sent) == 2, sent
    assert "Traceback" not in log_of(tmp_path)


async def test_a_text_that_is_not_here_says_so_and_what_comes_next(dovecot: Dovecot, tmp_path: Path) -> None:
    user = dovecot.user()
    dovecot.deliver(user, [letter(n) for n in range(30)])
    port = await seen_once(dovecot, user, tmp_path, "30 unread of 30")
    async with Terminal(*opening(user, port), home=tmp_path) as terminal:
        await terminal.shows("✕ offline since")
        terminal.type("G")
        await terminal.shows("letter 0")
        terminal.type(ENTER)
        text = await terminal.shows("is not here", "no line")
        assert "error" not in text.lower()
        terminal.type("q")
        await terminal.shows("Enter open")
        terminal.type("j")
        assert terminal.alive
    assert "Traceback" not in log_of(tmp_path)
