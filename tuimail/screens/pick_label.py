"""Choosing a label: to give it, to take it off, or a new one by its name."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from textual.content import Content
from textual.widgets import Input, OptionList
from textual.widgets.option_list import Option

from tuimail.model import Label
from tuimail.records import Record
from tuimail.screens.pick import Choice, Pick
from tuimail.widgets.safe import safe_line

NEW = "new"


class Labelling(Record):
    """What was chosen: a label by its name, to be given or taken off."""

    name: str
    on: bool


class PickLabel(Pick[Labelling]):
    """Answers the label chosen, or None. What all of `count` messages have is taken off, else it is given to all."""

    PLACEHOLDER: ClassVar[str] = "Type a few letters of a label, or a new one"
    NOTHING: ClassVar[str] = "No label yet. Type the name of a new one."

    def __init__(self, title: str, labels: Sequence[Label], count: int) -> None:
        self._names = {safe_line(label.name).casefold() for label in labels}
        choices = [
            Choice(safe_line(label.name), _beside(label, count), Labelling(label.name, on=label.having < count))
            for label in labels
        ]
        super().__init__(title, choices)

    def _fill(self, query: str) -> None:
        super()._fill(query)
        if query and query.casefold() not in self._names:
            listing = self.query_one(OptionList)
            if listing.highlighted is None:
                listing.clear_options()
            listing.add_option(Option(Content.assemble("New label ", (safe_line(query), "bold")), id=NEW))
            if listing.highlighted is None:
                listing.highlighted = 0

    def _take(self, place: str | None) -> None:
        if place == NEW:
            self.dismiss(Labelling(self.query_one(Input).value.strip(), on=True))
        else:
            super()._take(place)


def _beside(label: Label, count: int) -> str:
    """Whether it is there already, and how much it is used."""
    words = [f"{label.count:,} message{'s' * (label.count != 1)}"]
    if label.having >= count:
        words.insert(0, "✓ take off")
    elif label.having:
        words.insert(0, f"on {label.having:,} of {count:,}")
    return " · ".join(words)
