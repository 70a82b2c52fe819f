"""ImapClient: every topic over one connection, and the ways to get one."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Self

from tuimail.errors import Unreachable
from tuimail.model import Account
from tuimail.net.client.access import Access
from tuimail.net.client.mailboxes import Mailboxes
from tuimail.net.client.messages import Messages
from tuimail.net.client.searching import Searching
from tuimail.net.client.sharing import Sharing
from tuimail.net.client.watching import Watching
from tuimail.net.driver import SILENCE_SECONDS, Driver
from tuimail.net.login import GREETING_SECONDS, Dial, Password, dial_account, open_session
from tuimail.net.pipe import over_command
from tuimail.net.session import ImapDriver, tag_of
from tuimail.net.stream import Stream
from tuimail.net.wirelog import WireLog
from tuimail.net.wording import printable
from tuimail.protocol.imap.connection import ImapMachine
from tuimail.protocol.imap.responses import Event, Greeting


class ImapClient(Access, Mailboxes, Messages, Searching, Sharing, Watching):
    """A connection to an IMAP server; an async context, left with LOGOUT. See `tuimail.net.client`."""

    @classmethod
    async def connect(
        cls,
        account: Account,
        password: Password,
        *,
        dial: Dial = dial_account,
        log: WireLog | None = None,
        silence: float = SILENCE_SECONDS,
    ) -> Self:
        """Connect, protect and log in, as the mail reader does.

        account.security: TLS from the first byte (the default), STARTTLS, or PLAIN to this machine. password: an async
        function, asked while the connection is being made. silence: seconds without an octet that a command bears.
        Raises Unreachable, InsecureConnection, LoginRefused, ConnectionLost, ProtocolTrouble, and what `password`
        raises.
        """
        session = await open_session(account, password, dial=dial, log=log, silence=silence)
        client = cls(session.driver, session.machine, account.host)
        session.overhears = client.hear
        return client

    @classmethod
    async def over(cls, stream: Stream, *, log: WireLog | None = None, silence: float = SILENCE_SECONDS) -> Self:
        """Over a stream that is there already: wait for the greeting, know the capabilities, and nothing more.

        Then `login` or `authenticate`; after a PREAUTH greeting, which is believed on an embedded stream only, neither.
        Raises Unreachable (BYE, or PREAUTH from anywhere else), ConnectionLost, ProtocolTrouble.
        """
        machine = ImapMachine()
        heard: list[Callable[[Event, bool], None]] = []

        def hear(event: Event, asked: bool) -> None:
            for listen in heard:
                listen(event, asked)

        driver: ImapDriver = Driver(
            machine,
            stream,
            tag_of=tag_of,
            unasked=hear,
            shown=lambda: machine.sent_for_log,
            log=log,
            silence=silence,
        )
        client = cls(driver, machine, stream.host)
        heard.append(client.hear)
        try:
            greeting = await driver.event(lambda event: isinstance(event, Greeting), GREETING_SECONDS, "its greeting")
            assert isinstance(greeting, Greeting)
            if greeting.status == "BYE":
                raise Unreachable(f"{stream.host} turns us away: {printable(greeting.text)}.", "Try again later.")
            if greeting.status == "PREAUTH" and not stream.embedded:
                raise Unreachable(
                    f"{stream.host} says we are logged in before we said who we are.", "Nothing was sent."
                )
            client.greeting = greeting
            if not client.capabilities:
                await client.capability()
        except BaseException:
            stream.abort()
            await stream.close()  # a command is over only when its process was waited for
            raise
        return client

    @classmethod
    async def from_command(cls, argv: Sequence[str], *, log: WireLog | None = None) -> Self:
        """Over a command that speaks IMAP on its standard input and output, `["ssh", "host", "imapd"]`.

        A PREAUTH greeting is believed: whoever started the command has logged in. Raises Unreachable when the
        command cannot be started or says nothing, ConnectionLost.
        """
        return await cls.over(await over_command(argv), log=log)
