"""How it stands with each part of a deed: can it be reversed (or, once reversed, done again), and if not, why not.

The parts of a deed are its messages, copies, folders and muted threads. The parts that stand are a stack for each of
these, by the turns of their deeds: what something newer stands on cannot be reversed before it.
"""

from __future__ import annotations

import sqlite3

from tuimail.model import Flag
from tuimail.protocol.imap import keywords

OK = "ok"
WHYS = ("gone", "later", "moved", "changed", "folder", "full", "taken")

# That mail is spam is told by its folder, too: servers that keep no such flag, and no $NotJunk, change nothing.
_SOFT = int(Flag.JUNK)
_LATER = "NOT d.undone AND e.undone = 0 AND e.turn > d.turn"
_HERE = "f.here AND NOT f.want_gone"


def _taken(name: str) -> str:
    """SQL: another folder of the account of `f` is called so."""
    return f"""EXISTS (SELECT 1 FROM folder t WHERE t.account_id = f.account_id AND t.id <> f.id AND t.here
      AND NOT t.want_gone AND NOT t.by_the_way AND t.name = {name})"""


_FOLDER = f"""CASE
  WHEN EXISTS (SELECT 1 FROM deed_folder p JOIN deed e ON e.id = p.deed_id
    WHERE p.folder_id = o.folder_id AND {_LATER} AND (p.act = 'subscribed') = (o.act = 'subscribed')) THEN 'later'
  WHEN EXISTS (SELECT 1 FROM deed_folder p JOIN deed e ON e.id = p.deed_id JOIN folder q ON q.id = p.folder_id
    WHERE p.folder_id <> o.folder_id AND {_LATER} AND q.account_id = f.account_id
      AND (p.act = 'renamed' AND (below(f.name, p.was, q.separator) OR below(f.name, p.becomes, q.separator))
        OR below(q.name, f.name, q.separator))) THEN 'later'
  WHEN o.act = 'created' AND (EXISTS (SELECT 1 FROM deed e JOIN deed_item j ON j.deed_id = e.id
      WHERE {_LATER} AND o.folder_id IN (j.from_folder_id, j.to_folder_id))
    OR EXISTS (SELECT 1 FROM deed e JOIN copy y ON y.deed_id = e.id
      WHERE {_LATER} AND y.target_id = o.folder_id AND y.wanted)) THEN 'later'
  WHEN o.act = 'created' AND d.undone OR o.act = 'deleted' AND NOT d.undone
    THEN CASE WHEN {_HERE} THEN 'changed' WHEN {_taken("f.name")} THEN 'taken' ELSE 'ok' END
  WHEN NOT ({_HERE}) THEN 'gone'
  WHEN o.act = 'created' AND f.total THEN 'full'
  WHEN o.act IN ('created', 'deleted') AND EXISTS (SELECT 1 FROM folder q
    WHERE q.account_id = f.account_id AND q.here AND NOT q.want_gone AND below(q.name, f.name, q.separator)) THEN 'full'
  WHEN o.act = 'renamed' AND f.name <> IIF(d.undone, o.was, o.becomes) THEN 'changed'
  WHEN o.act = 'renamed' AND {_taken("IIF(d.undone, o.becomes, o.was)")} THEN 'taken'
  WHEN o.act = 'subscribed' AND COALESCE(f.want_subscribed, f.subscribed)
    <> (IIF(d.undone, o.was, o.becomes) = 'yes') THEN 'changed'
  ELSE 'ok' END"""
_ITEM = f"""CASE
  WHEN m.id IS NULL OR m.gone OR m.flags & 8 OR m.want_folder_id = 0 THEN 'gone'
  WHEN EXISTS (SELECT 1 FROM deed_item j JOIN deed e ON e.id = j.deed_id
    WHERE j.message_id = i.message_id AND {_LATER}
      AND (j.to_folder_id IS NOT NULL AND i.to_folder_id IS NOT NULL
        OR (j.added | j.removed) & (i.added | i.removed) <> 0
        OR j.keywords <> '' AND i.keywords <> '')) THEN 'later'
  WHEN i.to_folder_id IS NOT NULL AND m.here IS NOT IIF(d.undone, i.from_folder_id, i.to_folder_id) THEN 'moved'
  WHEN m.shown & (i.added | i.removed) & ~{_SOFT} <> IIF(d.undone, i.removed, i.added) & ~{_SOFT} THEN 'changed'
  WHEN i.keywords <> '' AND NOT labelled(m.keywords, m.want_keywords, i.keywords, d.undone) THEN 'changed'
  WHEN i.to_folder_id IS NOT NULL
    AND NOT EXISTS (SELECT 1 FROM folder f WHERE f.id = IIF(d.undone, i.to_folder_id, i.from_folder_id) AND {_HERE})
    AND NOT EXISTS (SELECT 1 FROM deed_folder o JOIN folder f ON f.id = o.folder_id
      WHERE o.deed_id = d.id AND o.act = 'deleted' AND NOT d.undone AND f.id = i.from_folder_id AND {_FOLDER} = 'ok')
    THEN 'folder'
  ELSE 'ok' END"""
_COPY = f"""CASE
  WHEN NOT (c.made AND c.wanted)
    AND NOT EXISTS (SELECT 1 FROM folder f WHERE f.id = c.target_id AND {_HERE}) THEN 'folder'
  WHEN c.wanted <> IIF(d.undone, NOT w.wanted, w.wanted) THEN 'changed'
  WHEN EXISTS (SELECT 1 FROM copy_wish x JOIN deed e ON e.id = x.deed_id
    WHERE x.copy_id = c.id AND x.deed_id <> d.id AND {_LATER}) THEN 'later'
  WHEN c.wanted AND EXISTS (SELECT 1 FROM deed_item j JOIN deed e ON e.id = j.deed_id
    WHERE j.message_id = c.row_id AND NOT e.final AND {_LATER}) THEN 'later'
  WHEN c.wanted AND c.row_id IS NOT NULL AND (r.id IS NULL OR r.gone OR r.here IS NULL) THEN 'gone'
  WHEN c.wanted AND c.row_id IS NOT NULL AND r.here <> c.target_id THEN 'moved'
  WHEN NOT c.wanted AND NOT EXISTS (
    SELECT 1 FROM message s WHERE s.id = c.message_id AND NOT s.gone AND s.here IS NOT NULL) THEN 'gone'
  ELSE 'ok' END"""
_THREAD = f"""CASE
  WHEN EXISTS (SELECT 1 FROM muting v JOIN deed e ON e.id = v.deed_id
    WHERE v.thread = u.thread AND {_LATER}) THEN 'later'
  ELSE 'ok' END"""


def parts(which: str) -> str:
    """SQL: (deed, kind, id, message or NULL, how it stands) of the parts of deeds `d` for which `which` holds.

    kind: item (id of a message), copy, folder or thread. Needs a connection that is `ready`.
    """
    return f"""
      SELECT d.id AS deed_id, 'item' AS kind, i.message_id AS part, i.message_id AS message_id, {_ITEM} AS state
      FROM deed d JOIN deed_item i ON i.deed_id = d.id LEFT JOIN message m ON m.id = i.message_id WHERE {which}
      UNION ALL SELECT d.id, 'copy', c.id, c.message_id, {_COPY}
      FROM deed d JOIN copy_wish w ON w.deed_id = d.id JOIN copy c ON c.id = w.copy_id
        LEFT JOIN message r ON r.id = c.row_id WHERE {which}
      UNION ALL SELECT d.id, 'folder', f.id, NULL, {_FOLDER}
      FROM deed d JOIN deed_folder o ON o.deed_id = d.id JOIN folder f ON f.id = o.folder_id WHERE {which}
      UNION ALL SELECT d.id, 'thread', u.thread, NULL, {_THREAD}
      FROM deed d JOIN muting u ON u.deed_id = d.id WHERE {which}"""


def ready(db: sqlite3.Connection) -> sqlite3.Connection:
    """With what SQL alone cannot say."""
    db.create_function("labelled", 4, _labelled, deterministic=True)
    db.create_function("below", 3, _below, deterministic=True)
    return db


def _labelled(there: str, wish: str, changed: str, undone: int) -> bool:
    """Has a message the labels that a change has left, or, once it is undone, those before it?"""
    meant = " ".join(word for word in changed.split() if keywords.is_label(word[1:]))
    words = keywords.inverse(meant) if undone else meant
    return not keywords.missing(keywords.applied(there, wish), words)


def _below(name: str, above: str, separator: str) -> bool:
    """Is a folder with this name below one with that?"""
    return bool(separator) and name.startswith(above + separator)
