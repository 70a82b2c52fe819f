"""Mechanisms of one word: the secret itself, a certificate shown already, or nobody at all."""

from __future__ import annotations

from tuimail.protocol.errors import LocalProtocolError
from tuimail.protocol.sasl.mechanism import Credentials, Exchange
from tuimail.protocol.sasl.prep import saslprep


class Plain(Exchange):
    """RFC 4616: message = [authzid] UTF8NUL authcid UTF8NUL passwd

    Not SASLprepped, though §2 says SHOULD: servers compare octets, and what they stored was typed as it is.
    Raises LocalProtocolError for a NUL in any of the three.
    """

    name = "PLAIN"

    def __init__(self, who: Credentials) -> None:
        super().__init__(who)
        if "\0" in who.authorize_as + who.user + who.secret:
            raise LocalProtocolError("a NUL in a user name or password")

    def first(self) -> bytes:
        self.proved = True
        return "\0".join((self.who.authorize_as, self.who.user, self.who.secret)).encode()


class Login(Exchange):
    """draft-murchison-sasl-login: two prompts, whose words differ from server to server and mean nothing."""

    name = "LOGIN"
    deaf = True

    def __init__(self, who: Credentials) -> None:
        super().__init__(who)
        self._words = [who.secret.encode(), who.user.encode()]

    def answer(self, challenge: bytes) -> bytes:
        if not self._words:
            return super().answer(challenge)
        self.proved = len(self._words) == 1
        return self._words.pop()


class External(Exchange):
    """RFC 4422 appendix A: the TLS client certificate says who we are; we say at most who we want to be."""

    name = "EXTERNAL"

    def first(self) -> bytes:
        self.proved = True
        return self.who.authorize_as.encode()


class Anonymous(Exchange):
    """RFC 4505: for public archives; the trace is the user name, which may be anything."""

    name = "ANONYMOUS"

    def first(self) -> bytes:
        return saslprep(self.who.user, "user name")[:255].encode()
