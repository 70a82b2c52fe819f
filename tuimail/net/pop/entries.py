"""What LIST and UIDL tell together: the messages of a maildrop."""

from __future__ import annotations

from collections import Counter
from typing import NamedTuple

from tuimail.protocol.pop3 import responses

MAX_MESSAGES = 500_000
"""In one maildrop; of more, the listing is refused."""


class Entry(NamedTuple):
    """A message of the maildrop."""

    number: int
    """For this session only."""
    uidl: bytes | None
    """The server's unique id, any octets without blanks at its ends; None: it told none."""
    size: int
    """Octets as the server says; some round, some invent."""
    repeated: bool = False
    """Another message of this listing has the same `uidl`, so that it says nothing."""


def entries_of(listed: bytes, named: bytes) -> list[Entry] | None:
    """Of the bodies of LIST and UIDL, by number; None when there are more than MAX_MESSAGES."""
    if listed.count(b"\n") > MAX_MESSAGES:
        return None
    sizes = responses.sizes(listed)
    uids = responses.uids(named)
    often = Counter(uids[number] for number in sizes if number in uids) if len(uids) != len(set(uids.values())) else {}
    return [
        Entry(number, uid := uids.get(number), size, uid is not None and often.get(uid, 1) > 1)
        for number, size in sorted(sizes.items())
    ]
