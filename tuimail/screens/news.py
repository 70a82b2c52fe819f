"""Changes gathered between two repaints, so that a sync of a hundred thousand messages costs ten repaints a second."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from tuimail.changes import AccountState, BodyArrived, Change, FoldersChanged, MessagesChanged, Trouble


@dataclass(slots=True)
class Heard:
    """What has changed since the last time."""

    folders: bool = False
    lists: set[int] = field(default_factory=set)
    """Ids of the folders whose rows changed."""
    bodies: set[int] = field(default_factory=set)
    """Ids of the messages whose text is here now."""
    states: bool = False
    fresh: int = 0
    """New messages, in all folders."""
    troubles: list[Trouble] = field(default_factory=list)


class News:
    """`hear` is the listener Mail calls; the first change after a `take` calls `wake`, the others only add to it."""

    def __init__(self, wake: Callable[[], object]) -> None:
        self._wake = wake
        self._heard: Heard | None = None

    def hear(self, change: Change) -> None:
        """Note a change."""
        first = self._heard is None
        heard = self._heard = self._heard or Heard()
        match change:
            case FoldersChanged():
                heard.folders = True
            case MessagesChanged(folder_id, fresh):
                heard.lists.add(folder_id)
                heard.fresh += fresh
            case BodyArrived(message_id):
                heard.bodies.add(message_id)
            case AccountState():
                heard.states = True
            case Trouble():
                heard.troubles.append(change)
        if first:
            self._wake()

    def take(self) -> Heard:
        """All that was heard; from now on it begins anew."""
        heard, self._heard = self._heard or Heard(), None
        return heard
