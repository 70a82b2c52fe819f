"""Finding: what the full-text index costs, and how soon each key of a search shows its first page.

Needs no server: generated mail is put into a store as a sync would put it. Keys are asked one after the other
through `Mail.searching`, as the prompt does, while a clock watches the event loop.
"""

from __future__ import annotations

import asyncio
import statistics
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path

from tests.bench.letters import NEWEST, mailbox
from tests.bench.table import Group, Row
from tuimail.mail import Mail
from tuimail.model import Account, Flag, Role
from tuimail.net.remote import Head
from tuimail.store import bodies, folders, messages
from tuimail.sync.rows import row

TYPED = (
    "budget", "kernel", "invoice", "from:chloé", "meeting notes", "regression", "subject:draft", "müller", "議事録",
    "report is:unread",
)  # fmt: skip
"""Ten things that people type."""
IN_TEXTS = ("body:patch", "postmortem incident", '"release build"', "café", "conference -paper")
FEW = 300
_BEAT = 0.001


def compare(size: int, repetitions: int, say: Callable[[str], None]) -> list[Group]:
    """All of it; a minute or two at 100,000 messages and 20,000 texts."""
    with tempfile.TemporaryDirectory(prefix="bench-search") as folder:
        return asyncio.run(_compare(Path(folder), size, size // 5, repetitions, say))


async def _compare(home: Path, size: int, texts: int, repetitions: int, say: Callable[[str], None]) -> list[Group]:
    account = Account("bench", "localhost", 143, "bench")
    async with Mail(home, [account], _nobody) as mail:
        say(f"search: {size:,} messages are brought in")
        ids = await fill(mail, size)
        before = _megabytes(home)
        say("search: headers are indexed")
        began = time.perf_counter()
        await mail.searching.catch_up()
        headers = time.perf_counter() - began
        header_size = _megabytes(home) - before
        keys, lags = await _type(mail, TYPED, None, repetitions)
        small = mail.folder_by_role(1, Role.ARCHIVE)
        assert small is not None
        here, here_lags = await _type(mail, TYPED, [small.id], repetitions)

        say(f"search: {texts:,} texts are brought in and indexed")
        before = await _bring_texts(mail, ids[:texts], home)
        began = time.perf_counter()
        await mail.searching.catch_up()
        reading = time.perf_counter() - began
        text_size = _megabytes(home) - before
        in_texts, text_lags = await _ask(mail, IN_TEXTS, repetitions)
    return [
        Group(
            f"tuimail, search in {size:,} messages",
            [
                Row("a key, first page of hits (goal: p95 16 ms)", "ms", keys),
                Row("95th percentile", "ms", [_p95(keys)]),
                Row(f"the same in a folder with one message of {FEW}", "ms", here),
                Row("95th percentile", "ms", [_p95(here)]),
                Row("CPU of the event loop in one piece, at most (goal: 4 ms)", "ms", [max(lags), max(here_lags)]),
            ],
        ),
        Group(
            f"first page of a search in {texts:,} texts (goal: 50 ms)",
            [
                Row("a query", "ms", in_texts),
                Row("95th percentile", "ms", [_p95(in_texts)]),
                Row("CPU of the event loop in one piece, at most", "ms", [max(text_lags)]),
            ],
        ),
        Group(
            "making the index",
            [
                Row(f"headers of {size:,}, with their threads", "s", [headers], note=f"{header_size:,.0f} MB on disk"),
                Row(f"texts of {texts:,}, read and indexed", "s", [reading], note=f"{text_size:,.0f} MB on disk"),
            ],
        ),
    ]


async def fill(mail: Mail, size: int) -> list[int]:
    """Rows as a sync makes them; returns their ids, newest first."""
    roles = {b"INBOX": "inbox", b"Small": "archive"}
    listed = [folders.Listed(name, name.decode(), "/", role, True) for name, role in roles.items()]
    await mail._database.write(lambda db: folders.put_folders(db, 1, listed))
    rows: list[messages.Row] = []
    few: list[messages.Row] = []
    for uid, letter in enumerate(mailbox(size), 1):
        head, _, _ = letter.raw.partition(b"\n\n")
        flags = Flag.SEEN if "\\Seen" in letter.flags else Flag.NONE
        made = row(Head(uid, flags, "", letter.received, len(letter.raw), head.replace(b"\n", b"\r\n")))
        rows.append(made)
        if uid % FEW == 0:
            few.append(made)
        if len(rows) == 2_000 or uid == size:
            await mail._database.write(lambda db, rows=tuple(rows): messages.put_heads(db, 1, rows))  # type: ignore[misc]
            rows.clear()
    found = await mail.lists.every([1])
    await mail._database.write(lambda db: messages.put_heads(db, 2, few))
    return list(found)


async def _bring_texts(mail: Mail, ids: Sequence[int], home: Path) -> float:
    """The newest texts, as if they had been read; returns the megabytes that the store has then."""
    letters = list(mailbox(max(ids)))  # the same octets as before
    for start in range(0, len(ids), 500):
        some = ids[start : start + 500]
        texts = [(id_, letters[id_ - 1].raw.replace(b"\n", b"\r\n")) for id_ in some]

        def put(db: object, texts: list[tuple[int, bytes]] = texts) -> None:
            for id_, raw in texts:
                bodies.put_body(db, id_, {"": raw}, NEWEST)  # type: ignore[arg-type]

        await mail._database.write(put)
    return _megabytes(home)


async def _type(
    mail: Mail, words: Sequence[str], folders: Sequence[int] | None, repetitions: int
) -> tuple[list[float], list[float]]:
    """Each word letter by letter; seconds from each key to its hits, and what the loop did in one piece."""
    typed = [word[:end] for word in words for end in range(1, len(word) + 1)]
    return await _ask(mail, typed, repetitions, folders)


async def _ask(
    mail: Mail, queries: Sequence[str], repetitions: int, folders: Sequence[int] | None = None
) -> tuple[list[float], list[float]]:
    lags: list[float] = []
    beat = asyncio.create_task(_watch(lags))
    took = []
    for _ in range(max(2, repetitions)):
        for text in queries:
            began = time.perf_counter()
            await mail.searching.first(mail.searching.parse(text), folders).answer()
            took.append(time.perf_counter() - began)
            await asyncio.sleep(0.002)
    beat.cancel()
    return took, lags


async def _watch(lags: list[float]) -> None:
    """CPU of the loop's own thread between two turns: the clock would also tell how busy the machine is."""
    while True:
        began = time.thread_time()
        await asyncio.sleep(_BEAT)
        lags.append(time.thread_time() - began)


def _megabytes(home: Path) -> float:
    return sum(path.stat().st_size for path in home.iterdir()) / 1e6


def _p95(samples: Sequence[float]) -> float:
    return statistics.quantiles(samples, n=20)[-1]


async def _nobody(_: Account) -> str:
    raise AssertionError
