"""POP3 answers that MailKit's people recorded (Exchange, Gmail, Comcast, …): TUIMAIL_CORPORA names the folder."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from tuimail.protocol.pop3.framing import Framer
from tuimail.protocol.pop3.responses import capabilities, sizes, status

CORPORA = Path(os.environ.get("TUIMAIL_CORPORA", ""))
pytestmark = [
    pytest.mark.corpora,
    pytest.mark.skipif("TUIMAIL_CORPORA" not in os.environ, reason="TUIMAIL_CORPORA is not set"),
]


def test_the_transcripts_of_mailkit_are_read_to_the_last_octet() -> None:
    found = sorted((CORPORA / "mailkit-transcripts" / "Pop3").rglob("*.txt"))
    assert len(found) == 36
    told, listed = 0, 0
    for path in found:
        framer = Framer()
        framer.feed(path.read_bytes().replace(b"\r\n", b"\n").replace(b"\n", b"\r\n"))
        line = framer.next_line()
        assert line is not None, path
        if not line.startswith(b"+ ") and line != b"+":
            assert status(line) is not None, (path, line)
        if framer.buffered:
            framer.begin_body(1 << 20)
            body = framer.next_body()
            assert body is not None and not framer.buffered, path
            told += bool("capa" in path.name and capabilities(body.data))
            listed += bool(sizes(body.data))
    assert told >= 5 and listed
