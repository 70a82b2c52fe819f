"""Which parts of a message a reader shows as its text, and in which order. Works on any tree of parts:
one read from the message itself, or BODYSTRUCTURE before anything has been fetched."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Protocol, Self, TypeVar

REPORT_TYPES = frozenset(
    [
        "message/delivery-status",
        "message/global-delivery-status",
        "message/disposition-notification",
        "message/global-disposition-notification",
    ]
)
"""Shown as a card (`reports`)."""
SHOWN_TYPES = REPORT_TYPES.union(
    (
        "text/plain text/html text/markdown text/x-patch text/x-diff text/x-log text/enriched"
        " text/rfc822-headers message/global-headers message/partial"
    ).split()
)
ENCRYPTED = "multipart/encrypted"
"""A card (`seals`) until it is opened (RFC 3156 §4)."""
FORMS = ("plain", "html")
"""What a text can be given in; a message with both lets the reader choose."""
STUB_OCTETS = 200
"""A plain alternative this short is often only "your reader cannot show HTML"."""


class Structure(Protocol):
    """A node of a message's structure, as `net.remote.RemotePart` and `structure.Part` have it."""

    @property
    def section(self) -> str: ...
    @property
    def type(self) -> str: ...
    @property
    def size(self) -> int: ...
    @property
    def disposition(self) -> str: ...
    @property
    def parts(self) -> Sequence[Self]: ...


Node = TypeVar("Node", bound=Structure)


class _Typed(Protocol):
    @property
    def type(self) -> str: ...


def is_message(part: _Typed) -> bool:
    """A whole message inside a message (RFC 2046 §5.2.1, RFC 6532 §3.7)."""
    return part.type in ("message/rfc822", "message/global")


def choose_text(structure: Structure) -> list[str]:
    """Sections to fetch so that the text can be shown in every form it has, in their order; [] when there is none.

    Forwarded messages inside are only entered when there is no other text.
    """
    for into_messages in (False, True):
        wanted: dict[str, None] = {}
        for form in FORMS:
            for part, _ in shown_parts(structure, _is_short, form, into_messages):
                if not (is_message(part) or part.type == ENCRYPTED):
                    wanted.setdefault(part.section)
        if wanted:
            return list(wanted)
    return []


def forms_of(root: Node) -> tuple[str, ...]:
    """FORMS when somewhere in the tree plain text and HTML are alternatives of each other, else ()."""
    waiting = [root]
    while waiting:
        part = waiting.pop()
        waiting.extend(part.parts)
        if part.type == "multipart/alternative" and None not in _alternatives(part):
            return FORMS
    return ()


def shown_parts(
    root: Node, is_stub: Callable[[Node], bool], form: str = "", into_messages: bool = True
) -> Iterator[tuple[Node, int]]:
    """(part, how many messages deep) of what a reader shows, in order: texts, messages before their own texts, and
    what is encrypted as the multipart that it is.

    form: one of FORMS where there is a choice; "" is plain text, unless is_stub says that it says nothing.
    """
    waiting = [(root, 0)]
    found = False
    while waiting:
        part, depth = waiting.pop()
        if is_message(part):
            if into_messages and part.parts and part.disposition != "attachment":
                yield part, depth
                waiting.append((part.parts[0], depth + 1))
        elif part.type == ENCRYPTED and part.parts:
            yield part, depth
        elif part.type.startswith("multipart/") and part.parts:
            waiting.extend((child, depth) for child in reversed(_of_multipart(part, is_stub, form)))
        elif part.type in SHOWN_TYPES and part.disposition != "attachment":
            found = True
            yield part, depth
    if not found:  # nothing fit to show: any text is better than none
        for part in leaves(root):
            odd_text = part.type.startswith("text/") and part.type not in SHOWN_TYPES
            if odd_text and part.disposition != "attachment":
                yield part, 0
                return


def leaves(root: Node) -> Iterator[Node]:
    """Every part that is no multipart, in order; messages inside count as leaves and are also entered."""
    waiting = [root]
    while waiting:
        part = waiting.pop()
        if not (part.type.startswith("multipart/") and part.parts):
            yield part
        waiting.extend(reversed(part.parts))


def _is_short(part: Structure) -> bool:
    return part.size <= STUB_OCTETS


def _of_multipart(part: Node, is_stub: Callable[[Node], bool], form: str) -> list[Node]:
    children = list(part.parts)
    if part.type == "multipart/alternative":
        plain, rich = _alternatives(part)
        if rich is not None and (plain is None or form == "html" or (not form and is_stub(plain))):
            return [rich]
        return [plain] if plain is not None else children[:1]
    if part.type == "multipart/related":
        return [next((child for child in children if _has_html(child)), children[0])]
    if part.type == "multipart/report":  # what happened first, then the server's prose, then what was sent
        return sorted(children, key=lambda child: child.type not in REPORT_TYPES)
    return children[:1] if part.type == "multipart/signed" else children


def _alternatives(part: Node) -> tuple[Node | None, Node | None]:
    """The plain one and the HTML one of a multipart/alternative; of several of a kind the richest (the last) HTML."""
    plain = next((child for child in part.parts if child.type == "text/plain"), None)
    return plain, next((child for child in reversed(part.parts) if _has_html(child)), None)


def _has_html(part: Structure) -> bool:
    return any(leaf.type == "text/html" for leaf in leaves(part))
