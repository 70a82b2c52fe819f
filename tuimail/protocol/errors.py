"""The protocol floor's own errors: they erred (Remote) or we did (Local)."""

from __future__ import annotations


class ProtocolError(Exception):
    """Base of both."""


class RemoteProtocolError(ProtocolError):
    """The peer's bytes break a rule we cannot work around; the connection is of no more use."""


class LocalProtocolError(ProtocolError):
    """We asked the machine for something that is not allowed now; nothing was sent."""
