"""What a mail says to lie on an FTP server, fetched from a real one."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.servers.certificates import make_certificate
from tests.servers.ftpd import Ftpd
from tuimail.errors import LoginRefused, ServerRefused
from tuimail.model import Elsewhere
from tuimail.sync import faraway
from tuimail.sync.faraway import fetch_elsewhere


@pytest.fixture
def server(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Ftpd]:
    monkeypatch.setattr("tuimail.net.ftp.PAUSE", 0)
    with Ftpd(tmp_path / "ftp") as made:
        monkeypatch.setattr(faraway, "ELSEWHERE_PORT", made.port)
        (made.folder / "plan.pdf").write_bytes(b"%PDF" * 1000)
        yield made


def place(path: str = "/plan.pdf", *, text: bool = False) -> Elsewhere:
    return Elsewhere("127.0.0.1", path, anonymous=True, text=text)


async def test_it_is_fetched_without_any_secret(server: Ftpd, tmp_path: Path) -> None:
    path = await fetch_elsewhere(place(), tmp_path / "coming")
    assert path.read_bytes() == b"%PDF" * 1000
    assert "USER anonymous" in server.commands


async def test_a_server_that_cannot_prove_itself_is_taken_as_one_without_tls(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """There is no password to lose, and the question has said so much."""
    with Ftpd(tmp_path / "ftp", make_certificate(tmp_path)) as server:
        monkeypatch.setattr(faraway, "ELSEWHERE_PORT", server.port)
        with pytest.raises((ServerRefused, LoginRefused)):  # this one insists on TLS for the login
            await fetch_elsewhere(place(), tmp_path / "coming")
        assert server.commands[:1] == ["AUTH TLS"] and "USER anonymous" in server.commands


async def test_as_lines_when_it_says_so(server: Ftpd, tmp_path: Path) -> None:
    (server.folder / "a.txt").write_bytes(b"one\ntwo\n")
    path = await fetch_elsewhere(place("/a.txt", text=True), tmp_path / "coming")
    assert path.read_bytes() == b"one\ntwo\n" and "TYPE A" in server.commands


async def test_a_body_without_end_is_given_up(server: Ftpd, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(faraway, "MOST_ELSEWHERE", 1000)
    with pytest.raises(ServerRefused, match="larger than 1,000 octets"):
        await fetch_elsewhere(place(), tmp_path / "coming")


async def test_a_server_that_wants_a_login_is_named(server: Ftpd, tmp_path: Path) -> None:
    server.refuse_anonymous()
    with pytest.raises(LoginRefused, match="lets nobody in without a login"):
        await fetch_elsewhere(place(), tmp_path / "coming")
