"""The search language for servers: words as IMAP SEARCH keys (RFC 9051 §6.4.4), and in Gmail's own language.

A server is asked about words only, because it alone has every text; flags, labels and folders are known better
here, where the reader's wishes are. Dates and sizes are told to it only to leave out what cannot be a hit, with a day
to spare for the time zone that it reckons in.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, timedelta

from tuimail.protocol.imap.verbs.arguments import Text
from tuimail.protocol.imap.verbs.searching import Key
from tuimail.query import After, All, Any, Before, Larger, Newer, Node, Not, Older, Smaller, Words

_KEYS = {
    "": ("TEXT",),
    "from": ("FROM",),
    "to": ("TO",),
    "cc": ("CC",),
    "subject": ("SUBJECT",),
    "body": ("BODY",),
    "list": ("HEADER", "List-Id"),
}
_SPARE = timedelta(days=1)


def keys(words: Node, *, gmail: bool = False) -> list[Key]:
    """SEARCH keys for a tree of words. gmail: the server knows X-GM-RAW, which searches as Gmail's own page does."""
    return ["X-GM-RAW", Text(_gmail(words))] if gmail else _keys(words)


def narrowed(node: Node) -> list[Key]:
    """Further keys: what dates and sizes every hit must have."""
    found: list[Key] = []
    for one in node.nodes if isinstance(node, All) else (node,):
        match one:
            case After(day) if day.year > 1970:
                found += ["SINCE", day - _SPARE]
            case Newer(_, moment) if moment > 86_400:
                found += ["SINCE", date.fromtimestamp(moment) - _SPARE]
            case Before(day) if day.year < 9999:
                found += ["BEFORE", day + _SPARE]
            case Older(_, moment):
                found += ["BEFORE", date.fromtimestamp(moment) + 2 * _SPARE]
            case Larger(octets) if octets < 1 << 32:
                found += ["LARGER", octets]
            case Smaller(octets) if octets < 1 << 32:
                found += ["SMALLER", octets]
    return found


def in_ascii(words: Node) -> Node | None:
    """What can be asked of a server that knows no UTF-8; None: nothing."""
    match words:
        case Words(_, text, _):
            return words if text.isascii() else None
        case Not(inner):
            return None if in_ascii(inner) is None else words
        case All(nodes):
            return words if all(in_ascii(one) is not None for one in nodes) else None
        case Any(nodes):
            found = tuple(one for one in map(in_ascii, nodes) if one is not None)
            return Any(found) if found else None
    raise AssertionError(words)


def _keys(node: Node) -> list[Key]:
    match node:
        case Words(field, text, _):
            return [*_KEYS[field], Text(_printable(text))]
        case Not(inner):
            return ["NOT", *_one(inner)]
        case All(nodes):
            return [key for one in nodes for key in _keys(one)]
        case Any(nodes):  # OR takes two
            return [*["OR"] * (len(nodes) - 1), *(key for one in nodes for key in _one(one))]
    raise AssertionError(node)


def _one(node: Node) -> list[Key]:
    """As one key. Several are put into parentheses; the second one needs a word of the protocol to stick to."""
    found = _keys(node)
    if not isinstance(node, All) or len(node.nodes) == 1:
        return found
    return [f"({found[0]}", *found[1:], "ALL)"]


def _gmail(node: Node) -> str:
    match node:
        case Words(field, text, exact):
            text = _printable(text)
            wanted = text if text.isalnum() and not exact else f'"{text}"'
            return f"{field}:({wanted})" if field not in ("", "body") else wanted
        case Not(inner):
            return f"-({_gmail(inner)})"
        case All(nodes):
            return _joined(" ", nodes)
        case Any(nodes):
            return _joined(" OR ", nodes)
    raise AssertionError(node)


def _printable(text: str) -> str:
    return "".join(letter if letter.isprintable() else " " for letter in text).strip()


def _joined(how: str, nodes: Iterable[Node]) -> str:
    return f"({how.join(map(_gmail, nodes))})"
