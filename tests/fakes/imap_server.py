"""A small IMAP server that truly does what it is told, in memory, and can be made to misbehave at any octet.

Fast enough for thousands of sessions in a test: no process, no disk. Its state is the truth a client is compared
with. `Leash` cuts or stalls a connection; `hostile` puts hooks in front of its commands.
"""

from __future__ import annotations

import asyncio
import contextlib
import re
import socket
from dataclasses import dataclass

from tests.fakes.mailboxes import Box, fetched, quoted

CAPABILITIES = (
    "IMAP4rev1 AUTH=PLAIN UIDPLUS MOVE IDLE LITERAL+ UNSELECT NAMESPACE ID ENABLE SPECIAL-USE LIST-EXTENDED"
).split()
ROLES = {"Archive": "\\Archive", "Trash": "\\Trash", "Sent": "\\Sent", "Drafts": "\\Drafts", "Junk": "\\Junk"}
_ARGUMENT = re.compile(r'"((?:[^"\\]|\\.)*)"|\(([^()]*(?:\([^()]*\)[^()]*)*)\)|([^\s"()]+(?:\[[^\]]*\])?)')
_LITERAL = re.compile(rb"\{(\d+)(\+?)\}\r?\n\Z")


class Hangup(Exception):
    """The server ends this connection; with RST if `reset`."""

    def __init__(self, reset: bool = False) -> None:
        self.reset = reset


@dataclass
class Leash:
    """How many octets may still pass, over all connections; None: any number. Then the line is cut, or stalls."""

    down: int | None = None
    up: int | None = None
    stalls: bool = False

    async def end(self, reader: asyncio.StreamReader) -> None:
        """The line is no more what it was."""
        if self.stalls:
            while await reader.read(65536):
                pass
        raise Hangup(reset=True)


class ImapServer:
    """One user's mail. `serve` is for asyncio.start_server, `dial` gives a socket pair's end to a client."""

    def __init__(self, *folders: str, capabilities: list[str] | None = None) -> None:
        self.capabilities = capabilities or CAPABILITIES
        self.boxes = {name: Box() for name in ("INBOX", *folders)}
        self.subscribed: set[str] = set()
        self.knows_previews = True
        self.leash = Leash()
        self.idled = asyncio.Event()
        """Somebody waits in IDLE."""
        self.down = self.up = 0
        """Octets passed, over all connections."""
        self.marks: list[tuple[int, int, bytes]] = []
        """(`down`, `up` before it, it) of each line and literal of the client."""
        self.connections = 0
        self.lines: list[str] = []
        """Every command as it was understood, without its tag, literals quoted."""
        self._serving: set[asyncio.Task[None]] = set()

    async def dial(self) -> socket.socket:
        """A new connection, as `Mail` takes it for the demo."""
        ours, theirs = socket.socketpair()
        for one in (ours, theirs):
            one.setblocking(False)
        try:
            reader, writer = await asyncio.open_connection(sock=theirs, limit=1 << 24)
        except BaseException:  # who dials has given up
            ours.close()
            raise
        task = asyncio.create_task(self.serve(reader, writer))
        self._serving.add(task)
        task.add_done_callback(self._serving.discard)
        return ours

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Converse until either side has had enough."""
        self.connections += 1
        conversation = self.conversation(reader, writer)
        try:
            await conversation.run()
        except Hangup as hangup:
            if not hangup.reset:
                with contextlib.suppress(OSError):
                    await writer.drain()
                    writer.close()
                    await writer.wait_closed()
        except (OSError, asyncio.IncompleteReadError, EOFError):
            pass  # the client left
        finally:
            conversation.leave()
            conversation.writer.transport.abort()

    def conversation(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> Conversation:
        """What talks on a new connection."""
        return Conversation(self, reader, writer)

    async def stop(self) -> None:
        """End all conversations begun by `dial`."""
        for task in self._serving:
            task.cancel()
        await asyncio.gather(*self._serving, return_exceptions=True)

    def everything(self) -> dict[str, list[tuple[int, str, tuple[str, ...]]]]:
        """Folder → (UID, Message-ID, flags) of each letter."""
        return {
            name: [(one.uid, one.message_id, tuple(sorted(one.flags))) for one in box.letters]
            for name, box in self.boxes.items()
        }


class Conversation:
    """One connection to `ImapServer`."""

    def __init__(self, server: ImapServer, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.server, self.reader, self.writer = server, reader, writer
        self.tag = "*"
        self.box: Box | None = None
        self.read_only = False
        self.known = False
        """Logged in."""
        self._news: list[bytes] = []
        self._stirred = asyncio.Event()
        self.literal = b""
        """The last one received."""

    # --- octets

    async def send(self, data: bytes | str) -> None:
        """Say this, as far as the leash allows."""
        octets = data.encode("utf-8", "surrogateescape") if isinstance(data, str) else data
        leash = self.server.leash
        if leash.down is not None:
            octets = octets[: leash.down]
            leash.down -= len(octets)
        self.server.down += len(octets)
        self.write(octets)
        await self.writer.drain()
        if leash.down == 0:
            await leash.end(self.reader)

    def write(self, octets: bytes) -> None:
        """The way out, below the leash."""
        self.writer.write(octets)

    async def line(self) -> bytes:
        """The next line with its end."""
        return await self._received(await self.reader.readline())

    async def octets(self, count: int) -> bytes:
        """So many octets."""
        return await self._received(await self.reader.readexactly(count))

    async def _received(self, data: bytes) -> bytes:
        if not data:
            raise EOFError
        leash = self.server.leash
        self.server.marks.append((self.server.down, self.server.up, data))
        self.server.up += len(data)
        if leash.up is not None:
            leash.up -= len(data)
            if leash.up < 0:
                leash.up = 0
                await leash.end(self.reader)
        return data

    # --- commands

    async def run(self) -> None:
        """Greet, then obey until the end."""
        await self.greet()
        while True:
            await self.obey(await self._command())

    async def greet(self) -> None:
        await self.send(f"* OK [CAPABILITY {self.capabilities()}] ready\r\n")

    def capabilities(self) -> str:
        """What is offered on this connection now."""
        return " ".join(self.server.capabilities)

    async def _command(self) -> str:
        """The next command without its tag, its literals as quoted strings."""
        full = b""
        while True:
            line = await self.line()
            found = _LITERAL.search(line)
            if found is None:
                full += line.rstrip(b"\r\n")
                break
            full += line[: found.start()]
            self.tag = full.partition(b" ")[0].decode("latin-1")
            if not found[2]:
                await self.send("+ go ahead\r\n")
            self.literal = await self.octets(int(found[1]))
            short = len(self.literal) < 500 and b"\n" not in self.literal
            full += b'"%b"' % re.sub(rb'([\\"])', rb"\\\1", self.literal if short else b"LITERAL")
        tag, _, command = full.decode("latin-1").partition(" ")
        self.tag = tag
        self.server.lines.append(command)
        return command

    async def obey(self, command: str) -> None:
        """Do it and answer."""
        words = [
            re.sub(r"\\(.)", r"\1", found[1]) if found[1] is not None else found[0]
            for found in _ARGUMENT.finditer(command)
        ]
        verb = words.pop(0).upper() if words else ""
        uid = verb == "UID" and bool(words)
        if uid:
            verb = words.pop(0).upper()
        if verb not in _VERBS or not (self.known or verb in _BEFORE_LOGIN):
            await self.done("BAD not now")
        elif verb in _SELECTED and self.box is None:
            await self.done("BAD no mailbox selected")
        else:
            await self.tell_news()
            await getattr(self, _VERBS[verb])(words, command, uid)

    async def done(self, text: str = "OK done") -> None:
        """What is new, and the tagged reply."""
        await self.tell_news()
        await self.send(f"{self.tag} {text}\r\n")

    async def tell_news(self) -> None:
        """What others, or we, have changed in the selected folder."""
        news = b"".join(self._news)
        self._news.clear()
        self._stirred.clear()
        if news:
            await self.send(news)

    def hear(self, line: bytes) -> None:
        """Called by the selected folder when it changes."""
        self._news.append(line)
        self._stirred.set()

    def leave(self) -> None:
        """No mailbox is selected any more."""
        if self.box is not None:
            self.box.lookers.remove(self.hear)
            self.box = None
        self._news.clear()

    def find(self, name: str) -> Box | None:
        return self.server.boxes.get("INBOX" if name.upper() == "INBOX" else name)

    async def capability(self, words: list[str], command: str, uid: bool) -> None:
        await self.send(f"* CAPABILITY {self.capabilities()}\r\n")
        await self.done()

    async def noop(self, words: list[str], command: str, uid: bool) -> None:
        await self.done()

    async def logout(self, words: list[str], command: str, uid: bool) -> None:
        await self.send("* BYE bye\r\n")
        await self.done()
        raise Hangup

    async def login(self, words: list[str], command: str, uid: bool) -> None:
        self.known = True
        await self.done(f"OK [CAPABILITY {self.capabilities()}] in")

    async def authenticate(self, words: list[str], command: str, uid: bool) -> None:
        if len(words) < 2:
            await self.send("+ \r\n")
            await self.line()
        await self.login(words, command, uid)

    async def id_(self, words: list[str], command: str, uid: bool) -> None:
        await self.send("* ID NIL\r\n")
        await self.done()

    async def enable(self, words: list[str], command: str, uid: bool) -> None:
        await self.send("* ENABLED\r\n")
        await self.done()

    async def namespace(self, words: list[str], command: str, uid: bool) -> None:
        await self.send('* NAMESPACE (("" "/")) NIL NIL\r\n')
        await self.done()

    async def list_(self, words: list[str], command: str, uid: bool) -> None:
        pattern = words[1] if len(words) > 1 else "*"
        for name in self.server.boxes:
            if pattern == "*" or name == pattern:
                await self.send(b'* LIST (%b) "/" %b\r\n' % (ROLES.get(name, "").encode(), quoted(name)))
        await self.done()

    async def lsub(self, words: list[str], command: str, uid: bool) -> None:
        for name in sorted(self.server.subscribed):
            await self.send(b'* LSUB () "/" %b\r\n' % quoted(name))
        await self.done()

    async def subscribe(self, words: list[str], command: str, uid: bool) -> None:
        (self.server.subscribed.discard if command.upper().startswith("UN") else self.server.subscribed.add)(words[0])
        await self.done()

    async def status(self, words: list[str], command: str, uid: bool) -> None:
        if (box := self.find(words[0])) is None:
            return await self.done("NO no such mailbox")
        unseen = sum("\\Seen" not in letter.flags for letter in box.letters)
        told = f"MESSAGES {len(box.letters)} UIDNEXT {box.uidnext} UIDVALIDITY {box.uidvalidity} UNSEEN {unseen}"
        await self.send(b"* STATUS %b (%b)\r\n" % (quoted(words[0]), told.encode()))
        return await self.done()

    async def select(self, words: list[str], command: str, uid: bool) -> None:
        self.leave()
        if (box := self.find(words[0])) is None:
            return await self.done("NO no such mailbox")
        self.box, self.read_only = box, command.upper().startswith("EXAMINE")
        box.lookers.append(self.hear)
        await self.send(
            f"* {len(box.letters)} EXISTS\r\n* FLAGS (\\Answered \\Flagged \\Deleted \\Seen \\Draft)\r\n"
            "* OK [PERMANENTFLAGS (\\Answered \\Flagged \\Deleted \\Seen \\Draft \\*)] ok\r\n"
            f"* OK [UIDVALIDITY {box.uidvalidity}] ok\r\n* OK [UIDNEXT {box.uidnext}] ok\r\n"
        )
        return await self.done(f"OK [{'READ-ONLY' if self.read_only else 'READ-WRITE'}] selected")

    async def unselect(self, words: list[str], command: str, uid: bool) -> None:
        self.leave()
        await self.done()

    async def create(self, words: list[str], command: str, uid: bool) -> None:
        self.server.boxes.setdefault(words[0], Box())
        await self.done()

    async def append(self, words: list[str], command: str, uid: bool) -> None:
        if (box := self.find(words[0])) is None:
            return await self.done("NO [TRYCREATE] no such mailbox")
        letter = box.add(self.literal, set(re.findall(r"\\\w+", command.rpartition(' "')[0])))
        return await self.done(f"OK [APPENDUID {box.uidvalidity} {letter.uid}] done")

    async def fetch(self, words: list[str], command: str, uid: bool) -> None:
        assert self.box is not None
        items = command[command.index("(") :] if "(" in command else words[-1]
        if "PREVIEW" in items and not self.server.knows_previews:
            return await self.done("BAD what is a preview")
        for letter in self.box.numbered(words[0], uid=uid):
            number = self.box.letters.index(letter) + 1
            await self.send(b"* %d FETCH %b\r\n" % (number, fetched(letter, items, uid=uid)))
        return await self.done()

    async def store(self, words: list[str], command: str, uid: bool) -> None:
        assert self.box is not None
        named = set(re.findall(r"[\\$]?\w+", words[2]))
        for letter in self.box.numbered(words[0], uid=uid):
            sign = words[1][0]
            letter.flags = letter.flags | named if sign == "+" else letter.flags - named if sign == "-" else named
            if "SILENT" not in words[1].upper():
                number = self.box.letters.index(letter) + 1
                await self.send(b"* %d FETCH %b\r\n" % (number, fetched(letter, "FLAGS", uid=uid)))
        await self.done()

    async def copy(self, words: list[str], command: str, uid: bool) -> None:
        assert self.box is not None
        if (target := self.find(words[1])) is None:
            return await self.done("NO [TRYCREATE] no such mailbox")
        moves = "MOVE" in command.upper().split(words[0])[0]
        letters = self.box.numbered(words[0], uid=uid)
        pairs = [(one.uid, target.add(one.raw, one.flags, date=one.date).uid) for one in letters]
        code = ""
        if pairs and "UIDPLUS" in self.capabilities().split():
            old, new = (",".join(map(str, side)) for side in zip(*pairs, strict=True))
            code = f"[COPYUID {target.uidvalidity} {old} {new}] "
        if not moves:
            return await self.done(f"OK {code}copied")
        for one in letters:
            self.box.remove(one)
        await self.send(f"* OK {code}moved\r\n")
        return await self.done()

    async def expunge(self, words: list[str], command: str, uid: bool) -> None:
        assert self.box is not None
        for letter in self.box.numbered(words[0], uid=True) if uid else list(self.box.letters):
            if "\\Deleted" in letter.flags:
                self.box.remove(letter)
        await self.done()

    async def search(self, words: list[str], command: str, uid: bool) -> None:
        assert self.box is not None
        numbers = [letter.uid if uid else at for at, letter in enumerate(self.box.letters, 1)]
        await self.send(f"* SEARCH{''.join(f' {number}' for number in numbers)}\r\n")
        await self.done()

    async def idle(self, words: list[str], command: str, uid: bool) -> None:
        await self.send("+ idling\r\n")
        self.server.idled.set()
        await self.idling()
        ending = asyncio.ensure_future(self.line())
        stirred = asyncio.ensure_future(self._stirred.wait())
        try:
            while not ending.done():
                await asyncio.wait([ending, stirred], return_when=asyncio.FIRST_COMPLETED)
                if stirred.done():
                    await self.tell_news()
                    stirred = asyncio.ensure_future(self._stirred.wait())
            await ending
        finally:
            ending.cancel()
            stirred.cancel()
        await self.done()

    async def idling(self) -> None:
        """For hooks: IDLE has begun."""


_VERBS = {
    "CAPABILITY": "capability",
    "NOOP": "noop",
    "LOGOUT": "logout",
    "LOGIN": "login",
    "AUTHENTICATE": "authenticate",
    "ID": "id_",
    "ENABLE": "enable",
    "NAMESPACE": "namespace",
    "LIST": "list_",
    "STATUS": "status",
    "SELECT": "select",
    "EXAMINE": "select",
    "UNSELECT": "unselect",
    "CREATE": "create",
    "LSUB": "lsub",
    "SUBSCRIBE": "subscribe",
    "UNSUBSCRIBE": "subscribe",
    "APPEND": "append",
    "FETCH": "fetch",
    "STORE": "store",
    "COPY": "copy",
    "MOVE": "copy",
    "EXPUNGE": "expunge",
    "SEARCH": "search",
    "IDLE": "idle",
}
_BEFORE_LOGIN = frozenset(("CAPABILITY", "NOOP", "LOGOUT", "LOGIN", "AUTHENTICATE", "ID", "STARTTLS"))
_SELECTED = frozenset(("FETCH", "STORE", "COPY", "MOVE", "EXPUNGE", "SEARCH"))
