"""Bindings of a pane, taken from the one table of keys so that a keymap, the help and the footer agree with it."""

from __future__ import annotations

from collections.abc import Collection

from textual.binding import Binding, BindingType

from tuimail.keys import KEYS


def bindings_for(where: Collection[str], actions: Collection[str]) -> list[BindingType]:
    """Bindings for the rows of the table that belong to `where` and run one of `actions` (names without arguments).

    Chords ("g g") are left out: Textual has no key sequences, the screen recognises them and runs the action.
    """
    bindings: list[BindingType] = []
    for key in KEYS:
        if key.where in where and key.action.partition("(")[0] in actions:
            single = ",".join(name for name in key.keys.split(",") if " " not in name)
            if single:
                bindings.append(Binding(single, key.action, key.text, id=key.id, show=False))
    return bindings
