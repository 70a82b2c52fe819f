from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tuimail.protocol.imap import utf7


@pytest.mark.parametrize(
    ("name", "wire"),
    [
        ("INBOX", b"INBOX"),
        ("~peter/mail/台北/日本語", b"~peter/mail/&U,BTFw-/&ZeVnLIqe-"),
        ("Tom & Jerry", b"Tom &- Jerry"),
        ("&-", b"&--"),
        ("Entwürfe", b"Entw&APw-rfe"),
        ("😀", b"&2D3eAA-"),
        ("a\tb", b"a&AAk-b"),
    ],
)
def test_names_travel_as_rfc_3501_says(name: str, wire: bytes) -> None:
    assert utf7.encode(name) == wire
    assert utf7.decode(wire) == name


@given(st.text(st.characters(exclude_categories=["Cs"])))
def test_what_we_write_we_read(name: str) -> None:
    wire = utf7.encode(name)
    assert all(0x20 <= octet <= 0x7E for octet in wire)
    assert utf7.decode(wire) == name


@given(st.binary())
def test_any_bytes_can_be_shown(wire: bytes) -> None:
    utf7.decode(wire)


@given(st.text("&-,+AB/ é"))
def test_near_misses_can_be_shown(wire: str) -> None:
    utf7.decode(wire.encode())


def test_a_name_in_utf8_is_read_as_utf8() -> None:
    assert utf7.decode("Entwürfe & so".encode()) == "Entwürfe & so"


def test_broken_runs_stay_as_they_stand() -> None:
    assert utf7.decode(b"&A- &2D0- & &AB") == "&A- &2D0- & &AB"


def test_a_lone_surrogate_is_replaced() -> None:
    assert utf7.decode(utf7.encode("a\ud83db")) == "a\ufffdb"
