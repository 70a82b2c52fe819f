"""Names of copies, and the quoting of an mbox."""

from __future__ import annotations

import re

from hypothesis import given
from hypothesis import strategies as st

from tuimail.content.copies import (
    LONG_LINE,
    Copy,
    Quoting,
    Source,
    eml_name,
    from_line,
    maildir_name,
    uid_of_file,
    uid_of_line,
)
from tuimail.model import Flag

SOURCE = Source.of("ada", "imap.example.org", b"INBOX", 1_700_000_000)
COPY = Copy(1, 17, Flag.SEEN | Flag.FLAGGED | Flag.ANSWERED, 1_763_647_321, 300, "The mill")


def _written(message: bytes, cuts: list[int]) -> bytes:
    quoting = Quoting()
    pieces = [message[a:b] for a, b in zip([0, *cuts], [*cuts, len(message)], strict=True)]
    return b"".join(quoting.feed(piece) for piece in pieces) + quoting.finish()


def _plainly(message: bytes) -> bytes:
    text = re.sub(rb"(?m)^(>*From )", rb">\1", message.replace(b"\r\n", b"\n"))
    return text + (b"\n" if not text or text.endswith(b"\n") else b"\n\n")


@given(st.lists(st.sampled_from([b"From ", b">", b"\r\n", b"\n", b"\r", b"x", b"Fro"]), max_size=30), st.data())
def test_a_message_is_quoted_the_same_however_it_comes_in_pieces(words: list[bytes], data: st.DataObject) -> None:
    message = b"".join(words)
    cuts = sorted(data.draw(st.lists(st.integers(0, len(message)), max_size=5)))
    assert _written(message, cuts) == _plainly(message)


def test_a_line_without_end_is_not_kept_in_memory() -> None:
    quoting = Quoting()
    line = b"From " + b"x" * LONG_LINE
    assert quoting.feed(line + b"\r") == b">" + line
    assert quoting.feed(b"\nFrom here\r\n") + quoting.finish() == b"\n>From here\n\n"
    assert _written(line + line + b"\r\n", [len(line)]) == b">" + line + line + b"\n\n"


def test_every_name_tells_whose_copy_it_is_and_nobody_elses() -> None:
    other = Source.of("ada", "imap.example.org", b"INBOX", 1_700_000_001)
    for name in (maildir_name(SOURCE, COPY), eml_name(SOURCE, COPY), maildir_name(SOURCE, COPY).partition(":")[0]):
        assert uid_of_file(SOURCE, name) == 17
        assert uid_of_file(other, name) is None
    assert uid_of_line(SOURCE, from_line(SOURCE, COPY)) == 17
    assert uid_of_line(other, from_line(SOURCE, COPY)) is None
    for name in ("", "holiday.eml", "1763647321.M1P2.host:2,S", "x" * 300):
        assert uid_of_file(SOURCE, name) is None


def test_the_names_are_those_promised() -> None:
    assert maildir_name(SOURCE, COPY) == f"1763647321.U17V1700000000.{SOURCE.key}:2,FRS"
    assert eml_name(SOURCE, COPY) == f"2025-11-20 The mill {SOURCE.key}-1700000000-17.eml"
    assert from_line(SOURCE, COPY) == (
        b"From 17.1700000000.%b@export.invalid Thu Nov 20 14:02:01 2025\n" % SOURCE.key.encode()
    )


@given(st.text(max_size=300))
def test_no_subject_makes_a_name_that_is_a_path_or_too_long(subject: str) -> None:
    copy = Copy(1, 2**63, Flag.NONE, 0, 0, subject)
    name = eml_name(SOURCE, copy)
    assert "/" not in name and not name.startswith((".", "-")) and name.isprintable()
    assert len(f".{name}.part".encode()) <= 255
    assert uid_of_file(SOURCE, name) == 2**63
