"""Attachments to look at: pure functions from octets to a Document, whatever the octets."""

from __future__ import annotations

import io
import json
import sys
import time
import zipfile
from collections.abc import Iterator

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tuimail.content import preview
from tuimail.content.preview.kind import kind_of
from tuimail.content.preview.recurrence import in_words
from tuimail.model import Attachment, Document

ME = frozenset({"ada@example.org"})


@pytest.fixture(autouse=True)
def berlin(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setenv("TZ", "Europe/Berlin")
    time.tzset()
    yield
    monkeypatch.undo()
    time.tzset()


def seen(name: str, data: bytes, type_: str = "application/octet-stream", *, whole: bool = True) -> Document:
    return preview.show(Attachment(name, type_, len(data), "2"), data, whole, ME)


def text(document: Document) -> str:
    return "\n".join(f"{block.first}{block.text}" for block in document.blocks)


def styled(document: Document, style: str) -> list[str]:
    return [
        block.text[span.start : span.end] for block in document.blocks for span in block.spans if span.style == style
    ]


def test_a_table_has_its_columns_below_each_other_and_numbers_to_the_right() -> None:
    shown = text(seen("a.csv", 'Name;Octets\n山田;7\n"Ada; Countess";1.815,5\n'.encode()))
    assert shown == "Name            Octets\n山田                 7\nAda; Countess  1.815,5"


def test_a_table_with_commas_in_quotes_and_a_mark_at_its_beginning() -> None:
    assert text(seen("x", b'\xef\xbb\xbfa,b\n"1,5",2\n', "text/csv")) == "  a  b\n1,5  2"


def test_what_is_called_a_table_and_is_none_is_shown_as_text() -> None:
    assert text(seen("a.csv", b"just a line\nand another\n")) == "just a line\nand another"


def test_a_table_cut_in_the_middle_of_a_row_leaves_that_row_out_and_says_so() -> None:
    shown = text(seen("a.csv", b"a,b\n1,2\n3,", whole=False))
    assert "1  2" in shown and "3" not in shown and "not shown" in shown


def test_json_is_indented_and_its_names_are_marked() -> None:
    document = seen("a.json", b'{"a":[1,{"b":"x: y"}]}')
    assert text(document) == '{\n  "a": [\n    1,\n    {\n      "b": "x: y"\n    }\n  ]\n}'
    assert styled(document, "code") == ['"a"', '"b"']


@pytest.mark.parametrize(
    "data", [b"[" * 100_000 + b"]" * 100_000, b'{"a": tru', b'{"a":' * 5_000 + b"1" + b"}" * 5_000]
)
def test_json_too_deep_or_broken_is_shown_as_text(data: bytes) -> None:
    assert text(seen("a.json", data)).startswith(data[:50].decode())


def test_a_string_of_brackets_is_not_deep() -> None:
    assert "[[[[" in text(seen("a.json", json.dumps({"a": "[" * 1000}).encode()))
    assert text(seen("a.json", json.dumps({"a": "[" * 1000}).encode())).startswith("{\n")


def test_a_patch_tells_added_from_removed_lines_and_neither_from_file_names() -> None:
    patch = b"diff --git a/x b/x\n--- a/x\n+++ b/x\n@@ -1,3 +1,2 @@\n same\n-old\n+new\n--- gone\ndiff --git a/y b/y\n"
    document = seen("fix.patch", patch)
    assert styled(document, "removed") == ["-old", "--- gone"]
    assert styled(document, "added") == ["+new"]
    assert styled(document, "code") == ["@@ -1,3 +1,2 @@"]
    assert len(document.blocks) == 2


INVITE = """BEGIN:VCALENDAR
VERSION:2.0
METHOD:REQUEST
BEGIN:VTIMEZONE
TZID:Somewhere
BEGIN:STANDARD
DTSTART:16010101T030000
TZOFFSETFROM:-0500
TZOFFSETTO:-0500
%s
END:STANDARD
END:VTIMEZONE
BEGIN:VEVENT
UID:1
SUMMARY:Bridge\\, the second try
DTSTART;TZID=Somewhere:20261201T100000
DURATION:PT1H30M
RRULE:FREQ=WEEKLY;INTERVAL=2;BYDAY=TU,TH;COUNT=5
LOCATION:Room 4
ORGANIZER;CN=Grace Hopper:mailto:grace@example.org
ATTENDEE;PARTSTAT=NEEDS-ACTION:mailto:ADA@example.org
ATTENDEE;CN=Charles;PARTSTAT=ACCEPTED:mailto:charles@example.org
SEQUENCE:2
DESCRIPTION:Bring the cards.\\nAnd coffee.
END:VEVENT
END:VCALENDAR
"""
YEARLY = "RRULE:FREQ=YEARLY;BYDAY=-1SU;BYMONTH=10"


def test_an_invitation_is_a_card_in_local_time() -> None:
    document = seen("invite.ics", (INVITE % YEARLY).encode(), "text/calendar")
    assert text(document) == "\n".join(
        [
            "Bridge, the second try",
            "Updated invitation",
            "When       Tue 1 December 2026, 16:00 – 17:30 CET",
            "Again      every 2 weeks on Tuesday and Thursday, 5 times",
            "Where      Room 4",
            "Organiser  Grace Hopper <grace@example.org>",
            "You        not answered yet",
            "Invited    Charles <charles@example.org> (accepted)",
            "Bring the cards.\nAnd coffee.",
        ]
    )


def test_a_cancelled_event_says_so_first_and_loudly() -> None:
    data = (INVITE % YEARLY).replace("METHOD:REQUEST", "METHOD:CANCEL").encode()
    assert styled(seen("invite.ics", data), "warning") == ["Cancelled"]
    data = (INVITE % YEARLY).replace("SEQUENCE:2", "STATUS:CANCELLED").encode()
    assert styled(seen("invite.ics", data), "warning") == ["Cancelled"]


def test_whole_days_end_on_the_day_before_the_end() -> None:
    event = (
        "BEGIN:VCALENDAR\nBEGIN:VEVENT\nSUMMARY:Trip\nDTSTART;VALUE=DATE:20261203\nDTEND;VALUE=DATE:20261206\n"
        "END:VEVENT\nEND:VCALENDAR\n"
    )
    assert "Thu 3 December 2026 – Sat 5 December 2026" in text(seen("a.ics", event.encode()))
    assert "Thu 3 December 2026" in text(seen("a.ics", event.replace("20261206", "20261204").encode()))
    assert "–" not in text(seen("a.ics", event.replace("20261206", "20261204").encode()))


@pytest.mark.parametrize(
    "rule",
    ["RRULE:FREQ=SECONDLY", "RRULE:FREQ=YEARLY;BYSECOND=1,2,3", "RRULE:FREQ=YEAR\n LY;BYHOUR=1", "rrule:FREQ=DAILY"],
)
def test_a_time_zone_that_changes_every_second_costs_no_time(rule: str) -> None:
    began = time.process_time()
    assert "Bridge" in text(seen("a.ics", (INVITE % rule).encode()))
    assert time.process_time() - began < 2


def test_invitations_of_absurd_years_and_sizes_are_shown_all_the_same() -> None:
    data = (INVITE % YEARLY).replace("20261201T100000", "99991231T235959").encode()
    assert "Bridge" in text(seen("a.ics", data))
    many = b"BEGIN:VCALENDAR\n" + b"BEGIN:VEVENT\nSUMMARY:x\nEND:VEVENT\n" * 500 + b"END:VCALENDAR\n"
    assert "not shown" in text(seen("a.ics", many))


def test_without_the_library_an_invitation_is_its_text_and_a_hint(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "icalendar", None)
    shown = text(seen("a.ics", (INVITE % YEARLY).encode()))
    assert "tuimail[calendar]" in shown and "SUMMARY:Bridge" in shown


@pytest.mark.parametrize(
    ("rule", "words"),
    [
        ({"FREQ": ["DAILY"]}, "every day"),
        ({"FREQ": ["MONTHLY"], "BYDAY": ["-1FR"]}, "every month on the last Friday"),
        ({"FREQ": ["MONTHLY"], "BYMONTHDAY": [1, 15]}, "every month on the 1. and 15."),
        ({"FREQ": ["YEARLY"], "BYMONTH": [5], "INTERVAL": [4]}, "every 4 years in May"),
        ({"FREQ": ["DAILY"], "BYHOUR": [9]}, "FREQ=DAILY; BYHOUR=9"),
        (None, ""),
    ],
)
def test_recurrence_in_words(rule: dict[str, list[object]] | None, words: str) -> None:
    assert in_words(rule) == words


def test_a_contact_is_a_card() -> None:
    card = (
        "BEGIN:VCARD\r\nVERSION:3.0\r\nN:Lovelace;Ada;;Countess;\r\nFN:Ada Lovelace\r\nitem1.EMAIL;TYPE=work:a"
        "da@exa\r\n mple.org\r\nADR;HOME:;;12 St James's Square;London;;SW1;UK\r\n"
        "NOTE:one\\, two\\nthree\r\nEND:VCARD\r\n"
    )
    assert text(seen("ada.vcf", card.encode())) == "\n".join(
        [
            "Ada Lovelace",
            "E-mail       ada@example.org  work",
            "Address      12 St James's Square, London, SW1, UK  home",
            "Note         one, two three",
        ]
    )


def test_an_old_contact_in_quoted_printable() -> None:
    card = b"BEGIN:VCARD\nVERSION:2.1\nN;CHARSET=UTF-8;ENCODING=QUOTED-PRINTABLE:N=C3=B6=\n=C3=B6;A\nEND:VCARD\n"
    assert text(seen("a.vcf", card)) == "A Nöö"


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\x02\x80\0\0\x01\xe0", "A PNG image, 640 × 480 pixels"),
        (b"GIF89a\x0a\0\x14\0", "A GIF image, 10 × 20 pixels"),
        (b"\xff\xd8\xff\xe0\0\x04ab\xff\xc2\0\x11\x08\0\x20\0\x40\x03", "A JPEG image, 64 × 32 pixels"),
        (b"RIFF\0\0\0\0WEBPVP8X\0\0\0\0\0\0\0\0\x63\0\0\x31\0\0", "A WebP image, 100 × 50 pixels"),
    ],
)
def test_an_image_is_told_by_kind_and_measure(data: bytes, words: str) -> None:
    assert text(seen("x.bin", data, "image/png")).startswith(words)
    for length in range(len(data)):
        seen("x.png", data[:length], "image/png")


def archive(names: dict[str, bytes]) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as zipped:
        for name, data in names.items():
            zipped.writestr(name, data)
    return file.getvalue()


def test_an_archive_is_a_list_of_names_and_nothing_is_unpacked() -> None:
    shown = text(seen("a.zip", archive({"../../etc/passwd": b"x" * 2000, "b\x1b[2Jü.txt": b""})))
    assert "2 entries" in shown and "2,000  ../../etc/passwd" in shown
    assert "\x1b" not in shown and "ü.txt" in shown


def test_an_archive_that_promises_the_moon_is_called_a_bomb() -> None:
    data = bytearray(archive({f"{n}": bytes(1000) for n in range(3)}))
    for place in [at for at in range(len(data)) if data[at : at + 4] == b"PK\x01\x02"]:
        data[place + 24 : place + 28] = b"\xff\xff\xff\xff"
    assert "bomb" in text(seen("a.zip", bytes(data)))


def test_an_archive_of_very_many_names_is_cut() -> None:
    assert "and 500 more" in text(seen("a.zip", archive({f"{n}": b"" for n in range(1500)})))


def test_an_archive_cut_short_or_too_large_says_so() -> None:
    data = archive({"a": b"1"})
    assert "damaged" in text(seen("a.zip", data[:40]))
    assert "too large" in text(seen("a.zip", data[:40], whole=False))


def test_what_is_no_text_is_named_by_what_it_is() -> None:
    assert "a PDF document" in text(seen("x.txt", b"%PDF-1.7\n\0\0\0\0\0\0"))
    assert text(seen("notes", b"plain \xc3\xa4\n\x1b[31m")) == "plain ä\n\N{REPLACEMENT CHARACTER}[31m"
    assert "empty" in text(seen("x", b""))


@pytest.mark.parametrize(
    ("name", "type_", "head", "words", "warns"),
    [
        ("invoice.pdf", "application/pdf", b"%PDF-1.4", "a PDF document", False),
        ("invoice.pdf", "application/pdf", b"MZ\x90\0", "a Windows program", True),
        ("photo.jpg", "image/jpeg", b"%PDF-1.4", "a PDF document", True),
        ("run.sh", "text/plain", b"echo hi", "a “.sh” file", True),
        ("x.docm", "application/zip", b"PK\x03\x04", "an Office document with macros", True),
        ("x.docx", "application/zip", b"PK\x03\x04", "a Word document", False),
        ("x.txt", "text/plain", b" <!DOCTYPE html><script>", "a web page", True),
        ("x.svg", "image/svg+xml", b"<svg>", "an SVG image", True),
        ("x.mp4", "video/mp4", b"\0\0\0\x20ftypisom", "an MPEG-4 film or recording", False),
        ("odd.xyz", "image/xyz", b"\x01\x02", "an “image/xyz” file by what its sender says", False),
    ],
)
def test_a_file_is_what_its_octets_say(name: str, type_: str, head: bytes, words: str, warns: bool) -> None:
    kind = kind_of(head, Attachment(name, type_, 9, "2"))
    assert kind.words == words
    assert bool(kind.warning) == warns


_NAMES = st.sampled_from([f"x.{ending}" for ending in "csv json patch ics vcf zip png jpg txt html".split()])
_SNIPPETS = st.sampled_from(
    [b"BEGIN:VCALENDAR\n", b"BEGIN:VEVENT\n", b"END:VEVENT\n", b"DTSTART:", b"RRULE:FREQ=", b"BEGIN:VCARD\n", b"FN:",
     b"END:VCARD\n", b"PK\x03\x04", b"PK\x01\x02", b"PK\x05\x06", b"\xff\xd8", b"{", b"[", b'"', b"@@", b",", b"\n"]
)  # fmt: skip


@settings(max_examples=300, deadline=None)
@given(_NAMES, st.lists(_SNIPPETS | st.binary(max_size=20), max_size=20), st.booleans())
def test_any_octets_can_be_looked_at(name: str, pieces: list[bytes], whole: bool) -> None:
    document = seen(name, b"".join(pieces), whole=whole)
    for block in document.blocks:
        assert "\x1b" not in block.text
        assert all(0 <= span.start <= span.end <= len(block.text) for span in block.spans)
