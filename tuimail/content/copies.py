"""What a copy of a message is called and how it is written, in a Maildir, an mbox and as an .eml.

Each copy bears who it is: folder, UIDVALIDITY and UID, in its file name or in its From_ line. So a target tells by
itself what it holds, a repeated export adds what is new, and no other file has to be believed. Octets stay as the
server gave them in a Maildir and in .eml files. An mbox (the "mboxrd" way) has lines that end with LF: CRLF becomes
LF, ">" is put before every line that begins with "From " behind any number of ">", a message that does not end with a
line break gets one, and an empty line follows.
"""

from __future__ import annotations

import hashlib
import re
import time

from tuimail.content.filenames import name_from_subject
from tuimail.model import Flag
from tuimail.records import Record

SUBJECT = 120
"""Octets of a subject in a file name, so that the whole stays far below 255."""
LONG_LINE = 65_536
_MAILDIR_FLAGS = (
    (Flag.DRAFT, "D"),
    (Flag.FLAGGED, "F"),
    (Flag.FORWARDED, "P"),
    (Flag.ANSWERED, "R"),
    (Flag.SEEN, "S"),
    (Flag.DELETED, "T"),
)
_IN_MAILDIR = re.compile(r"\d+\.U(\d{1,20})V(\d{1,20})\.([0-9a-f]{10})(?:,S=\d+)?(?::2,[A-Za-z]*)?")
_IN_EML = re.compile(r".* ([0-9a-f]{10})-(\d{1,20})-(\d{1,20})\.eml", re.DOTALL)
_IN_FROM = re.compile(rb"From (\d{1,20})\.(\d{1,20})\.([0-9a-f]{10})@export\.invalid ")


class Source(Record):
    """One folder at one time of its numbering."""

    key: str
    """Ten hexadecimal digits that stand for account and folder."""
    uidvalidity: int

    @classmethod
    def of(cls, user: str, host: str, folder: bytes, uidvalidity: int) -> Source:
        """The folder by its name on the server."""
        named = b"\0".join((user.encode("utf-8", "surrogateescape"), host.encode(), folder))
        return cls(hashlib.sha256(named).hexdigest()[:10], uidvalidity)


class Copy(Record):
    """One message to be copied."""

    message_id: int
    uid: int
    flags: Flag
    received: int
    """Epoch seconds."""
    size: int
    """Octets, as the server announced them."""
    subject: str
    kept: bool = False
    """Its text may be in the store."""


def maildir_name(source: Source, copy: Copy) -> str:
    """1763647321.U17V1700000000.0a1b2c3d4e:2,FS (https://cr.yp.to/proto/maildir.html); read flags are in it."""
    letters = "".join(letter for flag, letter in _MAILDIR_FLAGS if flag in copy.flags)
    return f"{max(0, copy.received)}.U{copy.uid}V{source.uidvalidity}.{source.key}:2,{letters}"


def eml_name(source: Source, copy: Copy) -> str:
    """ "2026-11-20 The mill 0a1b2c3d4e-1700000000-17.eml"."""
    subject = name_from_subject(copy.subject)
    while len(subject.encode()) > SUBJECT:
        subject = subject[:-1].rstrip()
    day = time.strftime("%Y-%m-%d", time.gmtime(copy.received))
    return f"{day} {subject} {source.key}-{source.uidvalidity}-{copy.uid}.eml"


def from_line(source: Source, copy: Copy) -> bytes:
    """The line before the message in an mbox (RFC 4155); the time is UTC, the address reaches nobody (RFC 2606)."""
    when = time.asctime(time.gmtime(copy.received))
    return f"From {copy.uid}.{source.uidvalidity}.{source.key}@export.invalid {when}\n".encode()


def uid_of_file(source: Source, name: str) -> int | None:
    """The UID that a file name of one of these forms tells, when it is of this source."""
    if found := _IN_MAILDIR.fullmatch(name):
        uid, uidvalidity, key = found.groups()
    elif found := _IN_EML.fullmatch(name):
        key, uidvalidity, uid = found.groups()
    else:
        return None
    return int(uid) if (key, int(uidvalidity)) == (source.key, source.uidvalidity) else None


def uid_of_line(source: Source, line: bytes) -> int | None:
    """The UID that a From_ line tells, when it is of this source."""
    found = _IN_FROM.match(line)
    if found is None or (found[3].decode(), int(found[2])) != (source.key, source.uidvalidity):
        return None
    return int(found[1])


class Quoting:
    """A message on its way into an mbox, piece by piece; memory is bounded also by a message without line breaks."""

    _ALL = re.compile(rb"^(>*From )", re.MULTILINE)
    _LATER = re.compile(rb"(?<=\n)(>*From )")

    def __init__(self) -> None:
        self._carry = b""
        self._at_start = True

    def feed(self, data: bytes) -> bytes:
        """The next octets as they are to be written."""
        data = self._carry + data
        cut = data.rfind(b"\n") + 1
        if len(data) - cut > LONG_LINE:  # the beginning of this line can be told by now
            cut = len(data) - data.endswith(b"\r")
        self._carry = data[cut:]
        return self._quoted(data[:cut])

    def finish(self) -> bytes:
        """What is left, and the empty line that ends the message."""
        rest = self._quoted(self._carry)
        return rest + (b"\n" if self._at_start else b"\n\n")

    def _quoted(self, piece: bytes) -> bytes:
        if not piece:
            return b""
        pattern = self._ALL if self._at_start else self._LATER
        self._at_start = piece.endswith(b"\n")
        return pattern.sub(rb">\1", piece.replace(b"\r\n", b"\n"))
