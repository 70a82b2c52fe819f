"""What config.toml may say about logging in: mechanism, pinned certificate, capabilities to ignore."""

from __future__ import annotations

import re
from collections.abc import Iterable

from tuimail.accounts.config import nearest
from tuimail.errors import UsageError

MECHANISMS = (
    "external",
    "oauthbearer",
    "xoauth2",
    "scram-sha-256-plus",
    "scram-sha-1-plus",
    "scram-sha-256",
    "scram-sha-1",
    "plain",
    "login",
    "cram-md5",
    "apop",
    "anonymous",
)
"""What `auth` may be besides "auto", the strongest first."""

_PIN = re.compile(r"sha256:[0-9a-f]{64}")
_CAPABILITY = re.compile(r"[!-~]{1,64}")


def check_auth(written: str) -> str:
    """The mechanism in lower case, or "auto". Raises UsageError with the nearest name."""
    auth = written.lower()
    if auth != "auto" and auth not in MECHANISMS:
        near = nearest(auth, MECHANISMS)
        raise UsageError(f"one of auto, {', '.join(MECHANISMS)} was expected{near and '; ' + near}")
    return auth


def check_pin(written: str) -> str:
    """The pin as "sha256:" and 64 lower-case hex digits, colons between them left out; "" stays. Raises UsageError."""
    if not written:
        return ""
    kind, _, digits = written.strip().partition(":")
    pin = f"{kind.lower()}:{digits.replace(':', '').replace(' ', '').lower()}"
    if not _PIN.fullmatch(pin):
        raise UsageError("“sha256:” and 64 hexadecimal digits were expected, as “tuimail account check” prints them")
    return pin


def check_mask(written: Iterable[str]) -> tuple[str, ...]:
    """The capabilities in upper case. Raises UsageError for what cannot be one."""
    for word in written:
        if not _CAPABILITY.fullmatch(word):
            raise UsageError("names of capabilities were expected, as “tuimail account check” prints them")
    return tuple(word.upper() for word in written)
