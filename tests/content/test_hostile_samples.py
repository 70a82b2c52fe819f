"""Every hostile sample, whole and mutated: read without an exception, without a control character, and honestly."""

from __future__ import annotations

import hashlib
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.content.samples import SAMPLES, forbidden_in, raw
from tuimail.content.headers import summarize
from tuimail.content.mime import parse
from tuimail.model import Message

ARRIVED = 1_770_113_472  # 3 Feb 2026, the day the samples give as their date


def body(message: Message) -> str:
    return "\n".join(block.first + block.text for block in message.document.blocks)


def everything(message: Message) -> str:
    """What a reader can see of a message: headers, text, attachments, notes, link warnings."""
    headers = [f"{name}: {value}" for name, value in message.headers]
    names = [attachment.name for attachment in message.attachments]
    warnings = [link.warning for link in message.document.links]
    return "\n".join([*headers, body(message), *names, *message.notes, *warnings])


@pytest.mark.timeout(10)
@pytest.mark.parametrize("sample", SAMPLES, ids=[f"{s['id']}-{s['category']}" for s in SAMPLES])
def test_a_hostile_message_is_read_safely(sample: dict[str, Any]) -> None:
    data = raw(sample)
    assert hashlib.sha256(data).hexdigest() == sample["sha256"]
    checks = sample["checks"]
    message = parse(data)
    heading = summarize(data, ARRIVED)
    assert forbidden_in(message) == []
    assert forbidden_in(heading) == []
    assert heading.date <= ARRIVED + 86_400
    seen = everything(message)
    for text in checks.get("must_show", []):
        assert text in (body(message) if text.startswith("BODYMARK") else seen)
    if "must_show_any" in checks:
        assert any(text in seen for text in checks["must_show_any"])
    for text in checks.get("must_not_show", []):
        assert text not in body(message)
    if true_address := checks.get("from_shown_must_include"):
        assert true_address in message.sender[0].email
        assert true_address in heading.email
        assert true_address in dict(message.headers)["From"]
    if "warn" in checks:
        assert message.notes or any(link.warning for link in message.document.links)
    if "attachments" in checks:
        assert len(message.attachments) == checks["attachments"]


SMALL = [raw(sample) for sample in SAMPLES if len(raw(sample)) < 5_000]
PIECES = [
    b"\r\n",
    b"\n\n",
    b"\r",
    b"--BB",
    b"--",
    b"=?utf-8?B?",
    b"\x1b[2J",
    b"\xff",
    b"\0",
    b'"',
    b"<",
    b"Content-Type: ",
]
PIECES += [
    b"multipart/mixed; boundary=BB\r\n",
    b"message/rfc822\r\n\r\n",
    b"charset=utf-16",
    b"=",
    b";",
    b"\xe2\x80\xae",
]


@st.composite
def mutated(draw: st.DrawFn) -> bytes:
    data = bytearray(draw(st.sampled_from(SMALL)))
    for _ in range(draw(st.integers(1, 6))):
        start = draw(st.integers(0, len(data)))
        end = draw(st.sampled_from([start, start + 1, start + 9, len(data)]))
        data[start:end] = draw(st.sampled_from(PIECES) | st.binary(max_size=8))
    return bytes(data)


@settings(max_examples=300, suppress_health_check=[HealthCheck.too_slow], deadline=None)
@given(mutated() | st.tuples(mutated(), mutated()).map(b"".join))
def test_a_mutated_message_is_still_read_safely(data: bytes) -> None:
    assert forbidden_in(parse(data)) == []
    assert forbidden_in(summarize(data, ARRIVED)) == []
