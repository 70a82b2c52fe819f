"""A place for copies from one word: a path, or `ftps://user@host[:port]/path` (RFC 1738 §3.2 names the parts).

    ftps://  TLS asked for on the ordinary port (AUTH TLS, RFC 4217) and required before the login, port 21
    ftp://   no protection at all, port 21; only towards this machine unless it is allowed aloud

Without a user it is "anonymous". A path that begins with %2F is one from the root, any other one below the directory
of the login. No error sentence repeats a part that could be a password.
"""

from __future__ import annotations

from typing import NoReturn

from tuimail.accounts.urls import check_host, check_plaintext, check_user
from tuimail.errors import UsageError
from tuimail.model import Account, Security
from tuimail.records import Record

EXAMPLE = "Example: ftps://ada@backup.example.org/mail"
PORT = 21
ANONYMOUS = "anonymous"


class FarTarget(Record):
    """A path on an FTP server. `account` is who logs in; its protocol is "ftp"."""

    account: Account
    path: str
    """Decoded; relative to the directory of the login unless it begins with "/"."""


def is_far(word: str) -> bool:
    """Whether a target is meant to be a URL."""
    return "://" in word


def parse_target(url: str, *, allow_plaintext: bool = False) -> tuple[FarTarget, str | None]:
    """Where the URL points, and the password in it, if any. Raises UsageError."""
    from urllib.parse import urlsplit

    if any(not char.isprintable() or char.isspace() for char in url):
        _refuse("The URL holds a space, a line break or a control character.")
    try:
        parts = urlsplit(url)
        port = parts.port or PORT
    except ValueError:
        _refuse("The URL cannot be understood.")
    security = {"ftps": Security.STARTTLS, "ftp": Security.PLAIN}.get(parts.scheme.lower())
    if security is None:
        _refuse("The URL of a target must begin with ftps:// or ftp://.")
    if parts.query or parts.fragment:
        _refuse("A “?” or “#” in the path must be written %3F, %23.")
    if not parts.hostname:
        _refuse("The URL names no host.")
    host = check_host(f"[{parts.hostname}]" if ":" in parts.hostname else parts.hostname)
    user = check_user(_decode(parts.username)) if parts.username else ANONYMOUS
    password = _decode(parts.password) if parts.password else None
    if security is Security.PLAIN:
        check_plaintext(host, allow_plaintext, "ftps://")
    path = _decode(parts.path[1:])
    if not path.isprintable() or ".." in path.split("/"):
        _refuse("The path holds “..” or a control character.")
    account = Account(f"ftp {user}@{host}", host, port, user, security, protocol="ftp")
    return FarTarget(account, path), password


def _decode(text: str) -> str:
    from urllib.parse import unquote

    return unquote(text, errors="surrogateescape")


def _refuse(sentence: str) -> NoReturn:
    raise UsageError(sentence, EXAMPLE) from None
