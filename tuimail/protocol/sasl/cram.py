"""CRAM-MD5 (RFC 2195): better than the password itself where nothing protects the line, and worse than all else."""

from __future__ import annotations

import hmac

from tuimail.protocol.sasl.mechanism import Exchange, SaslTrouble

MAX_CHALLENGE = 1024
"""Octets; a Message-ID in the RFC."""


class CramMd5(Exchange):
    """response = user SP 32(lower-case hex digit)"""

    name = "CRAM-MD5"

    def answer(self, challenge: bytes) -> bytes:
        if self.proved:
            return super().answer(challenge)
        if len(challenge) > MAX_CHALLENGE:
            raise SaslTrouble(f"sends a challenge of {len(challenge):,} octets")
        self.proved = True
        digest = hmac.new(self.who.secret.encode(), challenge, "md5").hexdigest()
        return f"{self.who.user} {digest}".encode()
