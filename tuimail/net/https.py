"""Fetching one file by https for a mail, without helping anybody to reach what only this computer can reach.

Only https, only public addresses (checked on the very address that is then connected to, so that a name cannot change
in between), only a few redirections, each checked the same way; within limits of size and time.
"""

from __future__ import annotations

import asyncio
import ipaddress
from collections.abc import Callable
from urllib.parse import urljoin, urlsplit

from tuimail.errors import PictureRefused, RemoteError
from tuimail.net.stream import TRUST_SYSTEM, dial
from tuimail.net.tls import Trust
from tuimail.net.wording import printable
from tuimail.protocol.http import Answer, request

SECONDS = 15.0
"""For all of it."""
REDIRECTIONS = 3
LONGEST = 4_000


def is_public(address: str) -> bool:
    """Not of this computer, this network or any special use; also when an IPv4 address is dressed up as IPv6."""
    ip = ipaddress.ip_address(address.partition("%")[0])
    if isinstance(ip, ipaddress.IPv6Address):
        inner = ip.ipv4_mapped or ip.sixtofour or (ip.teredo[1] if ip.teredo else None)
        if inner is not None:
            return is_public(str(inner))
        if ip in _NAT64:
            return is_public(str(ipaddress.IPv4Address(int(ip) & 0xFFFFFFFF)))
    return ip.is_global and not ip.is_multicast


_NAT64 = ipaddress.IPv6Network("64:ff9b::/96")


async def get(url: str, most: int, *, trust: Trust = TRUST_SYSTEM, allowed: Callable[[str], bool] = is_public) -> bytes:
    """What the URL holds, of at most `most` octets. Raises PictureRefused."""
    try:
        async with asyncio.timeout(SECONDS):
            for _ in range(REDIRECTIONS + 1):
                host, port = _target(url)
                answer = await _ask(host, port, url, most, trust, allowed)
                if answer.status == 200:
                    return answer.body
                if answer.status not in (301, 302, 303, 307, 308) or not answer.location:
                    raise PictureRefused(f"{printable(host)} does not give this picture ({answer.status}).")
                url = urljoin(url, answer.location)
    except TimeoutError as error:
        raise PictureRefused("This picture did not come in time.") from error
    except RemoteError as error:
        raise PictureRefused(error.sentence) from error
    except ValueError as error:
        raise PictureRefused(f"This picture could not be fetched: {error}.") from error
    raise PictureRefused("This picture is sent from place to place; nobody followed it further.")


def _target(url: str) -> tuple[str, int]:
    """Raises ValueError for what is not asked."""
    parts = urlsplit(url)
    if parts.scheme != "https" or not parts.hostname or len(url) > LONGEST:
        raise ValueError("it leads away from https")
    if parts.username is not None or parts.password is not None:
        raise ValueError("its address holds a name or a password")
    return parts.hostname, parts.port or 443


async def _ask(host: str, port: int, url: str, most: int, trust: Trust, allowed: Callable[[str], bool]) -> Answer:
    question = request(url)
    stream = await dial(host, port, trust=trust, allowed=allowed)
    try:
        heard = _Heard(Answer(most))
        stream.attach(heard)
        stream.write(question)
        return await heard.whole
    finally:
        stream.abort()


class _Heard:
    """Receives an answer."""

    def __init__(self, answer: Answer) -> None:
        self._answer = answer
        self.whole: asyncio.Future[Answer] = asyncio.get_running_loop().create_future()

    def received(self, data: bytes) -> None:
        self._try(lambda: self._answer.feed(data))

    def lost(self, error: Exception | None) -> None:
        self._try(self._answer.end)

    def _try(self, step: Callable[[], None]) -> None:
        if self.whole.done():
            return
        try:
            step()
        except ValueError as error:
            self.whole.set_exception(error)
        else:
            if self._answer.done:
                self.whole.set_result(self._answer)
