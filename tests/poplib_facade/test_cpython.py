"""CPython's own test_poplib, which nobody here wrote, run against our engine; see `tests.cpythons_own`."""

from __future__ import annotations

import pytest

from tests.cpythons_own import CPythonsOwn
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
"""Tests that fail, and have to: where we differ from poplib on purpose."""

OWN = CPythonsOwn("poplib", facade, EXCEPTIONS)


@pytest.mark.parametrize("name", OWN.params())
def test_cpythons_own_test_passes(name: str) -> None:
    def forget() -> None:
        for forgotten in list(facade.OPEN):
            forgotten.close()

    OWN.run(name, forget)


def test_four_of_five_pass_and_every_exception_is_named() -> None:
    assert OWN.enough_pass()
