"""The server under the benchmarks: a private Dovecot whose mailboxes stay in .bench/ from run to run.

A mailbox is written straight into Dovecot's mdbox files and taken up by `doveadm force-resync`: 100,000 messages in
seconds, where APPEND would take minutes.
"""

from __future__ import annotations

import contextlib
import imaplib
import os
import select
import shutil
import subprocess
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path

from tests.bench.letters import NEWEST, Mail, mailbox
from tests.servers.dovecot import Dovecot

_ROTATE = 64 << 20
"""Dovecot begins a new mdbox file at this size; so do we."""


class BenchDovecot(Dovecot):
    """The tests' Dovecot, but the mail lies under `homes` and outlives it."""

    def __init__(self, homes: Path) -> None:
        super().__init__(mail_format="mdbox")
        self._homes = homes.resolve()
        homes.mkdir(parents=True, exist_ok=True)
        if os.getuid() == 0:
            shutil.chown(homes, "mail", "mail")

    def _config(self) -> str:
        return super()._config().replace(f"home={self.folder}/home/%u", f"home={self._homes}/%u")

    def fill(self, count: int, *, small: bool = False) -> str:
        """The user who has an INBOX of `count` messages, made when he is not there yet."""
        user = f"{'s' if small else 'u'}{count}"
        home = self._homes / user
        done = home / "complete"
        if not done.exists():
            shutil.rmtree(home, ignore_errors=True)
            flags = write_mdbox(home / "mail" / "storage", mailbox(count, small=small))
            if os.getuid() == 0:
                subprocess.run(["chown", "-R", "mail:mail", str(home)], check=True)
            with self.client(user) as first:  # makes the empty mailbox, into which force-resync takes the files
                first.select("INBOX")
            doveadm = shutil.which("doveadm", path=os.environ.get("PATH", "") + ":/usr/sbin") or "doveadm"
            command = [doveadm, "-c", str(self.folder / "dovecot.conf"), "force-resync", "-u", user, "INBOX"]
            subprocess.run(command, check=True, stderr=subprocess.DEVNULL)
            with self.client(user) as second:
                _set_flags(second, count, flags)
            done.touch()
        return user


def write_mdbox(storage: Path, mail: Iterable[Mail]) -> dict[str, list[int]]:
    """Dovecot's mdbox files m.1, m.2 …; returns which message numbers want which flag.

    Format: https://doc.dovecot.org/2.3/developer_manual/design/dbox_format/ (header line, then for each message
    "\\1\\2N", its size, the octets, "\\n\\1\\3\\n" and metadata lines: R received, V virtual size, G GUID, B mailbox).
    """
    storage.mkdir(parents=True)
    flags: dict[str, list[int]] = {}
    with contextlib.ExitStack() as stack:
        out, written, files = None, 0, 0
        for number, one in enumerate(mail, 1):
            if out is None or written > _ROTATE:
                files += 1
                out = stack.enter_context((storage / f"m.{files}").open("wb", 1 << 20))
                out.write(b"2 M1e C%x\n" % NEWEST)
                written = 0
            size, crlf = len(one.raw), len(one.raw) + one.raw.count(b"\n")
            trailer = b"\n\x01\x03\nR%x\nV%x\nG%032x\nBINBOX\n\n" % (one.received, crlf, (1 << 64) | number)
            written += out.write(b"\x01\x02N          %016X\n%b%b" % (size, one.raw, trailer))
            for flag in one.flags:
                flags.setdefault(flag, []).append(number)
    return flags


def _set_flags(client: imaplib.IMAP4, count: int, flags: dict[str, list[int]]) -> None:
    status, answer = client.select("INBOX")
    if status != "OK" or answer != [b"%d" % count]:
        raise RuntimeError(f"Dovecot took up {answer} of {count} messages.")
    for flag, numbers in flags.items():
        ranges = list(_ranges(numbers))
        for start in range(0, len(ranges), 400):  # Dovecot refuses lines of more than 64 kB
            client.store(",".join(ranges[start : start + 400]), "+FLAGS.SILENT", f"({flag})")


def _ranges(numbers: list[int]) -> Iterator[str]:
    first = last = numbers[0]
    for number in [*numbers[1:], -1]:
        if number != last + 1:
            yield f"{first}:{last}"
            first = number
        last = number


@contextlib.contextmanager
def distance(port: int, rtt: float) -> Iterator[int]:
    """A port from which the server on `port` is `rtt` seconds away. In a process of its own."""
    command = [sys.executable, "-m", "tests.bench.distance", str(port), str(rtt)]
    process = subprocess.Popen(command, stdout=subprocess.PIPE)
    try:
        assert process.stdout is not None
        if not select.select([process.stdout], [], [], 20)[0]:
            raise RuntimeError("The delaying proxy did not start.")
        yield int(process.stdout.readline())
    finally:
        process.terminate()
        process.communicate()
