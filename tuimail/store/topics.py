"""What a subject is about, whatever replies and lists have put before it (RFC 5256 §2.1).

More generous than the RFC, which knows Re and Fwd: mail programs translate them, and count them.
"""

from __future__ import annotations

import re
import struct
from collections.abc import Collection
from functools import lru_cache
from hashlib import blake2b
from typing import NamedTuple

_REPLY = "re|aw|antw|antwort|sv|vs|odp|ynt|rif|bls|res|atb|回复|回覆|答复|答覆|답장"
_FORWARD = "fwd?|wg|tr|vl|vb|doorst|enc|rv|pd|i̇lt|转发|轉寄"
_BLOB = re.compile(r"\s*+\[[^\[\]]*+\]\s*+")
_LEADER = re.compile(
    rf"\s*+(?:\[[^\[\]]*+\]\s*+)*+(?:({_REPLY})|{_FORWARD})\s*+(?:[\[(^]\d{{1,6}}[\])]?\s*+)?+[:：]", re.IGNORECASE
)


class Topic(NamedTuple):
    """A subject, understood."""

    base: str
    """Without what replies, forwards and lists added; folded case, single blanks. May be empty."""
    reply: bool
    """The outermost thing said of it is that it is a reply."""
    key: int
    """Of `base`, as `hashed` makes it."""


@lru_cache(maxsize=4096)
def topic(subject: str) -> Topic:
    """What a subject is about. Linear in its length."""
    if subject[:4] == "Re: " and not _has_more(subject[4:]):
        text, reply = subject[4:], True  # most of those that are not plain
    else:
        text, reply = _stripped(subject) if _has_more(subject) else (subject, False)
    if text[:1].isspace() or text[:1] == "[":
        text = text.strip()
        while (blob := _BLOB.match(text)) is not None and blob.end() < len(text):
            text = text[blob.end() :]
    base = " ".join(text.casefold().split())
    return Topic(base, reply, _key(base))


def _has_more(text: str) -> bool:
    """There may be something to strip."""
    return ":" in text or "：" in text or "(" in text


@lru_cache(maxsize=4096)
def _key(base: str) -> int:
    return hashed([base])[0]


def hashed(texts: Collection[str]) -> tuple[int, ...]:
    """Eight octets that stand for each text, as SQLite's signed integer; the same in every process."""
    return struct.unpack(f"<{len(texts)}q", b"".join(map(_hash, texts)))


def _hash(text: str) -> bytes:
    return blake2b(text.encode("utf-8", "surrogatepass"), digest_size=8).digest()


def _stripped(text: str) -> tuple[str, bool]:
    """Without leaders and trailers of replies and forwards; whether the outermost one is of a reply."""
    reply, start, first = False, 0, True
    while True:
        while (leader := _LEADER.match(text, start)) is not None:
            start = leader.end()
            if first:
                reply, first = leader[1] is not None, False
        text = text[start:].strip()
        while text[-5:].lower() == "(fwd)":
            text = text[:-5].rstrip()
        if not (text[:5].lower() == "[fwd:" and text.endswith("]")):
            return text, reply
        text, start, first = text[5:-1], 0, False
