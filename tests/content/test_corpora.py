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
from tuimail.content.headers import summarize
from tuimail.content.mime import parse
from tuimail.content.params import parse_params
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
"""Share of facts in which the two readings have to agree where a right reading exists (so not under malformed/)."""

DIFFERENT = {
    "legacy/009": "An address alone is shown without its brackets.",
    "legacy/016": "Letters in a name that are no UTF-8 are guessed, not lost.",
    "legacy/017": "Letters in a header that are no UTF-8 are guessed, not lost; x-uuencode is undone.",
    "legacy/020": "Letters in a header that are no UTF-8 are guessed, not lost.",
    "legacy/026": "x-uuencode is undone.",
    "legacy/035": "Windows paths have single backslashes in quoted strings; they are no escapes there.",
    "legacy/039": "As 035.",
    "malformed/002": "A multipart without parts is shown as text; theirs shows nothing of it.",
    "malformed/003": "A multipart with the boundary of the one around it has no parts of its own.",
    "malformed/004": "A delimiter has to be the whole boundary, not begin with it (RFC 2046 §5.1.1).",
    "malformed/012": "An outer delimiter ends the parts inside it, though their own end is missing (RFC 2046 §5.1.2).",
    "malformed/019": "Noise: of two Date fields the first counts, and a boundary belongs to one multipart.",
    "malformed/020": "A part without its own delimiter before it is read as header; what can be read is shown once.",
    "malformed/022": "What is no message inside a message/rfc822 is a text inside it, theirs says it is its text.",
    "thirdparty/002": "Base64 after its padding goes on; what is no base64 is left out rather than shown.",
    "thirdparty/015": "An outer delimiter ends the parts inside it; folding is one blank.",
    "address 8": "A comment is no part of a name where there is one (RFC 5322 §3.4).",
    "address 9": "As 8; and a line break in an escaped blank.",
    "address 10": "As 8.",
    "address 11": "A group without members is shown by its name.",
    "address 13": "Blanks around the dots of an address (obs-domain): the address ends at the first.",
    "address 14": "As 8; blanks inside an angle address are dropped.",
    "address 22": "As 8.",
    "address 30": "Two lines that are two fields; theirs reads the first.",
    "address 31": "Header and body in one; theirs stops at the empty line.",
    "address 42": "A word without @ is a name and no address.",
    "address 56": "As 8.",
    "date 10": "A month as a number could be a day.",
    "date 12": "Numbers without a month are no date.",
    "date 14": "This one we read.",
    "date 28": "A Received field, not a Date.",
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
    same = different = 0
    unlike = set()
    for name, ours, theirs in (*mails(), *fields_alone()):
        wrong = [fact for fact, value in theirs.items() if ours.get(fact) != value]
        if wrong:
            unlike.add(name)
        if not name.startswith("malformed/"):
            same, different = same + len(theirs) - len(wrong), different + len(wrong)
    assert sorted(unlike) == sorted(DIFFERENT)
    assert same >= 900
    assert same / (same + different) >= LEAST


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
        yield example["header"].strip().encode(), example["expected"]


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
            facts[f"{name['other'].lower()}"] = line(value["Text"])
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
    return {f"{field} {number}": mailbox for number, mailbox in enumerate(named)}


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
    return {f"{field} {number}": (address.name, address.email) for number, address in enumerate(addresses)}


def line(text: str) -> str:
    return collapse(clean_line(text))


def words(text: str) -> str:
    return " ".join(clean_body(text).split())
