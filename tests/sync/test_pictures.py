"""Pictures through the one door, with mail in files: where they come from, and of whom remote ones are loaded."""

from __future__ import annotations

import asyncio
import io
import socket
from base64 import encodebytes
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from tests.sync.house import until
from tuimail.errors import PictureRefused
from tuimail.mail import FILES, Mail
from tuimail.model import Account, Message, Picture, Proof
from tuimail.records import replace
from tuimail.store.database import Database
from tuimail.sync.pictures import KEPT, MOST_REMOTE, Pictures

PIL = pytest.importorskip("PIL.Image")

MAILS = sorted((Path(__file__).parents[1] / "data" / "mails").glob("*.eml"))
TRAIN = "https://pictures.example.org/train.png"


def dot(width: int = 80, height: int = 80) -> bytes:
    made = io.BytesIO()
    PIL.new("RGB", (width, height), "red").save(made, "PNG")
    return made.getvalue()


def mail_of(sender: str = "Isambard <isambard@example.org>") -> bytes:
    head = f"From: {sender}\nSubject: bridge\nContent-Type: multipart/related; boundary=b\n\n--b\n"
    html = f'<img src="cid:bridge@x" alt="bridge"><img src="{TRAIN}" alt="train"><img src="cid:nowhere" alt="none">'
    part = "Content-Type: image/png\nContent-ID: <bridge@x>\nContent-Transfer-Encoding: base64\n\n"
    body = f"Content-Type: text/html\n\n{html}\n--b\n{part}".encode() + encodebytes(dot()) + b"\n--b--\n"
    return head.encode() + body


@asynccontextmanager
async def reading(folder: Path, *octets: bytes) -> AsyncIterator[tuple[Mail, list[Message]]]:
    box = folder / "box"
    if not box.exists():
        for part in ("cur", "new", "tmp"):
            (box / part).mkdir(parents=True)
        for number, one in enumerate(octets):
            (box / "cur" / f"{number}:2,").write_bytes(one)

    async def nobody(account: Account) -> str:
        raise AssertionError("nobody asks for a password here")

    account = Account("box", str(box), 0, "", protocol=FILES)
    async with asyncio.timeout(20), Mail(folder / "data", (account,), nobody) as mail:
        mail.start()
        await until(mail, lambda: [f for f in mail.folders() if f.complete and f.total])
        (box_folder,) = (f for f in mail.folders() if f.total)
        rows = mail.page(box_folder.id, 0, 100)
        yield mail, [await mail.message(row.id) for row in rows]


class Site:
    """Stands for the net: what it was asked for, and a red square for everything."""

    def __init__(self, octets: bytes = b"") -> None:
        self.asked: list[tuple[str, int]] = []
        self.octets = octets or dot()

    async def get(self, url: str, most: int) -> bytes:
        self.asked.append((url, most))
        return self.octets


def over(mail: Mail, site: Site) -> Pictures:
    return Pictures(mail._database, mail.attached, site.get)


async def test_a_picture_of_the_mail_comes_out_of_the_mail(tmp_path: Path) -> None:
    async with reading(tmp_path, mail_of()) as (mail, (message,)):
        pictures = over(mail, site := Site())
        raster = await pictures.get(message, message.document.pictures[0], 80, 20)
        assert (raster.width, raster.height, raster.pixels[:3]) == (10, 10, b"\xff\0\0")
        with pytest.raises(PictureRefused, match="not sent with the message"):
            await pictures.get(message, message.document.pictures[2], 80, 20)
        assert (await pictures.get(message, Picture("", "part:2"), 80, 20)).width == 10
        assert site.asked == []


async def test_remote_pictures_are_loaded_once_the_sender_is_named_and_until_revoked(tmp_path: Path) -> None:
    async with reading(tmp_path, mail_of()) as (mail, (message,)):
        pictures = over(mail, site := Site())
        train = message.document.pictures[1]
        with pytest.raises(PictureRefused, match="of this sender are not loaded"):
            await pictures.get(message, train, 80, 20)
        assert site.asked == []
        await pictures.load_remote(message)
        await pictures.get(message, train, 80, 20)
        await pictures.get(message, train, 40, 20)
        assert site.asked == [(TRAIN, MOST_REMOTE)]
    async with reading(tmp_path) as (mail, (message,)):
        pictures = over(mail, site := Site())
        assert pictures.loads_remote(message), "remembered"
        await pictures.load_no_remote(message)
        with pytest.raises(PictureRefused):
            await pictures.get(message, train, 80, 20)
        assert site.asked == []


async def test_naming_one_sender_names_no_other(tmp_path: Path) -> None:
    others = ("Isambard <isambard@example.org.evil.example>", "isambard@mail.example.org", "x@example.org")
    async with reading(tmp_path, mail_of("ISAMBARD@Example.org"), *map(mail_of, others)) as (mail, messages):
        pictures = over(mail, Site())
        named = next(message for message in messages if message.sender[0].email.lower() == "isambard@example.org")
        await pictures.load_remote(named)
        assert [message.id for message in messages if pictures.loads_remote(message)] == [named.id]


@pytest.mark.parametrize(
    "sender",
    [
        pytest.param('"security@bank.example" <isambard@example.org>', id="another address for a name"),
        pytest.param("isambard@example.org, evil@example.net", id="two senders"),
        pytest.param("Isambard", id="no address"),
    ],
)
async def test_of_a_sender_who_is_not_what_it_seems_nothing_is_loaded(sender: str, tmp_path: Path) -> None:
    async with reading(tmp_path, mail_of(), mail_of(sender)) as (mail, messages):
        pictures = over(mail, Site())
        honest = next(message for message in messages if not pictures.doubt(message))
        doubtful = next(message for message in messages if message is not honest)
        await pictures.load_remote(honest)
        assert not pictures.loads_remote(doubtful)
        with pytest.raises(PictureRefused):
            await pictures.load_remote(doubtful)


async def test_who_failed_is_not_the_sender_who_was_named(tmp_path: Path) -> None:
    async with reading(tmp_path, mail_of()) as (mail, (message,)):
        pictures = over(mail, Site())
        await pictures.load_remote(message)
        failed = replace(message, proof=Proof("failed", "mx.example.org", ()))
        assert pictures.loads_remote(message) and not pictures.loads_remote(failed)


async def test_what_is_kept_in_memory_has_a_limit(tmp_path: Path) -> None:
    async with reading(tmp_path, mail_of()) as (mail, (message,)):
        site = Site(dot() + bytes(KEPT // 3))
        pictures = over(mail, site)
        await pictures.load_remote(message)
        for number in (1, 2, 3, 4, 4, 1):
            await pictures.get(message, Picture("", f"https://x.example/{number}"), 10, 10)
        assert [url[-1] for url, _ in site.asked] == ["1", "2", "3", "4", "1"]


async def test_showing_any_of_our_mails_opens_no_socket(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Their own pictures are shown too, and remote ones asked for as the screen does where nobody was named."""
    mails = [path.read_bytes() for path in MAILS]
    async with reading(tmp_path, mail_of(), *mails) as (mail, messages):
        assert len(messages) == len(MAILS) + 1
        opened: list[object] = []

        class Watched(socket.socket):
            def __init__(self, *how: object, **more: object) -> None:
                opened.append(how)
                raise AssertionError("a socket was made")

        monkeypatch.setattr(socket, "socket", Watched)
        monkeypatch.setattr(socket, "getaddrinfo", lambda *how, **more: opened.append(how))
        shown = refused = 0
        for message in messages:
            await mail.message(message.id)
            for picture in message.document.pictures:
                try:
                    await mail.pictures.get(message, picture, 80, 20)
                    shown += 1
                except PictureRefused:
                    refused += 1
        assert shown and refused > 5
        assert opened == []


def test_the_senders_named_are_in_a_table_of_their_own(tmp_path: Path) -> None:
    database = Database(tmp_path)
    try:
        columns = [row[1] for row in database.read.execute("PRAGMA table_info(pictures_from)")]
    finally:
        database.close()
    assert columns == ["email", "since"]
