"""A message inside a message (RFC 2046 §5.2.1), as the letter it is: head, what to beware of, text, attachments."""

from __future__ import annotations

from tuimail.content.draft import Draft
from tuimail.content.mime import parse
from tuimail.model import Span

_SHOWN = ("from", "to", "cc", "date", "subject")


def read(draft: Draft, data: bytes, whole: bool, me: frozenset[str]) -> bool:
    """Write the letter. A beginning is read as far as it goes; what has no header at all is no letter."""
    message = parse(data)
    if not message.headers:
        return False
    known = {name.lower(): f"{name}: {value}" for name, value in reversed(message.headers)}
    head = "\n".join(known[name] for name in _SHOWN if name in known)
    draft.add("text", head or "A message without a header", (Span(0, len(head), "dim"),))
    for note in message.notes:
        draft.add("text", f"! {note}", gap=False)
    draft.add("rule", "")
    draft.blocks.extend(message.document.blocks)
    draft.links.extend(message.document.links)
    if message.attachments:
        draft.add("rule", "")
        draft.add("text", "\n".join(f"@ {part.name} ({part.type}, {part.size} octets)" for part in message.attachments))
    return True
