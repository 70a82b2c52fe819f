"""Mailboxes: making, naming, listing and leaving them. `commands` has SUBSCRIBE, STATUS, SELECT and UNSELECT."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from tuimail.protocol.imap.commands import Command, Part, astring, string
from tuimail.protocol.imap.verbs.arguments import spaced, words


def create(name: bytes, special_use: str = "") -> Command:
    r"""RFC 9051 §6.3.4; special_use: a role without its backslash ("Sent"), with CREATE-SPECIAL-USE (RFC 6154 §3)."""
    use = (b" (USE (\\%b))" % words([special_use]),) if special_use else ()
    return Command("CREATE", (astring(name), *use))


def delete(name: bytes) -> Command:
    """RFC 9051 §6.3.5: with all its messages, for ever."""
    return Command("DELETE", (astring(name),))


def rename(old: bytes, new: bytes) -> Command:
    """RFC 9051 §6.3.6; INBOX stays, and what was in it moves."""
    return Command("RENAME", (astring(old), b" ", astring(new)))


def unsubscribe(name: bytes) -> Command:
    """RFC 9051 §6.3.8."""
    return Command("UNSUBSCRIBE", (astring(name),))


def close() -> Command:
    r"""RFC 9051 §6.4.1: leave, and expunge what is marked \Deleted without a word about it."""
    return Command("CLOSE")


def check() -> Command:
    """RFC 3501 §6.4.1: a checkpoint; gone in IMAP4rev2, where NOOP does as well."""
    return Command("CHECK")


def list_extended(
    patterns: Sequence[bytes],
    *,
    reference: bytes = b"",
    select: Iterable[str] = (),
    returning: Iterable[str] = (),
    status: Iterable[str] = (),
) -> Command:
    """LIST of RFC 5258 with several patterns, selection and RETURN options; status: items of RFC 5819."""
    chosen = words(select)
    parts: list[Part] = [b"(%b) " % chosen] if chosen else []
    parts += [string(reference), b" "]
    if len(patterns) == 1:
        parts.append(string(patterns[0]))
    else:
        parts += [b"(", *spaced(map(string, patterns)), b")"]
    options = [words(returning)]
    if items := words(status):
        options.append(b"STATUS (%b)" % items)
    if wanted := b" ".join(filter(None, options)):
        parts.append(b" RETURN (%b)" % wanted)
    return Command("LIST", tuple(parts))
