from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tuimail.content.params import MOST_PARAMETERS, parse_params


def test_a_type_with_parameters() -> None:
    read = parse_params(b'Multipart/Mixed; Boundary="a;b\\"c" ; charset=utf-8 (comment)')
    assert read.value == "multipart/mixed"
    assert read.boundary == b'a;b"c'
    assert read.params["boundary"] == 'a;b"c'


@pytest.mark.parametrize(
    "value",
    [
        b"attachment; filename*=utf-8''na%C3%AFve.txt",
        b"attachment; filename*0*=utf-8''na; filename*1*=%C3%AF; filename*2=ve.txt",
        b'attachment; filename="=?utf-8?Q?na=C3=AFve.txt?="',
        'attachment; filename="naïve.txt"'.encode(),
        b"attachment; filename*=iso-8859-1'en'na%EFve.txt",
        b"attachment; filename=\"other.txt\"; filename*=utf-8''na%C3%AFve.txt",
    ],
)
def test_a_file_name_in_every_spelling(value: bytes) -> None:
    assert parse_params(value).params["filename"] == "naïve.txt"


def test_the_first_of_two_counts_and_the_quarrel_is_told() -> None:
    read = parse_params(b"text/plain; name=a.txt; name=b.exe")
    assert read.params["name"] == "a.txt"
    assert read.disputed == {"name"}


def test_only_so_many_parameters_are_read() -> None:
    flood = b"text/plain" + b"".join(b"; a%d=x" % n for n in range(30_000))
    assert len(parse_params(flood).params) <= MOST_PARAMETERS


@given(st.binary(max_size=200) | st.text(st.sampled_from("a;=\"\\*0'%'/ "), max_size=80).map(str.encode))
def test_any_octets_can_be_taken_apart(value: bytes) -> None:
    assert isinstance(parse_params(value).params, dict)


def test_a_windows_path_keeps_its_backslashes() -> None:
    assert parse_params(rb'attachment; filename="C:\TEMP\a.png"').params["filename"] == r"C:\TEMP\a.png"


@pytest.mark.parametrize(
    ("value", "type_", "boundary"),
    [
        (b'multipart/mixed\tboundary="b 1"', "multipart/mixed", b"b 1"),
        (b"multipart/mixed boundary=b1; charset=x", "multipart/mixed", b"b1"),
        (b"multipart / mixed ; boundary=b1", "multipart/mixed", b"b1"),
        (b"(a) multipart (b) / (c) mixed (d); boundary=b1", "multipart/mixed", b"b1"),
    ],
)
def test_a_type_in_odd_dress_is_read(value: bytes, type_: str, boundary: bytes) -> None:
    found = parse_params(value)
    assert (found.value, found.boundary) == (type_, boundary)
