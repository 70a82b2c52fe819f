"""What SELECT tells, gathered reply by reply. All of it but EXISTS may be missing (Courier sends no UIDNEXT)."""

from __future__ import annotations

from tuimail.model import Flag
from tuimail.net import flagwords
from tuimail.net.remote import FlagState, FolderState, Resync, Since
from tuimail.protocol.imap import sets
from tuimail.protocol.imap.responses import Event, Exists, Fetch, ResponseCode, StatusLine, Vanished

_MANY = 100_000
"""Changes told in one answer; of more, the folder is rather compared as a whole."""


class Opening:
    """One SELECT under way. since: what was told of ourselves (QRESYNC)."""

    def __init__(self, since: Since | None = None) -> None:
        self._since = since
        self._forget()

    def _forget(self) -> None:
        self._exists = 0
        self._codes: dict[str, int | None] = {}
        self._keywords = True
        self._permanent: Flag | None = None
        self._named = ""
        self._read_only = False
        self._flags: dict[int, FlagState] = {}
        self._vanished: list[tuple[int, int]] = []

    def wants(self, event: Event) -> bool:
        """Whether this may belong to the answer."""
        if self._since is not None and isinstance(event, Fetch | Vanished):
            return True
        return isinstance(event, Exists) or (isinstance(event, StatusLine) and event.code is not None)

    def take(self, event: Event) -> None:
        """Gather one reply."""
        match event:
            case Exists(count=count):
                self._exists = count
            case StatusLine(code=code):
                self.notice(code)
            case Vanished(uids=uids):
                self._vanished += uids[: _MANY + 1 - len(self._vanished)]
            case Fetch(uid=uid, flags=flags) if uid is not None and flags is not None and len(self._flags) <= _MANY:
                self._flags[uid] = FlagState(uid, *flagwords.read(flags))

    def notice(self, code: ResponseCode | None) -> None:
        """Also for the code of the tagged OK."""
        if code is None:
            return
        if code.name == "CLOSED":  # RFC 7162 §3.2.11: what came before belongs to the old folder
            self._forget()
        elif code.name in ("READ-ONLY", "READ-WRITE"):
            self._read_only = code.name == "READ-ONLY"
        elif code.name == "PERMANENTFLAGS":
            self._keywords = b"\\*" in code.words
            self._permanent, self._named = flagwords.read(code.words)
        elif code.name in ("HIGHESTMODSEQ", "NOMODSEQ"):
            self._codes["HIGHESTMODSEQ"] = code.number or None  # a mod-sequence begins at 1 (RFC 7162 §7)
        else:
            self._codes[code.name] = code.number

    def state(self) -> FolderState:
        """What was told, once the SELECT is complete."""
        uidvalidity = self._codes.get("UIDVALIDITY") or 0
        modseq = self._codes.get("HIGHESTMODSEQ")
        permanent = self._permanent
        if permanent is not None and self._keywords:
            permanent |= Flag.FORWARDED | Flag.JUNK
        resync = None
        few = len(self._flags) <= _MANY and len(self._vanished) <= _MANY
        since = self._since
        # Counted from anew (its indexes were lost), mod-sequences tell nothing of what changed since ours.
        told = since is not None and since.uidvalidity == uidvalidity and modseq is not None and modseq >= since.modseq
        if told and few:
            resync = Resync(tuple(self._flags.values()), sets.normal(self._vanished))
        return FolderState(
            uidvalidity=uidvalidity,
            exists=self._exists,
            uidnext=self._codes.get("UIDNEXT"),
            highestmodseq=modseq,
            read_only=self._read_only,
            keywords_allowed=self._keywords,
            permanent=permanent,
            keywords=self._named,
            resync=resync,
        )
