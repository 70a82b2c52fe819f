"""Fetching what reading needs: the whole of a small message, of a big one only the parts with text."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from typing import Any

from tuimail.content.choose import choose_text
from tuimail.content.mime import content_ids, part_octets
from tuimail.content.transfer import undo
from tuimail.net.remote import Progress, Remote, RemotePart
from tuimail.store.messages import Place

WHOLE = 256 * 1024
"""A message up to this many octets is fetched whole: one command, and everything works offline."""

BEGINNING = "TOP"
"""The section that is a header and the first lines of a message too large to be fetched unasked (POP3)."""
LARGE = 1_000_000
"""Octets from which it is."""


async def fetch_text(remote: Remote, place: Place) -> dict[str, bytes]:
    """Sections to keep so that the message can be read. Raises what Remote raises."""
    if place.remote_id is None:
        return {}
    if remote.abilities.visits is not None and place.size > LARGE:
        return {BEGINNING: await _section(remote, place, place.remote_id, BEGINNING)}
    if place.size <= WHOLE or remote.abilities.visits is not None:
        return {"": await _section(remote, place, place.remote_id, "")}
    structure = await remote.structure(place.folder, place.remote_id)
    sections = {"STRUCTURE": json.dumps(_as_dict(structure)).encode()}
    for section in ["HEADER", *choose_text(structure)]:
        sections[section] = await _section(remote, place, place.remote_id, section)
    return sections


async def _section(remote: Remote, place: Place, uid: int, section: str, progress: Progress | None = None) -> bytes:
    return await remote.section(place.folder, uid, section, progress, uidvalidity=place.uidvalidity)


async def fetch_whole(remote: Remote, place: Place, progress: Progress | None = None) -> dict[str, bytes]:
    """The message as sent."""
    if place.remote_id is None:
        return {}
    return {"": await _section(remote, place, place.remote_id, "", progress)}


def stored_part(kept: Callable[[str], bytes | None], section: str) -> bytes | None:
    """A part out of what is kept of a message, decoded; None when it has to be fetched.

    kept: gives a section as it was put, None without it. section: "" for the message as sent.
    """
    raw = kept("")
    if raw is not None:
        return part_octets(raw, section) if section else raw
    if not section:
        return None
    data, structure = kept(section), kept("STRUCTURE")
    if data is None or structure is None:
        return None
    encoding = next((part.encoding for part in walk(stored_structure(structure)) if part.section == section), "")
    return undo(data, encoding)[0]


def stored_section(kept: Callable[[str], bytes | None], content_id: str) -> str:
    """The number of the part that a cid: URL names (RFC 2392); "" when none is. kept: as for `stored_part`."""
    raw, structure = kept(""), kept("STRUCTURE")
    if raw is not None:
        names = content_ids(raw)
    else:
        parts = walk(stored_structure(structure)) if structure is not None else ()
        names = {part.content_id: part.section for part in parts}
    return names.get(content_id.strip("<> "), "")


def walk(part: RemotePart) -> Iterator[RemotePart]:
    """The part and all below it, in the order of the message."""
    stack = [part]
    while stack:
        one = stack.pop()
        yield one
        stack.extend(reversed(one.parts))


def stored_structure(data: bytes) -> RemotePart:
    """The part tree kept by `fetch_text`."""
    return _from_dict(json.loads(data))


def _as_dict(part: RemotePart) -> dict[str, Any]:
    return {
        "section": part.section,
        "type": part.type,
        "params": dict(part.params),
        "encoding": part.encoding,
        "size": part.size,
        "disposition": part.disposition,
        "filename": part.filename,
        "content_id": part.content_id,
        "parts": [_as_dict(inner) for inner in part.parts],
    }


def _from_dict(node: dict[str, Any]) -> RemotePart:
    return RemotePart(**{**node, "parts": tuple(_from_dict(inner) for inner in node["parts"])})
