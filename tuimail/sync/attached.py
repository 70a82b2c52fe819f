"""What can be done with attachments: saved, looked into, handed to other programs. `Mail.attached` is one of these."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Collection
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from tuimail.content.transfer import undo
from tuimail.errors import StoreError
from tuimail.model import Attachment, Document, Inside, Kind
from tuimail.net.remote import Progress
from tuimail.store import parts, saving
from tuimail.sync.downloads import Downloads
from tuimail.sync.library import Library

if TYPE_CHECKING:
    from tuimail.net.ftp import Ftp

T = TypeVar("T")

BEGINNING = 256_000
"""Octets that are fetched to look at the beginning of an attachment."""
WHOLE_TO_SEE = 4_000_000
"""An attachment that must be here whole to be seen (an archive's list stands at its end) is fetched up to this size."""


class Attached:
    """Fetches what is not here. Every method may raise Offline, NotFound, StoreError, and what Remote raises.

    me: the user's own addresses, for invitations.
    """

    def __init__(self, library: Library, downloads: Downloads, directory: Path, me: Collection[str]) -> None:
        self._library = library
        self._downloads = downloads
        self._directory = directory
        self._me = frozenset(me)

    async def save(
        self, message_id: int, attachment: Attachment, directory: Path, progress: Progress | None = None
    ) -> Path:
        """Write an attachment into `directory`, decoded, under its own name or that with a number; its path."""
        source = await self._source(message_id, attachment, progress)
        return await _on_disk(lambda: saving.save(source, directory, attachment.name))

    async def save_elsewhere(self, attachment: Attachment, directory: Path, progress: Progress | None = None) -> Path:
        """Fetch what a mail says to lie on an FTP server and write it as `save` does: for those who have been asked."""
        from tuimail.sync.faraway import fetch_elsewhere

        assert attachment.elsewhere is not None
        own = await _on_disk(lambda: parts.own_directory(self._directory))
        path = await fetch_elsewhere(attachment.elsewhere, own / "coming", progress)
        return await _on_disk(lambda: saving.save(path, directory, attachment.name))

    async def send(
        self, message_id: int, attachment: Attachment, ftp: Ftp, directory: str, progress: Progress | None = None
    ) -> str:
        """Put an attachment into a directory of an FTP server, decoded, as `save` does; its path there.

        progress tells of the fetching first, then of the sending. What was decrypted is not sent.
        """
        from tuimail.sync.faraway import put_file, run

        path = await self._fetched(message_id, attachment, progress)
        return await run(ftp, lambda: put_file(ftp, path, directory, attachment.name, progress))

    async def save_message(
        self, message_id: int, subject: str, directory: Path, progress: Progress | None = None
    ) -> Path:
        """Write the message as sent into `directory`, named after its subject."""
        from tuimail.content.filenames import name_from_subject

        fetched = await self._downloads.part(message_id, "", progress)
        return await _on_disk(lambda: saving.save(fetched.path, directory, f"{name_from_subject(subject)}.eml"))

    async def copy(self, message_id: int, attachment: Attachment, progress: Progress | None = None) -> Path:
        """The attachment as a file for another program, under its own name; it goes away after a day."""
        source = await self._source(message_id, attachment, progress)
        return await _on_disk(lambda: saving.save(source, parts.own_directory(self._directory), attachment.name))

    async def read(self, message_id: int, attachment: Attachment, progress: Progress | None = None) -> bytes:
        """All of the attachment in memory, decoded."""
        source = await self._source(message_id, attachment, progress)
        return source if isinstance(source, bytes) else await _on_disk(source.read_bytes)

    async def kind(self, message_id: int, attachment: Attachment) -> Kind:
        """What the attachment really is, by its first octets, and why one should not open it."""
        from tuimail.content.preview.kind import kind_of

        head = await self.beginning(message_id, attachment, 512)
        return kind_of(head[0], attachment)

    async def preview(self, message_id: int, attachment: Attachment, progress: Progress | None = None) -> Document:
        """The attachment, or its beginning, to be looked at here."""
        from tuimail.content import preview

        needs_all = preview.needs_all(attachment)
        least = None if needs_all and attachment.size <= WHOLE_TO_SEE else BEGINNING
        data, whole = await self.beginning(message_id, attachment, least, progress)
        return await asyncio.to_thread(preview.show, attachment, data, whole, self._me)

    async def _source(self, message_id: int, attachment: Attachment, progress: Progress | None) -> Path | bytes:
        """All of it: a file, or what was decrypted, of which none is made."""
        if attachment.inside is not None:
            return await asyncio.to_thread(_decoded, attachment.inside)
        return await self._fetched(message_id, attachment, progress)

    async def _fetched(self, message_id: int, attachment: Attachment, progress: Progress | None) -> Path:
        await self._library.message(message_id, prefetch=False)
        return (await self._downloads.part(message_id, attachment.section, progress)).path

    async def section_of(self, message_id: int, content_id: str) -> str:
        """The number of the part that a cid: URL names; "" when none is."""
        await self._library.message(message_id, prefetch=False)
        return await asyncio.to_thread(self._downloads.section_of, message_id, content_id)

    async def beginning(
        self, message_id: int, attachment: Attachment, least: int | None, progress: Progress | None = None
    ) -> tuple[bytes, bool]:
        """(at most `least` octets, or all there is; whether that is all)."""
        if attachment.inside is not None:
            octets = await asyncio.to_thread(_decoded, attachment.inside)
            return octets[:least], least is None or len(octets) <= least
        await self._library.message(message_id, prefetch=False)
        fetched = await self._downloads.part(message_id, attachment.section, progress, least)

        def read() -> tuple[bytes, bool]:
            with fetched.path.open("rb") as file:
                data = file.read(-1 if least is None else least)
                return data, fetched.whole and not file.read(1)

        return await _on_disk(read)


def _decoded(inside: Inside) -> bytes:
    return undo(inside.raw[inside.start : inside.end], inside.encoding)[0]


async def _on_disk(work: Callable[[], T]) -> T:
    """Run it in a thread; what the system refuses is said in a sentence."""
    try:
        return await asyncio.to_thread(work)
    except OSError as error:
        where = f" {error.filename}" if error.filename else ""
        raise StoreError(f"The file{where} cannot be written: {error.strerror}.") from error
