"""Mail, the one door: ask (folders, page, message) and do (archive, trash, flag, move, undo).

Asking reads SQLite only and answers at once (bounded queries, safe to call from a key handler).
Doing writes the wish and the history in one durable transaction and returns; the network is
somebody else's business. What changes is told to subscribers.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from functools import cached_property
from importlib import import_module
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self

from tuimail.changes import AccountState, Change, FoldersChanged, MessagesChanged, Trouble
from tuimail.content.authres import trusted_names
from tuimail.errors import Irreversible, LoginRefused, NotFound, ReadOnly
from tuimail.model import Account, AccountFacts, Deed, Flag, Folder, Message, PendingChange, Role, Summary, WireLine
from tuimail.net.remote import Remote
from tuimail.net.wirelog import WireRing
from tuimail.store import folders, history, messages, shelves, wishes
from tuimail.store.database import USER, Database
from tuimail.store.history import Done
from tuimail.sync.engine import Engine
from tuimail.sync.library import Library

if TYPE_CHECKING:
    from tuimail.net.pop.session import PopSession
    from tuimail.sync.attached import Attached
    from tuimail.sync.backups import Target
    from tuimail.sync.exports import Exported
    from tuimail.sync.filing import Filing
    from tuimail.sync.lists import Lists
    from tuimail.sync.past import Past
    from tuimail.sync.pictures import Pictures
    from tuimail.sync.previews import Previews
    from tuimail.sync.searching import Searching
    from tuimail.sync.shelves import Shelves
    from tuimail.sync.threads import Threads
    from tuimail.sync.waiting import Waiting

Password = Callable[[Account], Awaitable[str]]
Dial = Callable[[], Awaitable[Any]]

log = logging.getLogger(__name__)

FILES = "files"
"""Account.protocol of mail that lies in files; Account.host is their path."""
POP3 = "pop3"
"""Account.protocol of a maildrop."""
DRAIN = 2.0
"""Seconds that leaving waits for changes on their way to the server."""
LOOK_AGAIN = 2.0
"""Seconds between two looks at what another process has written."""
_SETTLED_IN = 1.0
"""Seconds after the start when new rows begin to be indexed: the first picture is on the screen."""


class Mail:
    """An async context manager: entering opens the store, `start` begins to talk to servers, leaving logs out.

    password gives an account's secret when a server asks for it. dial replaces the way to a
    server, by account name (the demo has no port). refused is called when a server did not accept the secret.
    Raises StoreError on entering.
    """

    def __init__(
        self,
        data_dir: Path,
        accounts: Sequence[Account],
        password: Password,
        dial: Mapping[str, Dial] | None = None,
        refused: Callable[[Account], None] = lambda account: None,
    ) -> None:
        self.accounts = tuple(accounts)
        self._data_dir = data_dir
        self._password = password
        self._dial = dict(dial or {})
        self._rings = {account.name: WireRing() for account in accounts}
        self._refused = refused
        self._listeners: list[Callable[[Change], None]] = []
        self._anchors: dict[int, messages.Anchor] = {}
        self._background: asyncio.Task[None] | None = None

    async def __aenter__(self) -> Self:
        self._database = Database(self._data_dir)
        self._database.on_damage = lambda: self._tell(
            Trouble(self._database.damage, "Quit and start again: a damaged store is put aside and mail fetched anew.")
        )
        self.read_only = self._database.read_only
        """"" normally; else the sentence that says why nothing may be changed from here."""
        self.trouble = self._database.trouble
        """What should be told once about the opening of the store."""
        engines = []
        trusted = {}
        try:
            for account in self.accounts if not self.read_only else ():
                pop = account.protocol == POP3
                account_id = await self._database.write(
                    lambda db, n=account.name, pop=pop: folders.put_account(db, n, maildrop=pop)  # type: ignore[misc]
                )
                engines.append((account.name, account_id, self._connector(account, account_id)))
                trusted[account_id] = trusted_names(account.host, account.trusted_authserv)
        except BaseException:
            self._database.close()
            raise
        self._engine = Engine(self._database, engines, self._tell)
        self._library = Library(self._database, self._engine.accounts.get, self._tell, trusted)
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if not self.read_only and self.pending_count():
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(DRAIN):
                    await asyncio.gather(*(account.drain() for account in self._engine.accounts.values()))
        await self._library.close()
        if self._background is not None:
            self._background.cancel()
            await asyncio.gather(self._background, return_exceptions=True)
        if "searching" in self.__dict__:
            await self.searching.close()
        await self._engine.stop()
        self._database.close()

    def start(self) -> None:
        """Begin to talk to the servers, and soon to index what they bring; returns at once."""
        self._engine.start()
        if self._background is None:
            self._background = asyncio.create_task(self._follow() if self.read_only else self._index(), name="index")

    async def _index(self) -> None:
        await asyncio.sleep(_SETTLED_IN)
        await asyncio.to_thread(import_module, "tuimail.sync.searching")
        await self.searching.keep_up()

    async def _follow(self) -> None:
        """Where another process writes, look now and then whether it has."""
        known: int | None = None
        while True:
            version = self._database.look(lambda db: int(db.execute("PRAGMA data_version").fetchone()[0]), known)
            if known is not None and version != known:
                self._tell(FoldersChanged())
                for folder in self.folders():
                    self._tell(MessagesChanged(folder.id))
            known = version
            await asyncio.sleep(LOOK_AGAIN)

    # --- be told ---------------------------------------------------------------------------------

    def subscribe(self, listener: Callable[[Change], None]) -> Callable[[], None]:
        """Call `listener` on the event loop after each change; returns a function that stops it."""
        self._listeners.append(listener)
        return lambda: self._listeners.remove(listener)

    def _tell(self, change: Change) -> None:
        if isinstance(change, MessagesChanged):
            self._anchors.pop(change.folder_id, None)
        for listener in tuple(self._listeners):
            try:
                listener(change)
            except Exception:  # who listens badly must not take an account off the line
                log.exception("a listener failed at %s", change)

    # --- ask --------------------------------------------------------------------------------------

    def states(self) -> list[AccountState]:
        """How each account's connection stands."""
        return self._engine.states()

    async def facts(self, account_id: int) -> AccountFacts:
        """What is known of the account's server and connections: the account screen shows it."""
        account = self._engine.accounts.get(account_id)
        return await account.facts() if account is not None else AccountFacts((), ())

    def account_id(self, name: str) -> int | None:
        """The id of an account that is open, by its name."""
        return next((id_ for id_, account in self._engine.accounts.items() if account.name == name), None)

    def wire(self, name: str, since: int = 0) -> tuple[int, list[WireLine]]:
        """What was said on the account's connections after the serial number `since`, and the number now."""
        ring = self._rings.get(name)
        return ring.since(since) if ring is not None else (0, [])

    def folders(self) -> list[Folder]:
        """All folders of the accounts that are open, account by account, the inbox first."""
        names = {account.name for account in self.accounts}
        found: list[Folder] = self._database.look(folders.all_folders, [])
        return [folder for folder in found if folder.account in names]

    def folder(self, folder_id: int) -> Folder | None:
        """One folder."""
        return self._database.look(lambda db: folders.one_folder(db, folder_id), None)

    def folder_by_role(self, account_id: int, role: Role) -> Folder | None:
        """The account's Archive, Trash …"""
        return next((f for f in self.folders() if f.account_id == account_id and f.role is role), None)

    def count(self, folder_id: int) -> int:
        """Rows of the list: while a folder is being fetched for the first time, as many as the server has."""
        folder = self.folder(folder_id)
        if folder is None:
            return 0
        return folder.total if folder.complete else max(folder.total, folder.exists)

    def page(self, folder_id: int, offset: int, limit: int) -> list[Summary]:
        """Rows offset … offset + limit, newest first."""
        folder = self.folder(folder_id)
        if folder is None:
            return []
        anchor = self._anchors.get(folder_id)
        total = folder.total
        rows: list[Summary] = self._database.look(
            lambda db: messages.page(db, folder_id, offset, limit, total, anchor), []
        )
        if rows:
            top = self._database.look(lambda db: messages.anchor(db, rows[0].id, offset), None)
            if top is not None:
                self._anchors[folder_id] = top
        return rows

    def position(self, folder_id: int, message_id: int) -> int | None:
        """At which row a message stands; None when it is not in this folder (any more)."""
        anchor = self._anchors.get(folder_id)
        return self._database.look(lambda db: messages.position(db, folder_id, message_id, anchor), None)

    def next_unread(self, folder_id: int, message_id: int | None, direction: int) -> int | None:
        """Id of the nearest unread message below (1) or above (-1) this one; None: from the edge."""
        return self._database.look(lambda db: messages.next_unread(db, folder_id, message_id, direction), None)

    def summary(self, message_id: int) -> Summary | None:
        """One row, wherever it is."""
        return self._database.look(lambda db: messages.summary(db, message_id), None)

    def turned_last(self) -> int | None:
        """The newest message (of a thousand) of what was done, undone or done again last; None when it was of none."""
        return self._database.look(lambda db: messages.highest(db, history.turned_last(db, 1000)), None)

    def any_lacks(self, ids: Sequence[int], flag: Flag) -> bool:
        """Does one of these messages lack the flag?"""
        return self._database.look(lambda db: messages.any_lacks(db, ids, int(flag)), False)

    def pending(self, limit: int = 500) -> list[PendingChange]:
        """What waits for the server, oldest first."""
        return self._database.look(lambda db: wishes.pending(db, limit), [])

    def pending_count(self) -> int:
        """How many messages wait for the server."""
        return self._database.look(wishes.pending_count, 0)

    def history(self, limit: int = 200) -> list[Deed]:
        """What was done, newest first."""
        return self._database.look(lambda db: history.deeds(db, limit), [])

    # --- read (may need the network) -----------------------------------------------------------------

    async def message(self, message_id: int, *, prefetch: bool = False, form: str = "", charset: str = "") -> Message:
        """The message, parsed. Raises Offline when its text is not here and there is no line, NotFound when gone.

        form: one of `Message.forms`, charset: what the user says the text is written in; "" leaves it to the mail.
        """
        return await self._library.message(message_id, prefetch=prefetch, form=form, charset=charset)

    async def looked_into(
        self, message_id: int, *, decrypt: bool = False, form: str = "", charset: str = ""
    ) -> Message:
        """The message after gpg has verified its signatures and, with `decrypt`, opened what is encrypted.

        What was encrypted is only in what this returns: it is stored nowhere. decrypt also fetches what is not here
        and raises as `message`. What gpg cannot do is said on the cards of the seals.
        """
        return await self._library.looked_into(message_id, decrypt=decrypt, form=form, charset=charset)

    def ready(self, message_id: int) -> Message | None:
        """The message if it has been parsed lately, without any waiting."""
        return self._library.ready(message_id)

    async def raw(self, message_id: int, progress: Callable[[int, int], None] | None = None) -> bytes:
        """The whole message as sent. progress: called with octets so far and in all. Raises as `message`."""
        return await self._library.raw(message_id, progress)

    @cached_property
    def attached(self) -> Attached:
        """The attachments: saved, looked into, handed to other programs."""
        from tuimail.sync.attached import Attached  # not needed for the first picture
        from tuimail.sync.downloads import Downloads

        directory = self._data_dir / "parts"
        downloads = Downloads(self._database, directory, self._engine.accounts.get)
        return Attached(self._library, downloads, directory, {account.user for account in self.accounts})

    @cached_property
    def lists(self) -> Lists:
        """Lists other than one whole folder."""
        from tuimail.sync.lists import Lists

        return Lists(self._database)

    @cached_property
    def previews(self) -> Previews:
        """The first words of messages whose texts are not here."""
        from tuimail.sync.previews import Previews

        return Previews(self._database, self._engine.accounts, self._tell)

    @cached_property
    def pictures(self) -> Pictures:
        """The pictures of messages, and of whom remote ones are loaded."""
        from tuimail.sync.pictures import Pictures

        return Pictures(self._database, self.attached)

    @cached_property
    def searching(self) -> Searching:
        """Finding messages: in the store, on the servers, by name."""
        from tuimail.sync.searching import Searching

        engine, names = self._engine, {account.name for account in self.accounts}
        return Searching(self._database, engine.accounts, engine.attention, self._tell, self.subscribe, names)

    @cached_property
    def threads(self) -> Threads:
        """Conversations as lists show them, and muting."""
        from tuimail.sync.threads import Threads

        return Threads(self._database, self._must_be_kept_somewhere, self._done, self.folders)

    @cached_property
    def past(self) -> Past:
        """What was done, line by line, to be reversed in any order."""
        from tuimail.sync.past import Past

        return Past(self._database, self._reversed)

    @cached_property
    def filing(self) -> Filing:
        """Spam, labels, copies, deleting for good."""
        from tuimail.sync.filing import Filing

        may, expunges = self._must_be_kept_somewhere, self._engine.deletes_for_good
        return Filing(self._database, may, self._done, self.folders, expunges, self._tell)

    @cached_property
    def shelves(self) -> Shelves:
        """Folders made, renamed, deleted, subscribed to."""
        from tuimail.sync.shelves import Shelves

        may, subscribable = self._must_be_kept_somewhere, self._engine.tells_subscriptions
        return Shelves(self._database, may, self._done, self.folders, self._tell, subscribable)

    @cached_property
    def waiting(self) -> Waiting:
        """What waits for the servers, to be looked at, tried again or dropped."""
        from tuimail.sync.waiting import Waiting

        return Waiting(self._database, self._done, self._retry, self._tell)

    # --- do (durable when it returns) ------------------------------------------------------------------

    async def archive(self, ids: Sequence[int]) -> str:
        """Move to the archive of each message's account. Returns what was done in words.

        Raises NotFound when there is no archive folder (`create_folder` makes one), ReadOnly, StoreError.
        """
        return await self._to_role(ids, Role.ARCHIVE, "archived")

    async def trash(self, ids: Sequence[int]) -> str:
        """Move to the trash; as `archive`."""
        return await self._to_role(ids, Role.TRASH, "moved to trash")

    async def to_inbox(self, ids: Sequence[int]) -> str:
        """Move to the inbox of each message's account; as `archive`."""
        return await self._to_role(ids, Role.INBOX, "moved to the inbox")

    async def move(self, ids: Sequence[int], folder_id: int) -> str:
        """Move to a folder of the same account. Raises NotFound for a folder of another one, ReadOnly for files."""
        self._must_be_kept_somewhere()
        target = self.folder(folder_id)
        goals = {target.account_id: folder_id} if target is not None and target.selectable else {}
        words = f"moved to {target.name}" if target is not None else ""
        if (done := await self._move(ids, goals, words, filed=True)) is None:
            raise NotFound("Messages can only be moved within their account.", "Choose a folder of the same account.")
        return done

    async def flag(
        self, ids: Sequence[int], add: Flag = Flag.NONE, remove: Flag = Flag.NONE, *, remember: bool = True
    ) -> str:
        """Set and clear flag bits. Returns what was done in words, "" when nothing changed.

        remember=False keeps it out of the history: reading marks a message read, and undo must not stop at that.
        """
        if remember:
            self._must_be_kept_somewhere()
        verb = _FLAG_VERBS.get((add, remove), "changed")
        now = int(time.time())
        ids = tuple(ids)
        done = await self._database.write(
            lambda db: history.flag(db, ids, int(add), int(remove), verb, now, remember=remember), USER
        )
        return self._done(done)

    async def create_folder(self, account_id: int, name: str, role: Role = Role.NONE) -> Folder:
        """A new folder: here at once, on the server when the line allows."""
        self._must_be_kept_somewhere()
        separator = next((f.separator for f in self.folders() if f.account_id == account_id and f.separator), "")
        prefix = self._prefix(account_id, separator)
        now = int(time.time())
        folder_id = await self._database.write(
            lambda db: shelves.want(db, account_id, prefix + name, separator, str(role), now), USER
        )
        self._tell(FoldersChanged())
        self._wish()
        folder = self.folder(folder_id)
        assert folder is not None
        return folder

    async def undo(self) -> str:
        """Reverse the newest deed not yet undone; "" when there is none.

        Raises Irreversible, once, when what was done last cannot be undone; the next call goes on to what came before.
        """
        now = int(time.time())
        done = await self._database.write(lambda db: history.pass_over(db) or history.undo(db, now), USER)
        if isinstance(done, tuple):
            label, before = done
            raise Irreversible(
                f"Cannot undo: {label}.",
                f"Again undoes: {before}." if before else "",
            )
        return self._reversed("undid: ", done)

    async def redo(self) -> str:
        """Do again what was undone last; "" when there is nothing."""
        return self._reversed(
            "did again: ", await self._database.write(lambda db: history.redo(db, int(time.time())), USER)
        )

    def _reversed(self, words: str, done: Done | None) -> str:
        if done is None:
            return ""
        self._done(done)
        notes = [f"{done.missing:,} not there any more"] * bool(done.missing) + [done.note] * bool(done.note)
        return f"{words}{done.label}" + (f" ({'; '.join(notes)})" if notes else "")

    def _must_be_kept_somewhere(self) -> None:
        """Raises ReadOnly where the mail lies in files: what is done to it would be forgotten with this window."""
        if any(account.protocol == FILES for account in self.accounts):
            raise ReadOnly("This mail was opened from files, and files are only read.")

    async def _to_role(self, ids: Sequence[int], role: Role, verb: str) -> str:
        self._must_be_kept_somewhere()
        goals = {f.account_id: f.id for f in self.folders() if f.role is role}
        if (done := await self._move(ids, goals, verb)) is None:
            raise NotFound(f"This account has no {role.value} folder.", "Create one, or move with v.")
        return done

    async def _move(
        self, ids: Sequence[int], goals: Mapping[int, int], verb: str, *, filed: bool = False
    ) -> str | None:
        now = int(time.time())
        done = await self._database.write(lambda db: history.move_within(db, ids, goals, verb, now, filed=filed), USER)
        return None if done is None else self._done(done)

    def _done(self, done: Done) -> str:
        for folder_id in done.folders:
            self._tell(MessagesChanged(folder_id))
        if done.count:
            self._tell(FoldersChanged())
            self._wish()
        return done.label

    def _wish(self) -> None:
        for account in self._engine.accounts.values():
            account.wish()

    def _retry(self) -> None:
        for account in self._engine.accounts.values():
            account.retry()

    def _prefix(self, account_id: int, separator: str) -> str:
        """ "INBOX." on servers that keep every folder below the inbox (Courier, Cyrus classic)."""
        others = [f for f in self.folders() if f.account_id == account_id and f.role is not Role.INBOX]
        below = separator and others and all(f.name.upper().startswith(f"INBOX{separator}") for f in others)
        return f"INBOX{separator}" if below else ""

    # --- the network -----------------------------------------------------------------------------------

    def show(self, folder_id: int) -> None:
        """The user is looking at this folder: sync it first and watch it."""
        folder = self.folder(folder_id)
        if folder is not None and (account := self._engine.accounts.get(folder.account_id)) is not None:
            account.show(folder_id)

    def attend(self) -> None:
        """The user has just pressed a key: background work makes way for a moment."""
        self._engine.attention.catch()

    def sync_now(self) -> None:
        """Retry now, whatever the back-off says."""
        for account in self._engine.accounts.values():
            account.sync_now()

    async def sync(
        self,
        account: str | None = None,
        folder: str | None = None,
        progress: Callable[[AccountState], None] | None = None,
    ) -> None:
        """One full round, without a screen: push, then pull every folder, or the one named.

        Raises NotFound for an unknown folder, and what the connection raises.
        """
        stop = self.subscribe(lambda c: progress(c) if progress and isinstance(c, AccountState) else None)
        try:
            for one in self._engine.accounts.values():
                if account is None or one.name == account:
                    await one.once(folder)
        finally:
            stop()

    @property
    def spool(self) -> Path:
        """Where an export that goes to another machine is made ready; it may not be there yet."""
        return self._data_dir / "exports"

    async def export(
        self, folder_id: int, target: Target, progress: Callable[[int, int], None] | None = None
    ) -> Exported:
        """Copy the messages of a folder as synced last, octet for octet; those that are there are not copied again.

        progress(messages so far, messages in all). Raises as `sync.exports.Export.run`, and ReadOnly.
        """
        from tuimail.sync.exports import Export

        folder = self.folder(folder_id)
        line = self._engine.accounts.get(folder.account_id) if folder is not None else None
        if folder is None or line is None:
            raise ReadOnly(self.read_only) if self.read_only else NotFound("There is no such folder.")
        account = next(account for account in self.accounts if account.name == folder.account)
        return await Export(self._database, account, line, folder_id, target, progress).run()

    def _connector(self, account: Account, account_id: int) -> Callable[[], Awaitable[Remote]]:
        if account.protocol == FILES:
            from tuimail.sync.files import Shelf

            return Shelf(Path(account.host)).connect
        if account.protocol == POP3:
            return self._pop_connector(account, account_id)

        async def connect() -> Remote:
            # ssl and its friends take a while to import: not before the screen's first picture is on its way
            from tuimail.net.imap import connect_imap
            from tuimail.net.login import dial_account
            from tuimail.net.stream import Stream

            async def secret() -> str:
                return await self._password(account)

            dial = self._dial.get(account.name)

            async def embedded(_: Account) -> Stream:
                assert dial is not None
                return await Stream.over(await dial())

            try:
                log = self._rings[account.name].connection()
                return await connect_imap(account, secret, dial=embedded if dial else dial_account, log=log)
            except LoginRefused as error:
                if error.secret:
                    self._refused(account)
                raise

        return connect

    def _pop_connector(self, account: Account, account_id: int) -> Callable[[], Awaitable[Remote]]:
        """What is known of the maildrop outlives its visits, and a remote that went offline."""
        from tuimail.accounts.pop3 import forgets
        from tuimail.sync.visits import Maildrop

        async def secret() -> str:
            return await self._password(account)

        async def open_session() -> PopSession:
            from tuimail.net.pop.login import open_pop

            try:
                return await open_pop(account, secret, log=self._rings[account.name].connection())
            except LoginRefused as error:
                if error.secret:
                    self._refused(account)
                raise

        drop = Maildrop(
            self._database, account_id, open_session, leave=account.leave, forgetful=forgets(account), tell=self._tell
        )

        async def connect() -> Remote:
            from tuimail.sync.pop import connect_pop

            return await connect_pop(drop)

        return connect


_FLAG_VERBS = {
    (Flag.SEEN, Flag.NONE): "marked read",
    (Flag.NONE, Flag.SEEN): "marked unread",
    (Flag.FLAGGED, Flag.NONE): "starred",
    (Flag.NONE, Flag.FLAGGED): "unstarred",
}
