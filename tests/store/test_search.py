"""Asking the store: what is found, in which order, where; and that the index follows what happens to messages."""

from __future__ import annotations

import random
import sqlite3
import unicodedata
from collections.abc import Callable, Iterator
from datetime import datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.store.rows import ARCHIVE, INBOX, TRASH, folder_id, memory
from tuimail.query import parse
from tuimail.store import bodies, folders, index, labels, messages, search
from tuimail.store.schema import MIGRATIONS
from tuimail.store.words import prepared

NOON = int(datetime(2024, 3, 10, 12).timestamp())
DAY = 86_400


@pytest.fixture
def db() -> Iterator[sqlite3.Connection]:
    db = memory()
    yield db
    db.close()


def put(
    db: sqlite3.Connection,
    subject: str,
    *,
    folder: bytes = INBOX,
    sender: str = "Ada",
    email: str = "ada@example.org",
    to: str = "me@example.org",
    cc: str = "",
    flags: int = 0,
    keywords: str = "",
    size: int = 100,
    attachment: int = 0,
    list_id: str = "",
    received: int = 0,
    message_id: str = "",
    indexed: bool = True,
) -> int:
    """One message; returns its id. Later ones arrive later, unless told otherwise."""
    where = folder_id(db, folder)
    (uid,) = db.execute("SELECT COALESCE(max(id), 0) + 1 FROM message").fetchone()
    place = messages.rank(received or NOON + uid, uid)
    head = (
        uid, flags, keywords, place, received or NOON + uid, size, attachment, sender, email, to.split(",")[0], subject,
        message_id or f"<{uid}@x>", "", list_id, f"{to}\n{cc}" if cc else to,
    )  # fmt: skip
    messages.put_heads(db, where, [head])
    (id_,) = db.execute("SELECT max(id) FROM message").fetchone()
    if indexed:
        look(db)
    return int(id_)


def look(db: sqlite3.Connection) -> None:
    """What the indexer does to new rows, a few at a time."""
    while index.is_behind(db):
        index.look_at_rows(db, 3, NOON)


def read(db: sqlite3.Connection, id_: int, text: str) -> None:
    """The text comes, and the indexer reads it."""
    bodies.put_body(db, id_, {"": text.encode()}, NOON)
    index.put_texts(db, {due: text for due in index.due(db, 100) if due.message_id == id_})


def found(db: sqlite3.Connection, text: str, folders: list[int] | None = None) -> list[int]:
    """All hits, newest first; a first page must be their beginning."""
    node = parse(text, NOON).node
    hits = list(search.every(db, node, folders))
    assert search.first(db, node, folders, 2) == hits[:2]
    return hits


def renew(db: sqlite3.Connection) -> None:
    """The index is emptied, as by the migration that came with other words."""
    (script,) = (script for script in MIGRATIONS if "CREATE TABLE search_again" in script)
    while db.execute("SELECT 1 FROM search_again").fetchone():
        index.look_at_rows(db, 100, NOON)
    db.executescript(f"DROP TABLE search_again; {script}")


def whole(db: sqlite3.Connection) -> bool:
    """Nothing is in the index that does not belong there, and nothing is missing: taken out, it is empty."""
    while index.take_out(db):
        pass
    docs = {doc for (doc,) in db.execute("SELECT id FROM search_docsize")}
    assert docs == {doc for (doc,) in db.execute(f"SELECT {index.DOC} FROM message WHERE thread IS NOT NULL")}
    db.execute("INSERT INTO search(search) VALUES('integrity-check')")
    for (id_,) in db.execute("SELECT id FROM message").fetchall():
        db.execute("DELETE FROM message WHERE id = ?", (id_,))
    while index.take_out(db):
        pass
    db.execute("CREATE VIRTUAL TABLE temp.words USING fts5vocab(main, search, row)")
    left = db.execute("SELECT term FROM temp.words").fetchall()
    return not left and not db.execute("SELECT 1 FROM search_text UNION ALL SELECT 1 FROM thread_topic").fetchall()


def test_hits_come_newest_first(db: sqlite3.Connection) -> None:
    old = put(db, "plan", received=NOON - DAY)
    new = put(db, "plan", received=NOON + DAY)
    middle = put(db, "plan", received=NOON)
    assert found(db, "plan") == [new, middle, old]
    assert found(db, "") == [new, middle, old]
    assert found(db, "", [folder_id(db)]) == [new, middle, old]


def test_of_those_that_came_in_one_second_the_first_page_has_the_top_of_the_list(db: sqlite3.Connection) -> None:
    ids = [put(db, "plan", received=NOON) for _ in range(4)]
    db.execute("UPDATE message SET rank = ? WHERE id = ?", (messages.rank(NOON, 99), ids[0]))
    where = [folder_id(db)]
    assert found(db, "plan") == found(db, "plan", where) == found(db, "", where) == [ids[0], ids[3], ids[2], ids[1]]


@pytest.mark.parametrize("seconds", [1, 30, 90])
def test_the_first_hits_are_the_top_of_all_of_them_however_many_came_in_one_second(
    db: sqlite3.Connection, seconds: int
) -> None:
    dice = random.Random(seconds)
    for uid in dice.sample(range(1, 1_000), 90):  # in the list by UID, in the index in the order in which they came
        moment = NOON + uid % seconds
        id_ = put(db, "plan", received=moment)
        db.execute("UPDATE message SET rank = ? WHERE id = ?", (messages.rank(moment, uid), id_))
    node = parse("plan", NOON).node
    whole = list(search.every(db, node))
    for limit in (1, 7, 50, 58, 59, 90, 200):
        assert search.first(db, node, limit=limit) == whole[:limit]


def test_words_are_beginnings_and_all_of_them_must_be_there(db: sqlite3.Connection) -> None:
    one = put(db, "Annual budget report")
    put(db, "Annual picnic")
    assert found(db, "ann bud") == [one]
    assert found(db, "udget") == []
    assert found(db, '"annual budget"') == [one]
    assert found(db, '"annual bud"') == []
    assert found(db, '"budget annual"') == []


@pytest.mark.parametrize(
    ("subject", "asked"),
    [
        ("Übung für Jürgen", "ubung jurgen"),
        ("Ubung", "Übung"),
        ("Cafe\u0301", "café"),
        ("STRASSE", "straße"),
        ("Smørrebrød", "smorre"),
        ("ＨＥＬＬＯ", "hello"),
        ("Привет, мир", "привет"),
        ("日本語のメール", "語の"),
        ("한국어메일", "국어"),
        ("ขอบคุณครับ", "คุณ"),
        ("ticket #123-456", "123-45"),
        ("Отчёт", "отчет"),
        ("отчет", "ОТЧЁТ"),
        ("Мой за\u0301мок", '"мой замок"'),
        ("Τα Ελληνικά", "ελληνικα"),
        ("ΕΛΛΗΝΙΚΟΣ", "ελληνικός"),
        ("שָׁלוֹם עֲלֵיכֶם", '"שלום עליכם"'),
        ("שלום עליכם", "שָׁלוֹ"),
        ("\ufb2aלום", "שלום"),
        ("مُحَمَّد", "محمد"),
        ("محمد", "مُحَ"),
        ("محـــمد", "محمد"),
    ],
)
def test_case_accents_and_the_middle_of_a_run_do_not_matter(db: sqlite3.Connection, subject: str, asked: str) -> None:
    one = put(db, subject)
    assert found(db, asked) == [one]


@pytest.mark.parametrize(
    ("subject", "asked"),
    [("мой", "мои"), ("мои", "мой"), ("がく", "かく"), ("かく", "がく"), ("한국어", "하"), ("가", "각")],
)
def test_what_is_set_on_a_letter_of_other_scripts_makes_it_another(
    db: sqlite3.Connection, subject: str, asked: str
) -> None:
    one = put(db, unicodedata.normalize("NFD", subject))
    assert found(db, subject) == found(db, unicodedata.normalize("NFD", subject)) == [one]
    assert found(db, asked) == []


def test_an_index_of_other_words_is_made_anew_newest_first(
    db: sqlite3.Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as before:
        before.setattr("tuimail.store.words.bare", str)
        old, new, unread = put(db, "Отчёт"), put(db, "Отчёт"), put(db, "Отчёт")
        read(db, old, "Ελληνικά")
        read(db, new, "Ελληνικά")
        db.execute("DELETE FROM message WHERE id = ?", (unread,))
        assert found(db, "отчет") == found(db, "ελληνικα") == []
    renew(db)
    assert index.fresh_count(db) == 3 and index.due_count(db) == 2
    assert index.look_at_rows(db, 2, NOON)[0] == 2
    assert found(db, "отчет") == [new]
    look(db)
    assert found(db, "отчет") == [new, old] and index.fresh_count(db) == 0
    index.put_texts(db, dict.fromkeys(index.due(db, 2), "Ελληνικά"))
    assert found(db, "ελληνικα") == [new, old]
    assert whole(db)


def test_letters_of_a_run_are_found_in_their_order_only(db: sqlite3.Connection) -> None:
    put(db, "日本語")
    assert found(db, "本日") == []


def test_each_field_is_asked_by_itself(db: sqlite3.Connection) -> None:
    one = put(db, "north", sender="South", email="s@east.example", to="West", cc="Up", list_id="down.example.org")
    for field, word in zip(
        "subject from from to cc list".split(), "north south east west up down".split(), strict=True
    ):
        assert found(db, f"{field}:{word}") == [one]
        assert found(db, word) == [one]
        for other in {"subject", "from", "to", "cc", "list", "body"} - {field}:
            assert found(db, f"{other}:{word}") == []


def test_flags_sizes_and_attachments(db: sqlite3.Connection) -> None:
    plain = put(db, "a", size=10_000)
    starred = put(db, "b", flags=1 | 4, size=10_001, attachment=1)
    answered = put(db, "c", flags=1 | 2)
    draft = put(db, "d", flags=16 | 32)
    assert found(db, "is:unread") == [draft, plain]
    assert found(db, "is:read") == [answered, starred]
    assert found(db, "is:starred") == [starred]
    assert found(db, "-is:starred is:read") == [answered]
    assert found(db, "is:answered or is:draft") == [draft, answered]
    assert found(db, "is:unanswered is:unstarred") == [draft, plain]
    assert found(db, "is:forwarded") == [draft]
    assert found(db, "larger:10k") == [starred]
    assert found(db, "smaller:10k") == [draft, answered]
    assert found(db, "has:attachment") == [starred]


def test_what_the_reader_wishes_counts_before_the_server_has_heard(db: sqlite3.Connection) -> None:
    one = put(db, "a")
    db.execute("UPDATE message SET want_set = 1, want_folder_id = ? WHERE id = ?", (folder_id(db, ARCHIVE), one))
    assert found(db, "is:read in:archive") == [one]
    assert found(db, "is:unread") == []


def test_a_label_is_asked_for_by_its_whole_name_in_any_case(db: sqlite3.Connection) -> None:
    work = put(db, "a", keywords="Work $Forwarded")
    workshop = put(db, "b", keywords="workshop to_do")
    both = put(db, "b", keywords="WORK gr&APw-n", folder=ARCHIVE)
    tagged = put(db, "c", keywords="$label4 $label1 $NotJunk NonJunk")
    plain = put(db, "d")
    assert found(db, "label:work") == found(db, "label:WORK") == [both, work]
    assert found(db, "label:GRÜN") == [both]
    assert found(db, "label:important") == [tagged]
    assert found(db, 'label:"to do"') == found(db, "label:To_Do") == [tagged, workshop]
    assert found(db, "label:wor") == found(db, "label:$label4") == found(db, "label:nonjunk") == []
    assert found(db, "-label:work") == [plain, tagged, workshop]
    assert found(db, "label:work or d") == [plain, both, work]
    assert found(db, "label:(work or important)") == [tagged, both, work]
    assert found(db, "label:work label:grün") == found(db, "label:work in:archive") == [both]
    assert found(db, "b label:workshop") == [workshop]
    assert found(db, "-(label:work b) label:work") == [work]
    assert found(db, "label:work", [folder_id(db)]) == [work]


def test_a_label_that_is_wished_counts_before_the_server_has_heard(db: sqlite3.Connection) -> None:
    off = put(db, "a", keywords="Work")
    on = put(db, "b", keywords="todo")
    db.execute("UPDATE message SET want_keywords = '-work' WHERE id = ?", (off,))
    db.execute("UPDATE message SET want_keywords = '+WORK -todo' WHERE id = ?", (on,))
    assert found(db, "label:work") == [on]
    assert found(db, "-label:work") == [off]
    assert found(db, "label:todo") == []


_KEYWORDS = st.lists(
    st.sampled_from("work Work todo $label1 $Junk -work +WORK +todo -todo +$label1".split()), max_size=3
)
_LABELLED: dict[str, Callable[[set[str]], bool]] = {
    "label:work": lambda has: "work" in has,
    "-label:todo": lambda has: "todo" not in has,
    "label:work label:todo": lambda has: {"work", "todo"} <= has,
    "label:work -label:todo": lambda has: "work" in has and "todo" not in has,
    "label:work or label:important": lambda has: bool({"work", "important"} & has),
    "-label:(work or todo)": lambda has: not {"work", "todo"} & has,
    "plan label:work": lambda has: "work" in has,
    "label:todo or is:starred": lambda has: "todo" in has,
}


@settings(max_examples=50)
@given(st.lists(_KEYWORDS, max_size=6))
def test_a_label_finds_the_rows_that_show_it(said: list[list[str]]) -> None:
    db = memory()
    shown = {}
    for words in said:
        wish = " ".join(word for word in words if word[0] in "+-")
        id_ = put(db, "plan", keywords=" ".join(word for word in words if word[0] not in "+-"))
        db.execute("UPDATE message SET want_keywords = ? WHERE id = ?", (wish, id_))
        shown[id_] = {name.lower() for name in labels.shown(db, id_)}
    for query, fits in _LABELLED.items():
        assert found(db, query) == [id_ for id_ in reversed(shown) if fits(shown[id_])]
    db.close()


def test_which_labels_there_are_costs_no_more_where_many_messages_have_them(db: sqlite3.Connection) -> None:
    def steps() -> int:
        done = []
        db.set_progress_handler(lambda: done.append(1), 1)
        assert labels.combinations(db, node) == '[["todo work", ""], ["work", ""]]'
        db.set_progress_handler(None, 1)
        return len(done)

    node = parse("label:work", NOON).node
    for words in ("work", "todo work", "todo"):
        put(db, "a", keywords=words)
    few = steps()
    for _ in range(40):
        put(db, "a", keywords="work", indexed=False)
    assert steps() == few


def test_days_begin_at_midnight_here(db: sqlite3.Connection) -> None:
    midnight = int(datetime(2024, 3, 10).timestamp())
    before = put(db, "a", received=midnight - 1)
    after = put(db, "b", received=midnight)
    for where in (None, [folder_id(db)]):
        assert found(db, "before:2024-03-10", where) == [before]
        assert found(db, "after:2024-03-10", where) == [after]
        assert found(db, "after:2024-03 before:2024-04", where) == [after, before]
        assert found(db, "-after:2024-03-10", where) == [before]
        assert found(db, "before:9999 after:1000", where) == [after, before]


def test_ages_are_counted_from_now(db: sqlite3.Connection) -> None:
    old = put(db, "a", received=NOON - 8 * DAY)
    new = put(db, "b", received=NOON - 6 * DAY)
    assert found(db, "newer:7d") == found(db, "-older:1w") == [new]
    assert found(db, "older:7d") == found(db, "-newer:7d") == [old]


def test_trash_is_searched_only_when_asked_for(db: sqlite3.Connection) -> None:
    here = put(db, "plan")
    thrown = put(db, "plan", folder=TRASH)
    assert found(db, "plan") == [here]
    assert found(db, "plan in:trash") == [thrown]
    assert found(db, "plan in:anywhere") == [thrown, here]
    assert found(db, "plan (in:trash or in:inbox)") == [thrown, here]
    assert found(db, "plan -in:inbox") == []
    assert found(db, "plan", [folder_id(db, TRASH)]) == [thrown]


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("plan", [INBOX, ARCHIVE]),
        ("plan in:inbox", [INBOX]),
        ("(in:inbox (plan)) (note)", [INBOX]),
        ("plan in:trash", [TRASH]),
        ("plan in:inbox in:archive", []),
        ("plan account:a", [INBOX, ARCHIVE]),
        ("plan account:b", []),
        ("plan or in:inbox", [INBOX, ARCHIVE]),
        ("plan -in:inbox", [INBOX, ARCHIVE]),
        ("plan -(in:inbox note)", [INBOX, ARCHIVE]),
    ],
)
def test_a_folder_that_every_hit_must_be_in_is_where_hits_can_be(
    db: sqlite3.Connection, text: str, names: list[bytes]
) -> None:
    node = parse(text, NOON).node
    where = {folder_id(db, name) for name in names}
    assert set(search.scope(db, node, ["a"])) == where
    assert set(search.scope(db, node, ["a"], [folder_id(db)])) == where & {folder_id(db)}


def test_a_folder_is_called_by_role_name_or_beginning_and_holds_what_is_below(db: sqlite3.Connection) -> None:
    names = {b"INBOX": "inbox", b"Old": "archive", b"Old/2019": "", b"Lists/Python": "", b"Trash": "trash"}
    folders.put_folders(db, 1, [folders.Listed(n, n.decode(), "/", r, True) for n, r in names.items()])
    old = put(db, "a", folder=b"Old")
    below = put(db, "b", folder=b"Old/2019")
    python = put(db, "c", folder=b"Lists/Python")
    assert found(db, "in:archive") == found(db, "in:old") == [below, old]
    assert found(db, "in:2019") == found(db, "in:Old/2019") == [below]
    assert found(db, "in:pyt") == found(db, "in:lists") == found(db, "in:PYTHON") == [python]
    assert found(db, "in:nowhere") == []


def test_an_account_is_called_by_its_name_or_a_part_of_it(db: sqlite3.Connection) -> None:
    other = folders.put_account(db, "work@example.org")
    folders.put_folders(db, other, [folders.Listed(b"Post", "Post", "/", "inbox", True)])
    put(db, "plan")
    mine = put(db, "plan", folder=b"Post")
    assert found(db, "plan account:work") == [mine]
    assert found(db, "account:work@example.org") == [mine]
    assert found(db, "plan -account:a") == [mine]


def test_a_message_in_several_gmail_folders_is_one_hit_and_not_in_all_mail(db: sqlite3.Connection) -> None:
    listed = [(b"INBOX", "inbox"), (b"All Mail", "all"), (b"Trash", "trash"), (b"Archive", "archive")]
    folders.put_folders(db, 1, [folders.Listed(n, n.decode(), "/", r, True) for n, r in listed])
    alone = put(db, "plan", folder=b"All Mail", message_id="<2@x>")
    put(db, "plan", folder=b"All Mail", message_id="<1@x>")
    inbox = put(db, "plan", folder=INBOX, message_id="<1@x>")
    put(db, "plan", folder=b"All Mail", message_id="<1@x>")
    assert found(db, "plan") == [inbox, alone]
    assert search.counts(db, parse("plan", NOON).node) == (2, 2)
    assert len(found(db, "plan in:all")) == 3


def test_a_text_is_found_once_it_was_read_together_with_the_header(db: sqlite3.Connection) -> None:
    one = put(db, "Plan")
    other = put(db, "Plan")
    assert found(db, "lighthouse") == []
    read(db, one, "Meet me at the lighthouse.")
    assert found(db, "lighthouse") == found(db, "body:lighth") == found(db, "plan lighthouse") == [one]
    assert found(db, "plan -lighthouse") == [other]
    assert found(db, "-lighthouse") == [other]
    assert found(db, "lighthouse or is:starred") == [one]
    assert whole(db)


def test_a_text_that_comes_again_takes_the_place_of_the_first(db: sqlite3.Connection) -> None:
    one = put(db, "Plan")
    read(db, one, "lighthouse")
    read(db, one, "windmill")
    assert found(db, "windmill") == [one]
    assert found(db, "lighthouse") == []
    assert whole(db)


def test_a_text_that_comes_again_while_it_is_read_is_read_again(db: sqlite3.Connection) -> None:
    one = put(db, "Plan")
    bodies.put_body(db, one, {"": b"lighthouse"}, NOON)
    (due,) = index.due(db, 10)
    bodies.put_body(db, one, {"": b"windmill"}, NOON)
    index.put_texts(db, {due: "lighthouse"})
    assert [again.message_id for again in index.due(db, 10)] == [one]


def test_a_text_may_be_read_before_its_header(db: sqlite3.Connection) -> None:
    one = put(db, "Plan", indexed=False)
    read(db, one, "lighthouse")
    look(db)
    assert found(db, "plan lighthouse") == [one]
    assert whole(db)


def test_texts_are_due_newest_first(db: sqlite3.Connection) -> None:
    ids = [put(db, "a", received=NOON + place) for place in (1, 3, 2)]
    for id_ in ids:
        bodies.put_body(db, id_, {"": b"x"}, NOON)
    assert [due.message_id for due in index.due(db, 10)] == [ids[1], ids[2], ids[0]]


def test_what_is_trimmed_is_not_kept_in_the_index(db: sqlite3.Connection) -> None:
    one = put(db, "Plan")
    read(db, one, "lighthouse")
    bodies.trim(db, 0)
    assert db.execute("SELECT count(*) FROM search_text").fetchone() == (0,)
    index.take_out(db)
    assert found(db, "lighthouse") == []
    assert found(db, "plan") == [one]
    assert whole(db)


def test_what_is_deleted_leaves_nothing_behind(db: sqlite3.Connection) -> None:
    one = put(db, "Plan")
    read(db, one, "lighthouse")
    bodies.trim(db, 0)  # and is gone before the index heard of it
    db.execute("DELETE FROM message WHERE id = ?", (one,))
    assert found(db, "plan") == []
    assert whole(db)
    assert db.execute("SELECT count(*) FROM search_gone").fetchone() == (0,)


def test_a_row_that_moves_in_time_is_found_at_its_new_place(db: sqlite3.Connection) -> None:
    one = put(db, "Plan", received=NOON)
    other = put(db, "Plan", received=NOON + 10)
    read(db, one, "lighthouse")
    db.execute("UPDATE message SET rank = ? WHERE id = ?", (messages.rank(NOON + 20, 1), one))
    index.take_out(db)
    assert found(db, "plan") == [one, other]
    assert found(db, "lighthouse") == [one]
    assert whole(db)


_STEPS = st.lists(
    st.tuples(st.sampled_from("new read again trim move delete look out renew".split()), st.integers(0, 5)), max_size=40
)


@settings(max_examples=150, deadline=None)
@given(_STEPS)
def test_whatever_happens_to_messages_the_index_holds_what_is_there(steps: list[tuple[str, int]]) -> None:
    db = memory()
    ids: list[int] = []
    for number, (what, which) in enumerate(steps):
        id_ = ids[which % len(ids)] if ids else 0
        if what == "new":
            ids.append(put(db, f"plan {number}", indexed=bool(which % 2), received=NOON + which))
        elif what == "read" and ids:
            read(db, id_, f"lighthouse {number}")
        elif what == "again" and ids:
            bodies.put_body(db, id_, {"": b"x"}, NOON + number)
        elif what == "trim":
            bodies.trim(db, which)
        elif what == "move" and ids:
            db.execute("UPDATE message SET rank = ? WHERE id = ?", (messages.rank(NOON + which, number), id_))
        elif what == "delete" and ids:
            db.execute("DELETE FROM message WHERE id = ?", (id_,))
        elif what == "look":
            look(db)
        elif what == "out":
            index.take_out(db, 2)
        elif what == "renew":
            renew(db)
    look(db)
    index.put_texts(db, dict.fromkeys(index.due(db, 100), "windmill"))
    assert not index.due(db, 1)
    there = {id_ for (id_,) in db.execute("SELECT id FROM message")}
    texts = dict(db.execute("SELECT message_id, text FROM search_text").fetchall())
    assert texts.keys() == {id_ for (id_,) in db.execute("SELECT id FROM message WHERE cached = 1")}
    assert set(found(db, "plan")) == there
    for word in ("windmill", "lighthouse"):
        assert set(found(db, word)) == {id_ for id_, text in texts.items() if word in text}
    assert whole(db)
    db.close()


def test_dates_that_cannot_be_do_not_break_the_order(db: sqlite3.Connection) -> None:
    far = put(db, "a", received=2**40)
    past = put(db, "a", received=-5)
    assert found(db, "a") == [far, past]
    assert whole(db)


def test_a_long_text_is_indexed_up_to_its_limit(db: sqlite3.Connection) -> None:
    one = put(db, "Plan")
    read(db, one, "begin " + "x" * 200_000 + " end")
    assert found(db, "begin") == [one]
    assert found(db, "end") == []


@settings(max_examples=300, deadline=None)
@given(st.text(max_size=80))
def test_nothing_that_can_be_typed_breaks_the_index(text: str) -> None:
    db = memory()
    put(db, "Plan")
    found(db, text)
    search.counts(db, parse(text, NOON).node)
    db.close()


def test_as_many_words_as_can_be_typed_are_searched(db: sqlite3.Connection) -> None:
    one = put(db, "a b")
    assert found(db, "a " * 1_000) == [one]
    assert found(db, "a or " * 399 + "b") == [one]
    assert found(db, "a or is:read or " * 120 + "b") == [one]
    assert found(db, "(-" * 9 + "x" + ")" * 9) == [one]


@given(st.text(max_size=80))
def test_a_text_made_ready_twice_finds_itself(text: str) -> None:
    assert prepared(prepared(text)).split() == prepared(text).split()
