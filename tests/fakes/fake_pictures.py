"""Pictures in memory, for FakeMail: decoded by the real hand, fetched by nobody."""

from __future__ import annotations

from tuimail.content.pictures import decode
from tuimail.errors import PictureRefused
from tuimail.model import Message, Picture, Raster
from tuimail.sync.pictures import Pictures


class FakePictures(Pictures):
    """`octets` holds what each source holds."""

    def __init__(self) -> None:
        self.octets: dict[str, bytes] = {}
        self.named: set[str] = set()
        """Senders whose remote pictures are loaded."""
        self.fetched: list[str] = []
        self.without = ""
        """What is said where the extra is not installed."""

    @property
    def missing(self) -> str:
        return self.without

    async def get(self, message: Message, picture: Picture, columns: int, rows: int) -> Raster:
        if picture.remote:
            self.fetched.append(picture.source)
        if picture.source not in self.octets:
            raise PictureRefused("This picture was not sent with the message.")
        return decode(self.octets[picture.source], columns, rows, picture.width)

    def loads_remote(self, message: Message) -> bool:
        return not self.doubt(message) and message.sender[0].email in self.named

    async def load_remote(self, message: Message) -> None:
        self.named.add(message.sender[0].email)

    async def load_no_remote(self, message: Message) -> None:
        self.named.discard(message.sender[0].email)
