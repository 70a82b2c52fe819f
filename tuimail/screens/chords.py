"""Keys and chords of a screen, from the key table alone.

Textual has no key sequences, and bindings on App or Screen steal ctrl keys from an Input. So the
screen looks at each key that a pane did not want, and only while a pane has the focus: an Input
never loses a character. `Sequences` is the pure part, `ChordScreen` gives it a focus and a clock.
"""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Sequence

from textual import events
from textual.timer import Timer

from tuimail.keys import Key, display, panes, sequences
from tuimail.screens.painting import PaintedScreen


class Sequences:
    """For each pane, which key sequence is which action."""

    def __init__(self, keys: Sequence[Key]) -> None:
        self._by_pane: dict[str, dict[tuple[str, ...], Key]] = {}
        for key in keys:
            for pane in panes(key):
                for sequence in sequences(key.keys):
                    self._by_pane.setdefault(pane, {})[sequence] = key

    def find(self, pane: str, typed: tuple[str, ...]) -> Key | None:
        """The action of a whole sequence."""
        return self._by_pane.get(pane, {}).get(typed)

    def continuations(self, pane: str, typed: tuple[str, ...]) -> list[tuple[tuple[str, ...], Key]]:
        """(the keys to come as Textual names them, the action) for every sequence that begins with `typed`."""
        return [
            (sequence[len(typed) :], key)
            for sequence, key in self._by_pane.get(pane, {}).items()
            if len(sequence) > len(typed) and sequence[: len(typed)] == typed
        ]


class ChordScreen(PaintedScreen):
    """A screen whose keys come from a table. The subclass says which pane has the focus and performs actions."""

    def __init__(self, keys: Sequence[Key], chord_delay: float = 0.6) -> None:
        super().__init__()
        self.sequences = Sequences(keys)
        self._chord_delay = chord_delay
        self._typed: tuple[str, ...] = ()
        self._chord_timer: Timer | None = None

    @abstractmethod
    def focused_pane(self) -> str | None:
        """The pane keys go to: "list", "view", "folders", or None while something else has the focus."""

    @abstractmethod
    async def perform(self, key: Key) -> None:
        """Run the action of a key in the focused pane."""

    @abstractmethod
    def show_continuations(self, typed: str, choices: list[tuple[str, Key]]) -> None:
        """Show the popup: what has been typed, and what may follow, both as people write keys."""

    @abstractmethod
    def hide_continuations(self) -> None:
        """Take the popup away."""

    @abstractmethod
    def chord_unknown(self, typed: str) -> None:
        """Say that this sequence means nothing."""

    async def on_key(self, event: events.Key) -> None:
        pane = self.focused_pane()
        if pane is None:
            self._end_chord()
            return
        typed = self._with(pane, event.key)
        if (key := self.sequences.find(pane, typed)) is not None:
            self._take(event)
            self._end_chord()
            await self.perform(key)
        elif self.sequences.continuations(pane, typed):
            self._take(event)
            self._begin_chord(typed)
        elif self._typed or event.is_printable:
            self._take(event)
            self._end_chord()
            if event.key != "escape":
                self.chord_unknown(display(" ".join(typed)))

    def _with(self, pane: str, pressed: str) -> tuple[str, ...]:
        """What has been typed, with this key. A quick Esc v and Alt+v are the same octets in most terminals."""
        typed = (*self._typed, pressed)
        if not pressed.startswith("alt+") or self.sequences.find(pane, typed):
            return typed
        last = pressed.removeprefix("alt+")
        return (*self._typed, "escape", last[-1].upper() if last.startswith("shift+") else last)

    @staticmethod
    def _take(event: events.Key) -> None:
        event.stop()
        event.prevent_default()

    def _begin_chord(self, typed: tuple[str, ...]) -> None:
        self._end_chord()
        self._typed = typed
        self._chord_timer = self.set_timer(self._chord_delay, self._chord_is_slow)

    def _chord_is_slow(self) -> None:
        pane = self.focused_pane()
        if self._typed and pane is not None:
            choices = self.sequences.continuations(pane, self._typed)
            self.show_continuations(
                display(" ".join(self._typed)), [(display(" ".join(rest)), key) for rest, key in choices]
            )

    def _end_chord(self) -> None:
        self._typed = ()
        if self._chord_timer is not None:
            self._chord_timer.stop()
            self._chord_timer = None
        self.hide_continuations()
