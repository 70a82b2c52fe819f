"""Servers, and people in between, who want the password or our belief (NO STARTTLS, USENIX Security 2021)."""

from __future__ import annotations

import base64
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.fakes.scripted import Scripted
from tests.net.reach import SECRET, account, secret
from tests.servers.certificates import Certificate, make_certificate
from tuimail.errors import ConnectionLost, InsecureConnection, LoginRefused, ProtocolTrouble, TuimailError, Unreachable
from tuimail.model import Account, Security
from tuimail.net.imap import connect_imap
from tuimail.net.wirelog import WireLog

PLAIN = base64.b64encode(f"\0ann\0{SECRET}".encode()).decode()


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Certificate]:
    yield make_certificate(Path(tmp_path_factory.mktemp("tls")))


def spellings() -> list[bytes]:
    """The secret as it would stand on the line: plain, or in base64 at each of its three alignments."""
    return [SECRET.encode(), *(base64.b64encode(before + SECRET.encode())[4:-4] for before in (b"", b"x", b"xx"))]


async def refused(script: str, error: type[TuimailError], security: Security = Security.STARTTLS) -> TuimailError:
    """Connect, be refused with this error, and see that nothing secret was sent."""
    async with Scripted(script, keep=True) as server:
        with pytest.raises(error) as caught:
            await connect_imap(account(server.port, security=security), secret)
    for spelling in spellings():
        assert spelling not in server.received
    assert b"LOGIN" not in server.received and b"AUTHENTICATE" not in server.received
    return caught.value


async def test_a_stripped_starttls_gets_no_password() -> None:
    error = await refused("S: * OK [CAPABILITY IMAP4rev1 AUTH=PLAIN] hi", InsecureConnection)
    assert "STARTTLS" in error.sentence and error.next_step


@pytest.mark.parametrize("answer", ["NO [UNAVAILABLE] log in as usual", "BAD unknown command"])
async def test_a_refused_starttls_gets_no_password(answer: str) -> None:
    await refused(f"S: * OK hi\nC: STARTTLS\nS: $TAG {answer}", InsecureConnection)


async def test_words_behind_the_ok_to_starttls_are_an_attack() -> None:
    script = r"""
        S: * OK hi
        C: STARTTLS
        S>> "$TAG OK go\r\n* CAPABILITY IMAP4rev1 AUTH=PLAIN XINJECTED\r\n* OK [ALERT] hello\r\n"
    """
    await refused(script, InsecureConnection)


@pytest.mark.parametrize("security", [Security.STARTTLS, Security.PLAIN])
async def test_a_greeting_that_says_logged_in_already_is_not_believed(security: Security) -> None:
    await refused("S: * PREAUTH [CAPABILITY IMAP4rev1] hi", InsecureConnection, security)


async def test_no_password_in_the_clear_where_login_is_disabled() -> None:
    await refused("S: * OK [CAPABILITY IMAP4rev1 LOGINDISABLED] hi", InsecureConnection, Security.PLAIN)


async def test_no_password_in_the_clear_beyond_this_machine(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tuimail.net.stream.Stream.loopback", False)
    error = await refused("S: * OK [CAPABILITY IMAP4rev1 STARTTLS] hi", InsecureConnection, Security.PLAIN)
    assert "not protected" in error.sentence


async def test_in_the_clear_by_the_users_own_word(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tuimail.net.stream.Stream.loopback", False)
    async with Scripted("S: * OK [CAPABILITY IMAP4rev1] hi\nC: LOGIN .*\nS: $TAG NO no", keep=True) as server:
        asked = Account("test", "127.0.0.1", server.port, "ann", Security.PLAIN, allow_plaintext=True)
        with pytest.raises(LoginRefused):
            await connect_imap(asked, secret)


async def test_what_was_said_before_tls_is_forgotten(certificate: Certificate) -> None:
    script = r"""
        S: * OK [CAPABILITY IMAP4rev1 STARTTLS MOVE IDLE AUTH=PLAIN SASL-IR] hi
        C: STARTTLS
        S: * LIST () "/" "INJ-BOX"
        S: $TAG OK go
        TLS
        C: CAPABILITY
        S: * CAPABILITY IMAP4rev1
        S: $TAG OK
        C: LOGIN "ann" .*
        S: $TAG OK [CAPABILITY IMAP4rev1 UIDPLUS] in
        C: LIST "" "\*"
        S: * LIST () "/" INBOX
        S: $TAG OK
        C: STATUS INBOX .*
        S: * STATUS INBOX (MESSAGES 3)
        S: $TAG OK
        C: LOGOUT
        S: $TAG OK bye
    """
    async with Scripted(script, certificate=certificate) as server:
        asked = account(server.port, security=Security.STARTTLS, ca_file=str(certificate.cert))
        connected = await connect_imap(asked, secret)
        assert not connected.abilities.move and not connected.abilities.idle and connected.abilities.uidplus
        assert [folder.display for folder in await connected.folders()] == ["INBOX"]
        await connected.close()


async def test_a_referral_is_not_followed() -> None:
    async with (
        Scripted("HUSH") as elsewhere,
        Scripted(
            f"S: * OK [CAPABILITY IMAP4rev1] hi\nC: LOGIN .*\n"
            f"S: $TAG NO [REFERRAL imap://ann;AUTH=*@127.0.0.1:{elsewhere.port}/] moved"
        ) as server,
    ):
        with pytest.raises(LoginRefused):
            await connect_imap(account(server.port), secret)
        assert elsewhere.connections == 0


@pytest.mark.parametrize(
    "answer", ["NO [UNAVAILABLE] back soon", "NO [LIMIT] enough", "NO Too many connections, try again later"]
)
async def test_a_server_that_is_only_busy_is_not_a_wrong_password(answer: str) -> None:
    async with Scripted(f"S: * OK [CAPABILITY IMAP4rev1] hi\nC: LOGIN .*\nS: $TAG {answer}") as server:
        with pytest.raises(LoginRefused) as caught:
            await connect_imap(account(server.port), secret)
    assert caught.value.busy


async def test_escape_sequences_in_a_refusal_do_not_reach_the_sentence() -> None:
    script = r"""
        S: * OK [CAPABILITY IMAP4rev1] hi
        C: LOGIN .*
        S>> "$TAG NO no \x1b]0;owned\x07 \xe2\x80\xae entry\r\n"
    """
    async with Scripted(script) as server:
        with pytest.raises(LoginRefused) as caught:
            await connect_imap(account(server.port), secret)
    assert caught.value.sentence.isprintable() and "owned" in caught.value.sentence


async def test_a_server_that_takes_no_passwords_at_all_is_named() -> None:
    script = "S: * OK [CAPABILITY IMAP4rev1 STARTTLS AUTH=XOAUTH2 LOGINDISABLED] hi"
    async with Scripted(script, keep=True) as server:
        with pytest.raises(InsecureConnection):
            await connect_imap(account(server.port), secret)
    assert SECRET.encode() not in server.received


async def test_a_server_that_turns_us_away_says_why() -> None:
    async with Scripted("S: * BYE not for you") as server:
        with pytest.raises(Unreachable, match="not for you"):
            await connect_imap(account(server.port), secret)
    async with Scripted("S: * BYE too many of you") as server:
        with pytest.raises(LoginRefused, match="too many of you") as caught:
            await connect_imap(account(server.port), secret)
        assert caught.value.busy, "it is tried again later"


async def test_something_that_is_no_imap_server_is_left() -> None:
    error = await refused("S: 220 mail.example.org ESMTP", ProtocolTrouble, Security.PLAIN)
    assert "220" in error.sentence


async def test_a_server_without_a_greeting_is_left_in_time(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tuimail.net.login.GREETING_SECONDS", 0.05)
    error = await refused("HUSH", ConnectionLost)
    assert "greeting" in error.sentence


async def test_a_server_that_drips_its_answer_to_login_is_left_in_time(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tuimail.net.login.LOGIN_SECONDS", 0.05)
    script = "S: * OK [CAPABILITY IMAP4rev1] hi\nC: LOGIN .*\nLOOP\nS: * OK wait\nS: * OK wait\nEND"
    async with Scripted(script) as server:
        with pytest.raises(ConnectionLost, match="to log in"):
            await connect_imap(account(server.port), secret)


async def test_a_password_the_server_echoes_is_struck_from_the_log() -> None:
    log = WireLog()
    async with Scripted(f"S: * OK [CAPABILITY IMAP4rev1] hi\nC: LOGIN .*\nS: $TAG NO not {SECRET} {PLAIN}") as server:
        with pytest.raises(LoginRefused):
            await connect_imap(account(server.port), secret, log=log)
    text = "\n".join(log.lines())
    assert "LOGIN" in text and SECRET not in text and PLAIN not in text
