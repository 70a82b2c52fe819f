"""Keys for the habits of other programs: `keys = "gmail"`, `"mutt"` or `"aerc"` in config.toml.

A preset is an overlay of the one table (`keys.KEYS`) and need not name all of it: what it does not name keeps its
default keys, but for those that the preset gives to something else. Such an action may be left without a key; the
palette has it still. Keys of things these programs do and tuimail does not yet (writing mail) are left free.
"""

from __future__ import annotations

from collections.abc import Mapping

from tuimail.keys import KEYS, Key, clash, normal, sequences
from tuimail.records import Record, field, replace


class Preset(Record):
    """What differs from the table."""

    keys: Mapping[str, str]
    """Action id → all of its keys, written as a reader would ("#", "g i")."""
    prefixes: Mapping[str, str] = field(default_factory=dict)
    """First key of the table's chords → the one they begin with here, because the program uses the first by itself."""


PRESETS: Mapping[str, Preset] = {
    # Gmail's web page, with keyboard shortcuts on.
    "gmail": Preset(
        {
            "read.escape": "escape,u",
            "mail.trash": "#,d",
            "mail.read": "",
            "mail.mark_unread": "U,_",
            "mail.mute": "m,M",
            "view.down": "down",
            "view.up": "up",
            "view.next": "j,right",
            "view.previous": "k,left",
            "thread.fold_all": ";",
            "search": "/,g /",
            "list.filter": "\\",
            "view.find": "ctrl+f",
            "folder.go": "g l",
        }
    ),
    # functions.c of neomutt's index and pager. Esc begins chords there; ' is free and goes to places, as in vi.
    "mutt": Preset(
        {
            "cursor.top": "=,home",
            "view.top": "=,home",
            "folders.top": "=,home",
            "cursor.bottom": "*,end",
            "view.bottom": "*,end",
            "folders.bottom": "*,end",
            "cursor.half_down": "]",
            "cursor.half_up": "[",
            "cursor.page_down": "z,pagedown",
            "cursor.page_up": "Z,minus,pageup",
            "cursor.next_unread": "tab,.",
            "cursor.previous_unread": "escape tab,comma",
            "view.down": "down",
            "view.up": "up",
            "view.next": "j,J,right",
            "view.previous": "k,K,left",
            "read.open": "enter",
            "read.escape": "ctrl+g,escape escape,i",
            "read.pictures": "escape i",
            "read.attachments": "v",
            "read.links": "O,ctrl+b",
            "read.quotes": '",S',
            "read.decrypt": "escape P",
            "view.find_previous": "escape n",
            "mail.archive": "e",
            "mail.trash": "d",
            "mail.move": "s",
            "mail.star": "F",
            "mail.read": "N",
            "mail.label": "Y",
            "mail.select": "t",
            "list.filter": "l,/",
            "list.threads": "o",
            "thread.fold": "escape v",
            "thread.fold_all": "escape V",
            "thread.next": "ctrl+n",
            "thread.previous": "ctrl+p",
            "view.thread_previous": "ctrl+p",
            "select.none": "ctrl+t",
            "undo": "u",
            "redo": "U",
            "folder.go": "c,y",
            "folder.next": "greater_than_sign",
            "folder.previous": "less_than_sign",
            "pane.next": "shift+tab",
            "pane.previous": "",
            "sync.now": "$,G,f5",
            "palette": ":",
        },
        prefixes={"g": "'", "*": "T"},
    ),
    # binds.conf of aerc. As in vi: u undoes, x cuts (moves), y yanks (copies), ' goes to places.
    "aerc": Preset(
        {
            "cursor.top": "g,home",
            "view.top": "g,home",
            "folders.top": "g,home",
            "cursor.page_down": "ctrl+f,pagedown",
            "cursor.page_up": "ctrl+b,pageup",
            "folders.fold": "space,H,L",
            "read.open": "enter",
            "read.headers": "H",
            "read.form": "ctrl+k",
            "read.links": "ctrl+l",
            "read.attachments": "o,S",
            "read.decrypt": "ctrl+e",
            "mail.archive": "a",
            "mail.trash": "d,D",
            "mail.read": "t",
            "mail.move": "x",
            "mail.copy": "y",
            "mail.select": "space,v",
            "list.filter": "\\,/",
            "thread.fold": "z a",
            "thread.fold_all": "z M,z R",
            "undo": "u",
            "redo": "ctrl+r",
        },
        prefixes={"g": "'"},
    ),
}


def table(name: str) -> tuple[Key, ...]:
    """The key table under this preset; "": the table itself."""
    if not name:
        return KEYS
    preset = PRESETS[name]
    chosen = {key_id: normal(keys)[0] for key_id, keys in preset.keys.items()}
    prefixes = {normal(old)[0]: normal(new)[0] for old, new in preset.prefixes.items()}

    def moved(key: Key) -> str:
        """Its chords, where they have gone."""
        chords = (sequence for sequence in sequences(key.keys) if len(sequence) > 1 and sequence[0] in prefixes)
        return ",".join(" ".join([prefixes[first], *rest]) for first, *rest in chords)

    firm = [replace(key, keys=chosen[key.id] if key.id in chosen else moved(key)) for key in KEYS]
    resolved: list[Key] = []
    for key, now in zip(KEYS, firm, strict=True):
        kept = [now.keys] if now.keys else []
        for sequence in sequences(key.keys) if key.id not in chosen else ():
            if len(sequence) == 1 or sequence[0] not in prefixes:
                alternative = " ".join(sequence)
                kept += [alternative] * (not clash(replace(key, keys=alternative), firm))
        resolved.append(replace(key, keys=",".join(kept)))
    return tuple(resolved)
