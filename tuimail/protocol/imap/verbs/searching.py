"""SEARCH, SORT and THREAD. A search is written as its keys: words as they are, the user's own texts as `Text`."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date
from typing import TypeAlias

from tuimail.protocol.errors import LocalProtocolError
from tuimail.protocol.imap.commands import Command, Part
from tuimail.protocol.imap.verbs.arguments import Text, day, spaced, text, verbatim, words

Key: TypeAlias = str | int | date | Text
"""`"UNSEEN"`, `"OR"`, `"(SEEN"`: sent as they are; numbers; days as RFC 9051 writes them; `Text("Jürgen")`."""


def search(
    keys: Sequence[Key],
    *,
    uid: bool,
    charset: str = "",
    returning: Iterable[str] = (),
    page: tuple[int, int] | None = None,
) -> Command:
    """RFC 9051 §6.4.4.

    charset: named in the command and used for every Text; "" names none, for ASCII or behind ENABLE UTF8=ACCEPT.
    returning: RFC 4731 options ("ALL", "COUNT", "SAVE"); page: PARTIAL (RFC 9394), 1 is the first hit, -1 the last.
    """
    options = [words(returning)]
    if page is not None:
        options.append(b"PARTIAL %d:%d" % page)
    wanted = b" ".join(filter(None, options))
    before: list[Part] = [b"RETURN (%b)" % wanted] if wanted else []
    if charset:
        before.append(b"CHARSET %b" % words([charset]))
    return Command("UID SEARCH" if uid else "SEARCH", spaced([*before, *_keys(keys, charset)]))


def sort(order: Iterable[str], keys: Sequence[Key], *, uid: bool, charset: str = "UTF-8") -> Command:
    """RFC 5256 §3. order: "REVERSE", "DATE", "SUBJECT", …; the charset is not optional here."""
    return Command("UID SORT" if uid else "SORT", spaced(_ordered(b"(%b)" % words(order), keys, charset)))


def thread(algorithm: str, keys: Sequence[Key], *, uid: bool, charset: str = "UTF-8") -> Command:
    """RFC 5256 §3. algorithm: "REFERENCES" or "ORDEREDSUBJECT"."""
    return Command("UID THREAD" if uid else "THREAD", spaced(_ordered(words([algorithm]), keys, charset)))


def _ordered(how: bytes, keys: Sequence[Key], charset: str) -> list[Part]:
    return [how, words([charset]), *_keys(keys, charset)]


def _keys(keys: Sequence[Key], charset: str) -> list[Part]:
    if not keys:
        raise LocalProtocolError("a search for nothing")
    return [_key(key, charset or "UTF-8") for key in keys]


def _key(key: Key, charset: str) -> Part:
    match key:
        case Text():
            return text(key, charset)
        case str():
            return verbatim(key)
        case int():
            return b"%d" % key
    return day(key)
