"""Access tokens: OAUTHBEARER (RFC 7628) and what Google and Microsoft spoke before it, XOAUTH2."""

from __future__ import annotations

import json

from tuimail.protocol.errors import LocalProtocolError
from tuimail.protocol.sasl.mechanism import Credentials, Exchange


class _Token(Exchange):
    """The token goes first; a challenge means that it was refused and why, and wants an empty word before the NO."""

    _thanks = b""

    def __init__(self, who: Credentials) -> None:
        super().__init__(who)
        if "\1" in who.user + who.secret + who.authorize_as or not who.secret.isascii():
            raise LocalProtocolError("the token holds a character that cannot be one of a token")

    def answer(self, challenge: bytes) -> bytes:
        if self.complaint:
            return super().answer(challenge)
        self.complaint = challenge.decode("utf-8", "replace") or "no reason given"
        return self._thanks


class XOAuth2(_Token):
    """https://developers.google.com/gmail/imap/xoauth2-protocol; the user is the owner of the mailbox to open."""

    name = "XOAUTH2"

    def first(self) -> bytes:
        self.proved = True
        return f"user={self.who.authorize_as or self.who.user}\1auth=Bearer {self.who.secret}\1\1".encode()


class OAuthBearer(_Token):
    """RFC 7628 §3.1, host and port included, so that a token cannot be used elsewhere."""

    name = "OAUTHBEARER"
    _thanks = b"\1"

    def first(self) -> bytes:
        self.proved = True
        name = (self.who.authorize_as or self.who.user).replace("=", "=3D").replace(",", "=2C")
        return (f"n,a={name},\1host={self.who.host}\1port={self.who.port}\1auth=Bearer {self.who.secret}\1\1").encode()


def why_refused(complaint: str) -> str:
    """The error challenge (RFC 7628 §3.2.2) in words, not yet cleaned; "" when it cannot be read."""
    try:
        told = json.loads(complaint, strict=False)
    except (ValueError, RecursionError):
        told = None
    if not isinstance(told, dict):
        return ""
    meanings = {
        "400": "the request is not understood",
        "401": "the token is not valid or has expired",
        "invalid_token": "the token is not valid or has expired",
        "invalid_request": "the request is not understood",
        "insufficient_scope": "the token does not allow reading mail",
    }
    status = str(told.get("status", ""))
    words = [meanings.get(status, f"status {status}" if status else "")]
    words += [str(told[key]) for key in ("error_description",) if told.get(key)]
    if told.get("scope"):
        words.append(f"wanted scope: {told['scope']}")
    return "; ".join(word for word in words if word)
