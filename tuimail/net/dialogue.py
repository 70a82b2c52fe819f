"""A SASL exchange over a driver, from its first word to the server's verdict: the same for IMAP and POP3."""

from __future__ import annotations

import asyncio
import binascii
import contextlib
from collections.abc import Callable
from typing import Protocol, TypeVar

from tuimail.errors import InsecureConnection, RemoteError
from tuimail.net.driver import Flight
from tuimail.protocol.errors import LocalProtocolError
from tuimail.protocol.sasl.mechanism import Exchange, SaslTrouble

E = TypeVar("E")


class Dialogue(Protocol[E]):
    """How a protocol carries an exchange."""

    def fits(self, first: bytes) -> bool:
        """Can the client's first word travel with the command?"""

    def begin(self, first: bytes | None, hear: Callable[[str], None]) -> Flight[E]:
        """Send the command; `hear` gets each challenge as it stands on the wire."""

    def tell(self, answer: bytes | None) -> None:
        """Answer a challenge; None breaks the exchange off. Raises LocalProtocolError, RemoteError."""

    def accepted(self, done: E) -> bool:
        """Has the server let us in?"""


async def converse(dialogue: Dialogue[E], exchange: Exchange, host: str) -> E:
    """The server's verdict. Raises InsecureConnection where the server did not prove what it has to."""
    first = exchange.first()
    told_at_once = first is not None and dialogue.fits(first)
    challenges: asyncio.Queue[str | None] = asyncio.Queue()
    flight = dialogue.begin(first if told_at_once else None, challenges.put_nowait)
    flight.landed.add_done_callback(lambda _: challenges.put_nowait(None))
    trouble: SaslTrouble | None = None
    waiting = first if not told_at_once else None
    while (challenge := await challenges.get()) is not None:
        answer = None
        if trouble is None:
            try:
                if waiting is not None:  # the server has only asked us to begin
                    answer, waiting = waiting, None
                else:
                    answer = await _worked_out(exchange, challenge)
            except SaslTrouble as error:
                trouble = error
        with contextlib.suppress(LocalProtocolError, RemoteError):  # over meanwhile: the flight tells
            dialogue.tell(answer)
    done, _ = await flight
    if dialogue.accepted(done) and trouble is None:
        try:
            exchange.finish()
        except SaslTrouble as error:
            trouble = error
    if trouble is not None:
        raise InsecureConnection(
            f"{host} {trouble}, so the login was broken off.",
            "The password was not given away. If the server is your own, set auth = “plain” for it in config.toml.",
        ) from trouble
    return done


async def _worked_out(exchange: Exchange, challenge: str) -> bytes:
    """The answer to a challenge in base64. Raises SaslTrouble."""
    if exchange.deaf:
        return exchange.answer(b"")
    try:
        octets = binascii.a2b_base64(challenge, strict_mode=True)
    except ValueError:
        raise SaslTrouble("sends a challenge that cannot be read") from None
    if exchange.laborious:
        return await asyncio.to_thread(exchange.answer, octets)
    return exchange.answer(octets)
