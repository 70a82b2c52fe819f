"""What to ask of a folder: a pure comparison of what we know with what SELECT has just said."""

from __future__ import annotations

from tuimail.net.remote import Abilities, FolderState, RemoteFolder, Since
from tuimail.records import Record
from tuimail.store.folders import Known

FIRST_SCREEN = 200
"""Heads fetched before anything else of a folder never seen."""
GAP = 5_000
"""A step of UIDNEXT by more than this is no list of new mail: ask which UIDs there are (a hostile one is 2³²)."""


class Plan(Record):
    """Steps in the order they are to be taken."""

    reset: bool
    """UIDVALIDITY changed: every UID we hold is void."""
    first_screen: bool
    """Nothing is known: fetch the newest few before looking any further."""
    new: tuple[int, int] | None
    """UIDs that may have arrived since."""
    flags: bool
    """Flags of known messages may have changed, and the SELECT has not told which."""
    since: int | None
    """Ask only for flags changed after this mod-sequence (RFC 7162); None: ask for all."""


def since(known: Known, abilities: Abilities, span: tuple[int, int] | None) -> Since | None:
    """What to tell the server of ourselves when a folder is reopened (QRESYNC); span: the UIDs we have lie in it.

    RFC 7162 §3.2.5.2 lets us name more UIDs than we have, and two numbers are shorter than a list of all.
    """
    if not abilities.qresync or span is None or known.uidvalidity is None or not known.modseq:
        return None
    return Since(known.uidvalidity, known.modseq, (span,))


def plan(known: Known, state: FolderState) -> Plan:
    """Compare. Whether UIDs are missing or gone is only known after these steps: see `must_compare`."""
    if known.uidvalidity is None or known.uidvalidity != state.uidvalidity:
        return Plan(known.uidvalidity is not None, state.exists > 0, None, False, None)
    step = _step(known, state)
    new = (known.uidnext, known.uidnext + step - 1) if known.uidnext is not None and step else None
    ours, theirs = known.modseq, state.highestmodseq
    changed = theirs is None or theirs != ours
    # Lower than ours: the server has lost its indexes and counts anew, so what it calls changed says nothing.
    since = ours if ours is not None and theirs is not None and theirs >= ours else None
    first_screen = known.count == 0 and state.exists > 0 and not (known.complete and new)
    return Plan(False, first_screen, new, changed and known.count > 0 and state.resync is None, since)


def must_compare(known: Known, count: int, state: FolderState) -> bool:
    """Are UIDs missing here, or gone there? With everything below UIDNEXT fetched, equal counts mean neither.

    A server that does not tell UIDNEXT (Courier), or with one that leapt or went back, is always asked.
    """
    return not known.complete or count != state.exists or _step(known, state) is None


def _step(known: Known, state: FolderState) -> int | None:
    """By how many UIDs the folder has grown; None when that says nothing."""
    if known.uidnext is None or state.uidnext is None:
        return None
    step = state.uidnext - known.uidnext
    return step if 0 <= step <= GAP else None


def differs(known: Known, listed: RemoteFolder) -> bool:
    """Does STATUS say that a folder changed since it was last pulled? Unknown numbers mean: look."""
    if not known.complete or listed.exists is None or listed.uidnext is None:
        return True
    return came_or_went(known, listed) or listed.highestmodseq is None or listed.highestmodseq != known.modseq


def came_or_went(known: Known, listed: RemoteFolder) -> bool:
    """Does STATUS say that the folder holds other messages than we have of it?"""
    if listed.exists is None:
        return False
    now = (listed.uidvalidity, listed.uidnext, listed.exists)
    return now != (known.uidvalidity, known.uidnext, known.count)


def stale(known: Known, state: FolderState) -> bool:
    """Does a SELECT show something that a finished pull has not seen?"""
    return known.complete and (
        known.uidvalidity != state.uidvalidity
        or known.uidnext != state.uidnext
        or known.count != state.exists
        or known.modseq != state.highestmodseq
    )
