"""Reading certificates that openssl has made, and ones that nobody would make."""

from __future__ import annotations

import ssl
import time
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from tests.servers.certificates import make_certificate
from tuimail.protocol import x509


def made(tmp_path: Path) -> bytes:
    names = ["DNS:mail.example.org", "IP:127.0.0.1", "IP:::1"]
    return ssl.PEM_cert_to_DER_cert(make_certificate(tmp_path, names, days=3).cert.read_text())


def test_a_certificate_tells_who_it_is_for_who_signed_it_and_until_when(tmp_path: Path) -> None:
    certificate = x509.read(made(tmp_path))
    assert certificate.subject == certificate.issuer == "CN=tuimail"
    assert certificate.names == ("mail.example.org", "127.0.0.1", "0:0:0:0:0:0:0:1")
    assert certificate.since is not None and certificate.until is not None
    assert abs(certificate.since - time.time()) < 120 and certificate.until - certificate.since == 3 * 86400
    assert len(certificate.fingerprint) == 64


def test_the_dates_of_the_last_century_and_of_the_far_future_are_read() -> None:
    assert x509._time(0x17, b"991231235959Z") == 946684799
    assert x509._time(0x17, b"491231235959Z") == 2524607999
    assert x509._time(0x18, b"20991231235959Z") == 4102444799


def test_a_certificate_cut_anywhere_or_with_any_octet_changed_still_has_a_fingerprint(tmp_path: Path) -> None:
    der = made(tmp_path)
    for at in range(len(der)):
        assert x509.read(der[:at]).subject == ""
        assert x509.read(der[:at] + bytes([der[at] ^ 0xFF]) + der[at + 1 :]).fingerprint


@given(st.binary(max_size=200))
def test_whatever_claims_to_be_a_certificate_is_survived(der: bytes) -> None:
    assert len(x509.read(der).fingerprint) == 64
