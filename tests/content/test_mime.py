from __future__ import annotations

import base64

import pytest

from tests.content.samples import forbidden_in
from tests.content.test_structure import FORWARDED, HTML, TEXT, multipart
from tuimail.content.mime import MOST_TEXT_OCTETS, LeafPart, assemble, parse
from tuimail.model import Address, Message

HEAD = (
    "From: Ada <ada@example.org>\r\nTo: me@example.org\r\nSubject: =?utf-8?Q?Gr=C3=BC=C3=9Fe?=\r\nMIME-Version: 1.0\r\n"
)
PDF = (
    'Content-Type: application/pdf; name="a.pdf"\r\nContent-Disposition: attachment; filename="../a.pdf"\r\n'
    "Content-Transfer-Encoding: base64\r\n\r\n" + base64.b64encode(b"%PDF" * 3).decode()
)


def read(text: str) -> Message:
    return parse((HEAD + text).encode())


def shown(message: Message) -> list[str]:
    return [block.first + (block.text or "───") for block in message.document.blocks]


def test_a_plain_message() -> None:
    message = parse((HEAD + "Date: Wed, 21 Sep 2022 08:44:24 -0000\r\n\r\nhello\r\n\r\nworld\r\n").encode(), 7)
    assert message.id == 7
    assert message.subject == "Grüße"
    assert message.sender == (Address("Ada", "ada@example.org"),)
    assert message.to == (Address("", "me@example.org"),)
    assert message.date == 1_663_749_864
    assert shown(message) == ["hello", "world"]
    assert ("Subject", "Grüße") in message.headers
    assert "=?utf-8?Q?" in message.raw_headers
    assert message.notes == ()


def test_of_alternatives_the_plain_text_is_shown_and_nothing_listed() -> None:
    message = read(multipart("alternative", "A", TEXT, HTML))
    assert shown(message) == ["words"]
    assert message.attachments == ()


@pytest.mark.parametrize("stub", ["", "  \r\n", "Please view this message in a browser"])
def test_a_stub_gives_way_to_html(stub: str) -> None:
    message = read(multipart("alternative", "A", f"Content-Type: text/plain\r\n\r\n{stub}", HTML + " rich"))
    assert shown(message) == ["words rich"]


def test_texts_of_a_mixed_message_stand_in_order_with_rules_between() -> None:
    message = read(multipart("mixed", "A", TEXT, PDF, HTML))
    assert shown(message) == ["words", "───", "words"]
    (attachment,) = message.attachments
    assert (attachment.name, attachment.type, attachment.section, attachment.size) == (
        "a.pdf",
        "application/pdf",
        "2",
        12,
    )
    assert any("directory" in note for note in message.notes)


def test_links_of_two_parts_are_numbered_through() -> None:
    plain = "Content-Type: text/plain\r\n\r\nhttp://a.example/"
    rich = 'Content-Type: text/html\r\n\r\n<a href="http://b.example/">b</a>'
    message = read(multipart("mixed", "A", plain, rich))
    assert [link.url for link in message.document.links] == ["http://a.example/", "http://b.example/"]
    assert message.document.blocks[-1].spans[-1].style == "link:2"


def test_a_forwarded_message_is_shown_indented_and_listed() -> None:
    message = read(multipart("mixed", "A", TEXT, FORWARDED + "From: Bob <b@example.org>\r\n" + TEXT))
    assert shown(message) == ["words", "───", "│ From: Bob <b@example.org>\nSubject: inner", "│ words"]
    assert [(a.section, a.type) for a in message.attachments] == [("2", "message/rfc822")]


def test_a_signed_message_shows_its_text_and_claims_nothing() -> None:
    signature = "Content-Type: application/pgp-signature\r\n\r\n-----BEGIN PGP SIGNATURE-----"
    message = read(multipart("signed", "A", TEXT, signature))
    assert shown(message) == ["words"]
    assert message.notes == ("A part is signed; the signature has not been checked.",)
    assert [attachment.name for attachment in message.attachments] == ["part-2.asc"]


def test_an_encrypted_message_is_named_and_not_opened() -> None:
    message = read(multipart("encrypted", "A", "Content-Type: application/pgp-encrypted\r\n\r\nVersion: 1", TEXT))
    assert shown(message) == []
    assert "encrypted" in message.notes[0]


def test_a_report_shows_what_the_server_says() -> None:
    status = "Content-Type: message/delivery-status\r\n\r\nStatus: 5.1.1"
    message = read(multipart("report", "A", TEXT, status, FORWARDED + TEXT))
    assert shown(message)[:3] == ["words", "───", "Status: 5.1.1"]
    assert [attachment.type for attachment in message.attachments] == ["message/rfc822"]


def test_an_invitation_without_a_name_is_listed() -> None:
    message = read(multipart("alternative", "A", TEXT, "Content-Type: text/calendar\r\n\r\nBEGIN:VCALENDAR"))
    assert [attachment.name for attachment in message.attachments] == ["part-2.ics"]


def test_flowed_text_is_joined() -> None:
    assert shown(read("Content-Type: text/plain; format=flowed\r\n\r\none \r\ntwo\r\n")) == ["one two"]


def test_two_from_fields_are_told() -> None:
    message = parse(b"From: boss@bank.test\r\nFrom: Eve <eve@evil.test>\r\n\r\nx")
    assert message.sender == (Address("", "boss@bank.test"),)
    assert any("2 From fields" in note and "eve@evil.test" in note for note in message.notes)


def test_hidden_parts_and_images_are_counted_for_the_reader() -> None:
    message = read('Content-Type: text/html\r\n\r\n<p hidden>x</p><img src="http://t.example/p">words')
    assert "Hidden parts left out: 1." in message.notes
    assert "Images not loaded: 1." in message.notes


def test_an_unknown_transfer_encoding_is_shown_as_sent() -> None:
    message = read("Content-Transfer-Encoding: x-odd\r\n\r\nwords")
    assert shown(message) == ["words"]
    assert "x-odd" in message.notes[0]


def test_long_text_is_cut_with_a_note() -> None:
    message = read("\r\n" + "a line of words\r\n" * 200_000)
    assert any("too long" in note for note in message.notes)


def test_all_texts_of_a_message_share_one_limit() -> None:
    part = "Content-Type: text/plain\r\n\r\n" + "x" * (MOST_TEXT_OCTETS // 2 - 1)
    assert read(multipart("mixed", "A", part, part)).notes == ()
    assert any("too long" in note for note in read(multipart("mixed", "A", part, part, TEXT)).notes)


@pytest.mark.parametrize(
    "raw", [b"", b"\r\n", b"\n\n\n", b"\0", b"words only", b"Content-Type: multipart/mixed; boundary=\r\n"]
)
def test_next_to_nothing_is_a_message_too(raw: bytes) -> None:
    assert isinstance(parse(raw), Message)


def test_a_message_of_fetched_parts_reads_like_the_whole() -> None:
    header = (HEAD + "Content-Type: multipart/mixed; boundary=A\r\n\r\n").encode()
    message = assemble(
        header,
        [
            LeafPart("1", "TEXT/PLAIN", {"CHARSET": "utf-8"}, "QUOTED-PRINTABLE", "", "", 9, b"gr=C3=BCn"),
            LeafPart("2", "application/pdf", {}, "base64", "ATTACHMENT", "=?utf-8?Q?=C3=A4.pdf?=", 4_000_000),
            LeafPart("3", "text/html", {}, "", "", "", 100, None),
        ],
        3,
    )
    assert (message.id, message.subject, shown(message)) == (3, "Grüße", ["grün"])
    assert [(a.name, a.size, a.section) for a in message.attachments] == [("ä.pdf", 4_000_000, "2")]


def test_empty_lines_before_the_header_do_not_hide_it() -> None:
    assert parse(b"\r\n\r\nSubject: here\r\n\r\nwords").subject == "here"


def test_half_a_character_out_of_utf_7_does_no_harm() -> None:
    half = "Content-Type: text/html; charset=utf-7\r\n\r\n<a href='mailto:+2AA-?body=+2AA-'>+2AA- words</a>"
    assert "words" in read(half).document.blocks[0].text


def test_a_note_that_quotes_a_trick_is_cleaned() -> None:
    names = 'Content-Disposition: attachment; filename="\u202etxt.exe"; filename="b.sh"'
    message = read(multipart("mixed", "A", TEXT, f"Content-Type: image/png\r\n{names}\r\n\r\nx"))
    assert any("several different file names" in note for note in message.notes)
    assert forbidden_in(message) == []
