from __future__ import annotations

from tests.content.test_structure import TEXT, multipart
from tuimail.content.body import _signed_above
from tuimail.content.structure import read_structure


def test_only_the_first_part_of_a_signed_multipart_is_under_its_seal() -> None:
    raw = ("From: a@example.org\r\n" + multipart("signed", "A", multipart("mixed", "B", TEXT, TEXT), TEXT)).encode()
    root = read_structure(raw).root
    inner, other = root.parts
    above = _signed_above(root)
    assert all(above[id(part)] is root for part in (inner, *inner.parts)) and id(other) not in above
