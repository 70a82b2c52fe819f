"""Where a password comes from: the account's own command, its URL, the keyring, the person; in this order, once."""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Awaitable, Callable, Mapping

from tuimail.accounts import keychain
from tuimail.errors import SecretUnavailable
from tuimail.model import Account
from tuimail.processes import end

COMMAND_TIMEOUT = 30.0
"""Seconds a password command may take, a passphrase dialog of its own included."""

_QUESTIONS = 3
Asker = Callable[[Account, str], Awaitable[str | None]]
"""Asks the person for the account's password, with what was wrong with the last one ("": nothing); None: declined."""


class Secret:
    """A password that does not show itself: str(), repr(), format() and % all give dots."""

    __slots__ = ("_value",)

    def __init__(self, value: str) -> None:
        self._value = value

    def reveal(self) -> str:
        """The password itself."""
        return self._value

    def __str__(self) -> str:
        return "•••"

    __repr__ = __str__


class Secrets:
    """Called with an account, gives its password; what was found is kept in memory until forgotten.

    from_urls: account name → password that stood in its URL. asker: who asks the person; None: nobody can.
    on_secret: told each (password, user) before anyone else sees it, so that logs can strike it out.
    """

    def __init__(
        self,
        from_urls: Mapping[str, str] | None = None,
        asker: Asker | None = None,
        on_secret: Callable[[str, str], None] | None = None,
    ) -> None:
        self._from_urls = {name: Secret(password) for name, password in (from_urls or {}).items()}
        self._asker = asker
        self._on_secret = on_secret
        self._known: dict[str, Secret] = {}
        self._refused: dict[str, set[bytes]] = {}
        """By account: digests of what its server did not accept, for the life of the process."""
        self._complaints: dict[str, str] = {}
        self._locks: dict[str, asyncio.Lock] = {}

    async def __call__(self, account: Account) -> str:
        """The password, or for an account with a token command an access token that has just been made.

        Several connections asking at once make one question. Raises SecretUnavailable with the reason and what to do.
        """
        async with self._locks.setdefault(account.name, asyncio.Lock()):
            known = self._known.get(account.name)
            if known is None or account.token_command:
                known = self._known[account.name] = Secret(await self._find(account))
                if self._on_secret:
                    self._on_secret(known.reveal(), account.user)
            return known.reveal()

    def forget(self, account: Account, complaint: str = "The server refused that password.") -> None:
        """The password was refused: the next call looks anew, and the same one is never given again."""
        if known := self._known.pop(account.name, None):
            self._refused.setdefault(account.name, set()).add(_digest(known.reveal()))
            self._complaints[account.name] = complaint

    async def _find(self, account: Account) -> str:
        refused = self._refused.get(account.name, set())
        complaint = self._complaints.get(account.name, "")
        if account.token_command or account.password_command:
            kind = "token" if account.token_command else "password"
            given = await from_command(account)
            if _digest(given) in refused:
                raise SecretUnavailable(
                    f"The {kind} command of {account.name} still gives the {kind} that the server refused.",
                    f"Correct what it prints, or {kind}_command in config.toml, and sync again.",
                )
            return given
        in_url = self._from_urls.get(account.name)
        if in_url and _digest(in_url.reveal()) not in refused:
            return in_url.reveal()
        try:
            stored = await keychain.read(account)
            reason = "The keyring holds none."
        except keychain.NoKeyring as error:
            stored, reason = None, error.sentence
        if stored and _digest(stored) not in refused:
            return stored
        if self._asker is None:
            raise SecretUnavailable(
                f"No password for {account.name}. {complaint or reason}",
                "Use --password-command, or set password_command in config.toml.",
            )
        for _ in range(_QUESTIONS):
            answer = await self._asker(account, complaint)
            if not answer:
                raise SecretUnavailable(f"No password for {account.name} was given.", "Sync again to be asked again.")
            if _digest(answer) not in refused:
                return answer
            complaint = "That is the password the server has refused already."
        raise SecretUnavailable(f"{complaint} It was not sent again.", "Sync again to be asked again.")


def _digest(secret: str) -> bytes:
    return hashlib.sha256(secret.encode()).digest()


async def from_command(account: Account, *, timeout: float = COMMAND_TIMEOUT) -> str:
    """The first line the account's token or password command prints. No shell runs; its complaints are shown.

    The command gets a process group of its own: it cannot read the terminal (the screen is there), and all it
    started ends with it. Raises SecretUnavailable.
    """
    kind = "token" if account.token_command else "password"
    command = account.token_command or account.password_command
    program = _visible(command[0])
    try:
        process = await asyncio.create_subprocess_exec(
            *command,
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
            process_group=0,
        )
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) else "its words hold a NUL"
        raise SecretUnavailable(
            f"The {kind} command of {account.name} cannot be run: {program}: {reason}.", f"Check {kind}_command."
        ) from error
    try:
        async with asyncio.timeout(timeout):  # wait_for of 3.11 may swallow a cancellation
            output, complaints = await process.communicate()
    except TimeoutError as error:
        raise SecretUnavailable(
            f"The {kind} command of {account.name} ({program}) did not finish within {timeout:.0f} s.",
            "It may be waiting for a question on the terminal, where it cannot be answered.",
        ) from error
    finally:
        await end(process)
    if process.returncode:
        said = _visible(complaints.decode(errors="replace").strip())[:200]
        raise SecretUnavailable(
            f"The {kind} command of {account.name} failed: {program}: exit code {process.returncode}"
            f"{said and ': ' + said}",
            "Run it by hand to see why.",
        )
    try:
        password = output.decode().split("\n", 1)[0].removesuffix("\r")
    except UnicodeDecodeError as error:
        raise SecretUnavailable(f"The {kind} command of {account.name} did not print UTF-8.") from error
    if not password:
        raise SecretUnavailable(f"The {kind} command of {account.name} ({program}) printed nothing.")
    return password


def _visible(text: str) -> str:
    """One line without anything that could steer a terminal."""
    return "".join(char if char.isprintable() else " " for char in text)
