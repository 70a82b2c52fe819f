"""Rights, room and notes on a real server."""

from __future__ import annotations

import pytest

from tests.net.client.reach import client, scripted
from tests.net.reach import letters
from tests.servers.dovecot import Dovecot
from tuimail.errors import ServerRefused
from tuimail.net.client.answers import NotOffered
from tuimail.protocol.errors import LocalProtocolError
from tuimail.protocol.imap.meanings import ListRights, Quota, Resource


async def test_rights_are_given_asked_for_and_taken(sharing: Dovecot) -> None:
    user = sharing.user()
    async with client(sharing, user) as imap:
        assert {"l", "r", "a"} <= set(await imap.myrights("INBOX"))
        await imap.setacl("Sent", "bob", "lr")
        await imap.setacl("Sent", "bob", "+s")
        assert set((await imap.getacl("Sent"))["bob"]) == set("lrs")
        await imap.setacl("Sent", "bob", "-r")
        assert set((await imap.getacl("Sent"))["bob"]) == set("ls")
        await imap.deleteacl("Sent", "bob")
        assert "bob" not in await imap.getacl("Sent")
        with pytest.raises(LocalProtocolError):
            await imap.setacl("Sent", "bob", "l r")


async def test_what_could_be_granted_is_told(sharing: Dovecot) -> None:
    async with client(sharing, sharing.user()) as imap:
        told = await imap.listrights("INBOX", "bob")
    assert isinstance(told, ListRights) and told.identifier == b"bob"
    assert {"l", "r", "s"} <= {letter for group in (told.always, *told.optional) for letter in group}


async def test_the_room_that_is_left_is_told(sharing: Dovecot) -> None:
    user = sharing.user()
    sharing.deliver(user, letters(3))
    async with client(sharing, user) as imap:
        (quota,) = await imap.getquotaroot("INBOX")
        assert quota.root == b"User quota" and quota.resources["MESSAGE"] == Resource(3, 100)
        assert await imap.getquota(quota.root) == quota.resources
        assert quota.resources["STORAGE"].limit == 10 * 1024


async def test_a_quota_is_set_where_one_may(sharing: Dovecot) -> None:
    async with client(sharing, sharing.user()) as imap:
        with pytest.raises(ServerRefused):  # here only an administrator may
            await imap.setquota("User quota", {"STORAGE": 100})
    script = r"""
        C: SETQUOTA "" \(STORAGE 512 MESSAGE 9\)
        S: * QUOTA "" (STORAGE 10 512 MESSAGE 1 9)
        S: $TAG OK done
    """
    async with scripted(script, "QUOTA") as imap:
        assert await imap.setquota("", {"STORAGE": 512, "MESSAGE": 9}) == {
            "STORAGE": Resource(10, 512),
            "MESSAGE": Resource(1, 9),
        }


async def test_a_quota_without_its_list_is_no_limit() -> None:
    script = r"""
        C: GETQUOTAROOT INBOX
        S: * QUOTAROOT INBOX "ROOT"
        S: * QUOTA "ROOT"
        S: $TAG OK done
    """
    async with scripted(script, "QUOTA") as imap:
        assert await imap.getquotaroot("INBOX") == [Quota(b"ROOT", {})]


async def test_notes_on_a_mailbox_and_on_the_server(sharing: Dovecot) -> None:
    odd = 'two\r\nlines "quoted" ü'.encode()
    async with client(sharing, sharing.user()) as imap:
        await imap.setmetadata("INBOX", {"/private/comment": b"mine", "/private/vendor/tuimail/x": odd})
        told = await imap.getmetadata("INBOX", "/private/comment", "/private/vendor/tuimail/x", "/private/nothing")
        assert told["/private/comment"] == b"mine" and told["/private/vendor/tuimail/x"] == odd
        assert told.get("/private/nothing") is None
        below = await imap.getmetadata("INBOX", "/private/vendor", depth="infinity")
        assert below["/private/vendor/tuimail/x"] == odd
        assert "/private/comment" not in {
            entry for entry, value in (await imap.getmetadata("INBOX", "/private/comment", max_size=2)).items() if value
        }
        await imap.setmetadata("INBOX", {"/private/comment": None})
        assert (await imap.getmetadata("INBOX", "/private/comment")).get("/private/comment") is None
        await imap.setmetadata("", {"/private/comment": b"all of it"})
        assert await imap.getmetadata("", "/private/comment") == {"/private/comment": b"all of it"}


@pytest.mark.parametrize("entry", ["comment", "/a//b", "/a*", "/a\r\nx", ""])
async def test_what_is_no_entry_is_not_sent(entry: str) -> None:
    async with scripted("", "METADATA") as imap:
        with pytest.raises(LocalProtocolError):
            await imap.getmetadata("INBOX", entry)


async def test_nothing_of_this_is_sent_where_it_is_not_offered(dovecot: Dovecot) -> None:
    async with client(dovecot, dovecot.user()) as imap:
        for asked in (
            imap.getacl("INBOX"),
            imap.setacl("INBOX", "bob", "l"),
            imap.deleteacl("INBOX", "bob"),
            imap.listrights("INBOX", "bob"),
            imap.myrights("INBOX"),
            imap.getquota(""),
            imap.getquotaroot("INBOX"),
            imap.setquota("", {}),
            imap.getmetadata("INBOX", "/private/comment"),
            imap.setmetadata("INBOX", {}),
        ):
            with pytest.raises(NotOffered):
                await asked
