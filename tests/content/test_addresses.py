from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tuimail.content.addresses import MOST_ADDRESSES, display, first_address, impostor, parse_addresses, tricks
from tuimail.model import Address


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("ada@example.org", [("", "ada@example.org")]),
        ("Ada Lovelace <ada@example.org>", [("Ada Lovelace", "ada@example.org")]),
        (
            '"Lovelace, Ada" <ada@example.org>, bob@example.org',
            [("Lovelace, Ada", "ada@example.org"), ("", "bob@example.org")],
        ),
        ("ada@example.org (Ada (the) first)", [("Ada (the) first", "ada@example.org")]),
        ("=?utf-8?Q?J=C3=BCrgen=2C_K?= <j@example.org>", [("Jürgen, K", "j@example.org")]),
        ('"=?utf-8?Q?J=C3=BCrgen?=" <j@example.org>', [("Jürgen", "j@example.org")]),
        ('"a \\"b\\" c" <x@example.org>', [('a "b" c', "x@example.org")]),
        ('<"john doe"@example.org>', [("", '"john doe"@example.org')]),
        ("Ada ada@example.org", [("Ada", "ada@example.org")]),
        ("team: a@x.org, b@x.org;, c@x.org", [("", "a@x.org"), ("", "b@x.org"), ("", "c@x.org")]),
        ("undisclosed-recipients:;", [("undisclosed-recipients", "")]),
        ("a@x.org; b@x.org", [("", "a@x.org"), ("", "b@x.org")]),
        ("MAILER-DAEMON", [("MAILER-DAEMON", "")]),
        ("<>", [("", "")]),
        ("", []),
        (",,;,", []),
    ],
)
def test_a_field_is_cut_into_mailboxes(value: str, expected: list[tuple[str, str]]) -> None:
    assert parse_addresses(value.encode()) == tuple(Address(*pair) for pair in expected)


def test_an_encoded_word_in_an_address_stays_encoded() -> None:
    (address,) = parse_addresses(b"=?utf-8?B?Ym9zc0BiYW5rLnRlc3QNCg0KCg==?=@evil.test")
    assert address.email.endswith("@evil.test")
    assert "boss" not in address.email + address.name


def test_a_quoted_local_part_cannot_hide_the_domain() -> None:
    (address,) = parse_addresses(b'"boss@bank.test> <x"@evil.test')
    assert address.email.endswith("@evil.test")
    assert display(address).endswith("@evil.test")


def test_a_name_that_poses_as_an_address_is_not_what_the_list_shows() -> None:
    padded = b'"Boss <boss@bank.test>' + b" " * 300 + b'" <eve@evil.test>'
    (address,) = parse_addresses(padded)
    assert impostor(address) == "boss@bank.test"
    assert display(address) == "eve@evil.test"
    assert "boss@bank.test" in tricks(address)[0]


def test_of_two_bracketed_addresses_the_last_counts_and_the_first_is_told() -> None:
    (address,) = parse_addresses(b"Boss <boss@bank.test> <eve@evil.test>")
    assert address.email == "eve@evil.test"
    assert impostor(address) == "boss@bank.test"


def test_a_name_that_repeats_its_own_address_is_honest() -> None:
    (address,) = parse_addresses(b'"ada@example.org" <ada@example.org>')
    assert impostor(address) == ""
    assert tricks(address) == []


def test_the_first_of_many_is_counted() -> None:
    assert first_address(b"Ada <a@x.org>, b@x.org, c@x.org") == ("Ada", "a@x.org", 3)
    assert first_address(b"") == ("", "", 0)


@pytest.mark.timeout(10)
@pytest.mark.parametrize(
    "value", [b"(" * 100_000, b'"' * 100_001, b"<" * 100_000, b'<"' * 50_000, b"\\" * 99_999, b"a@b," * 60_000]
)
def test_floods_are_read_in_one_pass(value: bytes) -> None:
    assert len(parse_addresses(value)) <= MOST_ADDRESSES


@given(st.binary(max_size=100) | st.text(st.sampled_from('ab@<>"(),;:\\ =?'), max_size=60).map(str.encode))
def test_any_octets_give_addresses(value: bytes) -> None:
    for address in parse_addresses(value):
        assert "\n" not in address.name + address.email


def test_a_comment_is_the_name_only_where_there_is_no_other() -> None:
    assert parse_addresses(b"<ada@example.org> (Ada)") == (Address("Ada", "ada@example.org"),)
    assert parse_addresses(b"Ada (mother) <ada@example.org>") == (Address("Ada", "ada@example.org"),)


@pytest.mark.parametrize(
    ("address", "told"),
    [
        (Address("paypal.com Support", "eve@evil.example"), "The sender's name says paypal.com"),
        (Address("www.bank.com", "eve@evil.example"), "The sender's name says www.bank.com"),
        (Address("Booking.com", "noreply@mail.booking.com"), ""),
        (Address("mail.example.org", "ada@example.org"), ""),
        (Address("J. R. Smith", "ada@example.org"), ""),
        (Address("Ada", "ada@xn--pypal-4ve.com"), "letters of another script behind xn--"),
    ],
)
def test_a_name_that_borrows_a_host_and_a_host_behind_punycode_are_pointed_out(address: Address, told: str) -> None:
    said = " ".join(tricks(address))
    assert told in said if told else said == ""
