"""A real server is as it was at the start after all was undone; also when the program was killed again and again."""

from __future__ import annotations

import imaplib
import os
import random
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from tests.servers.dovecot import Dovecot
from tests.sync.house import letter, opened, until
from tests.sync.undone import act, hand_of
from tuimail.mail import Mail
from tuimail.model import Role
from tuimail.store import wishes

BOXES = ("INBOX", "Archive", "Trash", "Junk", "Drafts", "Sent")
ACTIONS = 500
LIVES = max(2, int(os.environ.get("TUIMAIL_LIVES", "0")) // 100)
KILLS = 3
FLAGS = ("", "\\Seen", "\\Flagged", "\\Seen \\Flagged")

Contents = list[tuple[str, str, frozenset[str]]]


def contents(dovecot: Dovecot, user: str) -> Contents:
    """(Subject, folder, flags) of every message, as another client sees them."""
    found: Contents = []
    with dovecot.client(user) as other:
        for box in BOXES:
            assert other.select(box, readonly=True)[0] == "OK"
            _, data = other.uid("FETCH", "1:*", "(FLAGS BODY.PEEK[HEADER.FIELDS (SUBJECT)])")
            for item in data:
                if isinstance(item, tuple):
                    subject = item[1].decode().partition(":")[2].strip()
                    flags = frozenset(flag.decode() for flag in imaplib.ParseFlags(item[0]))
                    found.append((subject, box, flags - {"\\Recent"}))
    return sorted(found, key=lambda each: each[:2])


def filled(dovecot: Dovecot, rng: random.Random) -> tuple[str, Contents]:
    """A user with some letters in two folders, and what is there."""
    user = dovecot.user()
    with dovecot.client(user) as other:
        for number in range(12):
            other.append(rng.choice(("INBOX", "Archive")), f"({rng.choice(FLAGS)})", None, letter(number))
    return user, contents(dovecot, user)


async def undo_all(mail: Mail, rng: random.Random) -> None:
    """Every line, and wait until the server has heard of it."""
    await hand_of(mail, rng).undo_all()
    mail.sync_now()
    await until(mail, lambda: not wishes.pending_count(mail._database.read))


@pytest.mark.parametrize("seed", range(LIVES))
async def test_after_five_hundred_actions_all_is_undone(seed: int, dovecot: Dovecot, tmp_path: Path) -> None:
    rng = random.Random(seed)
    user, start = filled(dovecot, rng)
    async with opened(user, dovecot.port, tmp_path) as mail:
        await until(mail, lambda: mail.folders() and sum(folder.total for folder in mail.folders()) == len(start))
        hand = hand_of(mail, rng)
        for _ in range(ACTIONS):
            await act(mail, rng, hand)
        await undo_all(mail, rng)
    assert spared(contents(dovecot, user)) == start


@pytest.mark.parametrize("seed", range(LIVES))
async def test_whoever_was_killed_meanwhile(seed: int, dovecot: Dovecot, tmp_path: Path) -> None:
    rng = random.Random(seed)
    user, start = filled(dovecot, rng)
    async with opened(user, dovecot.port, tmp_path) as mail:
        await until(mail, lambda: mail.folders() and sum(folder.total for folder in mail.folders()) == len(start))
    for number in range(KILLS):
        _run_and_kill(dovecot.port, user, tmp_path, f"{seed}-{number}", 0.1 + rng.random())
    async with opened(user, dovecot.port, tmp_path) as mail:
        await until(mail, lambda: mail.folders() and mail.folder_by_role(1, Role.ARCHIVE))
        assert mail.history(), "nothing was done at all"
        await undo_all(mail, rng)
    assert spared(contents(dovecot, user)) == start


def spared(found: Contents) -> Contents:
    """Without the trash, where nothing was at the start: there is what may not have been our copy."""
    return [each for each in found if each[1] != "Trash"]


def _run_and_kill(port: int, user: str, data: Path, seed: str, after: float) -> None:
    command = [sys.executable, "-m", "tests.sync.undone", str(port), user, str(data), seed]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
        timer = threading.Timer(after, process.kill)
        timer.start()
        assert process.wait() == -9, "it was to be killed, and ended by itself"
        timer.cancel()
