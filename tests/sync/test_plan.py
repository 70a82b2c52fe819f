"""What to ask of a folder: every case of the comparison, one line each."""

from __future__ import annotations

from typing import Any

import pytest

from tuimail.model import Role
from tuimail.net.remote import FolderState, RemoteFolder
from tuimail.store.folders import Known
from tuimail.sync.plan import GAP, Plan, differs, must_compare, plan


def known(**changes: Any) -> Known:
    """Ten messages, everything below UID 11, CONDSTORE at 50."""
    given: dict[str, Any] = {"uidvalidity": 7, "uidnext": 11, "modseq": 50, "complete": True, "count": 10}
    return Known(**{"id": 1, "remote_name": b"INBOX", "server_exists": 10, **given, **changes})


def state(**changes: Any) -> FolderState:
    """A SELECT that says nothing has changed."""
    given: dict[str, Any] = {"uidvalidity": 7, "exists": 10, "uidnext": 11, "highestmodseq": 50}
    return FolderState(**{**given, "read_only": False, "keywords_allowed": True, **changes})


def listed(**changes: Any) -> RemoteFolder:
    """A STATUS that says nothing has changed."""
    given: dict[str, Any] = {"uidvalidity": 7, "exists": 10, "uidnext": 11, "highestmodseq": 50}
    return RemoteFolder(b"INBOX", "INBOX", "/", Role.INBOX, True, **{**given, **changes})


NEVER = {"uidvalidity": None, "uidnext": None, "modseq": None, "complete": False, "count": 0}
BEGUN = {"complete": False, "count": 4}
NOTHING = Plan(reset=False, first_screen=False, new=None, flags=False, since=50)


@pytest.mark.parametrize(
    ("case", "have", "said", "steps"),
    [
        ("nothing changed", {}, {}, NOTHING),
        ("never seen", NEVER, {}, Plan(False, True, None, False, None)),
        ("never seen and empty", NEVER, {"exists": 0}, Plan(False, False, None, False, None)),
        ("a new epoch", {}, {"uidvalidity": 8}, Plan(True, True, None, False, None)),
        ("a new epoch and empty", {}, {"uidvalidity": 8, "exists": 0}, Plan(True, False, None, False, None)),
        ("two arrived", {}, {"uidnext": 13, "exists": 12}, Plan(False, False, (11, 12), False, 50)),
        ("flags changed", {}, {"highestmodseq": 51}, Plan(False, False, None, True, 50)),
        ("mod-sequences began anew", {}, {"highestmodseq": 3}, Plan(False, False, None, True, None)),
        ("no CONDSTORE", {}, {"highestmodseq": None}, Plan(False, False, None, True, None)),
        ("CONDSTORE is new", {"modseq": None}, {}, Plan(False, False, None, True, None)),
        ("as many as can be listed", {}, {"uidnext": 11 + GAP}, Plan(False, False, (11, 10 + GAP), False, 50)),
        ("a leap of UIDNEXT", {}, {"uidnext": 12 + GAP}, NOTHING),
        ("the largest UIDNEXT there is", {}, {"uidnext": 2**32 - 1}, NOTHING),
        ("UIDNEXT went back", {}, {"uidnext": 9}, NOTHING),
        ("UIDNEXT is not told", {}, {"uidnext": None}, NOTHING),
        ("UIDNEXT was not told before", {"uidnext": None}, {}, NOTHING),
        ("broken off before its first screen", {**BEGUN, "count": 0}, {}, Plan(False, True, None, False, 50)),
        ("broken off later", BEGUN, {}, NOTHING),
        ("broken off, then flags", BEGUN, {"highestmodseq": 60}, Plan(False, False, None, True, 50)),
        (
            "mail into an empty folder is new mail, and not a first look",
            {"count": 0},
            {"uidnext": 12, "exists": 1, "highestmodseq": 60},
            Plan(False, False, (11, 11), False, 50),
        ),
        ("an empty folder has no flags", {"count": 0}, {"exists": 0, "highestmodseq": 60}, NOTHING),
    ],
)
def test_plan(case: str, have: dict[str, Any], said: dict[str, Any], steps: Plan) -> None:
    assert plan(known(**have), state(**said)) == steps, case


@pytest.mark.parametrize(
    ("case", "have", "count", "said", "answer"),
    [
        ("all is there", {}, 10, {}, False),
        ("all new ones came", {}, 12, {"exists": 12, "uidnext": 13}, False),
        ("one is gone there", {}, 10, {"exists": 9}, True),
        ("one is missing here", {}, 9, {}, True),
        ("never completed", BEGUN, 10, {}, True),
        ("UIDNEXT is not told", {}, 10, {"uidnext": None}, True),
        ("UIDNEXT was not told before", {"uidnext": None}, 10, {}, True),
        ("more arrived than can be listed, and as many went", {}, 10, {"uidnext": 12 + GAP}, True),
        ("UIDNEXT went back", {}, 10, {"uidnext": 9}, True),
    ],
)
def test_must_compare(case: str, have: dict[str, Any], count: int, said: dict[str, Any], answer: bool) -> None:
    assert must_compare(known(**have), count, state(**said)) is answer, case


@pytest.mark.parametrize(
    ("case", "have", "said", "answer"),
    [
        ("nothing changed", {}, {}, False),
        ("a new epoch", {}, {"uidvalidity": 8}, True),
        ("one arrived", {}, {"uidnext": 12, "exists": 11}, True),
        ("one arrived and went", {}, {"uidnext": 12}, True),
        ("one went", {}, {"exists": 9}, True),
        ("a flag changed", {}, {"highestmodseq": 51}, True),
        ("mod-sequences began anew", {}, {"highestmodseq": 3}, True),
        ("no CONDSTORE for this folder any more", {}, {"highestmodseq": 0}, True),
        ("never completed", BEGUN, {}, True),
        ("no STATUS", {}, {"exists": None}, True),
        ("no UIDNEXT", {}, {"uidnext": None}, True),
        ("no CONDSTORE", {}, {"highestmodseq": None}, True),
        ("CONDSTORE is new", {"modseq": None}, {}, True),
    ],
)
def test_differs(case: str, have: dict[str, Any], said: dict[str, Any], answer: bool) -> None:
    assert differs(known(**have), listed(**said)) is answer, case
