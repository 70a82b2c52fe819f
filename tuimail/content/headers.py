"""A header block (RFC 5322 §2.2) to fields and to a list row; the one maker of rows, for IMAP and POP3 alike.

Written for speed, because a first sync reads 100,000 of these, and with caps, because anyone may write one.
"""

from __future__ import annotations

import re
from functools import lru_cache
from itertools import repeat
from typing import NamedTuple

from tuimail.content.addresses import first_address
from tuimail.content.clean import clean_line
from tuimail.content.dates import believable, parse_date
from tuimail.content.words import decode_text

MOST_OCTETS = 1_048_576
"""Of a header block; the rest is not read."""
MOST_FIELDS = 2_000
MOST_FIELD_OCTETS = 262_144
"""Of one field value."""
LONGEST_SUBJECT = 1_000
MOST_ADDRESSED = 4_000
"""Octets of To, and of Cc, that can be searched: some hundred people."""
MOST_REFERENCES = 100
"""Kept of a thread's References: the first and the newest."""

# A line break that is not folding (RFC 5322 §2.2.3); the CR before it goes when the value is trimmed.
_LINE_END = re.compile(rb"\n(?![ \t])")
_FOLD = re.compile(rb"\r?\n(?=[ \t])")
# References as nearly everybody writes them: message ids of printable ASCII and blanks.
_CHAIN = re.compile(rb"\s*+(?:<[!-;=?-~]{1,500}+>(?:\s++|\Z))++")
_MESSAGE_ID = re.compile(r"<[^<>\s]{1,500}>")
_ATTACHES = re.compile(rb"\s*(?:multipart/mixed|application/(?!pkcs7-|x-pkcs7-)|image/|audio/|video/)", re.IGNORECASE)


# A block as nearly every server and writer make it, read in one go: known fields in any order, none of them twice
# (`(?(1)(?!))` fails where group 1 has been had). The CR that "." takes along goes when the value is trimmed.
_VALUE = rb".*+(?:\n[ \t].*+)*+"
_READ = rb"From To Cc Subject Date Message-I[Dd] In-Reply-To References Content-Type List-I[Dd]".split()
_USUAL = re.compile(
    rb"(?:(?:%b|Sender: %b)\n)++(?:\r?\n)?+"
    % (b"|".join(rb"%b: (?(%d)(?!))(%b)" % (name, n, _VALUE) for n, name in enumerate(_READ, 1)), _VALUE)
)
_USUAL_OCTETS = 16_384

_COLONS = repeat(b":")
_EMPTY = (b"", b"\r")


class Heading(NamedTuple):
    """What a header block says for a list row; every string is cleaned."""

    date: int
    """Epoch seconds: the Date field when it can be believed, else the time of arrival."""
    sender: str
    """The sender's name; the address when there is no name or the name poses as another address."""
    email: str
    to: str
    """First recipient, then "+n" for the others; "" when nobody is named."""
    subject: str
    message_id: str
    """With its angle brackets, or ""."""
    references: str
    """Ancestors oldest first, space separated, with angle brackets: References, then In-Reply-To."""
    has_attachment: bool
    """A guess from the top Content-Type; the message structure knows better."""
    list_id: str
    addressed: str
    """All of To, a line end, all of Cc, for searching."""


def fields(block: bytes) -> list[tuple[bytes, bytes]]:
    """(name in lower case, value unfolded and trimmed) of every field, in order.

    Stops at the first empty line. Lines that are no field are skipped; a value that is too long is cut.
    """
    found: list[tuple[bytes, bytes]] = []
    for line in _lines(block):
        name, colon, value = line.partition(b":")
        name = name.rstrip()
        if colon and name and b" " not in name and b"\t" not in name:
            found.append((name.lower(), _FOLD.sub(b"", value[:MOST_FIELD_OCTETS]).strip()))
        elif line in _EMPTY:
            break
    return found


def summarize(block: bytes, received: int) -> Heading:
    """The list row of a header block. Never raises.

    received: when it reached the mailbox, epoch seconds, 0 when unknown. Of a field that may stand once
    (From, Subject, Date …) the first counts, here and in the reader.
    """
    return Heading._make(summary(block, received))


def summary(block: bytes, received: int) -> tuple[int, str, str, str, str, str, str, bool, str, str]:
    """The fields of `summarize` without their names, as a first sync takes them."""
    found = _USUAL.fullmatch(block) if len(block) <= _USUAL_OCTETS else None
    if found is not None and found[1]:
        author, to, cc, subject, date, message_id, in_reply_to, references, content_type, list_id = found.groups(b"")
        author = _FOLD.sub(b"", author) if b"\n" in author else author
        to = _FOLD.sub(b"", to) if b"\n" in to else to
        subject = _FOLD.sub(b"", subject) if b"\n" in subject else subject
    else:
        get = _first_of_each(block).get
        author = get(b"from", b"").strip() or get(b"sender", b"")
        to, cc, subject, date = get(b"to", b""), get(b"cc", b""), get(b"subject", b""), get(b"date", b"")
        message_id, in_reply_to = get(b"message-id", b""), get(b"in-reply-to", b"")
        references, content_type, list_id = get(b"references", b""), get(b"content-type", b""), get(b"list-id", b"")
    sender, email, _ = first_address(author.strip())
    recipient, _, recipients = first_address(to.strip() or cc.strip())
    claimed = parse_date(date)
    return (
        claimed if claimed is not None and believable(claimed, received) else received,
        sender,
        email,
        recipient if recipients < 2 else f"{recipient} +{recipients - 1}",
        decode_text(subject)[:LONGEST_SUBJECT],
        _message_id(message_id.strip()),
        _references(references, in_reply_to) if references or in_reply_to else "",
        _ATTACHES.match(content_type) is not None,
        _list_id(list_id) if list_id else "",
        _addressed(to, cc),
    )


def _addressed(to: bytes, cc: bytes) -> str:
    return f"{_people(to)}\n{_people(cc)}" if cc else _people(to)


def _people(field: bytes) -> str:
    field = field[:MOST_ADDRESSED]
    if len(field) <= 256 and b">," not in field:
        return _one_of_them(field)
    if field.isascii() and b"=?" not in field:
        text = " ".join(field.decode("ascii").split())
        return text if text.isprintable() else clean_line(text)
    mailboxes = field.split(b">,")
    return ">, ".join([_one_of_them(one) if len(one) <= 256 else decode_text(one) for one in mailboxes])


@lru_cache(maxsize=8192)
def _one_of_them(mailbox: bytes) -> str:
    """Kept, because the same people are written to again and again, in ever other company."""
    return decode_text(mailbox)


@lru_cache(maxsize=1024)
def _list_id(value: bytes) -> str:
    return decode_text(value)[:LONGEST_SUBJECT]


def _first_of_each(block: bytes) -> dict[bytes, bytes]:
    """The first field of each name; values as they came. The same reading as `fields`, at half the price."""
    lines = _lines(block)
    while lines and lines[-1] in _EMPTY:
        lines.pop()
    lines.reverse()
    first = {name.lower(): value for name, _, value in map(bytes.partition, lines, _COLONS)}
    names = b"".join(first)
    if b" " in names or b"\t" in names or b"\r" in names or b"" in first:  # odd names, or text behind the header
        return dict(reversed(fields(block)))
    return first


def _lines(block: bytes) -> list[bytes]:
    """The unfolded-to-be lines of a block: folding stays inside a line as it came."""
    if len(block) > MOST_OCTETS:
        block = block[:MOST_OCTETS]
    if block[:1] in b"\r\n":
        block = block.lstrip(b"\r\n")
    lines = _LINE_END.split(block, MOST_FIELDS)
    return lines if len(lines) <= MOST_FIELDS else lines[:MOST_FIELDS]


def _message_id(value: bytes) -> str:
    if len(value) < 500 and value[:1] == b"<" and value.isascii() and value.find(b">") == len(value) - 1:
        return clean_line(value.decode("ascii"))
    text = value[:1_000].decode("latin-1")
    found = _MESSAGE_ID.search(text)
    return clean_line(found[0]) if found else clean_line(text.strip()[:250])


def _references(references: bytes, in_reply_to: bytes) -> str:
    references = references[:MOST_FIELD_OCTETS]
    ids = references.split()
    if len(ids) <= MOST_REFERENCES and (not in_reply_to or in_reply_to.strip() in ids) and _CHAIN.fullmatch(references):
        return b" ".join(ids).decode("ascii")
    chain = _MESSAGE_ID.findall(references.decode("latin-1"))
    parent = _message_id(in_reply_to.strip())
    if parent[:1] == "<" and parent not in chain:
        chain.append(parent)
    if len(chain) > MOST_REFERENCES:
        chain = [chain[0], *chain[1 - MOST_REFERENCES :]]
    return clean_line(" ".join(chain))
