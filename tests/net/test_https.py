from __future__ import annotations

import asyncio
import socket
import ssl
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from tests.servers.certificates import make_certificate
from tuimail.errors import PictureRefused
from tuimail.net import https
from tuimail.net.https import get, is_public
from tuimail.net.tls import Trust

OK = b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello"


def everywhere(address: str) -> bool:
    return True


@dataclass
class Site:
    """What a server on this machine answers to each path, and what it was asked."""

    port: int = 0
    trust: Trust = field(default_factory=Trust)
    answers: dict[str, bytes] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)

    def url(self, path: str) -> str:
        return f"https://localhost:{self.port}{path}"

    async def get(self, path: str, most: int = 1000, allowed: Callable[[str], bool] = everywhere) -> bytes:
        return await get(self.url(path), most, trust=self.trust, allowed=allowed)


@asynccontextmanager
async def serving(folder: Path) -> AsyncIterator[Site]:
    certificate = make_certificate(folder)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate.cert, certificate.key)
    site = Site(trust=Trust(ca_file=str(certificate.cert)))

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        question = (await reader.readuntil(b"\r\n\r\n")).decode()
        site.asked.append(question)
        if (octets := site.answers.get(question.split()[1])) is not None:
            writer.write(octets)
            writer.close()
        else:  # says nothing until the other side has had enough
            await reader.read()

    server = await asyncio.start_server(answer, "127.0.0.1", 0, ssl=context)
    site.port = server.sockets[0].getsockname()[1]
    async with server:
        yield site


async def test_a_picture_comes_and_little_is_said(tmp_path: Path) -> None:
    async with serving(tmp_path) as site:
        site.answers["/a.png?x=1"] = OK
        assert await site.get("/a.png?x=1") == b"hello"
        (question,) = site.asked
        assert (
            "cookie" not in question.lower() and "refer" not in question.lower() and "accept-l" not in question.lower()
        )


async def test_a_redirection_is_followed_and_a_circle_left(tmp_path: Path) -> None:
    async with serving(tmp_path) as site:
        site.answers["/old"] = b"HTTP/1.1 302 Found\r\nLocation: /new\r\nSet-Cookie: who=ada\r\n\r\n"
        site.answers["/new"] = OK
        site.answers["/round"] = b"HTTP/1.1 301 Moved\r\nLocation: /round\r\n\r\n"
        assert await site.get("/old") == b"hello"
        assert not any("who=ada" in question for question in site.asked)
        site.asked.clear()
        with pytest.raises(PictureRefused, match="from place to place"):
            await site.get("/round")
        assert len(site.asked) == https.REDIRECTIONS + 1


@pytest.mark.parametrize(
    "there", ["http://localhost/x.png", "file:///etc/passwd", "ftp://localhost/x", "https://ann:secret@localhost/x"]
)
async def test_a_redirection_to_anything_else_is_not_followed(there: str, tmp_path: Path) -> None:
    async with serving(tmp_path) as site:
        site.answers["/"] = f"HTTP/1.1 307 Temporary\r\nLocation: {there}\r\n\r\n".encode()
        with pytest.raises(PictureRefused, match=r"leads away from https|a name or a password"):
            await site.get("/")


async def test_this_computer_and_its_network_are_never_asked(tmp_path: Path) -> None:
    async with serving(tmp_path) as site:
        site.answers["/"] = OK
        with pytest.raises(PictureRefused, match="no address that may be asked"):
            await get(site.url("/"), 1000, trust=site.trust)
        assert site.asked == []


async def test_a_redirection_to_this_computer_is_not_followed(tmp_path: Path) -> None:
    """The first answer comes from an address that passes; where it leads does not."""
    async with serving(tmp_path) as site:
        site.answers["/"] = f"HTTP/1.1 302 Found\r\nLocation: https://127.0.0.1:{site.port}/secret\r\n\r\n".encode()
        site.answers["/secret"] = OK
        passed: list[str] = []

        def once(address: str) -> bool:
            passed.append(address)
            return len(passed) <= 2 and not site.asked  # localhost may have two addresses

        with pytest.raises(PictureRefused, match="no address that may be asked"):
            await site.get("/", allowed=once)
        assert [question.split()[1] for question in site.asked] == ["/"]


async def test_the_address_that_was_checked_is_the_one_that_is_asked(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with serving(tmp_path) as site:
        site.answers["/"] = OK
        asked: list[Any] = []
        loop = asyncio.get_running_loop()
        resolve = loop.getaddrinfo

        async def once(*how: Any, **more: Any) -> Any:
            asked.append(how)
            return await resolve(*how, **more)

        monkeypatch.setattr(loop, "getaddrinfo", once)
        await site.get("/")
        assert len(asked) == 1


@pytest.mark.parametrize(
    ("octets", "words"),
    [
        (b"HTTP/1.1 404 Not Found\r\n\r\n", r"does not give this picture \(404\)"),
        (b"HTTP/1.1 304 Not Modified\r\nLocation: /x\r\n\r\n", "304"),
        (b"HTTP/1.1 200 OK\r\n\r\n" + bytes(2000), "too large"),
        (b"220 ready\r\n\r\n", "not HTTP"),
        (b"", "cut short"),
    ],
)
async def test_what_is_no_picture_is_a_sentence(octets: bytes, words: str, tmp_path: Path) -> None:
    async with serving(tmp_path) as site:
        site.answers["/"] = octets
        with pytest.raises(PictureRefused, match=words):
            await site.get("/")


async def test_who_says_nothing_is_not_waited_for_for_ever(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(https, "SECONDS", 0.2)
    async with serving(tmp_path) as site:
        with pytest.raises(PictureRefused, match="did not come in time"):
            await site.get("/silence")


async def test_a_certificate_nobody_knows_is_refused(tmp_path: Path) -> None:
    async with serving(tmp_path) as site:
        site.answers["/"] = OK
        with pytest.raises(PictureRefused, match="certificate"):
            await get(site.url("/"), 1000, allowed=everywhere)
        assert site.asked == []


@pytest.mark.parametrize(
    "address",
    """127.0.0.1 127.9.9.9 0.0.0.0 10.1.2.3 172.16.0.1 192.168.1.1 169.254.169.254 100.64.0.1 224.0.0.1 255.255.255.255
    ::1 :: fe80::1%eth0 fc00::1 ff02::1 ::ffff:127.0.0.1 ::ffff:10.0.0.1 64:ff9b::a00:1 2002:7f00:1::
    2001:db8::1""".split(),
)
def test_addresses_that_only_this_computer_reaches_are_not_public(address: str) -> None:
    assert not is_public(address)


@pytest.mark.parametrize("address", ["1.1.1.1", "8.8.8.8", "2606:4700:4700::1111", "64:ff9b::101:101"])
def test_addresses_that_everybody_reaches_are(address: str) -> None:
    assert is_public(address)


def test_sockets_are_of_the_kind_that_is_checked() -> None:
    """getaddrinfo's sockaddr begins with the address for both families (the `socket` module's documentation)."""
    for _, _, _, _, address in socket.getaddrinfo("127.0.0.1", 443, type=socket.SOCK_STREAM):
        assert address[0] == "127.0.0.1"
