from __future__ import annotations

import pytest

from tuimail.content import structure
from tuimail.content.choose import leaves
from tuimail.content.structure import DEEPEST, MOST_PARTS, Part, read_structure


def multipart(kind: str, boundary: str, *parts: str) -> str:
    body = "".join(f"--{boundary}\r\n{part}\r\n" for part in parts)
    return (
        f'Content-Type: multipart/{kind}; boundary="{boundary}"\r\n\r\npreamble\r\n{body}--{boundary}--\r\nepilogue\r\n'
    )


def outline(part: Part) -> list[tuple[str, str]]:
    return [(part.section, part.type)] + [line for child in part.parts for line in outline(child)]


def body(raw: str, section: str) -> str:
    part = next(leaf for leaf in leaves(read_structure(raw.encode()).root) if leaf.section == section)
    return raw[part.start : part.end]


TEXT = "Content-Type: text/plain\r\n\r\nwords"
HTML = "Content-Type: text/html\r\n\r\n<p>words"
FILE = "Content-Type: application/octet-stream\r\n\r\nx"
FORWARDED = "Content-Type: message/rfc822\r\n\r\nSubject: inner\r\n"


def test_sections_are_numbered_as_imap_numbers_them() -> None:
    # RFC 3501 §6.4.5, its example
    raw = multipart(
        "mixed",
        "A",
        TEXT,
        "Content-Type: application/octet-stream\r\n\r\nx",
        FORWARDED + multipart("mixed", "B", TEXT, TEXT),
        multipart(
            "mixed", "C", "Content-Type: image/gif\r\n\r\nx", FORWARDED + multipart("alternative", "D", TEXT, HTML)
        ),
    )
    assert outline(read_structure(raw.encode()).root) == [
        ("", "multipart/mixed"),
        ("1", "text/plain"),
        ("2", "application/octet-stream"),
        ("3", "message/rfc822"),
        ("3", "multipart/mixed"),
        ("3.1", "text/plain"),
        ("3.2", "text/plain"),
        ("4", "multipart/mixed"),
        ("4.1", "image/gif"),
        ("4.2", "message/rfc822"),
        ("4.2", "multipart/alternative"),
        ("4.2.1", "text/plain"),
        ("4.2.2", "text/html"),
    ]


def test_a_single_part_is_section_one_also_inside_a_message() -> None:
    assert outline(read_structure(TEXT.encode()).root) == [("1", "text/plain")]
    assert outline(read_structure((FORWARDED + TEXT).encode()).root) == [("1", "message/rfc822"), ("1.1", "text/plain")]


def test_a_part_ends_before_the_line_break_of_its_boundary() -> None:
    raw = multipart("mixed", "A", TEXT + "\r\n", HTML)
    assert body(raw, "1") == "words\r\n"
    assert body(raw, "2") == "<p>words"


def test_a_boundary_that_begins_like_another_is_another() -> None:
    raw = multipart("mixed", "AA", multipart("alternative", "AAB", TEXT, HTML))
    assert [section for section, _ in outline(read_structure(raw.encode()).root)] == ["", "1", "1.1", "1.2"]


def test_a_missing_end_is_noted_and_nothing_is_lost() -> None:
    structure = read_structure(multipart("mixed", "A", TEXT).encode().removesuffix(b"--A--\r\nepilogue\r\n"))
    assert [part.type for part in leaves(structure.root)] == ["text/plain"]
    assert "end of the message is missing" in structure.notes[0]


def test_the_first_of_two_content_types_counts() -> None:
    structure = read_structure(b"Content-Type: text/plain\r\nContent-Type: text/html\r\n\r\n<b>")
    assert structure.root.type == "text/plain"
    assert "several Content-Type" in structure.notes[0]


def test_a_multipart_without_a_single_part_is_text() -> None:
    structure = read_structure(b"Content-Type: multipart/mixed; boundary=A\r\n\r\nonly words\r\n")
    assert structure.root.type == "text/plain"
    assert structure.notes


def test_a_digest_holds_messages() -> None:
    raw = multipart("digest", "A", "\r\nSubject: one\r\n\r\nwords")
    assert [kind for _, kind in outline(read_structure(raw.encode()).root)] == [
        "multipart/digest",
        "message/rfc822",
        "text/plain",
    ]


def test_depth_stops_at_the_limit() -> None:
    for depth, limited in ((DEEPEST - 1, False), (DEEPEST, False), (DEEPEST + 1, True)):
        raw = (
            "".join(f'Content-Type: multipart/mixed; boundary="b{n}"\r\n\r\n--b{n}\r\n' for n in range(depth - 1))
            + TEXT
        )
        structure = read_structure(raw.encode())
        assert any("too deep" in note for note in structure.notes) is limited
        assert max(section.count(".") for section, _ in outline(structure.root)) < DEEPEST


def test_number_stops_at_the_limit() -> None:
    for number, limited in ((MOST_PARTS - 1, False), (MOST_PARTS, True)):
        structure = read_structure(multipart("mixed", "A", *[TEXT] * number).encode())
        assert len(structure.root.parts) == MOST_PARTS - 1
        assert any("more than" in note for note in structure.notes) is limited


def test_the_boundary_of_a_part_is_forgotten_with_the_part() -> None:
    unfinished = 'Content-Type: multipart/mixed; boundary="B"\r\n\r\n--B\r\n' + TEXT
    raw = multipart("mixed", "A", unfinished, TEXT + "\r\n--B\r\nmore")
    assert [section for section, _ in outline(read_structure(raw.encode()).root)] == ["", "1", "1.1", "2"]
    assert body(raw, "2") == "words\r\n--B\r\nmore"


@pytest.mark.parametrize("kind", ["text/plain", "message/rfc822"])
def test_words_where_a_header_should_be_are_not_lost(kind: str) -> None:
    raw = multipart("mixed", "A", f"Content-Type: {kind}\r\n\r\nno header, sorry").encode()
    (part,) = read_structure(raw).root.parts
    part = part.parts[0] if part.parts else part
    assert raw[part.start : part.end] == b"no header, sorry"
    assert part.type == "text/plain"


def test_a_part_that_begins_with_words_keeps_them() -> None:
    raw = multipart("mixed", "A", "just words\r\n\r\nand more").encode()
    (part,) = read_structure(raw).root.parts
    assert raw[part.start : part.end] == b"just words\r\n\r\nand more"


def test_of_two_multiparts_with_one_boundary_the_inner_is_meant_until_it_is_closed() -> None:
    raw = multipart("mixed", "B", multipart("alternative", "B", TEXT, HTML), FILE)
    assert outline(read_structure(raw.encode()).root) == [
        ("", "multipart/mixed"),
        ("1", "multipart/alternative"),
        ("1.1", "text/plain"),
        ("1.2", "text/html"),
        ("2", "application/octet-stream"),
    ]


def test_a_delimiter_may_go_on_behind_the_boundary_and_the_longest_boundary_counts() -> None:
    # RFC 2046 §5.1.1
    inner = multipart("alternative", "BB", TEXT, HTML).replace("--BB\r\n", "--BB; x\r\n")
    raw = multipart("mixed", "B", inner, FILE)
    assert outline(read_structure(raw.encode()).root) == [
        ("", "multipart/mixed"),
        ("1", "multipart/alternative"),
        ("1.1", "text/plain"),
        ("1.2", "text/html"),
        ("2", "application/octet-stream"),
    ]


def test_a_returned_header_of_a_multipart_without_its_body_is_no_fault() -> None:
    header = FORWARDED + "Content-Type: multipart/mixed; boundary=gone\r\n"
    assert read_structure(multipart("report", "B", TEXT, header).encode()).notes == []


@pytest.mark.parametrize("window", [1, 5, 30])
def test_a_message_searched_a_little_at_a_time_has_the_same_parts(window: int, monkeypatch: pytest.MonkeyPatch) -> None:
    raw = multipart("mixed", "A", TEXT, FORWARDED + multipart("mixed", "B", TEXT, f"{HTML}\r\n-- \r\n--B no\r\n"))
    whole = read_structure(raw.encode())
    monkeypatch.setattr(structure, "WINDOW", window)
    assert read_structure(raw.encode()) == whole


def test_where_no_boundary_is_looked_for_no_line_is(monkeypatch: pytest.MonkeyPatch) -> None:
    """One search through 60 MB of text holds the interpreter for a fifth of a second."""

    class Refused:
        def finditer(self, *place: object) -> None:
            raise AssertionError("searched")

    monkeypatch.setattr(structure, "_CANDIDATE", Refused())
    assert outline(read_structure(b"Subject: x\r\n\r\nwords\r\n--x\r\n").root) == [("1", "text/plain")]
