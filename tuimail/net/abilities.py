"""What a server can do, for the program (`Abilities`) and in words for its owner (`tuimail account check`)."""

from __future__ import annotations

from collections.abc import Iterable

from tuimail.net.remote import Abilities

_MEANING = {
    "IDLE": "new mail appears at once",
    "CONDSTORE": "changed flags are found without asking for all of them",
    "QRESYNC": "a folder reopens in one round trip, deletions included",
    "ESEARCH": "the list of all messages is a few octets and not one number each",
    "MOVE": "archiving and deleting are one step that cannot stop half-way",
    "UIDPLUS": "a move tells the new ids, and only our own deletions are expunged",
    "UNSELECT": "a folder is left without expunging it",
    "COMPRESS=DEFLATE": "less traffic on slow lines",
    "LITERAL+": "uploads without an extra round trip",
    "LITERAL-": "small uploads without an extra round trip",
    "SASL-IR": "logging in is one round trip faster",
    "ENABLE": "extensions can be switched on",
    "LIST-EXTENDED": "folders and subscriptions come in one answer",
    "LIST-STATUS": "the counts of all folders come in one answer",
    "SPECIAL-USE": "the server says which folder is Sent, Trash, Archive",
    "NAMESPACE": "the server says where folders of one's own begin",
    "CHILDREN": "folders say whether they have folders inside",
    "ID": "server and program can introduce themselves",
    "NOTIFY": "all folders can be watched on one connection",
    "STATUS=SIZE": "folder sizes are known",
    "OBJECTID": "messages keep their identity when moved",
    "PREVIEW": "the first words of a message come without fetching it",
    "BINARY": "attachments travel without base64",
    "SORT": "the server can sort",
    "THREAD=REFERENCES": "the server can group conversations",
    "QUOTA": "the space left is known",
    "PARTIAL": "the newest hits of a search come first, a page at a time",
    "APPENDLIMIT": "what is too large to be uploaded is known before",
    "XLIST": "the server says which folder is Sent, Trash, Archive, in the old way",
    "MULTIAPPEND": "many messages are uploaded in one command",
    "X-GM-EXT-1": "Gmail: labels, conversations, its own search",
    "IMAP4REV2": "the newer IMAP is spoken",
    "UTF8=ACCEPT": "folder names and headers may be UTF-8",
}


def abilities_of(capabilities: Iterable[str]) -> Abilities:
    """What may be used of these capabilities (any case)."""
    known = frozenset(word.upper() for word in capabilities)
    newer = "IMAP4REV2" in known and "IMAP4REV1" not in known  # RFC 9051 holds these extensions in itself
    return Abilities(
        capabilities=known,
        condstore="CONDSTORE" in known or "QRESYNC" in known,
        qresync="QRESYNC" in known and (newer or "ENABLE" in known),
        notify="NOTIFY" in known,
        uidplus=newer or "UIDPLUS" in known,
        move=newer or "MOVE" in known,
        idle=newer or "IDLE" in known,
        special_use=newer or "SPECIAL-USE" in known,
        identity=bool(known & {"OBJECTID", "X-GM-EXT-1"}),
        previews="PREVIEW" in known,
        subscriptions=True,  # by LIST (RFC 5258), else by LSUB
    )


def describe(capabilities: Iterable[str]) -> list[tuple[str, str]]:
    """(capability, what it buys the reader), for those that are offered and known, most useful first."""
    offered = {word.upper() for word in capabilities}
    return [(word, meaning) for word, meaning in _MEANING.items() if word in offered]
