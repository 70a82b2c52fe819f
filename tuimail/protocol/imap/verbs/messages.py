"""Messages of the selected mailbox by UID or by sequence number, with every modifier; and APPEND."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from tuimail.protocol.errors import LocalProtocolError
from tuimail.protocol.imap.commands import Command, Literal, Part, astring, string
from tuimail.protocol.imap.verbs.arguments import moment, verbatim

# flag = "\" atom / atom; brackets are Gmail's and others' (cpython issue 21815)
_FLAG = re.compile(r"\\?[!#$&'+,\-./0-9:;<=>?@A-Z\[\]^_`a-z|}~]+\Z")
# RFC 3501 §6.4.5: a macro must be used by itself, and not in conjunction with other macros or data items
_MACROS = (b"ALL", b"FAST", b"FULL")
_BARE_END = re.compile(rb"\r\n|\r|\n")


@dataclass(frozen=True, slots=True)
class Upload:
    """A message for APPEND."""

    message: bytes = field(repr=False)
    flags: Sequence[str] = ()
    date: datetime | None = None
    r"""Its INTERNALDATE, with a time zone; None: now."""


def _name(verb: str, uid: bool) -> str:
    return f"UID {verb}" if uid else verb


def fetch(which: bytes, items: Iterable[str | bytes], *, uid: bool, changed_since: int | None = None) -> Command:
    """RFC 9051 §6.4.5, CHANGEDSINCE of RFC 7162 §3.1.4.1."""
    asked = b" ".join(map(verbatim, items))
    if asked not in _MACROS:
        asked = b"(%b)" % asked
    modifier = b"" if changed_since is None else b" (CHANGEDSINCE %d)" % changed_since
    return Command(_name("FETCH", uid), (b"%b %b%b" % (which, asked, modifier),))


def store(
    which: bytes, sign: str, flags: Iterable[str], *, uid: bool, silent: bool, unchanged_since: int | None = None
) -> Command:
    """RFC 9051 §6.4.6. sign: "+" adds, "-" removes, "" replaces; unchanged_since: RFC 7162 §3.1.3."""
    modifier = b"" if unchanged_since is None else b" (UNCHANGEDSINCE %d)" % unchanged_since
    item = f"{_sign(sign)}FLAGS{'.SILENT' if silent else ''}".encode()
    return Command(_name("STORE", uid), (b"%b%b %b %b" % (which, modifier, item, _flags(flags)),))


def store_labels(which: bytes, sign: str, labels: Iterable[bytes], *, uid: bool) -> Command:
    """X-GM-LABELS of Gmail; labels are mailbox names and system labels on the wire (`\\Important`, "Work")."""
    parts: list[Part] = [b"%b %bX-GM-LABELS (" % (which, _sign(sign).encode())]
    for label in labels:
        if len(parts) > 1:
            parts.append(b" ")
        parts.append(label if label[:1] == b"\\" and _FLAG.match(label.decode("latin-1")) else string(label))
    return Command(_name("STORE", uid), (*parts, b")"))


def copy(which: bytes, target: bytes, *, uid: bool) -> Command:
    """RFC 9051 §6.4.7."""
    return Command(_name("COPY", uid), (which, b" ", astring(target)))


def move(which: bytes, target: bytes, *, uid: bool) -> Command:
    """RFC 6851."""
    return Command(_name("MOVE", uid), (which, b" ", astring(target)))


def expunge(which: bytes = b"") -> Command:
    r"""RFC 9051 §6.4.3: everything marked \Deleted, by whomever; of these UIDs only with `which` (RFC 4315)."""
    return Command("UID EXPUNGE", (which,)) if which else Command("EXPUNGE")


def append(mailbox: bytes, uploads: Sequence[Upload], *, utf8: bool = False) -> Command:
    """RFC 9051 §6.3.12; more than one is MULTIAPPEND (RFC 3502).

    Line ends become CRLF. A message with NULs goes as a literal8 (RFC 3516). utf8: as `UTF8 (~{n})` (RFC 6855 §4),
    which a message with 8-bit headers needs.
    """
    if not uploads:
        raise LocalProtocolError("APPEND of nothing")
    parts: list[Part] = [astring(mailbox)]
    for upload in uploads:
        parts.append(b" ")
        if upload.flags:
            parts.append(_flags(upload.flags) + b" ")
        if upload.date is not None:
            parts.append(moment(upload.date) + b" ")
        body = on_the_wire(upload.message)
        if utf8:
            parts += (b"UTF8 (~", Literal(body), b")")
        elif b"\0" in body:
            parts += (b"~", Literal(body))
        else:
            parts.append(Literal(body))
    return Command("APPEND", tuple(parts))


def on_the_wire(message: bytes) -> bytes:
    """The message with CRLF at the end of each line, as RFC 5322 wants it."""
    return _BARE_END.sub(b"\r\n", message)


def _sign(sign: str) -> str:
    if sign not in ("+", "-", ""):
        raise LocalProtocolError(f"neither adding, removing nor replacing: {sign!r}")
    return sign


def _flags(flags: Iterable[str]) -> bytes:
    listed = list(flags)
    for flag in listed:
        if not _FLAG.match(flag):
            raise LocalProtocolError(f"not a flag: {flag[:80]!r}")
    return f"({' '.join(listed)})".encode()
