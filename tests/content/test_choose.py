from __future__ import annotations

from dataclasses import dataclass

import pytest

from tuimail.content.choose import choose_text
from tuimail.net.remote import RemotePart


def part(section: str, type_: str, *parts: RemotePart, size: int = 1_000, disposition: str = "") -> RemotePart:
    return RemotePart(section, type_, {}, "7bit", size, disposition, "", "", parts)


PLAIN, HTML = part("1", "text/plain"), part("2", "text/html")


@pytest.mark.parametrize(
    ("structure", "sections"),
    [
        (part("1", "text/plain"), ["1"]),
        (part("1", "application/pdf"), []),
        (part("", "multipart/alternative", PLAIN, HTML), ["1", "2"]),
        (part("", "multipart/alternative", part("1", "text/plain", size=20), HTML), ["1", "2"]),
        (part("", "multipart/alternative", part("1", "text/plain", size=20)), ["1"]),
        (part("", "multipart/alternative", HTML, part("3", "text/calendar")), ["2"]),
        (part("", "multipart/mixed", PLAIN, part("2", "image/png"), part("3", "text/plain")), ["1", "3"]),
        (part("", "multipart/mixed", PLAIN, part("2", "text/plain", disposition="attachment")), ["1"]),
        (part("", "multipart/related", part("1", "image/png"), HTML), ["2"]),
        (part("", "multipart/signed", PLAIN, part("2", "application/pgp-signature")), ["1"]),
        (part("", "multipart/signed", PLAIN, part("2", "text/plain")), ["1"]),
        (part("", "multipart/encrypted", part("1", "application/pgp-encrypted"), HTML), []),
        (part("", "multipart/mixed", PLAIN, part("2", "message/rfc822", part("2.1", "text/plain"))), ["1"]),
        (part("", "multipart/mixed", part("1", "message/rfc822", part("1.1", "text/plain"))), ["1.1"]),
        (part("", "multipart/mixed", part("1", "text/calendar"), part("2", "image/png")), ["1"]),
        (
            part("", "multipart/report", PLAIN, part("2", "message/delivery-status"), part("3", "message/rfc822")),
            ["2", "1"],
        ),
        (
            part("", "multipart/mixed", part("1", "multipart/alternative", part("1.1", "text/plain"), HTML)),
            ["1.1", "2"],
        ),
    ],
)
def test_the_sections_a_reader_needs(structure: RemotePart, sections: list[str]) -> None:
    assert choose_text(structure) == sections


@dataclass(frozen=True)
class Deep:
    section: str
    type: str
    size: int
    disposition: str
    parts: tuple[Deep, ...]


def test_a_tree_of_any_depth_is_walked() -> None:
    node = Deep("1", "text/plain", 999, "", ())
    for _ in range(20_000):
        node = Deep("1", "multipart/mixed", 999, "", (node,))
    assert choose_text(node) == ["1"]
