"""Messages: read, marked, copied, moved, removed and put anywhere, on a real server."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

import pytest

from tests.fakes.chaos import ChaosProxy
from tests.net.client.reach import client, scripted
from tests.net.reach import account, letters, password, uids_of
from tests.servers.dovecot import Dovecot
from tuimail.errors import ServerRefused
from tuimail.net.client import ImapClient
from tuimail.net.client.answers import NotOffered
from tuimail.protocol.errors import LocalProtocolError
from tuimail.protocol.imap.verbs.messages import Upload

FORMS = b"""From: =?utf-8?q?J=C3=B6rg?= <joerg@example.org>
To: ann@example.org, undisclosed: ;
Subject: two parts
Message-ID: <parts@example.org>
MIME-Version: 1.0
Content-Type: multipart/mixed; boundary=x

--x
Content-Type: text/plain; charset=utf-8
Content-Transfer-Encoding: base64

R3LDvMOfZQ==
--x
Content-Type: application/octet-stream; name=zeros
Content-Transfer-Encoding: base64

AAECAwA=
--x--
"""


async def test_fetch_tells_everything_asked_for_typed(dovecot: Dovecot) -> None:
    user = dovecot.user()
    dovecot.deliver(user, [FORMS], flags="\\Flagged $Forwarded", dates=["02-Feb-2024 10:00:00 +0100"])
    async with client(dovecot, user) as imap:
        await imap.select(condstore=True)
        (mail,) = await imap.fetch(
            "1:*",
            "UID",
            "FLAGS",
            "INTERNALDATE",
            "RFC822.SIZE",
            "MODSEQ",
            "ENVELOPE",
            "BODYSTRUCTURE",
            "SAVEDATE",
            "PREVIEW",
        )
    assert (mail.seq, mail.uid, mail.flags) == (1, 1, frozenset(("\\Flagged", "$Forwarded", "\\Recent")))
    assert mail.received == datetime(2024, 2, 2, 9, tzinfo=UTC)
    assert mail.size == len(FORMS.replace(b"\n", b"\r\n")) and mail.modseq and mail.saved
    assert mail.preview == "Grüße"
    envelope = mail.envelope
    assert envelope is not None and envelope.subject == b"two parts" and envelope.message_id == b"<parts@example.org>"
    assert envelope.from_[0].address == b"joerg@example.org" and envelope.from_[0].name == b"=?utf-8?q?J=C3=B6rg?="
    assert [one.address for one in envelope.to] == [b"ann@example.org", b"undisclosed", b""]
    structure = mail.structure
    assert structure is not None
    assert [part.type for part in structure.walk()] == ["multipart/mixed", "text/plain", "application/octet-stream"]
    assert mail.section() is None


async def test_what_was_not_asked_for_is_none(dovecot: Dovecot) -> None:
    user = dovecot.user()
    dovecot.deliver(user, letters(1))
    async with client(dovecot, user) as imap:
        await imap.select()
        (mail,) = await imap.fetch(1, "UID")
    for value in (mail.flags, mail.received, mail.size, mail.modseq, mail.envelope, mail.structure, mail.preview):
        assert value is None
    assert mail.saved is None and mail.labels is None and mail.gmail_thread_id is None and mail.binary("1") is None


async def test_sequence_numbers_are_numbers_and_not_uids(dovecot: Dovecot) -> None:
    user = dovecot.user()
    dovecot.deliver(user, letters(3))
    async with client(dovecot, user) as imap:
        await imap.select()
        await imap.store(1, "+", "\\Deleted", uid=False)
        await imap.expunge()
        assert [mail.uid for mail in await imap.fetch("1:*", "UID", uid=False)] == [2, 3]
        assert [mail.seq for mail in await imap.fetch([2, 3], "FLAGS")] == [1, 2]


async def test_a_section_comes_whole_or_in_windows(dovecot: Dovecot) -> None:
    user = dovecot.user()
    dovecot.deliver(user, [FORMS])
    whole = FORMS.replace(b"\n", b"\r\n")
    async with client(dovecot, user) as imap:
        await imap.select()
        (mail,) = await imap.fetch(1, "BODY.PEEK[]", "BODY.PEEK[HEADER.FIELDS (Subject)]", "BODY.PEEK[1]<2.4>")
        assert mail.section() == whole
        assert mail.section("HEADER.FIELDS") == b"Subject: two parts\r\n\r\n"
        assert mail.section("1", 2) == b"LDvM"
        assert await imap.partial(1, "", 10, 20) == whole[10:30]
        assert await imap.partial(1, "", 100_000, 20) == b""
        assert (await imap.fetch(1, "FLAGS"))[0].flags == frozenset(
            ("\\Recent",)
        )  # nothing was marked as read by looking


async def test_parts_come_decoded_by_binary(dovecot: Dovecot) -> None:
    user = dovecot.user()
    dovecot.deliver(user, [FORMS])
    async with client(dovecot, user) as imap:
        await imap.select()
        (mail,) = await imap.fetch(1, "BINARY.PEEK[2]", "BINARY.SIZE[2]", "BINARY.PEEK[1]<1.3>")
    assert mail.binary("2") == b"\0\1\2\3\0" and mail.binary_size("2") == 5
    assert mail.binary("1", 1) == "Grüße".encode()[1:4]


async def test_object_ids_previews_and_labels_are_read() -> None:
    script = r"""
        C: UID FETCH 7 \(EMAILID THREADID X-GM-MSGID X-GM-THRID X-GM-LABELS\)
        S: * 1 FETCH (UID 7 EMAILID (M9) THREADID NIL X-GM-MSGID 1278455344 X-GM-THRID 12 X-GM-LABELS (\Inbox "&APw-"))
        S: $TAG OK done
        C: UID STORE 7 \+X-GM-LABELS \("Zur Ablage" \\Starred "&APw-"\)
        S: * 1 FETCH (UID 7 X-GM-LABELS (\Inbox))
        S: $TAG OK done
    """
    async with scripted(script, "OBJECTID X-GM-EXT-1", selected=True) as imap:
        (mail,) = await imap.fetch(7, "EMAILID", "THREADID", "X-GM-MSGID", "X-GM-THRID", "X-GM-LABELS")
        stored = await imap.store_labels(7, "+", "Zur Ablage", "\\Starred", "ü")
    assert (mail.email_id, mail.thread_id, mail.gmail_message_id) == ("M9", None, 1278455344)
    assert (mail.gmail_thread_id, mail.labels) == (12, frozenset(("\\Inbox", "ü")))
    assert stored.messages[0].labels == frozenset(("\\Inbox",))


async def test_items_of_extensions_need_their_capability() -> None:
    async with scripted("", selected=True) as imap:
        for item in ("BINARY.PEEK[1]", "PREVIEW", "EMAILID", "MODSEQ", "X-GM-LABELS", "SAVEDATE"):
            with pytest.raises(NotOffered):
                await imap.fetch(1, item)
        with pytest.raises(NotOffered):
            await imap.store_labels(1, "+", "x")
        with pytest.raises(NotOffered):
            await imap.search_gmail("has:attachment")


async def test_flags_are_added_removed_and_replaced(dovecot: Dovecot) -> None:
    user = dovecot.user()
    dovecot.deliver(user, letters(3))
    async with client(dovecot, user) as imap:
        await imap.select()
        added = await imap.store([1, 3], "+", "\\Seen", "$Later")
        assert [mail.uid for mail in added.messages] == [1, 3]
        assert {"\\Seen", "$Later"} <= (added.messages[0].flags or set())
        assert (await imap.store(3, "-", "\\Seen", silent=True)).messages == ()
        await imap.store(1, "", "\\Draft", silent=True)
        now = [mail.flags for mail in await imap.fetch("1:3", "FLAGS")]
    assert [sorted((flags or set()) - {"\\Recent"}) for flags in now] == [["\\Draft"], [], ["$Later"]]


async def test_a_store_leaves_alone_what_somebody_else_has_changed(dovecot: Dovecot) -> None:
    user = dovecot.user()
    dovecot.deliver(user, letters(3))
    async with client(dovecot, user) as imap:
        box = await imap.select(condstore=True)
        assert box.highestmodseq is not None
        with dovecot.client(user) as other:
            other.select()
            other.store("2", "+FLAGS", "\\Flagged")
        stored = await imap.store("1:3", "+", "\\Seen", unchanged_since=box.highestmodseq)
        assert stored.modified == ((2, 2),)
        changed = await imap.fetch("1:*", "FLAGS", changed_since=box.highestmodseq)
        assert {mail.uid for mail in changed} == {1, 2, 3}


async def test_a_copy_tells_its_new_uids(dovecot: Dovecot) -> None:
    user = dovecot.user()
    dovecot.deliver(user, letters(3))
    async with client(dovecot, user) as imap:
        await imap.select()
        (copied,) = await imap.copy([1, 3], "Archive")
        assert copied.mapping(((1, 1), (3, 3))) == {1: 1, 3: 2}
        with pytest.raises(ServerRefused) as caught:
            await imap.copy(2, "nowhere")
    assert caught.value.code == "TRYCREATE"


@pytest.mark.parametrize(
    ("without", "verbs", "left"),
    [
        ([], [b"MOVE"], [1, 4]),
        (["MOVE"], [b"COPY", b"STORE", b"EXPUNGE"], [1, 4]),
        (["MOVE", "UIDPLUS"], [b"COPY", b"STORE"], [1, 2, 3, 4]),
    ],
)
async def test_a_move_spares_what_others_have_marked(without: list[str], verbs: list[bytes], left: list[int]) -> None:
    with Dovecot(without=without) as dovecot:
        dovecot.deliver("ann", letters(4))
        with dovecot.client("ann") as other:
            other.select()
            other.store("4", "+FLAGS", "\\Deleted")
        async with (
            ChaosProxy(dovecot.host, dovecot.port) as proxy,
            await ImapClient.connect(account(proxy.port, "ann"), password) as imap,
        ):
            await imap.select()
            (moved,) = await imap.move([2, 3], "Archive")
        assert moved.mapping(((2, 3),)) == {2: 1, 3: 2}
        assert [line.split()[2] for line in proxy.lines if line.split()[1] == b"UID"] == verbs
        with dovecot.client("ann") as other:
            other.select()
            assert uids_of(other.uid("SEARCH", "ALL")[1]) == left


@pytest.mark.parametrize(("said", "left"), [("* SEARCH 2 3", "2:3"), ("* SEARCH", "")])
async def test_what_comes_in_the_middle_of_a_move_is_not_removed_uncopied(said: str, left: str) -> None:
    """Without MOVE it is three commands, and `2:*` means more in the last of them than in the first."""
    steps = f"""
        C: UID COPY {left} Archive
        S: * 4 EXISTS
        S: $TAG OK [COPYUID 9 2:3 7:8] copied
        C: UID STORE {left} \\+FLAGS.SILENT .*
        S: $TAG OK stored
        C: UID EXPUNGE {left}
        S: $TAG OK gone
    """
    asked = f"""
        C: UID SEARCH UID 2:\\*
        S: {said}
        S: $TAG OK found
        {steps if left else ""}
    """
    async with scripted(asked, "UIDPLUS", selected=True) as imap:
        assert [one.mapping(((2, 3),)) for one in await imap.move("2:*", "Archive")] == ([{2: 7, 3: 8}] if left else [])


async def test_an_expunge_tells_what_went_and_may_be_of_some_uids_only(dovecot: Dovecot) -> None:
    user = dovecot.user()
    dovecot.deliver(user, letters(4), flags="\\Deleted")
    async with client(dovecot, user) as imap:
        box = await imap.select()
        assert len(await imap.expunge([2, 3])) == 2
        assert list(await imap.search()) == [1, 4] and box.exists == 2
        assert len(await imap.expunge()) == 2 and box.exists == 0


async def test_an_upload_keeps_flags_and_date_and_tells_its_uid(dovecot: Dovecot) -> None:
    user = dovecot.user()
    when = datetime(2021, 3, 4, 5, 6, 7, tzinfo=timezone(timedelta(hours=-3, minutes=-30)))
    async with client(dovecot, user) as imap:
        await imap.create("Entwürfe")
        went = await imap.append("Entwürfe", b"Subject: x\n\nhello\n", flags=["\\Seen", "$MDNSent"], date=when)
        assert went is not None and went.uids == ((1, 1),)
        box = await imap.select("Entwürfe")
        assert box.uidvalidity == went.uidvalidity
        (mail,) = await imap.fetch(1, "FLAGS", "INTERNALDATE", "BODY[]")
        assert mail.received == when and mail.flags is not None and {"\\Seen", "$MDNSent"} <= mail.flags
        assert mail.section() == b"Subject: x\r\n\r\nhello\r\n"
        with pytest.raises(ServerRefused) as caught:
            await imap.append("nowhere", b"x")
    assert caught.value.code == "TRYCREATE"


@pytest.mark.parametrize("literals", ["LITERAL+", "LITERAL-", "none"])
async def test_an_upload_travels_by_every_kind_of_literal(literals: str) -> None:
    hidden = {"LITERAL+", "LITERAL-"} - {literals}
    with Dovecot(without=["LITERAL+"] if "LITERAL+" in hidden else []) as dovecot:
        async with (
            ChaosProxy(dovecot.host, dovecot.port) as proxy,
            await ImapClient.connect(account(proxy.port, "ann"), password) as imap,
        ):
            if literals == "LITERAL-":  # Dovecot takes it, and announces LITERAL+ instead
                imap._machine.capabilities |= {"LITERAL-"}
            big = b"Subject: big\r\n\r\n" + b"x" * 5000
            await imap.append("INBOX", b"Subject: small\r\n\r\nx")
            await imap.append("INBOX", big)
            await imap.select()
            assert [mail.section() for mail in await imap.fetch("1:2", "BODY.PEEK[]")][1] == big
        waits = [line.endswith(b"}") and not line.endswith(b"+}") for line in proxy.lines if b" APPEND " in line]
        assert waits == {"LITERAL+": [False, False], "LITERAL-": [False, True], "none": [True, True]}[literals]


async def test_many_uploads_are_one_command_where_the_server_takes_it(dovecot: Dovecot) -> None:
    async with (
        ChaosProxy(dovecot.host, dovecot.port) as proxy,
        await ImapClient.connect(account(proxy.port, dovecot.user()), password) as imap,
    ):
        uploads = [Upload(letter, ["\\Seen"]) for letter in letters(20)]
        (went,) = await imap.append_all("Archive", uploads)
        assert went.uids == ((1, 20),)
        assert (await imap.status("Archive", "MESSAGES", "UNSEEN")) == {"MESSAGES": 20, "UNSEEN": 0}
    assert sum(b" APPEND " in line for line in proxy.lines) == 1


async def test_without_multiappend_each_upload_is_a_command() -> None:
    script = r"""
        C: APPEND INBOX \{1\+\}
        LIT 1
        L:
        S: $TAG OK [APPENDUID 9 4] done
        C: APPEND INBOX \(\\Seen\) "29-Feb-2024 00:00:00 \+0000" \{2\+\}
        LIT 2
        L:
        S: $TAG OK [APPENDUID 9 5] done
    """
    async with scripted(script, "LITERAL+") as imap:
        uploads = [Upload(b"a"), Upload(b"bc", ["\\Seen"], datetime(2024, 2, 29, tzinfo=UTC))]
        assert [went.uids for went in await imap.append_all("INBOX", uploads)] == [((4, 4),), ((5, 5),)]


@pytest.mark.parametrize("told", ["APPENDLIMIT=10", "APPENDLIMIT"])
async def test_a_message_beyond_the_limit_is_refused_here_in_a_sentence(told: str) -> None:
    script = "C: STATUS INBOX .APPENDLIMIT.\nS: * STATUS INBOX (APPENDLIMIT 10)\nS: $TAG OK done\n"
    async with scripted(script if told == "APPENDLIMIT" else "", told) as imap:
        with pytest.raises(ServerRefused) as caught:
            await imap.append("INBOX", b"x\n" * 5)
    assert caught.value.code == "TOOBIG"
    assert caught.value.sentence == "127.0.0.1 takes no message larger than 10 octets, and this one has 15."


async def test_a_message_with_nuls_needs_binary(dovecot: Dovecot) -> None:
    body = b"Subject: zeros\r\nContent-Transfer-Encoding: binary\r\n\r\na\0b"
    async with client(dovecot, dovecot.user()) as imap:
        await imap.append("INBOX", body)
        await imap.select()
        assert (await imap.fetch(1, "RFC822.SIZE"))[0].size
    async with scripted("") as imap:
        with pytest.raises(NotOffered):
            await imap.append("INBOX", body)


@pytest.mark.parametrize("wanted", ["", "0", "1;2", "1:*\r\nx NOOP", [], [0], [(5, 2)], "$,1", [1, 1 << 32]])
async def test_what_is_no_set_of_messages_is_not_sent(wanted: str | list[int]) -> None:
    async with scripted("", selected=True) as imap:
        with pytest.raises(LocalProtocolError):
            await imap.fetch(wanted, "FLAGS")


@pytest.mark.parametrize("flag", ["a b", "(x", "x\r\n", "", 'a"', "{3}", "\\\\x", "ü"])
async def test_what_is_no_flag_is_not_sent(flag: str) -> None:
    async with scripted("", selected=True) as imap:
        with pytest.raises(LocalProtocolError):
            await imap.store(1, "+", flag)
        with pytest.raises(LocalProtocolError):
            await imap.append("INBOX", b"x", flags=[flag])


@pytest.mark.parametrize("item", ["FLAGS\r\nx NOOP", "BODY[]{3}", "ü", ""])
async def test_what_is_no_item_is_not_sent(item: str) -> None:
    async with scripted("", selected=True) as imap:
        with pytest.raises(LocalProtocolError):
            await imap.fetch(1, item)
