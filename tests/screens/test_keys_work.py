"""Every key of the table does what its words say. One test for each action; a last one sees that none is missing."""

from __future__ import annotations

import stat
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest

from tests.fakes.fake_mail import FakeMail
from tests.fakes.fake_pictures import FakePictures
from tests.screens.run import Running, running
from tests.snap import Snap
from tuimail.keys import BY_ID, KEYS, sequences
from tuimail.model import Block, Document, Flag, Role, Seal

Act = Callable[[Running, list[str]], Awaitable[None]]
CHECKS: dict[str, Act] = {}


def does(*key_ids: str) -> Callable[[Act], Act]:
    """This function checks these actions; it gets the app and one of the action's key sequences."""

    def note(act: Act) -> Act:
        for key_id in key_ids:
            assert key_id not in CHECKS
            CHECKS[key_id] = act
        return act

    return note


@does("account")
async def shows_the_account(app: Running, keys: list[str]) -> None:
    await app.press(*keys)
    assert app.shown == "AccountScreen" and "SCRAM-SHA-256" in app.text


@does("wire")
async def shows_the_wire_log(app: Running, keys: list[str]) -> None:
    await app.press(*keys)
    assert app.shown == "WireScreen" and "a6 UID MOVE 903 Archive" in app.text


@does("cursor.down")
async def next_message(app: Running, keys: list[str]) -> None:
    await app.press(*keys)
    assert app.cursor == 2


@does("cursor.up")
async def previous_message(app: Running, keys: list[str]) -> None:
    await app.press("j", "j", *keys)
    assert app.cursor == 2


@does("cursor.top")
async def first_message(app: Running, keys: list[str]) -> None:
    await app.press("j", "j", *keys)
    assert app.cursor == 1


@does("cursor.bottom")
async def last_message(app: Running, keys: list[str]) -> None:
    await app.press(*keys)
    assert app.cursor == 30


@does("cursor.half_down", "cursor.page_down")
async def down_by_page(app: Running, keys: list[str]) -> None:
    await app.press(*keys)
    assert app.main.list.cursor in range(4, 14)


@does("cursor.half_up", "cursor.page_up")
async def up_by_page(app: Running, keys: list[str]) -> None:
    await app.press("G", *keys)
    assert app.main.list.cursor in range(15, 27)


@does("cursor.next_unread")
async def next_unread(app: Running, keys: list[str]) -> None:
    await app.press(*keys)
    assert app.cursor == 2
    await app.press(*keys)
    assert app.cursor == 5


@does("cursor.previous_unread")
async def previous_unread(app: Running, keys: list[str]) -> None:
    await app.press("j", "j", "j", *keys)
    assert app.cursor == 2


@does("folders.down")
async def next_in_tree(app: Running, keys: list[str]) -> None:
    await app.press("1", *keys, "enter")
    assert app.folder == "Drafts"


@does("folders.up")
async def previous_in_tree(app: Running, keys: list[str]) -> None:
    await app.press("1", "j", "j", *keys, "enter")
    assert app.folder == "Drafts"


@does("folders.top")
async def first_in_tree(app: Running, keys: list[str]) -> None:
    await app.press("1", "j", "j", *keys, "enter")
    assert app.folder == "INBOX"


@does("folders.bottom")
async def last_in_tree(app: Running, keys: list[str]) -> None:
    await app.press("1", *keys, "enter")
    assert app.folder == "Travel"


@does("folders.open")
async def open_folder(app: Running, keys: list[str]) -> None:
    await app.press("1", "j", *keys)
    assert app.folder == "Drafts"
    assert app.pane == "list"


@does("folders.fold")
async def fold(app: Running, keys: list[str]) -> None:
    assert "python-dev" in app.text
    await app.press("1", *["j"] * 7, *keys)
    assert "python-dev" not in app.text


@does("folders.new")
async def new_folder(app: Running, keys: list[str]) -> None:
    await app.press("1", *keys, *"Boats", "enter")
    assert app.says == "Made folder Boats · z undo"
    assert "Boats" in app.text
    await app.press("1", *keys, *"50%", "enter")
    assert "A folder's name has no % in it." in app.text
    await app.press("escape")


@does("folders.rename")
async def rename_folder(app: Running, keys: list[str]) -> None:
    await app.press("1", "G", *keys, "backspace", "enter")
    assert app.says == "Renamed Travel to Trave · z undo"
    assert "Trave" in app.text and "Travel  " not in app.text


@does("folders.delete")
async def delete_folder(app: Running, keys: list[str]) -> None:
    await app.press("1", "G", *keys)
    assert "Delete the folder Travel? It" in app.text
    await app.press("y")
    assert app.says == "Deleted folder Travel · z undo"
    assert "Travel" not in [folder.name for folder in app.mail.folders()]


@does("folders.subscribe")
async def subscribe_folder(app: Running, keys: list[str]) -> None:
    await app.press("1", "G", *keys)
    assert app.says == "Unsubscribed from Travel · z undo"
    await app.press(*keys)
    assert app.says == "Subscribed to Travel · z undo"
    app.mail.shelved.tells = False
    await app.press(*keys)
    assert app.says == "This server does not tell which folders are subscribed to."


@does("folders.purpose")
async def folder_purpose(app: Running, keys: list[str]) -> None:
    assert app.says == "The inbox is for what comes in, always."

    async def is_for(*letters: str) -> None:
        await app.main.perform_by_name(BY_ID["folders.purpose"])
        await app.press(*letters, "enter")

    await app.press("1", "G")
    await is_for(*"arch")
    assert app.says == "Archive is for that; first let it be for nothing special."
    app.mail.give_role(app.mail.by_name("Archive").id, Role.NONE)
    await is_for(*"arch")
    assert (app.says, app.mail.by_name("Travel").role) == ("Travel is the archive folder", Role.ARCHIVE)
    await is_for(*"noth")
    assert app.says == "Travel is for nothing special, unless its server says otherwise"
    assert app.mail.by_name("Travel").role is Role.NONE


async def long_message(app: Running) -> None:
    await app.press("j", "j", "enter")
    assert app.main.view.message_id == 3


@does("view.down")
async def line_down(app: Running, keys: list[str]) -> None:
    await long_message(app)
    await app.press(*keys)
    assert app.main.view.scroll_offset.y == 1


@does("view.up")
async def line_up(app: Running, keys: list[str]) -> None:
    await long_message(app)
    await app.press("j", "j", *keys)
    assert app.main.view.scroll_offset.y == 1


@does("view.top")
async def top_of_message(app: Running, keys: list[str]) -> None:
    await long_message(app)
    await app.press("j", "j", *keys)
    assert app.main.view.scroll_offset.y == 0


@does("view.bottom")
async def end_of_message(app: Running, keys: list[str]) -> None:
    await long_message(app)
    await app.press(*keys)
    assert "Line 79" in app.text


@does("read.open")
async def open_message(app: Running, keys: list[str]) -> None:
    await app.press(*keys)
    assert app.pane == "view"
    assert app.main.view.message_id == 1
    summary = app.mail.summary(1)
    assert summary is not None
    assert Flag.SEEN in summary.flags


@does("read.on", "list.read_on")
async def read_on(app: Running, keys: list[str]) -> None:
    await long_message(app)
    await app.press(*keys)
    assert app.main.view.scroll_offset.y > 5
    await app.press("G", *keys)
    assert app.main.view.message_id == app.cursor == 5, "after the end comes the next unread"


@does("read.back")
async def back(app: Running, keys: list[str]) -> None:
    await app.press("enter", *keys)
    assert app.pane == "list"
    await app.press(*keys)
    assert app.app.return_code == 0
    assert not app.app.is_running or app.app._exit


@does("read.escape")
async def escape(app: Running, keys: list[str]) -> None:
    await app.press("enter", *keys)
    assert app.pane == "list"
    await app.press("x", *keys)
    assert app.main.list.selected == set()
    await app.press(*keys)
    assert not app.app._exit, "Esc never quits"


@does("read.headers")
async def headers(app: Running, keys: list[str]) -> None:
    assert "Message-ID" not in app.text
    await app.press(*keys)
    assert "Message-ID" in app.text


def saved_file() -> Path:
    file = Path("Re The bridge works again.eml").absolute()
    assert file.read_bytes().startswith(b"From: Grace Hopper")
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    return file


@does("read.attachments")
async def attachments(app: Running, keys: list[str]) -> None:
    await app.press(*keys)
    assert app.shown == "AttachmentsScreen"


@does("read.save")
async def save(app: Running, keys: list[str]) -> None:
    await app.press(*keys)
    file = saved_file()
    assert app.says == f"Saved as {file}"


@does("read.quotes")
async def unfold(app: Running, keys: list[str]) -> None:
    await app.press(*keys)
    assert app.says == "Nothing is folded in this message."


@does("read.links")
async def links(app: Running, keys: list[str]) -> None:
    await app.press(*keys)
    assert app.shown == "PickLink"
    assert "1 example.org" in app.text


@does("read.form")
async def other_form(app: Running, keys: list[str]) -> None:
    app.mail.write(2, forms=("plain", "html"), form="plain")
    await app.press("j", *keys)
    assert app.says == "Shown as HTML"


@does("read.decrypt")
async def opened_seal(app: Running, keys: list[str]) -> None:
    closed = Document((Block("sealed", "", seal=1),), seals=(Seal("closed", ("Encrypted.",), True),))
    app.mail.write(2, document=closed)
    await app.press("j", *keys)
    assert app.mail.asked[-1] == ("looked_into", 2, True)
    assert "not signed" in app.text and "until you go on" in app.says


@does("read.pictures")
async def pictures(app: Running, keys: list[str]) -> None:
    await app.press(*keys)
    assert app.says.startswith("Pictures on") and app.main.pictures_shown
    await app.press(*keys)
    assert app.says == "No pictures" and not app.main.pictures_shown


@does("read.pictures_remote")
async def remote_pictures(app: Running, keys: list[str]) -> None:
    assert "Load remote pictures of grace@example.org" in app.text
    await app.press("y")
    assert isinstance(app.mail.pictures, FakePictures) and app.mail.pictures.named == {"grace@example.org"}


@does("read.pictures_revoke")
async def no_remote_pictures(app: Running, keys: list[str]) -> None:
    assert app.says == "Remote pictures of grace@example.org are not loaded any more."


@does("read.charset")
async def character_set(app: Running, keys: list[str]) -> None:
    await app.press(*keys)
    assert "Read the text in another character set" in app.text


@does("list.filter")
async def filters(app: Running, keys: list[str]) -> None:
    await app.press(*keys, *"your", "enter")
    assert app.main.list.row_count == 3 and "Inbox / your  3" in app.text


@does("search")
async def searches(app: Running, keys: list[str]) -> None:
    await app.press(*keys, *"in:Sent note", "enter")
    assert app.main.list.row_count >= 1 and "Everywhere / in:Sent note" in app.text


@does("saved.keep")
async def keep_a_search(app: Running, keys: list[str]) -> None:
    """What it keeps: test_saved.py."""
    await app.press(*keys)
    assert app.says == "No search is open."


@does("saved.rename", "saved.forget")
async def kept_searches(app: Running, keys: list[str]) -> None:
    """What they do to one: test_saved.py."""
    assert app.says == "No kept search here."


@does("view.find", "view.find_next", "view.find_previous")
async def find(app: Running, keys: list[str]) -> None:
    await app.press("enter", "slash", *"the", "enter")
    first, _, count = app.says.partition(" · ")[0].partition(" of ")
    assert first == "1" and int(count) > 3
    await app.press(*keys)
    expected = {"n": f"2 of {count}", "N": f"{count} of {count}", "slash": "1 of"}[keys[0]]
    assert app.says.startswith(expected)


@does("view.next")
async def next_in_viewer(app: Running, keys: list[str]) -> None:
    await app.press("enter", *keys)
    assert (app.pane, app.main.view.message_id, app.cursor) == ("view", 2, 2)
    assert Flag.SEEN in app.mail.rows[2].flags
    app.main.list.move_cursor(app.main.list.row_count - 1)
    await app.press(*keys)
    assert app.says == "This is the last message."


@does("view.previous")
async def previous_in_viewer(app: Running, keys: list[str]) -> None:
    await app.press("j", "enter", *keys)
    assert (app.pane, app.main.view.message_id) == ("view", 1)
    await app.press(*keys)
    assert app.says == "This is the first message."


@does("view.zoom")
async def zoom(app: Running, keys: list[str]) -> None:
    await app.press("enter", *keys)
    assert not app.main.list_title.region


@does("view.mark")
async def mark(app: Running, keys: list[str]) -> None:
    await app.press("enter", *keys, "j", "y")
    assert app.says == "Copied 2 lines."


@does("view.copy")
async def copy_all(app: Running, keys: list[str]) -> None:
    await app.press(*keys)
    assert "Hi Ada," in app.app.clipboard


@does("read.pipe")
async def pipe(app: Running, keys: list[str]) -> None:
    await app.press(*keys, *"true", "enter")
    assert app.says == "The command is done."


@does("mail.archive")
async def archive(app: Running, keys: list[str]) -> None:
    await app.press(*keys)
    assert app.mail.position(app.mail.by_name("Archive").id, 1) is not None
    assert app.cursor == 2
    assert app.says == "Archived 1 message · z undo"


@does("mail.trash")
async def trash(app: Running, keys: list[str]) -> None:
    await app.press(*keys)
    assert app.mail.position(app.mail.by_name("Trash").id, 1) is not None
    assert app.cursor == 2
    assert app.says == "Trashed 1 message · z undo"


@does("mail.spam")
async def spam(app: Running, keys: list[str]) -> None:
    await app.press(*keys)
    assert app.says == "Marked spam 1 message · z undo"
    assert app.mail.rows[1].folder_id == app.mail.by_name("Junk").id and Flag.JUNK in app.mail.rows[1].flags
    app.main.open_folder(app.mail.by_name("Junk").id)
    await app.settle()
    app.main.list.go_to(1)
    await app.press(*keys)
    assert app.says == "Marked not spam 1 message · z undo"
    assert app.mail.rows[1].folder_id == app.mail.by_name("INBOX").id and Flag.JUNK not in app.mail.rows[1].flags


@does("mail.archive_next")
async def archive_then_next(app: Running, keys: list[str]) -> None:
    await app.press("j", "j", *keys)
    assert app.says == "Archived 1 message · z undo" and app.cursor == 4


@does("mail.archive_previous")
async def archive_then_previous(app: Running, keys: list[str]) -> None:
    await app.press("j", "j", *keys)
    assert app.says == "Archived 1 message · z undo" and app.cursor == 2


@does("mail.to_inbox")
async def back_to_the_inbox(app: Running, keys: list[str]) -> None:
    await app.press("e", "g", "a", "home", *keys)
    assert app.mail.rows[1].folder_id == app.mail.by_name("INBOX").id


@does("select.range")
async def select_a_range(app: Running, keys: list[str]) -> None:
    await app.press(*keys, "j", "j")
    assert app.main.list.selected == {1, 2, 3}


@does("select.all")
async def select_all(app: Running, keys: list[str]) -> None:
    await app.press(*keys)
    assert len(app.main.list.selected) == app.main.list.row_count == 30


@does("select.unread", "select.starred", "select.sender")
async def select_a_kind(app: Running, keys: list[str]) -> None:
    await app.press(*keys)
    chosen = [app.mail.rows[id_] for id_ in app.main.list.selected]
    kinds = (
        all(Flag.SEEN not in row.flags for row in chosen),
        all(Flag.FLAGGED in row.flags for row in chosen),
        {row.email for row in chosen} == {app.mail.rows[1].email},
    )
    assert chosen and any(kinds)


@does("select.thread")
async def select_the_thread(app: Running, keys: list[str]) -> None:
    await app.press(*keys)
    assert app.main.list.selected == {1}


@does("select.none")
async def select_none(app: Running, keys: list[str]) -> None:
    await app.press("x", "x", *keys)
    assert not app.main.list.selected


@does("folder.unified")
async def all_inboxes(app: Running, keys: list[str]) -> None:
    await app.press("J", *keys)
    assert "All inboxes" in app.text


@does("folder.next_unread")
async def next_folder_with_unread(app: Running, keys: list[str]) -> None:
    await app.press(*keys)
    assert app.folder == "Lists/python-dev"


@does("folder.previous_unread")
async def previous_folder_with_unread(app: Running, keys: list[str]) -> None:
    await app.press(*keys, *keys)
    assert app.folder == "INBOX"


@does("mail.copy")
async def copy(app: Running, keys: list[str]) -> None:
    await app.press(*keys, *"trav", "enter")
    assert app.says == "Copied to Travel 1 message · z undo"
    assert app.mail.filed.copied == [((1,), "Travel")]
    assert app.cursor == 1


@does("mail.delete")
async def delete(app: Running, keys: list[str]) -> None:
    await app.press(*keys)
    assert "Delete this message for good? It cannot be undone." in app.text
    await app.press("n")
    assert app.cursor == 1
    await app.press("x", "x", *keys)
    assert "Delete 2 messages for good?" in app.text
    await app.press("y")
    assert app.says == "Deleted for good 2 messages"
    assert app.cursor == 3 and app.mail.history() == []


@does("mail.label")
async def label(app: Running, keys: list[str]) -> None:
    await app.press(*keys, *"work", "enter")
    assert app.says == "Labelled work: 1 message · z undo"
    assert app.mail.rows[1].labels == ("work",) and "[work]" in app.text
    await app.press("j", *keys)
    assert "1 message" in app.text
    await app.press(*"WO", "enter")
    assert app.mail.rows[2].labels == ("work",), "the one that is known, whatever the case"
    await app.press(*keys, "enter")
    assert app.says == "Took work off 1 message · z undo"
    assert not app.mail.rows[2].labels
    await app.press(*keys, *"a(b", "enter")
    assert app.says == "A label cannot have “(” in it."


@does("mail.move")
async def move(app: Running, keys: list[str]) -> None:
    await app.press(*keys)
    assert app.shown == "PickFolder"
    await app.press(*"recei", "enter")
    assert app.mail.position(app.mail.by_name("Receipts").id, 1) is not None
    assert app.says == "Moved 1 message to Receipts · z undo"


@does("mail.star")
async def star(app: Running, keys: list[str]) -> None:
    await app.press(*keys)
    assert Flag.FLAGGED in flags(app, 1)
    await app.press(*keys)
    assert Flag.FLAGGED not in flags(app, 1)


def flags(app: Running, message_id: int) -> Flag:
    summary = app.mail.summary(message_id)
    assert summary is not None
    return summary.flags


@does("mail.read")
async def read(app: Running, keys: list[str]) -> None:
    await app.press(*keys)
    assert Flag.SEEN in flags(app, 1)
    await app.press(*keys)
    assert Flag.SEEN not in flags(app, 1)


@does("mail.mark_read")
async def mark_read(app: Running, keys: list[str]) -> None:
    for _ in range(2):
        await app.press(*keys)
        assert Flag.SEEN in flags(app, 1)


@does("mail.mark_unread")
async def mark_unread(app: Running, keys: list[str]) -> None:
    await app.press("enter", "q")
    assert Flag.SEEN in flags(app, 1)
    for _ in range(2):
        await app.press(*keys)
        assert Flag.SEEN not in flags(app, 1)


@does("mail.select")
async def select(app: Running, keys: list[str]) -> None:
    await app.press(*keys, *keys)
    assert app.main.list.selected == {1, 2}
    assert "2 selected" in app.text


@does("undo")
async def undo(app: Running, keys: list[str]) -> None:
    await app.press("j", "e", *keys)
    assert app.mail.position(app.mail.by_name("INBOX").id, 2) is not None
    assert app.cursor == 2
    assert app.says == "Undid: archived 1 message · Z redo"
    await app.press(*keys)
    assert app.says == "Nothing to undo."


@does("redo")
async def redo(app: Running, keys: list[str]) -> None:
    await app.press("e", "z", *keys)
    assert app.mail.position(app.mail.by_name("Archive").id, 1) is not None
    assert app.says == "Did again: archived 1 message · z undo"
    await app.press(*keys)
    assert app.says == "Nothing to redo."


@does("folder.next")
async def next_folder(app: Running, keys: list[str]) -> None:
    await app.press(*keys)
    assert app.folder == "Drafts"


@does("folder.previous")
async def previous_folder(app: Running, keys: list[str]) -> None:
    await app.press("J", "J", *keys)
    assert app.folder == "Drafts"
    await app.press(*keys, *keys)
    assert app.says == "This is the first folder."


@does("folder.go")
async def go_to_folder(app: Running, keys: list[str]) -> None:
    await app.press(*keys, *"text", "enter")
    assert app.folder == "Lists/textual"


@does("folder.inbox")
async def go_to_inbox(app: Running, keys: list[str]) -> None:
    await app.press("J", *keys)
    assert app.folder == "INBOX"


def goes_to(name: str) -> Act:
    async def check(app: Running, keys: list[str]) -> None:
        await app.press(*keys)
        assert app.folder == name

    return check


for _role in ("sent", "drafts", "archive", "trash"):
    does(f"folder.{_role}")(goes_to(_role.capitalize()))


def focuses(pane: str) -> Act:
    async def check(app: Running, keys: list[str]) -> None:
        await app.press("1" if pane == "list" else "2", *keys)
        assert app.pane == pane

    return check


for _pane in ("folders", "list", "view"):
    does(f"pane.{_pane}")(focuses(_pane))


@does("pane.next")
async def next_pane(app: Running, keys: list[str]) -> None:
    seen = []
    for _ in range(3):
        await app.press(*keys)
        seen.append(app.pane)
    assert seen == ["view", "folders", "list"]


@does("pane.previous")
async def previous_pane(app: Running, keys: list[str]) -> None:
    await app.press(*keys)
    assert app.pane == "folders"


@does("pane.preview")
async def preview(app: Running, keys: list[str]) -> None:
    await app.press(*keys)
    assert "relay-report.pdf" not in app.text
    await app.press("enter")
    assert "relay-report.pdf" in app.text
    await app.press("q", *keys)
    assert "relay-report.pdf" in app.text
    assert "Annie Easley" not in app.text


@does("sync.now")
async def sync_now(app: Running, keys: list[str]) -> None:
    await app.press("e", *keys)
    assert ("sync_now",) in app.mail.asked
    assert app.shown == "QueueScreen"
    assert "Nothing waits" in app.text
    await app.press("escape")
    assert app.shown == "MainScreen"


@does("history")
async def shows_the_history(app: Running, keys: list[str]) -> None:
    await app.press("e", *keys)
    assert app.shown == "HistoryScreen"
    assert "archived 1 message" in app.text
    await app.press("escape")
    assert app.shown == "MainScreen"


@does("help")
async def help_screen(app: Running, keys: list[str]) -> None:
    await app.press(*keys)
    assert app.shown == "HelpScreen"
    assert "Next message" in app.text
    await app.press("q")
    assert app.shown == "MainScreen"


@does("palette")
async def palette(app: Running, keys: list[str]) -> None:
    await app.press(*keys)
    assert app.shown == "Palette"
    await app.press("escape", "escape")
    assert app.shown == "MainScreen"


@does("quit")
async def quit_at_once(app: Running, keys: list[str]) -> None:
    await app.press("c", *keys)
    assert app.app._exit, "also while typing"


@does("list.threads")
async def threads_on_and_off(app: Running, keys: list[str]) -> None:
    await app.press(*keys)
    assert app.says == "Threads"
    await app.press(*keys)
    assert app.says == "No threads: every message on its own line"


@does("thread.fold", "thread.fold_all")
async def fold_threads(app: Running, keys: list[str]) -> None:
    """What they do to a thread: tests/app/test_threads.py."""
    await app.press(*keys)
    assert app.says == "Every message stands on its own line · T shows threads"


@does("thread.next", "thread.previous")
async def step_in_thread(app: Running, keys: list[str]) -> None:
    await app.press(*keys)
    assert "of the thread" in app.says


@does("view.thread_previous")
async def step_back_in_viewer(app: Running, keys: list[str]) -> None:
    await app.press("enter", *keys)
    assert "of the thread" in app.says


@does("mail.mute")
async def mute(app: Running, keys: list[str]) -> None:
    await app.press(*keys)
    assert app.says == "Muted 1 thread · z undo"


@pytest.mark.parametrize(
    ("key_id", "keys"),
    [pytest.param(key.id, list(seq), id=f"{key.id}-{'_'.join(seq)}") for key in KEYS for seq in sequences(key.keys)],
)
async def test_key_does_what_the_help_says(
    key_id: str, keys: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    async with running() as app:
        await CHECKS[key_id](app, keys)


@pytest.mark.parametrize("key_id", [key.id for key in KEYS if not key.keys])
async def test_what_has_no_key_is_done_by_name(key_id: str) -> None:
    async with running() as app:
        await app.main.perform_by_name(BY_ID[key_id])
        await app.settle()
        await CHECKS[key_id](app, [])


def test_every_key_of_the_table_is_checked_here() -> None:
    assert CHECKS.keys() == BY_ID.keys()


async def test_an_action_without_its_folder_asks_once_to_create_it() -> None:
    async with running(FakeMail(without=[Role.ARCHIVE])) as app:
        await app.press("e")
        assert app.shown == "AskRole"
        assert "No Archive folder here. Create “Archive”?" in app.text
        await app.press("y")
        assert app.says == "Archived 1 message · z undo"
        assert app.mail.position(app.mail.by_name("Archive").id, 1) is not None


async def test_another_folder_can_be_the_one_for_this_and_nobody_asks_again() -> None:
    async with running(FakeMail(without=[Role.JUNK])) as app:
        await app.press("exclamation_mark", "o", *"recei", "enter")
        assert app.says == "Marked spam 1 message · z undo"
        assert app.mail.rows[1].folder_id == app.mail.by_name("Receipts").id
        await app.press("exclamation_mark")
        assert app.mail.rows[2].folder_id == app.mail.by_name("Receipts").id


async def test_where_no_folder_could_be_the_one_none_is_offered() -> None:
    mail = FakeMail(without=[Role.TRASH])
    for folder in [each for each in mail.folders() if each.role is Role.NONE]:
        mail.put_folder(folder, gone=True)
    async with running(mail) as app:
        await app.press("d")
        assert "y yes   n no" in app.text
        await app.press("o")
        assert app.shown == "AskRole", "o is no answer"
        await app.press("y")
        assert app.says == "Trashed 1 message · z undo"


@pytest.mark.parametrize("size", [(80, 24), (140, 40)], ids=lambda s: f"{s[0]}x{s[1]}")
async def test_picture_of_the_question_for_a_missing_folder(size: tuple[int, int], snap: Snap) -> None:
    async with running(FakeMail(without=[Role.ARCHIVE]), size=size) as app:
        await app.press("e")
        await snap(app.pilot, f"missing-folder-{size[0]}x{size[1]}")


async def test_a_folder_is_deleted_without_a_trash_after_it_was_asked_for_one() -> None:
    async with running(FakeMail(without=[Role.TRASH])) as app:
        await app.mail.move([1], app.mail.by_name("Travel").id)
        await app.press("1", "G", "delete", "y")
        assert app.shown == "AskRole"
        assert "No Trash folder here. Create “Trash”?" in app.text
        await app.press("n")
        assert "Travel" in [folder.name for folder in app.mail.folders()]
        await app.press("1", "j", "G")
        while (here := app.main.folder_tree.cursor_folder) is not None and app.mail.folder(here).name != "Travel":  # type: ignore[union-attr]
            await app.press("k")
        await app.press("delete", "y", "y")
        assert app.says == "Deleted folder Travel · z undo"
        assert {"Trash"} == {folder.name for folder in app.mail.folders()} & {"Trash", "Travel"}


async def test_undo_behind_a_deletion_says_so_once_and_then_goes_on() -> None:
    async with running() as app:
        await app.press("e", "X", "y")
        assert app.says == "Deleted for good 1 message"
        await app.press("z")
        assert app.says == "Cannot undo: deleted for good 1 message. Again undoes: archived 1 message."
        assert app.mail.rows[1].folder_id == app.mail.by_name("Archive").id
        await app.press("z")
        assert app.says == "Undid: archived 1 message · Z redo"
        assert app.mail.rows[1].folder_id == app.mail.by_name("INBOX").id


async def test_refiling_like_last_time_is_v_and_enter() -> None:
    async with running() as app:
        app.mail.filed.habits = [("Travel", "as from this list"), ("Family", "recent")]
        await app.press("v")
        assert "as from this list" in app.text
        await app.press("enter")
        assert app.says == "Moved 1 message to Travel · z undo"
        await app.press("C", "enter")
        assert app.mail.filed.copied == [((2,), "Travel")]


async def test_in_the_trash_d_asks_to_delete_for_good() -> None:
    async with running() as app:
        await app.press("d", "g", "b")
        app.main.list.go_to(1)
        app.mail.filed.marks = True
        await app.press("d")
        assert "Delete this message for good? It cannot be undone. Others remove" in app.text
        await app.press("y")
        assert app.mail.summary(1) is not None and app.mail.rows[1].folder_id == 0


async def test_saying_no_to_a_new_folder_changes_nothing() -> None:
    async with running(FakeMail(without=[Role.TRASH])) as app:
        await app.press("d", "n")
        assert app.cursor == 1
        assert app.mail.history() == []
