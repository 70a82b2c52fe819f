"""Every hostile sample, opened in the real program on a terminal: what reaches it are Textual's own commands only."""

from __future__ import annotations

import json
import os
import re
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.app.house import log_of, opening
from tests.app.picture import TEXTUALS, commands
from tests.app.terminal import ENTER, ESCAPE, PAGE_DOWN, Terminal
from tests.content.samples import SAMPLES, raw
from tests.fakes.scripted import Scripted
from tests.servers.dovecot import Dovecot
from tests.sync.house import letter

WATCHED = """
import json, os, sys
_seen = os.open(os.environ["WATCHED"], os.O_WRONLY | os.O_CREAT | os.O_APPEND)
_asked = {"socket.connect", "socket.getaddrinfo", "socket.gethostbyname", "socket.bind", "subprocess.Popen",
          "os.system", "os.exec", "os.posix_spawn", "os.spawn", "webbrowser.open", "os.remove", "os.rename"}
def _watch(event, arguments):
    if event in _asked:
        os.write(_seen, (json.dumps([event, repr(arguments)]) + "\\n").encode())
    elif event == "open" and isinstance(arguments[2], int) and arguments[2] & (os.O_WRONLY | os.O_RDWR | os.O_CREAT):
        os.write(_seen, (json.dumps(["write", str(arguments[0])]) + "\\n").encode())
sys.addaudithook(_watch)
"""
"""Runs before the program: Python itself tells of each connection, look-up, child process and file written."""


def watched(home: Path) -> dict[str, list[str]]:
    """Audit event → what it was about, in order."""
    seen: dict[str, list[str]] = {}
    for line in (home / "watched").read_text().splitlines():
        event, about = json.loads(line)
        seen.setdefault(event, []).append(about)
    return seen


@pytest.fixture(scope="module")
def maildirs() -> Iterator[Dovecot]:
    """A server that keeps each message as a file, so that it can hold what APPEND would refuse (NUL, bare CR)."""
    with Dovecot(mail_format="maildir") as server:
        yield server


def put(server: Dovecot, user: str, messages: list[bytes]) -> None:
    """Lay messages into the user's inbox as files, the first one newest."""
    with server.client(user) as other:
        other.select("INBOX")  # makes the maildir
    mail = server.folder / "home" / user / "mail"
    owner = mail.stat()
    for number, message in enumerate(messages):
        file = mail / "new" / f"{1_700_000_000 - number}.M{number}.sample"
        file.write_bytes(message)
        os.utime(file, (1_700_000_000 - number,) * 2)
        os.chown(file, owner.st_uid, owner.st_gid)


OUR_LINK = re.compile(r"\x1b\]8;(?:id=\d+;https?://[!-~]+|;)\x1b\\")
"""A hyperlink of the viewer's own (OSC 8): a web address in printable ASCII and nothing else, or its end."""


def only_textuals(output: bytes) -> None:
    """Fails with the first command in the output that Textual does not make by itself, and its surroundings."""
    foreign = {command for command in commands(output) if not OUR_LINK.fullmatch(command)} - TEXTUALS
    for command in foreign:
        at = output.find(command.encode("utf-8", "surrogateescape"))
        raise AssertionError(f"{command!r} reached the terminal in {output[max(0, at - 80) : at + 80]!r}")


def marks(sample: dict[str, Any]) -> list[str]:
    return [mark for mark in sample["checks"].get("must_show", []) if mark.startswith("BODYMARK")]


async def look_at_all(terminal: Terminal, sample: dict[str, Any]) -> str:
    """Every view of the message that is open: its text to the end, the other form, all headers, as sent, its links,
    its attachments and the first of them. Returns all that was seen."""
    seen = await terminal.settles(0.05)
    for quiet in (0.02, 0.3):  # the second time for what a busy machine painted too late
        for keys in (PAGE_DOWN, "G", "h", "h", "h", *(("H", "H") if sample["category"] == "html" else ()), "gg"):
            terminal.type(keys)
            seen += await terminal.settles(quiet)
        if all(mark in seen for mark in marks(sample)):
            break
    if sample["category"] == "html":
        terminal.type("O")  # on a busy machine it may be late, and take the keys that follow
        seen += await terminal.until(lambda text: OPEN.search(text) or "link" in text.splitlines()[-1])
        await closed(terminal)
    if sample["checks"].get("attachments") or sample["id"] in ATTACHED:
        terminal.type("A")
        if PANEL in await terminal.until(lambda text: PANEL in text or "attachment" in text.splitlines()[-1]):
            terminal.type("v")
            seen += await terminal.until(lambda text: PANEL not in text or LOOKED.search(text))
            if PANEL not in terminal.text:
                terminal.type(ESCAPE)
                await terminal.shows(PANEL)
            await closed(terminal)
    return seen


OPEN = re.compile(r"Esc\s+(?:close|cancel|back)")
PANEL = "Attachments of"
LOOKED = re.compile(r"│ +(?!Fetching)[^│ ][^│]*│\s*│ +Space mark")
"""A word of the panel about why there is nothing to look at."""


async def closed(terminal: Terminal) -> None:
    """No panel is left. Where there was none, nothing is pressed: Esc would leave the message."""
    if OPEN.search(terminal.text):
        terminal.type(ESCAPE)
        await terminal.until(lambda text: not OPEN.search(text))


ATTACHED = ("h026", "h067", "h290", "h561", "h578", "h821", "h973")
"""Have attachments, though no check of theirs says so."""


@pytest.mark.timeout(300)  # 110 messages with a dozen keys each: a second a message
async def test_every_sample_is_read_from_end_to_end_and_none_gets_through(maildirs: Dovecot, tmp_path: Path) -> None:
    user = maildirs.user()
    put(maildirs, user, [raw(sample) for sample in SAMPLES])
    unread: list[str] = []
    async with Terminal(
        *opening(user, maildirs.port), home=tmp_path, lead=WATCHED, environment={"WATCHED": str(tmp_path / "watched")}
    ) as terminal:
        await terminal.shows("online", f"unread of {len(SAMPLES)}")
        for sample in SAMPLES:
            terminal.type(ENTER)
            await terminal.shows("q back")
            await terminal.until(lambda text: "Fetching the text" not in text)
            seen = await look_at_all(terminal, sample)
            unread += [mark for mark in marks(sample) if mark not in seen]
            terminal.type("q")
            await terminal.shows("Enter open")
            terminal.type("hj")
            await terminal.settles(0.02)
            assert terminal.alive, sample["id"]
        await terminal.shows("● online")
        terminal.type("q")
        assert await terminal.ends() == 0
    output = bytes(terminal.output)
    only_textuals(output)
    for sample in SAMPLES:
        for forbidden in sample["checks"].get("forbid_raw", []):
            assert bytes.fromhex(forbidden) not in output, sample["id"]
    assert len(unread) * 20 <= len(SAMPLES), f"opened, but their text was not seen: {unread}"
    assert b"Traceback" not in output
    assert "Traceback" not in log_of(tmp_path)
    with maildirs.client(user) as other:
        other.select("INBOX", readonly=True)
        assert other.search(None, "UNSEEN")[1] == [b""], "each was opened"
    did = watched(tmp_path)
    assert all(f"('127.0.0.1', {maildirs.port})" in about for about in did["socket.connect"]), did["socket.connect"]
    assert all("'echo', 'test'" in about or "'echo', ['echo', 'test']" in about for about in did["subprocess.Popen"])
    assert set(did) <= {"socket.connect", "socket.getaddrinfo", "subprocess.Popen", "write", "os.remove", "os.rename"}
    mine = (str(tmp_path), "/dev/null")
    assert all(path.startswith(mine) or path.isdigit() for path in did["write"]), did["write"]


def gathered(corpora: Path, letters: Path) -> int:
    """Copy all mails of the corpora into a directory; how many there are."""
    letters.mkdir()
    found = [path for ending in ("*.eml", "*.msg") for path in sorted(corpora.rglob(ending))]
    for number, path in enumerate(found):
        shutil.copyfile(path, letters / f"{number:04}.eml")
    return len(found)


@pytest.mark.corpora
@pytest.mark.skipif("TUIMAIL_CORPORA" not in os.environ, reason="TUIMAIL_CORPORA is not set")
@pytest.mark.timeout(300)
async def test_no_mail_of_the_corpora_gets_through(tmp_path: Path) -> None:
    corpora = Path(os.environ["TUIMAIL_CORPORA"])
    letters = tmp_path / "letters"
    count = gathered(corpora, letters)
    environment = {"WATCHED": str(tmp_path / "watched")}
    async with Terminal("open", str(letters), home=tmp_path, lead=WATCHED, environment=environment) as terminal:
        await terminal.shows("Enter open")
        terminal.type("h")  # all headers, then as sent: the view stays from one mail to the next
        for step in ("j", "k"):
            terminal.type("h")
            for _ in range(count):
                terminal.type(step)
                await terminal.settles(0.02)
                assert terminal.alive, terminal.text
        terminal.type("q")
        assert await terminal.ends() == 0
    only_textuals(bytes(terminal.output))
    assert "Traceback" not in log_of(tmp_path)
    did = watched(tmp_path)
    assert not did.get("socket.connect") and not did.get("socket.getaddrinfo") and not did.get("subprocess.Popen")


EVIL_NAMES = ("&ABs-]0;PWNED&AAc-", "[red]&ABs-[2Jmarkup[bold]", "&IC4-gpj.exe", "&AJs-31mC1", "[@click=app.quit]x")
"""Modified UTF-7 (RFC 3501 §5.1.3): a title, clearing the screen, a turned direction, a C1 introducer, markup."""


async def test_names_of_folders_are_inert(maildirs: Dovecot, tmp_path: Path) -> None:
    user = maildirs.user()
    maildirs.deliver(user, [letter(1)])
    mail = maildirs.folder / "home" / user / "mail"
    for name in EVIL_NAMES:  # by CREATE Dovecot takes no control characters; what is there it lists
        (mail / f".{name}" / "cur").mkdir(parents=True)
        for made in (mail / f".{name}", mail / f".{name}" / "cur"):
            shutil.chown(made, mail.owner(), mail.group())
    async with Terminal(*opening(user, maildirs.port), home=tmp_path) as terminal:
        await terminal.shows("online", "letter 1", "gpj", "@click=app", "markup[bold]", "PWNED")
        for _ in range(12):
            terminal.type("J")
            await terminal.settles(0.05)
        for searches in ("c", ":"):
            terminal.type(searches)
            await terminal.shows("Go to a folder" if searches == "c" else "An action, a folder")
            terminal.type("qui")
            await terminal.shows("@click=app/quit")
            terminal.type(ESCAPE)
            await terminal.shows("Nothing here", "Enter open")
            await terminal.settles()
        terminal.type("gi")
        await terminal.shows("letter 1")
        terminal.type("q")
        assert await terminal.ends() == 0
    only_textuals(bytes(terminal.output))
    assert "Traceback" not in log_of(tmp_path)


ALERTS = r"""
S>> "* OK [CAPABILITY IMAP4rev1 AUTH=PLAIN SASL-IR] \x1b]0;PWNED\x07 hello\r\n"
LOOP
C: .*
S>> "* OK [ALERT] \x1b[2J\x1b]52;c;UFdORUQ=\x07\xc2\x9b31mPWNED [red]mark[/red]\r\n"
S>> "$TAG NO [ALERT] \x1b]0;PWNED\x07\xe2\x80\xae[@click=app.quit]no\x9b2J [bold]entrance[/bold]\r\n"
END
"""


async def test_words_of_a_server_are_inert(tmp_path: Path) -> None:
    async with Scripted(ALERTS) as server, Terminal(*opening("me", server.port), home=tmp_path) as terminal:
        await terminal.until(lambda text: "refused" in text or "Password" in text or "offline" in text)
        await terminal.settles()
        terminal.type("$")
        told = await terminal.shows("Queue", "me@127.0.0.1:")
        terminal.type(ESCAPE)
        await terminal.settles()
        terminal.type("\x11")
        assert await terminal.ends() == 0
    only_textuals(bytes(terminal.output))
    assert "[@click=app.quit" in told, told
    assert "Traceback" not in log_of(tmp_path)
