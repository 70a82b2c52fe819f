"""Choosing one of many folders."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import ClassVar

from tuimail.model import Folder
from tuimail.screens.pick import Choice, Pick
from tuimail.screens.sources import shown_name


def folder_choices(
    folders: Sequence[Folder], recent: Sequence[int] = (), why: Mapping[int, str] | None = None
) -> list[Choice[int]]:
    """What may be chosen, as PickFolder has it."""
    why = dict.fromkeys(recent, "recent") | dict(why or {})
    place = {folder_id: n for n, folder_id in enumerate(recent)}
    several = len({folder.account for folder in folders}) > 1
    ordered = sorted(
        (folder for folder in folders if folder.selectable), key=lambda folder: place.get(folder.id, len(place))
    )
    return [Choice(shown_name(each), _beside(each, several, why.get(each.id, "")), each.id) for each in ordered]


class PickFolder(Pick[int]):
    """Answers the id of the folder chosen, or None.

    folders: what may be chosen. recent: ids shown first while nothing is typed, the latest first; why: of some of
    these the reason, instead of "recent".
    """

    NOTHING: ClassVar[str] = "No folder has these letters in this order."

    def __init__(
        self, title: str, folders: Sequence[Folder], recent: Sequence[int] = (), why: Mapping[int, str] | None = None
    ) -> None:
        super().__init__(title, folder_choices(folders, recent, why))


def _beside(folder: Folder, several: bool, why: str) -> str:
    """Its account when there is more than one, why it stands here, and what is unread."""
    words = [folder.account] if several else []
    if why:
        words.append(why)
    if folder.unread:
        words.append(f"{folder.unread:,} unread")
    return " · ".join(words)
