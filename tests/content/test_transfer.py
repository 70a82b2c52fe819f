from __future__ import annotations

import base64
import binascii
import quopri

from hypothesis import given
from hypothesis import strategies as st

from tuimail.content.transfer import Decoder, decoded_size, from_base64, from_uu, undo


@given(st.binary(max_size=500))
def test_what_was_encoded_comes_back(data: bytes) -> None:
    assert from_base64(base64.encodebytes(data)) == data
    assert undo(quopri.encodestring(data.replace(b"\r", b"")), "Quoted-Printable") == (data.replace(b"\r", b""), True)
    lines = [binascii.b2a_uu(data[start : start + 45]) for start in range(0, len(data), 45)]
    assert from_uu(b"begin 644 x\n" + b"".join(lines) + b"`\nend\nrest\n") == data


def test_base64_with_junk_and_inner_padding_gives_every_run() -> None:
    assert from_base64(b"SGVs!!!bG8g\r\nQk9EWQ==\n=\nQUJD===QUJD") == b"Hello BODYABCABC"


def test_an_unknown_encoding_leaves_the_octets_and_says_so() -> None:
    assert undo(b"=41", "x-odd") == (b"=41", False)
    assert undo(b"=41", "8bit") == (b"=41", True)


@given(st.binary(max_size=300), st.sampled_from(["base64", "quoted-printable", "x-uuencode", "7bit", "?"]))
def test_any_octets_can_be_undone(data: bytes, encoding: str) -> None:
    assert isinstance(undo(data, encoding)[0], bytes)


_LIKE_MAIL = st.text(alphabet="ABab01+/= \r\n!`endbgi 6#", max_size=300).map(str.encode)


@given(
    _LIKE_MAIL, st.lists(st.integers(0, 40), max_size=12), st.sampled_from(["base64", "quoted-printable", "uue", ""])
)
def test_a_message_in_pieces_decodes_like_the_whole(data: bytes, lengths: list[int], encoding: str) -> None:
    decoder, told, place = Decoder(encoding), [], 0
    for length in [*lengths, len(data)]:
        told.append(decoder.feed(data[place : place + length]))
        place += length
        decoder = Decoder(encoding, decoder.carry, ended=decoder.ended)  # put away, and taken up again
    assert b"".join([*told, decoder.finish()]) == undo(data, encoding)[0]


def test_a_line_without_an_end_is_not_kept_back_for_ever() -> None:
    decoder = Decoder("quoted-printable")
    told = sum(len(decoder.feed(b"x" * 300_000)) for _ in range(20))
    assert told > 4_000_000
    assert len(decoder.carry) <= 1 << 20


def test_the_size_of_base64_in_lines_is_guessed_well() -> None:
    encoded = base64.encodebytes(bytes(100_000)).replace(b"\n", b"\r\n")
    assert abs(decoded_size(len(encoded), "BASE64") - 100_000) < 100
    assert decoded_size(77, "8bit") == 77
