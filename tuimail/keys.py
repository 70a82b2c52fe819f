"""Every key of the program: id → keys → what it does. Footer, help, palette and bindings all come from this one table.

Keys are Textual's names, comma separated alternatives; a chord is keys separated by a space ("g g").
`where` says which pane must have the focus: "list", "view" and "folders" are the panes, "mail" is list and view,
"main" any of the three panes (never while typing), "app" everywhere.
`resolve` lays the user's own keys over the table and says what is wrong with them; `display` writes a key for people.
"""

from __future__ import annotations

import difflib
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from functools import cache

from tuimail.records import Record, replace


class Key(Record):
    """One action: its stable id (used in config), default keys, the action it runs, and its words."""

    id: str
    keys: str
    action: str
    text: str
    """Imperative, for footer, palette and help."""
    where: str
    group: str
    """Heading in the help."""


KEYS: tuple[Key, ...] = (
    Key("cursor.down", "j,down", "cursor(1)", "Next message or folder", "list", "Move"),
    Key("cursor.up", "k,up", "cursor(-1)", "Previous message or folder", "list", "Move"),
    Key("cursor.top", "g g,home", "jump('top')", "To the top", "list", "Move"),
    Key("cursor.bottom", "G,end", "jump('bottom')", "To the end", "list", "Move"),
    Key("cursor.half_down", "ctrl+d", "half_page(1)", "Half a page down", "mail", "Move"),
    Key("cursor.half_up", "ctrl+u", "half_page(-1)", "Half a page up", "mail", "Move"),
    Key("cursor.page_down", "pagedown", "page(1)", "Page down", "mail", "Move"),
    Key("cursor.page_up", "pageup", "page(-1)", "Page up", "mail", "Move"),
    Key("cursor.next_unread", "full_stop", "next_unread(1)", "Next unread", "main", "Move"),
    Key("cursor.previous_unread", "comma", "next_unread(-1)", "Previous unread", "main", "Move"),
    Key("view.down", "j,down", "scroll_line(1)", "Line down", "view", "Read"),
    Key("view.up", "k,up", "scroll_line(-1)", "Line up", "view", "Read"),
    Key("view.next", "right", "step(1)", "Next message", "view", "Read"),
    Key("view.previous", "left", "step(-1)", "Previous message", "view", "Read"),
    Key("view.top", "g g,home", "jump('top')", "To the top", "view", "Read"),
    Key("view.bottom", "G,end", "jump('bottom')", "To the end", "view", "Read"),
    Key("folders.down", "j,down", "cursor(1)", "Next message or folder", "folders", "Folders"),
    Key("folders.up", "k,up", "cursor(-1)", "Previous message or folder", "folders", "Folders"),
    Key("folders.top", "g g,home", "jump('top')", "To the top", "folders", "Folders"),
    Key("folders.bottom", "G,end", "jump('bottom')", "To the end", "folders", "Folders"),
    Key("folders.open", "enter,o", "choose_folder", "Open the folder", "folders", "Folders"),
    Key("folders.new", "N", "new_folder", "New folder…", "folders", "Folders"),
    Key("folders.rename", "R", "rename_folder", "Rename the folder or kept search…", "folders", "Folders"),
    Key("folders.delete", "delete", "delete_folder", "Delete the folder, forget the search…", "folders", "Folders"),
    Key("folders.subscribe", "S", "subscribe_folder", "Subscribe / unsubscribe", "folders", "Folders"),
    Key("folders.purpose", "", "folder_purpose", "What the folder is for…", "folders", "Folders"),
    Key("folders.fold", "space", "toggle_fold", "Fold / unfold", "folders", "Folders"),
    Key("read.open", "enter,o", "open_message", "Open the message", "list", "Read"),
    Key("list.read_on", "space", "read_on", "Read on: page down, then next unread", "list", "Read"),
    Key("read.on", "space", "read_on", "Read on: page down, then next unread", "view", "Read"),
    Key("read.back", "q", "back", "Back; from the list: quit", "main", "Read"),
    Key("read.escape", "escape", "escape", "Back; in the list: unselect", "main", "Read"),
    Key("read.headers", "h", "cycle_headers", "Headers: short, full, raw", "mail", "Read"),
    Key("read.quotes", "quotation_mark", "toggle_folds", "Unfold / fold quotations", "mail", "Read"),
    Key("read.links", "O", "links", "Links: where they lead, open, copy…", "mail", "Read"),
    Key("read.pictures", "i", "cycle_pictures", "Pictures: none, the mail's own, its sender's…", "mail", "Read"),
    Key("read.pictures_remote", "", "load_remote", "Load remote pictures of this sender…", "mail", "Read"),
    Key("read.pictures_revoke", "", "load_no_remote", "Load no remote pictures of this sender", "mail", "Read"),
    Key("read.form", "H", "toggle_form", "Text or HTML", "mail", "Read"),
    Key("read.charset", "", "choose_charset", "Read in another character set…", "mail", "Read"),
    Key("read.decrypt", "D", "open_sealed", "Open what is encrypted, verify what is signed", "mail", "Read"),
    Key("list.filter", "slash", "filter", "Filter the list as you type", "list", "Search"),
    Key("search", "g slash", "search", "Search everywhere", "main", "Search"),
    Key("saved.keep", "f2", "keep_search", "Save this search below the folders…", "main", "Search"),
    Key("saved.rename", "", "rename_search", "Rename a kept search…", "folders", "Search"),
    Key("saved.forget", "", "forget_search", "Forget a kept search", "folders", "Search"),
    Key("view.find", "slash", "find", "Find in the message…", "view", "Read"),
    Key("view.find_next", "n", "hit_or_step", "Next hit; else next message of the thread", "view", "Read"),
    Key("view.find_previous", "N", "find_next(-1)", "Previous hit", "view", "Read"),
    Key("view.zoom", "enter,f11", "zoom", "Full screen on / off", "view", "Read"),
    Key("view.mark", "V", "mark_lines", "Mark lines to copy", "view", "Read"),
    Key("view.copy", "", "copy_all", "Copy the whole text", "view", "Read"),
    Key("read.pipe", "vertical_line", "pipe", "Pipe the message to a command…", "mail", "Read"),
    Key("read.attachments", "A", "attachments", "Attachments: look, save, open…", "mail", "Read"),
    Key("read.save", "w", "save_raw", "Save the message as sent (.eml)", "mail", "Read"),
    Key("mail.archive", "e,y", "archive", "Archive", "mail", "Act"),
    Key("mail.archive_next", "right_square_bracket", "archive('next')", "Archive, then the next", "mail", "Act"),
    Key(
        "mail.archive_previous",
        "left_square_bracket",
        "archive('previous')",
        "Archive, then the previous",
        "mail",
        "Act",
    ),
    Key("mail.to_inbox", "E", "to_inbox", "Back to the inbox", "mail", "Act"),
    Key("mail.trash", "d,number_sign", "trash", "Move to trash", "mail", "Act"),
    Key("mail.spam", "exclamation_mark", "spam", "Spam / not spam", "mail", "Act"),
    Key("mail.delete", "X,delete", "delete", "Delete for good…", "mail", "Act"),
    Key("mail.label", "l", "label", "Label…", "mail", "Act"),
    Key("mail.move", "v", "move_to", "Move to a folder…", "mail", "Act"),
    Key("mail.copy", "C", "copy_to", "Copy to a folder…", "mail", "Act"),
    Key("mail.star", "s", "toggle_star", "Star / unstar", "mail", "Act"),
    Key("mail.read", "u", "toggle_read", "Mark read / unread", "mail", "Act"),
    Key("mail.select", "x", "select", "Select / unselect", "list", "Select"),
    Key("select.range", "V", "select_range", "Select a range", "list", "Select"),
    Key("mail.mark_read", "I", "mark_read", "Mark read", "mail", "Act"),
    Key("mail.mark_unread", "U", "mark_unread", "Mark unread", "mail", "Act"),
    Key("mail.mute", "M", "mute", "Mute / unmute the thread", "mail", "Act"),
    Key("list.threads", "T", "toggle_threads", "Threads on / off", "list", "Threads"),
    Key("thread.fold", "minus", "fold", "Fold / unfold the thread", "list", "Threads"),
    Key("thread.fold_all", "underscore", "fold_all", "Fold / unfold all threads", "list", "Threads"),
    Key("thread.next", "n", "thread_step(1)", "Next message of the thread", "list", "Threads"),
    Key("thread.previous", "p", "thread_step(-1)", "Previous message of the thread", "list", "Threads"),
    Key("view.thread_previous", "p", "thread_step(-1)", "Previous message of the thread", "view", "Threads"),
    Key("select.all", "asterisk a", "select_only('all')", "Select all", "list", "Select"),
    Key("select.unread", "asterisk u", "select_only('unread')", "Select the unread", "list", "Select"),
    Key("select.starred", "asterisk s", "select_only('starred')", "Select the starred", "list", "Select"),
    Key("select.none", "asterisk n", "select_none", "Select none", "list", "Select"),
    Key("select.sender", "asterisk f", "select_only('sender')", "Select all from this sender", "list", "Select"),
    Key("select.thread", "asterisk t", "select_only('thread')", "Select this thread", "list", "Select"),
    Key("undo", "z", "undo", "Undo", "main", "Act"),
    Key("redo", "Z", "redo", "Redo", "main", "Act"),
    Key("folder.next", "J", "next_folder(1)", "Next folder", "main", "Go"),
    Key("folder.previous", "K", "next_folder(-1)", "Previous folder", "main", "Go"),
    Key("folder.next_unread", "g j", "next_unread_folder(1)", "Next unread folder", "main", "Go"),
    Key("folder.previous_unread", "g k", "next_unread_folder(-1)", "Previous unread folder", "main", "Go"),
    Key("folder.go", "c", "go_to_folder", "Go to a folder…", "main", "Go"),
    Key("folder.inbox", "g i", "go_to_role('inbox')", "Go to the inbox", "main", "Go"),
    Key("folder.unified", "g u", "go_unified", "Go to all inboxes at once", "main", "Go"),
    Key("folder.sent", "g t", "go_to_role('sent')", "Go to sent mail", "main", "Go"),
    Key("folder.drafts", "g d", "go_to_role('drafts')", "Go to drafts", "main", "Go"),
    Key("folder.archive", "g a", "go_to_role('archive')", "Go to the archive", "main", "Go"),
    Key("folder.trash", "g b", "go_to_role('trash')", "Go to the trash", "main", "Go"),
    Key("pane.folders", "1", "focus_pane('folders')", "Folders", "main", "Panes"),
    Key("pane.list", "2", "focus_pane('list')", "Messages", "main", "Panes"),
    Key("pane.view", "3", "focus_pane('view')", "Viewer", "main", "Panes"),
    Key("pane.next", "tab", "focus_next_pane", "Next pane", "main", "Panes"),
    Key("pane.previous", "shift+tab", "focus_previous_pane", "Previous pane", "main", "Panes"),
    Key("pane.preview", "P", "toggle_preview", "Preview on / off", "main", "Panes"),
    Key("sync.now", "dollar_sign,f5", "sync_now", "Sync now; show the queue", "main", "Program"),
    Key("history", "g h", "history", "History of what was done", "main", "Program"),
    Key("account", "f9", "account", "Account", "main", "Program"),
    Key("wire", "f12", "wire", "Wire log", "main", "Program"),
    Key("help", "question_mark,f1", "help", "All keys", "main", "Program"),
    Key("palette", "colon,ctrl+p", "command_palette", "Every action by name", "main", "Program"),
    Key("quit", "ctrl+q", "quit", "Quit", "app", "Program"),
)

BY_ID = {key.id: key for key in KEYS}

PANES = ("list", "view", "folders")

_WHERE: dict[str, tuple[str, ...]] = {
    "list": ("list",),
    "view": ("view",),
    "folders": ("folders",),
    "mail": ("list", "view"),
    "main": PANES,
    "app": PANES,
}

_NAMED = frozenset(
    [
        "enter",
        "escape",
        "space",
        "tab",
        "backspace",
        "delete",
        "insert",
        "home",
        "end",
        "pageup",
        "pagedown",
        "up",
        "down",
        "left",
        "right",
    ]
) | frozenset(f"f{n}" for n in range(1, 25))

# Textual shortens some Unicode names of characters (textual.keys.KEY_NAME_REPLACEMENTS).
_SHORTER = {
    "solidus": "slash",
    "reverse_solidus": "backslash",
    "commercial_at": "at",
    "hyphen_minus": "minus",
    "plus_sign": "plus",
    "low_line": "underscore",
}

_PUNCTUATION = {
    _SHORTER.get(name := unicodedata.name(char).lower().replace("-", "_").replace(" ", "_"), name): char
    for char in "!\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~§°´"
}
_TYPED = {char: name for name, char in _PUNCTUATION.items()}

# What a terminal without a newer keyboard protocol really sends.
_ARRIVES_AS = {"ctrl+i": "Tab", "ctrl+m": "Enter", "ctrl+h": "Backspace", "ctrl+left_square_bracket": "Esc"}
_TAKEN = {"ctrl+c": "copying and is kept for that"}

_SHOWN = {
    "enter": "Enter",
    "escape": "Esc",
    "space": "Space",
    "tab": "Tab",
    "backspace": "Backspace",
    "delete": "Del",
    "insert": "Ins",
    "home": "Home",
    "end": "End",
    "pageup": "PgUp",
    "pagedown": "PgDn",
    "up": "↑",
    "down": "↓",
    "left": "←",
    "right": "→",
    **_PUNCTUATION,
}


class KeyProblem(Record):
    """One entry of the user's key table that cannot be used, in a sentence; the default key stays."""

    id: str
    sentence: str


def distinct(keys: Iterable[Key]) -> list[Key]:
    """The table for people: what has the same keys and words in several panes stands there once."""
    once: dict[tuple[str, str], Key] = {}
    for key in keys:
        once.setdefault((key.keys, key.text), key)
    return list(once.values())


def panes(key: Key) -> tuple[str, ...]:
    """The panes in which `key` works."""
    return _WHERE[key.where]


@cache
def sequences(keys: str) -> tuple[tuple[str, ...], ...]:
    """The alternatives of a keys entry, each a sequence of Textual key names: "g g,home" → (("g","g"), ("home",))."""
    return tuple(tuple(one.split()) for one in keys.split(",") if one.strip())


def display_one(name: str) -> str:
    """One key for people: "full_stop" → ".", "ctrl+d" → "ctrl+d", "pagedown" → "PgDn", "f5" → "F5"."""
    *modifiers, last = name.split("+")
    shown = _SHOWN.get(last, last.upper() if last in _NAMED else last)
    return "+".join([*modifiers, shown])


def display(keys: str, separator: str = " ") -> str:
    """A whole keys entry for people: "g g,home" → "gg Home"; "" when it has no key."""
    return separator.join(
        "".join(map(display_one, sequence))
        if all(len(display_one(name)) == 1 for name in sequence)
        else " ".join(map(display_one, sequence))
        for sequence in sequences(keys)
    )


def first(keys: str) -> str:
    """The first alternative for people, for places with room for one."""
    return display(keys.split(",")[0])


def _one_name(written: str) -> tuple[str, str]:
    """A key as the user wrote it → (Textual's name, "") or ("", what is wrong with it)."""
    *modifiers, last = written.split("+") if len(written) > 1 else [written]
    last = _TYPED.get(last, last)
    for modifier in modifiers:
        if modifier not in {"ctrl", "shift", "alt"}:
            return "", f"“{written}” is no key: only ctrl+, shift+ and alt+ can stand before one"
    if len(last) > 1 and last not in _NAMED and last not in _PUNCTUATION:
        near = difflib.get_close_matches(last.lower(), [*_NAMED, *_PUNCTUATION], 1)
        if near:
            return "", f"“{written}” is no key; did you mean “{'+'.join([*modifiers, near[0]])}”?"
        chord = f"; keys pressed one after the other are written “{' '.join(written)}”" if len(written) == 2 else ""
        return "", f"“{written}” is no key{chord}"
    if not last or (len(last) == 1 and not last.isprintable()):
        return "", f"“{written}” is no key"
    if len(last) == 1 and last.isupper() and modifiers:
        modifiers, last = [m for m in modifiers if m != "shift"] + ["shift"], last.lower()
    if modifiers == ["shift"] and len(last) == 1:
        return "", f"“{written}” never arrives: write “{last.upper()}”"
    name = "+".join([*modifiers, last])
    if name in _ARRIVES_AS:
        return "", f"“{written}” cannot be used: many terminals send it as {_ARRIVES_AS[name]}"
    if name in _TAKEN:
        return "", f"“{written}” is for {_TAKEN[name]}"
    return name, ""


def normal(written: str) -> tuple[str, list[str]]:
    """A keys entry as the user wrote it → the same in Textual's names, and what is wrong with it."""
    alternatives: list[str] = []
    wrong: list[str] = []
    for one in [","] if written.strip() == "," else written.split(","):
        names: list[str] = []
        for part in one.split():
            name, complaint = _one_name(part)
            if complaint:
                wrong.append(complaint)
            else:
                names.append(name)
        if names:
            alternatives.append(" ".join(names))
    return ",".join(alternatives), wrong


def clash(key: Key, others: Iterable[Key]) -> str:
    """Why `key` cannot stand beside `others`: the same key in one pane, or one the beginning of a chord."""
    for other in others:
        if other.id == key.id or not set(panes(key)) & set(panes(other)):
            continue
        for mine in sequences(key.keys):
            for theirs in sequences(other.keys):
                short, long = sorted((mine, theirs), key=len)
                if long[: len(short)] == short:
                    shown = display(" ".join(mine))
                    return f"“{shown}” is also “{other.text}” ({other.id}); give that one another key too"
    return ""


def resolve(overrides: Mapping[str, str], base: Sequence[Key] = KEYS) -> tuple[tuple[Key, ...], list[KeyProblem]]:
    """The table with the user's keys in it, and every problem found; what has a problem keeps its key of `base`.

    overrides: id → keys, written as in KEYS or as typed ("#", "?"); "" leaves the action without a key.
    base: the table under a preset (`presets.table`).
    """
    problems: list[KeyProblem] = []
    standing = {key.id: key for key in base}
    wanted = dict(standing)
    for key_id, written in overrides.items():
        if key_id not in BY_ID:
            near = difflib.get_close_matches(key_id, BY_ID, 1)
            hint = f"; did you mean “{near[0]}”?" if near else "; “?” in tuimail lists them all"
            problems.append(KeyProblem(key_id, f"No action is called “{key_id}”{hint}"))
            continue
        keys, wrong = normal(written)
        problems.extend(KeyProblem(key_id, complaint) for complaint in wrong)
        if key_id == "quit" and any(len(sequence) > 1 for sequence in sequences(keys)):
            problems.append(KeyProblem(key_id, "Quit works while typing too, so it needs a single key"))
        elif not wrong:
            wanted[key_id] = replace(standing[key_id], keys=keys)
    # Two passes: putting one key back may free or take the place of another one.
    for key_id in [key_id for key_id in overrides if key_id in BY_ID and wanted[key_id] != standing[key_id]] * 2:
        if wanted[key_id] != standing[key_id] and (complaint := clash(wanted[key_id], wanted.values())):
            problems.append(KeyProblem(key_id, complaint))
            wanted[key_id] = standing[key_id]
    return tuple(wanted[key.id] for key in base), problems
