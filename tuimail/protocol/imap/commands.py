"""What we can ask a server, built so that no name, flag or password can smuggle in a line of its own."""

from __future__ import annotations

import base64
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from enum import Enum
from typing import Final, TypeAlias

from tuimail.protocol.errors import LocalProtocolError
from tuimail.protocol.imap import sets
from tuimail.protocol.imap.sets import AnyRanges


class Kind(Enum):
    """How the connection must treat a command. All but PLAIN are barriers: nothing is written behind them."""

    PLAIN = "plain"
    STARTTLS = "starttls"
    LOGIN = "login"
    """LOGIN and AUTHENTICATE: capabilities change."""
    IDLE = "idle"
    DONE = "done"
    """The end of an IDLE; not a command of its own."""
    COMPRESS = "compress"
    """Behind its OK both directions are deflated."""
    ANSWER = "answer"
    """The next word in the dialogue of an AUTHENTICATE; not a command of its own."""
    LOGOUT = "logout"


@dataclass(frozen=True, slots=True)
class Literal:
    """Octets sent as `{n}`; whether we must wait for a `+` is decided when they are written."""

    data: bytes = field(repr=False)
    secret: bool = False


@dataclass(frozen=True, slots=True)
class Secret:
    """Octets sent as they are and shown to nobody."""

    data: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class InitialResponse:
    """A SASL initial response, base64: in the command with SASL-IR (RFC 4959), else behind the first `+`."""

    data: bytes = field(repr=False)


Part: TypeAlias = bytes | Literal | Secret | InitialResponse

# TEXT-CHAR = <any CHAR except CR and LF>; CHAR has no NUL
_NOT_IN_A_LINE = re.compile(rb"[\r\n\0]")


@dataclass(frozen=True, slots=True)
class Command:
    """A command without its tag. Raises LocalProtocolError when a part would break the line."""

    name: str
    parts: tuple[Part, ...] = ()
    """What follows the name and a blank, piece by piece; nothing is put between the pieces."""
    kind: Kind = Kind.PLAIN
    respond: Callable[[bytes], bytes | None] | None = field(default=None, repr=False, compare=False)
    """Of AUTHENTICATE: the answer to a challenge, both without their base64; None cancels the exchange."""
    many: bool = False
    """Of FETCH: whoever waits for it takes `Fetches`, too. They come while nothing else is under way."""
    dialogue: bool = False
    """Of AUTHENTICATE: the caller answers each challenge itself, with `sasl_answer`, when it has worked it out."""

    def __post_init__(self) -> None:
        for part in self.parts:
            if not isinstance(part, Literal) and _NOT_IN_A_LINE.search(part if isinstance(part, bytes) else part.data):
                raise LocalProtocolError(f"{self.name}: a line break or NUL in an argument")

    @property
    def barrier(self) -> bool:
        """Whether nothing may be written behind it before it is complete."""
        return self.kind is not Kind.PLAIN


# astring = 1*ASTRING-CHAR / string          quoted = DQUOTE *QUOTED-CHAR DQUOTE
# Exchange hangs on a quoted name with "&-" in it, so what can be an atom is one.
_ATOM = re.compile(rb"(?!NIL\Z)[A-Za-z0-9&+,./_-]+\Z", re.IGNORECASE)
_QUOTABLE = re.compile(rb"[\x01-\x09\x0b\x0c\x0e-\x7f]*\Z")
_FLAG = re.compile(rb"\\?[!#$&'+,\-./0-9:;<=>?@A-Z\[\]^_`a-z|}~]+\Z")


def astring(text: bytes) -> bytes | Literal:
    """An atom where possible, else a quoted string, else (CR, LF, 8-bit) a literal. Raises as `string`."""
    return text if _ATOM.match(text) else string(text)


def string(text: bytes) -> bytes | Literal:
    """A quoted string where possible, else a literal. Raises LocalProtocolError for a NUL: only literal8 may hold one.

    A server may cut the name there, and do to another folder what was meant for this one (Dovecot 2.3.19).
    """
    if b"\0" in text:
        raise LocalProtocolError("a NUL in a string")
    if _QUOTABLE.match(text):
        return b'"%b"' % text.replace(b"\\", b"\\\\").replace(b'"', b'\\"')
    return Literal(text)


def _secret(text: bytes) -> Part:
    quoted = string(text)
    return Literal(text, secret=True) if isinstance(quoted, Literal) else Secret(quoted)


def _set(ranges: AnyRanges) -> bytes:
    if not ranges:
        raise LocalProtocolError("an empty set of messages")
    return sets.to_text(ranges)


def capability() -> Command:
    """RFC 9051 §6.1.1."""
    return Command("CAPABILITY")


def noop() -> Command:
    """RFC 9051 §6.1.2."""
    return Command("NOOP")


def logout() -> Command:
    """RFC 9051 §6.1.3. Nothing can be sent after it."""
    return Command("LOGOUT", kind=Kind.LOGOUT)


def starttls() -> Command:
    """RFC 9051 §6.2.1. Waits until everything before it is complete; after its OK call `tls_started()`."""
    return Command("STARTTLS", kind=Kind.STARTTLS)


def login(user: str, password: str) -> Command:
    """RFC 9051 §6.2.3, in UTF-8."""
    return Command("LOGIN", (string(user.encode()), b" ", _secret(password.encode())), Kind.LOGIN)


def authenticate(mechanism: str, initial_response: bytes) -> Command:
    """RFC 9051 §6.2.2 with a mechanism of one message (PLAIN, XOAUTH2, OAUTHBEARER)."""
    response = base64.b64encode(initial_response) or b"="
    return Command("AUTHENTICATE", (mechanism.encode("ascii"), InitialResponse(response)), Kind.LOGIN)


def exchange(mechanism: str, respond: Callable[[bytes], bytes | None], initial: bytes | None = None) -> Command:
    """RFC 9051 §6.2.2 with a mechanism of any number of messages.

    respond: gives the answer to each challenge, or None to cancel ("*"). initial: what such a mechanism says
    before it has heard anything; None where the server begins (CRAM-MD5).
    """
    word = mechanism.encode("ascii")
    if not _ATOM.match(word):
        raise LocalProtocolError(f"not a SASL mechanism: {mechanism!r}")
    first = () if initial is None else (InitialResponse(base64.b64encode(initial) or b"="),)
    return Command("AUTHENTICATE", (word, *first), Kind.LOGIN, respond)


def authenticate_in_dialogue(mechanism: str, initial: bytes | None) -> Command:
    """Like `exchange`, but each `Continue` waits for a `sasl_answer`, for answers that take a while to work out.

    initial: goes along with the command, so only with SASL-IR (RFC 4959); else it is the answer to the first challenge.
    """
    first: tuple[Part, ...] = ()
    if initial is not None:
        first = (b" ", Secret(base64.b64encode(initial) or b"="))
    return Command("AUTHENTICATE", (mechanism.encode("ascii"), *first), Kind.LOGIN, dialogue=True)


def sasl_answer(response: bytes | None) -> Command:
    """The answer to a challenge of the AUTHENTICATE that is running; None cancels it (`*`)."""
    return Command("*", (Secret(b"*" if response is None else base64.b64encode(response)),), Kind.ANSWER)


def authenticate_plain(user: str, password: str, authorize_as: str = "") -> Command:
    """SASL PLAIN (RFC 4616). Raises LocalProtocolError for a NUL in any of the three."""
    if "\0" in user + password + authorize_as:
        raise LocalProtocolError("a NUL in a user name or password")
    return authenticate("PLAIN", "\0".join((authorize_as, user, password)).encode())


def enable(*capabilities: str) -> Command:
    """RFC 5161."""
    return Command("ENABLE", (" ".join(capabilities).encode("ascii"),))


def compress() -> Command:
    """COMPRESS DEFLATE (RFC 4978)."""
    return Command("COMPRESS", (b"DEFLATE",), Kind.COMPRESS)


def id_(fields: Mapping[str, str]) -> Command:
    """RFC 2971; no fields is NIL."""
    if not fields:
        return Command("ID", (b"NIL",))
    parts: list[Part] = []
    for key, value in fields.items():
        parts += [b" " if parts else b"(", string(key.encode()), b" ", string(value.encode())]
    return Command("ID", (*parts, b")"))


def namespace() -> Command:
    """RFC 2342."""
    return Command("NAMESPACE")


def list_(
    pattern: bytes = b"*",
    *,
    reference: bytes = b"",
    special_use: bool = False,
    subscribed: bool = False,
    status: Iterable[str] = (),
) -> Command:
    """LIST; the options are RETURN options of RFC 5258, RFC 6154 and RFC 5819: only where they are advertised."""
    options = ["SUBSCRIBED"] * subscribed + ["SPECIAL-USE"] * special_use
    if items := " ".join(status):
        options.append(f"STATUS ({items})")
    returning = f" RETURN ({' '.join(options)})".encode("ascii") if options else b""
    return Command("LIST", (string(reference), b" ", string(pattern), returning))


def xlist(pattern: bytes = b"*", *, reference: bytes = b"") -> Command:
    """LIST with roles as Gmail, Zoho and Yandex spoke it before RFC 6154; only where XLIST is advertised."""
    return Command("XLIST", (string(reference), b" ", string(pattern)))


def lsub(pattern: bytes = b"*", *, reference: bytes = b"") -> Command:
    """RFC 3501 §6.3.9."""
    return Command("LSUB", (string(reference), b" ", string(pattern)))


def status(name: bytes, items: Iterable[str]) -> Command:
    """RFC 9051 §6.3.11."""
    return Command("STATUS", (astring(name), f" ({' '.join(items)})".encode("ascii")))


def select(name: bytes, condstore: bool = False) -> Command:
    """RFC 9051 §6.3.2; `condstore` (RFC 7162) only where advertised."""
    return Command("SELECT", (astring(name), b" (CONDSTORE)" if condstore else b""))


def select_again(name: bytes, uidvalidity: int, modseq: int, uids: AnyRanges) -> Command:
    """SELECT with what we know of the folder (QRESYNC, RFC 7162 §3.2.5), which must have been enabled.

    The answer tells which of `uids` are gone and whose flags changed since `modseq`.
    """
    known = b" " + sets.to_text(uids) if uids else b""
    return Command("SELECT", (astring(name), b" (QRESYNC (%d %d%b))" % (uidvalidity, modseq, known)))


def examine(name: bytes, condstore: bool = False) -> Command:
    """SELECT, read-only."""
    return Command("EXAMINE", (astring(name), b" (CONDSTORE)" if condstore else b""))


def notify(events: bytes) -> Command:
    """NOTIFY SET (RFC 5465) with these event groups; only where advertised."""
    return Command("NOTIFY", (b"SET ", events))


def quota_root(name: bytes) -> Command:
    """GETQUOTAROOT (RFC 9208): the quotas that a mailbox counts for."""
    return Command("GETQUOTAROOT", (astring(name),))


def unselect() -> Command:
    """RFC 3691. Never CLOSE, which expunges."""
    return Command("UNSELECT")


def create(name: bytes) -> Command:
    """RFC 9051 §6.3.4."""
    return Command("CREATE", (astring(name),))


def subscribe(name: bytes) -> Command:
    """RFC 9051 §6.3.7."""
    return Command("SUBSCRIBE", (astring(name),))


def header_fields(names: Iterable[str]) -> bytes:
    """The FETCH item that asks for these header fields and does not set \\Seen."""
    return b"BODY.PEEK[HEADER.FIELDS (%b)]" % " ".join(names).encode("ascii")


def section(name: str, offset: int | None = None, length: int = 0) -> bytes:
    """The FETCH item for a section ("" the whole, "1.MIME"), or a window of it; does not set \\Seen."""
    window = "" if offset is None else f"<{offset}.{length}>"
    return f"BODY.PEEK[{name}]{window}".encode("ascii")


def uid_fetch(
    uids: AnyRanges, items: Iterable[bytes], changed_since: int | None = None, *, many: bool = False
) -> Command:
    """UID FETCH; `changed_since` is a mod-sequence (RFC 7162)."""
    return Command("UID FETCH", (_set(uids), *_fetch_items(items, changed_since)), many=many)


def fetch(numbers: AnyRanges, items: Iterable[bytes], changed_since: int | None = None) -> Command:
    """FETCH by sequence number: only in the same breath as SELECT, before anything can be expunged."""
    return Command("FETCH", (_set(numbers), *_fetch_items(items, changed_since)))


def _fetch_items(items: Iterable[bytes], changed_since: int | None) -> tuple[bytes, bytes]:
    modifier = b"" if changed_since is None else b" (CHANGEDSINCE %d)" % changed_since
    return b" (%b)" % b" ".join(items), modifier


def uid_store(uids: AnyRanges, sign: str, flags: Iterable[bytes], *, silent: bool = True) -> Command:
    """Add (`sign` "+") or remove ("-") flags. Raises LocalProtocolError for what cannot be a flag."""
    words = tuple(flags)
    if sign not in ("+", "-") or not words or not all(_FLAG.match(word) for word in words):
        raise LocalProtocolError(f"not a change of flags: {sign!r} {words!r}")
    item = f" {sign}FLAGS{'.SILENT' if silent else ''} ".encode()
    return Command("UID STORE", (_set(uids), item, b"(%b)" % b" ".join(words)))


def uid_move(uids: AnyRanges, target: bytes) -> Command:
    """RFC 6851."""
    return Command("UID MOVE", (_set(uids), b" ", astring(target)))


def uid_copy(uids: AnyRanges, target: bytes) -> Command:
    """RFC 9051 §6.4.9."""
    return Command("UID COPY", (_set(uids), b" ", astring(target)))


def uid_expunge(uids: AnyRanges) -> Command:
    """RFC 4315. There is no bare EXPUNGE here: it removes what other clients have marked."""
    return Command("UID EXPUNGE", (_set(uids),))


def uid_search_all(*, esearch: bool) -> Command:
    """Every UID; with ESEARCH (RFC 4731) as ranges."""
    return Command("UID SEARCH", (b"RETURN (ALL) ALL" if esearch else b"ALL",))


def uid_search_within(uids: AnyRanges) -> Command:
    """Which of these UIDs there are."""
    return Command("UID SEARCH", (b"UID ", _set(uids)))


def idle() -> Command:
    """RFC 2177. Ends with `done()`."""
    return Command("IDLE", kind=Kind.IDLE)


def done() -> Command:
    """The end of the IDLE that is queued or running: `send` returns the tag of that IDLE."""
    return Command("DONE", kind=Kind.DONE)


LITERAL_MINUS_LIMIT: Final = 4096
"""RFC 7888: the largest non-synchronising literal under LITERAL-."""
