"""What a POP3 server can do, read from CAPA behind the login."""

from __future__ import annotations

from tuimail.protocol.pop3.responses import Capabilities
from tuimail.records import Record, field


class PopAbilities(Record):
    """capabilities: as advertised; empty where CAPA is not known (then all the rest is a guess at an old server)."""

    capabilities: Capabilities = field(default_factory=dict)
    pipelining: bool = False
    top: bool = True
    """TOP is offered, or nothing is known about it; whether it works is found out (`PopSession.tops`)."""
    uidl: bool = True
    login_delay: int | None = None
    """Seconds between two logins (RFC 2449 §6.5); None: not said."""
    expire: int | None = None
    """Days the server keeps what has been read (RFC 2449 §6.7), 0: none; None: for ever, or not said."""
    utf8: bool = False
    """RFC 6856."""
    implementation: str = ""
    """As sent: clean it before it is shown."""


def abilities_of(capabilities: Capabilities) -> PopAbilities:
    """What may be used of these capabilities."""
    return PopAbilities(
        capabilities,
        pipelining="PIPELINING" in capabilities,
        top=not capabilities or "TOP" in capabilities,
        uidl=not capabilities or "UIDL" in capabilities,
        login_delay=_number(capabilities, "LOGIN-DELAY"),
        expire=_number(capabilities, "EXPIRE"),
        utf8="UTF8" in capabilities,
        implementation=" ".join(capabilities.get("IMPLEMENTATION", ())),
    )


def _number(capabilities: Capabilities, name: str) -> int | None:
    word = next(iter(capabilities.get(name, ())), "")
    return int(word) if word.isascii() and word.isdigit() and len(word) <= 9 else None
