"""CPython's own test_imaplib, which nobody here wrote, run against our engine.

It is taken from the interpreter that runs these tests (package `test`; on Debian: libpython3-testsuite) or from
$TUIMAIL_CORPORA/cpython-tests/test_imaplib.py; where neither is, these tests are skipped.
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

from tests.imaplib_facade import facade

_UTF8 = "RFC 6855 §4: the literal stands inside UTF8 (~{n}), while imaplib puts `UTF8 (` into the literal"
_LF = "a line that ends in LF alone is understood, where imaplib gives up the connection"
_LIMIT = "no limit of a megabyte a line: a SEARCH over a big mailbox is one line"
_CODE = "a response code whose parentheses do not match ends at the first bracket"
_INSIDE = "looks into imaplib's own inside"
EXCEPTIONS = {
    "NewIMAPTests.test_enable_UTF8_True_append": _UTF8,
    "NewIMAPSSLTests.test_enable_UTF8_True_append": _UTF8,
    "ThreadedNetworkedTests.test_enable_UTF8_True_append": _UTF8,
    "ThreadedNetworkedTestsSSL.test_enable_UTF8_True_append": _UTF8,
    "NewIMAPTests.test_line_termination": _LF,
    "NewIMAPSSLTests.test_line_termination": _LF,
    "ThreadedNetworkedTests.test_line_termination": _LF,
    "ThreadedNetworkedTestsSSL.test_line_termination": _LF,
    "NewIMAPTests.test_linetoolong": _LIMIT,
    "NewIMAPSSLTests.test_linetoolong": _LIMIT,
    "ThreadedNetworkedTests.test_bracket_flags": _CODE,
    "ThreadedNetworkedTestsSSL.test_bracket_flags": _CODE,
    "ThreadedNetworkedTests.test_dump_ur": _INSIDE,
    "ThreadedNetworkedTestsSSL.test_dump_ur": _INSIDE,
    "NewIMAPSSLTests.test_certfile_arg_warn": _INSIDE,
}
"""Tests that fail, and have to: where we differ from imaplib on purpose."""
WANTED = 0.8


def _source() -> Path | None:
    spec = importlib.util.find_spec("test")
    installed = (spec.submodule_search_locations or []) if spec else []
    places = [Path(place) / "test_imaplib.py" for place in installed]
    if corpora := os.environ.get("TUIMAIL_CORPORA"):
        places.append(Path(corpora) / "cpython-tests" / "test_imaplib.py")
    return next((place for place in places if place.is_file()), None)


def _cases() -> dict[str, type[unittest.TestCase]]:
    """Every test by name; importing `imaplib` inside the module gets our facade."""
    source = _source()
    if source is None:
        return {}
    spec = importlib.util.spec_from_file_location("cpythons_test_imaplib", source)
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    before = sys.modules.get("imaplib")
    sys.modules["imaplib"] = facade
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            spec.loader.exec_module(module)
    finally:
        if before is None:
            del sys.modules["imaplib"]
        else:
            sys.modules["imaplib"] = before
    module.SimpleIMAPHandler.timeout = 1.0  # in place of ten seconds, which four of the tests wait for
    return {
        f"{kind.__name__}.{name}": kind
        for kind in vars(module).values()
        if isinstance(kind, type) and issubclass(kind, unittest.TestCase) and kind.__name__ != "RemoteIMAPTest"
        if "Remote" not in kind.__name__  # they call a server far away that is gone
        for name in unittest.TestLoader().getTestCaseNames(kind)
    }


CASES = _cases()


def _params() -> list[Any]:
    failing = {name: pytest.mark.xfail(reason=reason, strict=True) for name, reason in EXCEPTIONS.items()}
    return [pytest.param(name, marks=failing.get(name, ())) for name in CASES]


@pytest.mark.skipif(not CASES, reason="CPython's test package is not installed")
@pytest.mark.parametrize("name", _params())
def test_cpythons_own_test_passes(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "imaplib", facade)
    result = unittest.TestResult()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        CASES[name](name.partition(".")[2]).run(result)
    for forgotten in list(facade.OPEN):
        forgotten.shutdown()
    if result.skipped:
        pytest.skip(result.skipped[0][1])
    assert not result.errors and not result.failures, "".join(text for _, text in result.errors + result.failures)


@pytest.mark.skipif(not CASES, reason="CPython's test package is not installed")
def test_four_of_five_pass_and_every_exception_is_named() -> None:
    named = EXCEPTIONS.keys() & CASES.keys()
    assert (len(CASES) - len(named)) / len(CASES) >= WANTED
