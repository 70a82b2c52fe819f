"""The programs under comparison, each with its own home, its own configuration and its own cache."""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

_MUTT = """
set folder="imap://{user}@127.0.0.1:{port}/"
set spoolfile="+INBOX"
set imap_user="{user}"
set imap_pass="test"
set imap_authenticators="login"
set imap_condstore=yes
set imap_qresync=yes
set ssl_starttls=no
set ssl_force_tls=no
set header_cache="{home}/headers"
set message_cachedir="{home}/messages"
set sort=date
set mail_check=600
set timeout=600
set imap_keepalive=900
set beep=no
set sleep_time=0
set quit=yes
set delete=no
set read_inc=10000
set record=""
set index_format="%4C %Z %{{%b %d}} %-15.15L %s"
set history_file=/dev/null
"""
_AERC = """[bench]
source = imap+insecure://{user}:test@127.0.0.1:{port}
default = INBOX
from = me <me@example.com>
cache-headers = true
"""
_AERC_UI = "[general]\nunsafe-accounts-conf=true\n[ui]\nmouse-enabled=false\n"


@dataclass(frozen=True, slots=True)
class Visit:
    """Where a reader is sent: an INBOX of `count` messages of `user` behind `port` on this machine."""

    user: str
    port: int
    count: int


class Reader:
    """A mail program: how to start it in a home, and which keys move and leave."""

    name = ""
    down = b"j"
    up = b"k"
    quit: Sequence[bytes] = (b"q",)

    def missing(self) -> str:
        """Why it cannot run here, "" when it can."""
        if shutil.which(self.name):
            return ""
        return f"not installed (apt-get install {self.name})"

    def prepare(self, home: Path, visit: Visit) -> list[str]:
        """Write what it needs into `home` and return its command."""
        raise NotImplementedError

    def environment(self, home: Path) -> dict[str, str]:
        """Nothing of the user's but PATH: his own configuration must not change the figures."""
        kept = {name: os.environ[name] for name in ("PATH",) if name in os.environ}
        places = {
            f"XDG_{kind}_HOME": str(home / folder)
            for kind, folder in (("CONFIG", "config"), ("DATA", "data"), ("CACHE", "cache"), ("STATE", "state"))
        }
        return {
            **kept,
            **places,
            "HOME": str(home),
            "TERM": "xterm-256color",
            "COLORTERM": "truecolor",
            "LANG": "C.UTF-8",
            "LC_ALL": "C.UTF-8",
        }

    def mark(self, visit: Visit) -> bytes:
        """What stands on the screen when the newest message is listed."""
        return b"NEWEST-%d" % visit.count


class Neomutt(Reader):
    """Goes to the last entry by itself, where the newest message is."""

    name = "neomutt"
    quit = (b"x",)

    def prepare(self, home: Path, visit: Visit) -> list[str]:
        (home / "headers").mkdir(exist_ok=True)
        (home / "rc").write_text(_MUTT.format(user=visit.user, port=visit.port, home=home))
        return [self.name, "-F", str(home / "rc"), "-n", "-e", "push <last-entry>"]


class Aerc(Reader):
    """Newest first."""

    name = "aerc"
    quit = (b":quit\r",)

    def prepare(self, home: Path, visit: Visit) -> list[str]:
        config = home / "config" / "aerc"
        config.mkdir(parents=True, exist_ok=True)
        (config / "accounts.conf").write_text(_AERC.format(user=visit.user, port=visit.port))
        (config / "accounts.conf").chmod(0o600)
        (config / "aerc.conf").write_text(_AERC_UI)
        return [self.name]


class Tuimail(Reader):
    """This project, as the interpreter that runs the benchmark has it."""

    name = "tuimail"
    up = b"k"

    def missing(self) -> str:
        return ""

    def prepare(self, home: Path, visit: Visit) -> list[str]:
        return [*self.command(home), "open", self.url(visit)]

    @staticmethod
    def command(home: Path) -> list[str]:
        """tuimail with the global options every run of the benchmark shares."""
        # -P: the working directory stays out of sys.path, as with the installed script.
        python = [sys.executable, "-m", "tuimail"]
        return [*python, "--password-command", "echo test", "--data-dir", str(home / "tuimail")]

    @staticmethod
    def url(visit: Visit) -> str:
        """The account as a URL."""
        return f"imap+insecure://{visit.user}@127.0.0.1:{visit.port}/"


class BareTextual(Reader):
    """Textual with one line of text: no mail program on Textual can be faster than this."""

    name = "bare Textual app"

    def missing(self) -> str:
        return ""

    def prepare(self, home: Path, visit: Visit) -> list[str]:
        return [sys.executable, "-m", "tests.bench.bare"]

    def mark(self, visit: Visit) -> bytes:
        return b"NEWEST-0"


READERS: tuple[Reader, ...] = (Tuimail(), Neomutt(), Aerc())
