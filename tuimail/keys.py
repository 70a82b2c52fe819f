"""Every key of the program: id → keys → what it does. Footer, help, palette and bindings all come from this one table.

Keys are Textual's names, comma separated alternatives; a chord is keys separated by a space ("g g").
`where` says which pane must have the focus: "list", "view" and "folders" are the panes, "mail" is list and view,
"main" any of the three panes (never while typing), "app" everywhere.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Key:
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
    Key("cursor.down", "j,down", "cursor(1)", "Next message", "list", "Move"),
    Key("cursor.up", "k,up", "cursor(-1)", "Previous message", "list", "Move"),
    Key("cursor.top", "g g,home", "jump('top')", "First message", "list", "Move"),
    Key("cursor.bottom", "G,end", "jump('bottom')", "Last message", "list", "Move"),
    Key("cursor.half_down", "ctrl+d", "half_page(1)", "Half a page down", "mail", "Move"),
    Key("cursor.half_up", "ctrl+u", "half_page(-1)", "Half a page up", "mail", "Move"),
    Key("cursor.page_down", "pagedown", "page(1)", "Page down", "mail", "Move"),
    Key("cursor.page_up", "pageup", "page(-1)", "Page up", "mail", "Move"),
    Key("cursor.next_unread", "full_stop", "next_unread(1)", "Next unread", "main", "Move"),
    Key("cursor.previous_unread", "comma", "next_unread(-1)", "Previous unread", "main", "Move"),
    Key("view.down", "j,down", "scroll_line(1)", "Line down", "view", "Read"),
    Key("view.up", "k,up", "scroll_line(-1)", "Line up", "view", "Read"),
    Key("view.top", "g g,home", "jump('top')", "Top of the message", "view", "Read"),
    Key("view.bottom", "G,end", "jump('bottom')", "End of the message", "view", "Read"),
    Key("read.open", "enter,o", "open_message", "Open the message", "list", "Read"),
    Key("read.on", "space", "read_on", "Read on: page down, then next unread", "mail", "Read"),
    Key("read.back", "q,escape", "back", "Back; from the list: quit", "main", "Read"),
    Key("read.headers", "h", "cycle_headers", "Headers: short, full, raw", "mail", "Read"),
    Key("read.save", "w", "save_raw", "Save the message as sent (.eml)", "mail", "Read"),
    Key("mail.archive", "e,y", "archive", "Archive", "mail", "Act"),
    Key("mail.trash", "d,number_sign", "trash", "Move to trash", "mail", "Act"),
    Key("mail.move", "v", "move_to", "Move to a folder…", "mail", "Act"),
    Key("mail.star", "s", "toggle_star", "Star / unstar", "mail", "Act"),
    Key("mail.read", "u", "toggle_read", "Mark read / unread", "mail", "Act"),
    Key("mail.select", "x", "select", "Select / unselect", "list", "Act"),
    Key("undo", "z", "undo", "Undo", "main", "Act"),
    Key("redo", "Z", "redo", "Redo", "main", "Act"),
    Key("folder.next", "J", "next_folder(1)", "Next folder", "main", "Go"),
    Key("folder.previous", "K", "next_folder(-1)", "Previous folder", "main", "Go"),
    Key("folder.go", "c", "go_to_folder", "Go to a folder…", "main", "Go"),
    Key("folder.inbox", "g i", "go_to_role('inbox')", "Go to the inbox", "main", "Go"),
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
    Key("help", "question_mark,f1", "help", "All keys", "main", "Program"),
    Key("palette", "colon,ctrl+p", "command_palette", "Every action by name", "main", "Program"),
    Key("quit", "ctrl+q", "quit", "Quit", "app", "Program"),
)
