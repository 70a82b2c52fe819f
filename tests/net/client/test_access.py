"""Getting in by every door, and the commands that belong to no mailbox."""

from __future__ import annotations

import asyncio
import shutil
import sys

import pytest

from tests.fakes.scripted import Scripted
from tests.net.client.reach import client, scripted
from tests.net.reach import account, letters, password
from tests.servers.dovecot import MASTER, PASSWORD, Dovecot
from tuimail.errors import ConnectionLost, InsecureConnection, LoginRefused, ServerRefused, Unreachable
from tuimail.model import Security
from tuimail.net.client import ImapClient
from tuimail.net.client.answers import NotOffered
from tuimail.net.pipe import over_command
from tuimail.net.stream import dial
from tuimail.net.wirelog import WireLog
from tuimail.protocol.errors import LocalProtocolError
from tuimail.protocol.imap.responses import Exists, StatusData
from tuimail.protocol.imap.verbs.arguments import Text
from tuimail.protocol.sasl.mechanism import Credentials
from tuimail.protocol.sasl.simple import Login


async def greeted(port: int) -> ImapClient:
    return await ImapClient.over(await dial("127.0.0.1", port, trust=None))


@pytest.mark.parametrize("security", list(Security))
async def test_every_kind_of_protection_leads_in(dovecot: Dovecot, security: Security) -> None:
    async with client(dovecot, dovecot.user(), security) as imap:
        assert (await imap.select()).exists == 0


async def test_login_plain_and_login_by_sasl_lead_in(dovecot: Dovecot) -> None:
    for way in ("LOGIN", "PLAIN", "SASL LOGIN"):
        async with await greeted(dovecot.port) as imap:
            user = dovecot.user()
            if way == "LOGIN":
                await imap.login(user, PASSWORD)
            elif way == "PLAIN":
                await imap.login_plain(user, PASSWORD)
            else:
                await imap.authenticate(Login(Credentials(user, PASSWORD)))
            assert "UIDPLUS" in imap.capabilities
            assert (await imap.status("INBOX"))["MESSAGES"] == 0
            assert PASSWORD not in "\n".join(imap.log.lines()).replace("127.0.0.1", "")


async def test_a_wrong_password_says_whose_and_the_connection_may_be_tried_again(dovecot: Dovecot) -> None:
    async with await greeted(dovecot.port) as imap:
        for way in (imap.login, imap.login_plain):
            with pytest.raises(LoginRefused) as caught:
                await way("ann", "wrong")
            assert "(ann)" in caught.value.sentence
        await imap.login(dovecot.user(), PASSWORD)


async def test_a_master_opens_somebody_elses_mailbox(sharing: Dovecot) -> None:
    user = sharing.user()
    sharing.deliver(user, letters(2))
    async with await greeted(sharing.port) as imap:
        await imap.login_plain(MASTER, PASSWORD, authorize_as=user)
        assert (await imap.status("INBOX"))["MESSAGES"] == 2


async def test_proxyauth_is_said_where_it_is_understood() -> None:
    async with scripted("C: PROXYAUTH bob\nS: $TAG OK now you are bob\n") as imap:
        await imap.proxyauth("bob")


async def test_cram_md5_answers_the_challenge_of_rfc_2195() -> None:
    script = r"""
        S: * OK [CAPABILITY IMAP4rev1 AUTH=CRAM-MD5] hi
        C: AUTHENTICATE CRAM-MD5
        S: + PDE4OTYuNjk3MTcwOTUyQHBvc3RvZmZpY2UucmVzdG9uLm1jaS5uZXQ+
        L: dGltIGI5MTNhNjAyYzdlZGE3YTQ5NWI0ZTZlNzMzNGQzODkw
        S: $TAG OK [CAPABILITY IMAP4rev1] in
        C: LOGOUT
        S: $TAG OK bye
    """
    async with Scripted(script) as server, await greeted(server.port) as imap:
        await imap.login_cram_md5("tim", "tanstaaftanstaaf")


async def test_an_exchange_that_goes_wrong_is_cancelled_in_order() -> None:
    script = r"""
        S: * OK [CAPABILITY IMAP4rev1 AUTH=LOGIN] hi
        C: AUTHENTICATE CRAM-MD5
        S: + !!!
        L: \*
        S: $TAG BAD cancelled
        C: NOOP
        S: $TAG OK done
        C: LOGOUT
        S: $TAG OK bye
    """
    async with Scripted(script) as server, await greeted(server.port) as imap:
        with pytest.raises(LoginRefused):
            await imap.login_cram_md5("ann", "x")
        await imap.noop()


async def test_a_server_that_takes_no_login_is_not_given_the_password() -> None:
    script = "S: * OK [CAPABILITY IMAP4rev1 LOGINDISABLED] hi\nC: LOGOUT\nS: $TAG OK bye"
    async with Scripted(script) as server, await greeted(server.port) as imap:
        with pytest.raises(LoginRefused):
            await imap.login("ann", "secret-word")
    assert b"secret-word" not in server.received


async def test_no_secret_leaves_where_others_could_listen(monkeypatch: pytest.MonkeyPatch) -> None:
    script = "S: * OK [CAPABILITY IMAP4rev1 AUTH=PLAIN] hi\nC: LOGOUT\nS: $TAG OK bye"
    async with Scripted(script) as server:
        stream = await dial("127.0.0.1", server.port, trust=None)
        monkeypatch.setattr(type(stream), "loopback", property(lambda _: False))
        async with await ImapClient.over(stream) as imap:
            for way in (imap.login, imap.login_plain):
                with pytest.raises(InsecureConnection):
                    await way("ann", "secret-word")
    assert b"secret-word" not in server.received


@pytest.mark.parametrize("greeting", ["* BYE too many of you", "* PREAUTH welcome"])
async def test_a_greeting_that_leads_nowhere_is_told(greeting: str) -> None:
    async with Scripted(f"S: {greeting}\n") as server:
        with pytest.raises(Unreachable):
            await greeted(server.port)


async def test_both_sides_introduce_themselves(dovecot: Dovecot) -> None:
    async with client(dovecot, dovecot.user()) as imap:
        assert (await imap.id({"name": "tuimail"}))["name"] == "Dovecot"
        assert await imap.capability() == imap.capabilities
        assert "CONDSTORE" in await imap.enable("CONDSTORE") and "CONDSTORE" in imap.enabled


async def test_who_enables_without_saying_so_is_believed() -> None:
    async with scripted("C: ENABLE QRESYNC\nS: $TAG OK done\n", "ENABLE QRESYNC") as imap:
        assert await imap.enable("QRESYNC") == {"QRESYNC"}
    async with scripted("") as imap:
        with pytest.raises(NotOffered):
            await imap.enable("QRESYNC")


async def test_a_raw_command_gives_everything_it_was_told(dovecot: Dovecot) -> None:
    async with client(dovecot, dovecot.user()) as imap:
        reply = await imap.raw("STATUS", Text("INBOX"), "(MESSAGES)")
        assert reply.told == (StatusData(b"INBOX", {"MESSAGES": 0}),)
        with pytest.raises(ServerRefused):
            await imap.raw("X-NONSENSE", "a")
        for name in ("IDLE", "logout", "NOOP\r\nx LOGOUT"):
            with pytest.raises(LocalProtocolError):
                await imap.raw(name)


async def test_what_the_server_wants_the_user_to_read_is_kept() -> None:
    async with scripted("C: NOOP\nS: * OK [ALERT] down at \x1b[31mnoon\nS: * 4 EXISTS\nS: $TAG OK done\n") as imap:
        await imap.noop()
        assert imap.alerts == ["down at [31mnoon"]
        assert imap.heard[-1] == Exists(4)


async def test_the_wire_log_is_there_to_be_read(dovecot: Dovecot) -> None:
    log = WireLog()
    async with await ImapClient.connect(account(dovecot.port, dovecot.user()), password, log=log) as imap:
        await imap.noop()
        assert imap.log is log
    assert any(line.endswith(" NOOP") for line in log.lines())


async def test_commands_of_many_tasks_wait_for_their_turn(dovecot: Dovecot) -> None:
    user = dovecot.user()
    dovecot.deliver(user, letters(5))
    async with client(dovecot, user) as imap:
        await imap.select()
        found = await asyncio.gather(*(imap.search("UID", f"{n}:*") for n in range(1, 6)))
    assert [one.count for one in found] == [5, 4, 3, 2, 1]


async def test_a_command_whose_caller_left_does_not_answer_the_next_one() -> None:
    script = r"""
        C=one: UID SEARCH ALL
        S: * OK thinking
        S: * SEARCH 1 2 3
        S: $one OK done
        C: UID SEARCH UNSEEN
        S: * SEARCH 2
        S: $TAG OK done
    """
    async with scripted(script, selected=True) as imap:
        first = asyncio.ensure_future(imap.search())
        await asyncio.sleep(0)
        first.cancel()
        assert list(await imap.search("UNSEEN")) == [2]


async def test_a_command_given_after_the_end_says_so(dovecot: Dovecot) -> None:
    async with client(dovecot, dovecot.user()) as imap:
        await imap.logout()
        with pytest.raises(ConnectionLost):
            await imap.noop()
        await imap.logout()


# --- a stream over a command --------------------------------------------------------------------


def dovecots_imap(server: Dovecot, user: str) -> list[str]:
    binary = shutil.which("imap", path="/usr/lib/dovecot:/usr/libexec/dovecot")
    assert binary is not None
    return [binary, "-c", str(server.folder / "dovecot.conf"), "-u", user]


async def test_a_command_speaks_imap_and_is_believed_that_we_are_in(dovecot: Dovecot) -> None:
    user = dovecot.user()
    dovecot.deliver(user, letters(3))
    async with await ImapClient.from_command(dovecots_imap(dovecot, user)) as imap:
        assert imap.greeting is not None and imap.greeting.status == "PREAUTH"
        assert (await imap.select()).exists == 3
        assert len(await imap.fetch("1:3", "BODY.PEEK[]")) == 3


async def test_a_command_that_does_not_exist_is_told() -> None:
    with pytest.raises(Unreachable) as caught:
        await ImapClient.from_command(["/nowhere/imapd"])
    assert "/nowhere/imapd cannot be started" in caught.value.sentence


async def test_a_command_that_ends_without_a_word_is_told() -> None:
    with pytest.raises(ConnectionLost):
        await ImapClient.from_command(["true"])


async def test_a_command_that_will_not_leave_is_ended(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tuimail.net.pipe.LEAVE_SECONDS", 0.05)
    deaf = (
        "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); time.sleep(600)"  # to no word and no end
    )
    stream = await over_command([sys.executable, "-c", deaf])
    await stream.close()
    assert await stream.ended == -9
