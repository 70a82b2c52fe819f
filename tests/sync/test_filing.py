"""Labels, spam, copies and deletion on servers that keep no keywords, on several at once, and on none (POP3)."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.fakes.fake_remote import FakeServer
from tests.servers.dovecot import Dovecot
from tests.sync.house import folder, id_of, letter, subjects, until
from tests.sync.test_pop import looked_again, no_waiting, on_server, synced
from tests.sync.test_pop import opened as pop_opened
from tests.test_mail import ARCHIVE, INBOX, TRASH, find, mail_over, names, server
from tuimail.errors import ConnectionLost, Irreversible, NotFound, ServerRefused, Unfit
from tuimail.mail import Mail
from tuimail.model import Flag, QueueGroup, Role

__all__ = ["no_waiting"]

PLAIN = Flag.SEEN | Flag.ANSWERED | Flag.FLAGGED | Flag.DELETED | Flag.DRAFT


async def test_a_server_without_keywords_refuses_a_label_in_words_and_keeps_the_rest(tmp_path: Path) -> None:
    poor = server("m")
    poor.permanent, poor.keywords = PLAIN, False
    async with mail_over(tmp_path, {"a": poor}) as mail:
        m = find(mail, "m")
        await mail.filing.label([m], "work")
        await mail.flag([m], add=Flag.FLAGGED)
        await until(
            mail, lambda: [c.error for c in mail.pending()] == ["The server keeps no such labels in this folder."]
        )
        row = mail.summary(m)
        assert row is not None and row.labels == ("work",) and row.flags == Flag.FLAGGED
        assert poor.folders[INBOX].messages[1].flags == Flag.FLAGGED
        await mail.undo()
        await mail.undo()
        await until(mail, lambda: mail.pending_count() == 0)


async def test_spam_where_no_keywords_are_kept_is_a_move_and_nothing_waits_for_ever(tmp_path: Path) -> None:
    poor = server("m")
    poor.permanent, poor.keywords = PLAIN, False
    async with mail_over(tmp_path, {"a": poor}) as mail:
        with pytest.raises(NotFound):
            await mail.filing.spam([find(mail, "m")])
        await mail.filing.give_role(next(f.id for f in mail.folders() if f.role is Role.TRASH), Role.JUNK)
        assert await mail.filing.spam([find(mail, "m")]) == "marked spam 1 message"
        await until(mail, lambda: mail.pending_count() == 0)
        assert poor.where()["m"] == [TRASH]
        assert mail.filing.all_in([find(mail, "m")], Role.JUNK)
        await mail.filing.not_spam([find(mail, "m")])
        await until(mail, lambda: mail.pending_count() == 0)
        assert poor.where()["m"] == [INBOX]


async def test_keywords_of_other_clients_outlive_ours(tmp_path: Path) -> None:
    rich = server()
    rich.put(INBOX, "m", keywords="$MDNSent theirs")
    async with mail_over(tmp_path, {"a": rich}) as mail:
        m = find(mail, "m")
        await mail.filing.label([m], "mine")
        await mail.filing.label([m], "THEIRS", on=False)
        await until(mail, lambda: mail.pending_count() == 0)
        assert rich.folders[INBOX].messages[1].keywords == "$MDNSent mine"
        assert [(one.name, one.count, one.having) for one in await mail.filing.labels([m])] == [("mine", 1, 1)]
        with pytest.raises(Unfit, match="cannot have"):
            await mail.filing.label([m], "a(b")


async def test_messages_of_two_accounts_are_filed_at_once_each_in_its_own(tmp_path: Path) -> None:
    servers = {"a": server("a1"), "b": server("b1")}
    async with mail_over(tmp_path, servers) as mail:
        both = [find(mail, "a1"), find(mail, "b1")]
        lacking = mail.filing.lacking(both, Role.JUNK)
        assert [name for _, name in lacking] == ["a", "b"]
        for account_id, _ in lacking:
            await mail.create_folder(account_id, "Junk", Role.JUNK)
        assert mail.filing.lacking(both, Role.JUNK) == []
        assert await mail.filing.spam(both) == "marked spam 2 messages"
        await until(mail, lambda: mail.pending_count() == 0)
        assert servers["a"].where()["a1"] == servers["b"].where()["b1"] == [b"Junk"]
        assert names(mail, "b", Role.JUNK) == ["b1"]
        archive = next(f for f in mail.folders() if f.account == "a" and f.role is Role.ARCHIVE)
        with pytest.raises(NotFound, match="copied within their account"):
            await mail.filing.copy(both, archive.id)


async def copied(mail: Mail, one: FakeServer) -> None:
    """A copy of "m" stands in the archive, and is known."""
    archive = next(f for f in mail.folders() if f.role is Role.ARCHIVE)
    assert await mail.filing.copy([find(mail, "m")], archive.id) == "copied to Archive 1 message"
    await until(mail, lambda: mail.pending_count() == 0 and names(mail, "a", Role.ARCHIVE))
    assert sorted(one.where()["m"]) == [ARCHIVE, INBOX]


async def test_a_copy_that_was_undone_after_the_server_made_it_is_gone_and_no_other(tmp_path: Path) -> None:
    one = server("m")
    one.put(ARCHIVE, "m")  # another of its kind, older, and soon one that is newer
    async with mail_over(tmp_path, {"a": one}) as mail:
        archive = next(f for f in mail.folders() if f.role is Role.ARCHIVE)
        await mail.filing.copy([find(mail, "m")], archive.id)
        await until(mail, lambda: mail.pending_count() == 0 and len(names(mail, "a", Role.ARCHIVE)) == 2)
        newer = one.put(ARCHIVE, "m")
        assert await mail.undo() == "undid: copied to Archive 1 message"
        await until(mail, lambda: mail.pending_count() == 0)
        assert list(one.folders[ARCHIVE].messages) == [1, newer]
        assert [command for command in one.commands if command[0] == "remove"] == [("remove", ARCHIVE, ((2, 2),))]
        assert one.where()["m"].count(INBOX) == 1


async def test_an_undone_copy_that_the_server_did_not_tell_of_goes_to_the_trash_in_words(tmp_path: Path) -> None:
    one = server("m", uidplus=False)
    async with mail_over(tmp_path, {"a": one}) as mail:
        await copied(mail, one)
        assert await mail.undo() == (
            "undid: copied to Archive 1 message"
            " (the copy went to the trash: the server did not tell which message it is)"
        )
        await until(mail, lambda: mail.pending_count() == 0)
        assert sorted(one.where()["m"]) == [INBOX, TRASH]
        assert not [command for command in one.commands if command[0] == "remove"]


@pytest.mark.parametrize("cut", [False, True])
@pytest.mark.parametrize("expunges", [False, True])
async def test_a_message_and_its_copy_that_were_moved_together_are_told_apart(
    tmp_path: Path, expunges: bool, cut: bool
) -> None:
    """By a server that does not tell where to, also when its answer to the move is lost."""
    one = server("m", uidplus=False, expunges=expunges)
    cuts = ["move"] if cut else []

    async def after(command: str) -> None:
        if command in cuts:
            cuts.remove(command)
            raise ConnectionLost("cut")

    async with mail_over(tmp_path, {"a": one}) as mail:
        await copied(mail, one)
        m, copy = find(mail, "m"), mail.page(folder(mail, Role.ARCHIVE).id, 0, 9)[0].id
        await mail.flag([copy], add=Flag.FLAGGED)
        await mail.flag([m], add=Flag.SEEN)
        await mail.archive([m])
        await until(mail, lambda: mail.pending_count() == 0)
        one.after = after
        await mail.trash([m, copy])
        await until(mail, lambda: not cuts)
        mail.sync_now()
        await until(mail, lambda: mail.pending_count() == 0)
        for _ in range(5):
            await mail.undo()
        await until(mail, lambda: mail.pending_count() == 0)
        left = {box: [x.flags for x in one.folders[box].messages.values()] for box in (INBOX, ARCHIVE, TRASH)}
        there = {box: [flags for flags in all_flags if not flags & Flag.DELETED] for box, all_flags in left.items()}
        assert there == {INBOX: [Flag.NONE], ARCHIVE: [], TRASH: [Flag.NONE]}


async def test_of_a_message_and_its_copy_moved_together_the_one_thought_better_of_comes_back(tmp_path: Path) -> None:
    """Without MOVE, and the answer was lost: the copy came into the trash first, and is not taken for the message."""
    one = server("m", uidplus=False, expunges=False)
    wishes: list[int] = []

    async def after(command: str) -> None:
        if command == "move" and wishes:
            await mail.archive([wishes.pop()])
            raise ConnectionLost("cut")

    async with mail_over(tmp_path, {"a": one}) as mail:
        await copied(mail, one)
        m, copy = find(mail, "m"), mail.page(folder(mail, Role.ARCHIVE).id, 0, 9)[0].id
        await mail.flag([copy], add=Flag.FLAGGED)
        await mail.archive([m])
        await until(mail, lambda: mail.pending_count() == 0)
        one.after = after
        wishes.append(m)
        await mail.trash([m, copy])
        await until(mail, lambda: not wishes)
        mail.sync_now()
        await until(mail, lambda: mail.pending_count() == 0)
        row = mail.summary(m)
        assert row is not None and row.folder_id == folder(mail, Role.ARCHIVE).id
        left = {box: [x.flags for x in one.folders[box].messages.values()] for box in (INBOX, ARCHIVE, TRASH)}
        there = {box: [flags for flags in all_flags if not flags & Flag.DELETED] for box, all_flags in left.items()}
        assert there == {INBOX: [], ARCHIVE: [Flag.NONE], TRASH: [Flag.FLAGGED]}


async def test_a_message_that_came_meanwhile_is_not_taken_for_its_copy_whose_move_was_cut(tmp_path: Path) -> None:
    """Without MOVE: the server never heard of that move, and now both are moved."""
    one = server("m", uidplus=False, expunges=False)
    wishes: list[int] = []

    async def before(command: str) -> None:
        if command == "move" and wishes:
            await mail.trash([wishes.pop()])
            raise ConnectionLost("cut")

    async with mail_over(tmp_path, {"a": one}) as mail:
        await copied(mail, one)
        m, copy = find(mail, "m"), mail.page(folder(mail, Role.ARCHIVE).id, 0, 9)[0].id
        await mail.flag([copy], add=Flag.FLAGGED)
        await until(mail, lambda: mail.pending_count() == 0)
        one.before = before
        wishes.append(m)
        await mail.trash([copy])
        await until(mail, lambda: not wishes)
        mail.sync_now()
        await until(mail, lambda: mail.pending_count() == 0)
        assert [x.flags for x in one.folders[TRASH].messages.values()] == [Flag.NONE, Flag.FLAGGED]
        assert len(names(mail, "a", Role.TRASH)) == 2


async def test_a_message_that_came_meanwhile_is_not_taken_for_its_copy_whose_move_was_refused(tmp_path: Path) -> None:
    one = server("m", uidplus=False, expunges=False)
    refusals = [ServerRefused("Not now.")]

    async def before(command: str) -> None:
        if command == "move" and refusals:
            raise refusals.pop()

    async with mail_over(tmp_path, {"a": one}) as mail:
        await copied(mail, one)
        m, copy = find(mail, "m"), mail.page(folder(mail, Role.ARCHIVE).id, 0, 9)[0].id
        one.before = before
        await mail.trash([m, copy])
        await until(mail, lambda: not refusals and mail.pending_count() == 1)
        (group,) = await mail.waiting.groups()
        assert (group.what, group.error) == ("move INBOX → Trash", "Not now.")
        await mail.waiting.retry(group.key)
        await until(mail, lambda: mail.pending_count() == 0)
        assert one.where()["m"] == [TRASH, TRASH]


async def test_what_was_moved_away_just_before_is_copied_from_where_it_is_then(tmp_path: Path) -> None:
    """The server says OK to a COPY of what is not there, and without UIDPLUS it does not tell that it made none."""
    one = server("m", uidplus=False)
    moved: list[int] = []

    async def before(command: str) -> None:
        if command == "copying" and not moved:
            moved.append(one.move(INBOX, 1, ARCHIVE))

    async with mail_over(tmp_path, {"a": one}) as mail:
        m = find(mail, "m")
        one.before = before
        await mail.filing.copy([m], folder(mail, Role.TRASH).id)
        await until(mail, lambda: moved and mail.pending_count() == 0 and names(mail, "a", Role.TRASH))
        assert sorted(one.where()["m"]) == [ARCHIVE, TRASH]
        row = mail.summary(m)
        assert row is not None and row.folder_id == folder(mail, Role.ARCHIVE).id


async def test_a_copy_undone_before_the_server_heard_sends_nothing(tmp_path: Path) -> None:
    one = server("m")
    async with mail_over(tmp_path, {"a": one}) as mail:
        assert find(mail, "m")
    async with mail_over(tmp_path, {"a": one}, online=False) as mail:
        archive = next(f for f in mail.folders() if f.role is Role.ARCHIVE)
        await mail.filing.copy([find(mail, "m")], archive.id)
        assert [group.what for group in await mail.waiting.groups()] == ["copy INBOX → Archive"]
        await mail.undo()
        assert await mail.waiting.groups() == []
        before = len(one.commands_seen)
        await mail.sync()
        assert set(one.commands_seen[before:]) <= {"list", "select", "fetch", "search", "flags"}


async def test_a_copy_done_again_after_it_was_taken_away_is_there_once(tmp_path: Path) -> None:
    one = server("m")
    async with mail_over(tmp_path, {"a": one}) as mail:
        await copied(mail, one)
        await mail.undo()
        await until(mail, lambda: mail.pending_count() == 0)
        assert one.where()["m"] == [INBOX]
        assert await mail.redo() == "did again: copied to Archive 1 message"
        await until(mail, lambda: mail.pending_count() == 0 and names(mail, "a", Role.ARCHIVE))
        assert sorted(one.where()["m"]) == [ARCHIVE, INBOX]


async def test_a_refused_copy_is_a_line_of_the_queue_that_is_tried_again_or_dropped(tmp_path: Path) -> None:
    one = server("m")
    async with mail_over(tmp_path, {"a": one}) as mail:
        one.refused = {ARCHIVE}
        archive = next(f for f in mail.folders() if f.role is Role.ARCHIVE)
        await mail.filing.copy([find(mail, "m")], archive.id)

        async def group() -> QueueGroup:
            (group,) = await mail.waiting.groups()
            return group

        await until(mail, lambda: any(change.error for change in mail.pending()))
        refused = await group()
        assert (refused.what, refused.count, refused.error) == ("copy INBOX → Archive", 1, "No such folder.")
        assert [member.subject for member in await mail.waiting.members(refused.key, 9)] == ["m"]
        assert await mail.waiting.drop(refused.key) == "dropped the copy of 1 message"
        assert await mail.waiting.groups() == []
        one.refused = set()
        assert await mail.undo() == "undid: dropped the copy of 1 message"
        await until(mail, lambda: mail.pending_count() == 0 and names(mail, "a", Role.ARCHIVE))


async def test_undo_says_once_that_a_deletion_cannot_be_undone_and_goes_on_to_what_came_before(tmp_path: Path) -> None:
    one = server("m", "n")
    async with mail_over(tmp_path, {"a": one}) as mail:
        await mail.archive([find(mail, "n")])
        assert await mail.filing.delete([find(mail, "m")]) == "deleted for good 1 message"
        await until(mail, lambda: mail.pending_count() == 0)
        assert "m" not in one.where()
        with pytest.raises(Irreversible) as said:
            await mail.undo()
        assert str(said.value) == ("Cannot undo: deleted for good 1 message. Again undoes: archived 1 message.")
        assert one.where()["n"] == [ARCHIVE], "nothing else was done yet"
    async with mail_over(tmp_path, {"a": one}) as mail:
        assert await mail.undo() == "undid: archived 1 message"
        assert await mail.undo() == ""


async def test_a_maildrop_keeps_labels_copies_here_and_deletes_on_the_server_however_long_mail_stays(
    dovecot: Dovecot, tmp_path: Path
) -> None:
    user = dovecot.user()
    dovecot.deliver(user, [letter(n) for n in range(3)])
    async with pop_opened(user, dovecot.pop_port, tmp_path) as mail:
        await until(mail, lambda: mail.folders() and len(subjects(mail, Role.INBOX)) == 3)
        await mail.filing.label([id_of(mail, Role.INBOX, "letter 0")], "work")
        await mail.filing.copy([id_of(mail, Role.INBOX, "letter 0")], folder(mail, Role.ARCHIVE).id)
        await mail.filing.delete([id_of(mail, Role.INBOX, "letter 1")])
        assert subjects(mail, Role.INBOX) == ["letter 2", "letter 0"]
        await synced(mail)
        await until(mail, lambda: subjects(mail, Role.ARCHIVE) == ["letter 0"])
        copied = mail.summary(id_of(mail, Role.ARCHIVE, "letter 0"))
        assert copied is not None and copied.labels == ("work",) and copied.standing == "here"
        assert b"text 0" in await mail.raw(copied.id)
        await looked_again(mail)
        await looked_again(mail)
        await synced(mail)
        assert subjects(mail, Role.INBOX) == ["letter 2", "letter 0"]
        assert [row.labels for row in mail.page(folder(mail, Role.INBOX).id, 0, 9)] == [(), ("work",)]
    assert on_server(dovecot, user) == ["letter 0", "letter 2"]
