"""CPython's own test_imaplib, which nobody here wrote, run against our engine; see `tests.cpythons_own`."""

from __future__ import annotations

from types import ModuleType

import pytest

from tests.cpythons_own import CPythonsOwn
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


def _in_less_time(module: ModuleType) -> None:
    module.SimpleIMAPHandler.timeout = 1.0  # in place of ten seconds, which four of the tests wait for


OWN = CPythonsOwn("imaplib", facade, EXCEPTIONS, _in_less_time)


@pytest.mark.parametrize("name", OWN.params())
def test_cpythons_own_test_passes(name: str) -> None:
    def forget() -> None:
        for forgotten in list(facade.OPEN):
            forgotten.shutdown()

    OWN.run(name, forget)


def test_four_of_five_pass_and_every_exception_is_named() -> None:
    assert OWN.enough_pass()
