"""The sample mail is whole: every message parses, nothing in it points at anybody real, and it never changes."""

from __future__ import annotations

import email
import re
from collections import Counter
from datetime import UTC, datetime, timedelta
from email import policy
from email.message import EmailMessage
from functools import cache

import pytest

from tuimail.demo.letters import age, read_story
from tuimail.demo.mails import FOLDERS, arriving_mail, sample_mail
from tuimail.demo.people import CAST
from tuimail.demo.post import SampleMail, address, encoded
from tuimail.demo.server import PAUSES

NOW = datetime(2031, 5, 7, 12, 0, tzinfo=UTC)
MAIL = list(sample_mail(NOW))
STORIES = ("inbox", "world", "quay", "lighthouse", "lists", "archive", "junk", "other", "arrivals")
RESERVED = re.compile(r"(^|\.)(test|invalid|example\.org)$")


@cache
def parsed(mail: SampleMail) -> EmailMessage:
    message = email.message_from_bytes(mail.raw, policy=policy.default)
    assert isinstance(message, EmailMessage)
    return message


def named(ident: str) -> SampleMail:
    return next(mail for mail in MAIL if f"Message-ID: <{ident}@".encode() in mail.raw)


def test_there_are_about_three_hundred_messages_in_every_folder() -> None:
    count = Counter(mail.folder for mail in MAIL)
    assert 280 <= len(MAIL) <= 320
    assert set(count) == set(FOLDERS)
    assert 110 <= count["INBOX"] <= 130


def test_the_same_now_gives_the_same_octets() -> None:
    assert list(sample_mail(NOW)) == MAIL


def test_a_day_later_everything_is_a_day_younger() -> None:
    later = list(sample_mail(NOW + timedelta(days=1)))
    assert [mail.received for mail in later] == [mail.received + timedelta(days=1) for mail in MAIL]


def test_no_message_comes_from_the_future() -> None:
    assert max(mail.received for mail in MAIL) < NOW


def test_every_message_is_well_formed() -> None:
    for mail in MAIL:
        message = parsed(mail)
        head = mail.raw.partition(b"\r\n\r\n")[0]
        for part in message.walk():
            assert not part.defects, head
            if part.get_content_maintype() == "text":
                assert part.get_content(), head  # decodes in the charset it names
        assert b"\n" not in mail.raw.replace(b"\r\n", b""), head
        assert head.isascii(), head
        assert max(map(len, head.split(b"\r\n"))) < 200, head


def test_every_message_id_is_used_once() -> None:
    ids = [parsed(mail)["Message-ID"] for mail in MAIL]
    assert len(set(ids)) == len(ids)


def test_every_answer_answers_a_message_that_exists() -> None:
    ids = {str(parsed(mail)["Message-ID"]) for mail in MAIL}
    answered = {str(parsed(mail)["In-Reply-To"]) for mail in MAIL if "In-Reply-To" in parsed(mail)}
    assert answered <= ids


def test_one_thread_is_longer_than_forty_messages() -> None:
    first = "<lamp-01@gullrock.example.org>"
    thread = [mail for mail in MAIL if parsed(mail)["Subject"] == "Re: The lamp will not turn"]
    assert len(thread) > 40
    assert first in {str(parsed(mail)["References"]).split()[0] for mail in thread}
    assert {mail.folder for mail in thread} == {"Projects/Lighthouse", "Sent"}


def test_my_own_letters_are_in_sent_and_what_i_answered_says_so() -> None:
    assert named("opening-re").folder == "Sent"
    assert "\\Answered" in named("opening").flags


def test_no_address_and_no_link_can_reach_anybody() -> None:
    for mail in MAIL:
        text = "\n".join(
            part.get_content() for part in parsed(mail).walk() if part.get_content_maintype() == "text"
        ) + mail.raw.partition(b"\r\n\r\n")[0].decode("ascii")
        for host in re.findall(r"(?:@|https?://)([\w.-]+\.\w+)", text):
            assert RESERVED.search(host), host


def test_the_world_writes_in_its_own_charsets() -> None:
    charsets = {part.get_content_charset() for mail in MAIL for part in parsed(mail).walk()}
    assert {"iso-2022-jp", "koi8-r", "windows-1252", "gb2312", "euc-kr", "iso-8859-7", "utf-8"} <= charsets
    assert parsed(named("jp"))["Subject"] == "灯台からの手紙"
    assert "чайник" in parsed(named("ru")).get_content()


def test_the_tricks_are_really_in_there() -> None:
    assert b"\x1b]0;" in encoded_subject(named("trick-1"))
    names = [part.get_filename() or "" for part in parsed(named("trick-3")).walk()]
    assert any("\u202e" in name for name in names)


def encoded_subject(mail: SampleMail) -> bytes:
    return str(parsed(mail)["Subject"]).encode()


def test_every_attachment_is_what_its_type_says() -> None:
    starts = {
        "application/pdf": b"%PDF-",
        "image/png": b"\x89PNG",
        "text/csv": b"date,",
        "text/calendar": b"BEGIN:VCALENDAR",
    }
    seen = set()
    for mail in MAIL:
        for part in parsed(mail).walk():
            if part.get_content_type() in starts:
                payload = part.get_payload(decode=True)
                assert isinstance(payload, bytes)
                assert payload.startswith(starts[part.get_content_type()])
                seen.add(part.get_content_type())
    assert seen == set(starts)


def test_flowed_text_flows_back_into_one_paragraph() -> None:
    message = parsed(named("opening-re"))
    assert message["Content-Type"].params["format"] == "flowed"
    assert "will be \r\na very fine rock." in message.get_content()


@pytest.mark.parametrize("story", STORIES)
def test_every_story_uses_only_fields_that_mean_something(story: str) -> None:
    known = {"from", "to", "cc", "ago", "re", "subject", "charset", "wrap", "patch", "flags", "folder"}
    letters = read_story(story)
    assert len({letter.id for letter in letters}) == len(letters)
    for letter in letters:
        assert set(letter.fields) <= known, letter.id
        assert set(letter.fields.get("flags", "").split()) <= {"new", "star"}, letter.id
        assert letter.fields["from"] in CAST or "<" in letter.fields["from"], letter.id
        assert ("re" in letter.fields) == (letter.parent is not None), letter.id
        if letter.parent is not None:
            assert age(letter.fields["ago"]) < age(letter.parent.fields["ago"]), letter.id


def test_there_is_a_pause_before_each_arriving_message() -> None:
    assert len(arriving_mail(NOW)) == len(PAUSES)
    assert all(20 <= seconds <= 40 for seconds in PAUSES)


def test_a_long_header_is_cut_into_encoded_words_of_at_most_75_characters() -> None:
    lines = encoded("灯台" * 40).split("\r\n ")
    assert len(lines) > 1
    assert all(len(line) <= 75 for line in lines)


def test_a_name_with_a_full_stop_is_quoted() -> None:
    assert address(CAST["pomfret"]) == '"Prof. Ignatius Pomfret" <pomfret@history.example.org>'
