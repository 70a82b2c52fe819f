"""Which mechanisms to try, the strongest first, given what is offered and what protects the line."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator

from tuimail.protocol.sasl.cram import CramMd5
from tuimail.protocol.sasl.mechanism import Credentials, Exchange
from tuimail.protocol.sasl.oauth import OAuthBearer, XOAuth2
from tuimail.protocol.sasl.scram import Binding, ScramSha1, ScramSha1Plus, ScramSha256, ScramSha256Plus
from tuimail.protocol.sasl.simple import Anonymous, External, Login, Plain
from tuimail.records import Record

TOKENS = ("OAUTHBEARER", "XOAUTH2")
PASSWORDS = (
    "SCRAM-SHA-256-PLUS",
    "SCRAM-SHA-1-PLUS",
    "SCRAM-SHA-256",
    "SCRAM-SHA-1",
    "PLAIN",
    "LOGIN",
)
"""Inside TLS. CRAM-MD5 comes behind them there, and before PLAIN where nothing protects the line."""


class Situation(Record):
    """What the choice depends on."""

    offered: frozenset[str]
    """Names of mechanisms, upper case."""
    protected: bool
    """Inside TLS, or to nobody outside this process."""
    token: bool = False
    """The secret is an OAuth token and no password."""
    certificate: bool = False
    """TLS has shown a certificate of ours."""
    binding: Binding | None = None
    wanted: str = "auto"
    """The one mechanism the user insists on, any case, or "auto"."""


def ladder(situation: Situation) -> list[str]:
    """Names to try one after another; empty when none will do. Never one that was not offered."""
    if situation.wanted != "auto":
        names: Iterable[str] = (situation.wanted.upper(),)
    elif situation.certificate:
        names = ("EXTERNAL", *TOKENS) if situation.token else ("EXTERNAL", *PASSWORDS, "CRAM-MD5")
    elif situation.token:
        names = TOKENS
    elif situation.protected:
        names = (*PASSWORDS, "CRAM-MD5")
    else:
        names = (*PASSWORDS[:4], "CRAM-MD5", *PASSWORDS[4:])
    return [name for name in names if name in situation.offered and (situation.binding or not name.endswith("-PLUS"))]


def begin(name: str, who: Credentials, situation: Situation) -> Exchange:
    """A fresh exchange. Raises LocalProtocolError when user or secret hold what this mechanism cannot say."""
    return _MECHANISMS[name](who, situation)


def mechanisms(capabilities: Iterable[str], prefix: str = "AUTH=") -> frozenset[str]:
    """The names in IMAP's AUTH=… capabilities; POP3 lists them bare behind SASL."""
    return frozenset(_names(capabilities, prefix))


def _names(capabilities: Iterable[str], prefix: str) -> Iterator[str]:
    for word in capabilities:
        if word.upper().startswith(prefix):
            yield word.upper().removeprefix(prefix)


def _bare(made: type[ScramSha1] | type[ScramSha256]) -> Callable[[Credentials, Situation], Exchange]:
    def start(who: Credentials, situation: Situation) -> Exchange:
        no_plus = not any(name.startswith("SCRAM-") and name.endswith("-PLUS") for name in situation.offered)
        return made(who, could_bind=situation.binding is not None and no_plus)

    return start


_MECHANISMS: dict[str, Callable[[Credentials, Situation], Exchange]] = {
    "EXTERNAL": lambda who, _: External(who),
    "OAUTHBEARER": lambda who, _: OAuthBearer(who),
    "XOAUTH2": lambda who, _: XOAuth2(who),
    "SCRAM-SHA-256-PLUS": lambda who, situation: ScramSha256Plus(who, situation.binding),
    "SCRAM-SHA-1-PLUS": lambda who, situation: ScramSha1Plus(who, situation.binding),
    "SCRAM-SHA-256": _bare(ScramSha256),
    "SCRAM-SHA-1": _bare(ScramSha1),
    "PLAIN": lambda who, _: Plain(who),
    "LOGIN": lambda who, _: Login(who),
    "CRAM-MD5": lambda who, _: CramMd5(who),
    "ANONYMOUS": lambda who, _: Anonymous(who),
}
