"""A server that plays one side of a written conversation: exact bytes, quirks, attacks.

One step per line; empty lines and lines starting with # are skipped.

    S: text          send the text and CRLF; $TAG is the tag of the last command received
    S>> "bytes"      send a Python bytes literal as it is ($TAG is replaced here too)
    C: regex         wait for a command; the regex must match all that follows the tag (any case)
    C=name: regex    the same, and $name becomes its tag, to complete commands out of order
    L: regex         wait for a line without a tag (DONE, base64, the end of a literal)
    LIT n            read n literal octets
    TLS              start TLS as the server
    HUSH             say nothing more until the client closes
    RST              abort the connection
    LOOP … END       play what stands between until the client closes

An LSUB that the script does not wait for is answered and forgotten.
After the last step the server closes, or with `keep=True` listens until the client does.
"""

from __future__ import annotations

import ast
import asyncio
import contextlib
import re
import ssl
from types import TracebackType
from typing import Self

from tests.servers.certificates import Certificate


class ScriptStrayed(AssertionError):
    """The client did something else than the script says."""


class Scripted:
    """The server as an async context manager; leaving it raises ScriptStrayed when the client strayed.

    `received` is every byte any client sent, in the clear or inside TLS, also behind the script's end; `in_the_clear`
    is what of it everybody could have read.
    """

    def __init__(self, script: str, *, certificate: Certificate | None = None, keep: bool = False) -> None:
        lines = (line.strip() for line in script.splitlines())
        self._steps = [line for line in lines if line and not line.startswith("#")]
        self._tls: ssl.SSLContext | None = None
        self._keep = keep
        if certificate is not None:
            self._tls = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
            self._tls.load_cert_chain(certificate.cert, certificate.key)
        self._playing: dict[asyncio.Task[None], asyncio.StreamWriter] = {}
        self.received = bytearray()
        self.in_the_clear = bytearray()
        self.connections = 0
        self.strayed: ScriptStrayed | None = None
        self.port = 0

    async def __aenter__(self) -> Self:
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", 0, limit=1 << 24)
        self.port = self._server.sockets[0].getsockname()[1]
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._server.close()
        if self._playing:  # the client may have closed just now: let its last bytes arrive
            await asyncio.wait(self._playing, timeout=2)
        for writer in self._playing.values():
            writer.transport.abort()
        if self._playing:
            await asyncio.wait(self._playing)
        await self._server.wait_closed()
        if self.strayed is not None:  # the cause of whatever else went wrong
            raise self.strayed

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._playing[task] = writer
        self.connections += 1
        try:
            await self._play(reader, writer)
        except ScriptStrayed as strayed:
            self.strayed = strayed
        except (OSError, asyncio.IncompleteReadError):
            pass  # the client left, or the test is over; what it did before stands in `received`
        finally:
            writer.close()
            with contextlib.suppress(OSError):
                await writer.wait_closed()
            del self._playing[task]

    def _note(self, heard: bytes, writer: asyncio.StreamWriter) -> None:
        self.received += heard
        if writer.get_extra_info("ssl_object") is None:
            self.in_the_clear += heard

    async def _play(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        tags = {b"$TAG": b"*"}
        looping: int | None = None
        at = 0
        while at < len(self._steps):
            word, _, rest = self._steps[at].partition(" ")
            if word in ("S:", "S>>"):
                said = rest.encode() + b"\r\n" if word == "S:" else _literal(rest)
                for name, tag in tags.items():
                    said = said.replace(name, tag)
                writer.write(said)
                await writer.drain()
            elif word == "L:" or word.startswith("C"):
                line = await reader.readline()
                self._note(line, writer)
                if not line:
                    if looping is not None:
                        return
                    raise ScriptStrayed(f"the client closed where the script waits for {rest!r}")
                line = line.rstrip(b"\r\n")
                if word != "L:":
                    tags[b"$TAG"], _, line = line.partition(b" ")
                    tags[b"$" + (word[2:-1].encode() or b"TAG")] = tags[b"$TAG"]
                if not re.fullmatch(rest.encode(), line, re.S | re.I):
                    if line.startswith(b"LSUB "):
                        writer.write(tags[b"$TAG"] + b" OK nothing subscribed\r\n")
                        continue
                    raise ScriptStrayed(f"the script waits for {rest!r}, the client sent {line!r}")
            elif word == "LIT":
                self._note(await reader.readexactly(int(rest)), writer)
            elif word == "TLS":
                assert self._tls is not None, "a script with TLS needs a certificate"
                await writer.start_tls(self._tls)
            elif word == "HUSH":
                break
            elif word == "RST":
                writer.transport.abort()
                return
            elif word == "LOOP":
                looping = at
            elif word == "END":
                assert looping is not None
                at = looping
                await asyncio.sleep(0)
            else:
                raise ScriptStrayed(f"not a step: {self._steps[at]!r}")
            at += 1
        if self._keep or at < len(self._steps):
            while more := await reader.read(65536):
                self._note(more, writer)


def _literal(text: str) -> bytes:
    value = ast.literal_eval(text if text.startswith("b") else "b" + text)
    assert isinstance(value, bytes)
    return value
