"""What the parser hands out as `Other`, read by who asked: ACL, QUOTA, METADATA, THREAD; and ENVELOPE.

Each reader is forgiving: a response that makes no sense is None and costs only itself.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from tuimail.protocol.imap.responses import Other
from tuimail.protocol.imap.tokens import Value
from tuimail.records import Record


class Acl(Record):
    """RFC 4314 §3.6: who has which rights on a mailbox."""

    mailbox: bytes
    rights: Mapping[bytes, str]
    """Identifier → letters; an identifier with "-" in front has these rights taken away."""


class ListRights(Record):
    """RFC 4314 §3.7: what could be granted to an identifier."""

    mailbox: bytes
    identifier: bytes
    always: str
    """What it always has."""
    optional: tuple[str, ...]
    """What can be granted; the letters of one entry only together."""


class MyRights(Record):
    """RFC 4314 §3.8."""

    mailbox: bytes
    rights: str


class Resource(NamedTuple):
    """One resource of a quota root."""

    usage: int
    limit: int


class Quota(Record):
    """RFC 9208 §4.2.1."""

    root: bytes
    resources: Mapping[str, Resource]
    """Upper-case name ("STORAGE" in KiB, "MESSAGE") → usage and limit; empty where nothing is limited (Courier)."""


class QuotaRoot(Record):
    """RFC 9208 §4.2.2: the quota roots of a mailbox."""

    mailbox: bytes
    roots: tuple[bytes, ...]


class Metadata(Record):
    """RFC 5464 §4.4.1."""

    mailbox: bytes
    """b"": the server itself."""
    entries: Mapping[str, bytes | None]
    """Names in lower case."""


class Thread(Record):
    """RFC 5256 §4: a chain of messages, each the answer to the one before, and the threads that branch off its end."""

    numbers: tuple[int, ...]
    """Empty for branches without a common beginning (their parent is not in the mailbox)."""
    branches: tuple[Thread, ...] = ()


class Address(Record):
    """One address of an ENVELOPE (RFC 9051 §7.5.2), as sent: encoded words and all."""

    name: bytes | None
    mailbox: bytes
    """Before the @; of a group's beginning its name, of its end b""."""
    host: bytes
    """b"" at a group's beginning and end."""

    @property
    def address(self) -> bytes:
        return b"%b@%b" % (self.mailbox, self.host) if self.host else self.mailbox


class Envelope(Record):
    """RFC 9051 §7.5.2, as sent. A pymap server decodes subjects and rewrites dates, so do not rely on either form."""

    date: bytes | None
    subject: bytes | None
    from_: tuple[Address, ...]
    sender: tuple[Address, ...]
    reply_to: tuple[Address, ...]
    to: tuple[Address, ...]
    cc: tuple[Address, ...]
    bcc: tuple[Address, ...]
    in_reply_to: bytes | None
    message_id: bytes | None


def acl(other: Other) -> Acl | None:
    """`ACL mailbox *(SP identifier SP rights)`."""
    words = _octets(other.values)
    if other.name != "ACL" or not words:
        return None
    rights = {who: what.decode("latin-1") for who, what in zip(words[1::2], words[2::2], strict=False)}
    return Acl(words[0], rights)


def list_rights(other: Other) -> ListRights | None:
    """`LISTRIGHTS mailbox identifier rights *(SP rights)`."""
    words = _octets(other.values)
    if other.name != "LISTRIGHTS" or len(words) < 3:
        return None
    always, *optional = (word.decode("latin-1") for word in words[2:])
    return ListRights(words[0], words[1], always, tuple(optional))


def my_rights(other: Other) -> MyRights | None:
    """`MYRIGHTS mailbox rights`."""
    words = _octets(other.values)
    return MyRights(words[0], words[1].decode("latin-1")) if other.name == "MYRIGHTS" and len(words) == 2 else None


def quota(other: Other) -> Quota | None:
    """`QUOTA root "(" [resource SP usage SP limit …] ")"`; Courier leaves the list out."""
    if other.name != "QUOTA" or not other.values:
        return None
    root, *rest = other.values
    words = _octets(rest[0]) if rest and isinstance(rest[0], tuple) else ()
    resources = {}
    for name, usage, limit in zip(words[::3], words[1::3], words[2::3], strict=False):
        if usage.isdigit() and limit.isdigit() and len(usage) <= 20 and len(limit) <= 20:
            resources[name.decode("latin-1").upper()] = Resource(int(usage), int(limit))
    return Quota(root if isinstance(root, bytes) else b"", resources)


def quota_root(other: Other) -> QuotaRoot | None:
    """`QUOTAROOT mailbox *(SP root)`."""
    words = _octets(other.values)
    return QuotaRoot(words[0], words[1:]) if other.name == "QUOTAROOT" and words else None


def metadata(other: Other) -> Metadata | None:
    """`METADATA mailbox "(" entry SP value … ")"`; the unsolicited kind, names alone, is None."""
    mailbox, pairs = other.values if len(other.values) == 2 else (None, None)
    if other.name != "METADATA" or not isinstance(pairs, tuple):
        return None
    entries: dict[str, bytes | None] = {}
    for key, value in zip(pairs[::2], pairs[1::2], strict=False):
        if isinstance(key, bytes) and not isinstance(value, tuple):
            entries[key.decode("latin-1").lower()] = value
    return Metadata(mailbox if isinstance(mailbox, bytes) else b"", entries)


def threads(other: Other) -> tuple[Thread, ...] | None:
    """`THREAD *thread-list`. thread-list = "(" (thread-members / thread-nested) ")"; depth is capped by the tokens."""
    if other.name != "THREAD":
        return None
    return tuple([_thread(value) for value in other.values if isinstance(value, tuple)])


def _thread(members: tuple[Value, ...]) -> Thread:
    numbers = [int(word) for word in members if isinstance(word, bytes) and word.isdigit() and len(word) <= 10]
    return Thread(tuple(numbers), tuple([_thread(branch) for branch in members if isinstance(branch, tuple)]))


def envelope(value: Value) -> Envelope | None:
    """`Fetch.extra[b"ENVELOPE"]` read; None when it is no list of ten. Domino's extra parentheses are the parser's."""
    if not isinstance(value, tuple) or len(value) < 10:
        return None
    from_, sender, reply_to, to, cc, bcc = [_addresses(people) for people in value[2:8]]
    return Envelope(
        _octet(value[0]), _octet(value[1]), from_, sender, reply_to, to, cc, bcc, _octet(value[8]), _octet(value[9])
    )


def _addresses(value: Value) -> tuple[Address, ...]:
    return tuple(
        [
            Address(_octet(entry[0]), _octet(entry[2]) or b"", _octet(entry[3]) or b"")
            for entry in (value if isinstance(value, tuple) else ())
            if isinstance(entry, tuple) and len(entry) >= 4  # SmarterMail puts NIL between (MailKit#991)
        ]
    )


def _octet(value: Value) -> bytes | None:
    return value if isinstance(value, bytes) else None


def _octets(values: tuple[Value, ...]) -> tuple[bytes, ...]:
    """The words; a NIL is the word it looks like, as in a mailbox of that name."""
    return tuple([b"NIL" if value is None else value for value in values if not isinstance(value, tuple)])
