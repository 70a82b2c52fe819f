from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tuimail.content.authres import prove, read, trusted_names
from tuimail.model import Address

ADA = (Address("Ada", "ada@example.org"),)
FIELD = "Authentication-Results"


@pytest.mark.parametrize(
    ("host", "configured", "names"),
    [
        ("imap.example.org", (), ("example.org",)),
        ("example.org", (), ("example.org",)),
        ("imap.gmail.com", (), ("gmail.com", "google.com")),
        ("imap.example.org", ("mx.other.example",), ("mx.other.example",)),
        ("imap.example.org", ("none",), ()),
        ("localhost", (), ()),
        ("192.0.2.1", (), ()),
        ("imap.org", (), ("imap.org",)),
    ],
)
def test_an_account_trusts_its_own_server_unless_told_otherwise(
    host: str, configured: tuple[str, ...], names: tuple[str, ...]
) -> None:
    assert trusted_names(host, configured) == names


@pytest.mark.parametrize(
    ("value", "word"),
    [
        ("mx.example.net; dmarc=pass header.from=example.org", "verified"),
        ("mx.example.net 1; dmarc=pass (p=NONE dis=NONE) header.from=example.org", "verified"),
        ("mx.example.net; dkim=pass header.d=example.org header.s=a", "verified"),
        ("mx.example.net; dkim=pass header.i=@example.org", "verified"),
        ('mx.example.net; (a; b (c)) dkim/1 = pass reason="good; so" header.d="example.org"', "verified"),
        ("mx.example.net; dmarc=fail header.from=example.org; dkim=pass header.d=example.org", "failed"),
        ("mx.example.net; dkim=pass header.d=evil.example", "unproven"),
        ("mx.example.net; dmarc=pass header.from=evil.example", "unproven"),
        ("mx.example.net; dkim=pass header.d=org", "unproven"),
        ("mx.example.net; spf=pass smtp.mailfrom=example.org", "unproven"),
        ("mx.example.net; none", "unproven"),
    ],
)
def test_one_word_for_what_a_trusted_server_says(value: str, word: str) -> None:
    proof = prove([("Received", "x"), (FIELD, value)], ADA, ["example.net"])
    assert proof is not None and proof.word == word and proof.by == "mx.example.net"


def test_the_reasons_are_kept_for_who_asks() -> None:
    proof = prove(
        [(FIELD, "example.net; dmarc=pass header.from=example.org; spf=none smtp.mailfrom=x")], ADA, ["example.net"]
    )
    assert proof is not None and proof.reasons == ("dmarc=pass (example.org)", "spf=none (x)")


def test_only_the_topmost_fields_of_a_trusted_server_count() -> None:
    good = (FIELD, "example.net; dmarc=pass header.from=example.org")
    assert prove([(FIELD, "evil.example; none"), good], ADA, ["example.net"]) is None
    assert prove([good], ADA, []) is None
    assert prove([(FIELD, good[1].replace("example.net", "notexample.net"))], ADA, ["example.net"]) is None
    signed = prove([(FIELD, "example.net; dkim=none"), good, (FIELD, "evil.example; dmarc=fail")], ADA, ["example.net"])
    assert signed is not None and signed.word == "verified"


def test_two_senders_or_none_are_never_verified() -> None:
    good = [(FIELD, "example.net; dmarc=pass header.from=example.org")]
    for sender in ((), (*ADA, Address("", "eve@evil.example"))):
        proof = prove(good, sender, ["example.net"])
        assert proof is not None and proof.word == "unproven"


@given(st.text(max_size=300))
def test_any_field_can_be_read(value: str) -> None:
    read(value)


def test_a_flood_is_read_in_linear_time() -> None:
    from tests.widgets.made_up import fastest

    for flood in ("(" * 100_000, "x=" * 50_000, ";a=b" * 50_000, '"' * 99_999, "a.b=" * 30_000):
        assert fastest(lambda flood=flood: read(flood)) < 0.1  # type: ignore[misc]
