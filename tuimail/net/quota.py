"""QUOTA (RFC 9208) as nouns: how full the mailbox is."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from tuimail.model import Quota
from tuimail.net.wording import printable
from tuimail.protocol.imap.responses import Event, Other


def read_quotas(told: Iterable[Event]) -> list[Quota]:
    """Every limit in these QUOTA replies; Courier names a root and no list."""
    return [quota for event in told if isinstance(event, Other) for quota in _of(event)]


# quota-response = "QUOTA" SP quota-root-name SP quota-list
# quota-list     = "(" quota-resource *(SP quota-resource) ")"; quota-resource = resource-name SP usage SP limit
def _of(event: Other) -> Iterator[Quota]:
    root, limits = (*event.values, None, None)[:2]
    if not isinstance(root, bytes) or not isinstance(limits, tuple):
        return
    for name, used, limit in zip(limits[::3], limits[1::3], limits[2::3], strict=False):
        numbers = [int(n) for n in (used, limit) if isinstance(n, bytes) and n.isdigit() and len(n) <= 20]
        if isinstance(name, bytes) and len(numbers) == 2:
            yield Quota(_text(root), _text(name).upper(), *numbers)


def _text(word: bytes) -> str:
    return printable(word.decode("utf-8", "replace"), 100)
