"""Getting in, on a real server."""

from __future__ import annotations

import asyncio
import ssl
from pathlib import Path

import pytest

from tests.fakes.chaos import ChaosProxy
from tests.fakes.scripted import Scripted
from tests.net.reach import account, password, remote
from tests.servers.certificates import make_certificate
from tests.servers.dovecot import PASSWORD, Dovecot
from tuimail.errors import InsecureConnection, LoginRefused, SecretUnavailable, Unreachable
from tuimail.model import Security
from tuimail.net import tls
from tuimail.net.imap import connect_imap
from tuimail.net.wirelog import WireLog


@pytest.mark.parametrize("security", list(Security))
async def test_every_kind_of_protection_reaches_the_inbox(dovecot: Dovecot, security: Security) -> None:
    async with remote(dovecot, dovecot.user(), security) as connected:
        assert (await connected.look(b"INBOX")).exists == 0


async def test_a_wrong_password_is_told_in_a_sentence_with_a_next_step(dovecot: Dovecot) -> None:
    async def wrong() -> str:
        return "not the password"

    with pytest.raises(LoginRefused) as caught:
        await connect_imap(account(dovecot.tls_port, "ann", Security.TLS, ca_file=dovecot.cafile), wrong)
    assert caught.value.sentence.endswith("refused the login of ann: Authentication failed.")
    assert caught.value.next_step and not caught.value.busy


async def test_a_password_beyond_ascii_and_with_quotes_arrives_as_it_is() -> None:
    async def odd() -> str:
        return 'pä"s\\s'

    script = r"""
        S: * OK [CAPABILITY IMAP4rev1 LITERAL+] hi
        C: LOGIN "ann" \{7\+\}
        LIT 7
        L:
        S: $TAG OK [CAPABILITY IMAP4rev1] in
        C: LIST .*
        S: $TAG OK done
        C: LOGOUT
        S: $TAG OK bye
    """
    async with Scripted(script) as server:
        connected = await connect_imap(account(server.port), odd)
        await connected.close()
    assert 'pä"s\\s'.encode() in server.received


async def test_a_certificate_nobody_vouches_for_stops_before_the_password(dovecot: Dovecot) -> None:
    for security, port in ((Security.TLS, dovecot.tls_port), (Security.STARTTLS, dovecot.port)):
        with pytest.raises(InsecureConnection) as caught:
            await connect_imap(account(port, security=security), password)
        assert "signed by nobody but itself" in caught.value.sentence
        assert "ca_file" in caught.value.next_step


async def test_a_certificate_of_another_name_stops_before_the_password(tmp_path: Path) -> None:
    other = make_certificate(tmp_path, ["DNS:mail.example.org"])
    async with Scripted("S: * OK hi\nC: STARTTLS\nS: $TAG OK go\nTLS", certificate=other, keep=True) as server:
        with pytest.raises(InsecureConnection, match=r"belongs to another (name|address)"):
            await connect_imap(account(server.port, security=Security.STARTTLS, ca_file=str(other.cert)), password)
    assert PASSWORD.encode() not in server.received


def test_no_tls_older_than_1_2_is_spoken() -> None:
    context = tls.context(tls.Trust())
    assert context.minimum_version >= ssl.TLSVersion.TLSv1_2
    assert context.check_hostname and context.verify_mode is ssl.CERT_REQUIRED


async def test_a_missing_ca_file_is_named(dovecot: Dovecot) -> None:
    with pytest.raises(InsecureConnection, match=r"/nowhere/ca\.pem"):
        await connect_imap(account(dovecot.tls_port, security=Security.TLS, ca_file="/nowhere/ca.pem"), password)


async def test_tls_towards_a_plain_port_says_which_port_wants_what(dovecot: Dovecot) -> None:
    with pytest.raises(InsecureConnection) as caught:
        await connect_imap(account(dovecot.port, security=Security.TLS, ca_file=dovecot.cafile), password)
    assert "does not speak TLS" in caught.value.sentence and "starttls" in caught.value.next_step


async def test_a_closed_port_and_an_unknown_name_are_told_apart() -> None:
    async with ChaosProxy("127.0.0.1", 1) as proxy:
        port = proxy.port
    with pytest.raises(Unreachable, match="takes no connections"):
        await connect_imap(account(port), password)
    with pytest.raises(Unreachable, match="not known"):
        await connect_imap(account(993, host="no-such-host.invalid"), password)


async def test_no_password_to_be_had_ends_the_attempt(dovecot: Dovecot) -> None:
    async def nobody_there() -> str:
        raise SecretUnavailable("Nobody to ask.")

    with pytest.raises(SecretUnavailable):
        await connect_imap(account(dovecot.port), nobody_there)


async def test_the_password_is_asked_while_the_connection_is_made(dovecot: Dovecot) -> None:
    asked = asyncio.Event()

    async def answered_later() -> str:
        asked.set()
        return PASSWORD

    async with ChaosProxy(dovecot.host, dovecot.port, rtt=0.02) as proxy:
        connecting = asyncio.create_task(connect_imap(account(proxy.port, dovecot.user()), answered_later))
        await asked.wait()
        assert proxy.down == 0
        await (await connecting).close()


async def test_logging_in_and_what_follows_takes_two_segments(dovecot: Dovecot) -> None:
    async with (
        ChaosProxy(dovecot.host, dovecot.port) as proxy,
        remote(dovecot, dovecot.user(), port=proxy.port) as connected,
    ):
        assert len(await connected.folders()) == 6
        assert proxy.segments_up == 2
        assert [line.split()[1] for line in proxy.lines] == [b"AUTHENTICATE", b"ENABLE", b"ID", b"NAMESPACE", b"LIST"]


async def test_the_log_shows_the_dialogue_and_not_the_password(dovecot: Dovecot) -> None:
    log = WireLog()
    async with remote(dovecot, dovecot.user(), log=log) as connected:
        await connected.look(b"INBOX")
    text = "\n".join(log.lines())
    assert "C: a1 AUTHENTICATE PLAIN ***" in text and "SELECT INBOX" in text
    assert "dABlAHMAdA" not in text and PASSWORD not in text.replace("tests", "")


async def test_a_first_folder_is_opened_beside_the_list_of_folders(dovecot: Dovecot) -> None:
    user = dovecot.user()
    async with (
        ChaosProxy(dovecot.host, dovecot.port, rtt=0.05) as proxy,
        remote(dovecot, user, port=proxy.port) as connected,
    ):
        before = proxy.down
        looking = asyncio.create_task(connected.look(b"INBOX"))
        while not proxy.lines[-1].endswith(b"(CONDSTORE)"):
            await proxy.moved()
        assert proxy.down == before  # SELECT went out before LIST was answered
        assert (await looking).exists == 0 and len(await connected.folders()) == 6
