from __future__ import annotations

from tests.store.rows import ARCHIVE, folder_id, ids, memory, row
from tuimail.model import Flag, Only
from tuimail.store import lists, messages


def test_several_folders_are_one_list_newest_first() -> None:
    db = memory()
    one, two = folder_id(db), folder_id(db, ARCHIVE)
    messages.put_heads(db, one, [row(n, received=1_000 + 2 * n) for n in range(1, 6)])
    messages.put_heads(db, two, [row(n, f"a{n}", received=1_001 + 2 * n) for n in range(1, 6)])
    both = list(lists.every(db, [one, two]))
    received = [lists.rows(db, [id_])[id_].received for id_ in both]
    assert received == sorted(received, reverse=True) and set(both) == {*ids(db, one), *ids(db, two)}
    assert lists.newest(db, [one, two], 4) == both[:4]
    assert lists.newest(db, [], 4) == []


def test_one_kind_of_messages_in_the_order_of_the_list() -> None:
    db = memory()
    inbox = folder_id(db)
    flags = [Flag.NONE, Flag.SEEN, Flag.SEEN | Flag.FLAGGED, Flag.FLAGGED]
    messages.put_heads(db, inbox, [row(n, flags=int(flag)) for n, flag in enumerate(flags, 1)])
    four, three, two, one = ids(db, inbox)
    assert list(lists.every(db, [inbox], Only.UNREAD)) == [four, one]
    assert list(lists.every(db, [inbox], Only.STARRED)) == [four, three]
    assert list(lists.every(db, [inbox], Only.SENDER, like=one)) == [four, three, two, one]
    assert list(lists.every(db, [inbox], Only.THREAD, like=two)) == [two]
    db.execute("UPDATE message SET thread = 7 WHERE id IN (?, ?)", (one, three))
    assert list(lists.every(db, [inbox], Only.THREAD, like=one)) == [three, one]
    assert lists.kind_of(db, [one, two], Only.READ) == {two}


def test_what_was_wished_elsewhere_or_is_gone_is_not_in_the_folder_any_more() -> None:
    db = memory()
    inbox = folder_id(db)
    messages.put_heads(db, inbox, [row(n) for n in range(1, 4)])
    three, two, one = ids(db, inbox)
    db.execute("UPDATE message SET want_folder_id = ? WHERE id = ?", (folder_id(db, ARCHIVE), one))
    messages.mark_gone(db, inbox, [(2, 2)])
    assert lists.still_in(db, [one, two, three], [inbox]) == {three}
    assert lists.still_in(db, [one, two, three]) == {one, three}
    assert set(lists.rows(db, [one, two, three])) == {one, three}


def test_the_rows_between_two_places() -> None:
    db = memory()
    inbox = folder_id(db)
    messages.put_heads(db, inbox, [row(n) for n in range(1, 11)])
    assert list(lists.between(db, inbox, 3, 6)) == ids(db, inbox)[3:6]
