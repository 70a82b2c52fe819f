from __future__ import annotations

import pytest

from tests.content.samples import SAMPLES, forbidden_in, raw
from tuimail.content.mime import parse, part_octets
from tuimail.content.preview import reader_of, show
from tuimail.model import Attachment, Document

OUTER = (
    b"Subject: see below\r\nContent-Type: multipart/mixed; boundary=A\r\n\r\n--A\r\n\r\nwords\r\n--A\r\n"
    b"Content-Type: message/rfc822\r\n\r\nFrom: Bob <b@example.org>\r\nSubject: inner\r\nX-Odd: 1\r\n"
    b"Content-Type: multipart/mixed; boundary=B\r\n\r\n--B\r\n\r\nsee http://a.example/x\r\n"
    b"--B\r\nContent-Disposition: attachment; filename=a.pdf\r\nContent-Type: application/pdf\r\n\r\n%PDF\r\n--B--\r\n"
    b"--A--\r\n"
)


def seen(document: Document) -> list[str]:
    return [block.first + (block.text or "───") for block in document.blocks]


def test_a_message_inside_opens_as_a_letter_of_its_own() -> None:
    (attachment, _) = parse(OUTER).attachments
    data = part_octets(OUTER, attachment.section)
    assert reader_of(attachment) == "letter"
    assert data is not None
    document = show(attachment, data, True, frozenset())
    assert seen(document) == [
        "From: Bob <b@example.org>\nSubject: inner",
        "───",
        "see http://a.example/x",
        "───",
        "@ a.pdf (application/pdf, 4 octets)",
    ]
    assert [link.url for link in document.links] == ["http://a.example/x"]
    assert document.blocks[2].spans[0].style == "link:1"


def test_its_beginning_is_read_as_far_as_it_goes() -> None:
    data = part_octets(OUTER, "2")
    assert data is not None
    beginning = data[: data.index(b"mple/x")]
    assert "see http://a.exa" in seen(show(Attachment("a.eml", "", 1, "2"), beginning, False, frozenset()))


def test_what_is_no_letter_is_shown_as_text() -> None:
    assert seen(show(Attachment("a.eml", "message/rfc822", 1, "2"), b"just words", True, frozenset())) == ["just words"]


@pytest.mark.parametrize("sample", SAMPLES, ids=[sample["id"] for sample in SAMPLES])
def test_a_hostile_letter_inside_does_no_harm(sample: dict[str, str]) -> None:
    assert forbidden_in(show(Attachment("a.eml", "message/rfc822", 1, "2"), raw(sample), True, frozenset())) == []
