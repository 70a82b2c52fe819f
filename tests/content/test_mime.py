from __future__ import annotations

import base64
from typing import Any

import pytest

from tests.content.samples import forbidden_in
from tests.content.test_structure import FORWARDED, HTML, TEXT, multipart
from tuimail.content.addresses import MOST_ADDRESSES
from tuimail.content.choose import choose_text
from tuimail.content.headers import MOST_FIELDS
from tuimail.content.mime import assemble, html_source, parse, part_octets
from tuimail.content.reading import MOST_TEXT_OCTETS
from tuimail.content.structure import MOST_PARTS
from tuimail.model import Address, Elsewhere, Message
from tuimail.net.remote import RemotePart

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
    assert [block.gap for block in message.document.blocks[2:]] == [True, True]
    assert [(a.section, a.type) for a in message.attachments] == [("2", "message/rfc822")]


def test_a_signed_message_shows_its_text_and_claims_nothing() -> None:
    signature = "Content-Type: application/pgp-signature\r\n\r\n-----BEGIN PGP SIGNATURE-----"
    message = read(multipart("signed", "A", TEXT, signature))
    assert shown(message) == ["words"]
    assert message.notes == () and message.document.blocks[0].seal == 1
    (seal,) = message.document.seals
    assert seal.word == "waiting" and seal.whole and seal.lines == ("Signed with OpenPGP, not verified yet.",)
    assert message.attachments == ()  # the card is there for it


def test_what_is_no_signature_beside_a_signed_part_is_listed() -> None:
    program = "Content-Type: application/x-msdownload; name=s.exe\r\n\r\nMZ"
    message = read(multipart("signed", "A", TEXT, program))
    assert [attachment.name for attachment in message.attachments] == ["s.exe"]


def test_an_encrypted_message_is_named_and_not_opened() -> None:
    message = read(multipart("encrypted", "A", "Content-Type: application/pgp-encrypted\r\n\r\nVersion: 1", TEXT))
    assert [(block.kind, block.text, block.seal) for block in message.document.blocks] == [("sealed", "", 1)]
    (seal,) = message.document.seals
    assert (seal.word, seal.lines) == ("closed", ("Encrypted, not opened: it is not made as RFC 3156 says.",))
    assert message.attachments == ()


def test_a_signature_over_a_part_is_not_said_to_cover_the_message() -> None:
    signature = "Content-Type: application/pgp-signature\r\n\r\n-----BEGIN PGP SIGNATURE-----"
    message = read(multipart("mixed", "A", TEXT, multipart("signed", "B", TEXT, signature), TEXT))
    assert [block.seal for block in message.document.blocks if block.text] == [0, 1, 0]
    assert not message.document.seals[0].whole


def test_a_report_is_a_card_above_the_servers_prose() -> None:
    status = (
        "Content-Type: message/delivery-status\r\n\r\nReporting-MTA: dns; mx.example.org\r\n\r\n"
        "Final-Recipient: rfc822; bob@example.org\r\nAction: failed\r\nStatus: 5.1.1"
    )
    message = read(multipart("report", "A", TEXT, status, FORWARDED + TEXT))
    assert shown(message)[0] == "┃ Not delivered: bob@example.org"
    assert shown(message)[3] == "┃ This is the word of mx.example.org; nobody has checked it."
    assert shown(message)[4:6] == ["───", "words"]
    assert [attachment.type for attachment in message.attachments] == ["message/rfc822"]


@pytest.mark.parametrize(("form", "words"), [("", "plain words"), ("plain", "plain words"), ("html", "rich words")])
def test_the_reader_may_choose_between_the_alternatives(form: str, words: str) -> None:
    parts = ["Content-Type: text/plain\r\n\r\nplain words", "Content-Type: text/html\r\n\r\n<p>rich words"]
    raw = (HEAD + multipart("alternative", "A", *parts)).encode()
    message = parse(raw, form=form)
    assert shown(message) == [words]
    assert (message.forms, message.form) == (("plain", "html"), "html" if "rich" in words else "plain")
    assert html_source(raw) == "<p>rich words"


def test_without_alternatives_there_is_no_choice() -> None:
    message = parse((HEAD + HTML).encode(), form="plain")
    assert (message.forms, message.form, shown(message)) == ((), "", ["words"])


def test_the_reader_may_know_the_charset_better() -> None:
    raw = HEAD.encode() + b"Content-Type: text/plain; charset=iso-8859-1\r\n\r\n" + "Привет".encode("koi8-r")
    assert shown(parse(raw)) != ["Привет"]
    message = parse(raw, charset="koi8-r")
    assert (shown(message), message.charset) == (["Привет"], "koi8_r")


@pytest.mark.parametrize(
    ("label", "body", "words"),
    [
        ("zlib_codec", "grün".encode(), "“zlib_codec” is not known; the text is read as utf-8"),
        ("utf-8", "Größe und Maß".encode("cp1252"), "not in utf-8, as it says; it is read as windows-1252"),
    ],
)
def test_a_charset_that_is_not_true_is_told(label: str, body: bytes, words: str) -> None:
    message = parse(HEAD.encode() + f"Content-Type: text/plain; charset={label}\r\n\r\n".encode() + body)
    assert words in message.notes[0]


@pytest.mark.parametrize("label", ["us-ascii", "unknown-8bit", "iso-8859-1", "utf-8", "gb2312"])
def test_a_charset_that_is_only_too_small_is_not_worth_a_word(label: str) -> None:
    body = "grün".encode("cp1252" if label == "iso-8859-1" else "gb18030" if label == "gb2312" else "utf-8")
    assert parse(HEAD.encode() + f"Content-Type: text/plain; charset={label}\r\n\r\n".encode() + body).notes == ()


def test_a_message_inside_can_be_taken_out_and_read() -> None:
    raw = (HEAD + multipart("mixed", "A", TEXT, FORWARDED + "From: Bob <b@example.org>\r\n" + TEXT)).encode()
    inside = part_octets(raw, "2")
    assert inside is not None
    assert parse(inside).sender == (Address("Bob", "b@example.org"),)
    assert part_octets(raw, "2.1") == b"words"
    assert part_octets(raw, "3") is None


def test_a_winmail_dat_tells_the_names_in_it() -> None:
    title = b"Minutes.docx\0"
    block = b"\x02" + (0x18010).to_bytes(4, "little") + len(title).to_bytes(4, "little") + title + b"\0\0"
    data = base64.b64encode((0x223E9F78).to_bytes(4, "little") + b"\1\0" + block).decode()
    kind = "Content-Type: application/ms-tnef; name=winmail.dat\r\nContent-Transfer-Encoding: base64\r\n\r\n"
    message = read(multipart("mixed", "A", TEXT, kind + data))
    assert "Inside of winmail.dat: Minutes.docx." in message.notes


def test_a_part_elsewhere_is_told_with_its_place_and_not_fetched() -> None:
    kind = "Content-Type: message/external-body; access-type=URL; url=http://files.example/x\r\n\r\n"
    message = read(multipart("mixed", "A", TEXT, kind))
    assert "A part lies somewhere else (URL, http://files.example/x); it is not fetched." in message.notes


def test_a_body_on_an_ftp_server_is_listed_and_its_host_named() -> None:
    kind = (
        'Content-Type: message/external-body; access-type=anon-ftp; site="FTP.example.org"; directory="/pub/mill"; '
        'name="plan.pdf"; mode=ascii; size=1200\r\n\r\nContent-Type: application/pdf\r\n\r\n'
    )
    message = read(multipart("mixed", "A", TEXT, kind))
    (attachment,) = message.attachments
    assert (attachment.name, attachment.size, attachment.section) == ("plan.pdf", 1200, "2")
    assert attachment.elsewhere == Elsewhere("ftp.example.org", "/pub/mill/plan.pdf", anonymous=True, text=True)
    assert any("lies at ftp.example.org" in note for note in message.notes)


@pytest.mark.parametrize(
    "words",
    [
        'site="a b"; name=x',
        'site="h\u202e.example"; name=x',
        "site=-x.example; name=x",
        'site="127.0.0.1/x"; name=x',
        'site=h.example; name=".."',
        "site=h.example",
        'site=h.example; name="a\tb"',
        f'site=h.example; name="{"x" * 2000}"',
    ],
)
def test_a_place_that_makes_no_sense_is_not_offered(words: str) -> None:
    kind = f"Content-Type: message/external-body; access-type=ftp; {words}\r\n\r\n"
    message = read(multipart("mixed", "A", TEXT, kind))
    assert [attachment.elsewhere for attachment in message.attachments if attachment.elsewhere] == []


LOOM = "BEGIN:VCALENDAR\r\nSUMMARY:not this\r\nBEGIN:VEVENT\r\nUID:1\r\nSUMMARY;LANGUAGE=en:Loom \r\n review\\, 2/3\r\n"


@pytest.mark.parametrize(
    ("type_", "card", "name"),
    [
        ("text/calendar", "BEGIN:VCALENDAR", "invitation.ics"),
        ("text/calendar", LOOM, "Loom review, 2 3.ics"),
        ("application/ics", LOOM, "Loom review, 2 3.ics"),
        ("text/calendar", LOOM.replace("Loom", "../../x\x1b[2J"), "x 2J review, 2 3.ics"),
        ("text/calendar; name=my.ics", LOOM, "my.ics"),
    ],
)
def test_an_invitation_without_a_name_is_listed_by_its_event(type_: str, card: str, name: str) -> None:
    message = read(multipart("alternative", "A", TEXT, f"Content-Type: {type_}\r\n\r\n{card}"))
    assert [attachment.name for attachment in message.attachments] == [name]


def test_a_letter_without_a_name_is_listed_by_its_subject() -> None:
    message = read(multipart("mixed", "A", TEXT, FORWARDED + "From: Bob <b@example.org>\r\n" + TEXT))
    assert [attachment.name for attachment in message.attachments] == ["inner.eml"]


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


def remote(section: str, type_: str, params: dict[str, str], *below: RemotePart, **more: Any) -> RemotePart:
    return RemotePart(section, type_, params, **{**_PLAIN, **more}, parts=below)


_PLAIN: dict[str, Any] = {"encoding": "7bit", "size": 9, "disposition": "", "filename": "", "content_id": ""}


def test_a_message_of_fetched_parts_reads_like_the_whole() -> None:
    header = (HEAD + "Content-Type: multipart/mixed; boundary=A\r\n\r\n").encode()
    root = remote(
        "",
        "multipart/mixed",
        {},
        remote("1", "text/plain", {"charset": "utf-8"}, encoding="quoted-printable"),
        remote(
            "2", "application/pdf", {}, encoding="base64", size=4_000_000, disposition="attachment", filename="ä.pdf"
        ),
        remote("3", "text/html", {}, size=100),
    )
    message = assemble(header, root, {"1": b"gr=C3=BCn"}, 3)
    assert (message.id, message.subject, shown(message)) == (3, "Grüße", ["grün"])
    assert [(a.name, a.size, a.section) for a in message.attachments] == [("ä.pdf", 2_923_076, "2")], "decoded"
    assert [(p.section, p.type, p.depth) for p in message.pieces] == [
        ("", "multipart/mixed", 0),
        ("1", "text/plain", 1),
        ("2", "application/pdf", 1),
        ("3", "text/html", 1),
    ]


def test_both_forms_are_fetched_and_either_can_be_read() -> None:
    plain = remote("1", "text/plain", {}, size=1_000)
    root = remote("", "multipart/alternative", {}, plain, remote("2", "text/html", {}, size=1_000))
    assert choose_text(root) == ["1", "2"]
    sections = {"1": b"plain words", "2": b"<p>rich words"}
    for form, words in (("", "plain words"), ("plain", "plain words"), ("html", "rich words")):
        message = assemble(HEAD.encode(), root, sections, form=form)
        assert (shown(message), message.forms) == ([words], ("plain", "html"))
    assert message.form == "html"


def test_a_form_that_was_not_fetched_gives_way_to_the_one_that_was() -> None:
    plain = remote("1", "text/plain", {}, size=1_000)
    root = remote("", "multipart/alternative", {}, plain, remote("2", "text/html", {}, size=1_000))
    assert shown(assemble(HEAD.encode(), root, {"1": b"plain words"}, form="html")) == ["plain words"]


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


@pytest.mark.parametrize(
    "text", ["begin 644 x.txt\n#0V%T\n`\nend", "=ybegin line=128 size=3 name=x\nabc\n=yend size=3"]
)
def test_files_written_into_the_text_stay_text(text: str) -> None:
    message = read("\r\n" + text)
    assert shown(message) == [text]
    assert message.attachments == ()


@pytest.mark.parametrize(
    ("below", "above", "words"),
    [
        ("X: y\n" * (MOST_FIELDS - 2), "X: y\n" * MOST_FIELDS, "header is too long"),
        (
            f"To: {'a@b.example, ' * (MOST_ADDRESSES - 1)}\n",
            f"To: {'a@b.example, ' * MOST_ADDRESSES}\n",
            "recipients or more",
        ),
    ],
)
def test_what_a_limit_leaves_out_is_told(below: str, above: str, words: str) -> None:
    assert parse(f"Subject: x\n{below}\nwords".encode()).notes == ()
    assert any(words in note for note in parse(f"Subject: x\n{above}\nwords".encode()).notes)


def test_parts_beyond_the_limit_are_told() -> None:
    assert read(multipart("mixed", "A", *[TEXT] * (MOST_PARTS - 1))).notes == ()
    assert any(f"{MOST_PARTS} parts" in note for note in read(multipart("mixed", "A", *[TEXT] * MOST_PARTS)).notes)


def test_a_broken_structure_is_shown_as_far_as_it_goes_with_a_note() -> None:
    message = read("Content-Type: multipart/mixed; boundary=A\r\n\r\n--A\r\n\r\nwords\r\n--A\r\nContent-Ty")
    assert "words" in shown(message)
    assert "The end of the message is missing." in message.notes


def test_a_digest_shows_each_message_with_its_head() -> None:
    inner = "\r\nFrom: Bob <b@example.org>\r\nSubject: {}\r\n\r\nwords {}"
    message = read(multipart("digest", "A", inner.format(1, 1), inner.format(2, 2)))
    assert [line for line in shown(message) if "words" in line] == ["│ words 1", "│ words 2"]
    assert [attachment.type for attachment in message.attachments] == ["message/rfc822"] * 2


def test_data_that_is_called_text_is_told_and_shown_only_to_who_insists() -> None:
    raw = b"Content-Type: text/plain; charset=utf-8\r\n\r\n" + bytes(range(256)) * 8
    message = parse(raw)
    assert not message.document.blocks
    assert "A part of 2,048 octets is called text and is none; choose a charset to see it." in message.notes
    assert parse(raw, charset="latin-1").document.blocks


def test_what_cannot_be_read_is_told_and_a_mark_that_was_sent_is_not() -> None:
    told = "Some of the text cannot be read; \ufffd stands in its place."
    assert told in parse(b"Content-Type: text/plain; charset=utf-8\r\n\r\nun caf\xc3\xa9 \xc3").notes
    assert parse("Content-Type: text/plain; charset=utf-8\r\n\r\nun caf\ufffd".encode()).notes == ()


def invited(calendar: str, text: str = "Will you come?") -> bytes:
    body = f"Content-Type: text/plain\n\n{text}\n--b\nContent-Type: text/calendar; method=REQUEST\n\n{calendar}\n"
    return f"From: a@b.example\nContent-Type: multipart/alternative; boundary=b\n\n--b\n{body}--b--\n".encode()


EVENT = "BEGIN:VEVENT\nUID:1\nDTSTART:20261201T090000Z\nSUMMARY:Harbour meeting\nEND:VEVENT\n"


def of_calendar(events: str) -> str:
    return f"BEGIN:VCALENDAR\nVERSION:2.0\nMETHOD:REQUEST\n{events}END:VCALENDAR"


def test_an_invitation_is_a_card_above_the_text() -> None:
    pytest.importorskip("icalendar")
    blocks = parse(invited(of_calendar(EVENT))).document.blocks
    assert [block.text for block in blocks][:2] == ["Harbour meeting", "Invitation"]
    assert blocks[2].first.startswith("When") and "1 December 2026" in blocks[2].text
    assert [(block.kind, block.text) for block in blocks][-2:] == [("rule", ""), ("text", "Will you come?")]


def test_a_mail_that_is_nothing_but_an_invitation_is_a_card_and_not_its_lines_too() -> None:
    pytest.importorskip("icalendar")
    raw = f"From: a@b.example\nContent-Type: text/calendar; method=REQUEST\n\n{of_calendar(EVENT)}\n".encode()
    message = parse(raw)
    assert message.document.blocks[0].text == "Harbour meeting"
    assert not any("BEGIN:" in block.text for block in message.document.blocks)
    assert [attachment.name for attachment in message.attachments] == ["Harbour meeting.ics"]


@pytest.mark.parametrize(
    "calendar",
    [
        "BEGIN:VEVENT",
        of_calendar(EVENT * 3),
        of_calendar(EVENT.replace("END:VEVENT", "")),
        "\nBEGIN:VEVENT\n\0\xff",
        "",
    ],
)
def test_a_calendar_that_is_no_invitation_leaves_the_text_alone(calendar: str) -> None:
    assert parse(invited(calendar)).document.blocks[0].text == "Will you come?"


def test_the_invitation_of_a_message_inside_is_not_the_message_s_own() -> None:
    inside = invited(of_calendar(EVENT)).decode()
    parts = f"--o\n\nSee below.\n--o\nContent-Type: message/rfc822\n\n{inside}--o--"
    raw = f"Content-Type: multipart/mixed; boundary=o\n\n{parts}"
    assert parse(raw.encode()).document.blocks[0].text == "See below."
