"""Mailboxes: found, made, opened and left, on a real server."""

from __future__ import annotations

import pytest

from tests.net.client.reach import client, scripted
from tests.net.reach import letters
from tests.servers.dovecot import Dovecot
from tuimail.errors import ServerRefused, UsageError
from tuimail.net.client.answers import NotOffered


async def test_a_mailbox_is_made_renamed_and_deleted_under_a_name_with_umlauts(dovecot: Dovecot) -> None:
    async with client(dovecot, dovecot.user()) as imap:
        await imap.create("Müll & Co/älter")
        await imap.rename("Müll & Co", "Früher")
        names = {entry.name for entry in await imap.list()}
        assert {"Früher", "Früher/älter"} <= names and "Müll & Co/älter" not in names
        (entry,) = await imap.list("Früher/%")
        assert entry.wire == b"Fr&APw-her/&AOQ-lter" and entry.separator == "/"
        await imap.delete(entry.wire)
        await imap.delete("Früher")
        assert not await imap.list("Fr*")
        with pytest.raises(ServerRefused):
            await imap.delete("Früher")


async def test_subscriptions_come_and_go(dovecot: Dovecot) -> None:
    async with client(dovecot, dovecot.user()) as imap:
        await imap.subscribe("Archive")
        assert [entry.name for entry in await imap.lsub()] == ["Archive"]
        assert [entry.name for entry in await imap.list(select=["SUBSCRIBED"])] == ["Archive"]
        await imap.unsubscribe("Archive")
        assert await imap.lsub() == []


async def test_one_list_tells_roles_children_and_counts(dovecot: Dovecot) -> None:
    user = dovecot.user()
    dovecot.deliver(user, letters(3))
    async with client(dovecot, user) as imap:
        entries = {
            entry.name: entry
            for entry in await imap.list(
                "INBOX", "Sent", returning=["CHILDREN", "SPECIAL-USE"], status=["MESSAGES", "UNSEEN"]
            )
        }
    assert entries["INBOX"].status == {"MESSAGES": 3, "UNSEEN": 3}
    assert {"\\sent", "\\hasnochildren"} <= entries["Sent"].attributes
    assert set(entries) == {"INBOX", "Sent"}


async def test_counts_are_asked_one_by_one_where_list_cannot_tell_them() -> None:
    script = r"""
        C: LIST "" "\*"
        S: * LIST (\Noselect) "/" Top
        S: * LIST () "/" "Top/a b"
        S: $TAG OK done
        C: STATUS "Top/a b" \(MESSAGES\)
        S: * STATUS "Top/a b" (MESSAGES 7)
        S: $TAG OK done
    """
    async with scripted(script) as imap:
        entries = await imap.list(status=["MESSAGES"])
    assert [(entry.name, entry.status) for entry in entries] == [("Top", None), ("Top/a b", {"MESSAGES": 7})]


async def test_what_is_not_offered_is_not_sent() -> None:
    async with scripted("") as imap:
        for asked in (
            imap.list(select=["SUBSCRIBED"]),
            imap.status("INBOX", "SIZE"),
            imap.namespace(),
            imap.select("INBOX", condstore=True),
            imap.create("x", special_use="Sent"),
        ):
            with pytest.raises(NotOffered):
                await asked


async def test_status_tells_counts_and_size(dovecot: Dovecot) -> None:
    user = dovecot.user()
    dovecot.deliver(user, letters(2))
    async with client(dovecot, user) as imap:
        assert (await imap.status("INBOX"))["MESSAGES"] == 2
        told = await imap.status("INBOX", "SIZE", "HIGHESTMODSEQ")
    assert told["SIZE"] > 200 and told["HIGHESTMODSEQ"] >= 1


async def test_the_namespace_says_where_folders_begin(dovecot: Dovecot) -> None:
    async with client(dovecot, dovecot.user()) as imap:
        assert (await imap.namespace()).personal == ((b"", b"/"),)


async def test_a_selected_mailbox_is_kept_up_to_date_by_every_word(dovecot: Dovecot) -> None:
    user = dovecot.user()
    dovecot.deliver(user, letters(2))
    async with client(dovecot, user) as imap:
        box = await imap.select("INBOX", condstore=True)
        assert (box.exists, box.read_only, box.uidnext, box.unseen) == (2, False, 3, 1)
        assert box.uidvalidity and box.highestmodseq and "\\*" in (box.permanent_flags or ())
        assert "\\Seen" in box.flags
        dovecot.deliver(user, letters(3))
        await imap.noop()
        assert box.exists == 5 and imap.selected is box
        await imap.check()
        await imap.unselect()
        assert imap.selected is None


async def test_examine_changes_nothing_and_close_expunges(dovecot: Dovecot) -> None:
    user = dovecot.user()
    dovecot.deliver(user, letters(2), flags="\\Deleted")
    async with client(dovecot, user) as imap:
        assert (await imap.examine()).read_only
        await imap.close()
        assert (await imap.select()).exists == 2
        await imap.close()
        assert (await imap.status("INBOX"))["MESSAGES"] == 0


async def test_after_a_refused_select_none_is_selected(dovecot: Dovecot) -> None:
    async with client(dovecot, dovecot.user()) as imap:
        await imap.select()
        with pytest.raises(ServerRefused):
            await imap.select("nowhere")
        assert imap.selected is None
        with pytest.raises(UsageError):
            await imap.search()


async def test_a_mailbox_that_turns_read_only_says_so() -> None:
    script = r"""
        C: NOOP
        S: * OK [READ-ONLY] somebody locked it
        S: $TAG OK done
    """
    async with scripted(script, selected=True) as imap:
        assert imap.selected is not None and not imap.selected.read_only
        await imap.noop()
        assert imap.selected.read_only


async def test_a_role_is_given_where_the_server_takes_one() -> None:
    script = r"""
        C: CREATE Mine \(USE \(\\Archive\)\)
        S: $TAG OK done
    """
    async with scripted(script, "CREATE-SPECIAL-USE") as imap:
        await imap.create("Mine", special_use="Archive")
