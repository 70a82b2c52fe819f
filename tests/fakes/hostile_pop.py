"""`pop_server` with hooks: a POP3 server that lies, stalls, cuts and floods where its script says so.

The scripts are those of `hostile` (tests/data/hostile/transcripts/README.md), the ones with "proto": "pop3".
"""

from __future__ import annotations

import asyncio
import re
import ssl
from collections.abc import Mapping
from typing import Any

from tests.fakes.hostile import SCALE
from tests.fakes.mailboxes import plain_letter
from tests.fakes.pop_server import Conversation, PopServer

_CHUNK = 64 * 1024


class HostilePop(PopServer):
    """Plays one script. `heard` is every line of the client with the phase it came in ("plain" or "tls")."""

    user, password = "u", "pw-CANARY-7731"

    def __init__(self, spec: Mapping[str, Any], certificate: ssl.SSLContext) -> None:
        box = (spec.get("mailboxes") or {"INBOX": {"count": 3}})["INBOX"]
        letters = box.get("messages") or [{"uid": uid} for uid in range(1, box["count"] + 1)]
        super().__init__(
            [
                one["raw"].encode() if "raw" in one else plain_letter(one["uid"], one.get("subject", ""))
                for one in letters
            ],
            certificate=certificate if spec.get("tls") == "starttls" else None,
        )
        self.spec = spec
        self.context = certificate
        self.heard: list[tuple[str, str]] = []
        self.hooked: list[str] = []
        """The hooks that acted, by what they stand on."""
        self.counts: dict[tuple[int, int], int] = {}
        self.active = self.epoch = 0
        """An epoch begins when a client comes while no connection is open."""

    def conversation(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> Conversation:
        self.epoch += not self.active
        self.active += 1
        return _HostileConversation(self, reader, writer)


class _HostileConversation(Conversation):
    server: HostilePop

    def __init__(self, server: HostilePop, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        super().__init__(server, reader, writer)
        self.number, self.epoch = server.sessions, server.epoch

    async def run(self) -> None:
        if self.server.spec.get("tls") == "implicit":
            await self.start_tls()
        await super().run()

    async def start_tls(self) -> None:
        """Be the server of a TLS handshake."""
        await self.writer.start_tls(self.server.context)
        self.secure = True

    def leave(self) -> None:
        super().leave()
        self.server.active -= 1

    async def greet(self) -> None:
        if greeting := self.server.spec.get("greeting"):
            self.writer.write(greeting.encode())
        else:
            await super().greet()

    async def obey(self, command: str) -> None:
        phase = "tls" if self.secure else "plain"
        self.server.heard.append((phase, command))
        for hook in self.server.spec.get("hooks", ()):
            if self.epoch != hook.get("epoch", self.epoch) or phase != hook.get("phase", phase):
                continue
            if not re.search(hook["on"], command, re.IGNORECASE):
                continue
            key = (id(hook), self.number)
            count = self.server.counts[key] = self.server.counts.get(key, 0) + 1
            if hook.get("nth", count) == count:
                self.server.hooked.append(hook["on"])
                for action in hook["do"]:
                    await self._act(action, command)
                return
        await super().obey(command)

    async def _act(self, action: Mapping[str, Any], command: str) -> None:
        ((kind, value),) = action.items()
        match kind:
            case "send":
                self.writer.write(value.encode())
            case "repeat":
                for start in range(0, value["n"], 1000):
                    numbers = range(start + 1, min(start + 1000, value["n"]) + 1)
                    self.writer.write("".join(value["send"].replace("{i}", str(number)) for number in numbers).encode())
                    await self.writer.drain()
            case "bytes":
                for _ in range(0, value["n"], _CHUNK):
                    self.writer.write(b"x" * _CHUNK)
                    await self.writer.drain()
            case "sleep":
                await self.writer.drain()
                await asyncio.sleep(value / SCALE)
            case "default":
                await super().obey(command)
            case "starttls":
                await self.writer.drain()
                await self.start_tls()
            case "close":
                await self.writer.drain()
                if value == "rst":
                    self.writer.transport.abort()
                raise EOFError
            case _:
                raise NotImplementedError(kind)
