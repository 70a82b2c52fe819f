"""CPython's own test_poplib, which nobody here wrote, run against our engine.

It is taken from the interpreter that runs these tests (package `test`; on Debian: libpython3-testsuite) or from
$TUIMAIL_CORPORA/cpython-tests/test_poplib.py; where neither is, these tests are skipped.
"""

from __future__ import annotations

import importlib.util
import os
import sys
import unittest
import warnings
from pathlib import Path
from typing import Any

import pytest

from tests.poplib_facade import facade

_GREETING = "a greeting that is neither +OK nor -ERR is no greeting, and then nothing is said at all"
_STAMP = "a timestamp that is no msg-id is not hashed: somebody in between may have made it (CVE-2007-1558)"
_INSIDE = "looks into poplib's own inside"
EXCEPTIONS = {
    "TestTimeouts.testTimeoutDefault": _GREETING,
    "TestTimeouts.testTimeoutNone": _GREETING,
    "TestTimeouts.testTimeoutValue": _GREETING,
    "TestPOP3Class.test_apop_normal": _STAMP,
    "TestPOP3_SSLClass.test_apop_normal": _STAMP,
    "TestPOP3_TLSClass.test_apop_normal": _STAMP,
    "TestPOP3_SSLClass.test_context": _INSIDE,
}
"""Tests that fail, and have to: where we differ from imaplib on purpose."""
WANTED = 0.8


def _source() -> Path | None:
    spec = importlib.util.find_spec("test")
    installed = (spec.submodule_search_locations or []) if spec else []
    places = [Path(place) / "test_poplib.py" for place in installed]
    if corpora := os.environ.get("TUIMAIL_CORPORA"):
        places.append(Path(corpora) / "cpython-tests" / "test_poplib.py")
    return next((place for place in places if place.is_file()), None)


def _cases() -> dict[str, type[unittest.TestCase]]:
    """Every test by name; importing `poplib` inside the module gets our facade."""
    source = _source()
    if source is None:
        return {}
    spec = importlib.util.spec_from_file_location("cpythons_test_poplib", source)
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    before = sys.modules.get("poplib")
    sys.modules["poplib"] = facade
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            spec.loader.exec_module(module)
    finally:
        if before is None:
            del sys.modules["poplib"]
        else:
            sys.modules["poplib"] = before
    return {
        f"{kind.__name__}.{name}": kind
        for kind in vars(module).values()
        if isinstance(kind, type) and issubclass(kind, unittest.TestCase)
        for name in unittest.TestLoader().getTestCaseNames(kind)
    }


CASES = _cases()


def _params() -> list[Any]:
    failing = {name: pytest.mark.xfail(reason=reason, strict=True) for name, reason in EXCEPTIONS.items()}
    return [pytest.param(name, marks=failing.get(name, ())) for name in CASES]


@pytest.mark.skipif(not CASES, reason="CPython's test package is not installed")
@pytest.mark.parametrize("name", _params())
def test_cpythons_own_test_passes(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "poplib", facade)
    result = unittest.TestResult()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        CASES[name](name.partition(".")[2]).run(result)
    for forgotten in list(facade.OPEN):
        forgotten.close()
    if result.skipped:
        pytest.skip(result.skipped[0][1])
    assert not result.errors and not result.failures, "".join(text for _, text in result.errors + result.failures)


@pytest.mark.skipif(not CASES, reason="CPython's test package is not installed")
def test_four_of_five_pass_and_every_exception_is_named() -> None:
    named = EXCEPTIONS.keys() & CASES.keys()
    assert (len(CASES) - len(named)) / len(CASES) >= WANTED
