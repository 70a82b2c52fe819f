"""The tests' own terminal: what it must tell apart, and what it must paint."""

from __future__ import annotations

import pytest

from tests.app.picture import TEXTUALS, Picture, commands

FOREIGN = (
    *(b"\x1b]0;title\x07", b"\x1b]52;c;eA==\x1b\\", b"\x1b[2J", b"\x1b[5mblink", b"\x1b[8mhidden", b"\x1bPq#0\x1b\\"),
    *(b"\x1b_Gf\x1b\\", b"\x1b^pm\x1b\\", b"\x1bXsos\x1b\\", b"\x1b(0", b"\x1bc", b"\x1b[6n", b"\x1b[?1049$p", b"\x0e"),
    *(b"\x07", b"\x08", b"\x7f", "\x9b31m".encode(), b"\x9b31m", "\u202e".encode(), "\u2066".encode(), b"\x1b[31m"),
)


@pytest.mark.parametrize("command", FOREIGN, ids=repr)
def test_a_command_textual_does_not_make_is_seen(command: bytes) -> None:
    assert set(commands(b"words" + command + b" and more words")) - TEXTUALS


def test_textuals_own_are_known() -> None:
    assert set(commands(b"\x1b[1;1H\x1b[1;38;2;1;2;3;48;2;4;5;6mwords\x1b[0m\r\n\x1b[?25l")) <= TEXTUALS


def test_it_paints_where_the_cursor_is_though_a_command_comes_in_two_pieces() -> None:
    picture = Picture(6, 2)
    for piece in (b"\x1b[2;", b"3Hab\xe5", b"\xb1\xb1\x1b[1;1Hx", b"\x1b[?1049h"):
        picture.feed(piece)
    assert picture.text == "x\n  ab山"
    assert picture.alternate
    picture.resize(3, 1)
    assert picture.text == "x"
