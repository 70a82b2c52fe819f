"""Each mechanism against the examples of its own RFC, and against servers that break it."""

from __future__ import annotations

import base64
import hashlib
import hmac

import pytest

from tuimail.protocol.errors import LocalProtocolError
from tuimail.protocol.sasl.cram import CramMd5
from tuimail.protocol.sasl.mechanism import Credentials, Exchange, SaslTrouble
from tuimail.protocol.sasl.oauth import OAuthBearer, XOAuth2, why_refused
from tuimail.protocol.sasl.prep import saslprep
from tuimail.protocol.sasl.scram import MAX_ROUNDS, MIN_ROUNDS, Binding, Scram, ScramSha1, ScramSha256, ScramSha256Plus
from tuimail.protocol.sasl.simple import Anonymous, External, Login, Plain

PENCIL = Credentials("user", "pencil")


@pytest.mark.parametrize(
    ("who", "message"),
    [
        (Credentials("tim", "tanstaaftanstaaf"), b"\0tim\0tanstaaftanstaaf"),  # RFC 4616 §4
        (Credentials("Kurt", "xipj3plmq", "Ursel"), b"Ursel\0Kurt\0xipj3plmq"),
        (Credentials("ann", "pässword"), "\0ann\0pässword".encode()),
    ],
)
def test_plain_is_three_words(who: Credentials, message: bytes) -> None:
    assert Plain(who).first() == message


def test_a_nul_cannot_move_a_word_of_plain() -> None:
    with pytest.raises(LocalProtocolError):
        Plain(Credentials("ann", "a\0b"))


def test_login_answers_two_prompts_whatever_they_say_and_no_third() -> None:
    exchange = Login(Credentials("ann", "secret"))
    assert exchange.first() is None
    assert exchange.answer(b"User Name\0") == b"ann" and not exchange.proved
    assert exchange.answer(b"") == b"secret" and exchange.proved
    with pytest.raises(SaslTrouble):
        exchange.answer(b"Password:")


def test_cram_md5_is_what_rfc_2195_says() -> None:
    exchange = CramMd5(Credentials("tim", "tanstaaftanstaaf"))
    challenge = b"<1896.697170952@postoffice.reston.mci.net>"
    assert exchange.answer(challenge) == b"tim b913a602c7eda7a495b4e6e7334d3890"
    with pytest.raises(SaslTrouble):
        exchange.answer(challenge)


def test_a_challenge_of_300_kilobytes_is_not_hashed() -> None:
    exchange = CramMd5(PENCIL)
    with pytest.raises(SaslTrouble, match="300,000"):
        exchange.answer(b"x" * 300_000)
    assert not exchange.proved


def test_external_says_at_most_who_we_want_to_be() -> None:
    assert External(PENCIL).first() == b""
    assert External(Credentials("ann", authorize_as="team@example.org")).first() == b"team@example.org"


def test_anonymous_leaves_a_trace_of_255_letters_at_most() -> None:
    assert Anonymous(Credentials("a" * 300)).first() == b"a" * 255


# -- tokens


def test_oauthbearer_is_what_rfc_7628_says() -> None:
    token = "vF9dft4qmTc2Nvb3RlckBhbHRhdmlzdGEuY29tCg=="
    who = Credentials("user@example.com", token, host="server.example.com", port=143)
    assert base64.b64encode(OAuthBearer(who).first()) == (
        b"bixhPXVzZXJAZXhhbXBsZS5jb20sAWhvc3Q9c2VydmVyLmV4YW1wbGUuY29tAXBvcnQ9MTQzAWF1dGg9QmVhcmVyIHZGOWRmdDRxbVRjMk52Y"
        b"jNSbGNrQmhiSFJoZG1semRHRXVZMjl0Q2c9PQEB"
    )


def test_xoauth2_is_what_google_says() -> None:
    who = Credentials("someuser@example.com", "ya29.vF9dft4qmTc2Nvb3RlckBhdHRhdmlzdGEuY29tCg")
    assert base64.b64encode(XOAuth2(who).first()) == (
        b"dXNlcj1zb21ldXNlckBleGFtcGxlLmNvbQFhdXRoPUJlYXJlciB5YTI5LnZGOWRmdDRxbVRjMk52YjNSbGNrQmhkSFJoZG1semRHRXVZMjl0Q"
        b"2cBAQ=="
    )


@pytest.mark.parametrize(("kind", "thanks"), [(XOAuth2, b""), (OAuthBearer, b"\1")])
def test_a_refused_token_is_answered_with_an_empty_word_once(kind: type[Exchange], thanks: bytes) -> None:
    exchange = kind(Credentials("ann", "token"))
    assert exchange.answer(b'{"status":"401","scope":"https://mail.google.com/"}') == thanks
    words = why_refused(exchange.complaint)
    assert "has expired" in words and "https://mail.google.com/" in words
    with pytest.raises(SaslTrouble):
        exchange.answer(b"{}")


@pytest.mark.parametrize("complaint", ["", "not json", "[1]", "7", '{"scope":""}', "[" * 5000])
def test_a_complaint_that_cannot_be_read_says_nothing(complaint: str) -> None:
    assert why_refused(complaint) == ""


def test_a_token_cannot_carry_a_field_of_its_own() -> None:
    with pytest.raises(LocalProtocolError):
        XOAuth2(Credentials("ann", "a\1host=evil"))


# -- SCRAM

SHA1_FIRST = b"r=fyko+d2lbbFgONRv9qkxdawL3rfcNHYJY1ZVvWVs7j,s=QSXCR+Q6sek8bf92,i=4096"
SHA256_FIRST = b"r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096"


def sha1() -> ScramSha1:
    return ScramSha1(PENCIL, nonce="fyko+d2lbbFgONRv9qkxdawL")


def test_scram_sha_1_is_what_rfc_5802_says() -> None:
    exchange = sha1()
    assert exchange.first() == b"n,,n=user,r=fyko+d2lbbFgONRv9qkxdawL"
    assert not exchange.proved
    assert exchange.answer(SHA1_FIRST) == (
        b"c=biws,r=fyko+d2lbbFgONRv9qkxdawL3rfcNHYJY1ZVvWVs7j,p=v0X8v3Bz2T0CJGbJQyF0X+HI4Ts="
    )
    assert exchange.proved
    assert exchange.answer(b"v=rmF9pqV8S7suAoZWja4dJRkFsKQ=") == b""
    exchange.finish()


def test_scram_sha_256_is_what_rfc_7677_says() -> None:
    exchange = ScramSha256(PENCIL, nonce="rOprNGfwEbeRWgbNEkqO")
    assert exchange.first() == b"n,,n=user,r=rOprNGfwEbeRWgbNEkqO"
    assert exchange.answer(SHA256_FIRST) == (
        b"c=biws,r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,p=dHzbZapWIk4jUhN+Ute9ytag9zjfMHgsqmmiz7AndVQ="
    )
    exchange.answer(b"v=6rriTRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G4=")
    exchange.finish()


def test_a_server_that_does_not_know_the_password_is_found_out() -> None:
    exchange = sha1()
    exchange.answer(SHA1_FIRST)
    with pytest.raises(SaslTrouble, match="does not know the password"):
        exchange.answer(b"v=AAAApqV8S7suAoZWja4dJRkFsKQ=")
    with pytest.raises(SaslTrouble):
        exchange.finish()


def test_a_server_that_skips_its_proof_is_not_believed() -> None:
    exchange = sha1()
    exchange.answer(SHA1_FIRST)
    with pytest.raises(SaslTrouble, match="without proving"):
        exchange.finish()


@pytest.mark.parametrize("rounds", [1, MIN_ROUNDS - 1, MAX_ROUNDS + 1, 10**9, 10**18])
def test_too_few_rounds_and_a_billion_are_refused_before_anything_is_hashed(
    rounds: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(hashlib, "pbkdf2_hmac", None)
    exchange = sha1()
    with pytest.raises(SaslTrouble, match=f"{rounds:,}"):
        exchange.answer(SHA1_FIRST.replace(b"4096", str(rounds).encode()))
    assert not exchange.proved


@pytest.mark.parametrize(
    "challenge",
    [
        b"",
        b"\xff",
        b"r=fyko+d2lbbFgONRv9qkxdawL,s=QSXC,i=4096",  # our nonce and nothing of its own
        b"r=another3rfcNHYJY1ZVvWVs7j,s=QSXCR+Q6sek8bf92,i=4096",
        b"m=ext,r=fyko+d2lbbFgONRv9qkxdawL3rfc,s=QSXCR+Q6sek8bf92,i=4096",
        b"r=fyko+d2lbbFgONRv9qkxdawL3rfc,s=Q,i=4096",
        b"r=fyko+d2lbbFgONRv9qkxdawL3rfc,s=QSXCR+Q6sek8bf92,i=0",
        b"r=" + b"x" * 5000,
    ],
)
def test_a_server_that_does_not_keep_to_scram_gets_no_proof(challenge: bytes) -> None:
    exchange = sha1()
    with pytest.raises(SaslTrouble):
        exchange.answer(challenge)
    assert not exchange.proved


def test_names_with_commas_and_equals_signs_are_escaped_and_prepared() -> None:
    exchange = ScramSha1(Credentials("a=b,Ⅸ", "x", "team,one"), nonce="n")
    assert exchange.first() == b"n,a=team=2Cone,n=a=3Db=2CIX,r=n"


def test_a_complaint_about_the_binding_says_nothing_about_the_password() -> None:
    exchange = sha1()
    exchange.answer(SHA1_FIRST)
    assert exchange.answer(b"e=channel-bindings-dont-match") == b""
    assert exchange.technical
    other = sha1()
    other.answer(SHA1_FIRST)
    other.answer(b"e=invalid-proof")
    assert not other.technical


def checks(exchange: Scram, password: bytes, binding: bytes) -> bool:
    """Whether a server with this password and this binding would let the exchange in (RFC 5802 §3)."""
    gs2, _, bare = exchange.first().decode().partition(",n=")
    first = f"r={bare.partition(',r=')[2]}server,s=c2FsdA==,i=4096"
    final = exchange.answer(first.encode()).decode()
    without, _, proof = final.rpartition(",p=")
    said = f"n={bare},{first},{without}".encode()
    client_key = hmac.digest(hashlib.pbkdf2_hmac(exchange.hash, password, b"salt", 4096), b"Client Key", exchange.hash)
    signature = hmac.digest(hashlib.new(exchange.hash, client_key).digest(), said, exchange.hash)
    right = bytes(a ^ b for a, b in zip(client_key, signature, strict=True)) == base64.b64decode(proof)
    told = base64.b64decode(without.partition("c=")[2].partition(",r=")[0])
    return right and told == gs2.encode() + b"," + binding


def test_the_binding_of_plus_is_in_the_proof() -> None:
    assert checks(ScramSha256Plus(PENCIL, Binding("tls-unique", b"\1\2")), b"pencil", b"\1\2")
    assert not checks(ScramSha256Plus(PENCIL, Binding("tls-unique", b"\1\2")), b"pencil", b"\3")
    assert not checks(ScramSha256Plus(PENCIL, Binding("tls-unique", b"\1\2")), b"pen", b"\1\2")


def test_a_server_that_offers_no_plus_is_told_that_we_could() -> None:
    assert ScramSha256(PENCIL, could_bind=True).first().startswith(b"y,,")
    assert ScramSha256Plus(PENCIL, Binding("tls-unique", b"x")).first().startswith(b"p=tls-unique,,")


# -- SASLprep


@pytest.mark.parametrize(
    ("raw", "prepared"),  # RFC 4013 §3
    [("I\u00adX", "IX"), ("user", "user"), ("USER", "USER"), ("\u00aa", "a"), ("\u2168", "IX"), ("a\u00a0b", "a b")],
)
def test_saslprep_is_what_rfc_4013_says(raw: str, prepared: str) -> None:
    assert saslprep(raw) == prepared


@pytest.mark.parametrize("raw", ["\u0007", "\u0627\u0031", "\u0627a\u0627", "a\ud800", "\ufffd"])
def test_what_saslprep_prohibits_is_refused(raw: str) -> None:
    with pytest.raises(LocalProtocolError):
        saslprep(raw)
