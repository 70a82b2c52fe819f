"""How the main screen behaves beyond single keys."""

from __future__ import annotations

import asyncio

import pytest
from textual.widgets import OptionList

from tests.fakes.fake_mail import ACCOUNT, FakeMail
from tests.fakes.letters import NOW
from tests.screens.run import running
from tuimail.changes import AccountState, Line, MessagesChanged, Trouble
from tuimail.errors import Offline
from tuimail.keys import KEYS, resolve
from tuimail.model import Flag, Folder, Message
from tuimail.records import replace
from tuimail.screens.palette import ALSO

NARROW = (60, 20)


async def test_verbs_act_on_the_selection_and_the_cursor_stands_on_what_follows() -> None:
    async with running() as app:
        await app.press("x", "x", "e")
        assert app.says == "Archived 2 messages · z undo"
        assert app.main.list.selected == set()
        assert app.cursor == 3
        await app.press("z")
        assert app.cursor == 1


async def test_undo_puts_the_cursor_on_what_it_brings_back_also_after_a_redo() -> None:
    async with running() as app:
        await app.press("e", "e", "z")
        assert app.cursor == 2
        await app.press("Z", "j", "j", "j", "z")
        assert app.cursor == 2
        await app.press("j", "j", "z")
        assert app.cursor == 1


async def test_what_is_archived_again_in_a_list_of_threads_is_not_there_for_the_next_key() -> None:
    async with running() as app:
        await app.press("T", "e", "z")
        first = app.cursor
        await app.main.action_redo()
        assert app.cursor != first


async def test_g_i_leads_to_the_inbox_from_a_search_without_hits_and_from_a_folder_that_is_gone() -> None:
    async with running() as app:
        await app.press("g", "slash", *"qqqq", "enter", "g", "i")
        assert (app.folder, app.says) == ("INBOX", "")
        await app.press("J")
        folder = app.main.folder
        assert folder is not None
        await app.mail.shelves.delete(folder)
        await app.press("g", "i")
        assert (app.folder, app.says) == ("INBOX", "")


async def test_a_folder_that_is_deleted_while_it_is_open_gives_way_to_the_inbox() -> None:
    async with running() as app:
        await app.press("J")
        folder = app.main.folder
        assert folder is not None and app.folder != "INBOX"
        await app.mail.shelves.delete(folder)
        await app.settle()
        assert (app.folder, app.says) == ("INBOX", "The folder that was open here is deleted.")


async def test_a_name_that_no_folder_can_have_is_still_there_to_be_mended() -> None:
    async with running() as app:
        await app.press("1", "N", *"50%", "enter")
        assert app.shown == "PromptScreen" and "50%" in app.text
        assert "A folder's name has no % in it." in app.text
        await app.press("enter")
        assert "50%" in app.text, "as often as it is refused"
        await app.press("backspace", "enter")
        assert app.says == "Made folder 50 · z undo"
        await app.press("1", "N", *"9%", "enter", "escape")
        assert (app.shown, app.says) == ("MainScreen", "Made folder 50 · z undo")


async def test_what_is_not_to_be_deleted_or_renamed_is_told_before_anything_is_asked() -> None:
    async with running() as app:
        await app.press("1", "delete")
        assert (app.shown, app.says) == ("MainScreen", "This folder is needed: it is the inbox of its account.")
        await app.press("R")
        assert (app.shown, app.says) == ("MainScreen", "The inbox keeps its name.")


async def test_who_deletes_the_open_folder_stays_among_the_folders_and_is_told_of_the_way_back() -> None:
    async with running() as app:
        await app.press("1", "G", "enter", "1")
        assert app.folder == "Travel"
        await app.press("delete", "y")
        assert (app.pane, app.says) == ("folders", "Deleted folder Travel · z undo")
        assert "Inbox  " in app.text.splitlines()[0]


async def test_a_message_that_somebody_else_takes_away_from_the_viewer_does_not_lend_the_next_its_keys() -> None:
    async with running() as app:
        await app.press("j", "enter")
        reading = app.cursor
        assert app.pane == "view" and reading is not None
        app.mail.leave(reading)
        await app.settle()
        assert (app.pane, app.says) == ("list", "The message you were reading has left this list.")
        await app.press("enter", "e")
        assert app.pane == "view" and app.says.startswith("Archived"), "one's own deed goes on to the next"


async def test_undo_in_the_viewer_shows_what_came_back() -> None:
    async with running() as app:
        await app.press("j", "enter")
        first = app.cursor
        await app.press("e", "z")
        assert (app.pane, app.cursor, app.main.view.message_id) == ("view", first, first)
        assert "redo" in app.says
        await app.press("Z")
        assert app.pane == "view" and app.main.view.message_id == app.cursor != first
        assert "undo" in app.says


async def test_an_undo_is_not_offered_any_more_when_it_was_done_in_the_queue_or_the_history() -> None:
    async with running() as app:
        await app.press("e", "dollar_sign", "escape")
        assert app.says == "Archived 1 message · z undo"
        await app.press("dollar_sign", "z", "escape")
        assert app.says == ""
        await app.press("e", "g", "h", "enter", "escape")
        assert app.says == ""


async def test_a_folder_that_is_being_fetched_is_not_called_empty(monkeypatch: pytest.MonkeyPatch) -> None:
    mail = FakeMail(empty=True)
    monkeypatch.setattr(mail, "count", lambda folder_id: 1_200)  # as many as the server has
    async with running(mail) as app:
        assert "Inbox  1,200" in app.text and "Inbox  empty" not in app.text


async def test_a_mixed_selection_is_starred_not_unstarred() -> None:
    async with running() as app:
        await app.press("j", "x", "x", "s")
        for message_id in (2, 3):
            summary = app.mail.summary(message_id)
            assert summary is not None
            assert Flag.FLAGGED in summary.flags


async def test_archiving_in_the_viewer_shows_the_next_message_there() -> None:
    async with running() as app:
        await app.press("enter", "e")
        assert app.pane == "view"
        assert app.main.view.message_id == app.cursor == 2


async def test_preview_alone_does_not_mark_as_read() -> None:
    async with running() as app:
        await app.press("j", "k")
        summary = app.mail.summary(1)
        assert summary is not None
        assert Flag.SEEN not in summary.flags


async def test_a_held_j_asks_for_one_text_only() -> None:
    async with running(dwell=0.05) as app:
        app.mail.asked.clear()
        for _ in range(15):
            app.main.list.action_cursor(1)
            await asyncio.sleep(0)
        await app.settle()
        texts = [asked for asked in app.mail.asked if asked[0] == "message"]
        assert texts == [("message", 16, False), ("message", 17, True), ("message", 15, True)]


async def test_a_neighbour_is_shown_in_the_same_frame_and_read_once() -> None:
    async with running() as app:
        await app.settle()
        app.mail.asked.clear()
        app.main.list.action_cursor(1)
        await asyncio.sleep(0)
        await app.pilot.pause()
        assert app.main.view.message_id == 2 and app.main.view.has_text
        assert ("message", 2, False) not in app.mail.asked


async def test_h_before_the_text_has_come_shows_it_with_all_headers() -> None:
    mail = FakeMail()
    mail.offline_ids.add(2)
    async with running(mail) as app:
        await app.press("j", "enter", "h")
        assert "has not been fetched yet" in app.text
        mail.body_arrives(2)
        await app.settle()
        assert app.main.view.has_text
        assert app.main.view.header_mode == "full"
        await app.press("q", "j", "enter")
        assert app.main.view.header_mode == "short"


async def test_a_text_that_is_not_here_says_so_and_comes_when_it_arrives() -> None:
    mail = FakeMail()
    mail.offline_ids.add(1)
    async with running(mail) as app:
        assert "has not been fetched yet" in app.text
        mail.body_arrives(1)
        await app.settle()
        assert "the bridge works again" in app.text


async def test_new_mail_leaves_the_cursor_on_its_message_and_is_announced() -> None:
    async with running() as app:
        await app.press("j", "j")
        new = app.mail.arrive("Breakfast?")
        await app.settle()
        assert app.cursor == 3
        assert "Breakfast?" in app.text
        assert app.says == "1 new message · . next unread"
        await app.press("g", "g", ".")
        assert app.cursor in {new, 1}


async def test_many_changes_of_a_sync_are_few_repaints(monkeypatch: pytest.MonkeyPatch) -> None:
    async with running(repaint=60.0) as app:
        repaints = 0
        refresh = app.main.list.refresh_rows

        def counted(*, filling: bool) -> None:
            nonlocal repaints
            repaints += 1
            refresh(filling=filling)

        monkeypatch.setattr(app.main.list, "refresh_rows", counted)
        for _ in range(500):
            app.mail.tell(MessagesChanged(1))
            await asyncio.sleep(0)
        await app.settle()
        assert repaints <= 1


async def test_q_asks_once_while_changes_wait() -> None:
    async with running() as app:
        app.mail.go_offline()
        await app.press("e", "e", "q")
        assert "2 changes wait for the server; they are safe and will be sent next time. Quit?" in app.text
        await app.press("n")
        assert not app.app._exit
        await app.press("q", "y")
        assert app.app._exit


async def test_q_asks_nothing_while_what_waits_is_on_its_way() -> None:
    async with running() as app:
        app.mail.go_offline()
        await app.press("e")
        app.mail.line(AccountState(ACCOUNT.name, Line.ONLINE, NOW))
        await app.press("q")
        assert app.app._exit


async def test_no_unread_here_names_the_next_folder_and_goes_there_when_asked_again() -> None:
    async with running() as app:
        for _ in range(5):
            await app.press("u", ".")
        assert "No more unread here · . again goes to Lists/python-dev (2 unread)" in app.says
        await app.press(".")
        assert app.folder == "Lists/python-dev"


async def test_an_error_of_a_verb_is_one_sentence_with_a_next_step() -> None:
    async with running() as app:
        app.mail.failure = Offline("The disk is full.", "Free some space.")
        await app.press("e")
        assert app.says == "The disk is full. Free some space."


async def test_an_unexpected_error_is_one_sentence_and_the_app_lives(caplog: pytest.LogCaptureFixture) -> None:
    async with running() as app:
        app.mail.failure = ZeroDivisionError("oh")
        await app.press("e")
        assert app.says.startswith("Something went wrong")
        await app.press("j")
        assert app.cursor == 2
    assert "ZeroDivisionError" in caplog.text


async def test_a_message_that_cannot_be_shown_does_not_end_the_app(caplog: pytest.LogCaptureFixture) -> None:
    class Broken(FakeMail):
        async def message(
            self, message_id: int, *, prefetch: bool = False, form: str = "", charset: str = ""
        ) -> Message:
            raise RecursionError("nested too deep")

    async with running(Broken()) as app:
        assert "could not be shown" in app.text
        await app.press("j")
        assert app.cursor == 2


async def test_trouble_that_mail_tells_is_said() -> None:
    async with running() as app:
        app.mail.tell(Trouble("The server refused the move.", "It will be tried again."))
        await app.settle()
        assert app.says == "The server refused the move. It will be tried again."


async def test_the_state_of_the_line_is_shown() -> None:
    async with running() as app:
        app.mail.line(AccountState(ACCOUNT.name, Line.SYNCING, NOW, 1200, 100_000))
        await app.settle()
        assert "syncing 1,200 of 100,000" in app.text


async def test_read_only_is_said_all_the_time_and_by_every_verb() -> None:
    why = "Another tuimail is open; here you can only read."
    async with running(FakeMail(read_only=why)) as app:
        assert app.says == why
        await app.press("J", "K")
        assert app.says == why
        await app.press("e")
        assert app.says == why
        await app.press("enter")
        assert app.pane == "view"


@pytest.mark.parametrize(("complete", "says"), [(False, "Fetching…"), (True, "Nothing here.")])
async def test_nothing_is_waited_for_once_a_folder_is_here_in_full(complete: bool, says: str) -> None:
    """The server still counts what was archived while there is no line, or what it can only mark as deleted."""

    class More(FakeMail):
        def folders(self) -> list[Folder]:
            return [replace(folder, exists=folder.exists + 2, complete=complete) for folder in super().folders()]

    async with running(More(empty=True)) as app:
        assert says in app.text


async def test_an_empty_account_says_so() -> None:
    async with running(FakeMail(empty=True)) as app:
        assert "Nothing here." in app.text
        await app.press("e", "enter", "space", "s", "z", ".", "w", "v")
        assert app.shown == "MainScreen"


async def test_one_pane_at_a_time_below_80_columns() -> None:
    async with running(size=NARROW) as app:
        assert "Grace Hopper" in app.text
        assert "Drafts" not in app.text
        await app.press("enter")
        assert "relay-report.pdf" in app.text
        assert "Charles Babb" not in app.text
        await app.press("q", "1")
        assert "Drafts" in app.text
        assert "Charles Babb" not in app.text
        await app.press("enter")
        assert "Charles Babb" in app.text


async def test_space_in_the_narrow_layout_opens_then_reads_on() -> None:
    async with running(size=NARROW) as app:
        await app.press("j", "j", "space")
        assert app.pane == "view"
        await app.press("space")
        assert app.main.view.scroll_offset.y > 0


@pytest.mark.parametrize("size", [(40, 10), (20, 5), (80, 24), (120, 12), (200, 50)])
async def test_any_size_shows_the_message_under_the_cursor(size: tuple[int, int]) -> None:
    async with running(size=size) as app:
        await app.press(
            "j", "enter", "tab", "tab", "question_mark", "escape", "c", "escape", "dollar_sign", "escape", "2"
        )
        assert "山" in app.text


async def test_resizing_while_a_message_is_open_keeps_it() -> None:
    async with running() as app:
        await app.press("enter")
        for size in (NARROW, (40, 10), (180, 50), (80, 24)):
            await app.pilot.resize_terminal(*size)
            await app.settle()
            assert app.main.view.message_id == 1
            assert "Grace" in app.text
        await app.press("q")
        assert app.pane == "list"


async def test_a_click_moves_and_a_double_click_opens() -> None:
    async with running() as app:
        await app.pilot.click("#list", offset=(20, 2))
        await app.settle()
        assert (app.cursor, app.pane) == (3, "list")
        await app.pilot.click("#list", offset=(20, 1), times=2)
        await app.settle()
        assert (app.cursor, app.pane) == (2, "view")


async def test_a_click_into_a_pane_gives_it_the_keys() -> None:
    async with running() as app:
        await app.pilot.click("#view", offset=(10, 5))
        await app.settle()
        assert app.pane == "view"
        assert "read on" in app.text


async def test_a_click_on_the_footer_does_what_the_key_does() -> None:
    async with running() as app:
        x = app.main.footer.render_line(0).text.index("archive")
        await app.pilot.click("#footer", offset=(x, 0))
        await app.settle()
        assert app.says == "Archived 1 message · z undo"


async def test_hostile_subjects_stay_words() -> None:
    async with running() as app:
        while app.cursor != 16:
            await app.press("j")
        await app.press("enter")
        assert "[@click=app.quit]free money[/]" in app.text
        assert "[bold]now[/bold]" in app.text
        await app.press("v", "escape", "q")
        app.mail.arrive("\x1b]0;owned\x07\x1b[2J \u202egnp.exe")
        await app.settle()
        assert not any(char in app.text for char in "\x1b\x07\u202e")


async def test_own_keys_replace_the_defaults() -> None:
    table, problems = resolve({"cursor.down": "Q", "mail.archive": "B"})
    assert problems == []
    async with running(keys=table) as app:
        await app.press("j", "e", "y")
        assert (app.cursor, app.mail.history()) == (1, [])
        await app.press("Q", "B")
        assert app.mail.history()[0].label == "archived 1 message"
        assert "B archive" in app.text


async def test_the_palette_finds_actions_folders_and_themes() -> None:
    async with running() as app:
        await app.press("colon", *"recei")
        await app.press("enter")
        assert app.folder == "Receipts"


@pytest.mark.parametrize(
    ("typed", "first"),
    [
        ("exit", "Quit (exit)"),
        ("mark as r", "Mark read (mark as read)"),
        ("delete", "Move to trash (delete)"),
        ("create", "New folder (create a folder)"),
        ("refr", "Sync now; show the queue (refresh)"),
        ("coll", "Fold / unfold the thread (collapse)"),
        ("archi", "Archive"),
    ],
)
async def test_the_palette_knows_what_other_programs_call_it(typed: str, first: str) -> None:
    async with running() as app:
        await app.press("colon", *typed)
        found = app.app.screen.query_one(OptionList).get_option_at_index(0).prompt
        assert str(found).startswith(first + " ")


@pytest.mark.parametrize("size", [(60, 16), (60, 12), (80, 24)])
async def test_in_a_low_window_the_lists_to_pick_from_keep_their_line_of_keys(size: tuple[int, int]) -> None:
    async with running(size=size) as app:
        await app.press("c")
        assert "Enter  choose" in app.text and app.text.count("\n") == size[1]
        assert app.app.screen.query_one(OptionList).size.height >= size[1] - 16


def test_what_others_call_it_is_of_a_key_that_there_is() -> None:
    assert set(ALSO) <= {key.id for key in KEYS}
    assert all(other == other.casefold() for others in ALSO.values() for other in others)


async def test_no_color_leaves_every_state_readable(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NO_COLOR", "1")
    async with running() as app:
        for glyph in "●★▌+":
            assert glyph in app.text


@pytest.mark.parametrize("theme", ["tuimail-light", "ansi-dark", "ansi-light", "no such theme"])
async def test_every_theme_starts(theme: str) -> None:
    async with running(theme=theme) as app:
        assert "Grace Hopper" in app.text


async def test_undo_does_not_stop_at_reading_and_puts_the_cursor_on_its_message() -> None:
    async with running() as app:
        await app.press("e", "enter", "q", "j", "j", "z")
        assert (app.says, app.cursor) == ("Undid: archived 1 message · Z redo", 1)


async def test_the_first_u_after_a_deletion_tells_what_undoes() -> None:
    async with running() as app:
        await app.press("u")
        assert "again the deletion" not in app.says, "nothing was deleted"
        await app.press("d", "u")
        assert app.says.endswith(" · z undoes this, z again the deletion")
        await app.press("z", "z")
        assert app.says == "Undid: trashed 1 message · Z redo"
        await app.press("d", "u")
        assert app.says.endswith(" · z undo"), "once is enough"
