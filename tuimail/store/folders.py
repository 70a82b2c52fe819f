"""Accounts and folders: what the server lists, and what the screen shows of it."""

from __future__ import annotations

import difflib
import sqlite3
from collections.abc import Iterable, Mapping, Sequence

from tuimail.errors import NotFound, StoreError
from tuimail.model import Folder, Role
from tuimail.records import Record
from tuimail.store import shelf_asks
from tuimail.store.messages import forget_epoch

_COLUMNS = """f.id, f.account_id, a.name, f.name, f.separator, f.role, f.selectable, f.total, f.unread,
  f.server_exists, f.complete, COALESCE(f.want_subscribed, f.subscribed)"""
_ROLE_ORDER = {role: place for place, role in enumerate(("inbox", "", "drafts", "sent", "archive", "junk", "trash"))}


class Listed(Record):
    """A folder as LIST told of it."""

    remote_name: bytes
    name: str
    separator: str
    role: str
    selectable: bool
    exists: int | None = None
    object_id: str = ""
    """MAILBOXID (RFC 8474); "" where the server tells none."""
    subscribed: bool = True


class Known(Record):
    """What we know of a folder's server side, to be compared with a fresh SELECT."""

    id: int
    remote_name: bytes
    uidvalidity: int | None
    uidnext: int | None
    modseq: int | None
    complete: bool
    count: int
    """Messages the server has that we have too."""
    server_exists: int


def put_account(db: sqlite3.Connection, name: str, *, maildrop: bool = False) -> int:
    """The id of the account, made when new. maildrop: it is one of POP3.

    Raises StoreError when the mail under this name came from a maildrop and this is none: some of it may be the only
    copy, and would go as soon as another server does not list it.
    """
    db.execute("INSERT OR IGNORE INTO account(name) VALUES (?)", (name,))
    (account_id,) = db.execute("SELECT id FROM account WHERE name = ?", (name,)).fetchone()
    if not maildrop and db.execute("SELECT 1 FROM drop_message WHERE account_id = ?", (account_id,)).fetchone():
        raise StoreError(
            f"The mail of “{name}” came by POP3, and some of it may be nowhere else; by IMAP it would be lost.",
            "Give the IMAP account another name.",
        )
    return int(account_id)


def put_folders(db: sqlite3.Connection, account_id: int, listed: Sequence[Listed]) -> list[Known]:
    """Make the folder table agree with LIST; returns what is known of the folders listed.

    A folder that another client renamed is known by its MAILBOXID. A folder the server dropped is hidden; its rows
    are found elsewhere (it may have been renamed) or go with `messages.sweep`. A name that only holds folders is not
    yet the folder that is wished. A LIST of nothing is no LIST: every server has an INBOX (RFC 3501 §5.1).
    """
    if not listed:
        return []
    names = {f.remote_name for f in listed}
    _follow_renames(db, account_id, listed, names)
    here = "SELECT id FROM folder WHERE account_id = ? AND here = 1"
    before = db.execute(here, (account_id,)).fetchall()
    db.execute("UPDATE folder SET here = wanted WHERE account_id = ?", (account_id,))
    db.executemany(
        """INSERT INTO folder(account_id, remote_name, name, separator, role, selectable, server_exists, object_id,
             subscribed) VALUES (?, ?, ?, ?, ?, ?, COALESCE(?, 0), ?, ?)
           ON CONFLICT(account_id, remote_name) DO UPDATE SET subscribed = excluded.subscribed,
             want_subscribed = NULLIF(want_subscribed, excluded.subscribed),
             name = IIF(want_remote IS NULL, excluded.name, name), separator = excluded.separator,
             selectable = excluded.selectable OR wanted AND selectable, here = 1,
             role = CASE WHEN excluded.role <> '' THEN excluded.role ELSE role END,
             wanted = wanted AND selectable AND NOT excluded.selectable,
             by_the_way = by_the_way AND NOT excluded.selectable,
             object_id = IIF(excluded.object_id <> '', excluded.object_id, object_id)""",
        [
            (account_id, f.remote_name, f.name, f.separator, f.role, f.selectable, f.exists, f.object_id, f.subscribed)
            for f in listed
        ],
    )
    db.execute("UPDATE folder SET want_gone = 0, want_remote = NULL WHERE account_id = ? AND here = 0", (account_id,))
    db.executemany(
        "UPDATE folder SET server_exists = ? WHERE account_id = ? AND remote_name = ?",
        [(f.exists, account_id, f.remote_name) for f in listed if f.exists is not None],
    )
    after = db.execute(here, (account_id,)).fetchall()
    for (folder_id,) in set(before).difference(after):
        forget_epoch(db, folder_id)
    return [k for k in known(db, account_id) if k.remote_name in names]


def _follow_renames(db: sqlite3.Connection, account_id: int, listed: Sequence[Listed], names: set[bytes]) -> None:
    """A folder with a new name and an id we know of a name that is gone keeps its rows, texts and wishes.

    So does one that has the name we asked for, and not the old one any more.
    """
    shelf_asks.listed(db, account_id, names)
    known = dict(
        db.execute(
            "SELECT object_id, remote_name FROM folder WHERE account_id = ? AND object_id <> '' AND here = 1",
            (account_id,),
        )
    )
    for f in listed:
        before = known.get(f.object_id)
        if before is not None and before not in names:
            db.execute(
                "UPDATE OR IGNORE folder SET remote_name = ? WHERE account_id = ? AND remote_name = ?",
                (f.remote_name, account_id, before),
            )


def give_role(db: sqlite3.Connection, folder_id: int, role: Role) -> None:
    """The user says what a folder is for, which the server did not."""
    db.execute("UPDATE folder SET role = ? WHERE id = ?", (str(role), folder_id))


def all_folders(db: sqlite3.Connection) -> list[Folder]:
    """Every folder that is here: account by account, the inbox first, trash and junk last."""
    rows = db.execute(
        f"SELECT {_COLUMNS} FROM folder f JOIN account a ON a.id = f.account_id WHERE f.here AND NOT f.want_gone"
    )
    folders = [_folder(row) for row in rows]
    roles = {(f.account_id, f.name): f.role for f in folders}
    return sorted(folders, key=lambda f: (f.account_id, _ROLE_ORDER.get(_top_role(f, roles), 1), f.name.casefold()))


def one_folder(db: sqlite3.Connection, folder_id: int) -> Folder | None:
    """A folder by id."""
    row = db.execute(
        f"SELECT {_COLUMNS} FROM folder f JOIN account a ON a.id = f.account_id WHERE f.id = ?", (folder_id,)
    ).fetchone()
    return _folder(row) if row else None


_KNOWN = """SELECT id, remote_name, uidvalidity, uidnext, modseq, complete,
    (SELECT count(*) FROM message m WHERE m.folder_id = f.id AND m.remote_id IS NOT NULL), server_exists
  FROM folder f WHERE here = 1 AND selectable = 1 AND wanted = 0"""


def by_name(db: sqlite3.Connection, account_id: int, name: str) -> int:
    """The id of the folder called this, any case of INBOX, else of a folder with that role. Raises NotFound."""
    rows = db.execute(
        "SELECT id, name, role FROM folder WHERE account_id = ? AND here = 1 ORDER BY id", (account_id,)
    ).fetchall()
    wanted = name.casefold()
    ranked = [(r[1] != name, r[1].casefold() != wanted, r[0]) for r in rows if wanted in (r[1].casefold(), r[2])]
    if ranked:
        return int(min(ranked)[2])
    near = difflib.get_close_matches(name, [row[1] for row in rows], 1, 0.6)
    raise NotFound(f"There is no folder “{name}”.", f"Did you mean “{near[0]}”?" if near else "See `tuimail folders`.")


def known(db: sqlite3.Connection, account_id: int) -> list[Known]:
    """What sync compares with the server: every folder that the server lists and lets us open."""
    return [_known(row) for row in db.execute(f"{_KNOWN} AND account_id = ?", (account_id,))]


def one_known(db: sqlite3.Connection, folder_id: int) -> Known | None:
    """`known` for one folder."""
    row = db.execute(f"{_KNOWN} AND id = ?", (folder_id,)).fetchone()
    return _known(row) if row else None


def pull_order(db: sqlite3.Connection, account_id: int) -> list[int]:
    """Ids of the folders to pull: the inbox first, trash and junk last."""
    rows = db.execute(
        """SELECT id FROM folder WHERE account_id = ? AND here = 1 AND selectable = 1 AND wanted = 0
           ORDER BY role <> 'inbox', role IN ('junk', 'trash'), name""",
        (account_id,),
    )
    return [int(row[0]) for row in rows]


def ids_of(db: sqlite3.Connection, folder_id: int, names: Iterable[bytes]) -> list[int]:
    """The folders with these wire names in the account of that folder; names nobody knows are left out."""
    query = """SELECT id FROM folder WHERE remote_name = ? AND here = 1
               AND account_id = (SELECT account_id FROM folder WHERE id = ?)"""
    return [int(row[0]) for name in names for row in db.execute(query, (name, folder_id))]


def stands(db: sqlite3.Connection, folder_id: int, remote_name: bytes, uidvalidity: int) -> bool:
    """Is the folder on the server, still by this name and with these UIDs, as far as is known?"""
    row = db.execute(
        "SELECT 1 FROM folder WHERE id = ? AND here AND remote_name = ? AND uidvalidity = ?",
        (folder_id, remote_name, uidvalidity),
    ).fetchone()
    return row is not None


def set_state(
    db: sqlite3.Connection,
    folder_id: int,
    *,
    uidvalidity: int,
    uidnext: int | None,
    modseq: int | None,
    exists: int,
    complete: bool,
) -> None:
    """What a SELECT said, once everything it implies has been brought in."""
    db.execute(
        "UPDATE folder SET uidvalidity = ?, uidnext = ?, modseq = ?, server_exists = ?, complete = ? WHERE id = ?",
        (uidvalidity, uidnext, modseq, exists, complete, folder_id),
    )


def _folder(row: tuple[int, int, str, str, str, str, int, int, int, int, int, int]) -> Folder:
    id_, account_id, account, name, separator, role, selectable, total, unread, exists, complete, subscribed = row
    return Folder(
        id_,
        account_id,
        account,
        name,
        separator,
        Role(role) if role in Role.__members__.values() else Role.NONE,
        bool(selectable),
        total,
        unread,
        exists,
        bool(complete),
        bool(subscribed),
    )


def _top_role(folder: Folder, roles: Mapping[tuple[int, str], Role]) -> Role:
    """Subfolders of Archive sort with Archive, and so on."""
    if folder.role is not Role.NONE or not folder.separator:
        return folder.role
    top = folder.name.split(folder.separator, 1)[0]
    return roles.get((folder.account_id, top), Role.NONE)


def _known(row: tuple[int, bytes, int | None, int | None, int | None, int, int, int]) -> Known:
    id_, name, uidvalidity, uidnext, modseq, complete, count, exists = row
    return Known(id_, bytes(name), uidvalidity, uidnext, modseq, bool(complete), count, exists)
