"""`imap_server` with hooks: a server that lies, stalls, cuts and floods where its script says so.

A script (JSON, see tests/data/hostile/transcripts/README.md) describes a small server and the hooks that stand in
front of its commands.
"""

from __future__ import annotations

import asyncio
import re
import ssl
import zlib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from tests.fakes.imap_server import CAPABILITIES, ROLES, Conversation, Hangup, ImapServer
from tests.fakes.mailboxes import Box, plain_letter, quoted

_CHUNK = 64 * 1024


class HostileServer(ImapServer):
    """Plays one script. certificates: (certificate, key) by the names the script uses ("good", "expired", …).

    `heard` is every line of the client with the phase it came in ("plain" or "tls").
    """

    def __init__(self, spec: Mapping[str, Any], certificates: Mapping[str, tuple[Path, Path]]) -> None:
        super().__init__()
        self.spec = spec
        self._certificates = certificates
        boxes = spec.get("mailboxes") or {"INBOX": {"count": 3}}
        self.boxes = {name: make_box(box) for name, box in boxes.items()}
        self.counts: dict[tuple[int, int], int] = {}
        self.hooked: list[str] = []
        """The hooks that acted, by what they stand on."""
        self.heard: list[tuple[str, str]] = []
        self.active = 0
        self.epoch = 0
        """Grows when a client comes while no connection is open."""

    async def listen(self) -> int:
        """Take connections; returns the port."""
        self._server = await asyncio.start_server(self._connected, "127.0.0.1", 0, limit=1 << 24)
        return int(self._server.sockets[0].getsockname()[1])

    async def stop(self) -> None:
        """Take no more connections and end those there are."""
        self._server.close()
        await super().stop()
        await self._server.wait_closed()

    async def _connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._serving.add(task)
        self.epoch += not self.active
        self.active += 1
        try:
            await self.serve(reader, writer)
        except (zlib.error, ssl.SSLError, ValueError) as error:
            self.hooked.append(f"ended by {error!r}")
        except asyncio.CancelledError:
            pass  # by `stop`; the streams of asyncio would take it for a mistake
        finally:
            self.active -= 1
            self._serving.discard(task)

    def conversation(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> Conversation:
        return HostileConversation(self, reader, writer)

    def context(self, connection: int) -> ssl.SSLContext:
        """The server side of TLS for the n-th connection."""
        kinds = self.spec.get("cert", "good")
        kind = kinds if isinstance(kinds, str) else kinds[min(connection, len(kinds)) - 1]
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(*self._certificates[kind])
        return context


def make_box(spec: Mapping[str, Any]) -> Box:
    """A mailbox as a script describes it."""
    box = Box(spec.get("uidvalidity", 1000))
    for one in spec.get("messages") or [{"uid": uid} for uid in range(1, spec.get("count", 0) + 1)]:
        raw = one["raw"].encode() if "raw" in one else plain_letter(one["uid"], one.get("subject", ""))
        box.add(raw, set(one.get("flags", ())), uid=one["uid"])
    box.uidnext = spec.get("uidnext", box.uidnext)
    return box


class HostileConversation(Conversation):
    """One connection, hooks first."""

    server: HostileServer

    def __init__(self, server: HostileServer, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        super().__init__(server, reader, writer)
        self.number = server.connections
        self.epoch = server.epoch
        self.secure = False
        self._deflate: Any = None
        self._inflate: Any = None
        self._inflated = b""
        self._muted: list[bytes] | None = None
        """Where what is said goes instead of to the client."""

    # --- octets

    async def send(self, data: bytes | str) -> None:
        octets = data.encode("utf-8", "surrogateescape") if isinstance(data, str) else data
        if self._muted is not None:
            self._muted.append(octets)
            return
        if self._deflate is not None:
            octets = self._deflate.compress(octets) + self._deflate.flush(zlib.Z_SYNC_FLUSH)
        await super().send(octets)

    async def line(self) -> bytes:
        if self._inflate is None:
            line = await super().line()
        else:
            while b"\n" not in self._inflated:
                if not (data := await self.reader.read(_CHUNK)):
                    raise EOFError
                self._inflated += self._inflate.decompress(data)
            line, _, self._inflated = self._inflated.partition(b"\n")
            line += b"\n"
        self.server.heard.append((self.phase, line.decode("latin-1").rstrip("\r\n")))
        return line

    @property
    def phase(self) -> str:
        return "tls" if self.secure else "plain"

    # --- the server of the script

    async def run(self) -> None:
        if self.server.spec.get("tls") == "implicit":
            await self.start_tls()
        await super().run()

    async def start_tls(self) -> None:
        """Be the server of a TLS handshake."""
        await self.writer.start_tls(self.server.context(self.number))
        self.secure = True

    def capabilities(self) -> str:
        spec = self.server.spec
        told = spec.get("caps_tls" if self.secure else "caps")
        if told is None:
            told = list(CAPABILITIES)
            if spec.get("tls") == "starttls" and not self.secure:
                told += ["STARTTLS", "LOGINDISABLED"]
        return " ".join([*(one for one in told if one not in spec.get("caps_remove", ())), *spec.get("caps_add", ())])

    async def greet(self) -> None:
        if not await self.hooked("@connect"):
            if greeting := self.server.spec.get("greeting"):
                await self.send(greeting)
            else:
                await super().greet()

    async def obey(self, command: str) -> None:
        if not await self.hooked(command):
            await self.obey_truly(command)

    async def obey_truly(self, command: str) -> None:
        """Without hooks."""
        if command.upper() == "STARTTLS" and self.server.spec.get("tls") == "starttls" and not self.secure:
            await self.done("OK begin")
            await self.start_tls()
        elif command.upper().startswith("COMPRESS"):
            await self.done("OK deflate")
            self._start_deflate()
        else:
            await super().obey(command)

    def _start_deflate(self) -> None:
        self._deflate = zlib.compressobj(9, zlib.DEFLATED, -15)
        self._inflate = zlib.decompressobj(-15)

    async def login(self, words: list[str], command: str, uid: bool) -> None:
        await self.hooked("@auth")
        await super().login(words, command, uid)

    async def list_(self, words: list[str], command: str, uid: bool) -> None:
        """As ever, with names that are anything."""
        for name in self.server.boxes:
            await self.send(b'* LIST (%b) "/" %b\r\n' % (ROLES.get(name, "").encode(), quoted(name)))
        await self.done()

    async def idling(self) -> None:
        await self.hooked("@idle")

    # --- hooks

    async def hooked(self, command: str) -> bool:
        """Whether a hook has answered this."""
        for hook in self.server.spec.get("hooks", ()):
            if not self._meant(hook, command):
                continue
            key = (id(hook), self.number if hook.get("per", "conn") == "conn" else 0)
            count = self.server.counts[key] = self.server.counts.get(key, 0) + 1
            if hook.get("nth", 0) not in (0, count):
                continue
            self.server.hooked.append(hook["on"])
            for action in hook["do"]:
                await self._act(action, command)
            return True
        return False

    def _meant(self, hook: Mapping[str, Any], command: str) -> bool:
        epoch = hook.get("epoch", self.epoch)
        if self.epoch not in (epoch if isinstance(epoch, list) else [epoch]):
            return False
        if hook.get("phase", self.phase) != self.phase:
            return False
        if command.startswith("@") or hook["on"].startswith("@"):
            return bool(hook["on"] == command)
        return re.search(hook["on"], command, re.IGNORECASE | re.DOTALL) is not None

    async def _act(self, action: Mapping[str, Any], command: str) -> None:
        (kind, value), *rest = action.items()
        match kind:
            case "send":
                await self.send(value.replace("{tag}", self.tag))
            case "repeat":
                line = value["send"].replace("{tag}", self.tag).encode()
                for start in range(0, value["n"], 500):
                    numbers = range(start + 1, min(start + 500, value["n"]) + 1)
                    await self.send(b"".join(line.replace(b"{i}", b"%d" % number) for number in numbers))
            case "drip":
                for octet in value["send"].encode():
                    await self.send(bytes((octet,)))
                    await asyncio.sleep(value["every"] / SCALE)
            case "sleep":
                await asyncio.sleep(value / SCALE)
            case "stall":
                while data := await self.reader.read(_CHUNK):
                    self.server.heard.append((self.phase, data.decode("latin-1")))
                raise EOFError
            case "close":
                await self.writer.drain()
                raise Hangup(reset=value == "rst")
            case "starttls":
                await self.start_tls()
            case "default":
                await self.obey_truly(command)
            case "cut_default":
                said = await self._muted_default(command)
                await self.send(said[:value])
                raise Hangup(reset=("how", "rst") in rest)
            case "silent_default":
                await self._muted_default(command)
            case "set":
                box = self.server.boxes[value["mailbox"]]
                if "replace" in value:
                    self.server.boxes[value["mailbox"]] = box = make_box(value["replace"])
                box.uidvalidity = value.get("uidvalidity", box.uidvalidity)
            case "expunge":
                box = self.server.boxes[value["mailbox"]]
                for letter in [one for one in box.letters if one.uid == value["uid"]]:
                    box.remove(letter, tell=value.get("tell", True))
            case "deflate_bomb":
                await self._bomb(value["mb"])
            case "rawwrite":
                self.writer.write(value.encode())
            case "authed":
                self.known = bool(value)
            case _:
                raise NotImplementedError(kind)

    async def _muted_default(self, command: str) -> bytes:
        said: list[bytes] = []
        self._muted = said
        try:
            await self.obey_truly(command)
        finally:
            self._muted = None
        return b"".join(said)

    async def _bomb(self, megabytes: int) -> None:
        """So many megabytes of one letter, deflated."""
        deflate = zlib.compressobj(9, zlib.DEFLATED, -15)
        megabyte = b"A" * 1_000_000
        for _ in range(megabytes):
            self.writer.write(deflate.compress(megabyte))
            await self.writer.drain()
        self.writer.write(deflate.flush(zlib.Z_SYNC_FLUSH))
        await self.writer.drain()


SCALE = 20.0
"""How much faster than in the scripts time goes here."""
