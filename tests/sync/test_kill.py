"""kill -9 at any moment loses nothing that the screen had shown as done, and doubles nothing."""

from __future__ import annotations

import random
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from tests.servers.dovecot import Dovecot
from tests.sync.house import letter, opened, until
from tests.sync.test_with_dovecot import contents
from tuimail.model import Role

LETTERS = 12
KILLS = 50


class Told:
    """What the killed program said was done, replayed: where each message shall be, and its star.

    The one verb in flight at the kill may or may not have happened.
    """

    def __init__(self, lines: list[str]) -> None:
        self.place = {f"letter {n}": "INBOX" for n in range(LETTERS)}
        self.star = {f"letter {n}": False for n in range(LETTERS)}
        self.doubtful: set[str] = set()
        past: list[tuple[str, str]] = []
        for number, line in enumerate(lines):
            tense, _, rest = line.partition(" ")
            verb, _, subject = rest.partition(" ")
            if tense == "will" and number == len(lines) - 1:
                self.doubtful.add(past[-1][1] if verb == "undo" and past else subject)
            elif tense == "did" and verb == "undo":
                if past:
                    self._set(*past.pop(), backwards=True)
            elif tense == "did":
                past.append((verb, subject))
                self._set(verb, subject)

    def _set(self, verb: str, subject: str, backwards: bool = False) -> None:
        if verb == "archive":
            self.place[subject] = "INBOX" if backwards else "Archive"
        else:
            self.star[subject] = (verb == "star") is not backwards


@pytest.mark.parametrize("batch", range(5))
async def test_a_killed_session_loses_and_doubles_nothing(batch: int, dovecot: Dovecot, tmp_path: Path) -> None:
    rng = random.Random(batch)
    for number in range(KILLS // 5):
        user, data = dovecot.user(), tmp_path / str(number)
        dovecot.deliver(user, [letter(n) for n in range(LETTERS)])
        told = Told(_run_and_kill(dovecot.port, user, data, rng))
        async with opened(user, dovecot.port, data) as mail:
            await until(mail, lambda: mail.folders() and mail.folder_by_role(1, Role.ARCHIVE))
            await until(mail, lambda: mail.pending_count() == 0)
        inbox, archive = contents(dovecot, user, "INBOX"), contents(dovecot, user, "Archive")
        assert sorted([*inbox, *archive]) == sorted(told.place), "lost or doubled"
        for subject, place in told.place.items():
            if subject not in told.doubtful:
                flags = (inbox if place == "INBOX" else archive).get(subject)
                assert flags is not None, f"{subject} is not in {place}"
                assert ("\\Flagged" in flags) == told.star[subject], f"the star of {subject}"


def _run_and_kill(port: int, user: str, data: Path, rng: random.Random) -> list[str]:
    """Run the session, kill it some time after it is ready, return what it said."""
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.sync.killed", str(port), user, str(data), str(rng.random()).replace("0.", "")],
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    lines: list[str] = []
    with process, process.stdout as said:
        assert said.readline() == "ready\n"
        timer = threading.Timer(rng.random() * 0.4, process.kill)
        timer.start()
        lines = [line.rstrip("\n") for line in said if line.endswith("\n")]
        timer.cancel()
    return lines


def test_undo_is_replayed_by_the_test_itself() -> None:
    told = Told(["will archive letter 1", "did archive letter 1", "will undo -", "did undo -", "will star letter 2"])
    assert told.place["letter 1"] == "INBOX"
    assert told.doubtful == {"letter 2"}
