"""The table in `tuimail.net.abilities` says who uses which extension: it may not lie, and it leaves none out."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

from tuimail.net import abilities

TESTS = Path(__file__).parent.parent
TABLE = abilities.__doc__ or ""
WANTED = (
    "IDLE NOTIFY CONDSTORE QRESYNC ESEARCH PARTIAL MOVE UIDPLUS UNSELECT COMPRESS=DEFLATE LITERAL+ LITERAL- "
    "SASL-IR ENABLE LIST-EXTENDED LIST-STATUS SPECIAL-USE XLIST NAMESPACE CHILDREN ID STATUS=SIZE OBJECTID "
    "PREVIEW BINARY SORT THREAD QUOTA MULTIAPPEND APPENDLIMIT X-GM-EXT-1"
).split()


@pytest.mark.parametrize("name", WANTED)
def test_each_extension_has_its_place(name: str) -> None:
    assert re.search(rf"(?<![\w-]){re.escape(name)}(?![\w=-])", TABLE)


def test_every_test_the_table_names_exists() -> None:
    named = re.findall(r"→ ([\w/]+)\.(test_\w+)", TABLE)
    assert len(named) == TABLE.count("→") > 20
    assert [f"{module}.{name}" for module, name in named if name not in _tests(module)] == []


def test_what_is_used_and_nothing_else_is_told_to_the_owner_of_the_account() -> None:
    rows = re.findall(r"^    ([A-Z][\w=+-]+(?:, [A-Z][\w+-]+)?)  ", TABLE, re.MULTILINE)
    told = {name for name, _ in abilities.describe(WANTED)}
    assert {name for row in rows for name in row.split(", ")} == told


def _tests(module: str) -> set[str]:
    tree = ast.parse((TESTS / f"{module}.py").read_text())
    return {node.name for node in tree.body if isinstance(node, ast.AsyncFunctionDef | ast.FunctionDef)}
