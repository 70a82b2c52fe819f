"""First words of texts that are not here stand behind the subjects, where there is room, for the rows in sight."""

from __future__ import annotations

from tests.screens.run import Running, running
from tuimail.records import replace


def uncached(app: Running) -> list[int]:
    """Make every letter of the inbox one whose text is not here; their ids, newest first."""
    inbox = app.mail.by_name("INBOX").id
    rows = app.mail.page(inbox, 0, 100)
    for row in rows:
        app.mail.rows[row.id] = replace(app.mail.rows[row.id], cached=False)
        app.mail.previewed.words[row.id] = f"it begins with {row.id}"
    return [row.id for row in rows]


async def test_rows_in_sight_are_asked_about_until_all_are_known() -> None:
    async with running(size=(140, 40)) as app:
        ids = uncached(app)
        app.main.open_folder(app.mail.by_name("INBOX").id)
        await app.settle()
        height = app.main.list.size.height
        known = {id_ for id_ in app.mail.rows if app.mail.rows[id_].preview}
        assert known == set(ids[:height])
        assert f"it begins with {ids[0]}" in app.text
        await app.press("G")
        await app.settle()
        assert app.mail.rows[ids[-1]].preview and f"it begins with {ids[-1]}" in app.text


async def test_a_narrow_list_asks_for_nothing() -> None:
    async with running(size=(80, 24)) as app:
        uncached(app)
        app.main.open_folder(app.mail.by_name("INBOX").id)
        await app.settle()
        assert app.mail.previewed.asked == []


async def test_what_nobody_knows_is_asked_for_once_for_each_look() -> None:
    async with running(size=(140, 40)) as app:
        uncached(app)
        app.mail.previewed.words.clear()
        app.main.open_folder(app.mail.by_name("INBOX").id)
        await app.settle()
        asked = len(app.mail.previewed.asked)
        assert asked
        await app.settle()
        assert len(app.mail.previewed.asked) == asked


async def test_the_viewer_shows_what_is_known_while_the_text_is_not_here() -> None:
    async with running(size=(140, 40)) as app:
        ids = uncached(app)
        app.mail.offline_ids.add(ids[0])
        app.mail.rows[ids[0]] = replace(app.mail.rows[ids[0]], preview="Dear Ada, the boats are in")
        app.main.view.show_placeholder(app.mail.rows[ids[0]], "There is no line.")
        await app.settle()
        assert "There is no line." in app.text and "the boats are in …" in app.text
