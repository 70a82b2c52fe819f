"""What every mechanism is: a conversation of a few octets, without any idea how they travel."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import ClassVar


@dataclass(frozen=True, slots=True)
class Credentials:
    """Who we say we are, and what proves it."""

    user: str
    secret: str = field(default="", repr=False)
    """Password or OAuth 2 access token."""
    authorize_as: str = ""
    """Whose mailbox to open (authzid); "": our own."""
    host: str = ""
    port: int = 0


class SaslTrouble(Exception):
    """The server's side of the conversation breaks the rules or the trust. The sentence is fit for people."""


class Exchange:
    """One attempt to log in by one mechanism; used once.

    `first` gives what we say before the server has said anything, None where it speaks first. Then `answer` each
    challenge. When the server says it is content, `finish`.
    """

    name: ClassVar[str]
    """As registered with IANA."""
    laborious: ClassVar[bool] = False
    """`answer` may hash for a while: call it in a thread."""
    deaf: ClassVar[bool] = False
    """What the server asks means nothing: it need not even be base64."""

    def __init__(self, who: Credentials) -> None:
        self.who = who
        self.proved = False
        """Something made from the secret has been given out: a NO from now on means that it is wrong."""
        self.complaint = ""
        """What the server said against us inside the mechanism, as sent."""

    def first(self) -> bytes | None:
        """The initial response."""
        return None

    def answer(self, challenge: bytes) -> bytes:
        """The answer. Raises SaslTrouble: cancel, and do not believe this server."""
        raise SaslTrouble(f"asks one question too many for {self.name}")

    def finish(self) -> None:
        """The server says that we are in. Raises SaslTrouble when it has not proved that it knows us."""
