"""A mail of 179 MB: how much is fetched before its text is on the screen, and saving its attachment against imaplib.

`python -m tests.bench.attachment WHAT HOME HOST PORT USER` does one thing in a process of its own and prints
{"seconds", "octets" (of the dialogue until then, for "text"), "megabytes" (the process's peak)}.
"""

from __future__ import annotations

import asyncio
import base64
import hashlib
import imaplib
import json
import random
import re
import shutil
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from tests.bench.server import BenchDovecot
from tests.bench.table import Group, Row

DECODED = 131_000_000
"""Octets of the attachment; 179 MB as transferred."""
_USER = "attachment"
_TOLD = "the same part with imaplib, decoded, written"


def compare(server: BenchDovecot, folder: Path, repetitions: int, say: Callable[[str], None]) -> list[Group]:
    """Each way several times, in turns."""
    digest = _deliver(server, folder, say)
    text = Row("text on the screen, connect included")
    rows = {
        "imaplib": Row(_TOLD),
        "save": Row("tuimail, saved"),
        "resume": Row("tuimail, given up halfway and gone on"),
    }
    for number in range(repetitions):
        say(f"attachment {number + 1}/{repetitions}")
        one = _run("text", server, folder)
        text.samples.append(one["seconds"])
        text.megabytes.append(one["megabytes"])
        text.note = f"after {one['octets'] / 1000:.0f} kB of dialogue"
        for what, row in rows.items():
            one = _run(what, server, folder)
            row.samples.append(one["seconds"])
            row.megabytes.append(one["megabytes"])
            if one["digest"] != digest:
                raise RuntimeError(f"{what} saved something else.")
            if what == "resume":
                row.note = f"{one['octets'] / 1e6:.0f} MB of dialogue in all"
    size = f"{DECODED / 1e6:.0f} MB"
    return [Group("A mail of 179 MB is opened", [text]), Group(f"Its attachment of {size} is saved", [*rows.values()])]


def _deliver(server: BenchDovecot, folder: Path, say: Callable[[str], None]) -> str:
    """The mail is in the mailbox from now on; the attachment's digest."""
    folder.mkdir(parents=True, exist_ok=True)
    data = random.Random(179).randbytes(DECODED)
    digest = hashlib.sha256(data).hexdigest()
    with server.client(_USER) as client:
        if client.select("INBOX", readonly=True)[1] == [b"1"]:
            return digest
        say("attachment: delivering 179 MB")
        head = (
            b"From: Charles Babbage <charles@example.org>\r\nSubject: Drawings\r\nMIME-Version: 1.0\r\n"
            b'Content-Type: multipart/mixed; boundary="b"\r\n\r\n--b\r\nContent-Type: text/plain\r\n\r\nOne line.\r\n'
            b'--b\r\nContent-Type: application/octet-stream; name="mill.bin"\r\n'
            b"Content-Transfer-Encoding: base64\r\n\r\n"
        )
        body = base64.encodebytes(data).replace(b"\n", b"\r\n")
        client.append("INBOX", "", "", head + body + b"--b--\r\n")
    return digest


def _run(what: str, server: BenchDovecot, folder: Path) -> dict[str, Any]:
    home = folder / what
    shutil.rmtree(home, ignore_errors=True)
    command = [sys.executable, "-m", "tests.bench.attachment", what, str(home), server.host, str(server.port), _USER]
    done = subprocess.run(command, check=True, capture_output=True, text=True, timeout=300)
    told: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    shutil.rmtree(home, ignore_errors=True)
    return told


# --- in a process of its own ----------------------------------------------------------------------


def _with_imaplib(home: Path, host: str, port: int, user: str) -> dict[str, Any]:
    home.mkdir(parents=True)
    with imaplib.IMAP4(host, port) as client:
        client.login(user, "test")
        client.select("INBOX", readonly=True)
        began = time.perf_counter()
        _, told = client.fetch("1", "(BODY.PEEK[2])")
        answer = told[0]
        assert isinstance(answer, tuple)
        (home / "mill.bin").write_bytes(base64.b64decode(answer[1]))
    return {"seconds": time.perf_counter() - began, "octets": 0}


async def _with_tuimail(what: str, home: Path, host: str, port: int, user: str) -> dict[str, Any]:
    from tests.fakes.chaos import ChaosProxy
    from tests.sync.house import opened, until
    from tuimail.app import TuiMail
    from tuimail.screens.main import MainScreen

    began = time.perf_counter()
    if what == "text":
        async with ChaosProxy(host, port) as proxy, opened(user, proxy.port, home, online=False) as mail:
            app = TuiMail(mail)
            async with app.run_test(size=(120, 36)) as pilot:
                screen = app.screen
                assert isinstance(screen, MainScreen)
                while not screen.view.has_text:
                    await pilot.pause(0.005)
                return {"seconds": time.perf_counter() - began, "octets": proxy.down}
    async with ChaosProxy(host, port) as proxy:
        way = proxy.port if what == "resume" else port
        async with opened(user, way, home) as mail:
            await until(mail, lambda: mail.folders() and mail.page(mail.folders()[0].id, 0, 1))
            message = await mail.message(mail.page(mail.folders()[0].id, 0, 1)[0].id)
            began = time.perf_counter()
            if what == "resume":
                saving = asyncio.create_task(mail.attached.save(message.id, message.attachments[0], home))
                await proxy.until_down(DECODED * 57 // 100)
                saving.cancel()
                await asyncio.gather(saving, return_exceptions=True)
            await mail.attached.save(message.id, message.attachments[0], home)
            return {"seconds": time.perf_counter() - began, "octets": proxy.down}


def _main(what: str, home: str, host: str, port: str, user: str) -> None:
    if what == "imaplib":
        told = _with_imaplib(Path(home), host, int(port), user)
    else:
        told = asyncio.run(_with_tuimail(what, Path(home), host, int(port), user))
    peak = re.search(r"VmHWM:\s+(\d+) kB", Path("/proc/self/status").read_text())
    told["megabytes"] = int(peak[1]) / 1000 if peak else 0
    if what != "text":
        with (Path(home) / "mill.bin").open("rb") as file:
            told["digest"] = hashlib.file_digest(file, "sha256").hexdigest()
    print(json.dumps(told))


if __name__ == "__main__":
    _main(*sys.argv[1:])
