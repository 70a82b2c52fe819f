"""What is kept of the names that a server gives its messages."""

from __future__ import annotations

from tests.store.rows import ARCHIVE, INBOX, folder_id, memory, row
from tuimail.store import identity, messages


def test_a_row_found_again_by_message_id_is_asked_for_its_name_anew() -> None:
    """It may be a twin: another message with the same Message-ID, which the server calls otherwise."""
    db = memory()
    inbox, archive = folder_id(db, INBOX), folder_id(db, ARCHIVE)
    messages.put_heads(db, inbox, [row(1, "one"), row(2, "two")])
    identity.put_names(db, inbox, {1: "M1", 2: "M2"})
    assert identity.unnamed(db, inbox) == []
    messages.forget_epoch(db, inbox)
    messages.put_heads(db, inbox, [row(11, "one")])
    assert db.execute("SELECT count(*) FROM message").fetchone() == (2,), "the row of before has its place again"
    assert identity.unnamed(db, inbox) == [11]
    assert identity.known(db, archive, ["M1", "M2"]).keys() == {"M2"}
