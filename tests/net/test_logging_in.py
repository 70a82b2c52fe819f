"""Every mechanism on a real server, and the way from one to the next."""

from __future__ import annotations

import base64
from collections.abc import Iterator

import pytest

from tests.fakes.scripted import Scripted
from tests.net.reach import SECRET, account, password, secret
from tests.servers.certificates import Certificate, make_certificate
from tests.servers.dovecot import PASSWORD, Dovecot
from tuimail.errors import InsecureConnection, LoginRefused, Unreachable
from tuimail.model import Account, Security
from tuimail.net import authenticate
from tuimail.net.imap import connect_imap
from tuimail.net.login import open_session
from tuimail.net.wirelog import WireLog
from tuimail.records import replace

ALL = "plain login cram-md5 scram-sha-1 scram-sha-256 xoauth2 oauthbearer anonymous"


@pytest.fixture(scope="module")
def many_ways() -> Iterator[Dovecot]:
    with Dovecot(mechanisms=ALL) as server:
        yield server


@pytest.fixture(autouse=True)
def nothing_learned(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(authenticate, "_useless", {})


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Certificate:
    return make_certificate(tmp_path_factory.mktemp("tls"))


def inside_tls(dovecot: Dovecot, user: str, auth: str = "auto") -> Account:
    return replace(account(dovecot.tls_port, user, Security.TLS, ca_file=dovecot.cafile), auth=auth)


async def logged_in(asked: Account, given: str = PASSWORD, log: WireLog | None = None) -> str:
    """How it was done."""

    async def ready() -> str:
        return given

    session = await open_session(asked, ready, log=log)
    await session.driver.close()
    return session.mechanism


@pytest.mark.parametrize("auth", ["plain", "login", "cram-md5", "scram-sha-1", "scram-sha-256"])
async def test_dovecot_lets_us_in_by_every_mechanism_it_has(many_ways: Dovecot, auth: str) -> None:
    for asked in (inside_tls(many_ways, many_ways.user(), auth), replace(account(many_ways.port), auth=auth)):
        assert (await logged_in(asked)).lower() == auth


async def test_the_strongest_goes_first(many_ways: Dovecot) -> None:
    assert await logged_in(inside_tls(many_ways, many_ways.user())) == "SCRAM-SHA-256"


async def test_a_wrong_password_is_sent_once_and_by_no_other_mechanism(many_ways: Dovecot) -> None:
    log = WireLog()
    with pytest.raises(LoginRefused) as caught:
        await logged_in(inside_tls(many_ways, many_ways.user()), "wrong", log)
    assert caught.value.secret
    assert sum("AUTHENTICATE" in line or " LOGIN " in line for line in log.lines()) == 1


@pytest.mark.parametrize("auth", ["auto", "xoauth2", "oauthbearer"])
async def test_a_token_lets_us_in(many_ways: Dovecot, auth: str) -> None:
    user = many_ways.user()
    asked = replace(inside_tls(many_ways, user, auth), token_command=("true",))
    how = await logged_in(asked, many_ways.token(user))
    assert how.lower() == ("oauthbearer" if auth == "auto" else auth)


@pytest.mark.parametrize("auth", ["xoauth2", "oauthbearer"])
async def test_an_old_token_is_refused_in_words_and_the_connection_does_not_hang(many_ways: Dovecot, auth: str) -> None:
    user = many_ways.user()
    with pytest.raises(LoginRefused, match="refused the access token") as caught:
        await logged_in(inside_tls(many_ways, user, auth), many_ways.token(user, seconds=-30))
    assert "token_command" in caught.value.next_step and "{" not in caught.value.sentence


async def test_whoever_has_no_name_is_anonymous_where_that_is_allowed(many_ways: Dovecot) -> None:
    assert await logged_in(inside_tls(many_ways, "visitor", "anonymous")) == "ANONYMOUS"


async def test_what_the_server_does_not_offer_is_named_and_nothing_is_sent(dovecot: Dovecot) -> None:
    log = WireLog()
    with pytest.raises(LoginRefused, match="does not offer SCRAM-SHA-256") as caught:
        await logged_in(inside_tls(dovecot, "ann", "scram-sha-256"), log=log)
    assert not caught.value.secret and "PLAIN" in caught.value.next_step
    assert "AUTHENTICATE" not in "\n".join(log.lines())


async def test_a_password_account_where_only_tokens_are_taken_is_told_what_to_do(certificate: Certificate) -> None:
    script = """
        S: * OK hi
        C: STARTTLS
        S: $TAG OK
        TLS
        C: CAPABILITY
        S: * CAPABILITY IMAP4rev1 AUTH=XOAUTH2 LOGINDISABLED SASL-IR
        S: $TAG OK
    """
    async with Scripted(script, certificate=certificate, keep=True) as server:
        asked = account(server.port, security=Security.STARTTLS, ca_file=str(certificate.cert))
        with pytest.raises(LoginRefused, match="only OAuth") as caught:
            await connect_imap(asked, secret)
    assert "token_command" in caught.value.next_step and SECRET.encode() not in server.received


OFFERS = "S: * OK [CAPABILITY IMAP4rev1 SASL-IR AUTH=SCRAM-SHA-256 AUTH=CRAM-MD5 AUTH=PLAIN] hi\n"


@pytest.mark.parametrize("answer", ["BAD what is that", "NO [AUTHENTICATIONFAILED] no such scheme for you"])
async def test_a_mechanism_that_fails_before_the_proof_makes_room_for_the_next(answer: str) -> None:
    """Dovecot says AUTHENTICATIONFAILED to SCRAM when it has the password in another form."""
    script = OFFERS + (
        f"C: AUTHENTICATE SCRAM-SHA-256 .*\nS: $TAG {answer}\n"
        "C: AUTHENTICATE CRAM-MD5\nS: + PDE+\nL: .*\nS: $TAG OK [CAPABILITY IMAP4rev1] in"
    )
    async with Scripted(script, keep=True) as server:
        assert await logged_in(account(server.port), SECRET) == "CRAM-MD5"
    again = OFFERS + "C: AUTHENTICATE CRAM-MD5\nS: + PDE+\nL: .*\nS: $TAG OK [CAPABILITY IMAP4rev1] in"
    key = ("127.0.0.1", server.port, "ann")
    async with Scripted(again, keep=True) as server:
        authenticate._useless[("127.0.0.1", server.port, "ann")] = authenticate._useless[key]
        assert await logged_in(account(server.port), SECRET) == "CRAM-MD5"  # remembered: not tried in vain again


async def test_a_no_behind_the_proof_ends_it() -> None:
    script = OFFERS.replace("AUTH=SCRAM-SHA-256 ", "") + "C: AUTHENTICATE CRAM-MD5\nS: + PDE+\nL: .*\nS: $TAG NO wrong"
    async with Scripted(script, keep=True) as server:
        with pytest.raises(LoginRefused):
            await logged_in(account(server.port), SECRET)
    assert server.received.count(b"AUTHENTICATE") == 1


def challenge(text: str) -> str:
    return base64.b64encode(text.encode()).decode()


@pytest.mark.parametrize(
    ("said", "words"),
    [
        (challenge("r=somebody-elses,s=QSXCR+Q6sek8bf92,i=4096"), "somebody else's question"),
        ("not base64!", "cannot be read"),
        (challenge("x" * 300_000), "300,000 octets"),
    ],
)
async def test_a_server_that_cheats_in_scram_gets_neither_proof_nor_password(said: str, words: str) -> None:
    script = OFFERS + f"C: AUTHENTICATE SCRAM-SHA-256 .*\nS: + {said}\nL: \\*\nS: $TAG BAD cancelled"
    async with Scripted(script, keep=True) as server:
        with pytest.raises(InsecureConnection, match=words):
            await logged_in(account(server.port), SECRET)
    assert server.received.count(b"AUTHENTICATE") == 1
    assert base64.b64encode(SECRET.encode())[:-4] not in server.received


async def test_a_server_that_asks_for_a_billion_rounds_is_left(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tuimail.protocol.sasl.scram.secrets.token_urlsafe", lambda _: "mine")
    said = challenge("r=mine-and-theirs,s=QSXCR+Q6sek8bf92,i=1000000000")
    script = OFFERS + f"C: AUTHENTICATE SCRAM-SHA-256 .*\nS: + {said}\nL: \\*\nS: $TAG BAD cancelled"
    async with Scripted(script, keep=True) as server:
        with pytest.raises(InsecureConnection, match="1,000,000,000 times"):
            await logged_in(account(server.port), SECRET)


async def test_an_ok_without_the_servers_proof_is_no_login(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tuimail.protocol.sasl.scram.secrets.token_urlsafe", lambda _: "mine")
    said = challenge("r=mine-and-theirs,s=QSXCR+Q6sek8bf92,i=4096")
    script = OFFERS + f"C: AUTHENTICATE SCRAM-SHA-256 .*\nS: + {said}\nL: .*\nS: $TAG OK welcome"
    async with Scripted(script, keep=True) as server:
        with pytest.raises(InsecureConnection, match="without proving"):
            await logged_in(account(server.port), SECRET)


async def test_without_sasl_ir_the_first_word_waits_for_the_servers_plus() -> None:
    message = base64.b64encode(f"\0ann\0{SECRET}".encode()).decode()
    script = (
        "S: * OK [CAPABILITY IMAP4rev1 AUTH=PLAIN] hi\n"
        f"C: AUTHENTICATE PLAIN\nS: +\nL: {message}\nS: $TAG OK [CAPABILITY IMAP4rev1] in"
    )
    async with Scripted(script, keep=True) as server:
        assert await logged_in(replace(account(server.port), auth="plain"), SECRET) == "PLAIN"


async def test_whose_mailbox_to_open_is_said_where_the_mechanism_can_say_it() -> None:
    message = base64.b64encode(f"team\0ann\0{SECRET}".encode()).decode().replace("+", r"\+")
    script = (
        "S: * OK [CAPABILITY IMAP4rev1 SASL-IR AUTH=PLAIN] hi\n"
        f"C: AUTHENTICATE PLAIN {message}\nS: $TAG OK [CAPABILITY IMAP4rev1] in"
    )
    async with Scripted(script, keep=True) as server:
        assert await logged_in(replace(account(server.port), authorize_as="team"), SECRET) == "PLAIN"


async def test_no_secret_of_any_mechanism_is_in_the_log(many_ways: Dovecot) -> None:
    user = many_ways.user()
    token = many_ways.token(user)
    for auth in ("plain", "login", "cram-md5", "scram-sha-1", "scram-sha-256", "xoauth2", "oauthbearer"):
        log = WireLog()
        given = token if "oauth" in auth else PASSWORD
        await logged_in(inside_tls(many_ways, user, auth), given, log)
        said = [line.split(" C: ", 1)[1].split() for line in log.lines() if " C: " in line]
        assert any(words[1:3] == ["AUTHENTICATE", auth.upper()] for words in said)
        for words in said:
            assert set(words[words[0].startswith("a") :]) <= {"***", auth.upper(), "AUTHENTICATE", "CAPABILITY"}


async def test_a_password_that_is_right_opens_the_inbox_by_scram(many_ways: Dovecot) -> None:
    connected = await connect_imap(inside_tls(many_ways, many_ways.user()), password)
    assert (await connected.look(b"INBOX")).exists == 0
    await connected.close()


PLUS_ONLY = """
    S: * OK hi
    C: STARTTLS
    S: $TAG OK go
    TLS
    C: CAPABILITY
    S: * CAPABILITY IMAP4rev1 LOGINDISABLED AUTH=SCRAM-SHA-1-PLUS AUTH=SCRAM-SHA-256-PLUS
    S: $TAG OK
"""


@pytest.mark.parametrize("auth", ["auto", "scram-sha-256-plus"])
async def test_logins_that_tls_1_3_cannot_bind_are_told_in_words_and_nothing_is_sent(
    auth: str, certificate: Certificate
) -> None:
    async with Scripted(PLUS_ONLY, certificate=certificate, keep=True) as server:
        who = account(server.port, security=Security.STARTTLS, ca_file=str(certificate.cert))
        with pytest.raises(LoginRefused) as refused:
            await open_session(replace(who, auth=auth), secret)
    assert "tied to the TLS connection (SCRAM-SHA-256-PLUS)" in refused.value.sentence
    assert "TLS 1.3" in refused.value.sentence and "without -PLUS" in refused.value.next_step
    assert not refused.value.secret, "the password was not at fault, and is not forgotten"
    assert b"AUTHENTICATE" not in server.received and SECRET.encode() not in server.received


@pytest.mark.parametrize(
    ("said", "is_busy"),
    [
        ("* BYE [LIMIT] go away", True),
        ("* BYE Too many connections from your address", True),
        ("* BYE [UNAVAILABLE] at nine", True),
        ("* BYE I do not like you", False),
    ],
)
async def test_a_greeting_that_says_not_now_is_no_reason_to_doubt_the_server(said: str, is_busy: bool) -> None:
    async with Scripted(f"S: {said}", keep=True) as server:
        with pytest.raises(LoginRefused if is_busy else Unreachable) as refused:
            await open_session(account(server.port), secret)
    assert said.rpartition("] ")[2].removeprefix("* BYE ") in refused.value.sentence
    assert getattr(refused.value, "busy", False) == is_busy
    assert SECRET.encode() not in server.received
