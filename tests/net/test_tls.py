"""Certificates: who was not believed and why, and the one way past."""

from __future__ import annotations

import asyncio
import contextlib
import ssl
from pathlib import Path

import pytest

from tests.fakes.scripted import Scripted
from tests.net.reach import account, password
from tests.servers.certificates import make_certificate, make_dated_certificate
from tests.servers.dovecot import PASSWORD, Dovecot
from tuimail.errors import CertificateRefused, InsecureConnection
from tuimail.model import Account, Security
from tuimail.net import tls
from tuimail.net.imap import connect_imap
from tuimail.net.login import open_session
from tuimail.protocol import x509
from tuimail.records import replace

STARTTLS = "S: * OK hi\nC: STARTTLS\nS: $TAG OK go\nTLS"


async def refused(asked: Account) -> CertificateRefused:
    with pytest.raises(CertificateRefused) as caught:
        await connect_imap(asked, password)
    return caught.value


@pytest.mark.parametrize("security", [Security.TLS, Security.STARTTLS])
async def test_a_certificate_nobody_signed_is_shown_with_the_pin_that_would_let_it_in(
    dovecot: Dovecot, security: Security
) -> None:
    port = dovecot.tls_port if security is Security.TLS else dovecot.port
    error = await refused(account(port, dovecot.user(), security))
    about = dict(error.about)
    assert about["issued to"] == "CN=tuimail" and about["issued by"] == "itself"
    assert about["for the names"] == "localhost, 127.0.0.1" and " to " in about["valid"]
    assert "pin" in error.next_step and error.pin.startswith("sha256:")
    pinned = replace(account(port, dovecot.user(), security), pin=error.pin)
    await (await connect_imap(pinned, password)).close()


async def test_a_pin_lets_in_one_certificate_for_one_account_and_no_other(dovecot: Dovecot, tmp_path: Path) -> None:
    pin = (await refused(account(dovecot.tls_port, security=Security.TLS))).pin
    other = make_certificate(tmp_path)
    async with Scripted(STARTTLS, certificate=other, keep=True) as server:
        pinned = replace(account(server.port, security=Security.STARTTLS), pin=pin)
        error = await refused(pinned)
        assert "not the one that was pinned" in error.sentence and "renewed" in error.next_step
        assert error.pin and error.pin != pin
        # Not even one that would verify: a pin that gives way is none.
        assert (await refused(replace(pinned, ca_file=str(other.cert)))).pin == error.pin
    assert PASSWORD.encode() not in server.received and b"AUTHENTICATE" not in server.received


async def test_a_pin_lets_in_a_certificate_of_another_name(tmp_path: Path) -> None:
    other = make_certificate(tmp_path, ["DNS:mail.example.org"])
    script = (
        STARTTLS + "\nC: CAPABILITY\nS: * CAPABILITY IMAP4rev1\nS: $TAG OK\nC: LOGIN .*\nS: $TAG OK [CAPABILITY X] in"
    )
    der = ssl.PEM_cert_to_DER_cert(other.cert.read_text())
    async with Scripted(script, certificate=other, keep=True) as server:
        about = dict(tls.describe(x509.read(der)))
        asked = replace(account(server.port, security=Security.STARTTLS), pin=about["fingerprint"])
        session = await open_session(asked, password)
        await session.driver.close()


async def test_a_certificate_of_another_name_tells_the_names_it_has(tmp_path: Path) -> None:
    other = make_certificate(tmp_path, ["DNS:mail.example.org", "DNS:imap.example.org"])
    async with Scripted(STARTTLS, certificate=other, keep=True) as server:
        error = await refused(account(server.port, security=Security.STARTTLS, ca_file=str(other.cert)))
    assert dict(error.about)["for the names"] == "mail.example.org, imap.example.org"


@pytest.mark.parametrize(
    ("since", "until", "words"),
    [("20200203000000Z", "20200204000000Z", "has expired"), ("20970203000000Z", "20980204000000Z", "is not valid yet")],
)
async def test_a_certificate_out_of_its_time_tells_its_dates(
    tmp_path: Path, since: str, until: str, words: str
) -> None:
    made = make_dated_certificate(tmp_path, since, until)
    async with Scripted(STARTTLS, certificate=made, keep=True) as server:
        error = await refused(account(server.port, security=Security.STARTTLS, ca_file=str(made.cert)))
    assert words in error.sentence and "clock" in error.next_step
    assert dict(error.about)["valid"] == f"{since[:4]}-02-03 to {until[:4]}-02-04"


async def test_a_look_at_a_certificate_says_nothing_about_the_user(tmp_path: Path) -> None:
    async with Scripted(STARTTLS, certificate=make_certificate(tmp_path), keep=True) as server:
        await refused(account(server.port, "ann", security=Security.STARTTLS))
    assert server.connections == 2 and server.received == b"a1 STARTTLS\r\n" * 2


async def test_a_server_that_shows_its_certificate_only_once_is_refused_all_the_same(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tuimail.net.login.LOOK_SECONDS", 0)
    async with Scripted(STARTTLS, certificate=make_certificate(tmp_path), keep=True) as server:
        error = await refused(account(server.port, security=Security.STARTTLS))
    assert error.about == () and error.pin == ""


async def test_a_client_certificate_that_is_none_is_named(dovecot: Dovecot, tmp_path: Path) -> None:
    for name in ("nowhere.pem", "empty.pem"):
        (tmp_path / "empty.pem").touch()
        asked = replace(account(dovecot.tls_port, security=Security.TLS), client_cert=str(tmp_path / name))
        with pytest.raises(InsecureConnection, match=f"client_cert cannot be used.*{name}"):
            await connect_imap(asked, password)


async def test_a_client_certificate_logs_in_by_external(tmp_path: Path) -> None:
    server_side, ours = make_certificate(tmp_path), make_certificate(tmp_path, ["DNS:ann"], stem="ann")
    both = tmp_path / "both.pem"
    both.write_text(ours.cert.read_text() + ours.key.read_text())
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH, cafile=str(ours.cert))
    context.load_cert_chain(server_side.cert, server_side.key)
    context.verify_mode = ssl.CERT_REQUIRED
    seen: list[bytes] = []

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"* OK [CAPABILITY IMAP4rev1 SASL-IR AUTH=PLAIN AUTH=EXTERNAL] hi\r\n")
        seen.append(await reader.readline())
        writer.write(b"a1 OK [CAPABILITY IMAP4rev1] in\r\n")
        await reader.read()
        writer.close()

    async with await asyncio.start_server(serve, "127.0.0.1", 0, ssl=context) as server:
        port = server.sockets[0].getsockname()[1]
        asked = account(port, security=Security.TLS, ca_file=str(server_side.cert))
        session = await open_session(replace(asked, client_cert=str(both)), password)
        assert session.mechanism == "EXTERNAL" and seen == [b"a1 AUTHENTICATE EXTERNAL =\r\n"]
        await session.driver.close()


def shake_hands(server: ssl.SSLContext, client: ssl.SSLContext) -> tuple[ssl.SSLObject, ssl.SSLObject]:
    """Both ends of a TLS connection without a network."""
    to_server, to_client = ssl.MemoryBIO(), ssl.MemoryBIO()
    ends = (
        client.wrap_bio(to_client, to_server, server_hostname="localhost"),
        server.wrap_bio(to_server, to_client, server_side=True),
    )
    for end in ends * 3:
        with contextlib.suppress(ssl.SSLWantReadError):
            end.do_handshake()
    return ends


def test_the_binding_is_the_same_at_both_ends_and_there_is_none_in_tls_1_3(tmp_path: Path) -> None:
    made = make_certificate(tmp_path)
    server = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    server.load_cert_chain(made.cert, made.key)
    client = tls.context(tls.Trust(ca_file=str(made.cert)))
    newest, _ = shake_hands(server, client)
    if "tls-exporter" not in ssl.CHANNEL_BINDING_TYPES:
        assert newest.version() == "TLSv1.3" and tls.binding_of(newest) is None
    server.maximum_version = ssl.TLSVersion.TLSv1_2
    ours, theirs = shake_hands(server, client)
    binding = tls.binding_of(ours)
    assert binding is not None and binding.data == theirs.get_channel_binding(binding.kind)
