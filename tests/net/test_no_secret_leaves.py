"""No credential is ever sent on a connection that should have been refused: seen from the server's side.

The families are those of NO STARTTLS (USENIX Security 2021), of login loops and of servers that only lie; the corpus of
the authors of that paper is played too where TUIMAIL_CORPORA names it.
"""

from __future__ import annotations

import base64
import os
import re
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest

from tests.fakes.scripted import Scripted
from tests.net.reach import SECRET, account, secret
from tests.servers.certificates import Certificate, make_certificate, make_dated_certificate
from tuimail.errors import CertificateRefused, ConnectionLost, LoginRefused, RemoteError
from tuimail.model import Account, Security
from tuimail.net import authenticate
from tuimail.net.imap import connect_imap
from tuimail.net.wirelog import WireLog, spellings
from tuimail.records import replace

TOKEN = "ya29.a-token-that-nobody-may-see"


@pytest.fixture(autouse=True)
def nothing_learned_and_little_patience(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tuimail.net.login.GREETING_SECONDS", 2)
    monkeypatch.setattr("tuimail.net.login.LOGIN_SECONDS", 2)
    monkeypatch.setattr(authenticate, "_useless", {})


@pytest.fixture(scope="module")
def certificates(tmp_path_factory: pytest.TempPathFactory) -> Mapping[str, Certificate]:
    folder = tmp_path_factory.mktemp("tls")
    return {
        "good": make_certificate(folder),
        "expired": make_dated_certificate(folder, "20200203000000Z", "20200204000000Z", stem="expired"),
        "other": make_certificate(folder, ["DNS:mail.other.example"], stem="other"),
    }


def traces(given: str) -> Iterator[bytes]:
    """Whatever would show that the secret, or that somebody wanted to log in at all, was sent."""
    yield from spellings(given)
    yield from (b"LOGIN", b"AUTHENTICATE", base64.b64encode(b"\0ann\0"), b"ann")


async def attempt(asked: Account, given: str = SECRET) -> tuple[RemoteError | None, str]:
    """Connect, ask for the folders, leave: the error that came of it, and the log."""
    log = WireLog()

    async def ready() -> str:
        return given

    error = None
    try:
        connected = await connect_imap(asked, ready, log=log)
        try:
            await connected.folders()
        finally:
            await connected.close()
    except RemoteError as refusal:
        error = refusal
    return error, "\n".join(log.lines())


HELLO = "S: * OK [CAPABILITY IMAP4rev1 STARTTLS LOGINDISABLED AUTH=PLAIN] ready\n"
SAY_TLS = HELLO + "C: STARTTLS\n"

REFUSED_BEFORE_TLS = {
    "nothing is offered": "S: * OK [CAPABILITY IMAP4rev1 AUTH=PLAIN SASL-IR] ready",
    "refused with an invitation": SAY_TLS + "S: $TAG NO [UNAVAILABLE] TLS is down, log in as usual",
    "refused with an alert": SAY_TLS + "S: $TAG NO [ALERT] switch encryption off in your program to go on",
    "not understood": SAY_TLS + "S: $TAG BAD unknown command",
    "already logged in, it says": "S: * PREAUTH [CAPABILITY IMAP4rev1] welcome back",
    "logged in, and STARTTLS refused": 'S: * PREAUTH hi\nS: * LIST () "/" Drafts\nS: * 3 EXISTS',
    "capabilities behind the OK": SAY_TLS + r'S>> "$TAG OK go\r\n* CAPABILITY IMAP4rev1 AUTH=PLAIN XINJECTED\r\n"',
    "an alert behind the OK": SAY_TLS + r'S>> "$TAG OK go\r\n* OK [ALERT] call this number\r\n"',
    "half a line behind the OK": SAY_TLS + r'S>> "$TAG OK go\r\n*"',
    "an answer to what was not asked behind the OK": SAY_TLS + r'S>> "$TAG OK go\r\na2 OK [CAPABILITY X] in\r\n"',
    "OK, and then NO in plain (Courier)": SAY_TLS + r'S>> "$TAG OK Begin SSL/TLS\r\n$TAG NO STARTTLS failed\n"',
    "garbage instead of a handshake": SAY_TLS + "S: $TAG OK go\n" + r'S>> "\x15\x03\x01\x00\x02\x02\x28 nonsense"',
    "closed instead of a handshake": SAY_TLS + "S: $TAG OK go\nRST",
    "a BYE instead of an OK": SAY_TLS + "S: * BYE not today\nRST",
    "a tagged OK before anything": "S: a1 OK STARTTLS\nS: * OK hi",
    "NO as greeting": "S: * NO go away",
    "BAD as greeting": "S: * BAD what",
    "two greetings": "S: a1 OK hi\nS: * OK hi again",
    "bytes that are no IMAP": r'S>> "\x16\x03\x01\x00\x00\x00\xff\r\n"',
    "another protocol": "S: +OK POP3 ready",
}


@pytest.mark.parametrize("case", REFUSED_BEFORE_TLS)
@pytest.mark.parametrize("auth", ["auto", "plain", "login", "cram-md5", "scram-sha-256", "xoauth2"])
async def test_what_should_be_refused_before_tls_gets_nothing(case: str, auth: str) -> None:
    async with Scripted(REFUSED_BEFORE_TLS[case], keep=True) as server:
        asked = replace(account(server.port, security=Security.STARTTLS), auth=auth)
        error, log = await attempt(asked)
    assert error is not None and error.sentence.isprintable()
    assert not [trace for trace in traces(SECRET) if trace in server.received.replace(b"STARTTLS", b"")]
    assert SECRET not in log


@pytest.mark.parametrize("security", [Security.TLS, Security.STARTTLS])
@pytest.mark.parametrize("kind", ["expired", "other"])
async def test_a_certificate_that_cannot_be_believed_gets_nothing(
    certificates: Mapping[str, Certificate], security: Security, kind: str
) -> None:
    shown = certificates[kind]
    script = "TLS" if security is Security.TLS else SAY_TLS + "S: $TAG OK go\nTLS"
    async with Scripted(script, certificate=shown, keep=True) as server:
        error, _ = await attempt(account(server.port, security=security, ca_file=str(shown.cert)))
    assert isinstance(error, CertificateRefused) and error.about
    assert not [trace for trace in traces(SECRET) if trace in server.received.replace(b"STARTTLS", b"")]


async def test_a_certificate_that_was_good_yesterday_is_judged_again_today(
    certificates: Mapping[str, Certificate],
) -> None:
    inside = "TLS\nS: * OK [CAPABILITY IMAP4rev1 AUTH=PLAIN SASL-IR] hi\n"
    first = inside + "C: AUTHENTICATE .*\nS: $TAG OK [CAPABILITY IMAP4rev1] in\nC: LIST .*\nS: $TAG OK"
    first += "\nC: LOGOUT\nS: $TAG OK"
    async with Scripted(first, certificate=certificates["good"], keep=True) as server:
        asked = account(server.port, security=Security.TLS, ca_file=str(certificates["good"].cert))
        await (await connect_imap(asked, secret)).close()
    async with Scripted(inside, certificate=certificates["expired"], keep=True) as server:
        error, _ = await attempt(replace(asked, port=server.port))
    assert isinstance(error, CertificateRefused)
    assert not server.received


async def test_tls_asked_of_a_plain_port_gets_nothing() -> None:
    async with Scripted("S: * OK [CAPABILITY IMAP4rev1 AUTH=PLAIN] hi", keep=True) as server:
        error, _ = await attempt(account(server.port, security=Security.TLS))
    assert error is not None and "does not speak TLS" in error.sentence
    assert not [trace for trace in traces(SECRET) if trace in server.received]


INSIDE = SAY_TLS + "S: $TAG OK go\nTLS\nC: CAPABILITY\nS: * CAPABILITY IMAP4rev1 SASL-IR {auth}\nS: $TAG OK\n"

LOGINS = {
    "a referral to another host": (
        "AUTH=PLAIN",
        "C: AUTHENTICATE .*\nS: $TAG NO [REFERRAL imap://;AUTH=*@127.0.0.1:9/] moved",
    ),
    "busy": ("AUTH=PLAIN", "C: AUTHENTICATE .*\nS: $TAG NO [UNAVAILABLE] come back later"),
    "wrong": ("AUTH=PLAIN AUTH=LOGIN AUTH=CRAM-MD5", "C: AUTHENTICATE .*\nS: $TAG NO [AUTHENTICATIONFAILED] no"),
    "continuations for ever": ("AUTH=PLAIN", "C: AUTHENTICATE .*\nLOOP\nS: + \nEND"),
    "a challenge that is no base64": (
        "AUTH=CRAM-MD5 LOGINDISABLED",
        "C: AUTHENTICATE .*\nS: + %%%\nL: \\*\nS: $TAG BAD cancelled",
    ),
    "a challenge of 300 kB": (
        "AUTH=CRAM-MD5 LOGINDISABLED",
        f"C: AUTHENTICATE .*\nS: + {base64.b64encode(b'x' * 300_000).decode()}\nL: \\*\nS: $TAG BAD cancelled",
    ),
    "in, and out again": ("AUTH=PLAIN", "C: AUTHENTICATE .*\nS: $TAG OK in\nS: * BYE and out\nRST"),
    "a third question for LOGIN": (
        "AUTH=LOGIN LOGINDISABLED",
        "C: AUTHENTICATE .*\nS: + \nL: .*\nS: + \nL: .*\nS: + bW9yZQ==\nL: \\*\nS: $TAG BAD cancelled",
    ),
}


@pytest.mark.parametrize("case", LOGINS)
async def test_inside_tls_one_login_is_tried_and_nothing_of_it_is_seen_outside(
    certificates: Mapping[str, Certificate], case: str
) -> None:
    auth, script = LOGINS[case]
    async with Scripted(INSIDE.replace("{auth}", auth) + script, certificate=certificates["good"], keep=True) as server:
        asked = account(server.port, security=Security.STARTTLS, ca_file=str(certificates["good"].cert))
        error, log = await attempt(asked)
    assert isinstance(error, RemoteError)
    if isinstance(error, LoginRefused):
        assert error.busy == (case == "busy")
    assert server.connections == 1 and server.received.count(b"AUTHENTICATE") == 1
    assert server.in_the_clear == b"a1 STARTTLS\r\n"
    assert not [spelling for spelling in spellings(SECRET) if spelling.decode() in log]


@pytest.mark.parametrize("answer", ["NO [AUTHENTICATIONFAILED] expired", "NO"])
@pytest.mark.parametrize("mechanism", ["XOAUTH2", "OAUTHBEARER"])
async def test_a_token_is_sent_once_inside_tls_and_never_as_a_password(
    certificates: Mapping[str, Certificate], mechanism: str, answer: str
) -> None:
    refusal = base64.b64encode(b'{"status":"401","scope":"\x1b]0;owned\x07"}').decode()
    script = INSIDE.replace("{auth}", f"AUTH=PLAIN AUTH=LOGIN AUTH={mechanism}") + (
        f"C: AUTHENTICATE {mechanism} .*\nS: + {refusal}\nL: .*\nS: $TAG {answer}"
    )
    async with Scripted(script, certificate=certificates["good"], keep=True) as server:
        asked = account(server.port, security=Security.STARTTLS, ca_file=str(certificates["good"].cert))
        error, log = await attempt(replace(asked, token_command=("true",)), TOKEN)
    assert isinstance(error, LoginRefused) and "not valid or has expired" in error.sentence
    assert error.sentence.isprintable()
    assert server.in_the_clear == b"a1 STARTTLS\r\n" and server.received.count(b"AUTHENTICATE") == 1
    assert not [spelling for spelling in spellings(TOKEN) if spelling.decode() in log]


async def test_a_greeting_that_comes_letter_by_letter_gets_nothing_when_time_is_over(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("tuimail.net.login.GREETING_SECONDS", 0.05)
    async with Scripted('S>> "* O"\nHUSH') as server:
        error, _ = await attempt(account(server.port, security=Security.STARTTLS))
    assert isinstance(error, ConnectionLost) and not server.received


# --- the corpus of the paper

CORPUS = Path(os.environ.get("TUIMAIL_CORPORA") or "/nowhere", "starttls-security", "imap")
SERVERS = {path.stem: path.read_text() for path in sorted(CORPUS.glob("[!ot]*/**/*.ron"))}
_WORDS = {
    "Imap4Rev1": "IMAP4rev1",
    "StartTls": "STARTTLS",
    "LoginDisabled": "LOGINDISABLED",
    "MailboxReferrals": "MAILBOX-REFERRALS",
    "Auth(Plain)": "AUTH=PLAIN",
    "Auth(Login)": "AUTH=LOGIN",
    "Idle": "IDLE",
}


def _capabilities(written: str) -> str:
    return " ".join(word for rust, word in _WORDS.items() if re.search(rf"(?<![\w(]){re.escape(rust)}", written))


def _script_of(ron: str) -> str:
    """The server a file describes, as far as a client may come before it must stop; then one that goes on."""
    ron = re.sub(r"^\s*//.*$", "", ron, flags=re.MULTILINE)
    greeting = ron[ron.index("greeting:") : ron.index("caps:")]
    status = "PREAUTH" if "PreAuth" in greeting else "OK"
    told = re.search(r"Capability\(NonEmptyVec\(\[(.*?)\]\)\)", greeting, re.DOTALL)
    code = f"[CAPABILITY {_capabilities(told[1])}] " if told else "[ALERT] " if "Alert" in greeting else ""
    steps = [f"S: * {status} {code}ready"]

    def text(key: str) -> str | None:
        found = re.search(rf'{key}: Some\("(.*)"\)', ron)
        return found[1].replace("<tag>", "$TAG") if found else None

    if after := text("response_after_greeting"):
        steps.append(f'S>> "{after}"')
    if told and "StartTls" not in told[1]:
        return "\n".join(steps)  # it offers no STARTTLS, and must not hear another word
    steps.append("C: STARTTLS")
    answer = text("starttls_response")
    steps.append(f'S>> "{answer}"' if answer else "S: $TAG OK go")
    if "starttls_transition: false" not in ron:
        inside = re.search(r"caps_tls: \[(.*?)\]", ron, re.DOTALL)
        told_inside = _capabilities(inside[1] if inside else "")
        steps += ["TLS", "C: CAPABILITY", f"S: * CAPABILITY {told_inside}", "S: $TAG OK"]
        steps += ["C: (AUTHENTICATE|LOGIN) .*", "S: $TAG NO not you"]
    return "\n".join(steps)


@pytest.mark.corpora
@pytest.mark.parametrize("name", list(SERVERS) or [""])
async def test_the_servers_of_the_paper_read_nothing_in_the_clear(
    name: str, certificates: Mapping[str, Certificate]
) -> None:
    if not name:
        pytest.skip("TUIMAIL_CORPORA does not name the corpora")
    script = _script_of(SERVERS[name])
    good = certificates["good"]
    async with Scripted(script, certificate=good, keep=True) as server:
        error, log = await attempt(account(server.port, security=Security.STARTTLS, ca_file=str(good.cert)))
    assert error is not None
    clear = server.in_the_clear.replace(b"STARTTLS", b"")
    assert not [trace for trace in traces(SECRET) if trace in clear]
    assert SECRET not in log
