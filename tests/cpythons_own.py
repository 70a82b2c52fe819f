"""CPython's own tests of a module, run with a facade of ours in that module's place.

They are taken from the interpreter that runs these tests (package `test`; on Debian: libpython3-testsuite) or from
$TUIMAIL_CORPORA/cpython-tests/; where neither is, these tests are skipped.
"""

from __future__ import annotations

import importlib.util
import os
import sys
import unittest
import warnings
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

WANTED = 0.8
"""The part of them that has to pass."""


class CPythonsOwn:
    """The tests of `name`, a module of the standard library.

    exceptions: test → why it fails and has to. prepare: changes the module of tests before it is used.
    """

    def __init__(
        self,
        name: str,
        facade: ModuleType,
        exceptions: Mapping[str, str],
        prepare: Callable[[ModuleType], None] = lambda module: None,
    ) -> None:
        self.exceptions = exceptions
        self._name = name
        self._facade = facade
        source = _source(f"test_{name}.py")
        self.cases = {} if source is None else self._load(source, prepare)
        """Every test by name."""

    @contextmanager
    def _in_its_place(self) -> Iterator[None]:
        with pytest.MonkeyPatch.context() as patch, warnings.catch_warnings():
            warnings.simplefilter("ignore")
            patch.setitem(sys.modules, self._name, self._facade)
            yield

    def _load(self, source: Path, prepare: Callable[[ModuleType], None]) -> dict[str, type[unittest.TestCase]]:
        spec = importlib.util.spec_from_file_location(f"cpythons_{source.stem}", source)
        assert spec is not None and spec.loader is not None
        module = importlib.util.module_from_spec(spec)
        with self._in_its_place():
            spec.loader.exec_module(module)
        prepare(module)
        return {
            f"{kind.__name__}.{name}": kind
            for kind in vars(module).values()
            if isinstance(kind, type) and issubclass(kind, unittest.TestCase)
            if "Remote" not in kind.__name__  # they call a server far away that is gone
            for name in unittest.TestLoader().getTestCaseNames(kind)
        }

    def params(self) -> list[Any]:
        """For `pytest.mark.parametrize`."""
        if not self.cases:
            return [pytest.param("", marks=pytest.mark.skip(reason="CPython's test package is not installed"))]
        failing = {name: pytest.mark.xfail(reason=why, strict=True) for name, why in self.exceptions.items()}
        return [pytest.param(name, marks=failing.get(name, ())) for name in self.cases]

    def run(self, name: str, forget: Callable[[], None]) -> None:
        """Run one of them; forget: closes what it has left open."""
        result = unittest.TestResult()
        with self._in_its_place():
            self.cases[name](name.partition(".")[2]).run(result)
        forget()
        if result.skipped:
            pytest.skip(result.skipped[0][1])
        assert not result.errors and not result.failures, "".join(text for _, text in result.errors + result.failures)

    def enough_pass(self) -> bool:
        """Four of five do, and every exception is named."""
        if not self.cases:
            pytest.skip("CPython's test package is not installed")
        named = self.exceptions.keys() & self.cases.keys()
        return (len(self.cases) - len(named)) / len(self.cases) >= WANTED


def _source(name: str) -> Path | None:
    spec = importlib.util.find_spec("test")
    installed = (spec.submodule_search_locations or []) if spec else []
    places = [Path(place) / name for place in installed]
    if corpora := os.environ.get("TUIMAIL_CORPORA"):
        places.append(Path(corpora) / "cpython-tests" / name)
    return next((place for place in places if place.is_file()), None)
