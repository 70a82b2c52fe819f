from __future__ import annotations

import asyncio
import stat
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.fakes.fake_mail import FakeMail
from tests.screens.run import Running, running
from tuimail.content.quotes import folded
from tuimail.content.text import plain_document
from tuimail.model import Block, Document, Link, Message, Span
from tuimail.records import replace
from tuimail.widgets.message_view import INLINE

LINKS = (
    Link("https://example.org/drawings/bridge-7", "the shelf"),
    Link("https://evil.example/login", "paypal.com", "says paypal.com, goes to evil.example"),
    Link("mailto:grace@example.org", "write to me"),
)
LINKED = Document(
    (Block("text", "the shelf[1] paypal.com[2] mail[3]", (Span(0, 12, "link:1"), Span(13, 26, "warning:2"))),), LINKS
)
QUOTE = "\n".join(f"> line {number} of the letter before" for number in range(20))


def linked() -> FakeMail:
    mail = FakeMail()
    mail.write(1, document=LINKED)
    return mail


def quoting() -> FakeMail:
    mail = FakeMail()
    mail.write(1, document=folded(plain_document(f"Yes, needle.\n\nOn Monday you wrote:\n{QUOTE}\n> a needle here")))
    return mail


def a_program(folder: Path, monkeypatch: pytest.MonkeyPatch, name: str, script: str) -> None:
    """The only program on the path."""
    program = folder / name
    program.write_text(f"#!/bin/sh\n{script}\n")
    program.chmod(program.stat().st_mode | stat.S_IXUSR)
    monkeypatch.setenv("PATH", str(folder))
    monkeypatch.setattr("sys.platform", "linux")


async def opened(app: Running, number: str, *keys: str) -> None:
    await app.press("O", number, "enter", *keys)
    await app.settle()
    await app.settle()


async def test_the_list_of_links_names_true_hosts_and_warns() -> None:
    async with running(linked()) as app:
        await app.press("O")
        assert "1 example.org" in app.text
        assert "2 evil.example" in app.text and "! says paypal.com, goes to evil.example" in app.text
        await app.press("escape", "j", "O")
        assert app.says == "No links in this message."


async def test_enter_opens_after_the_whole_address_was_shown(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    a_program(tmp_path, monkeypatch, "xdg-open", f'echo "$# $1" > {tmp_path}/opened')
    async with running(linked()) as app:
        await app.press("O", "1", "enter")
        assert "https://example.org/drawings/bridge-7" in app.text
        assert not (tmp_path / "opened").exists()
        await app.press("enter")
        await app.settle()
        assert (tmp_path / "opened").read_text() == "1 https://example.org/drawings/bridge-7\n"


async def test_what_looks_like_a_trick_does_not_open_by_enter(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    a_program(tmp_path, monkeypatch, "xdg-open", f'echo "$1" > {tmp_path}/opened')
    async with running(linked()) as app:
        await opened(app, "2", "enter")
        assert app.shown == "LinkScreen"
        assert not (tmp_path / "opened").exists()
        await app.press("o")
        await app.settle()
        assert (tmp_path / "opened").exists()


async def test_y_copies_the_address() -> None:
    async with running(linked()) as app:
        await opened(app, "2", "y")
        assert app.app.clipboard == "https://evil.example/login"
        await opened(app, "3", "y")
        assert app.app.clipboard == "grace@example.org"


@pytest.mark.parametrize("key", ["enter", "o", "y"])
async def test_a_mail_address_is_copied_by_whatever_key(key: str) -> None:
    async with running(linked()) as app:
        await opened(app, "3")
        assert "Enter  copy the address     Esc  close" in app.text
        await app.press(key)
        assert app.app.clipboard == "grace@example.org"
        assert app.says == "Copied grace@example.org"


async def test_a_machine_without_a_browser_is_told_in_words(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    async with running(linked()) as app:
        monkeypatch.setenv("PATH", str(tmp_path))
        monkeypatch.setattr("sys.platform", "linux")
        await opened(app, "1", "enter")
        assert app.says.startswith("There is no xdg-open here")
        a_program(tmp_path, monkeypatch, "xdg-open", "exit 3")
        await opened(app, "1", "enter")
        assert app.says.startswith("No program took it")


async def test_a_click_on_a_link_looks_at_it_first() -> None:
    async with running(linked()) as app:
        await app.press("enter")
        line = next(place for place, text in enumerate(app.text.split("\n")) if "paypal.com[2]" in text)
        column = app.text.split("\n")[line].index("paypal.com[2]")
        await app.pilot.click(offset=(column + 2, line))
        await app.settle()
        assert app.shown == "LinkScreen"
        assert "! says paypal.com, goes to evil.example" in app.text


async def test_quotations_unfold_and_fold_again() -> None:
    async with running(quoting(), size=(120, 60)) as app:
        assert "▸ 18 more quoted lines" in app.text
        await app.press("quotation_mark")
        assert "▾ 18 more quoted lines" in app.text and "line 19 of the letter before" in app.text
        await app.press("quotation_mark")
        assert "line 19 of the letter before" not in app.text
        line = next(place for place, text in enumerate(app.text.split("\n")) if "▸ 18 more" in text)
        await app.pilot.click(offset=(app.text.split("\n")[line].index("▸") + 4, line))
        await app.settle()
        assert "line 19 of the letter before" in app.text
        await app.press("q", "j", "quotation_mark")
        assert app.says == "Nothing is folded in this message."


async def test_where_nothing_is_found_no_next_one_is_offered() -> None:
    async with running(quoting(), size=(120, 60)) as app:
        await app.press("enter", "slash", *"haystack", "enter")
        assert app.says == "Nothing found · Esc ends"
        await app.press("escape", "slash", *"haystack", "enter", "n")
        assert app.says == "Nothing found · Esc ends"


async def test_finding_counts_walks_looks_into_folds_and_ends_with_esc() -> None:
    async with running(quoting(), size=(120, 60)) as app:
        await app.press("enter", "N")
        assert "Nothing is looked for" in app.says
        await app.press("slash", *"needle")
        assert "1 of 2" in app.text and "▾ 18 more quoted lines" in app.text
        await app.press("enter", "n")
        assert app.says.startswith("2 of 2 · n next")
        await app.press("n")
        assert app.says.startswith("1 of 2")
        await app.press("N")
        assert app.says.startswith("2 of 2")
        await app.press("escape")
        assert app.pane == "view" and app.says == "" and not app.main.view.finds
        await app.press("slash", *"no such", "escape")
        assert not app.main.view.finds
        await app.press("escape")
        assert app.pane == "list"


async def test_finding_in_a_long_text_happens_in_a_thread_and_is_told_too() -> None:
    mail = FakeMail()
    mail.write(1, document=Document((Block("pre", "straw\n" * INLINE + "a Needle"),)))
    async with running(mail) as app:
        await app.press("enter", "slash", *"needle", "enter")
        await app.settle()
        await app.settle()
        assert app.says.startswith("1 of 1")
        assert "a Needle" in app.text


async def test_the_viewer_takes_the_whole_screen_and_gives_it_back() -> None:
    async with running() as app:
        await app.press("enter", "enter")
        assert app.main.view.size.width > 110 and not app.main.list_title.region
        await app.press("escape")
        assert app.main.list_title.region and app.pane == "view"
        await app.press("f11", "q")
        assert app.pane == "list" and app.main.list_title.region


async def test_lines_are_marked_and_copied_with_keys() -> None:
    mail = FakeMail()
    mail.write(1, document=Document((Block("pre", "one\ntwo\nthree\nfour", gap=False),)))
    async with running(mail, size=(120, 60)) as app:
        await app.press("enter", "V")
        body = next(place for place, line in enumerate(app.main.view.lines) if line.text == "two")
        await app.press(*["J"] * body, "j", "y")
        assert app.app.clipboard == "two\nthree"
        assert app.says == "Copied 2 lines."
        assert app.cursor == 1, "y did not archive"
        await app.press("V", "escape")
        assert app.pane == "view" and not app.main.view.marking


async def test_the_whole_text_is_copied_folds_and_all() -> None:
    mail = quoting()
    async with running(mail) as app:
        await app.press("enter")
        await app.main.perform_by_name(next(key for key in app.main.settings.keys if key.id == "view.copy"))
        await app.settle()
        assert "line 19 of the letter before" in app.app.clipboard


async def test_the_other_form_is_shown_and_the_first_one_again() -> None:
    mail = FakeMail()
    mail.write(1, forms=("plain", "html"), form="plain")
    async with running(mail) as app:
        await app.press("H")
        assert "As html." in app.text and app.says == "Shown as HTML"
        await app.press("H")
        assert app.says == "Shown as plain text"
        await app.press("j", "H")
        assert app.says == "There is only one form of this text."


async def test_a_form_that_was_not_fetched_comes_with_the_whole_message() -> None:
    class Big(FakeMail):
        whole = False

        async def message(
            self, message_id: int, *, prefetch: bool = False, form: str = "", charset: str = ""
        ) -> Message:
            message = await super().message(message_id, prefetch=prefetch, form=form, charset=charset)
            return message if self.whole or not form else replace(message, form="plain")

        async def raw(self, message_id: int, progress: Callable[[int, int], None] | None = None) -> bytes:
            self.whole = True
            return await super().raw(message_id, progress)

    mail = Big()
    mail.write(1, forms=("plain", "html"), form="plain")
    async with running(mail) as app:
        await app.press("H")
        assert mail.whole and app.says == "Shown as HTML"


async def test_a_text_is_read_in_another_character_set() -> None:
    async with running() as app:
        await app.main.perform_by_name(next(key for key in app.main.settings.keys if key.id == "read.charset"))
        await app.press(*"koi8r", "enter")
        assert "As koi8-r." in app.text


async def test_space_says_when_the_end_has_come_and_what_follows() -> None:
    mail = FakeMail()
    mail.write(1, document=Document((Block("pre", "\n".join(f"line {n}" for n in range(40))),)))
    async with running(mail) as app:
        await app.press("enter")
        for _ in range(10):
            if app.main.view.at_end:
                break
            await app.press("space")
        assert app.says == "End of the message · Space next unread"
        await app.press("space")
        assert app.cursor == 2


async def test_a_message_goes_into_a_command_and_its_answer_is_shown() -> None:
    async with running() as app:
        await app.press("vertical_line", *"grep -c Subject", "enter")
        await app.settle()
        await app.settle()
        assert app.shown == "OutputScreen"
        assert "| grep -c Subject" in app.text
        assert "1" in app.text
        await app.press("escape", "vertical_line", *"false", "enter")
        await app.settle()
        await asyncio.sleep(0)
        assert app.says == "The command ended with 1."
        await app.press("vertical_line", *"no-such-program", "enter")
        await app.settle()
        assert "no-such-program could not be started" in app.says.lower()


async def test_what_is_said_of_one_message_goes_when_another_one_is_on() -> None:
    async with running(linked()) as app:
        await app.press("enter", "h")
        assert app.says == "All fields of the header"
        await app.press("q", "j")
        assert app.says == ""
        await app.press("e")
        assert "z" in app.says and app.says
        done = app.says
        await app.press("j")
        assert app.says == done, "what was done can be undone wherever one is"


@pytest.mark.parametrize(("size", "alone"), [((80, 24), True), ((120, 36), False), ((170, 24), False)])
async def test_in_a_low_window_what_is_opened_has_all_of_it(size: tuple[int, int], alone: bool) -> None:
    async with running(size=size) as app:
        await app.press("enter")
        assert app.main.view.has_focus
        assert app.main.has_class("zoomed") is alone
        await app.press("escape")
        assert not app.main.has_class("zoomed") and app.main.list.has_focus
        await app.press("enter", "q")
        assert not app.main.has_class("zoomed") and app.main.list.has_focus
