"""What Mail tells the screen. Facts, not orders; each says what to look at again."""

from __future__ import annotations

from enum import StrEnum

from tuimail.records import Record


class Line(StrEnum):
    """The state of an account's connection."""

    OFFLINE = "offline"
    CONNECTING = "connecting"
    ONLINE = "online"
    SYNCING = "syncing"


class FoldersChanged(Record):
    """Folders came, went, or changed their counts."""


class MessagesChanged(Record):
    """Rows of a folder came, went or changed. `fresh` counts mail that has just arrived."""

    folder_id: int
    fresh: int = 0


class BodyArrived(Record):
    """A message's text is now in the store."""

    message_id: int


class AccountState(Record):
    """How an account's connection stands."""

    account: str
    line: Line
    since: int
    """When this state began, epoch seconds."""
    done: int = 0
    """Messages fetched of `total` while SYNCING."""
    total: int = 0
    detail: str = ""
    """Why offline, in words."""
    again: bool = True
    """While OFFLINE: it is tried again by itself, not only when the reader asks for it."""
    ours: bool = False
    """While OFFLINE: the trouble is here (a full disk), not on the way to the server."""
    checked: int = 0
    """While ONLINE: when the server was last looked at, where one only visits it (POP3); else 0."""
    silent: int = 0
    """While there is a line: since when the server owes an answer, where that is long ago (epoch seconds); else 0."""


class Trouble(Record):
    """Something the reader should be told once."""

    sentence: str
    next_step: str = ""


Change = FoldersChanged | MessagesChanged | BodyArrived | AccountState | Trouble
