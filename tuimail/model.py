"""The nouns every room shares. Frozen, slotted, free of behaviour and of any other room.

All text in these nouns that came from a server or a mail has passed `content.clean`; raw
bytes stay with the store. Times are integer seconds since the epoch, UTC.
"""

from __future__ import annotations

from enum import IntFlag, StrEnum

from tuimail.records import Record


class Flag(IntFlag):
    """Message flags as one integer (RFC 3501 §2.3.2; $Forwarded, $Junk: the IANA keyword registry)."""

    NONE = 0
    SEEN = 1
    ANSWERED = 2
    FLAGGED = 4
    DELETED = 8
    DRAFT = 16
    FORWARDED = 32
    JUNK = 64


class Role(StrEnum):
    """What a folder is for (SPECIAL-USE, RFC 6154)."""

    NONE = ""
    INBOX = "inbox"
    ARCHIVE = "archive"
    DRAFTS = "drafts"
    SENT = "sent"
    JUNK = "junk"
    TRASH = "trash"
    ALL = "all"


class Security(StrEnum):
    """How a connection is protected."""

    TLS = "tls"
    """TLS from the first byte (RFC 8314)."""
    STARTTLS = "starttls"
    """STARTTLS required: no STARTTLS, no login."""
    PLAIN = "plain"
    """No protection at all."""


class Account(Record):
    """One mail account as configured."""

    name: str
    """Unique, chosen by the user; for an account given as a URL, `user@host`."""
    host: str
    port: int
    user: str
    security: Security = Security.TLS
    protocol: str = "imap"
    """"imap", "pop3", or "files"."""
    leave: str = "forever"
    """POP3: mail stays on the server "forever", until it is thrown away here ("delete"), or for a number of days."""
    password_command: tuple[str, ...] = ()
    """Argument vector of a program that prints the password on its first line; empty: keyring or ask."""
    allow_plaintext: bool = False
    """The user accepted Security.PLAIN towards a host that is not loopback."""
    ca_file: str = ""
    """PEM file of certificate authorities to trust for this account instead of the system's; empty: system."""
    auth: str = "auto"
    """How to log in: "auto", or one SASL mechanism in lower case ("scram-sha-256")."""
    token_command: tuple[str, ...] = ()
    """Argument vector of a program that prints an OAuth 2 access token; asked anew for each connection."""
    authorize_as: str = ""
    """Whose mailbox to open (SASL authzid, RFC 4422 §3.4.1); empty: one's own."""
    client_cert: str = ""
    """PEM file with certificate and key that we show to the server (EXTERNAL); empty: none."""
    pin: str = ""
    """"sha256:" and 64 hex digits: the one certificate that is believed, whoever signed it; empty: any valid one."""
    mask: tuple[str, ...] = ()
    """Capabilities that are ignored though the server offers them, upper case."""
    trusted_authserv: tuple[str, ...] = ()
    """Servers whose Authentication-Results are believed (RFC 8601); empty: the account's own, ("none",): nobody's."""


class Address(Record):
    """A mailbox of a header field (RFC 5322 §3.4)."""

    name: str
    email: str


class Folder(Record):
    """A folder as the screen shows it."""

    id: int
    account_id: int
    account: str
    name: str
    """Full name for people, levels joined by `separator`."""
    separator: str
    role: Role
    selectable: bool
    total: int
    """Messages known here, pending moves counted where they will be."""
    unread: int
    exists: int
    """The server's message count when it last told; the list may grow to this while a sync runs."""
    complete: bool = True
    """Every message of the server is known here."""
    subscribed: bool = True


class Only(StrEnum):
    """A kind of messages to choose from a list; the last two are like a given message."""

    ALL = "all"
    UNREAD = "unread"
    READ = "read"
    STARRED = "starred"
    SENDER = "sender"
    THREAD = "thread"


class Summary(Record):
    """One row of a message list."""

    id: int
    """Ours, for ever: cursor, selection and undo hold this, whatever the server renumbers."""
    folder_id: int
    uid: str
    """The server's id (UID or UIDL); "" while a move has not been reported back."""
    received: int
    """When it reached the mailbox (INTERNALDATE); the list is sorted by this."""
    date: int
    """The Date header when it can be believed, else `received`."""
    sender: str
    """Display name, or the address without one."""
    email: str
    to: str
    subject: str
    flags: Flag
    size: int
    """Octets (RFC822.SIZE)."""
    has_attachment: bool
    cached: bool
    """The text can be read without the network."""
    pending: bool
    """A change of this message waits for the server."""
    standing: str = ""
    """Of a POP3 account: "here", the server does not hold it; "leaving", it is to be deleted there; "": it is there."""
    thread: int = 0
    """Which thread it is of; 0: not known yet."""
    branch: str = ""
    """Drawn before the subject, where a thread stands unfolded."""
    held: int = 0
    """Messages of its thread folded under this row."""
    place: str = ""
    """Its folder's name, where a list is of several folders."""
    aside: bool = False
    """It is shown for its thread's sake, and of another folder than the list."""
    labels: tuple[str, ...] = ()
    """What the user calls it: keywords, for people."""
    preview: str = ""
    """Its first words, as far as they are known."""


class Label(Record):
    """A keyword that a person uses."""

    keyword: str
    """As the server has it."""
    name: str
    """For people."""
    count: int
    """Messages of the account that have it."""
    having: int
    """Those of the messages asked about."""


class Span(Record):
    """A styled stretch [start, end) of a block's text.

    style is one of: bold italic underline strike code dim heading added removed link:N warning:N (N = 1-based number of
    a link).
    """

    start: int
    end: int
    style: str


class Cell(Record):
    """A cell of a table."""

    text: str
    """May hold newlines."""
    spans: tuple[Span, ...] = ()
    right: bool = False
    """Its text stands at the right edge."""
    head: bool = False
    columns: int = 1
    """How many columns it takes."""


class Block(Record):
    """One paragraph-like piece of a Document; laid out for a width by the widget."""

    kind: str
    """text (wrap), pre (keep lines), rule, heading, signature, table (with lines), columns (a table without), sealed (a
    place for a card, without any text)"""
    text: str
    """May hold newlines: forced breaks. Of a table: its lines at their natural width."""
    spans: tuple[Span, ...] = ()
    first: str = ""
    """Prefix of the first laid-out line (list mark, quote bars)."""
    rest: str = ""
    """Prefix of the following lines."""
    level: int = 0
    """Quote depth, 0 = the author's own words."""
    gap: bool = True
    """An empty line stands before this block."""
    rows: tuple[tuple[Cell, ...], ...] = ()
    """Of a table."""
    right: bool = False
    """It reads from right to left and stands at the right edge, its prefix too; letters stay in logical order."""
    seal: int = 0
    """Number (from 1) of the Seal it is under, of nested ones the innermost; 0: nothing vouches for it."""


class Link(Record):
    """A link of a Document; shown by number, never opened by itself."""

    url: str
    text: str
    warning: str = ""
    """Why this link may not be what it says; empty when nothing was found."""
    also: str = ""
    """Its host in its other spelling: the letters behind xn--, or the xn-- behind letters."""


class Fold(Record):
    """Blocks [start, end) of a Document that a reader rarely wants to see; shown as one line until asked for."""

    start: int
    end: int
    words: str
    """What is in it: "12 lines already read"."""


class Seal(Record):
    """Something signed or encrypted in a document. Its card stands above its blocks, in words of our own."""

    word: str
    """waiting (gpg has not been asked), unchecked, good, doubtful, bad, closed (encrypted), opened (but not signed)"""
    lines: tuple[str, ...]
    """The card, the most important line first."""
    whole: bool
    """All of the message is under it, its header never."""
    secret: bool = False
    """Its text was encrypted: it is for the screen, and for nothing that lasts longer."""


class Picture(Record):
    """A picture that a Document mentions, by number (from 1): "picture:N" is a Span over its words.

    Without words the span is empty, and the picture belongs above the block.
    """

    words: str
    source: str
    """cid: (RFC 2392) and data: come with the mail, "part:2" is a part of it; https: would have to be fetched."""
    width: int = 0
    """Pixels that the mail gives it, 0 when it does not say."""

    @property
    def remote(self) -> bool:
        """It does not come with the mail."""
        return self.source.startswith("https:")


class Raster(Record):
    """A picture to be painted: its pixels, row by row, three octets (red, green, blue) each."""

    width: int
    height: int
    pixels: bytes


class Document(Record):
    """A readable body: cleaned text in blocks, free of markup and of any widget library."""

    blocks: tuple[Block, ...] = ()
    links: tuple[Link, ...] = ()
    folds: tuple[Fold, ...] = ()
    """In order, none overlapping another."""
    seals: tuple[Seal, ...] = ()
    pictures: tuple[Picture, ...] = ()


class Elsewhere(Record):
    """The place of a body that did not come with its mail (RFC 2046 §5.2.3); never fetched without being asked."""

    host: str
    path: str
    anonymous: bool
    """It says that nobody need log in."""
    text: bool
    """To be fetched as lines (mode=ascii)."""


class Inside(Record):
    """Where an attachment lies in what was decrypted: in memory alone, for as long as the message is shown."""

    raw: bytes
    """All that was decrypted."""
    start: int
    end: int
    encoding: str
    """Transfer encoding."""

    def __repr__(self) -> str:
        """Without `raw`: what was encrypted is to stand in no log."""
        return f"Inside(start={self.start}, end={self.end}, encoding={self.encoding!r})"


class Attachment(Record):
    """A named or non-text part of a message."""

    name: str
    """Cleaned and without path; may be made up ("part-2.pdf")."""
    type: str
    """Media type, lower case."""
    size: int
    """Octets, decoded when known, else as transferred."""
    section: str
    """IMAP section number of the part, e.g. "2" or "2.1"."""
    elsewhere: Elsewhere | None = None
    """It is not in the mail but there."""
    inside: Inside | None = None
    """It was encrypted and is only there; `section` tells it from the others."""


class Kind(Record):
    """What a file really is, whatever its name and its mail say."""

    words: str
    """ "a PDF document", "a Windows program"."""
    warning: str = ""
    """Why it should not be opened without thinking; empty when nothing was found."""


class Piece(Record):
    """A node of a message's part tree, multiparts and messages inside included."""

    section: str
    """IMAP section number; "" for a message that is one multipart."""
    type: str
    """Media type, lower case, cleaned."""
    name: str
    """File name as cleaned for saving, "" without one."""
    size: int
    """Octets as transferred."""
    depth: int
    """0 for the root."""


class Proof(Record):
    """What a trusted server says about the sender (RFC 8601)."""

    word: str
    """verified, failed, unproven"""
    by: str
    reasons: tuple[str, ...]
    """One finding each: "dmarc=pass (example.org)"."""


class Signature(Record):
    """What gpg says of one OpenPGP signature. Its texts are as gpg gave them, not cleaned."""

    word: str
    """good, bad, unknown (no such key here), expired, key expired, revoked, unreadable"""
    key: str
    """Fingerprint of the primary key, hex; of an unknown key whatever gpg knows of it."""
    user: str = ""
    """The user id that gpg names first."""
    users: tuple[tuple[str, bool], ...] = ()
    """(user id, the reader's own trust says that the key belongs to it), without revoked ones."""


class Envelope(Record):
    """Something signed or encrypted in a message, as gpg wants to see it."""

    key: str
    """Which one of the message."""
    octets: bytes
    """What is signed, exactly as sent; or the OpenPGP message (clear-signed, encrypted)."""
    signature: bytes | None = None
    """Detached."""
    encrypted: bool = False


class Opened(Record):
    """What gpg made of an Envelope."""

    signatures: tuple[Signature, ...] = ()
    text: bytes | None = None
    """What was inside, all of it under the signatures; None: nothing, or nothing that may be shown."""
    decrypted: bool = False
    trouble: str = ""
    """Why there is no answer, in a sentence, cleaned."""


NOT_LOADED = "Images not loaded: "
"""How the note of a message begins that is no longer true when the reader has loaded some."""


class Message(Record):
    """One message opened for reading."""

    id: int
    subject: str
    sender: tuple[Address, ...]
    to: tuple[Address, ...]
    cc: tuple[Address, ...]
    reply_to: tuple[Address, ...]
    date: int | None
    """The Date header, None when absent or unreadable."""
    headers: tuple[tuple[str, str], ...]
    """Every header field in order, decoded and cleaned, for the full view."""
    document: Document
    attachments: tuple[Attachment, ...] = ()
    notes: tuple[str, ...] = ()
    """What the reader should know: broken structure, cut text, tricks found."""
    raw_headers: str = ""
    """The header block as sent, cleaned but not decoded."""
    pieces: tuple[Piece, ...] = ()
    """The part tree, in the order of the message."""
    forms: tuple[str, ...] = ()
    """In which forms the sender gave the text: "plain" and "html" when there is a choice, else nothing."""
    form: str = ""
    """Which of `forms` the document was made of."""
    charset: str = ""
    """What the first text was read as, a Python codec name ("utf_8", "cp1252"); "" without text."""
    beginning: bool = False
    """Only its first lines are here; `Mail.raw` fetches the rest."""
    proof: Proof | None = None
    """What the reader's own server found out about the sender; None when it said nothing."""
    labels: tuple[str, ...] = ()
    """As in its Summary."""


class PendingChange(Record):
    """One line of the queue: a wish the server has not yet been seen to fulfil."""

    message_id: int
    subject: str
    what: str
    """In words: "move INBOX → Archive", "set starred"."""
    since: int
    error: str = ""


class Deed(Record):
    """One thing the user did, as the history holds it."""

    id: int
    at: int
    label: str
    """In words, with the count: "archived 3 messages"."""
    count: int
    undone: bool


class DeedLine(Record):
    """A deed as the history screen tells it."""

    deed: Deed
    able: int
    """Of how many messages it can be reversed, or done again once it is reversed."""
    whys: tuple[tuple[str, int], ...] = ()
    """Why not of the others, and how many: gone, later (something newer was done to them), moved and changed
    (elsewhere), folder (the one they would go to is not there)."""
    final: bool = False
    """It never could be reversed."""
    subject: str = ""
    """Of the only message."""


class QueueGroup(Record):
    """Equal changes that wait for the server, as one line of the queue."""

    key: str
    """Names the group to `Mail.waiting`."""
    account: str
    what: str
    """In words: "move INBOX → Archive, star"; "" when nothing is left to be sent."""
    count: int
    since: int
    """Of the oldest, epoch seconds."""
    error: str = ""
    """What the server said when it refused, or what else stands in the way, in words."""
    unmade: str = ""
    """The folder that the server has to make first."""
    subject: str = ""
    """Of one of them."""
    ours: bool = False
    """It is not the server that stands in the way: the user has to do something first."""


class Conflict(Record):
    """A wish that ended because somebody else was there first."""

    at: int
    """When it was seen."""
    subject: str
    what: str
    """"deleted", or "folder": the one it was to be moved into is gone."""
    wish: str
    """In words: "archive"."""

    @property
    def words(self) -> str:
        """What came of it, as a sentence goes on."""
        if self.what == "deleted":
            return f"deleted elsewhere; your {self.wish} has nothing left to do"
        return f"your {self.wish} was not done; that folder is not on the server any more"


class Saved(Record):
    """A search that is kept."""

    name: str
    query: str
    """As it was typed."""


class Quota(Record):
    """One limit of a quota root (RFC 9208)."""

    root: str
    resource: str
    """STORAGE (in units of 1024 octets), MESSAGE …"""
    used: int
    limit: int


class Facts(Record):
    """What there is to know about one connection. All text is cleaned."""

    server: str
    """As the server names itself (ID, else its greeting)."""
    tls: str
    """"TLSv1.3, TLS_AES_256_GCM_SHA384"; "" without TLS."""
    offered: frozenset[str]
    """Capabilities after login, upper case."""
    buys: tuple[tuple[str, str], ...]
    """(capability in use, what it buys the reader)."""
    masked: tuple[tuple[str, str], ...]
    """(capability not used though it may be offered, why)."""
    compressed: bool
    received: int
    """Octets on the line, from the server and to it (`sent`), TLS not counted."""
    sent: int
    ratio: float
    """Octets of dialogue per octet on the line; 1.0 without compression."""
    quotas: tuple[Quota, ...] = ()
    stored: int | None = None
    """Octets of all folders together (STATUS=SIZE, RFC 8438); None where the server does not tell."""
    mechanism: str = ""
    """How we logged in: a SASL mechanism, or the LOGIN command."""
    certificate: tuple[tuple[str, str], ...] = ()
    """The server's certificate as (what, words); empty without TLS."""
    round_trip: float = 0.0
    """Seconds that the shortest question takes; 0.0: not measured."""


class WireLine(Record):
    """One line of the wire log: printable, its secrets struck out."""

    clock: str
    """"12:30:01.250", local time."""
    connection: int
    """Counts from 1 for each account."""
    who: str
    """C (we), S (the server), - (what happened to the connection)."""
    text: str


class AccountFacts(Record):
    """What the account screen shows of an account's dealings with its server."""

    connections: tuple[tuple[str, Facts], ...]
    """(what it is for: "work", "watch", the facts); empty while there is no line."""
    errors: tuple[tuple[int, str], ...]
    """(when, epoch seconds, what): the last troubles, newest first."""
