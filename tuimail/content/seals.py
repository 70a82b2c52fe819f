"""Signatures and encryption of a message while it is read: what gpg has to look at, and what it said, on cards.

Only what lies inside is under a seal: never the header, and no text beside, above or below (CVE-2018-12019 and
"Johnny, you are fired!", USENIX Security 2019). A signature counts as the sender's when the key has the address of
From in a user id that the reader's own gpg holds for valid: anybody can make a key with any name.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence

from tuimail.content.clean import clean_line
from tuimail.model import Address, Envelope, Opened, Seal, Signature
from tuimail.records import Record

SIGNED = "multipart/signed"
CONTROL = "application/pgp-encrypted"
"""The first part of a multipart/encrypted (RFC 3156 §4); it says nothing."""
OPENPGP_SIGNATURE = "application/pgp-signature"
SMIME_SIGNATURES = ("application/pkcs7-signature", "application/x-pkcs7-signature")
SMIME = ("application/pkcs7-mime", "application/x-pkcs7-mime")
MOST_SEALS = 20
LONGEST_USER = 200
_CLOSED = "Encrypted with OpenPGP, not opened yet: D in the viewer opens it."

_EMAIL = re.compile(r"<([^<>\s]+@[^<>\s]+)>\s*$|^([^<>\s]+@[^<>\s]+)$")
_WORDS = ("bad", "good", "doubtful", "unchecked")
"""Of several signatures the first of these that one of them earned stands for all."""


class _Sealed(Record):
    key: str
    encrypted: bool
    whole: bool
    why_not: str


class Seals:
    """The seals of one message, numbered from 1. opened: what gpg said before, by Envelope.key."""

    def __init__(self, opened: Mapping[str, Opened]) -> None:
        self._opened = opened
        self._sealed: dict[str, _Sealed] = {}
        self.envelopes: list[Envelope] = []
        """What gpg may be asked."""

    def put(self, key: str, envelope: Envelope | None, *, encrypted: bool, whole: bool, why_not: str = "") -> int:
        """A new seal; its number, 0 when there are too many.

        why_not: without an envelope, why gpg cannot be asked.
        """
        if (number := self.number(key)) is not None:
            return number
        self._sealed[key] = _Sealed(key, encrypted, whole, why_not)
        if envelope is not None:
            self.envelopes.append(envelope)
        return len(self._sealed)

    def number(self, key: str) -> int | None:
        """Of the seal with this key; None for one to be put, 0 when there are too many."""
        if key in self._sealed:
            return list(self._sealed).index(key) + 1
        return 0 if len(self._sealed) >= MOST_SEALS else None

    def __len__(self) -> int:
        return len(self._sealed)

    def text(self, key: str) -> bytes | None:
        """What gpg found inside, when it may stand under the seal: decrypted, or the very words that were signed."""
        opened = self._opened.get(key)
        if opened is None or any(signature.word in ("bad", "unreadable") for signature in opened.signatures):
            return opened.text if opened is not None and opened.decrypted else None
        return opened.text

    def cards(self, sender: Sequence[Address]) -> tuple[Seal, ...]:
        """For people, in the order of their numbers. sender: the From field."""
        return tuple(self._seal(sealed, sender) for sealed in self._sealed.values())

    def _seal(self, sealed: _Sealed, sender: Sequence[Address]) -> Seal:
        opened = self._opened.get(sealed.key)
        if opened is None:
            word, *lines = _unseen(sealed)
        elif opened.trouble:
            state = ("closed", "Encrypted, not opened") if sealed.encrypted else ("unchecked", "Signed, not verified")
            word, lines = state[0], [f"{state[1]}: {clean_line(opened.trouble)}"]
        else:
            word, *lines = _seen(opened, sender)
        return Seal(word, tuple(lines), sealed.whole, opened is not None and opened.decrypted)


def _unseen(sealed: _Sealed) -> Iterator[str]:
    if sealed.encrypted:
        yield "closed"
        yield (f"Encrypted, not opened: {sealed.why_not}" if sealed.why_not else _CLOSED)
    elif sealed.why_not:
        yield "unchecked"
        yield f"Signed, not verified: {sealed.why_not}"
    else:
        yield "waiting"
        yield "Signed with OpenPGP, not verified yet."


def _seen(opened: Opened, sender: Sequence[Address]) -> Iterator[str]:
    """The word, then the lines."""
    cards = [_signature(signature, sender) for signature in opened.signatures]
    if cards:
        yield min((card[0] for card in cards), key=_WORDS.index)
        for _, *lines in cards[:5]:
            yield from lines
    elif opened.decrypted:
        yield "opened"
        yield "Encrypted, and not signed: anybody can have written this."
    else:
        yield "unchecked"
        yield "An OpenPGP message, neither signed nor encrypted."
    if opened.decrypted:
        yield "Opened with your key for now, and kept nowhere."


def _signature(signature: Signature, sender: Sequence[Address]) -> list[str]:
    """The word of one signature, then its lines."""
    who = _shown(signature.user)
    key = f"Key {_grouped(signature.key)}"
    if signature.word == "bad":
        return ["bad", "Bad signature: these are not the words that were signed.", f"It names the key of {who}. {key}"]
    if signature.word == "revoked":
        return ["bad", f"Signed with a key of {who} that has been revoked.", key]
    if signature.word in ("expired", "key expired"):
        what = "the signature" if signature.word == "expired" else "the key"
        return ["doubtful", f"Signed with a key of {who}; {what} has expired.", key]
    if signature.word == "unknown":
        return [
            "unchecked",
            "Signed, not verified: you do not have the key.",
            f"{key}. It is not looked for.",
        ]
    if signature.word != "good":
        return ["unchecked", "Signed, not verified: gpg cannot read this signature.", key]
    address = sender[0].email.lower() if len(sender) == 1 else ""
    own = [(user, valid) for user, valid in signature.users if address and _email(user) == address]
    for user, valid in own:
        if valid:
            return ["good", f"Signed by {_shown(user)}, the sender.", key]
    if own:
        first = f"Signed with a key in the name of {_shown(own[0][0])}, which you have not certified."
        return ["doubtful", first, key, "Anybody can make a key with any name: compare it, then certify it with gpg."]
    certified = "" if any(valid for _, valid in signature.users) else " (a key that you have not certified)"
    first = f"Signed by {who}{certified}, which is not the address in From."
    return ["doubtful", first, key]


def _email(user: str) -> str:
    """The address in a user id (RFC 9580 §5.11), lower case."""
    found = _EMAIL.search(user)
    return (found[1] or found[2]).lower() if found else ""


def _shown(user: str) -> str:
    return clean_line(user[:LONGEST_USER]) or "somebody without a name"


def _grouped(key: str) -> str:
    """A fingerprint as people compare it."""
    key = clean_line(key)[:64]
    return " ".join(key[at : at + 4] for at in range(0, len(key), 4))
