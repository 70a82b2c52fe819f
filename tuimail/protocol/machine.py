"""The Machine contract: what every protocol looks like from outside.

There is an output buffer because receiving can cause sending (in IMAP a `+` releases a literal).
"""

from __future__ import annotations

from enum import Enum
from typing import Final, Literal, Protocol, TypeVar

CommandT = TypeVar("CommandT", contravariant=True)
EventT = TypeVar("EventT", covariant=True)


class _NeedData(Enum):
    NEED_DATA = "need data"

    def __repr__(self) -> str:
        return "NEED_DATA"


NEED_DATA: Final = _NeedData.NEED_DATA
"""`next_event` returns this when the bytes so far hold no further event."""
NeedData = Literal[_NeedData.NEED_DATA]


class Machine(Protocol[CommandT, EventT]):
    """A connection's protocol state. Never blocks, never looks at a clock, never touches a socket."""

    def send(self, command: CommandT) -> bytes:
        """Queue a command; returns the tag its completion will carry.

        Raises LocalProtocolError when the command is not allowed in this state; then nothing was queued.
        """
        ...

    def data_to_send(self) -> bytes:
        """Bytes to write now; b"" when none. Each byte is returned once."""
        ...

    def receive_data(self, data: bytes) -> None:
        """Hand in received bytes; b"" means end of file."""
        ...

    def next_event(self) -> EventT | NeedData:
        """The next event, or NEED_DATA. Raises RemoteProtocolError, and no other error, on any bytes whatever."""
        ...
