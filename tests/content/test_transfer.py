from __future__ import annotations

import base64
import binascii
import quopri

from hypothesis import given
from hypothesis import strategies as st

from tuimail.content.transfer import from_base64, from_uu, undo


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
