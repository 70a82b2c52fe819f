"""The table in `tuimail.net.pop` says what is tested where: it may not lie."""

from __future__ import annotations

import ast
import inspect
import re
import socket
from pathlib import Path

from tuimail.net import pop
from tuimail.net.pop.session import PopSession
from tuimail.protocol.pop3 import commands

HERE = Path(__file__).parent


def test_every_test_the_table_names_exists() -> None:
    named = re.findall(r"→ (test_\w+)\.(test_\w+)", pop.__doc__ or "")
    assert len(named) == (pop.__doc__ or "").count("→") > 25
    assert not [f"{module}.{name}" for module, name in named if name not in _tests(module)]


def test_every_public_method_has_types() -> None:
    for name, method in inspect.getmembers(PopSession, callable):
        if not name.startswith("_"):
            assert "return" in inspect.get_annotations(method), name


def test_the_ports_are_those_of_iana() -> None:
    assert (commands.PORT, commands.PORT_TLS) == (110, 995)
    assert socket.getservbyname("pop3") == commands.PORT


def _tests(module: str) -> set[str]:
    tree = ast.parse((HERE / f"{module}.py").read_text())
    return {node.name for node in tree.body if isinstance(node, ast.AsyncFunctionDef | ast.FunctionDef)}
