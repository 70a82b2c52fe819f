"""From a frame to the event it means: one small function per response, its ABNF above it (RFC 9051 §9 where unsaid).

This is the reference; `fastpath` only repeats it, faster, for the replies that come by the thousand.
A frame that makes no sense becomes Unparsed: a parse error never costs more than one response.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Final

from tuimail.protocol.framing import Frame
from tuimail.protocol.imap import sets
from tuimail.protocol.imap.fetch import read_fetch
from tuimail.protocol.imap.responses import (
    Bye,
    Capability,
    Continue,
    Enabled,
    ESearch,
    Event,
    Exists,
    Expunge,
    Flags,
    Id,
    ListEntry,
    Namespace,
    Other,
    Recent,
    ResponseCode,
    Search,
    StatusData,
    StatusLine,
    Tagged,
    Unparsed,
    Vanished,
    capability_names,
)
from tuimail.protocol.imap.tokens import ParseError, Value, atoms, number, values, whole


def parse(frame: Frame) -> Event:
    """The event of one frame. Never raises."""
    try:
        return _parse(frame)
    except ParseError as error:
        return Unparsed(frame.text, str(error))


# response-tagged = tag SP resp-cond-state CRLF
# response-data   = "*" SP (resp-cond-state / resp-cond-bye / mailbox-data / message-data / capability-data …) CRLF
# continue-req    = "+" SP (resp-text / base64) CRLF
_STATUS = re.compile(rb"([^ ]+) +(OK|NO|BAD|BYE|PREAUTH)(?: +|\Z)", re.IGNORECASE)
_NUMBERED = re.compile(rb"\* +([0-9]+) +([A-Za-z]+)(?: +|\Z)")
_NAMED = re.compile(rb"\* +([A-Za-z][A-Za-z0-9.=-]*)(?: +|\Z)")


def _parse(frame: Frame) -> Event:
    text = frame.text
    if text.startswith(b"+"):
        return Continue(readable(text[1:].lstrip(b" ")))
    if found := _STATUS.match(text):
        status = found[2].decode().upper()
        code, words = _resp_text(text[found.end() :])
        if found[1] != b"*":
            if status in ("BYE", "PREAUTH"):
                raise ParseError(f"a tagged {status}")
            return Tagged(found[1], status, code, words)
        return Bye(code, words) if status == "BYE" else StatusLine(status, code, words)
    if found := _NUMBERED.match(text):
        count, name = number(found[1]), found[2].upper()
        if name == b"FETCH":
            return read_fetch(count, values(frame, found.end()))
        if name == b"EXPUNGE" and not count:
            raise ParseError("message 0 expunged")
        if name in _MESSAGE_DATA:
            return _MESSAGE_DATA[name](count)
        return Other(name.decode(), (found[1], *values(frame, found.end())))
    if found := _NAMED.match(text):
        name = found[1].upper()
        if name in (b"LIST", b"LSUB", b"XLIST"):
            return _mailbox_list(name.decode(), frame, found.end())
        if name in (b"SEARCH", b"SORT"):
            return _search(frame, found.end())
        if name in _NAMED_DATA:
            return _NAMED_DATA[name](values(frame, found.end()))
        return Other(name.decode(), values(frame, found.end()))
    raise ParseError("neither a tagged nor an untagged response nor a continuation")


# message-data = nz-number SP ("EXPUNGE" / ("FETCH" SP msg-att))
# mailbox-data =/ number SP "EXISTS" / number SP "RECENT"
_MESSAGE_DATA: Final[dict[bytes, Callable[[int], Event]]] = {b"EXISTS": Exists, b"RECENT": Recent, b"EXPUNGE": Expunge}


def readable(text: bytes) -> str:
    """Text for people. It is hostile: clean it before it is shown."""
    return text.decode("utf-8", "replace")


# resp-text      = ["[" resp-text-code "]" SP] [text]
# resp-text-code = atom [SP 1*<any TEXT-CHAR except "]">]
# PERMANENTFLAGS of Gmail hold brackets inside their parentheses, Exchange writes [Error="a b" …].
_CODE = re.compile(
    rb"""\[ ( [^ \]"]+ (?:"[^"]*+"?)? ) (?: [ ] ( (?: "(?:[^"\\]|\\.)*+" | \([^()]*+\) | [^]"()] )*+ ) )? \] [ ]*""",
    re.VERBOSE | re.DOTALL,
)
_PLAIN_CODE = re.compile(rb"\[([^ \]]+)(?: ([^\]]*))?\] *", re.DOTALL)


def _resp_text(text: bytes) -> tuple[ResponseCode | None, str]:
    if not text.startswith(b"["):
        return None, readable(text)
    found = _CODE.match(text) or _PLAIN_CODE.match(text)
    if not found:
        return None, readable(text)
    code = ResponseCode(readable(found[1]).upper(), (found[2] or b"").strip(b" "))
    return code, readable(text[found.end() :])


# capability-data = "CAPABILITY" *(SP capability) SP "IMAP4rev2" *(SP capability)
def _capability(data: tuple[Value, ...]) -> Event:
    return Capability(capability_names(atoms(data)))


# enable-data = "ENABLED" *(SP capability)
def _enabled(data: tuple[Value, ...]) -> Event:
    return Enabled(capability_names(atoms(data)))


# "FLAGS" SP flag-list
def _flags(data: tuple[Value, ...]) -> Event:
    if len(data) != 1 or not isinstance(data[0], tuple):
        raise ParseError("FLAGS without its list")
    return Flags(atoms(data[0]))


# mailbox-list = "(" [mbx-list-flags] ")" SP (DQUOTE QUOTED-CHAR DQUOTE / nil) SP mailbox [SP mbox-list-extended]
_BARE_BACKSLASH = re.compile(rb'\([^()]*+\) +"\\" ')
_RAW_NAME = re.compile(rb'\([^()]*+\) +(?:"[^"]*+"|[^" ]+) +([^"{ ][^\n]*+)\Z')


def _mailbox_list(kind: str, frame: Frame, start: int) -> Event:
    if slip := _BARE_BACKSLASH.match(frame.text, start):  # a separator "\" that should be "\\"
        at = slip.end() - 3
        frame = Frame(frame.text[:at] + b"\\" + frame.text[at:], frame.literals)
    data = values(frame, start)
    if len(data) < 3 or not isinstance(data[0], tuple) or isinstance(data[1], tuple) or isinstance(data[2], tuple):
        raise ParseError(f"{kind} without attributes, separator and name")
    name, extended = data[2] if data[2] is not None else b"NIL", None
    if len(data) == 4 and isinstance(data[3], tuple):
        extended = data[3]
    elif (raw := _RAW_NAME.match(frame.text, start)) and not frame.literals:
        name = raw[1].rstrip(b" ")  # blanks, tabs or controls in a name without quotes (Exchange, MailKit#945)
    separator = data[1] if data[1] and len(data[1]) == 1 else None
    return ListEntry(frozenset(flag.lower() for flag in atoms(data[0])), separator, name, kind, extended)


# objectid = 1*255(ALPHA / DIGIT / "_" / "-")                  (RFC 8474 §7; Cyrus 3.6.1 tells freed memory there)
_OBJECT_ID = re.compile(rb"[A-Za-z0-9_-]{1,255}\Z")


# "STATUS" SP mailbox SP "(" [status-att-list] ")"
def _status(data: tuple[Value, ...]) -> Event:
    if len(data) < 2 or not isinstance(data[-1], tuple):
        raise ParseError("STATUS without name and items")
    items = data[-1]
    told = {}
    mailbox_id = b""
    for key, value in zip(items[::2], items[1::2], strict=False):
        if isinstance(key, bytes) and (count := whole(value)) is not None:
            told[readable(key).upper()] = count
        elif key == b"MAILBOXID" and isinstance(value, tuple) and len(value) == 1 and isinstance(value[0], bytes):
            mailbox_id = value[0] if _OBJECT_ID.match(value[0]) else b""
    return StatusData(b" ".join(atoms(data[:-1])), told, mailbox_id)


# "SEARCH" *(SP nz-number) [SP search-sort-mod-seq]         search-sort-mod-seq = "(" "MODSEQ" SP mod-sequence-value ")"
_NUMBERS = re.compile(rb"[0-9 ]*+\Z")


def _search(frame: Frame, start: int) -> Event:
    rest = frame.text[start:].replace(b"\t", b" ")
    modseq = None
    if b"(" in rest:
        rest, _, _ = rest.partition(b"(")
        tail = values(frame, start)[-1]
        if not isinstance(tail, tuple) or len(tail) != 2:
            raise ParseError("SEARCH with a list that is no MODSEQ")
        modseq = number(tail[1])
    if not _NUMBERS.match(rest):
        raise ParseError("SEARCH with something that is no number")
    words = rest.split()
    if any(len(word) > 10 for word in words):
        raise ParseError("SEARCH with a number beyond 2³²")
    return Search(tuple(map(int, words)), modseq)


# esearch-response = "ESEARCH" [search-correlator] [SP "UID"] *(SP search-return-data)
# search-correlator = SP "(" "TAG" SP tag-string ")"            ; go-imap sends the tag without quotes
def _esearch(data: tuple[Value, ...]) -> Event:
    tag, uid = None, False
    rest = list(data)
    if rest and isinstance(rest[0], tuple):
        correlator = rest.pop(0)
        if isinstance(correlator, tuple) and len(correlator) == 2 and isinstance(correlator[1], bytes):
            tag = correlator[1]
    if rest and isinstance(rest[0], bytes) and rest[0].upper() == b"UID":
        uid = True
        del rest[0]
    found: dict[bytes, Value] = {}
    for key, value in zip(rest[::2], rest[1::2], strict=False):
        if not isinstance(key, bytes):
            raise ParseError("ESEARCH data without a name")
        found[key.upper()] = value

    def told(name: bytes) -> int | None:
        return number(found[name]) if name in found else None

    return ESearch(
        tag,
        uid,
        _ranges(found[b"ALL"]) if found.get(b"ALL") is not None else None,
        told(b"COUNT"),
        told(b"MIN"),
        told(b"MAX"),
        told(b"MODSEQ"),
        _page(found[b"PARTIAL"]) if b"PARTIAL" in found else None,
    )


# ret-data-partial = "PARTIAL" SP "(" partial-range SP partial-results ")"  partial-results = sequence-set / "NIL"
def _page(value: Value) -> sets.Ranges:
    if not isinstance(value, tuple) or len(value) != 2:
        raise ParseError("PARTIAL without its page")
    return () if value[1] is None else _ranges(value[1])


def _ranges(value: Value) -> sets.Ranges:
    try:
        return sets.parse(value if isinstance(value, bytes) else b"")
    except ValueError as error:
        raise ParseError(str(error)) from error


# expunged-resp = "VANISHED" [SP "(EARLIER)"] SP known-uids                                         (RFC 7162 §7)
def _vanished(data: tuple[Value, ...]) -> Event:
    earlier = bool(data) and isinstance(data[0], tuple)
    if len(data) != 1 + earlier:
        raise ParseError("VANISHED without its set")
    return Vanished(earlier, _ranges(data[-1]))


# namespace-response = "NAMESPACE" SP namespace SP namespace SP namespace
# namespace-descr    = "(" string SP (DQUOTE QUOTED-CHAR DQUOTE / nil) *namespace-response-extension ")"
def _namespace(data: tuple[Value, ...]) -> Event:
    if len(data) != 3:
        raise ParseError("NAMESPACE without its three lists")
    return Namespace(*(_namespaces(value) for value in data))


def _namespaces(value: Value) -> tuple[tuple[bytes, bytes | None], ...]:
    pairs: list[tuple[bytes, bytes | None]] = []
    for entry in value if isinstance(value, tuple) else ():
        if not isinstance(entry, tuple) or len(entry) < 2 or isinstance(entry[0], tuple) or isinstance(entry[1], tuple):
            raise ParseError("a namespace without prefix and separator")
        pairs.append((entry[0] or b"", entry[1]))
    return tuple(pairs)


# id-response = "ID" SP id-params-list      id-params-list = "(" *(string SP nstring) ")" / nil          (RFC 2971)
def _id(data: tuple[Value, ...]) -> Event:
    fields: dict[bytes, bytes | None] = {}
    pairs = data[0] if data and isinstance(data[0], tuple) else ()
    for key, value in zip(pairs[::2], pairs[1::2], strict=False):
        if isinstance(key, bytes) and not isinstance(value, tuple):
            fields[key.lower()] = value
    return Id(fields)


_NAMED_DATA: Final[dict[bytes, Callable[[tuple[Value, ...]], Event]]] = {
    b"CAPABILITY": _capability,
    b"ENABLED": _enabled,
    b"ESEARCH": _esearch,
    b"FLAGS": _flags,
    b"ID": _id,
    b"NAMESPACE": _namespace,
    b"STATUS": _status,
    b"VANISHED": _vanished,
}
