"""Hostile strings in every field of every noun; nothing that commands a terminal leaves the widgets.

Textual sends what a segment holds to the terminal as it is, so segments are what is looked at.
"""

from __future__ import annotations

import pytest
from textual.app import App, ComposeResult

from tests.widgets.made_up import NOW, ListSource, now
from tests.widgets.test_safe import is_dangerous
from tuimail.changes import AccountState, Line
from tuimail.model import (
    Address,
    Attachment,
    Block,
    Document,
    Flag,
    Folder,
    Link,
    Message,
    Role,
    Span,
    Summary,
)  # fmt: skip
from tuimail.widgets.folder_tree import FolderTree
from tuimail.widgets.message_list import MessageList
from tuimail.widgets.message_view import MessageView
from tuimail.widgets.status_line import StatusLine
from tuimail.widgets.which_key import WhichKey

EVIL = [
    "A\x1b]0;OWNED\x07B",
    "\x9b31mRED\x9c",
    "\x1b[2J\x1b[1;7HFrom: boss",
    "\u202eevil\u2066x\u200f",
    "\x1bP$qm\x1b\\\x1b[6n\x1b]52;c;AAAA\x07",
    "line\r\nbreak\u2028\u2029\x00\x7f\x0e",
    "\ud800lone",
    "[/] [@click=app.exit]press[/] [b]bold[/b] [link=https://x.example]y[/link]",
]


class Everything(App[None]):
    """All widgets at once, with the same hostile string everywhere."""

    ENABLE_COMMAND_PALETTE = False
    CSS = "MessageList, FolderTree { height: 4; } MessageView { height: 1fr; }"

    def __init__(self, evil: str) -> None:
        super().__init__()
        self.evil = evil

    def compose(self) -> ComposeResult:
        yield FolderTree()
        yield MessageList(now=now)
        yield MessageView(now=now)
        yield WhichKey()
        yield StatusLine(now=now)

    def on_mount(self) -> None:
        x = self.evil
        row = Summary(1, 1, x, NOW, NOW, x, x, x, x, Flag.NONE, 1, True, True, True)

        class Rows(ListSource):
            def page(self, offset: int, limit: int) -> list[Summary]:
                return [row]

        self.query_one(MessageList).show(Rows([1]))
        self.query_one(MessageList).empty_text = x
        states = [AccountState(x, Line.OFFLINE, NOW, detail=x), AccountState("other", Line.SYNCING, NOW, 1, 2, x)]
        folders = [
            Folder(number, number, x + str(number), f"{x}/{x}", separator, Role.NONE, True, 1, 1, 1)
            for number, separator in enumerate(["/", x[:1], ""])
        ]
        self.query_one(FolderTree).update(folders, states)
        someone = (Address(x, x),)
        blocks = [
            Block(kind, f"{x}\n{x}", (Span(0, 3, "link:1"), Span(0, 9, x)), x, x, 1)
            for kind in ("text", "pre", "heading", "signature", "rule", x)
        ]
        self.query_one(MessageView).show(
            Message(1, x, someone, someone, someone, someone, NOW, ((x, x),),
                    Document(tuple(blocks), (Link(x, x, x),)), (Attachment(x, x, 1, x),), (x,), x)
        )  # fmt: skip
        self.query_one(StatusLine).set_message(x, "trouble")
        self.query_one(StatusLine).set_states(states)
        self.query_one(WhichKey).offer(x, [(x, [(x, x)])])


def painted(app: App[None]) -> list[str]:
    return [segment.text for strip in app.screen._compositor.render_strips() for segment in strip]


@pytest.mark.parametrize("evil", EVIL)
async def test_no_field_of_any_noun_commands_the_terminal(evil: str) -> None:
    app = Everything(evil)
    async with app.run_test(size=(120, 60)) as pilot:
        for _ in range(3):  # the three views of the header
            await pilot.pause()
            for text in painted(app):
                assert not any(map(is_dangerous, text)), ascii(text)
            app.query_one(MessageView).action_cycle_headers()
        app.query_one(MessageList).show(ListSource([]))
        app.query_one(MessageView).show_placeholder(None, evil)
        await pilot.pause()
        assert not any(map(is_dangerous, "".join(painted(app))))


async def test_markup_in_a_mail_is_only_text() -> None:
    app = Everything(EVIL[-1])
    async with app.run_test(size=(120, 60)) as pilot:
        await pilot.pause()
        text = "".join(painted(app))
        assert text.count("[@click=app.exit]") > 10
        for strip in app.screen._compositor.render_strips():
            for segment in strip:
                assert not (segment.style and ("@click" in segment.style.meta or segment.style.link))
