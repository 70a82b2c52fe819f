"""The small things of the net: dates, words, flags, the log."""

from __future__ import annotations

import pytest

from tuimail.model import Flag
from tuimail.net import flagwords, internaldate
from tuimail.net.abilities import abilities_of, describe
from tuimail.net.parts import remote_part
from tuimail.net.wirelog import WireLog
from tuimail.net.wording import printable
from tuimail.protocol.imap.bodystructure import Part


@pytest.mark.parametrize(
    ("date", "seconds"),
    [
        (b"17-Jul-1996 02:44:25 -0700", 837_596_665),
        (b" 1-Jan-2024 00:00:00 +0000", 1_704_067_200),
        (b"1-Jan-2024 00:00:00 +0000", 1_704_067_200),
        (b"01-JAN-2024 01:30:00 +0130", 1_704_067_200),
        (b"01-Jan-1960 00:00:00 +0000", 0),
        (b"31-Feb-2024 00:00:00 +0000", 0),
        (b"01-Foo-2024 00:00:00 +0000", 0),
        (b"99-99-9999 aa:bb:cc +zzzz", 0),
        (b"", 0),
        (b"01-Jan-9999 00:00:00 -9999" * 40, 0),
    ],
)
def test_an_internaldate_is_seconds_or_nothing(date: bytes, seconds: int) -> None:
    assert internaldate.epoch(date) == seconds


def test_flags_go_there_and_back_and_strangers_stay_keywords() -> None:
    told = (b"\\seen", b"\\Recent", b"$FORWARDED", b"Work", b"NonJunk", b"\\*")
    assert flagwords.read(told) == (Flag.SEEN | Flag.FORWARDED, "Work NonJunk")
    for flag in Flag:
        assert flagwords.read(tuple(flagwords.words(flag))) == (flag, "")


def test_the_log_is_bounded_and_printable() -> None:
    log = WireLog()
    log.strike(b"hunter2")
    for _ in range(2000):
        log.received(b"* 1 FETCH " + b"x" * 300_000 + b"\x1b[2J\r\n")
    log.sent(b"a1 LOGIN ann ***\r\na2 NOOP\r\n")
    log.received(b"a1 NO hunter2 is wrong \xff\r\n")
    lines = list(log.lines())
    assert sum(map(len, lines)) < 1_000_000
    assert all(line.isprintable() for line in lines)
    assert lines[-3].endswith(" C: a1 LOGIN ann ***") and lines[-2].endswith(" C: a2 NOOP")
    assert lines[-1].endswith(r" S: a1 NO *** is wrong \xff")


def test_a_struck_secret_cannot_hide_across_the_cut_of_a_long_piece() -> None:
    log = WireLog()
    log.strike(b"hunter2")
    for before in range(1010, 1026):
        log.received(b"x" * before + b"hunter2" + b"y" * 2000)
    assert not any("hunter" in line for line in log.lines())


def test_server_words_become_one_short_visible_line() -> None:
    assert printable("no\r\n \x1b[31mway\u202e\u2066 \x00") == "no [31mway"
    assert len(printable("x" * 5000)) == 200


def test_capabilities_are_described_in_words() -> None:
    told = dict(describe(["idle", "MOVE", "XYZZY"]))
    assert set(told) == {"IDLE", "MOVE"} and all(told.values())
    assert abilities_of(["idle"]).idle and not abilities_of(["idle"]).move
    assert abilities_of(["IMAP4rev2"]).move


@pytest.mark.parametrize(
    ("params", "name"),
    [
        ({"filename": b"plain.pdf"}, "plain.pdf"),
        ({"filename*": b"utf-8''%E2%82%AC.pdf", "filename": b"euro.pdf"}, "€.pdf"),
        ({"filename": b"=?utf-8?B?4oKsLnBkZg==?="}, "€.pdf"),
        ({"filename": b"=?no-such-charset?B?4oKsLnBkZg==?="}, "=?no-such-charset?B?4oKsLnBkZg==?="),
        ({"filename*": b"no-such'charset'%FF"}, "ÿ"),
        ({"filename": "naïve.txt".encode()}, "naïve.txt"),
        ({"filename": b"a\x1b]0;x\x07b"}, "a ]0;x b"),
        ({"filename*0*": b"utf-8''a", "filename*99999999*": b"b"}, "ab"),
        ({}, ""),
    ],
)
def test_a_file_name_is_read_however_it_is_written(params: dict[str, bytes], name: str) -> None:
    assert remote_part(Part("2", "image/png", {}, disposition_params=params)).filename == name
