"""Every way into a real server, and who is not given the password."""

from __future__ import annotations

import ssl
from collections.abc import Iterator

import pytest

from tests.fakes.pop_server import PopServer
from tests.fakes.scripted import Scripted
from tests.net.pop.reach import asked
from tests.net.reach import SECRET, account, password, secret
from tests.servers.certificates import Certificate, make_certificate
from tests.servers.dovecot import PASSWORD, Dovecot
from tuimail.errors import (
    CertificateRefused,
    ConnectionLost,
    InsecureConnection,
    LoginRefused,
    ProtocolTrouble,
    Unreachable,
)
from tuimail.model import Account, Security
from tuimail.net.pop import login
from tuimail.net.pop.login import meet, open_pop
from tuimail.net.stream import dial
from tuimail.net.wirelog import WireLog
from tuimail.protocol.pop3 import commands
from tuimail.records import replace


@pytest.fixture(scope="module")
def dovecot_pop3() -> Iterator[Dovecot]:
    """With every way to log in there is."""
    with Dovecot(mechanisms="plain login cram-md5 scram-sha-1 scram-sha-256 apop xoauth2 oauthbearer") as server:
        yield server


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Certificate:
    return make_certificate(tmp_path_factory.mktemp("tls"))


def at(server: Dovecot, security: Security, auth: str = "auto", user: str = "") -> Account:
    port = server.pop_tls_port if security is Security.TLS else server.pop_port
    return replace(account(port, user or server.user(), security, ca_file=server.cafile), auth=auth)


async def logged_in(asked: Account, given: str = PASSWORD, log: WireLog | None = None) -> str:
    """How it was done."""

    async def ready() -> str:
        return given

    opened = await open_pop(asked, ready, log=log)
    await opened.close()
    return opened.mechanism


@pytest.mark.parametrize("security", [Security.TLS, Security.STARTTLS, Security.PLAIN])
async def test_every_kind_of_protection_leads_in(dovecot_pop3: Dovecot, security: Security) -> None:
    opened = await open_pop(at(dovecot_pop3, security), password)
    assert opened.mechanism == "SCRAM-SHA-256" and "Dovecot" in opened.greeting
    assert opened.driver.stream.secure == (security is not Security.PLAIN)
    assert await opened.listing() == []
    await opened.quit()


@pytest.mark.parametrize("auth", ["plain", "login", "cram-md5", "scram-sha-1", "scram-sha-256", "apop"])
async def test_dovecot_lets_us_in_by_every_mechanism_it_has(dovecot_pop3: Dovecot, auth: str) -> None:
    assert (await logged_in(at(dovecot_pop3, Security.TLS, auth))).lower() == auth


@pytest.mark.parametrize("auth", ["xoauth2", "oauthbearer"])
async def test_a_token_lets_us_in(dovecot_pop3: Dovecot, auth: str) -> None:
    user = dovecot_pop3.user()
    wanted = replace(at(dovecot_pop3, Security.TLS, auth, user), token_command=("true",))
    assert (await logged_in(wanted, dovecot_pop3.token(user))).lower() == auth
    with pytest.raises(LoginRefused, match="refused the access token") as caught:
        await logged_in(wanted, dovecot_pop3.token(user, seconds=-30))
    assert "{" not in caught.value.sentence


async def test_user_and_pass_lead_in_where_nothing_else_is_offered(dovecot_pop3: Dovecot) -> None:
    wanted = replace(at(dovecot_pop3, Security.TLS), mask=("SASL",))
    log = WireLog()
    assert await logged_in(wanted, log=log) == "the USER command"
    text = "\n".join(log.lines())
    assert "C: PASS ***" in text and "CAPA" in text


async def test_a_wrong_password_is_sent_once(dovecot_pop3: Dovecot) -> None:
    log = WireLog()
    with pytest.raises(LoginRefused, match="refused the login") as caught:
        await logged_in(at(dovecot_pop3, Security.TLS), "wrong", log)
    assert caught.value.secret and sum("AUTH " in line for line in log.lines()) == 1


async def test_apop_goes_before_the_password_in_the_clear_and_never_inside_tls(certificate: Certificate) -> None:
    async with PopServer() as server:
        assert await logged_in(asked(server.port)) == "APOP"
    async with PopServer([], "no_apop") as server:
        assert await logged_in(asked(server.port)) == "PLAIN"
        with pytest.raises(LoginRefused, match="does not offer APOP"):
            await logged_in(asked(server.port, auth="apop"))
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(certificate.cert, certificate.key)
    async with PopServer(certificate=context) as server:
        inside = asked(server.port, security=Security.STARTTLS, ca_file=str(certificate.cert))
        assert await logged_in(inside) == "PLAIN"
        assert await logged_in(replace(inside, auth="apop")) == "APOP"


async def test_xoauth2_answers_the_complaint_before_the_no() -> None:
    async with PopServer([], "no_apop") as server:
        wanted = asked(server.port, auth="xoauth2")
        assert await logged_in(wanted, "token") == "XOAUTH2"
        with pytest.raises(LoginRefused, match="refused the access token"):
            await logged_in(wanted, "old")


async def test_a_password_with_blanks_and_umlauts_travels_as_it_is() -> None:
    script = """
        S: +OK hi
        L: CAPA
        S: -ERR what
        L: USER ann
        S: +OK
        L: PASS\\s{2}wörd two\\s
        S: +OK in
        L: CAPA
        S: -ERR
        L: QUIT
        S: +OK
    """
    async with Scripted(script) as server:
        assert await logged_in(account(server.port), " wörd two ") == "the USER command"


async def test_a_password_that_would_end_the_line_is_refused_before_a_word() -> None:
    async with Scripted("S: +OK hi\nL: CAPA\nS: -ERR what", keep=True) as server:
        with pytest.raises(LoginRefused, match="character"):
            await logged_in(account(server.port), "a\r\nDELE 1")
    assert b"DELE" not in server.received and b"USER" not in server.received


async def test_rpop_is_said_where_somebody_still_lives_in_1988() -> None:
    async with Scripted("S: +OK hi\nL: RPOP ann\nS: +OK welcome back") as server:
        met = await meet(account(server.port), await dial("127.0.0.1", server.port, trust=None))
        assert (await met.ask(commands.rpop("ann"))).text == "welcome back"
        await met.driver.close()


# --- who is not given the password ------------------------------------------------------------


async def refused(script: str, error: type[Exception], security: Security = Security.STARTTLS) -> str:
    """Connect, be refused with this error, and see that nothing secret was sent."""
    async with Scripted(script, keep=True) as server:
        with pytest.raises(error) as caught:
            await open_pop(account(server.port, security=security), secret)
    for word in (SECRET.encode(), b"USER", b"PASS", b"AUTH", b"APOP"):
        assert word not in server.received
    return str(caught.value)


@pytest.mark.parametrize("answer", ["-ERR no", "-ERR [SYS/PERM] log in as usual", "-ERR"])
async def test_a_refused_stls_gets_no_password(answer: str) -> None:
    assert "STLS" in await refused(f"S: +OK hi <1@x>\nL: STLS\nS: {answer}", InsecureConnection)


async def test_words_behind_the_ok_to_stls_are_an_attack() -> None:
    script = 'S: +OK hi\nL: STLS\nS>> "+OK go\\r\\n+OK\\r\\n+OK logged in\\r\\n"'
    assert "in the clear" in await refused(script, InsecureConnection)


async def test_no_password_in_the_clear_beyond_this_machine(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tuimail.net.stream.Stream.loopback", False)
    assert "not protected" in await refused("S: +OK hi", InsecureConnection, Security.PLAIN)


async def test_a_certificate_nobody_trusts_is_shown_and_gets_no_password(certificate: Certificate) -> None:
    async with Scripted("S: +OK hi\nL: STLS\nS: +OK go\nTLS", certificate=certificate, keep=True) as server:
        with pytest.raises(CertificateRefused) as caught:
            await open_pop(account(server.port, security=Security.STARTTLS), secret)
    assert caught.value.pin and SECRET.encode() not in server.received


@pytest.mark.parametrize(("code", "busy"), [("[SYS/TEMP] ", True), ("[IN-USE] ", True), ("", False)])
async def test_a_server_that_turns_us_away_says_why(code: str, busy: bool) -> None:
    error = LoginRefused if busy else Unreachable
    assert "come back" in await refused(f"S: -ERR {code}come back", error, Security.PLAIN)


async def test_something_that_is_no_pop3_server_is_left() -> None:
    assert "IMAP" in await refused("S: * OK IMAP4rev1 ready", ProtocolTrouble, Security.PLAIN)


async def test_a_server_without_a_greeting_is_left_in_time(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(login, "GREETING_SECONDS", 0.05)
    assert "greeting" in await refused("HUSH", ConnectionLost)


async def test_a_server_that_drips_its_answer_is_left_in_time(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(login, "LOGIN_SECONDS", 0.05)
    assert "what it can do" in await refused("S: +OK\nL: CAPA\nS: +OK\nLOOP\nS: X\nEND", ConnectionLost, Security.PLAIN)


async def test_a_password_the_server_echoes_is_struck_from_the_log() -> None:
    log = WireLog()
    async with Scripted(f"S: +OK\nL: CAPA\nS: -ERR\nL: USER ann\nS: +OK\nL: PASS .*\nS: -ERR not {SECRET}") as server:
        with pytest.raises(LoginRefused):
            await open_pop(account(server.port), secret, log=log)
    assert SECRET not in "\n".join(log.lines())


async def test_escape_sequences_in_a_refusal_do_not_reach_the_sentence() -> None:
    script = r"""
        S: +OK
        L: CAPA
        S: -ERR
        L: USER ann
        S: +OK
        L: PASS .*
        S>> "-ERR no \x1b]0;owned\x07 \xe2\x80\xae x\r\n"
    """
    async with Scripted(script) as server:
        with pytest.raises(LoginRefused) as caught:
            await open_pop(account(server.port), secret)
    assert caught.value.sentence.isprintable() and "owned" in caught.value.sentence
