from __future__ import annotations

import pytest

from tuimail.content.tnef import MOST_NAMES, names

SIGNATURE = (0x223E9F78).to_bytes(4, "little") + b"\x01\x00"


def attribute(id_: int, data: bytes) -> bytes:
    return b"\x02" + id_.to_bytes(4, "little") + len(data).to_bytes(4, "little") + data + b"\0\0"


TITLE = 0x18010


def test_the_names_inside_are_told() -> None:
    data = SIGNATURE + attribute(0x89006, b"\0\0\1\0") + attribute(TITLE, b"a.pdf\0") + attribute(TITLE, b"b\x1b.doc\0")
    assert names(data) == ["a.pdf", "b�.doc"]


@pytest.mark.parametrize("data", [b"", b"PK\3\4", SIGNATURE, SIGNATURE + b"\2" * 8, SIGNATURE + b"\xff" * 40])
def test_what_is_no_tnef_or_is_cut_holds_no_names(data: bytes) -> None:
    assert names(data) == []


def test_names_are_counted() -> None:
    assert len(names(SIGNATURE + attribute(TITLE, b"x\0") * (MOST_NAMES + 1))) == MOST_NAMES
