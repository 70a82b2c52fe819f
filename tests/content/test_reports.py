from __future__ import annotations

import pytest

from tests.content.samples import forbidden_in
from tuimail.content.draft import Draft
from tuimail.content.reports import MOST_RECIPIENTS, write_report


def card(text: str | bytes) -> list[str]:
    draft = Draft()
    write_report(draft, text.encode() if isinstance(text, str) else text)
    document = draft.document()
    assert forbidden_in(document) == []
    return [block.first + block.text for block in document.blocks]


MTA = "Reporting-MTA: dns; mx.example.org\r\nArrival-Date: Fri, 20 Nov 2026 10:00:00 +0000\r\n\r\n"
WORD = "┃ This is the word of mx.example.org; nobody has checked it."


def test_a_failure_says_who_why_and_what_to_do() -> None:
    told = card(
        MTA + "Original-Recipient: rfc822;bob@example.net\r\nFinal-Recipient: rfc822; robert@elsewhere.example\r\n"
        "Action: failed\r\nStatus: 5.2.2 (full)\r\nRemote-MTA: dns; in.elsewhere.example\r\n"
        "Diagnostic-Code: smtp; 552 5.2.2 over\r\n quota\r\n"
    )
    assert told == [
        "┃ Not delivered: bob@example.net",
        "┃ It was sent on to robert@elsewhere.example.",
        "┃ Why: The mailbox is full.",
        "┃ in.elsewhere.example said: 552 5.2.2 over quota",
        "┃ What to do: Send it again later, or write another way.",
        WORD,
    ]


@pytest.mark.parametrize(
    ("status", "words"),
    [
        ("5.1.1", "no such mailbox"),
        ("5.1.99", "address was not accepted"),
        ("5.7.26", "by its own rules"),
        ("4.0.0", "did not work for now"),
        ("5.0.0", "No reason is given"),
        ("5.001.010", "takes no mail"),
        ("gone fishing", "No reason is given"),
        ("", "No reason is given"),
    ],
)
def test_a_status_code_is_put_in_words(status: str, words: str) -> None:
    told = card(f"{MTA}Final-Recipient: rfc822; bob@example.net\r\nAction: failed\r\nStatus: {status}\r\n")
    assert words in told[1]


def test_a_delay_asks_for_nothing() -> None:
    told = card(
        MTA + "Final-Recipient: rfc822; bob@example.net\nAction: delayed\nStatus: 4.4.1\nWill-Retry-Until: Sunday\n"
    )
    assert told[0] == "┃ Delayed, still being tried: bob@example.net"
    assert "┃ What to do: Nothing yet: it will be tried again until Sunday." in told


def test_a_delivery_is_good_news_without_a_reason() -> None:
    told = card(MTA + "Final-Recipient: rfc822; bob@example.net\nAction: Relayed\nStatus: 2.1.5\n")
    assert told == ["┃ Passed on to a system that reports no further: bob@example.net", WORD]


def test_every_recipient_has_a_card_up_to_a_number() -> None:
    one = "Final-Recipient: rfc822; bob@example.net\nAction: failed\nStatus: 5.1.1\n\n"
    assert sum("Not delivered" in line for line in card(MTA + one * MOST_RECIPIENTS)) == MOST_RECIPIENTS
    told = card(MTA + one * (MOST_RECIPIENTS + 3))
    assert sum("Not delivered" in line for line in told) == MOST_RECIPIENTS
    assert told[-2] == "┃ and 3 more recipients"


def test_a_receipt_does_not_claim_that_anything_was_read() -> None:
    told = card(
        "Reporting-UA: pc.example; Mailer\nFinal-Recipient: rfc822; bob@example.net\n"
        "Original-Message-ID: <1@a.example>\nDisposition: automatic-action/MDN-sent-automatically; displayed\n"
    )
    assert told == [
        "┃ Displayed to bob@example.net",
        "┃ A program did this by itself.",
        "┃ That it was displayed does not say that it was read.",
        "┃ It is about the message <1@a.example>",
        "┃ This is the word of pc.example; Mailer; nobody has checked it.",
    ]


def test_a_report_that_is_none_is_shown_as_it_stands() -> None:
    assert card("nothing to see\r\nhere") == ["nothing to see\nhere"]
    assert card(b"") == []


def test_control_characters_in_a_report_never_come_through() -> None:
    told = card(
        b"Final-Recipient: rfc822; \x1b]0;x\x07@example.net\nAction: failed\n"
        b"Diagnostic-Code: smtp; \x1b[2J\xe2\x80\xae\n"
    )
    assert "�" in told[0]


def test_the_words_for_a_name_with_international_letters() -> None:
    assert card("Final-Recipient: utf-8; grün@example.net\nAction: failed\n".encode())[0].endswith("grün@example.net")
