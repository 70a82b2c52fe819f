"""Spam, labels, copies and deleting by their keys, and what another client then sees on a real server."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path

import pytest

from tests.servers.dovecot import Dovecot
from tests.snap import screen_text, settle
from tests.sync.house import folder, id_of, letter, opened, subjects, until
from tuimail.app import TuiMail
from tuimail.errors import Irreversible
from tuimail.model import Role
from tuimail.screens.main import MainScreen
from tuimail.screens.settings import Settings

POOR = ("MOVE", "UIDPLUS", "QRESYNC", "CONDSTORE")


@pytest.mark.parametrize("mask", [(), POOR], ids=["everything", "no MOVE, no UIDPLUS"])
async def test_what_the_keys_file_is_where_another_client_looks_for_it(
    dovecot: Dovecot, tmp_path: Path, mask: tuple[str, ...]
) -> None:
    user = dovecot.user()
    dovecot.deliver(user, [letter(n) for n in range(6)], flags="Theirs")
    async with opened(user, dovecot.port, tmp_path, mask=mask) as mail:
        await until(mail, lambda: mail.folders() and len(subjects(mail, Role.INBOX)) == 6)
        await until(mail, lambda: mail.folder_by_role(1, Role.TRASH))
        app = TuiMail(mail, Settings(dwell=0.0, repaint=0.0))
        async with app.run_test(size=(120, 40)) as pilot:
            screen = app.screen_stack[0]
            assert isinstance(screen, MainScreen)

            async def press(subject: str, *keys: str) -> None:
                await settle(pilot)
                screen.list.go_to(id_of(mail, Role.INBOX, subject))
                await pilot.press(*keys)
                await settle(pilot)

            await press("letter 5", "exclamation_mark")
            if "AskRole" in type(app.screen).__name__:
                await pilot.press("y")
            await press("letter 4", "l", *"Über uns", "enter")
            await press("letter 3", "C", *"archi", "enter")
            await press("letter 2", "X", "y")
            await press("letter 1", "l", *"theirs", "enter")
            assert "[Theirs] +1" in screen_text(app)
        await until(mail, lambda: mail.pending_count() == 0)
        assert subjects(mail, Role.ARCHIVE) == ["letter 3"]
        inbox = contents_shown(dovecot, user, "INBOX")
        assert inbox == {
            "letter 0": {"Theirs"},
            "letter 1": set(),
            "letter 3": {"Theirs"},
            "letter 4": {"Theirs", "&ANw-ber_uns"},
        }
        junk = folder(mail, Role.JUNK).name
        assert contents_shown(dovecot, user, junk) == {"letter 5": {"Theirs", "$Junk"}}
        assert contents_shown(dovecot, user, "Archive") == {"letter 3": {"Theirs"}}
        for _ in range(5):
            with suppress(Irreversible):  # which the first says of what was deleted for good
                await mail.undo()
        await until(mail, lambda: mail.pending_count() == 0)
        inbox = contents_shown(dovecot, user, "INBOX")
        assert inbox == {f"letter {n}": {"Theirs"} for n in (0, 1, 3, 4, 5)}, "all but what was deleted"
        assert contents_shown(dovecot, user, "Archive") == contents_shown(dovecot, user, junk) == {}
        trash = {"letter 3": {"Theirs"}} if mask else {}
        assert contents_shown(dovecot, user, "Trash") == trash, "the copy, where no server tells which it is"


def contents_shown(dovecot: Dovecot, user: str, box: str) -> dict[str, set[str]]:
    """Subject → flags, but of what is marked deleted; read marks are not of interest here."""
    with dovecot.client(user) as other:
        other.select(box, readonly=True)
        _, data = other.uid("SEARCH", "UNDELETED")
        shown = {int(uid) for uid in data[0].split()}
        if not shown:
            return {}
        _, data = other.uid("FETCH", ",".join(map(str, shown)), "(FLAGS BODY.PEEK[HEADER.FIELDS (SUBJECT)])")
    found: dict[str, set[str]] = {}
    for item in data:
        if isinstance(item, tuple):
            subject = item[1].decode().partition(":")[2].strip()
            assert subject not in found, f"{subject} is there twice"
            flags = item[0].decode().partition("FLAGS (")[2].partition(")")[0].split()
            found[subject] = set(flags) - {"\\Recent", "\\Seen"}
    return found
