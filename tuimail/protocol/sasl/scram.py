"""SCRAM (RFC 5802, RFC 7677): the password never travels, and the server must prove that it knows it, too.

C: n,,n=user,r=fyko+d2l           client-first
S: r=fyko+d2l3rfcNHYJ,s=QSXC,i=4096   server-first: nonce, salt, rounds
C: c=biws,r=fyko+d2l3rfcNHYJ,p=v0X8   client-final: the proof
S: v=rmF9pqV8                     server-final: the server's signature
"""

from __future__ import annotations

import binascii
import hashlib
import hmac
import re
import secrets
from typing import ClassVar

from tuimail.protocol.errors import LocalProtocolError
from tuimail.protocol.sasl.mechanism import Credentials, Exchange, SaslTrouble
from tuimail.protocol.sasl.prep import saslprep
from tuimail.records import Record

MIN_ROUNDS, MAX_ROUNDS = 4096, 2_000_000
"""RFC 7677 §4 wants at least 4,096; two million hash for about a second."""
MAX_MESSAGE = 4096
"""Octets of a server message."""

_SERVER_FIRST = re.compile(r"r=([\x21-\x2b\x2d-\x7e]+),s=([A-Za-z0-9/+=]+),i=([1-9][0-9]{0,18})(?:,.*)?", re.DOTALL)
_TECHNICAL = frozenset(
    (
        "server-does-support-channel-binding",
        "channel-bindings-dont-match",
        "channel-binding-not-supported",
        "unsupported-channel-binding-type",
        "invalid-encoding",
        "extensions-not-supported",
        "invalid-username-encoding",
        "no-resources",
        "other-error",
    )
)
"""RFC 5802 §7 server-error-values that say nothing about the password."""


class Binding(Record):
    """What ties the login to this very TLS connection (RFC 5929, RFC 9266)."""

    kind: str
    """"tls-unique" or "tls-exporter"."""
    data: bytes


class Scram(Exchange):
    """The common part. binding: with one, the -PLUS variant.

    could_bind: we have a binding, but the server offers no -PLUS mechanism; it is told so, and finds out if somebody
    took the offer out. Raises LocalProtocolError for a name or password that SASLprep prohibits.
    """

    laborious = True
    hash: ClassVar[str]

    def __init__(
        self, who: Credentials, binding: Binding | None = None, *, could_bind: bool = False, nonce: str = ""
    ) -> None:
        super().__init__(who)
        self._password = saslprep(who.secret, "password").encode()
        if not self._password:
            raise LocalProtocolError("the password is empty")
        flag = f"p={binding.kind}" if binding else "y" if could_bind else "n"
        authzid = f"a={_escaped(who.authorize_as, 'user name')}" if who.authorize_as else ""
        self._gs2 = f"{flag},{authzid},"
        self._binding = self._gs2.encode() + (binding.data if binding else b"")
        self._nonce = nonce or secrets.token_urlsafe(24)
        self._bare = f"n={_escaped(who.user, 'user name')},r={self._nonce}"
        self._signature: bytes | None = None
        self._verified = False

    def first(self) -> bytes:
        return (self._gs2 + self._bare).encode()

    def answer(self, challenge: bytes) -> bytes:
        if len(challenge) > MAX_MESSAGE:
            raise SaslTrouble(f"sends a challenge of {len(challenge):,} octets")
        try:
            text = challenge.decode()
        except UnicodeDecodeError:
            raise SaslTrouble("sends a challenge that is not UTF-8") from None
        return self._final(text) if self._signature is None else self._verify(text)

    def finish(self) -> None:
        if not self._verified:
            raise SaslTrouble("lets us in without proving that it knows the password")

    @property
    def technical(self) -> bool:
        """The server's complaint is about the mechanism and not about the password."""
        return self.complaint in _TECHNICAL

    def _final(self, server_first: str) -> bytes:
        found = _SERVER_FIRST.fullmatch(server_first)
        if not found:
            raise SaslTrouble(f"does not speak {self.name} as it is written")
        nonce, rounds = found[1], int(found[3])
        if not nonce.startswith(self._nonce) or len(nonce) == len(self._nonce):
            raise SaslTrouble("answers somebody else's question")
        if not MIN_ROUNDS <= rounds <= MAX_ROUNDS:
            much = "more than anybody's patience" if rounds > MAX_ROUNDS else "too few to be safe"
            raise SaslTrouble(f"wants the password hashed {rounds:,} times, {much}")
        try:
            salt = binascii.a2b_base64(found[2], strict_mode=True)
        except binascii.Error:
            raise SaslTrouble(f"does not speak {self.name} as it is written") from None
        salted = hashlib.pbkdf2_hmac(self.hash, self._password, salt, rounds)
        binding = binascii.b2a_base64(self._binding, newline=False).decode()
        without_proof = f"c={binding},r={nonce}"
        said = f"{self._bare},{server_first},{without_proof}".encode()
        client_key = self._hmac(salted, b"Client Key")
        client_signature = self._hmac(hashlib.new(self.hash, client_key).digest(), said)
        proof = bytes(a ^ b for a, b in zip(client_key, client_signature, strict=True))
        self._signature = self._hmac(self._hmac(salted, b"Server Key"), said)
        self.proved = True
        return f"{without_proof},p={binascii.b2a_base64(proof, newline=False).decode()}".encode()

    def _verify(self, server_final: str) -> bytes:
        kind, value = server_final[:2], server_final[2:].partition(",")[0]
        if kind == "e=":
            self.complaint = value
            return b""
        try:
            signature = binascii.a2b_base64(value)
        except binascii.Error:
            signature = b""
        if self._verified or kind != "v=" or not hmac.compare_digest(signature, self._signature or b""):
            raise SaslTrouble("does not know the password it is supposed to check")
        self._verified = True
        return b""

    def _hmac(self, key: bytes, message: bytes) -> bytes:
        return hmac.digest(key, message, self.hash)


class ScramSha1(Scram):
    """RFC 5802."""

    name = "SCRAM-SHA-1"
    hash = "sha1"


class ScramSha1Plus(ScramSha1):
    """With channel binding."""

    name = "SCRAM-SHA-1-PLUS"


class ScramSha256(Scram):
    """RFC 7677."""

    name = "SCRAM-SHA-256"
    hash = "sha256"


class ScramSha256Plus(ScramSha256):
    """With channel binding."""

    name = "SCRAM-SHA-256-PLUS"


def _escaped(name: str, what: str) -> str:
    """RFC 5802 §5.1: the characters "," or "=" in usernames are sent as "=2C" and "=3D" respectively."""
    return saslprep(name, what).replace("=", "=3D").replace(",", "=2C")
