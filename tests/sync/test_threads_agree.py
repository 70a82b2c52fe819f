"""Threads are those of a real Dovecot's THREAD (RFC 5256), and where not, it is said why.

THREAD=REFS goes by Message-IDs alone, as we do with our guards off: there the groups are the same. THREAD=REFERENCES
also gathers equal subjects without any guard.
"""

from __future__ import annotations

import os
import random
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from email.utils import formatdate
from itertools import combinations
from pathlib import Path

import pytest

from tests.servers.dovecot import Dovecot
from tests.store.letters import grouped
from tests.store.rows import folder_id, memory
from tuimail.model import Flag
from tuimail.net.remote import Head
from tuimail.store import mentions, messages, threads
from tuimail.store.topics import topic
from tuimail.sync.rows import row

Groups = set[frozenset[int]]

_START = 1_700_000_000
_DAY = 86_400
_RECEIVED = _START + 9_000 * _DAY


@pytest.fixture(scope="module")
def dovecot() -> Iterator[Dovecot]:
    with Dovecot() as server:
        yield server


# --- the mailboxes --------------------------------------------------------------------------------------------


class Mailbox:
    """A generated one; every letter knows what it answers."""

    def __init__(self, seed: int) -> None:
        self.rng = random.Random(seed)
        self.raw: list[bytes] = []
        self.told: list[tuple[str, str, list[str], float]] = []
        """Message-ID, base subject, its ancestors with itself, day."""

    def write(self, subject: str, answers: int | None, *headers: str, author: str, to: str, days: float = 0.2) -> int:
        """One letter; returns its number. headers may name {parent}, {chain} and {first}."""
        number = len(self.told)
        chain = self.told[answers][2] if answers is not None else []
        day = (self.told[answers][3] if answers is not None else number / 10) + days
        name = f"<{number}.{self.rng.getrandbits(40):x}@mail.example>"
        known = {"parent": chain[-1] if chain else "", "chain": " ".join(chain), "first": chain[0] if chain else ""}
        lines = [f"From: {author}", f"To: {to}", f"Subject: {subject}", f"Message-ID: {name}"]
        lines += [f"Date: {formatdate(_START + int(day * _DAY))}", *(header.format(**known) for header in headers)]
        self.told.append((name, subject, [*chain, name], day))
        self.raw.append("\r\n".join([*lines, "", "Words.", ""]).encode())
        return number


def mailing_list() -> list[bytes]:
    """People who answer properly; a seventh of all letters was lost, and now and then a subject changes."""
    box = Mailbox(1)
    lists = ("List-Id: <dev.lists.example>", "References: {chain}", "In-Reply-To: {parent}")
    for number in range(500):
        author, to = f"p{box.rng.randrange(30)}@x.example", "dev@lists.example"
        if number < 20 or box.rng.random() < 0.2:
            box.write(f"[dev] Patch {number % 60}", None, lists[0], author=author, to=to)
            continue
        answers = box.rng.randrange(max(0, number - 60), number)
        subject = "Re: " + box.told[answers][1].removeprefix("Re: ")
        days = box.rng.choice([0.1, 1, 9, 45])
        if box.rng.random() < 0.1:
            subject, days = f"New idea {number}", 400
        kept = box.rng.choice([lists, lists, lists[:2], (lists[0], lists[2])])
        box.write(subject, answers, *kept, author=author, to=to, days=days)
    return [raw for raw in box.raw if box.rng.random() > 0.15]


def company() -> list[bytes]:
    """Everybody answers all; Outlook names the first and the last of a thread, some gateway nothing at all."""
    box = Mailbox(2)
    people = [f"{name}@firm.example" for name in "ada bob cleo dan eve fay".split()]
    for number in range(400):
        author = box.rng.choice(people)
        to = ", ".join(person for person in people if person != author)
        if number < 10 or box.rng.random() < 0.25:
            box.write(f"Project {number}", None, author=author, to=to)
            continue
        answers = box.rng.randrange(max(0, number - 40), number)
        subject = "RE: " + box.told[answers][1].removeprefix("RE: ")
        kept = box.rng.choice(
            [("References: {first}\r\n\t{parent}", "In-Reply-To: {parent}"), ("In-Reply-To: {parent}",), ()]
        )
        box.write(subject, answers, *kept, author=author, to=to, days=box.rng.choice([0.1, 1, 9]))
    return box.raw


def gmail() -> list[bytes]:
    """Machines that write the same subject again and again, and people who answer some of it."""
    box = Mailbox(3)
    for number in range(400):
        if number < 10 or box.rng.random() < 0.6:
            subject = box.rng.choice(["Your invoice", "Build failed", "Weekly report", "Hello"])
            box.write(subject, None, author=f"robot{number % 9}@shop.example", to="me@home.example")
            continue
        answers = box.rng.randrange(max(0, number - 60), number)
        subject = "Re: " + box.told[answers][1].removeprefix("Re: ")
        box.write(
            subject,
            answers,
            "References: {chain}",
            "In-Reply-To: {parent}",
            author="me@home.example",
            to="robot@shop.example",
        )
    return box.raw


# --- the two answers ----------------------------------------------------------------------------------------------


def theirs(dovecot: Dovecot, raw: Sequence[bytes], algorithm: str) -> Groups:
    """Dovecot's groups, as positions in `raw`."""
    user = dovecot.user()
    dovecot.deliver(user, raw)
    with dovecot.client(user) as client:
        client.select("INBOX")
        _, answer = client.thread(algorithm, "UTF-8", "ALL")
    groups: Groups = set()
    depth, numbers = 0, set[int]()
    for token in re.findall(rb"[()]|\d+", answer[0] or b""):
        depth += {b"(": 1, b")": -1}.get(token, 0)
        if token.isdigit():
            numbers.add(int(token) - 1)
        elif depth == 0:
            groups.add(frozenset(numbers))
            numbers = set()
    return groups


def rows(raw: Sequence[bytes]) -> list[messages.Row]:
    heads = [one.split(b"\r\n\r\n")[0] + b"\r\n\r\n" for one in raw]
    return [row(Head(n, Flag.NONE, "", _RECEIVED, 100, head)) for n, head in enumerate(heads, 1)]


def ours(raw: Sequence[bytes]) -> Groups:
    db = memory()
    try:
        messages.put_heads(db, folder_id(db), rows(raw))
        ids = [id_ for (id_,) in db.execute("SELECT id FROM message ORDER BY remote_id")]
        threads.assign(db, ids)
        return grouped(db, ids)
    finally:
        db.close()


def together(groups: Groups) -> set[tuple[int, int]]:
    return {pair for group in groups for pair in combinations(sorted(group), 2)}


@pytest.mark.parametrize("mailbox", [mailing_list, gmail])
def test_without_guards_the_groups_are_those_of_message_ids(
    dovecot: Dovecot, mailbox: object, monkeypatch: pytest.MonkeyPatch
) -> None:
    raw = mailbox()  # type: ignore[operator]
    monkeypatch.setattr(mentions, "NEAR", 1 << 60)
    monkeypatch.setattr(threads, "_join_bare_replies", lambda *_: None)
    assert ours(raw) == theirs(dovecot, raw, "REFS")


def test_what_others_say_of_a_letter_counts_though_it_says_nothing_itself(
    dovecot: Dovecot, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A reply whose References a gateway has lost is a thread of its own for RFC 5256 §4 (step 1 B), though the answers
    to it name it and what it answered in one breath. That is the only difference of this mailbox."""
    raw = company()
    heads = rows(raw)
    monkeypatch.setattr(mentions, "NEAR", 1 << 60)
    monkeypatch.setattr(threads, "_join_bare_replies", lambda *_: None)
    mine, refs = ours(raw), theirs(dovecot, raw, "REFS")
    assert together(refs) < together(mine)
    for group in mine - refs:
        parts = sorted((part for part in refs if part <= group), key=min)
        for part in parts[1:]:
            names = {heads[number][11] for number in group - part}
            assert not heads[min(part)][12]
            assert any(names.intersection(heads[number][12].split()) for number in part)


@pytest.mark.parametrize(
    ("mailbox", "reasons"),
    [
        (mailing_list, {"a new subject after a month of silence", "the subject alone"}),
        (company, set()),  # everybody knows everybody: the guard lets all of it through
        (gmail, {"the subject alone"}),
    ],
)
def test_what_differs_from_references_differs_by_the_guards(
    dovecot: Dovecot, mailbox: object, reasons: set[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nothing is together here that is not there; and what is together only there is so for a reason with a name."""
    raw = mailbox()  # type: ignore[operator]
    mine, references, refs = (
        together(ours(raw)),
        together(theirs(dovecot, raw, "REFERENCES")),
        theirs(dovecot, raw, "REFS"),
    )
    linked = together(refs)
    assert mine <= references
    heads = rows(raw)
    roots = {number: min(group) for group in refs for number in group}
    found = Counter[str]()
    for one, other in references - mine:
        if (one, other) in linked:
            found["a new subject after a month of silence"] += 1
        else:
            subjects = {topic(heads[number][10]).base for number in (roots[one], roots[other])}
            found["the subject alone" if len(subjects) == 1 else f"unexplained: {subjects}"] += 1
    assert set(found) == reasons


CORPUS = Path(os.environ.get("TUIMAIL_CORPORA") or "/nowhere", "imaptest-scripts")
OTHERWISE = {
    "thread": "references that contradict each other hold together all the same",
    "thread2": "two messages with one Message-ID are copies of one, and not strangers",
    "thread4": "a reply that names what it answers is not joined by its subject alone",
}


@pytest.mark.corpora
@pytest.mark.skipif(not CORPUS.is_dir(), reason="TUIMAIL_CORPORA is not set")
@pytest.mark.parametrize("name", ["thread", *(f"thread{n}" for n in range(2, 9))])
def test_the_groups_of_imaptest(dovecot: Dovecot, name: str) -> None:
    mbox = CORPUS.joinpath(f"{name}.mbox").read_bytes()
    raw = [one.split(b"\n", 1)[1].replace(b"\n", b"\r\n") for one in re.split(rb"(?m)^From ", mbox) if one]
    assert (ours(raw) == theirs(dovecot, raw, "REFERENCES")) is (name not in OTHERWISE)
