"""Who may do what (ACL, RFC 4314), how much room is left (QUOTA, RFC 9208), notes on mailboxes (METADATA, RFC 5464)."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

from tuimail.protocol.errors import LocalProtocolError
from tuimail.protocol.imap.commands import Command, Part, astring, string
from tuimail.protocol.imap.verbs.arguments import spaced, words

# mod-rights = astring; "+" adds to, "-" takes from the rights there are
_RIGHTS = re.compile(r"[+-]?[a-z0-9]*\Z")
# entry = "/" components; no wildcards, no "//" (RFC 5464 §3.2)
_ENTRY = re.compile(r"(?:/[^/*%\x00-\x1f\x7f-\U0010ffff]+)+\Z")


def getacl(mailbox: bytes) -> Command:
    """RFC 4314 §3.3."""
    return Command("GETACL", (astring(mailbox),))


def setacl(mailbox: bytes, identifier: str, rights: str) -> Command:
    """RFC 4314 §3.1. identifier: a user, "anyone", "-user" for negative rights; rights: "lrs", "+w", "-x"."""
    if not _RIGHTS.match(rights):
        raise LocalProtocolError(f"not rights: {rights[:80]!r}")
    return Command("SETACL", (astring(mailbox), b" ", astring(identifier.encode()), b" ", string(rights.encode())))


def deleteacl(mailbox: bytes, identifier: str) -> Command:
    """RFC 4314 §3.2."""
    return Command("DELETEACL", (astring(mailbox), b" ", astring(identifier.encode())))


def listrights(mailbox: bytes, identifier: str) -> Command:
    """RFC 4314 §3.4."""
    return Command("LISTRIGHTS", (astring(mailbox), b" ", astring(identifier.encode())))


def myrights(mailbox: bytes) -> Command:
    """RFC 4314 §3.5."""
    return Command("MYRIGHTS", (astring(mailbox),))


def getquota(root: bytes) -> Command:
    """RFC 9208 §4.1.1."""
    return Command("GETQUOTA", (string(root),))


def getquotaroot(mailbox: bytes) -> Command:
    """RFC 9208 §4.1.2."""
    return Command("GETQUOTAROOT", (astring(mailbox),))


def setquota(root: bytes, limits: Mapping[str, int]) -> Command:
    """RFC 9208 §4.1.3. limits: {"STORAGE": KiB, "MESSAGE": messages}; what is left out has none any more."""
    resources = b" ".join(b"%b %d" % (words([name]), limit) for name, limit in limits.items())
    return Command("SETQUOTA", (string(root), b" (%b)" % resources))


def getmetadata(mailbox: bytes, entries: Iterable[str], *, depth: str = "", max_size: int | None = None) -> Command:
    """RFC 5464 §4.2. mailbox: b"" the server itself; depth: "1" or "infinity" for what lies below, "" for none."""
    options = [b"MAXSIZE %d" % max_size] if max_size is not None else []
    options += [b"DEPTH %b" % words([depth])] if depth else []
    before = [b"(%b)" % b" ".join(options)] if options else []
    listed = (b"(", *spaced(map(_entry, entries)), b")")
    return Command("GETMETADATA", (*spaced([*before, _mailbox(mailbox)]), b" ", *listed))


def setmetadata(mailbox: bytes, values: Mapping[str, bytes | None]) -> Command:
    """RFC 5464 §4.3; None removes an entry. Raises LocalProtocolError for a value with a NUL."""
    pairs: list[Part] = []
    for entry, value in values.items():
        pairs += (_entry(entry), b"NIL" if value is None else string(value))
    return Command("SETMETADATA", (_mailbox(mailbox), b" (", *spaced(pairs), b")"))


def _mailbox(name: bytes) -> Part:
    return astring(name) if name else b'""'


def _entry(name: str) -> Part:
    if not _ENTRY.match(name):
        raise LocalProtocolError(f"not the name of an entry: {name[:80]!r}")
    return astring(name.encode())
