"""A Mail in memory: what the screens see, without store, engine or network.

It is a subclass of Mail so that screens take it by type; it never calls Mail's own code.
Everything in it is fixed (the clock too), so a picture of it is the same every time.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from types import TracebackType
from typing import Any, Self, cast

from tests.fakes.account_facts import FACTS, SAID
from tests.fakes.fake_attached import FakeAttached
from tests.fakes.fake_filing import FakeFiling
from tests.fakes.fake_ledgers import FakePast, FakeWaiting
from tests.fakes.fake_lists import FakeLists
from tests.fakes.fake_pictures import FakePictures
from tests.fakes.fake_previews import FakePreviews
from tests.fakes.fake_searching import FakeSearching
from tests.fakes.fake_shelves import FakeShelves
from tests.fakes.fake_threads import FakeThreads
from tests.fakes.letters import NOW, letters, welcome
from tuimail.changes import AccountState, BodyArrived, Change, FoldersChanged, Line, MessagesChanged
from tuimail.errors import Irreversible, NotFound
from tuimail.mail import Mail
from tuimail.model import (
    Account,
    AccountFacts,
    Block,
    Deed,
    Document,
    Flag,
    Folder,
    Message,
    PendingChange,
    Role,
    Summary,
    WireLine,
)
from tuimail.records import replace
from tuimail.sync.filing import Filing
from tuimail.sync.library import STANDING
from tuimail.sync.lists import Lists
from tuimail.sync.previews import Previews
from tuimail.sync.searching import Searching
from tuimail.sync.shelves import Shelves
from tuimail.sync.threads import Threads

ACCOUNT = Account("ada@example.org", "imap.example.org", 993, "ada@example.org")

_FOLDERS = (
    ("INBOX", Role.INBOX),
    ("Drafts", Role.DRAFTS),
    ("Sent", Role.SENT),
    ("Archive", Role.ARCHIVE),
    ("Junk", Role.JUNK),
    ("Trash", Role.TRASH),
    ("Family", Role.NONE),
    ("Lists", Role.NONE),
    ("Lists/python-dev", Role.NONE),
    ("Lists/textual", Role.NONE),
    ("Receipts", Role.NONE),
    ("Travel", Role.NONE),
)


@dataclass
class _Done:
    deed: Deed
    before: dict[int, Summary]
    after: dict[int, Summary]


class FakeMail(Mail):
    """Forty letters in one account. `without` names roles that have no folder; `empty` leaves every folder empty."""

    def __init__(self, *, without: Sequence[Role] = (), empty: bool = False, read_only: str = "") -> None:
        self.asked: list[tuple[object, ...]] = []
        """What the screen asked for, in order: ("message", id, prefetch), ("show", folder_id), ("sync_now",)."""
        self.offline_ids: set[int] = set()
        self.parsed: set[int] = set()
        """Messages that `ready` gives, for they have been asked for."""
        self.final = False
        self.failure: Exception | None = None
        """Raised once by the next verb."""
        self.said = list(SAID)
        """The wire log."""
        self.accounts = (ACCOUNT,)
        self._others: dict[str, AccountState] = {}
        self.read_only = read_only
        self.trouble = ""
        self._listeners: list[Callable[[Change], None]] = []
        self._folders = [
            Folder(number, 1, ACCOUNT.name, name, "/", role, True, 0, 0, 0)
            for number, (name, role) in enumerate(_FOLDERS, 1)
            if role not in without or role is Role.NONE
        ]
        self._letters: dict[int, Message] = {}
        self.attached = FakeAttached(self._as_sent)
        self.pictures = FakePictures()
        self.filed = FakeFiling(self)
        self.filing = cast(Filing, self.filed)
        self.shelved = FakeShelves(self)
        self.shelves = cast(Shelves, self.shelved)
        self.lists = cast(Lists, FakeLists(self))
        self.finds = FakeSearching(self)
        self.searching = cast(Searching, self.finds)
        self.previewed = FakePreviews(self)
        self.previews = cast(Previews, self.previewed)
        self.past = FakePast(self)
        self.waiting = FakeWaiting(self)
        self.threads = cast(Threads, FakeThreads(self))
        self.rows: dict[int, Summary] = {}
        """By id; what is nowhere any more is in no folder (0)."""
        self._deeds: list[_Done] = []
        self._turned: list[int] = []
        self._waiting: dict[int, PendingChange] = {}
        self._state = AccountState(ACCOUNT.name, Line.ONLINE, NOW - 300)
        if not empty:
            by_name = {folder.name: folder.id for folder in self._folders}
            for folder_name, row, letter in letters():
                if folder_name in by_name:
                    self.rows[row.id] = replace(row, folder_id=by_name[folder_name])
                    self._letters[row.id] = letter

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._listeners.clear()

    # --- what a test does to it ----------------------------------------------------------
    def tell(self, change: Change) -> None:
        for listener in list(self._listeners):
            listener(change)

    def leave(self, message_id: int) -> None:
        """Another client takes it away."""
        folder_id = self.rows[message_id].folder_id
        self.rows[message_id] = replace(self.rows[message_id], folder_id=0)
        self.tell(MessagesChanged(folder_id))

    def arrive(self, subject: str, sender: str = "Grace Hopper", folder: str = "INBOX") -> int:
        """New mail, on top of the list."""
        folder_id = self.by_name(folder).id
        new_id = max(self.rows, default=0) + 1
        row, letter = welcome(new_id, subject, sender, NOW + new_id)
        self.rows[new_id] = replace(row, folder_id=folder_id)
        self._letters[new_id] = letter
        self.tell(MessagesChanged(folder_id, fresh=1))
        self.tell(FoldersChanged())
        return new_id

    def write(self, message_id: int, **fields: Any) -> None:
        """Another text, other links … for a letter: any field of Message."""
        self._letters[message_id] = replace(self._letters[message_id], **fields)

    def body_arrives(self, message_id: int) -> None:
        self.offline_ids.discard(message_id)
        self.tell(BodyArrived(message_id))

    def line(self, state: AccountState) -> None:
        """Another account than ours is one that has not been reached yet."""
        if state.account == ACCOUNT.name:
            self._state = state
        else:
            self._others[state.account] = state
        self.tell(state)

    def go_offline(self) -> None:
        self.line(AccountState(ACCOUNT.name, Line.OFFLINE, NOW - 28 * 60, detail="no network"))

    def become_pop3(self) -> None:
        """A maildrop from which mail is deleted after a day: what is older is only here."""
        for id_, row in self.rows.items():
            if row.received < NOW - 86_400:
                self.rows[id_] = replace(row, standing="here")
                self.write(id_, notes=(STANDING["here"],))
        self.line(replace(self._state, checked=NOW - 28 * 60))
        self.tell(MessagesChanged(self.by_name("INBOX").id))

    def by_name(self, name: str) -> Folder:
        return next(folder for folder in self._folders if folder.name == name)

    # --- Mail ------------------------------------------------------------------------------
    def subscribe(self, listener: Callable[[Change], None]) -> Callable[[], None]:
        self._listeners.append(listener)
        return lambda: self._listeners.remove(listener)

    async def facts(self, account_id: int) -> AccountFacts:
        return FACTS

    def account_id(self, name: str) -> int | None:
        return 1 if name == ACCOUNT.name else None

    def wire(self, name: str, since: int = 0) -> tuple[int, list[WireLine]]:
        return len(self.said), self.said[since:]

    def states(self) -> list[AccountState]:
        return [self._state, *self._others.values()]

    def folders(self) -> list[Folder]:
        counted = []
        for folder in self._folders:
            rows = [row for row in self.rows.values() if row.folder_id == folder.id]
            unread = sum(Flag.SEEN not in row.flags for row in rows)
            counted.append(replace(folder, total=len(rows), unread=unread, exists=len(rows)))
        return counted

    def folder(self, folder_id: int) -> Folder | None:
        return next((folder for folder in self.folders() if folder.id == folder_id), None)

    def folder_by_role(self, account_id: int, role: Role) -> Folder | None:
        return next((folder for folder in self.folders() if folder.role == role), None)

    def _sorted(self, folder_id: int) -> list[Summary]:
        rows = [row for row in self.rows.values() if row.folder_id == folder_id]
        return sorted(rows, key=lambda row: (row.received, row.id), reverse=True)

    def count(self, folder_id: int) -> int:
        return len(self._sorted(folder_id))

    def page(self, folder_id: int, offset: int, limit: int) -> list[Summary]:
        return self._sorted(folder_id)[offset : offset + limit]

    def position(self, folder_id: int, message_id: int) -> int | None:
        ids = [row.id for row in self._sorted(folder_id)]
        return ids.index(message_id) if message_id in ids else None

    def next_unread(self, folder_id: int, message_id: int | None, direction: int) -> int | None:
        rows = self._sorted(folder_id)[::direction]
        at = next((n for n, row in enumerate(rows) if row.id == message_id), -1)
        return next((row.id for row in rows[at + 1 :] if Flag.SEEN not in row.flags), None)

    def summary(self, message_id: int) -> Summary | None:
        return self.rows.get(message_id)

    def turned_last(self) -> int | None:
        there = [self.rows[each] for each in self._turned if each in self.rows]
        return max(there, key=lambda row: (row.received, row.id)).id if there else None

    def any_lacks(self, ids: Sequence[int], flag: Flag) -> bool:
        return any(flag not in self.rows[each].flags for each in ids if each in self.rows)

    def pending(self, limit: int = 500) -> list[PendingChange]:
        return list(self._waiting.values())[:limit]

    def pending_count(self) -> int:
        return len(self._waiting)

    def history(self, limit: int = 200) -> list[Deed]:
        return [done.deed for done in reversed(self._deeds)][:limit]

    async def message(self, message_id: int, *, prefetch: bool = False, form: str = "", charset: str = "") -> Message:
        from tuimail.errors import Offline

        self.asked.append(("message", message_id, prefetch, *filter(None, (form, charset))))
        if message_id not in self._letters:
            raise NotFound("This message is not here any more.")
        if message_id in self.offline_ids:
            raise Offline("The text of this message has not been fetched yet.", "It comes when the line is back.")
        letter = self._letters[message_id]
        if form or charset:
            words = " ".join(filter(None, (form, charset)))
            return replace(letter, form=form or letter.form, document=Document((Block("text", f"As {words}."),)))
        self.parsed.add(message_id)
        return letter

    def text_of(self, message_id: int) -> Sequence[Block]:
        """What is written in a letter."""
        return self._letters[message_id].document.blocks

    async def looked_into(
        self, message_id: int, *, decrypt: bool = False, form: str = "", charset: str = ""
    ) -> Message:
        self.asked.append(("looked_into", message_id, decrypt))
        letter = self._letters[message_id]
        lines = ("Encrypted, and not signed: anybody can have written this.",)
        opened = tuple(replace(seal, word="opened", lines=lines, secret=True) for seal in letter.document.seals)
        return replace(letter, document=replace(letter.document, seals=opened)) if decrypt else letter

    def ready(self, message_id: int) -> Message | None:
        return self._letters.get(message_id) if message_id in self.parsed else None

    async def raw(self, message_id: int, progress: Callable[[int, int], None] | None = None) -> bytes:
        await self.message(message_id)
        return self._as_sent(message_id)

    def _as_sent(self, message_id: int) -> bytes:
        letter = self._letters[message_id]
        body = "\r\n".join(block.text for block in letter.document.blocks)
        return f"{letter.raw_headers}\r\n\r\n{body}\r\n".encode()

    async def _carry(self, ids: Sequence[int], folder_id: int, label: str) -> str:
        return self.do({n: replace(self.rows[n], folder_id=folder_id) for n in ids}, label)

    def do(self, after: dict[int, Summary], label: str) -> str:
        self._may_write()
        before = {message_id: self.rows[message_id] for message_id in after}
        count = len(after)
        words = f"{label} {count} message{'s' * (count != 1)}"
        del self._deeds[len(self._deeds) - self._undone() :]
        self._deeds.append(_Done(Deed(len(self._deeds) + 1, NOW, words, count, False), before, after))
        self._put(after, words)
        return words

    def put_folder(self, folder: Folder, *, gone: bool = False) -> None:
        """This folder is so now."""
        others = [f for f in self._folders if f.id != folder.id]
        self._folders = sorted(others if gone else [*others, folder], key=lambda f: f.id)
        self.tell(FoldersChanged())

    def give_role(self, folder_id: int, role: Role) -> None:
        """This folder is for this."""
        self._folders = [replace(f, role=role) if f.id == folder_id else f for f in self._folders]
        self.tell(FoldersChanged())

    def forget_last(self) -> None:
        """What was done last cannot be undone, which undo will say once."""
        self._deeds.pop()
        self.final = True

    def _put(self, rows: dict[int, Summary], what: str) -> None:
        self._turned = list(rows)
        folders = {self.rows[n].folder_id for n in rows} | {row.folder_id for row in rows.values()}
        self.rows.update(rows)
        for message_id, row in rows.items():
            self.rows[message_id] = replace(row, pending=self._state.line is Line.OFFLINE)
            if self._state.line is Line.OFFLINE:
                self._waiting[message_id] = PendingChange(message_id, row.subject, what, NOW - 60)
        for folder_id in folders:
            self.tell(MessagesChanged(folder_id))
        self.tell(FoldersChanged())

    def _may_write(self) -> None:
        if self.failure is not None:
            failure, self.failure = self.failure, None
            raise failure
        if self.read_only:
            from tuimail.errors import ReadOnly

            raise ReadOnly(self.read_only)

    def _role_folder(self, role: Role, name: str) -> Folder:
        self._may_write()
        if (folder := self.folder_by_role(1, role)) is None:
            raise NotFound(f"No {name} folder here.")
        return folder

    async def archive(self, ids: Sequence[int]) -> str:
        return await self._carry(ids, self._role_folder(Role.ARCHIVE, "Archive").id, "archived")

    async def trash(self, ids: Sequence[int]) -> str:
        return await self._carry(ids, self._role_folder(Role.TRASH, "Trash").id, "trashed")

    async def to_inbox(self, ids: Sequence[int]) -> str:
        return await self._carry(ids, self._role_folder(Role.INBOX, "INBOX").id, "moved to the inbox")

    async def move(self, ids: Sequence[int], folder_id: int) -> str:
        target = self.folder(folder_id)
        assert target is not None
        return (await self._carry(ids, folder_id, "moved")) + f" to {target.name}"

    async def flag(
        self, ids: Sequence[int], add: Flag = Flag.NONE, remove: Flag = Flag.NONE, *, remember: bool = True
    ) -> str:
        words = {
            (Flag.FLAGGED, Flag.NONE): "starred",
            (Flag.NONE, Flag.FLAGGED): "unstarred",
            (Flag.SEEN, Flag.NONE): "marked read:",
            (Flag.NONE, Flag.SEEN): "marked unread:",
        }[add, remove]
        said = self.do({n: replace(self.rows[n], flags=(self.rows[n].flags | add) & ~remove) for n in ids}, words)
        if not remember:
            self._deeds.pop()
        return said

    async def create_folder(self, account_id: int, name: str, role: Role = Role.NONE) -> Folder:
        self._may_write()
        folder = Folder(len(_FOLDERS) + 1, account_id, ACCOUNT.name, name, "/", role, True, 0, 0, 0)
        self._folders.append(folder)
        self.tell(FoldersChanged())
        return folder

    def _undone(self) -> int:
        return sum(done.deed.undone for done in self._deeds)

    async def undo(self) -> str:
        if self.final:
            self.final = False
            raise Irreversible("Cannot undo: deleted for good 1 message.", "Again undoes: archived 1 message.")
        for done in reversed(self._deeds):
            if not done.deed.undone:
                done.deed = replace(done.deed, undone=True)
                self._put(done.before, f"undid: {done.deed.label}")
                return f"undid: {done.deed.label}"
        return ""

    async def redo(self) -> str:
        for done in self._deeds:
            if done.deed.undone:
                done.deed = replace(done.deed, undone=False)
                self._put(done.after, done.deed.label)
                return f"did again: {done.deed.label}"
        return ""

    def rows_of(self, deed_id: int) -> dict[int, Summary]:
        """The messages of a deed, as they were before it."""
        return next((done.before for done in self._deeds if done.deed.id == deed_id), {})

    def turn(self, deed_id: int, *, undone: bool) -> str:
        """Reverse a deed or do it again, wherever it stands in the history."""
        self._may_write()
        done = next(done for done in self._deeds if done.deed.id == deed_id)
        done.deed = replace(done.deed, undone=undone)
        words = f"{'undid' if undone else 'did again'}: {done.deed.label}"
        self._put(done.before if undone else done.after, words)
        return words

    def no_longer_waits(self, ids: Sequence[int]) -> None:
        for message_id in ids:
            self._waiting.pop(message_id, None)
        self.tell(FoldersChanged())

    def show(self, folder_id: int) -> None:
        self.asked.append(("show", folder_id))

    def start(self) -> None:
        pass

    def attend(self) -> None:
        pass

    def sync_now(self) -> None:
        self.asked.append(("sync_now",))
