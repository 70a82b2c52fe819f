"""How bytes travel: TCP, TLS and STARTTLS as write, receive and close. The only sockets of the house.

A Stream is an asyncio.Protocol, not a StreamReader: no line limit, no await per line, and reading
stops exactly when the receiver says so. Whoever owns it attaches a Receiver; until then nothing
is read, so no byte can slip past a TLS handshake.
"""

from __future__ import annotations

import asyncio
import contextlib
import ipaddress
import socket
import ssl
from collections.abc import Callable
from typing import Any, Protocol

from tuimail.errors import Unreachable
from tuimail.net import tls
from tuimail.net.tls import Trust
from tuimail.protocol.sasl.scram import Binding

CONNECT_SECONDS = 15.0
"""For name, TCP and TLS each."""
_CLOSE_SECONDS = 1.0
TRUST_SYSTEM = Trust()
_KEEPALIVE = (("TCP_KEEPIDLE", 60), ("TCP_KEEPINTVL", 30), ("TCP_KEEPCNT", 4), ("TCP_USER_TIMEOUT", 90_000))
"""A peer that vanished is noticed after about three minutes of silence, where the system can."""


class Receiver(Protocol):
    """Who gets the bytes. Both are called on the event loop and must not raise."""

    def received(self, data: bytes) -> None:
        """At most 256 KiB, never empty."""

    def lost(self, error: Exception | None) -> None:
        """The connection is over; None: the other side closed it in order. Called once."""


class Stream(asyncio.Protocol):
    """One connection. Made by `dial` or `Stream.over`."""

    def __init__(self, host: str) -> None:
        self.host = host
        """As asked for: certificates are checked against it, errors name it."""
        self.secure = False
        """Inside verified TLS."""
        self._inside: ssl.SSLObject | None = None
        self.embedded = False
        """The other end lives in this very process (a socket pair), so there is nobody between."""
        self._transport: asyncio.Transport | None = None
        self._below: asyncio.Transport | None = None
        """What carries the octets; with TLS another one than `_transport`."""
        self._receiver: Receiver | None = None
        self._closed: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._early = b""

    @classmethod
    async def over(cls, ready: socket.socket, host: str = "this computer") -> Stream:
        """A stream over one end of a socket pair whose other end this process serves."""
        stream = cls(host)
        stream.embedded = True
        await asyncio.get_running_loop().create_connection(lambda: stream, sock=ready)
        return stream

    @property
    def loopback(self) -> bool:
        """The peer is this machine, judged by its address and not by its name."""
        if self.embedded or self._transport is None:
            return self.embedded
        peer = self._transport.get_extra_info("peername")
        try:
            return ipaddress.ip_address(peer[0].partition("%")[0]).is_loopback
        except (ValueError, TypeError, IndexError):
            return False

    @property
    def tls(self) -> str:
        """ "TLSv1.3, TLS_AES_256_GCM_SHA384"; "" without TLS."""
        cipher = self._inside.cipher() if self._inside is not None else None
        return f"{self._inside.version()}, {cipher[0]}" if self._inside is not None and cipher else ""

    @property
    def certificate(self) -> tuple[tuple[str, str], ...]:
        """The server's certificate for people, as `tls.describe` tells it; empty without TLS."""
        return tls.certificate_of(self._inside) if self._inside is not None else ()

    @property
    def binding(self) -> Binding | None:
        """What ties a login to this very connection (RFC 5802 §6)."""
        return tls.binding_of(self._inside) if self._inside is not None else None

    @property
    def unsent(self) -> int:
        """Octets that were written and that the system has not taken yet."""
        if self._transport is None or self._transport.is_closing():
            return 0
        return sum(one.get_write_buffer_size() for one in {self._transport, self._below} if one is not None)

    @property
    def closed(self) -> bool:
        return self._closed.done()

    def attach(self, receiver: Receiver) -> None:
        """Start reading into `receiver`."""
        self._receiver = receiver
        if self._early:
            early, self._early = self._early, b""
            receiver.received(early)
        if self.closed:
            receiver.lost(None)
        else:
            self.resume()

    def write(self, data: bytes) -> None:
        """Send; a connection already lost swallows it (the receiver hears of the loss)."""
        if self._transport is not None and not self._transport.is_closing():
            self._transport.write(data)

    def pause(self) -> None:
        """Take nothing from the line until `resume`; the peer feels it through TCP."""
        if self._transport is not None and not self._transport.is_closing():
            self._transport.pause_reading()

    def resume(self) -> None:
        """Go on after `pause`."""
        if self._transport is not None and not self._transport.is_closing():  # asyncio's TLS minds being asked then
            self._transport.resume_reading()

    async def start_tls(self, trust: Trust = TRUST_SYSTEM) -> None:
        """Handshake and verify the certificate. The caller has made sure that no byte was received before.

        Raises CertificateRefused, InsecureConnection (version), Unreachable (silence), ConnectionLost. After
        any of them the stream is closed.
        """
        assert self._transport is not None
        try:
            async with asyncio.timeout(CONNECT_SECONDS):
                context = await asyncio.to_thread(tls.context, trust)
                over = await asyncio.get_running_loop().start_tls(
                    self._transport, self, context, server_hostname=self.host, ssl_shutdown_timeout=_CLOSE_SECONDS
                )
            if over is None:
                raise ConnectionResetError
            line = over.get_extra_info("ssl_object")
            tls.check_pin(trust, line, self.host)
        except BaseException as error:
            self.abort()
            self.connection_lost(None)  # asyncio does not tell of a connection that dies in the handshake
            if isinstance(error, (ssl.SSLError, OSError)):
                raise tls.in_words(error, self.host, trust.ca_file) from error
            raise
        self._transport = over
        self._inside = line
        self.secure = not trust.nobody
        if self._receiver is None:
            self.pause()

    async def close(self) -> None:
        """Close in order, within a second or else at once. Never raises."""
        if self._transport is not None and not self.closed:
            self._transport.close()
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(_CLOSE_SECONDS):
                    await asyncio.shield(self._closed)
        self.abort()

    def abort(self) -> None:
        """Close at once and forget what was not yet sent."""
        if self._transport is not None:
            self._transport.abort()

    # --- asyncio.Protocol ------------------------------------------------------------------

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        transport.pause_reading()
        self._transport = self._below = transport

    def data_received(self, data: bytes) -> None:
        if self._receiver is None:  # came with the end of the handshake
            self._early += data
        else:
            self._receiver.received(data)

    def connection_lost(self, error: Exception | None) -> None:
        if not self._closed.done():
            self._closed.set_result(None)
            if self._receiver is not None:
                self._receiver.lost(error)


async def dial(
    host: str, port: int, *, trust: Trust | None = TRUST_SYSTEM, allowed: Callable[[str], bool] = lambda address: True
) -> Stream:
    """Connect, with TLS from the first byte unless `trust` is None.

    Addresses race each other after 250 ms (RFC 8305); of a name's addresses only those `allowed` take part.
    Raises Unreachable, InsecureConnection, ConnectionLost.
    """
    loop = asyncio.get_running_loop()
    stream = Stream(host)
    preparing = asyncio.ensure_future(asyncio.to_thread(tls.context, trust)) if trust else None
    try:
        try:
            async with asyncio.timeout(CONNECT_SECONDS):
                line = await _race(host, port, allowed)
                transport, _ = await loop.create_connection(lambda: stream, sock=line)
        finally:
            if preparing is not None:  # its trouble, if any, is told by start_tls
                await asyncio.wait([preparing])
                preparing.exception()
        _tune(transport.get_extra_info("socket"))
        if trust:
            await stream.start_tls(trust)
    except OSError as error:
        raise _unreachable(error, host, port) from error
    except BaseException:
        stream.abort()  # who gives up while the certificates are read has a connection already
        raise
    return stream


async def _race(host: str, port: int, allowed: Callable[[str], bool]) -> socket.socket:
    """The first address that answers, a new one tried every 250 ms (RFC 8305). Raises OSError when none does.

    Our own, because asyncio's race loses the winner's socket when it is cancelled just then (CPython 3.11).
    """
    loop = asyncio.get_running_loop()
    found = [one for one in await loop.getaddrinfo(host, port, type=socket.SOCK_STREAM) if allowed(str(one[4][0]))]
    tries: list[asyncio.Task[socket.socket]] = []
    winner: asyncio.Task[socket.socket] | None = None
    try:
        for family, *_, address in found:
            tries.append(loop.create_task(_reach(family, address)))
            last = len(tries) == len(found)
            while winner is None and (under_way := [one for one in tries if not one.done()]):
                await asyncio.wait(under_way, timeout=None if last else 0.25, return_when=asyncio.FIRST_COMPLETED)
                winner = next((one for one in tries if one.done() and one.exception() is None), None)
                if not last:
                    break
            if winner is not None:
                return winner.result()
        raise (tries[0].exception() if tries else None) or OSError("no address that may be asked")
    finally:
        for one in tries:
            one.cancel()
            one.add_done_callback(lambda one: None if one is winner else _let_go(one))


async def _reach(family: int, address: Any) -> socket.socket:
    line = socket.socket(family, socket.SOCK_STREAM)
    try:
        line.setblocking(False)
        await asyncio.get_running_loop().sock_connect(line, address)
    except BaseException:
        line.close()
        raise
    return line


def _let_go(attempt: asyncio.Task[socket.socket]) -> None:
    if not attempt.cancelled() and attempt.exception() is None:
        attempt.result().close()


def _tune(line: socket.socket) -> None:
    """No Nagle, and keep-alive, where the system has them."""
    wanted = [(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1), (socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)]
    wanted += [(socket.IPPROTO_TCP, getattr(socket, name), to) for name, to in _KEEPALIVE if hasattr(socket, name)]
    for level, option, to in wanted:
        with contextlib.suppress(OSError):
            line.setsockopt(level, option, to)


def _unreachable(error: OSError, host: str, port: int) -> Unreachable:
    match error:
        case socket.gaierror():
            return Unreachable(f"The name {host} is not known.", "Check the server's name and your network.")
        case TimeoutError():
            return Unreachable(
                f"{host} did not answer within {CONNECT_SECONDS:.0f} s.", "Check your network and the port."
            )
        case ConnectionRefusedError():
            return Unreachable(
                f"{host} takes no connections on port {port}.", "Is the server running, and is that its port?"
            )
    return Unreachable(f"{host}, port {port}, cannot be reached: {error.strerror or error}.", "Check your network.")
