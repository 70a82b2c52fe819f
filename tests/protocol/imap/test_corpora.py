"""Responses that other people recorded or made up: TUIMAIL_CORPORA names the folder they lie in.

193 vectors of Ruby's Net::IMAP (with what it makes of them) and 307 transcripts of MailKit: Gmail, Exchange, Yahoo,
Domino, QQ … Each is read whole and octet by octet, quickly and slowly, by us and by IMAPClient.
"""

from __future__ import annotations

import base64
import json
import os
import re
from pathlib import Path
from typing import Any

import pytest
from imapclient.exceptions import ProtocolError as TheirError
from imapclient.response_parser import parse_response

from tests.protocol.streams import events_of, frames
from tests.robust.exercise import swallow
from tuimail.protocol.errors import RemoteProtocolError
from tuimail.protocol.framing import Frame
from tuimail.protocol.imap.fastpath import read_quickly
from tuimail.protocol.imap.parser import parse
from tuimail.protocol.imap.responses import Fetch, Unparsed
from tuimail.protocol.imap.tokens import Value, values

CORPORA = Path(os.environ.get("TUIMAIL_CORPORA", ""))
pytestmark = [
    pytest.mark.corpora,
    pytest.mark.skipif("TUIMAIL_CORPORA" not in os.environ, reason="TUIMAIL_CORPORA is not set"),
]

FORGIVEN = {"test_invalid_fetch_msg_att_unknown_fails"}
"""Net::IMAP refuses a FETCH item it does not know; we keep it beside the others."""

IMAPCLIENT_ERRS = {
    "test_bodystructure_extension_fields": "NIL is case-insensitive (RFC 9051 §9, ABNF strings): NiL is NIL",
    "test_imaginary_status_response_using_tagged-ext-val": "the same: nil is NIL",
    "imap.gmail.com allows invalid atom-specials in flags": "a bracket does not bind across a blank: there are two "
    "flags, `OIB-Seen-[Google` and `Mail]/Alle`, which no atom may hold and Gmail sends",
}
"""Where we read something else than IMAPClient, and why it is right."""


def vectors() -> list[dict[str, Any]]:
    found = list(map(json.loads, (CORPORA / "net-imap-responses" / "responses.jsonl").read_text("utf-8").splitlines()))
    assert len(found) == 193
    return found


def transcripts() -> dict[str, bytes]:
    """Git gave them bare line feeds, their literals count CRLF."""
    found = sorted((CORPORA / "mailkit-transcripts" / "Imap").rglob("*.txt"))
    assert len(found) == 307
    return {str(one): one.read_bytes().replace(b"\r\n", b"\n").replace(b"\n", b"\r\n") for one in found}


def streams() -> dict[str, bytes]:
    return {vector["name"]: base64.b64decode(vector["response_b64"]) for vector in vectors()} | transcripts()


def test_the_responses_of_net_imap_are_read_and_those_meant_to_fail_fail() -> None:
    wrong = []
    for vector in vectors():
        try:
            events = events_of(base64.b64decode(vector["response_b64"]))
        except RemoteProtocolError:
            events = []
        understood = len(events) == 1 and not isinstance(events[0], Unparsed)
        if understood == bool(vector["must_fail"]):
            wrong.append(vector["name"])
    assert sum(bool(vector["must_fail"]) for vector in vectors()) == 2
    assert set(wrong) == FORGIVEN


def test_the_transcripts_of_mailkit_are_read_to_the_last_line() -> None:
    fetches = 0
    for name, stream in transcripts().items():
        for event in events_of(stream):
            assert not isinstance(event, Unparsed), (name, event)
            fetches += isinstance(event, Fetch)
    assert fetches > 300


def test_octet_by_octet_everything_means_the_same_and_so_does_the_fast_path() -> None:
    """On a connection, that is with the matching in the stream, which the parser of single frames never sees."""
    for stream in streams().values():
        swallow(stream, range(1, len(stream)))


def test_what_is_read_quickly_is_what_the_parser_reads() -> None:
    quickly = 0
    for name, stream in streams().items():
        if name.startswith("invalid literal"):
            continue
        for frame in frames(stream):
            if (event := read_quickly(frame)) is not None:
                quickly += 1
                assert event == parse(frame)
    assert quickly > 50


_DATA = re.compile(rb"\* +(?:[0-9]+ +)?(?!(?:OK|NO|BAD|BYE|PREAUTH)\b)[A-Z][A-Z0-9.=-]* *", re.IGNORECASE)
_MARKER = re.compile(rb"~?\{([0-9]+)\+?\}\r\n")


def test_imapclient_reads_the_same_words_and_lists_or_is_wrong() -> None:
    compared, different = 0, set()
    for name, stream in streams().items():
        if name.startswith("invalid literal"):
            continue
        for frame in frames(stream):
            if found := _DATA.match(frame.text):
                compared += 1
                if _with_numbers(values(frame, found.end())) != _with_numbers(_by_imapclient(frame, found.end())):
                    different.add(name)
    assert compared > 800
    assert different == set(IMAPCLIENT_ERRS)


def _by_imapclient(frame: Frame, start: int) -> Any:
    """It takes what imaplib gives: pieces that end in a literal's marker, each with that literal."""
    pieces = _MARKER.split(frame.text[start:])
    lines: list[Any] = []
    for before, size, literal in zip(pieces[:-1:2], pieces[1::2], frame.literals, strict=True):
        lines.append((b"%b{%b}" % (before, size), literal))
    try:
        return parse_response([*lines, pieces[-1]] if pieces[-1] else lines)
    except TheirError as error:
        return str(error)


def _with_numbers(value: Value | int | str) -> object:
    """IMAPClient makes numbers of digits."""
    if isinstance(value, tuple):
        return tuple(map(_with_numbers, value))
    return int(value) if isinstance(value, bytes) and value.isdigit() else value
