"""An answer is shown without what its reader has read before, and no message is parsed twice."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import pytest

from tests.store.rows import row
from tuimail.model import Flag
from tuimail.store import bodies, folders, messages
from tuimail.store.database import Database
from tuimail.sync import library as module
from tuimail.sync.library import Library

TEXT = "\r\n".join(f"Sheet {number} compares the loom and the engine." for number in range(12))
QUOTED = "> " + TEXT.replace("\r\n", "\r\n> ")


def mail(name: str, body: str, proof: str = "") -> bytes:
    return f"From: Ada <ada@example.org>\r\nSubject: {name}\r\n{proof}\r\n{body}\r\n".encode()


def fill(db: sqlite3.Connection) -> tuple[int, int]:
    """A letter that has been read, and the answer to it; their ids."""
    account = folders.put_account(db, "a")
    folders.put_folders(db, account, [folders.Listed(b"INBOX", "INBOX", "/", "inbox", True)])
    (folder,) = db.execute("SELECT id FROM folder").fetchone()
    first = row(1, "<1@x>", flags=int(Flag.SEEN))
    answer = (*row(2, "<2@x>")[:-3], "<1@x>", "", "")
    messages.put_heads(db, folder, [first, answer])
    ids = [id_ for (id_,) in db.execute("SELECT id FROM message ORDER BY id")]
    proof = "Authentication-Results: mx.example.net; dmarc=pass header.from=example.org\r\n"
    bodies.put_body(db, ids[0], {"": mail("one", TEXT)}, 1)
    bodies.put_body(db, ids[1], {"": mail("two", f"Yes.\r\n\r\n{QUOTED}", proof)}, 1)
    return ids[0], ids[1]


async def test_an_answer_folds_what_was_read_and_nothing_is_parsed_twice(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    parsed: list[int] = []
    read = module.read_sections

    def counted(message_id: int, *rest: object) -> object:
        parsed.append(message_id)
        return read(message_id, *rest)  # type: ignore[arg-type]

    monkeypatch.setattr(module, "read_sections", counted)
    database = Database(tmp_path)
    try:
        first, answer = await database.write(fill)
        library = Library(database, lambda account: None, lambda change: None, {1: ("example.net",)})
        assert library.ready(answer) is None
        message = await library.message(answer, prefetch=True)
        assert [fold.words for fold in message.document.folds] == ["12 lines already read"]
        assert message.proof is not None and message.proof.word == "verified"
        assert library.ready(answer) is message
        assert await library.message(answer, prefetch=False) is message
        assert sorted(parsed) == [first, answer]
        assert (await library.message(first, prefetch=False)).document.folds == ()
        assert sorted(parsed) == [first, first, answer], "once for its words, once to be shown"
        await library.close()
    finally:
        database.close()
