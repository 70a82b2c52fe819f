from __future__ import annotations

import pytest
from textual.binding import Binding
from textual.widget import Widget

from tests.widgets.made_up import ListSource, Stage, now
from tuimail.keys import BY_ID
from tuimail.widgets.bindings import bindings_for
from tuimail.widgets.folder_tree import FolderTree
from tuimail.widgets.message_list import MessageList
from tuimail.widgets.message_view import MessageView


@pytest.mark.parametrize("pane", [MessageList, MessageView, FolderTree])
def test_every_binding_of_a_pane_comes_from_the_table_and_runs(pane: type[Widget]) -> None:
    bindings = [binding for binding in pane.BINDINGS if isinstance(binding, Binding)]
    assert bindings
    for binding in bindings:
        assert binding.id is not None and binding.action == BY_ID[binding.id].action
        assert hasattr(pane, "action_" + binding.action.partition("(")[0])


def test_a_chord_is_left_to_the_screen() -> None:
    jump = [binding for binding in bindings_for({"list"}, {"jump"}) if isinstance(binding, Binding)]
    assert [binding.key for binding in jump] == ["home", "G,end"]


async def test_the_readers_own_keys_replace_those_of_the_table() -> None:
    widget = MessageList(ListSource(range(10)), now=now)
    stage = Stage(widget)
    async with stage.play() as pilot:
        stage.set_keymap({"cursor.down": "n"})
        await pilot.press("n", "j", "down")
        assert widget.cursor == 1
