"""Getting in and introducing oneself: login, SASL, ENABLE, ID, NOOP, and the raw command for everything else."""

from __future__ import annotations

import asyncio
import binascii
from collections.abc import Mapping
from contextlib import suppress
from typing import Any

from tuimail.errors import InsecureConnection, LoginRefused, RemoteError
from tuimail.net.client.answers import Reply
from tuimail.net.client.line import Line, kinds, told
from tuimail.net.session import refused
from tuimail.protocol.errors import LocalProtocolError
from tuimail.protocol.imap import commands
from tuimail.protocol.imap.commands import Command, Part
from tuimail.protocol.imap.responses import Capability, Continue, Enabled, Event, Id, Namespace, Tagged
from tuimail.protocol.imap.verbs import arguments
from tuimail.protocol.imap.verbs.arguments import Text
from tuimail.protocol.sasl.cram import CramMd5
from tuimail.protocol.sasl.mechanism import Credentials, Exchange, SaslTrouble
from tuimail.protocol.sasl.simple import Plain


class Access(Line):
    """The topic of being somebody."""

    async def login(self, user: str, password: str) -> None:
        """LOGIN (RFC 9051 §6.2.3). Raises InsecureConnection where others could listen, LoginRefused."""
        self._secret_may_be_said()
        if "LOGINDISABLED" in self.capabilities:
            raise LoginRefused(f"{self.host} takes no plain login.", "Use authenticate.")
        self.log.strike(password.encode())
        async with self.turn():
            answer = await self.say(commands.login(user, password), None)
        await self._logged_in(answer.done, user)

    async def login_plain(self, user: str, password: str, authorize_as: str = "") -> None:
        """SASL PLAIN (RFC 4616). authorize_as: whose mailbox to open, for administrators (imaplib's proxyauth)."""
        await self.authenticate(Plain(Credentials(user, password, authorize_as)))

    async def login_cram_md5(self, user: str, password: str) -> None:
        """SASL CRAM-MD5 (RFC 2195)."""
        await self.authenticate(CramMd5(Credentials(user, password)))

    async def authenticate(self, exchange: Exchange) -> None:
        """AUTHENTICATE (RFC 9051 §6.2.2) by any mechanism, in as many rounds as it takes.

        The initial response goes with the command where SASL-IR (RFC 4959) is offered. Raises InsecureConnection
        for a mechanism that says the secret itself where others could listen, LoginRefused, and SaslTrouble when the
        server does not prove what the mechanism asks of it.
        """
        if exchange.name in _PLAIN:
            self._secret_may_be_said()
        if exchange.who.secret:
            self.log.strike(exchange.who.secret.encode())
        first = exchange.first()
        initial = first if "SASL-IR" in self.capabilities else None
        later = first if initial is None else None
        challenges: asyncio.Queue[Continue] = asyncio.Queue()
        async with self.turn():
            self._flight = flight = self._driver.launch(
                commands.authenticate_in_dialogue(exchange.name, initial),
                want=kinds(Continue),
                take=lambda event: challenges.put_nowait(event) if isinstance(event, Continue) else None,
            )
            trouble: Exception | None = None
            while (challenge := await self._challenge(challenges)) is not None:
                answer: bytes | None = later
                if later is None and trouble is None:
                    try:
                        said = b"" if exchange.deaf else binascii.a2b_base64(challenge.text, strict_mode=True)
                        laborious = exchange.laborious
                        answer = await asyncio.to_thread(exchange.answer, said) if laborious else exchange.answer(said)
                    except (SaslTrouble, ValueError) as error:
                        trouble = error
                later = None
                self._driver.tell(commands.sasl_answer(answer))
            done = (await flight).done
        if trouble is not None:
            raise LoginRefused(f"{self.host} {trouble}.", "Nothing more was said.") from trouble
        await self._logged_in(done, exchange.who.user)
        exchange.finish()

    async def _challenge(self, challenges: asyncio.Queue[Continue]) -> Continue | None:
        """The next challenge, None when the command is complete."""
        assert self._flight is not None
        getting = asyncio.ensure_future(challenges.get())
        ends: list[asyncio.Future[Any]] = [getting, self._flight.landed]
        try:
            await asyncio.wait(ends, return_when=asyncio.FIRST_COMPLETED)
            return None if self._flight.landed.done() else getting.result()
        finally:
            getting.cancel()

    async def proxyauth(self, user: str) -> None:
        """PROXYAUTH, Sun's way to become another user after login. Elsewhere: `login_plain(…, authorize_as=user)`."""
        await self.run(Command("PROXYAUTH", (commands.astring(user.encode()),)))

    async def capability(self) -> frozenset[str]:
        """Ask what the server offers, upper case (RFC 9051 §6.1.1). `capabilities` knows it without asking."""
        await self.run(commands.capability(), kinds(Capability))
        return self.capabilities

    async def enable(self, *names: str) -> frozenset[str]:
        """ENABLE (RFC 5161); what it has switched on, upper case. Raises NotOffered.

        iCloud enables without saying so: then what was asked for counts.
        """
        self.need("ENABLE")
        wanted = arguments.words(names).decode().upper().split()
        answer = await self.run(commands.enable(*wanted), kinds(Enabled))
        said = told(answer, Enabled)
        names_on = frozenset(wanted) if not said else frozenset().union(*(enabled.names for enabled in said))
        self.enabled |= names_on
        return names_on

    async def id(self, fields: Mapping[str, str] | None = None) -> dict[str, str | None]:
        """ID (RFC 2971): who we are, and what the server says it is. Raises NotOffered."""
        self.need("ID")
        answer = await self.run(commands.id_(fields or {}), kinds(Id))
        return {
            key.decode("utf-8", "replace"): None if value is None else value.decode("utf-8", "replace")
            for event in told(answer, Id)
            for key, value in event.fields.items()
        }

    async def namespace(self) -> Namespace:
        """NAMESPACE (RFC 2342): (prefix, separator) pairs as sent. Raises NotOffered."""
        self.need("NAMESPACE")
        answer = await self.run(commands.namespace(), kinds(Namespace))
        return next(iter(told(answer, Namespace)), Namespace((), (), ()))

    async def noop(self) -> None:
        """NOOP (RFC 9051 §6.1.2): the server tells what is new; see `selected` and `heard`."""
        await self.run(commands.noop())

    async def raw(self, name: str, *arguments_: str | bytes | Text) -> Reply:
        """Any command (imaplib's xatom): words as they are, `Text` quoted or as a literal.

        Raises ServerRefused, and LocalProtocolError for words that could end the line. Commands that change the
        connection itself (STARTTLS, IDLE, AUTHENTICATE, COMPRESS, LOGOUT) are refused here.
        """
        if name.upper() in _OUR_OWN:
            raise LocalProtocolError(f"{name} is not a raw command")
        pieces: list[Part] = [
            arguments.text(one) if isinstance(one, Text) else arguments.verbatim(one) for one in arguments_
        ]
        verb = arguments.verbatim(name).decode()
        answer = await self.run(Command(verb, arguments.spaced(pieces)), lambda _: True)
        assert isinstance(answer.done, Tagged)
        return Reply(answer.done.text, answer.done.code, tuple(answer.told))

    # --- inside ----------------------------------------------------------------------------------

    def _secret_may_be_said(self) -> None:
        stream = self._driver.stream
        if not (stream.secure or stream.embedded or stream.loopback):
            raise InsecureConnection(f"The connection to {self.host} is not protected, so the password is not sent.")

    async def _logged_in(self, done: Event, user: str) -> None:
        assert isinstance(done, Tagged)
        if done.status != "OK":
            why = refused(self.host, done)
            said = why.sentence.removesuffix(".")
            raise LoginRefused(f"{said} ({user}).", "Check user and password.") from why
        if not self.capabilities:
            with suppress(RemoteError):
                await self.capability()


_PLAIN = frozenset(("PLAIN", "LOGIN", "XOAUTH2", "OAUTHBEARER"))
"""Mechanisms that say the secret itself."""
_OUR_OWN = frozenset(("STARTTLS", "IDLE", "DONE", "AUTHENTICATE", "COMPRESS", "LOGIN", "LOGOUT", "UNAUTHENTICATE"))
