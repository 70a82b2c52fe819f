"""How demo mail is put into envelopes.

Plain letters are written out directly, a hundred times faster than by the email package (the demo's mailbox is
filled while the first screen paints); only mail of several parts uses that package.
"""

from __future__ import annotations

import binascii
import re
from base64 import b64encode, encodebytes
from collections.abc import Iterator, Sequence
from datetime import datetime
from email.message import Message
from email.utils import format_datetime

from tuimail.demo.people import Person
from tuimail.records import Record

Fields = Sequence[tuple[str, str]]
"""Header fields in order, ready encoded."""


class SampleMail(Record):
    """One message of the demo: where it lies, the octets (CRLF lines), when it came in, IMAP system flags."""

    folder: str
    raw: bytes
    received: datetime
    flags: frozenset[str]


def encoded(text: str, charset: str = "utf-8") -> str:
    """Header text, as encoded words of at most 75 characters (RFC 2047 §2) when it is not ASCII."""
    if text.isascii():
        return text
    words, chunk = [], ""
    for char in text:
        if len(chunk) and len((chunk + char).encode(charset)) > 42:
            words.append(chunk)
            chunk = ""
        chunk += char
    words.append(chunk)
    return "\r\n ".join(f"=?{charset}?B?{b64encode(word.encode(charset)).decode()}?=" for word in words)


def address(who: Person, charset: str = "utf-8") -> str:
    """A mailbox of From, To or Cc (RFC 5322 §3.4)."""
    if not who.name.isascii():
        return f"{encoded(who.name, charset)} <{who.email}>"
    return (
        f'"{who.name}" <{who.email}>'
        if re.search(r"[^\w\s!#$%&'*+/=?^`{|}~-]", who.name)
        else f"{who.name} <{who.email}>"
    )


def basic_fields(
    sender: Person, to: Sequence[Person], subject: str, when: datetime, message_id: str, charset: str = "utf-8"
) -> Iterator[tuple[str, str]]:
    """The fields every mail has; To is left out when there is nobody."""
    yield "From", address(sender, charset)
    if to:
        yield "To", ", ".join(address(one) for one in to)
    yield "Subject", encoded(subject, charset)
    yield "Date", format_datetime(when.replace(microsecond=0))
    yield "Message-ID", message_id


def plain_mail(fields: Fields, text: str, charset: str = "utf-8", *, flowed: bool = False) -> bytes:
    """A text/plain message. Transfer encoding by charset: 7bit for ASCII and ISO-2022-JP, quoted-printable for
    Latin and UTF-8 text, base64 for the rest."""
    body = text.replace("\n", "\r\n").encode(charset)
    if body.isascii():
        encoding, charset = "7bit", "us-ascii" if text.isascii() else charset
    elif charset in ("utf-8", "windows-1252"):
        encoding, body = "quoted-printable", binascii.b2a_qp(body, istext=True)
    else:
        encoding, body = "base64", encodebytes(body).replace(b"\n", b"\r\n")
    head = [
        *fields,
        ("MIME-Version", "1.0"),
        ("Content-Type", f"text/plain; charset={charset}" + ("; format=flowed" if flowed else "")),
        ("Content-Transfer-Encoding", encoding),
    ]
    return "".join(f"{name}: {value}\r\n" for name, value in head).encode("ascii") + b"\r\n" + body


def whole_mail(fields: Fields, message: Message) -> bytes:
    """A message of several parts, made with the email package, under these fields; CRLF lines."""
    body = message.as_bytes().replace(b"\r\n", b"\n").replace(b"\n", b"\r\n")
    return "".join(f"{name}: {value}\r\n" for name, value in fields).encode("ascii") + body
