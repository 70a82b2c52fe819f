"""Which folder is Sent, whatever the server and its language."""

from __future__ import annotations

import pytest

from tests.fakes.scripted import Scripted
from tests.net.reach import account, password
from tests.servers.dovecot import Dovecot
from tuimail.errors import NotFound
from tuimail.model import Role
from tuimail.net.folders import assemble
from tuimail.net.imap import connect_imap
from tuimail.net.remote import RemoteFolder
from tuimail.protocol.imap.responses import ListEntry, StatusData
from tuimail.records import replace


def entry(name: bytes, *attributes: bytes, separator: bytes | None = b"/") -> ListEntry:
    return ListEntry(frozenset(attributes), separator, name)


def roles(*entries: ListEntry) -> dict[str, Role]:
    return {folder.display: folder.role for folder in assemble(entries, {}) if folder.role}


def test_the_servers_word_goes_before_the_name() -> None:
    found = roles(entry(b"INBOX"), entry(b"Sent"), entry(b"Gesendet", b"\\sent"), entry(b"Trash"))
    assert found == {"INBOX": Role.INBOX, "Gesendet": Role.SENT, "Trash": Role.TRASH}


def test_without_special_use_the_usual_names_count() -> None:
    exchange = roles(entry(b"Deleted Items"), entry(b"Sent Items"), entry(b"Junk Email"), entry(b"Drafts"))
    assert exchange == {
        "Deleted Items": Role.TRASH,
        "Sent Items": Role.SENT,
        "Junk Email": Role.JUNK,
        "Drafts": Role.DRAFTS,
    }


def test_below_inbox_and_gmail_the_usual_names_count_and_deeper_down_they_do_not() -> None:
    courier = roles(entry(b"INBOX", separator=b"."), entry(b"INBOX.Trash", separator=b"."))
    assert courier == {"INBOX": Role.INBOX, "INBOX.Trash": Role.TRASH}
    assert roles(entry(b"[Gmail]/All Mail"), entry(b"[Gmail]/Spam")) == {
        "[Gmail]/All Mail": Role.ALL,
        "[Gmail]/Spam": Role.JUNK,
    }
    assert roles(entry(b"Projects/Trash")) == {}


def test_xlist_names_of_old_gmail_and_yandex() -> None:
    assert roles(entry(b"Spam", b"\\spam"), entry(b"Alle", b"\\allmail")) == {"Spam": Role.JUNK, "Alle": Role.ALL}


def test_on_gmail_the_archive_is_where_everything_is() -> None:
    entries = [entry(b"INBOX"), entry(b"[Gmail]/Alle Nachrichten", b"\\all")]
    assert [folder.role for folder in assemble(entries, {}, labels=True)] == [Role.INBOX, Role.ARCHIVE]
    own = [*entries, entry(b"Archive")]
    found = {folder.display: folder.role for folder in assemble(own, {}, labels=True)}
    assert found["Archive"] is Role.ARCHIVE and found["[Gmail]/Alle Nachrichten"] is Role.ALL


def test_two_folders_that_say_sent_are_one_role() -> None:
    assert roles(entry(b"A", b"\\sent"), entry(b"B", b"\\sent")) == {"A": Role.SENT}


def test_inbox_in_any_case_is_the_inbox_and_comes_first() -> None:
    found = assemble([entry(b"Alpha"), entry(b"inbox"), entry(b"Trash")], {})
    assert [folder.name for folder in found] == [b"inbox", b"Trash", b"Alpha"]
    assert found[0].display == "INBOX"


def test_a_name_that_wants_to_write_on_the_screen_is_shown_harmless_and_used_as_it_is() -> None:
    (found,) = assemble([entry(b"\x1b]0;owned\x07 &IC4- ../x")], {})
    assert found.display.isprintable() and found.name == b"\x1b]0;owned\x07 &IC4- ../x"


def test_counts_are_those_of_the_folder() -> None:
    (found,) = assemble([entry(b"A")], {b"A": StatusData(b"A", {"MESSAGES": 4, "UNSEEN": 1, "UIDVALIDITY": 9})})
    assert found == RemoteFolder(b"A", "A", "/", Role.NONE, True, exists=4, unseen=1, uidvalidity=9)


def test_who_never_subscribed_is_subscribed_to_everything() -> None:
    assert all(folder.subscribed for folder in assemble([entry(b"A"), entry(b"B")], {}))
    some = assemble([entry(b"A", b"\\subscribed"), entry(b"B"), entry(b"INBOX")], {})
    assert {folder.display: folder.subscribed for folder in some} == {"INBOX": True, "A": True, "B": False}


async def test_where_list_cannot_tell_subscriptions_lsub_is_asked(dovecot: Dovecot) -> None:
    user = dovecot.user()
    with dovecot.client(user) as other:
        for name in ("Chosen", "Unchosen"):
            other.create(name)
        other.subscribe("Chosen")
    for mask in ((), ("LIST-EXTENDED", "LIST-STATUS")):
        connected = await connect_imap(replace(account(dovecot.port, user), mask=mask), password)
        assert connected.abilities.subscriptions
        told = {folder.display: folder.subscribed for folder in await connected.folders()}
        await connected.close()
        assert told["Chosen"] and told["INBOX"] and not told["Unchosen"]


async def test_a_refused_lsub_costs_nothing_but_the_subscriptions() -> None:
    script = r"""
        S: * OK [CAPABILITY IMAP4rev1] hi
        C: LOGIN .*
        S: $TAG OK in
        C: CAPABILITY
        S: * CAPABILITY IMAP4rev1
        S: $TAG OK
        C=list: LIST "" "\*"
        C=lsub: LSUB "" "\*"
        S: $lsub BAD what is that
        S: * LIST () "." INBOX
        S: * LIST () "." Work
        S: $list OK
        C: STATUS INBOX .*
        S: $TAG NO not now
        C: STATUS Work .*
        S: $TAG NO not now
        C: LOGOUT
        S: $TAG OK bye
    """
    async with Scripted(script) as server:
        connected = await connect_imap(account(server.port), password)
        assert [(folder.display, folder.subscribed) for folder in await connected.folders()] == [
            ("INBOX", True),
            ("Work", True),
        ]
        await connected.close()


async def test_a_folder_with_a_nul_in_its_name_is_left_out_and_the_others_are_there() -> None:
    script = r"""
        S: * OK [CAPABILITY IMAP4rev1 LIST-STATUS] hi
        C: LOGIN .*
        S: $TAG OK in
        C: CAPABILITY
        S: * CAPABILITY IMAP4rev1 LIST-STATUS
        S: $TAG OK
        C=list: LIST "" "\*".*
        S>> "* LIST () \".\" {8}\r\nWork\x00two\r\n"
        S: * LIST () "." INBOX
        S: $list OK
        C: STATUS INBOX .*
        S: $TAG NO not now
        C: LOGOUT
        S: $TAG OK bye
    """
    async with Scripted(script) as server:
        connected = await connect_imap(account(server.port), password)
        assert [folder.display for folder in await connected.folders()] == ["INBOX"]
        assert any("NUL" in line for line in connected.log.lines())
        await connected.close()


async def test_a_name_that_no_folder_can_have_is_not_found_and_not_asked_for(dovecot: Dovecot) -> None:
    connected = await connect_imap(account(dovecot.port, dovecot.user()), password)
    with pytest.raises(NotFound):
        await connected.look(b"INBOX\0007")
    assert await connected.uids(b"INBOX") == (), "the line is whole"
    await connected.close()


@pytest.mark.parametrize("mask", [(), ("UNSELECT",)])
async def test_a_folder_that_is_open_is_left_before_it_goes(mask: tuple[str, ...], dovecot: Dovecot) -> None:
    user = dovecot.user()
    connected = await connect_imap(replace(account(dovecot.port, user), mask=mask), password)
    for name in (b"One", b"Two"):
        await connected.create(name)
        await connected.look(name)
        if name == b"One":
            await connected.delete(name)
        else:
            await connected.rename(name, b"Three")
        assert await connected.uids(b"INBOX") == (), "the line is whole"
    names = {folder.name for folder in await connected.folders()}
    assert b"Three" in names and not {b"One", b"Two"} & names
    await connected.close()


@pytest.mark.parametrize("mask", [(), ("UNSELECT",)])
async def test_what_only_holds_folders_cannot_be_opened_and_can_be_deleted(
    mask: tuple[str, ...], dovecot: Dovecot
) -> None:
    connected = await connect_imap(replace(account(dovecot.port, dovecot.user()), mask=mask), password)
    await connected.create(b"Level/")
    await connected.look(b"INBOX")
    with pytest.raises(NotFound):
        await connected.look(b"Level")
    await connected.delete(b"Level")
    assert b"Level" not in {folder.name for folder in await connected.folders()}
    assert await connected.uids(b"INBOX") == (), "the line is whole"
    await connected.close()


def test_a_folder_that_does_not_exist_is_left_out() -> None:
    assert assemble([entry(b"Ghost", b"\\nonexistent", b"\\noselect")], {}) == []


async def test_new_folders_go_below_the_personal_namespace() -> None:
    script = """
        S: * OK [CAPABILITY IMAP4rev1] hi
        C: LOGIN .*
        S: $TAG OK [CAPABILITY IMAP4rev1 NAMESPACE] in
        C: NAMESPACE
        S: * NAMESPACE (("INBOX." ".")) NIL NIL
        S: $TAG OK
        C: LIST .*
        S: * LIST () "." INBOX
        S: $TAG OK
        C: STATUS .*
        S: $TAG NO not now
        C: CREATE INBOX.Archive
        S: $TAG NO Mailbox exists
        C: LIST "" "INBOX.Archive"
        S: * LIST () "." INBOX.Archive
        S: $TAG OK
        C: SUBSCRIBE INBOX.Archive
        S: $TAG NO no
        C: LOGOUT
        S: $TAG OK bye
    """
    async with Scripted(script) as server:
        connected = await connect_imap(account(server.port), password)
        assert [folder.exists for folder in await connected.folders()] == [None]
        assert connected.encode_name("INBOX.Work", ".") == b"INBOX.Work"
        await connected.create(connected.encode_name("Archive", "."))
        await connected.close()


@pytest.mark.parametrize("mask", [(), ("LIST-EXTENDED", "LIST-STATUS")])
async def test_no_name_that_is_gone_stays_subscribed_to(mask: tuple[str, ...], dovecot: Dovecot) -> None:
    user = dovecot.user()

    def subscriptions() -> set[bytes]:
        with dovecot.client(user) as other:
            return {line.rpartition(b' "/" ')[2] for line in other.lsub()[1] if isinstance(line, bytes)}

    with dovecot.client(user) as other:
        for name in ("Old", "Old/Leaf", "Older"):
            other.create(name)
            other.subscribe(name)
    connected = await connect_imap(replace(account(dovecot.port, user), mask=mask), password)
    await connected.folders()
    await connected.rename(b"Old", b"New")
    assert subscriptions() == {b"Older"}, "what is subscribed to under its new name is for the store to say"
    await connected.create(b"Young")
    assert subscriptions() == {b"Older", b"Young"}
    await connected.create(b"Level/Leaf")
    await connected.subscribe(b"Level", on=True)
    await connected.rename(b"Level/Leaf", b"Leaf")
    await connected.delete(b"Level")
    assert b"Level" not in subscriptions(), "it went by itself with what was below it"
    for gone in (b"Older", b"Young", b"New"):
        await connected.delete(gone)
    assert subscriptions() == set()
    await connected.close()
