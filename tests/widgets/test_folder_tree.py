from __future__ import annotations

import pytest
from textual.strip import Strip

from tests.widgets.made_up import NOW, Stage, folder
from tuimail.changes import AccountState, Line
from tuimail.model import Folder, Role
from tuimail.widgets.folder_lines import tree_lines
from tuimail.widgets.folder_tree import FolderTree

WORK = [
    folder(1, "INBOX", Role.INBOX, unread=1234),
    folder(2, "Sent", Role.SENT),
    folder(3, "[Gmail]", selectable=False),
    folder(4, "[Gmail]/All Mail", Role.ALL, unread=3),
    folder(5, "Projects/東京/budget", unread=2),
    folder(6, "Projects/Lisbon", unread=5),
]
HOME = [folder(11, "INBOX", Role.INBOX, account="home", account_id=2, separator=".")]


def shape(folders: list[Folder], folded: set[tuple[int, str]] | None = None) -> list[str]:
    return ["  " * line.depth + line.label for line in tree_lines(folders, (), folded or set())]


def a_tree(folders: list[Folder] = WORK) -> tuple[FolderTree, Stage]:
    widget = FolderTree()
    stage = Stage(widget)
    widget.update(folders)
    return widget, stage


def test_folders_stand_below_their_parents_even_those_nobody_listed() -> None:
    assert shape(WORK) == ["Inbox", "Sent", "[Gmail]", "  All Mail", "Projects", "  東京", "    budget", "  Lisbon"]


def test_accounts_are_roots_only_when_there_are_several() -> None:
    assert shape([*WORK[:2], *HOME]) == ["work", "  Inbox", "  Sent", "home", "  Inbox"]


def test_a_folded_line_counts_what_it_hides() -> None:
    lines = tree_lines(WORK, (), {(1, "Projects")})
    assert [(line.label, line.unread, line.folded) for line in lines][-1] == ("Projects", 7, True)
    lines = tree_lines([*WORK, *HOME], (), {(1, "")})
    assert [(line.label, line.unread) for line in lines] == [("work", 1244), ("home", 0), ("Inbox", 0)]


def test_a_folder_without_separator_is_one_level_and_a_thousand_levels_are_twenty() -> None:
    assert shape([folder(1, "a/b", separator="")]) == ["a/b"]
    deep = tree_lines([folder(1, "/".join(["x"] * 1000))], (), set())
    assert len(deep) == 21 and deep[-1].folder_id == 1


async def test_unread_is_counted_at_the_right_edge() -> None:
    _, stage = a_tree()
    async with stage.play(30) as pilot:
        await pilot.pause()
        lines = stage.painted()
        assert lines[0] == "▌ ↓ Inbox               1,234 "
        assert lines[1].split() == ["↑", "Sent"]
        assert lines[5].split() == ["東京", "▾"]


async def test_enter_chooses_the_folder_under_the_cursor() -> None:
    widget, stage = a_tree()
    async with stage.play() as pilot:
        await pilot.press("j", "enter", "k", "o", "down", "down", "down", "enter")
        assert [told.folder_id for told in stage.told(FolderTree.FolderChosen)] == [2, 1, 4]
        assert widget.cursor_folder == 4


async def test_enter_on_what_cannot_be_opened_folds_it() -> None:
    _, stage = a_tree()
    async with stage.play() as pilot:
        await pilot.press("j", "j", "enter")
        assert stage.told(FolderTree.FolderChosen) == []
        lines = stage.painted()
        assert lines[2].split() == ["▌", "[Gmail]", "▸", "3"] and "Projects" in lines[3]
        await pilot.press("space")
        assert "All Mail" in stage.painted()[3]


async def test_a_click_chooses() -> None:
    widget, stage = a_tree()
    async with stage.play() as pilot:
        await pilot.click(widget, offset=(8, 3))
        await pilot.click(widget, offset=(8, 15))
        assert [told.folder_id for told in stage.told(FolderTree.FolderChosen)] == [4]


async def test_cursor_and_folding_stay_when_folders_come_and_go() -> None:
    widget, stage = a_tree()
    async with stage.play() as pilot:
        await pilot.press("j", "j", "space", "j", "j")
        assert widget.cursor_folder is None
        await pilot.press("j", "j")
        assert widget.cursor_folder == 6
        widget.update([folder(9, "Aardvark"), *WORK])
        assert widget.cursor_folder == 6
        await pilot.pause()
        assert not any("All Mail" in line for line in stage.painted())
        widget.update(WORK[:2])
        assert widget.cursor_folder == 2
        widget.update([])
        assert widget.cursor_folder is None


async def test_the_open_folder_is_marked_and_the_cursor_follows_it_from_elsewhere() -> None:
    widget, stage = a_tree()
    async with stage.play() as pilot:
        stage.screen.set_focus(None)
        await pilot.pause()
        widget.current = 6
        await pilot.pause()
        assert [line[:2] for line in stage.painted()[:8]] == ["  "] * 7 + ["▌›"]
        widget.focus()
        await pilot.press("k", "k")
        widget.current = 1
        await pilot.pause()
        assert [line[:2] for line in stage.painted()[:8]] == [" ›", *["  "] * 4, "▌ ", "  ", "  "]


async def test_next_folder_follows_the_order_shown_and_skips_what_cannot_be_opened() -> None:
    widget, stage = a_tree()
    async with stage.play():
        assert (widget.next_folder(1), widget.next_folder(-1)) == (1, 6)
        walked = []
        widget.current = 1
        while widget.current is not None:
            walked.append(widget.current)
            widget.current = widget.next_folder(1)
        assert walked == [1, 2, 4, 5, 6]
        widget.current = 1
        assert widget.next_folder(-1) is None


@pytest.mark.parametrize(
    ("line", "glyph"), [(Line.ONLINE, "●"), (Line.SYNCING, "●"), (Line.CONNECTING, "◌"), (Line.OFFLINE, "✕")]
)
async def test_an_account_shows_its_line_by_shape(line: Line, glyph: str) -> None:
    widget = FolderTree()
    stage = Stage(widget)
    async with stage.play(30) as pilot:
        widget.update([*WORK, *HOME], [AccountState("work", line, NOW)])
        await pilot.pause()
        assert stage.painted()[0].split() == ["▌", glyph, "work", "▾"]


async def test_a_tree_that_fits_is_not_scrolled_though_the_cursor_came_before_its_size() -> None:
    widget, stage = a_tree([folder(number, f"folder {number}") for number in range(10)])
    widget.current = 7
    async with stage.play(30, 10):
        assert "folder 0" in stage.painted()[0]
        assert widget.cursor_folder == 7


async def test_the_cursor_stays_in_sight_when_the_tree_becomes_lower() -> None:
    _, stage = a_tree([folder(number, f"folder {number}") for number in range(30)])
    async with stage.play(30, 30) as pilot:
        await pilot.press(*["j"] * 20)
        await pilot.resize_terminal(30, 10)
        await pilot.pause()
        assert any("▌" in line for line in stage.painted())


async def test_more_folders_than_lines_scroll_with_the_cursor() -> None:
    _, stage = a_tree([folder(number, f"folder {number}") for number in range(100)])
    async with stage.play(30, 10) as pilot:
        await pilot.press(*["j"] * 12)
        assert "folder 12" in stage.painted()[-1]
        await pilot.press("G")
        assert "folder 99" in stage.painted()[-1]
        await pilot.press("home")
        assert "folder 0" in stage.painted()[0]


@pytest.mark.parametrize("width", [12, 26, 40])
async def test_every_line_is_as_wide_as_the_tree(width: int) -> None:
    names = ["東京" * 20, "a/" * 15 + "deep", "e\u0301" * 40, "👩‍👩‍👧" * 9, "שלום"]
    widget, stage = a_tree([folder(place, name, unread=10**place) for place, name in enumerate(names, 1)])
    async with stage.play(width) as pilot:
        await pilot.pause()
        assert widget.virtual_size.width <= width
        assert {strip.cell_length for strip in stage.screen._compositor.render_strips()} == {width}


async def test_only_the_line_whose_count_changed_is_painted_anew(monkeypatch: pytest.MonkeyPatch) -> None:
    widget, stage = a_tree()
    async with stage.play(30) as pilot:
        await pilot.pause()
        painted: list[int] = []
        render = widget.render_line

        def noted(y: int) -> Strip:
            painted.append(y)
            return render(y)

        monkeypatch.setattr(widget, "render_line", noted)
        widget.update(list(WORK))
        await pilot.pause()
        assert painted == []
        widget.update([WORK[0], folder(2, "Sent", Role.SENT, unread=7), *WORK[2:]])
        await pilot.pause()
        assert painted == [1]
        assert stage.painted()[1].split() == ["↑", "Sent", "7"]
