"""A real server is as it was at the start after all was undone; also when the program was killed again and again."""

from __future__ import annotations

import imaplib
import os
import random
import subprocess
import sys
import threading
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.servers.dovecot import Dovecot
from tests.sync.compared import unsure_copies, wrong
from tests.sync.house import letter, opened, until
from tests.sync.undone import act, hand_of
from tuimail.mail import Mail
from tuimail.model import Role
from tuimail.store import wishes

ACTIONS = 500
LIVES = max(2, int(os.environ.get("TUIMAIL_LIVES", "0")) // 100)
KILLS = 3
FLAGS = ("", "\\Seen", "\\Flagged", "\\Seen \\Flagged")

Place = tuple[str, frozenset[str]]
"""Folder and flags."""
Contents = dict[str, list[Place]]
"""Subject → places; with an empty list for each folder, by its name and a slash."""


@pytest.fixture(scope="module")
def dovecot() -> Iterator[Dovecot]:
    """One that bears what a life does to its folders."""
    with Dovecot(list_index=False) as server:
        yield server


def contents(dovecot: Dovecot, user: str) -> Contents:
    """What another client sees."""
    found: Contents = {}
    with dovecot.client(user) as other:
        lines = [line.decode() for line in other.list()[1] if isinstance(line, bytes)]
        for line in lines:
            box = line.rpartition(' "/" ')[2].strip('"')
            found[box + "/"] = []
            if "\\noselect" in line.lower():
                continue
            answer = other.select(f'"{box}"', readonly=True)
            assert answer[0] == "OK", (lines, box, answer)
            _, data = other.uid("FETCH", "1:*", "(FLAGS BODY.PEEK[HEADER.FIELDS (SUBJECT)])")
            for item in data:
                if isinstance(item, tuple):
                    subject = item[1].decode().partition(":")[2].strip()
                    flags = frozenset(flag.decode() for flag in imaplib.ParseFlags(item[0]))
                    found.setdefault(subject, []).append((box, flags - {"\\Recent"}))
    return found


def subscriptions(dovecot: Dovecot, user: str) -> set[str]:
    """Names that are subscribed to, whether they are there or not."""
    with dovecot.client(user) as other:
        return {line.decode().rpartition(' "/" ')[2].strip('"') for line in other.lsub()[1] if isinstance(line, bytes)}


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
    try:
        await until(mail, lambda: not wishes.pending_count(mail._database.read))
    except TimeoutError:
        raise AssertionError(f"still waiting: {mail.states()} {await mail.waiting.groups()}") from None


def compare(start: Contents, end: Contents, deleted: set[str], excused: set[str], unsure: Counter[str]) -> None:
    """As at the start: each message at its place with its flags, the trash included, and each folder.

    No name more is left, also none that only held folders, but where there is something of which nothing is promised.
    """
    named = {name.strip("<>").partition("@")[0].replace("-", " "): many for name, many in unsure.items()}
    places = {name: there[0] for name, there in start.items() if there}
    differ = wrong(places, end, deleted=deleted, unsure=named, excused=excused)
    assert not differ, f"not as at the start: {differ}"
    before, after = ({name for name in each if name.endswith("/")} for each in (start, end))
    assert before <= after, f"folders not there any more: {before - after}"
    holding = {box + "/" for name in (excused | named.keys()) for box, _ in end.get(name, ())}
    left = {name for name in after - before if not any(box.startswith(name) for box in holding)}
    assert not left, f"names that were not there: {left}"


def everything(mail: Mail, start: Contents) -> bool:
    """Does Mail know all folders and letters?"""
    return bool(mail.folders()) and sum(folder.total for folder in mail.folders()) == sum(map(len, start.values()))


@pytest.mark.parametrize("seed", range(LIVES))
async def test_after_five_hundred_actions_all_is_undone(seed: int, dovecot: Dovecot, tmp_path: Path) -> None:
    rng = random.Random(seed)
    user, start = filled(dovecot, rng)
    async with opened(user, dovecot.port, tmp_path) as mail:
        await until(mail, lambda: everything(mail, start))
        hand = hand_of(mail, rng)
        for _ in range(ACTIONS):
            await act(rng, hand)
        await undo_all(mail, rng)
    end = contents(dovecot, user)
    compare(start, end, hand.deleted, hand.doubtful, Counter())
    left = {name for name in subscriptions(dovecot, user) if name + "/" not in end}
    assert not left, f"subscriptions to folders that are no more: {left}"


@pytest.mark.parametrize("seed", range(LIVES))
async def test_whoever_was_killed_meanwhile(seed: int, dovecot: Dovecot, tmp_path: Path) -> None:
    rng = random.Random(seed)
    user, start = filled(dovecot, rng)
    async with opened(user, dovecot.port, tmp_path) as mail:
        await until(mail, lambda: everything(mail, start))
    deleted: set[str] = set()
    excused: set[str] = set()
    for number in range(KILLS):
        said = _run_and_kill(dovecot.port, user, tmp_path, f"{seed}-{number}", 0.1 + rng.random())
        deleted |= said["deleted"]
        excused |= said["doubt"] | (said["delete"] - said["deleted"])  # it may have been killed just then
    async with opened(user, dovecot.port, tmp_path) as mail:
        await until(mail, lambda: mail.folders() and mail.folder_by_role(1, Role.ARCHIVE))
        assert mail.history(), "nothing was done at all"
        await undo_all(mail, rng)
        unsure = unsure_copies(mail._database.read)
    compare(start, contents(dovecot, user), deleted, excused, unsure)


def _run_and_kill(port: int, user: str, data: Path, seed: str, after: float) -> dict[str, set[str]]:
    """What it said, by the first word."""
    command = [sys.executable, "-m", "tests.sync.undone", str(port), user, str(data), seed]
    said: dict[str, set[str]] = {"delete": set(), "deleted": set(), "doubt": set()}
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
        timer = threading.Timer(after, process.kill)
        timer.start()
        for line in process.stdout:
            word, _, name = line.rstrip("\n").partition(" ")
            said[word].add(name)
        assert process.wait() == -9, "it was to be killed, and ended by itself"
        timer.cancel()
    return said
