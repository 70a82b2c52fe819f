"""A part tree and where its octets come from, whether all of a message is here or only some of its parts."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Generic, Protocol, TypeVar

from tuimail.content.choose import Structure
from tuimail.content.reading import Fields
from tuimail.content.structure import Part
from tuimail.model import Inside
from tuimail.records import Record


class Described(Structure, Protocol):
    """A node of a part tree that says what reading needs: `structure.Part` and `net.remote.RemotePart`."""

    @property
    def params(self) -> Mapping[str, str]: ...
    @property
    def encoding(self) -> str: ...
    @property
    def filename(self) -> str: ...


Node = TypeVar("Node", bound=Described)


class Source(Record, Generic[Node]):
    """None and [] stand for what was not fetched."""

    root: Node
    octets_of: Callable[[Node], bytes | None]
    """The body of a part as transferred."""
    header_of: Callable[[Node], Fields]
    sent_of: Callable[[Node], bytes | None]
    """A part as sent, with its header."""
    inside: str = ""
    """The envelope this was in, for a message that was decrypted."""
    whole: bool = True
    """It is all there is of the message, but for the header."""
    inside_of: Callable[[Node], Inside | None] = lambda part: None
    """Where an attachment lies in a message that was decrypted and is in no store."""

    def key(self, part: Node, number: int = 0) -> str:
        """Of the envelope that a part is, or that a stretch of its text is."""
        return f"{self.inside}/{part.section}:{number}"


def whole_source(raw: bytes, root: Part, inside: str = "", whole: bool = True) -> Source[Part]:
    """All of a message, of which `root` is the tree. inside, whole: as in Source."""
    return Source(
        root,
        lambda part: raw[part.start : part.end],
        lambda part: part.header,
        lambda part: raw[part.head : part.end],
        inside,
        whole,
        lambda part: Inside(raw, part.start, part.end, part.encoding) if inside else None,
    )
