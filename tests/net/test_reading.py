"""Folders, heads and bodies of a real server, compared with what imaplib sees."""

from __future__ import annotations

import asyncio
import calendar
import email
import imaplib
import time

import pytest

from tests.fakes.chaos import ChaosProxy
from tests.net.reach import all_heads, letters, remote
from tests.servers.dovecot import Dovecot
from tuimail.errors import NotFound, ServerRefused
from tuimail.model import Flag, Role, Security
from tuimail.net.wirelog import WireLog


async def test_folders_come_with_roles_and_counts_inbox_first(dovecot: Dovecot) -> None:
    user = dovecot.user()
    dovecot.deliver(user, letters(3))
    dovecot.deliver(user, letters(2), flags="\\Seen")
    dovecot.deliver(user, letters(1), "Work/2024")
    async with remote(dovecot, user) as connected:
        folders = {folder.display: folder for folder in await connected.folders()}
    assert next(iter(folders)) == "INBOX"
    inbox = folders["INBOX"]
    assert (inbox.role, inbox.exists, inbox.unseen, inbox.uidnext) == (Role.INBOX, 5, 3, 6)
    assert {name: f.role for name, f in folders.items() if f.role is not Role.NONE} == {
        "INBOX": Role.INBOX,
        "Drafts": Role.DRAFTS,
        "Sent": Role.SENT,
        "Archive": Role.ARCHIVE,
        "Junk": Role.JUNK,
        "Trash": Role.TRASH,
    }
    assert folders["Work/2024"].separator == "/" and folders["Work/2024"].exists == 1
    assert not folders["Work"].selectable or folders["Work"].exists == 0


async def test_without_extensions_folders_are_the_same() -> None:
    with Dovecot(without=["LIST-STATUS", "LIST-EXTENDED", "SPECIAL-USE", "NAMESPACE"], special_use=False) as plain:
        user = plain.user()
        plain.deliver(user, letters(3))
        async with ChaosProxy(plain.host, plain.port) as proxy, remote(plain, user, port=proxy.port) as connected:
            folders = await connected.folders()
        assert [(f.display, f.role) for f in folders] == [
            ("INBOX", Role.INBOX),
            ("Drafts", Role.DRAFTS),
            ("Sent", Role.SENT),
            ("Archive", Role.ARCHIVE),
            ("Junk", Role.JUNK),
            ("Trash", Role.TRASH),
        ]
        assert folders[0].exists == folders[0].unseen == 3
        assert not any(b"RETURN" in line for line in proxy.lines)


async def test_folder_names_beyond_ascii_go_there_and_back(dovecot: Dovecot) -> None:
    async with remote(dovecot, dovecot.user()) as connected:
        name = connected.encode_name("Entwürfe & Pläne/日本", "/")
        await connected.create(name)
        await connected.create(name)  # there already: fine
        folder = next(f for f in await connected.folders() if f.name == name)
        assert folder.display == "Entwürfe & Pläne/日本"
        assert (await connected.look(name)).exists == 0


async def test_looking_at_a_folder_that_is_not_there(dovecot: Dovecot) -> None:
    async with remote(dovecot, dovecot.user()) as connected:
        with pytest.raises(NotFound):
            await connected.look(b"Nowhere")
        assert (await connected.look(b"INBOX")).exists == 0


async def test_three_thousand_heads_are_what_imaplib_sees(dovecot: Dovecot) -> None:
    user = dovecot.user()
    dates = [f"{1 + n % 28:2d}-Mar-20{n % 20 + 10} 11:22:33 +0{n % 10}30" for n in range(3000)]
    dovecot.deliver(user, letters(3000), flags="\\Flagged $Forwarded Work", dates=dates)
    with dovecot.client(user) as other:
        other.select()
        other.store("17", "-FLAGS", "\\Flagged")
        _, expected = other.fetch("1:*", "(UID FLAGS INTERNALDATE RFC822.SIZE BODY.PEEK[HEADER.FIELDS (SUBJECT FROM)])")
    async with remote(dovecot, user, Security.TLS) as connected:
        await connected.look(b"INBOX")
        windows = [window async for window in connected.heads(b"INBOX", await connected.uids(b"INBOX"))]
    assert [len(window) for window in windows] == [200, 400, 800, 1000, 600]
    heads = {head.uid: head for window in windows for head in window}
    assert [head.uid for window in windows for head in window] == list(range(3000, 0, -1))
    answers = [answer for answer in expected if isinstance(answer, tuple)]
    assert len(answers) == len(heads)
    for described, block in answers:
        uid = int(described.split(b"UID ")[1].split()[0])
        head = heads[uid]
        theirs, ours = email.message_from_bytes(block), email.message_from_bytes(head.block)
        assert (ours["Subject"], ours["From"]) == (theirs["Subject"], theirs["From"])
        assert ours["Message-ID"] == f"<{uid}@example.org>" and ours["X-Unasked"] is None
        assert head.size == int(described.split(b"RFC822.SIZE ")[1].split()[0].rstrip(b")"))
        when = imaplib.Internaldate2tuple(described)
        assert when is not None and head.received == calendar.timegm(time.gmtime(time.mktime(when)))
        assert head.flags == (Flag.FLAGGED if uid != 17 else Flag.NONE) | Flag.FORWARDED
        assert head.keywords == "Work"


async def test_the_newest_come_by_number_newest_last(dovecot: Dovecot) -> None:
    user = dovecot.user()
    dovecot.deliver(user, letters(30))
    async with remote(dovecot, user) as connected:
        assert [head.uid for head in await connected.newest(b"INBOX", 5)] == [26, 27, 28, 29, 30]
        assert [head.uid for head in await connected.newest(b"INBOX", 50)] == list(range(1, 31))
        assert await connected.newest(b"Trash", 5) == []


async def test_uids_are_ranges_with_and_without_esearch(dovecot: Dovecot) -> None:
    user = dovecot.user()
    dovecot.deliver(user, letters(20))
    with dovecot.client(user) as other:
        other.select()
        other.store("5:7,11", "+FLAGS", "\\Deleted")
        other.expunge()
    async with remote(dovecot, user) as connected:
        assert list(await connected.uids(b"INBOX")) == [(1, 4), (8, 10), (12, 20)]
        assert list(await connected.uids(b"Trash")) == []
    with Dovecot(without=["ESEARCH"]) as older:
        older.deliver("ann", letters(4))
        async with remote(older, "ann") as connected:
            assert list(await connected.uids(b"INBOX")) == [(1, 4)]


async def test_flags_and_only_those_changed_since(dovecot: Dovecot) -> None:
    user = dovecot.user()
    dovecot.deliver(user, letters(10))
    async with remote(dovecot, user) as connected:
        before = (await connected.look(b"INBOX")).highestmodseq
        assert before is not None
        with dovecot.client(user) as other:
            other.select()
            other.store("3", "+FLAGS", "\\Seen")
            other.store("8", "+FLAGS", "\\Answered Holiday")
        every = [state async for part in connected.flags(b"INBOX", ((1, 10),), None) for state in part]
        assert [state.uid for state in every] == list(range(1, 11))
        changed = [state async for part in connected.flags(b"INBOX", ((1, 10),), before) for state in part]
        assert [(state.uid, state.flags, state.keywords) for state in changed] == [
            (3, Flag.SEEN, ""),
            (8, Flag.ANSWERED, "Holiday"),
        ]


MIXED = (
    b"From: a@example.org\nSubject: mixed\nMIME-Version: 1.0\nContent-Type: multipart/mixed; boundary=b\n\n"
    b"--b\nContent-Type: multipart/alternative; boundary=c\n\n"
    b"--c\nContent-Type: text/plain; charset=utf-8\n\nplain\n--c\nContent-Type: text/html\n\n<p>html</p>\n--c--\n"
    b"--b\nContent-Type: application/pdf\nContent-Transfer-Encoding: base64\nContent-ID: <x@y>\n"
    b"Content-Disposition: attachment;\n filename*0*=utf-8''%E2%82%AC%20bill;\n filename*1*=.pdf\n\nJVBERi0=\n"
    b"--b\nContent-Type: image/png; name*=utf-8''%0A%1B\n\nx\n--b--\n"
)


async def test_the_structure_of_a_message_and_its_sections(dovecot: Dovecot) -> None:
    user = dovecot.user()
    dovecot.deliver(user, [MIXED])
    async with remote(dovecot, user) as connected:
        tree = await connected.structure(b"INBOX", 1)
        alternative, pdf, image = tree.parts
        assert (tree.section, tree.type) == ("", "multipart/mixed")
        assert [(part.section, part.type) for part in alternative.parts] == [
            ("1.1", "text/plain"),
            ("1.2", "text/html"),
        ]
        assert alternative.parts[0].params["charset"] == "utf-8"
        assert (pdf.filename, pdf.disposition, pdf.encoding, pdf.content_id) == (
            "€ bill.pdf",
            "attachment",
            "base64",
            "x@y",
        )
        assert image.filename == ""
        assert await connected.section(b"INBOX", 1, "1.1") == b"plain"
        assert await connected.section(b"INBOX", 1, "2") == b"JVBERi0="
        assert (await connected.section(b"INBOX", 1, "2.MIME")).startswith(b"Content-Type: application/pdf\r\n")
        assert b"Subject: mixed\r\n" in await connected.section(b"INBOX", 1, "HEADER")
        assert await connected.section(b"INBOX", 1, "") == MIXED.replace(b"\n", b"\r\n")
        with pytest.raises(NotFound):
            await connected.structure(b"INBOX", 99)
        with pytest.raises(NotFound):
            await connected.section(b"INBOX", 99, "")


async def test_a_large_message_comes_in_windows_and_tells_how_far(dovecot: Dovecot) -> None:
    user = dovecot.user()
    whole = next(letters(1)).replace(b"\n", b"\r\n") + b"0123456789abcdef" * 131_072
    dovecot.deliver(user, [whole])
    told: list[tuple[int, int]] = []
    async with ChaosProxy(dovecot.host, dovecot.port) as proxy, remote(dovecot, user, port=proxy.port) as connected:
        fetched = await connected.section(b"INBOX", 1, "", lambda now, all_: told.append((now, all_)), size=len(whole))
        assert fetched == whole
    assert told[-1] == (len(whole), len(whole)) and len(told) == 9
    assert {total for _, total in told} == {len(whole)}
    assert [now for now, _ in told] == sorted({now for now, _ in told})
    assert sum(b"FETCH" in line for line in proxy.lines) == 9


async def test_many_folders_at_once_never_mix(dovecot: Dovecot) -> None:
    user = dovecot.user()
    for name in ("One", "Two", "Three"):
        dovecot.deliver(user, (f"Subject: {name} {n}\n\nx\n".encode() for n in range(400)), name)

    async with remote(dovecot, user) as connected:

        async def subjects(folder: str) -> set[bytes]:
            name = folder.encode()
            heads = await all_heads(connected, name)
            body = await connected.section(name, 7, "HEADER")
            assert body.startswith(b"Subject: " + name + b" 6")
            return {head.block.split()[1] for head in heads}

        names = ["One", "Two", "Three", "One", "Two"]
        found = await asyncio.gather(*map(subjects, names))
    assert found == [{name.encode()} for name in names]


async def test_a_folder_is_left_only_when_its_replies_are_in(dovecot: Dovecot) -> None:
    user = dovecot.user()
    dovecot.deliver(user, letters(50))
    log = WireLog()
    async with (
        ChaosProxy(dovecot.host, dovecot.port, rtt=0.02) as proxy,
        remote(dovecot, user, port=proxy.port, log=log) as connected,
    ):
        await connected.look(b"INBOX")
        heads, trash = await asyncio.gather(all_heads(connected), connected.look(b"Trash"))
        assert len(heads) == 50 and trash.exists == 0
    said = [line.split(": ", 1)[1] for line in log.lines()]
    selected = next(at for at, line in enumerate(said) if "SELECT Trash" in line)
    asked = {line.split()[0] for line in said[:selected] if " UID " in line and not line.startswith("*")}
    answered = {line.split()[0] for line in said[:selected] if " OK " in line}
    assert asked and asked <= answered


async def test_a_caller_who_goes_away_leaves_the_line_in_step(dovecot: Dovecot) -> None:
    user = dovecot.user()
    dovecot.deliver(user, letters(2000))
    async with (
        ChaosProxy(dovecot.host, dovecot.port, rtt=0.004) as proxy,
        remote(dovecot, user, port=proxy.port) as connected,
    ):
        for _ in range(5):
            leaving = asyncio.create_task(all_heads(connected))
            await proxy.until_down(proxy.down + 20_000)
            leaving.cancel()
            with pytest.raises(asyncio.CancelledError):
                await leaving
            assert [head.uid for head in await connected.newest(b"INBOX", 3)] == [1998, 1999, 2000]
        assert (await connected.look(b"Trash")).exists == 0
        assert len(await all_heads(connected)) == 2000
    assert proxy.connections == 1


async def test_in_crumbs_of_one_octet_everything_is_the_same(dovecot: Dovecot) -> None:
    user = dovecot.user()
    dovecot.deliver(user, [*letters(12), MIXED])
    async with remote(dovecot, user) as connected:
        expected = (await connected.folders(), await all_heads(connected), await connected.structure(b"INBOX", 13))
    async with (
        ChaosProxy(dovecot.host, dovecot.port, chunk=1) as proxy,
        remote(dovecot, user, port=proxy.port) as connected,
    ):
        got = (await connected.folders(), await all_heads(connected), await connected.structure(b"INBOX", 13))
        assert await connected.section(b"INBOX", 13, "1.1") == b"plain"
    assert got == expected


async def test_a_window_of_a_folder_numbered_anew_does_not_count(dovecot: Dovecot) -> None:
    user = dovecot.user()
    dovecot.deliver(user, letters(1, 600_000))
    async with remote(dovecot, user) as connected:
        known = (await connected.look(b"INBOX")).uidvalidity
        assert len(await connected.section(b"INBOX", 1, "TEXT", uidvalidity=known)) > 600_000
        with pytest.raises(ServerRefused) as refused:
            await connected.section(b"INBOX", 1, "TEXT", uidvalidity=known + 1)
        assert refused.value.code == "UIDVALIDITY"


async def test_windows_go_on_where_they_were_left(dovecot: Dovecot) -> None:
    user = dovecot.user()
    dovecot.deliver(user, letters(1, 1_000_000))
    async with ChaosProxy(dovecot.host, dovecot.port) as proxy, remote(dovecot, user, port=proxy.port) as connected:
        whole = await connected.section(b"INBOX", 1, "TEXT")
        first = []
        async for window in connected.windows(b"INBOX", 1, "TEXT", 0, size=len(whole), uidvalidity=None):
            first.append(window)
            if len(first) == 2:
                break
        before = proxy.down
        start = sum(map(len, first))
        rest = [
            window async for window in connected.windows(b"INBOX", 1, "TEXT", start, size=len(whole), uidvalidity=None)
        ]
        assert b"".join(first + rest) == whole
        assert start == 2 * 262_144 and proxy.down - before < len(whole) - start + 2 * 262_144
