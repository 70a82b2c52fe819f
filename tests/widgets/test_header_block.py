from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len

from tests.widgets.made_up import NOW, message, summary
from tests.widgets.test_safe import HOSTILE, is_dangerous
from tuimail.model import Address, Attachment, Elsewhere, Message, Proof
from tuimail.records import replace
from tuimail.widgets.header_block import MODES, message_header, octets, people, summary_header

CROWD = tuple(Address(f"Person {number}", f"p{number}@example.org") for number in range(14))


def texts(opened: Message, width: int = 60, mode: str = "short") -> list[str]:
    return [line.text for line in message_header(opened, width, mode, NOW)]


def test_the_short_header_answers_what_who_and_when() -> None:
    assert texts(message(7))[:4] == [
        "Subject  message 7",
        "From     Ada Lovelace <ada@example.org>",
        "To       me@example.org",
        "Date     Fri 20 Nov 2026 22:23 · 1 hour ago",
    ]


def test_a_long_list_of_recipients_takes_one_line() -> None:
    assert people(CROWD, 70) == "Person 0 <p0@example.org>, Person 1 <p1@example.org> and 12 others"
    assert people(CROWD[:2], 70) == "Person 0 <p0@example.org>, Person 1 <p1@example.org>"
    assert people(CROWD, 20) == "Perso… and 13 others"
    assert sum("Person" in line for line in texts(message(to=CROWD))) == 1


def test_a_missing_date_and_an_empty_subject_are_no_obstacle() -> None:
    lines = texts(replace(message(), date=None, subject=""))
    assert lines[0] == "Subject  (no subject)"
    assert not any(line.startswith("Date") for line in lines)


def test_answers_that_go_elsewhere_are_shown() -> None:
    stranger = (Address("", "other@example.net"),)
    assert "Reply to other@example.net · another domain" in texts(replace(message(), reply_to=stranger))
    kin = (Address("", "list@lists.example.org"),)
    assert "Reply to list@lists.example.org" in texts(replace(message(), reply_to=kin))
    assert not any(line.startswith("Reply") for line in texts(replace(message(), reply_to=message().sender)))


def test_answers_that_leave_the_senders_domain_stand_out() -> None:
    for email, style in (("other@example.net", "note"), ("list@lists.example.org", "field")):
        opened = replace(message(), reply_to=(Address("", email),))
        line = next(line for line in message_header(opened, 60, "short", NOW) if line.text.startswith("Reply to"))
        assert line.spans[-1].style == style


def test_the_key_of_the_attachments_is_the_readers_own() -> None:
    many = replace(message(), attachments=tuple(Attachment(f"{n}.txt", "text/plain", 5, str(n)) for n in range(9)))
    shown = [line.text for line in message_header(many, 60, "short", NOW, attached_key="v")]
    assert "+ 6 more, 30 B · v lists them all" in shown


def test_a_size_that_only_another_server_knows_is_not_told_as_nothing() -> None:
    there = Attachment(
        "a.txt", "message/external-body", 0, "2", Elsewhere("h.example", "a.txt", anonymous=True, text=False)
    )
    assert "+ a.txt  message/external-body  ?" in texts(replace(message(), attachments=(there,)))


def test_full_shows_every_field_and_raw_what_was_sent() -> None:
    assert texts(message(), mode="full")[:2] == ["From: Ada Lovelace <ada@example.org>", "X-Odd: 42"]
    assert texts(message(), mode="raw")[:2] == ["From: =?utf-8?q?Ada?= <ada@example.org>", "X-Odd: 42"]


def test_notes_and_attachments_stand_above_the_text() -> None:
    files = (
        Attachment("report.pdf", "application/pdf", 1_234_567, "2"),
        Attachment("n" * 90 + ".xlsx", "t" * 90, 12, "3"),
    )
    lines = texts(replace(message(), notes=("Cut after 1 MB.",), attachments=files))
    assert "! Cut after 1 MB." in lines
    assert "+ report.pdf  application/pdf  1.2 MB" in lines
    assert next(line for line in lines if line.startswith("+ nnn")).endswith("…  12 B")


def test_a_message_on_its_way_shows_what_the_list_knows() -> None:
    lines = [line.text for line in summary_header(summary(3), 60, NOW)]
    assert lines[:3] == ["Subject  message 3", "From     Ada Lovelace <ada@example.org>", "To       me@example.org"]


@pytest.mark.parametrize(
    ("size", "words"),
    [(0, "0 B"), (999, "999 B"), (1000, "1.0 kB"), (12_345, "12 kB"), (1_234_567, "1.2 MB"), (5 * 10**12, "5,000 GB")],
)
def test_sizes_are_in_peoples_units(size: int, words: str) -> None:
    assert octets(size) == words


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("width", [1, 5, 12, 40, 100])
def test_no_field_whatever_breaks_the_line(mode: str, width: int) -> None:
    evil = (Address(HOSTILE, HOSTILE), Address("東京" * 40, "e\u0301" * 80))
    opened = Message(
        id=1, subject=HOSTILE * 3, sender=evil, to=evil * 20, cc=evil, reply_to=evil[:1], date=10**18,
        headers=((HOSTILE, HOSTILE), ("", ""), ("東" * 50, "京" * 50)), document=message().document,
        attachments=(Attachment(HOSTILE, HOSTILE, -1, "1"), Attachment("東" * 90, "x" * 90, 5, "2")),
        notes=(HOSTILE, ""), raw_headers=HOSTILE * 4,
    )  # fmt: skip
    for line in message_header(opened, width, mode, NOW):
        assert not any(map(is_dangerous, line.text))
        assert cell_len(line.text) <= max(width, 11)


def test_what_is_known_of_the_sender_stands_on_the_line_of_the_date() -> None:
    proof = Proof("verified", "mx.example.net", ("dmarc=pass (example.org)",))
    opened = message(1, text="")
    date = next(line for line in texts(replace(opened, proof=proof)) if line.startswith("Date"))
    assert date.endswith(" · verified")
    assert not any("verified" in line for line in texts(opened))
    narrow = next(line for line in texts(replace(opened, proof=proof), 50) if line.startswith("Date"))
    assert narrow == "Date     Fri 20 Nov 2026 22:23 · verified"
    asked = texts(replace(opened, proof=proof), 80, "full")
    assert "Sender: verified, says mx.example.net: dmarc=pass (example.org)" in asked


def test_a_failed_proof_is_a_warning_of_its_own() -> None:
    opened = replace(message(1, text=""), proof=Proof("failed", "mx.example.net", ()))
    assert "! The sender's domain says that this mail is not from there." in texts(opened, 80)


@given(st.text(max_size=200), st.sampled_from([20, 40, 79]))
def test_no_mail_can_write_a_line_that_looks_like_ours(words: str, width: int) -> None:
    evil = f"{words}\n! The sender is verified. {words}\n! {words}" + " x" * 60 + " ! so · verified"
    opened = replace(
        message(1, text=""), subject=evil, sender=(Address(evil, evil),), to=(Address(evil, evil),), notes=()
    )
    for line in texts(opened, width):
        assert not line.startswith("!")
        assert not (line.startswith("Date") and "verified" in line)


@pytest.mark.parametrize(
    "address",
    [
        Address("x" * 200, "eve@evil.test"),
        Address("\u6f22" * 200, "eve@evil.test"),
        Address("", "boss@bank.test" + "." * 100 + "@evil.test"),
        Address("Boss", "boss.bank.test" + "\u6f22" * 100 + "@evil.test"),
    ],
)
@pytest.mark.parametrize("width", [20, 40, 71])
def test_a_long_name_does_not_push_the_domain_out_of_sight(address: Address, width: int) -> None:
    line = people((address,), width)
    assert "@evil.test" in line
    assert cell_len(line) <= width


def test_thousands_of_attachments_leave_the_text_in_reach() -> None:
    attached = tuple(Attachment(f"{number}.png", "image/png", 1, f"{number}") for number in range(2_000))
    lines = texts(replace(message(7), attachments=attached))
    assert len(lines) < 12
    assert "+ 1,997 more, 2.0 kB · A lists them all" in lines


def test_no_line_says_that_there_is_one_more_attachment() -> None:
    attached = tuple(Attachment(f"{number}.png", "image/png", 1, f"{number}") for number in range(5))
    assert [line for line in texts(replace(message(7), attachments=attached[:4])) if line.startswith("+ 3.png")]
    folded = texts(replace(message(7), attachments=attached))
    assert [line for line in folded if line.startswith("+ 2 more")]
