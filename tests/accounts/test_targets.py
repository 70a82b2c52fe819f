"""The URL of a target."""

from __future__ import annotations

import pytest

from tuimail.accounts.targets import parse_target
from tuimail.errors import UsageError
from tuimail.model import Security


@pytest.mark.parametrize(
    ("url", "host", "port", "user", "path"),
    [
        ("ftps://ada@backup.example.org/mail/2026", "backup.example.org", 21, "ada", "mail/2026"),
        ("ftps://ada@backup.example.org/%2Fsrv/mail", "backup.example.org", 21, "ada", "/srv/mail"),
        ("FTPS://a%40b@Backup.example.org:2121", "backup.example.org", 2121, "a@b", ""),
        ("ftps://[2001:db8::1]/x%20y", "2001:db8::1", 21, "anonymous", "x y"),
    ],
)
def test_a_target_is_read(url: str, host: str, port: int, user: str, path: str) -> None:
    found, password = parse_target(url)
    assert (found.account.host, found.account.port, found.account.user, found.path) == (host, port, user, path)
    assert found.account.security is Security.STARTTLS and password is None


@pytest.mark.parametrize(
    "url",
    [
        "sftp://ada@host/x",
        "ftps://",
        "ftps://ada@host:99999/x",
        "ftps://ada@host/a/../b",
        "ftps://ada@host/a%2F..%2Fb",
        "ftps://ada@host/a%0D%0ADELE%20b",
        "ftps://ada@host/a b",
        "ftps://ada@host/a?b",
        "ftps://ada@ho_st%0d/",
    ],
)
def test_what_makes_no_sense_is_a_sentence_without_the_password(url: str) -> None:
    with pytest.raises(UsageError) as told:
        parse_target(url.replace("ada@", "ada:sesame@"))
    assert "sesame" not in str(told.value) and "Example: " in str(told.value)


def test_plain_ftp_is_for_this_machine_or_must_be_allowed() -> None:
    assert parse_target("ftp://ada:x@127.0.0.1/a")[0].account.security is Security.PLAIN
    with pytest.raises(UsageError, match="readable for anyone"):
        parse_target("ftp://ada:x@host/a")
    assert parse_target("ftp://ada:x@host/a", allow_plaintext=True)[1] == "x"
