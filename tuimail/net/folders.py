"""From LIST and STATUS to the folders people know: decoded names, one folder for each role, INBOX first."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from tuimail.model import Role
from tuimail.net.remote import RemoteFolder
from tuimail.net.wording import printable
from tuimail.protocol.imap import utf7
from tuimail.protocol.imap.responses import ListEntry, StatusData
from tuimail.records import replace

_NAME_LIMIT = 500

_SPECIAL_USE = {
    b"\\inbox": Role.INBOX,
    b"\\archive": Role.ARCHIVE,
    b"\\drafts": Role.DRAFTS,
    b"\\sent": Role.SENT,
    b"\\junk": Role.JUNK,
    b"\\trash": Role.TRASH,
    b"\\all": Role.ALL,
    b"\\spam": Role.JUNK,
    b"\\allmail": Role.ALL,
}
"""RFC 6154, and the names of XLIST before it."""

_WELL_KNOWN = (
    (Role.ARCHIVE, ("archive", "archives", "archiv")),
    (Role.DRAFTS, ("drafts", "draft", "entwürfe")),
    (Role.SENT, ("sent", "sent items", "sent messages", "sent mail", "sent-mail", "gesendet", "gesendete elemente")),
    (Role.JUNK, ("junk", "spam", "junk email", "junk e-mail", "bulk mail")),
    (Role.TRASH, ("trash", "deleted items", "deleted messages", "deleted", "bin", "papierkorb", "gelöschte elemente")),
    (Role.ALL, ("all mail",)),
)
"""What servers without SPECIAL-USE (Exchange, Courier, Proton) call them; earlier names win."""
_PREFIXES = ("[gmail]", "[google mail]")
_ORDER = (Role.INBOX, Role.DRAFTS, Role.SENT, Role.ARCHIVE, Role.JUNK, Role.TRASH, Role.ALL, Role.NONE)


def assemble(
    entries: Iterable[ListEntry], told: Mapping[bytes, StatusData], *, labels: bool = False
) -> list[RemoteFolder]:
    """The folders of these LIST entries, with the STATUS told of them; INBOX first, roles next, then by name.

    labels: folders are views of one store (Gmail), so to archive is to move to where everything is.
    """
    by_name: dict[bytes, ListEntry] = {}
    for entry in entries:
        if b"\\nonexistent" not in entry.attributes or _is_inbox(entry.name):
            by_name.setdefault(entry.name, entry)
    subscriptions = any(b"\\subscribed" in entry.attributes for entry in by_name.values())
    folders = [_folder(entry, told.get(entry.name), subscriptions) for entry in by_name.values()]
    folders = _one_for_each_role(_by_well_known_name(folders))
    if labels and not any(folder.role is Role.ARCHIVE for folder in folders):
        folders = [replace(f, role=Role.ARCHIVE) if f.role is Role.ALL else f for f in folders]
    return sorted(folders, key=lambda folder: (_ORDER.index(folder.role), folder.display.casefold(), folder.name))


def _folder(entry: ListEntry, status: StatusData | None, subscriptions: bool) -> RemoteFolder:
    separator = printable((entry.separator or b"").decode("latin-1"))[:1]
    items = status.items if status is not None else {}
    inbox = _is_inbox(entry.name)
    role = next((_SPECIAL_USE[word] for word in sorted(entry.attributes) if word in _SPECIAL_USE), Role.NONE)
    return RemoteFolder(
        name=entry.name,
        display="INBOX" if inbox else printable(utf7.decode(entry.name), _NAME_LIMIT) or "(no name)",
        separator=separator,
        role=Role.INBOX if inbox else role,
        selectable=b"\\noselect" not in entry.attributes,
        # who never subscribed to anything does not use subscriptions
        subscribed=not subscriptions or inbox or b"\\subscribed" in entry.attributes,
        exists=items.get("MESSAGES"),
        unseen=items.get("UNSEEN"),
        uidnext=items.get("UIDNEXT"),
        uidvalidity=items.get("UIDVALIDITY"),
        highestmodseq=items.get("HIGHESTMODSEQ"),
        object_id=printable(status.mailbox_id.decode("latin-1"), 255) if status is not None else "",
        size=items.get("SIZE"),
    )


def _is_inbox(name: bytes) -> bool:
    """RFC 3501 §5.1: INBOX is case-insensitive."""
    return name.upper() == b"INBOX"


def _by_well_known_name(folders: Sequence[RemoteFolder]) -> list[RemoteFolder]:
    """Fill the roles nobody was given by the server."""
    given = {folder.role for folder in folders}
    place: dict[bytes, Role] = {}
    for role, names in _WELL_KNOWN:
        if role in given:
            continue
        for name in names:
            found = next((f for f in folders if f.role is Role.NONE and f.selectable and _bare(f) == name), None)
            if found is not None:
                place[found.name] = role
                break
    return [replace(folder, role=place.get(folder.name, folder.role)) for folder in folders]


def _bare(folder: RemoteFolder) -> str:
    """The name at top level or below INBOX (Courier, Cyrus) or [Gmail]; "" for folders deeper down."""
    levels = folder.display.casefold().split(folder.separator) if folder.separator else [folder.display.casefold()]
    if len(levels) > 1 and (levels[0] == "inbox" or levels[0] in _PREFIXES):
        del levels[0]
    return levels[0] if len(levels) == 1 else ""


def _one_for_each_role(folders: Sequence[RemoteFolder]) -> list[RemoteFolder]:
    """RFC 6154 lets two folders say \\Sent; the first is the one we use."""
    seen: set[Role] = set()
    result = []
    for folder in folders:
        if folder.role in seen:
            folder = replace(folder, role=Role.NONE)
        elif folder.role is not Role.NONE:
            seen.add(folder.role)
        result.append(folder)
    return result
