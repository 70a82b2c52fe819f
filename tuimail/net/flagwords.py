"""Flags as servers spell them, and as one integer."""

from __future__ import annotations

from functools import lru_cache

from tuimail.model import Flag

_WORDS = {
    Flag.SEEN: b"\\Seen",
    Flag.ANSWERED: b"\\Answered",
    Flag.FLAGGED: b"\\Flagged",
    Flag.DELETED: b"\\Deleted",
    Flag.DRAFT: b"\\Draft",
    Flag.FORWARDED: b"$Forwarded",
    Flag.JUNK: b"$Junk",
}
_FLAGS = {word.lower(): flag for flag, word in _WORDS.items()}


@lru_cache(1024)
def read(words: tuple[bytes, ...]) -> tuple[Flag, str]:
    """The flags we know, and the keywords we do not, blank separated. \\Recent says nothing (RFC 9051 §2.3.2)."""
    flags = Flag.NONE
    keywords = []
    for word in words:
        known = _FLAGS.get(word.lower())
        if known is not None:
            flags |= known
        elif not word.startswith(b"\\"):
            keywords.append(word.decode("utf-8", "replace"))
    return flags, " ".join(keywords)


@lru_cache(1024)
def read_line(line: bytes) -> tuple[Flag, str]:
    """The same of words separated by blanks."""
    return read(tuple(line.split()))


def words(flags: Flag) -> list[bytes]:
    """The words of these flags, for STORE."""
    return [word for flag, word in _WORDS.items() if flag in flags]
