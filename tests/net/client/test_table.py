"""The table in `tuimail.net.client` says what is tested where: it may not lie."""

from __future__ import annotations

import ast
import inspect
import re
from pathlib import Path

from tuimail.net import client
from tuimail.net.client import ImapClient

HERE = Path(__file__).parent


def test_every_test_the_table_names_exists() -> None:
    named = re.findall(r"→ (test_\w+)\.(test_\w+)", client.__doc__ or "")
    rows = (client.__doc__ or "").count("→")
    assert len(named) == rows > 60
    missing = [f"{module}.{name}" for module, name in named if name not in _tests(module)]
    assert not missing


def test_every_public_method_says_what_it_does_and_has_types() -> None:
    for name, method in inspect.getmembers(ImapClient, callable):
        if name.startswith("_"):
            continue
        assert inspect.getdoc(method), name
        assert "return" in inspect.get_annotations(inspect.unwrap(getattr(method, "__func__", method))), name


def _tests(module: str) -> set[str]:
    tree = ast.parse((HERE / f"{module}.py").read_text())
    return {node.name for node in tree.body if isinstance(node, ast.AsyncFunctionDef | ast.FunctionDef)}
