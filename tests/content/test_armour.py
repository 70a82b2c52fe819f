from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from tuimail.content.armour import MOST, stretches

CLEAR = b"""-----BEGIN PGP SIGNED MESSAGE-----
Hash: SHA512

- -- dash
words
-----BEGIN PGP SIGNATURE-----

x
-----END PGP SIGNATURE-----"""
ARMOUR = b"-----BEGIN PGP MESSAGE-----\n\nx\n-----END PGP MESSAGE-----"
PIECES = [CLEAR, ARMOUR, b"text", *CLEAR.split(b"\n"), *ARMOUR.split(b"\n"), b"-----BEGIN PGP MESSAGE----- x", b""]


def kinds(text: bytes) -> list[str]:
    return [piece.kind for piece in stretches(text)]


def test_text_without_openpgp_is_one_stretch() -> None:
    assert stretches(b"words\n-----BEGIN PGP MESSAGE----- no") == [(b"words\n-----BEGIN PGP MESSAGE----- no", "", b"")]
    assert kinds(b"") == [""]


def test_what_stands_around_a_signed_text_is_text() -> None:
    assert kinds(b"above\n" + CLEAR + b"\nbelow\n") == ["", "signed", ""]
    assert stretches(CLEAR)[0].readable == b"-- dash\nwords\n"


def test_one_text_may_hold_several() -> None:
    assert kinds(CLEAR + b"\n" + ARMOUR + b"\r\n" + ARMOUR) == ["signed", "message", "message"]


def test_a_text_without_its_end_or_with_another_one_is_text() -> None:
    assert kinds(CLEAR.rpartition(b"\n")[0]) == [""]
    assert kinds(ARMOUR.replace(b"END PGP MESSAGE", b"END PGP SIGNATURE")) == [""]


def test_after_many_the_rest_is_text() -> None:
    found = kinds(b"\n".join([ARMOUR] * 5_000))
    assert found.count("message") <= 2 * MOST and found[-1] == ""


@given(st.lists(st.sampled_from(PIECES), max_size=30).map(b"\n".join))
def test_no_octet_is_lost_and_none_is_twice_under_a_seal(text: bytes) -> None:
    assert b"".join(b"".join(piece.octets.split()) for piece in stretches(text)) == b"".join(text.split())
