"""Mails other people collected, with the reading of another parser beside them: TUIMAIL_CORPORA names the folder."""

from __future__ import annotations

import calendar
import json
import os
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest

from tests.content.samples import forbidden_in
from tuimail.content.addresses import parse_addresses
from tuimail.content.charset import decode
from tuimail.content.clean import clean_body, clean_line
from tuimail.content.dates import parse_date
from tuimail.content.headers import fields, summarize
from tuimail.content.mime import parse
from tuimail.content.params import parse_params
from tuimail.content.reading import LONGEST_FIELD
from tuimail.content.structure import Part, read_structure
from tuimail.content.transfer import undo
from tuimail.content.words import collapse
from tuimail.model import Address

CORPORA = Path(os.environ.get("TUIMAIL_CORPORA", ""))
pytestmark = pytest.mark.skipif("TUIMAIL_CORPORA" not in os.environ, reason="TUIMAIL_CORPORA is not set")

MAIL_PARSER = CORPORA / "mail-parser-eml"
Facts = dict[str, object]
Described = tuple[str, Facts]
LEAST = 0.95
"""Share of all facts in which the two readings have to agree, broken mails included. A fact is: the subject, the date,
the Message-ID, one mailbox of From, To or Cc, one other field, and of one part its type, file name, text or octets;
each mail counts with both line endings. A fact that the other reading has wrong is a difference all the same."""

GUESSED = "Letters that are no UTF-8 are guessed by us and lost (U+FFFD) by them."
UUENCODED = "x-uuencode is undone by us; they leave the code."
WINDOWS = "A Windows path has single backslashes in its quoted string; they drop them as escapes."
COMMENT = "A comment is no part of a name that stands beside it (RFC 5322 §3.4); they append it."
GLUED = "An outer delimiter ends the parts inside it (RFC 2046 §5.1.2); they go on reading the next part as this one."
SAME_TEXT = "The text stands in a message without header inside the part (.10); they say it is the part's own."

DIFFERENT = {
    "legacy/009 disposition-notification-to": "We show an address alone without its brackets.",
    "legacy/016 name .2": GUESSED,
    "legacy/017 to 0": GUESSED,
    "legacy/017 octets .1": UUENCODED,
    "legacy/017 octets .2": UUENCODED,
    "legacy/020 to 0": GUESSED,
    "legacy/020 subject": GUESSED,
    "legacy/026 text .1": UUENCODED,
    "legacy/026 name .1": GUESSED,
    "legacy/035 name .011": WINDOWS,
    "legacy/035 name .012": WINDOWS,
    "legacy/039 name .01": WINDOWS,
    "legacy/039 name .02": WINDOWS,
    "malformed/002 type .": "A multipart without parts is shown as text by us; they show nothing of it.",
    "malformed/012 text .010": GLUED,
    "malformed/019 date": "Noise with two Date fields: everywhere the first of two counts, and this one is no date.",
    "malformed/019 text .410": "Noise: words where a header should be are shown by us and dropped by them.",
    "malformed/019 text .411": "As above.",
    "malformed/020 text .0": "A multipart whose first part lacks its delimiter has parts for us; they show its source.",
    "malformed/022 text .1": SAME_TEXT,
    "thirdparty/002 text .1": "Three letters behind the padding are two octets of base64 to us; they leave them out.",
    "thirdparty/002 text .2": "What is said to be base64 is decoded by us, as in a download; they show the source.",
    "thirdparty/015 name .10": "The file name of another part; the header in question has none.",
    "thirdparty/015 type .100": GLUED,
    "thirdparty/015 text .100": GLUED,
    "address 8 0": COMMENT,
    "address 9 0": COMMENT,
    "address 10 0": COMMENT,
    "address 10 2": COMMENT,
    "address 10 3": "A comment behind a group is no mailbox without address, as they say.",
    "address 11 0": "A group without members is shown by its name; they take a comment for a member.",
    "address 13 1": "Blanks around a dot (obs-domain) end our address; they keep them in theirs.",
    "address 14 0": "As the other comments; and they keep the blanks inside the address.",
    "address 22 0": COMMENT,
    "address 42 0": "A word without @ is a name to us; they say it is an address, and the comment the name.",
    "address 56 0": COMMENT,
    "date 10": "A month as a number could be a day; we read no date.",
    "date 12": "Eighteen numbers are no date; they read one.",
    "date 28": "A Received field, which we do not read as a date.",
    "content_type 54": "Letters outside of ASCII in a media type, which has none; it counts as text/plain either way.",
}


@pytest.mark.parametrize("ending", [".eml", ".msg"])
def test_every_mail_of_the_corpora_opens(ending: str) -> None:
    files = sorted(CORPORA.rglob(f"*{ending}"))
    assert len(files) >= 30
    for path in files:
        raw = path.read_bytes()
        for data in (raw, raw.replace(b"\r\n", b"\n").replace(b"\n", b"\r\n")):
            message = parse(data)
            assert forbidden_in(message) == [], path
            assert message.pieces, path
            assert summarize(data, 0).subject[:900] == message.subject[:900], path


def test_our_reading_agrees_with_the_one_that_came_with_the_mails() -> None:
    facts = 0
    unlike: list[str] = []
    for name, ours, theirs in (*mails(), *fields_alone()):
        facts += len(theirs)
        unlike += [f"{name} {fact}".rstrip() for fact, value in theirs.items() if ours.get(fact) != value]
    assert sorted(set(unlike)) == sorted(DIFFERENT)
    assert facts >= 1_300
    assert 1 - len(unlike) / facts >= LEAST


def mails() -> Iterator[tuple[str, Facts, Facts]]:
    for path in sorted((MAIL_PARSER / "eml").rglob("*.eml")):
        raw = path.read_bytes()
        for ending, data in (("", raw), (".crlf", raw.replace(b"\r\n", b"\n").replace(b"\n", b"\r\n"))):
            theirs = json.loads(path.with_suffix(f"{ending}.json").read_text("utf-8"))
            yield f"{path.parent.name}/{path.stem}", facts_of_ours(data), facts_of_theirs(theirs)


def fields_alone() -> Iterator[tuple[str, Facts, Facts]]:
    for number, (value, expected) in enumerate(examples("address")):
        yield f"address {number}", names_of("", parse_addresses(value)), mailboxes("", expected)
    for number, (value, expected) in enumerate(examples("date")):
        yield f"date {number}", {"": parse_date(value)}, {"": expected and moment(expected)}
    for number, (value, expected) in enumerate(examples("content_type")):
        if expected and expected["c_subtype"] is not None:
            theirs = f"{expected['c_type']}/{expected['c_subtype']}"
            yield f"content_type {number}", {"": parse_params(value).value}, {"": theirs.lower()}


def examples(kind: str) -> Iterator[tuple[bytes, Any]]:
    for example in json.loads((MAIL_PARSER / f"{kind}.json").read_text("utf-8")):
        (_, value), *_ = fields(b"X: " + example["header"].strip().encode())
        yield value, example["expected"]


def facts_of_theirs(message: dict[str, Any]) -> Facts:
    parts = message["parts"]
    facts: Facts = {}
    for header in parts[0]["headers"]:
        name, value = header["name"], header["value"]
        if name in ("from", "to", "cc") and "Address" in value:
            facts |= mailboxes(name, value["Address"])
        elif name == "subject" and "Text" in value:
            facts["subject"] = line(value["Text"])
        elif name == "date" and "DateTime" in value:
            facts["date"] = moment(value["DateTime"])
        elif name == "message_id" and "Text" in value:
            facts["message-id"] = f"<{value['Text']}>"
        elif "other" in name and "Text" in value:
            text = line(value["Text"])
            facts[name["other"].lower()] = text if len(text) <= LONGEST_FIELD else text[: LONGEST_FIELD - 1] + "…"
    return facts | described(their_parts(parts, 0, "."))


def facts_of_ours(raw: bytes) -> Facts:
    message = parse(raw)
    people = {"from": message.sender, "to": message.to, "cc": message.cc}
    facts: Facts = {}
    for name, addresses in people.items():
        facts |= names_of(name, addresses)
    raw = raw.lstrip(b"\r\n")
    parts = described(our_parts(raw, read_structure(raw).root, "."))
    fields = {name.lower(): value for name, value in message.headers}
    return fields | facts | parts | {"subject": message.subject, "date": message.date}


def described(parts: Iterator[Described]) -> Facts:
    return {f"{fact} {place}": value for place, facts in parts for fact, value in facts.items()}


def mailboxes(field: str, found: dict[str, Any]) -> Facts:
    everyone = found["List"] if "List" in found else [one for group in found["Group"] for one in group["addresses"]]
    named = [(line(one["name"] or ""), line(one["address"] or "")) for one in everyone]
    return {f"{field} {number}".strip(): mailbox for number, mailbox in enumerate(named)}


def moment(date: dict[str, Any]) -> int:
    at = calendar.timegm((date["year"], date["month"], date["day"], date["hour"], date["minute"], date["second"]))
    offset = date["tz_hour"] * 3600 + date["tz_minute"] * 60
    return int(at + offset if date["tz_before_gmt"] else at - offset)


def their_type(part: dict[str, Any]) -> str:
    for header in part["headers"]:
        if header["name"] == "content_type" and "ContentType" in header["value"]:
            kind = header["value"]["ContentType"]
            return f"{kind['c_type']}/{kind['c_subtype']}".lower()
    return "message/rfc822" if "Message" in part["body"] else "text/plain"


def their_parts(parts: list[dict[str, Any]], number: int, place: str) -> Iterator[Described]:
    """(place in the tree, type, decoded text) of a part and all below it."""
    body = parts[number]["body"]
    facts: Facts = {"type": their_type(parts[number])}
    if (text := body.get("Text", body.get("Html"))) is not None:
        facts["text"] = words(text)
    if (octets := body.get("Binary", body.get("InlineBinary"))) is not None:
        facts["octets"] = words(bytes(octets).decode("latin-1"))
    for header in parts[number]["headers"]:
        if header["name"] == "content_disposition" and "ContentType" in header["value"]:
            attributes = {a["name"]: a["value"] for a in header["value"]["ContentType"]["attributes"] or ()}
            facts |= {"name": attributes["filename"]} if "filename" in attributes else {}
    yield place, facts
    for index, child in enumerate(body.get("Multipart", ())):
        yield from their_parts(parts, child, f"{place}{index}")
    if "Message" in body:
        yield from their_parts(body["Message"]["parts"], 0, f"{place}0")


def our_parts(raw: bytes, part: Part, place: str) -> Iterator[Described]:
    facts: Facts = {"type": part.type, "name": part.filename}
    if not part.parts:
        octets, _ = undo(raw[part.start : part.end], part.encoding)
        facts["text"] = words(decode(octets, part.params.get("charset")))
        facts["octets"] = words(octets.decode("latin-1"))
    yield place, facts
    for index, child in enumerate(part.parts):
        yield from our_parts(raw, child, f"{place}{index}")


def names_of(field: str, addresses: Sequence[Address]) -> Facts:
    return {f"{field} {number}".strip(): (address.name, address.email) for number, address in enumerate(addresses)}


def line(text: str) -> str:
    return collapse(clean_line(text))


def words(text: str) -> str:
    return " ".join(clean_body(text).split())
