"""Attachments in memory, for FakeMail: saved by the real hand, looked at by the real eye, fetched by nobody."""

from __future__ import annotations

import asyncio
import tempfile
from collections.abc import Callable
from pathlib import Path

from tuimail.content import preview
from tuimail.content.filenames import name_from_subject
from tuimail.content.preview.kind import kind_of
from tuimail.errors import TuimailError
from tuimail.model import Attachment, Document, Kind
from tuimail.net.remote import Progress
from tuimail.store import saving
from tuimail.sync.attached import Attached


class FakeAttached(Attached):
    """`octets` holds what each name holds; a name that is not there holds a line of text."""

    def __init__(self, raw: Callable[[int], bytes]) -> None:
        self._raw = raw
        self.octets = {
            "contacts.csv": b"Name,Letters\nGrace Hopper,12\nCharles Babbage,1804\n",
            "relay-report.pdf": b"%PDF-1.7\n\0\0\0",
        }
        self.failure: TuimailError | None = None
        """Raised by whatever would fetch."""
        self.hold: asyncio.Event | None = None
        """While it is not set, fetching has come to 30 of 100 octets and goes no further."""

    async def _fetch(self, attachment: Attachment, progress: Progress | None) -> bytes:
        if self.failure is not None:
            raise self.failure
        if progress is not None:
            progress(30, 100)
        if self.hold is not None:
            await self.hold.wait()
        return self.octets.get(attachment.name, b"a line of text\n")

    async def save(
        self, message_id: int, attachment: Attachment, directory: Path, progress: Progress | None = None
    ) -> Path:
        return self._write(await self._fetch(attachment, progress), directory, attachment.name)

    async def save_message(
        self, message_id: int, subject: str, directory: Path, progress: Progress | None = None
    ) -> Path:
        return self._write(self._raw(message_id), directory, f"{name_from_subject(subject)}.eml")

    async def save_elsewhere(self, attachment: Attachment, directory: Path, progress: Progress | None = None) -> Path:
        assert attachment.elsewhere is not None
        return self._write(f"from {attachment.elsewhere.host}".encode(), directory, attachment.name)

    async def copy(self, message_id: int, attachment: Attachment, progress: Progress | None = None) -> Path:
        return await self.save(message_id, attachment, Path(tempfile.mkdtemp(prefix="tuimail-fake-")), progress)

    async def read(self, message_id: int, attachment: Attachment, progress: Progress | None = None) -> bytes:
        return await self._fetch(attachment, progress)

    async def kind(self, message_id: int, attachment: Attachment) -> Kind:
        return kind_of((await self._fetch(attachment, None))[:512], attachment)

    async def preview(self, message_id: int, attachment: Attachment, progress: Progress | None = None) -> Document:
        data = await self._fetch(attachment, progress)
        return preview.show(attachment, data, True, frozenset({"ada@example.org"}))

    def _write(self, data: bytes, directory: Path, name: str) -> Path:
        return saving.save(data, directory, name)
