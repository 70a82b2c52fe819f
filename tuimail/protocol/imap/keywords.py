"""Keywords (RFC 3501 §2.3.2): which of them are labels of the user's, how labels are spelled, and wishes about them.

A wish or a change is written as signed words, "+work -todo": to be set, to be cleared. Keywords do not differ by case
alone (RFC 9051 §2.3.2). A label's letters beyond ASCII travel in modified UTF-7, as Thunderbird writes them, its blanks
as "_"; characters no atom may have are refused. Thunderbird's five first tags have fixed keywords and their own names.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import lru_cache
from typing import Final

from tuimail.protocol.imap import utf7

LONGEST: Final = 50
"""Octets of a keyword; Dovecot takes no longer one."""
_FORBIDDEN: Final = re.compile(r'[(){%*"\\\]\x00-\x1f\x7f]')
_ATOM: Final = re.compile(r"[\x21\x23\x24\x26\x27\x2b-\x5b\x5e-\x7a\x7c-\x7e]+")
_TAGS: Final = {f"$label{n}": name for n, name in enumerate(("Important", "Work", "Personal", "To Do", "Later"), 1)}
_OURS: Final = frozenset(
    "junk notjunk nonjunk junkrecorded forwarded redirected mdnsent old recent unread receipt-handled"
    " hasattachment hasnoattachment".split()
)
"""What programs, not people, say in keywords that do not begin with "$", as registered ones do."""


@lru_cache(1024)
def is_label(keyword: str) -> bool:
    """Did a person mean something by it? Not so what programs and servers keep in keywords ($Forwarded, NonJunk)."""
    small = keyword.lower()
    return small in _TAGS or (small[:1] not in ("$", "\\", "") and small not in _OURS)


@lru_cache(1024)
def decode(keyword: str) -> str:
    """The label as people read it, printable characters only."""
    name = _TAGS.get(keyword.lower()) or utf7.decode(keyword.encode("utf-8", "replace"))
    return "".join(filter(str.isprintable, name)) or "?"


def encode(label: str) -> str:
    """The keyword of a label that a person typed. Raises ValueError, in a sentence, when there can be none."""
    label = "_".join(label.split())
    if not label:
        raise ValueError("A label needs a name.")
    if found := _FORBIDDEN.search(label):
        raise ValueError(f"A label cannot have “{found[0]}” in it." if found[0].isprintable() else "Not a label.")
    if label[0] in "$+-":
        raise ValueError(f"A label cannot begin with “{label[0]}”.")
    keyword = utf7.encode(label).decode("ascii")
    if len(keyword) > LONGEST:
        raise ValueError("This label is too long.")
    if not is_label(keyword):
        raise ValueError(f"“{label}” is a mark that mail programs use.")
    return keyword


def compared(label: str) -> str:
    """The label's name as names are compared: neither case matters, nor whether it has blanks or "_"."""
    return "_".join(label.casefold().split())


def sendable(keyword: str) -> bool:
    """Is it an atom, as a STORE wants it?"""
    return _ATOM.fullmatch(keyword) is not None


# --- wishes and changes -----------------------------------------------------------------------------------


def change(add: Iterable[str] = (), remove: Iterable[str] = ()) -> str:
    """These keywords set, those cleared, as signed words."""
    return " ".join([*(f"+{word}" for word in add), *(f"-{word}" for word in remove)])


def signed(wish: str) -> tuple[list[str], list[str]]:
    """The words to be set, and those to be cleared."""
    words = wish.split()
    return [w[1:] for w in words if w[0] == "+"], [w[1:] for w in words if w[0] == "-"]


@lru_cache(1024)
def merged(wish: str, later: str) -> str:
    """What is wished after `later` was said, too: of each keyword the last word counts."""
    words = {word[1:].lower(): word for word in wish.split()}
    for word in later.split():
        words.pop(word[1:].lower(), None)
        words[word[1:].lower()] = word
    return " ".join(words.values())


@lru_cache(1024)
def without(wish: str, words: str) -> str:
    """The wish without what it says of the keywords of these signed words."""
    others = {word[1:].lower() for word in words.split()}
    return " ".join(word for word in wish.split() if word[1:].lower() not in others)


@lru_cache(1024)
def applied(keywords: str, wish: str) -> str:
    """The keywords after the wish has come true; what it does not speak of stays as it is spelled."""
    add, remove = signed(wish)
    spoken = {word.lower() for word in (*add, *remove)}
    there = {word.lower() for word in keywords.split()}
    kept = [word for word in keywords.split() if word.lower() not in spoken or word.lower() in _small(add)]
    return " ".join([*kept, *(word for word in add if word.lower() not in there)])


@lru_cache(1024)
def missing(keywords: str, wish: str) -> str:
    """What of the wish these keywords do not have yet."""
    there = _small(keywords.split())
    return " ".join(word for word in wish.split() if (word[0] == "+") != (word[1:].lower() in there))


@lru_cache(1024)
def inverse(changed: str) -> str:
    """What takes back a change."""
    return " ".join(("-" if word[0] == "+" else "+") + word[1:] for word in changed.split())


@lru_cache(1024)
def labels(keywords: str, wish: str = "") -> tuple[str, ...]:
    """The labels that a message shows, in their order, for people."""
    shown = (word for word in applied(keywords, wish).split() if is_label(word))
    return tuple(dict.fromkeys(map(decode, shown)))


@lru_cache(8192)
def names(keywords: str, wish: str) -> frozenset[str]:
    """The names of the labels that a message shows, as they are `compared`."""
    return frozenset(map(compared, labels(keywords, wish)))


def in_words(changed: str) -> list[str]:
    """What a change says, for people, as far as it is about labels."""
    add, remove = signed(changed)
    words = [f"label {decode(word)}" for word in add if is_label(word)]
    return words + [f"take off {decode(word)}" for word in remove if is_label(word)]


def _small(words: Iterable[str]) -> set[str]:
    return {word.lower() for word in words}
