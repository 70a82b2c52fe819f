"""Finding messages: SEARCH in all its forms, SORT and THREAD of the selected mailbox."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from tuimail.errors import UsageError
from tuimail.net.client.answers import Found
from tuimail.net.client.line import Line, kinds, told
from tuimail.protocol.imap import meanings, sets
from tuimail.protocol.imap.meanings import Thread
from tuimail.protocol.imap.responses import ESearch, Event, Other, Search
from tuimail.protocol.imap.sets import Ranges
from tuimail.protocol.imap.verbs import searching
from tuimail.protocol.imap.verbs.arguments import Text
from tuimail.protocol.imap.verbs.searching import Key


class Searching(Line):
    """The topic of finding."""

    async def search(
        self,
        *keys: Key,
        charset: str | None = None,
        page: tuple[int, int] | None = None,
        save: bool = False,
        uid: bool = True,
    ) -> Found:
        """SEARCH (RFC 9051 §6.4.4): `search("UNSEEN", "FROM", Text("Jürgen"), "SINCE", date(2024, 2, 1))`.

        keys: words of the protocol as they are, numbers, dates, and the user's own texts as `Text`. None: everything.
        charset: of the texts; None names UTF-8 when one of them needs it and nothing else. With ESEARCH (RFC 4731) the
        hits come as ranges. page: only hits from … to …, counted from 1, or from the newest back as -1: by PARTIAL
        (RFC 9394) where it is offered, else cut out here. save: keep the hits on the server as "$" (RFC 5182).
        Raises NotOffered, UsageError, ServerRefused (code BADCHARSET with what the server can do in its text).
        """
        self.need_selected()
        if save:
            self.need("SEARCHRES")
        if page is not None and (0 in page or (page[0] < 0) != (page[1] < 0)):
            raise UsageError("A page goes from 1 upward or from -1 downward.")
        asked = keys or ("ALL",)
        extended = self.offers("ESEARCH")
        by_server = page if self.offers("PARTIAL") and extended else None
        returning = (["COUNT"] if by_server else ["ALL"]) if extended else []
        command = searching.search(
            asked,
            uid=uid,
            charset=self._charset(asked, charset, optional=True),
            returning=[*returning, *(["SAVE"] if save else [])],
            page=by_server,
        )
        answer = await self.run(command, kinds(ESearch, Search))
        ranges: Ranges = ()
        count: int | None = None
        modseq: int | None = None
        for event in answer.told:
            if isinstance(event, ESearch):
                ranges = event.partial or () if by_server else event.all or ()
                count, modseq = event.count, event.modseq
            elif isinstance(event, Search):
                ranges, modseq = sets.from_numbers(event.numbers), event.modseq
        if count is None:
            count = sets.count(ranges)
        if page is not None and by_server is None:
            ranges = _cut(ranges, *page)
        return Found(ranges, count, modseq)

    async def sort(
        self, order: str | Iterable[str], *keys: Key, charset: str | None = None, uid: bool = True
    ) -> tuple[int, ...]:
        """SORT (RFC 5256): UIDs in the order asked for. order: "REVERSE DATE", ["SUBJECT"]; keys as for `search`."""
        self.need("SORT", "SORT=DISPLAY")
        self.need_selected()
        words = order.split() if isinstance(order, str) else order
        asked = keys or ("ALL",)
        command = searching.sort(words, asked, uid=uid, charset=self._charset(asked, charset))
        answer = await self.run(command, kinds(Search))
        return tuple([number for event in told(answer, Search) for number in event.numbers])

    async def thread(
        self, *keys: Key, algorithm: str = "REFERENCES", charset: str | None = None, uid: bool = True
    ) -> tuple[Thread, ...]:
        """THREAD (RFC 5256): the conversations of these messages. Raises NotOffered for another algorithm."""
        self.need(f"THREAD={algorithm.upper()}")
        self.need_selected()
        asked = keys or ("ALL",)
        command = searching.thread(algorithm, asked, uid=uid, charset=self._charset(asked, charset))
        answer = await self.run(command, _is_thread)
        return tuple([one for event in told(answer, Other) for one in meanings.threads(event) or ()])

    async def search_gmail(self, query: str) -> Found:
        """X-GM-RAW: a search in Gmail's own words, `has:attachment in:unread`. Raises NotOffered elsewhere."""
        self.need("X-GM-EXT-1")
        return await self.search("X-GM-RAW", Text(query))

    def _charset(self, keys: Sequence[Key], charset: str | None, *, optional: bool = False) -> str:
        """What to name in the command; "" for nothing at all, which SEARCH can have and SORT cannot."""
        if self.utf8 and optional:
            if charset is not None and charset.upper() != "UTF-8":
                raise UsageError(f"A search is in UTF-8 here, and not in {charset}.")  # RFC 6855 §3
            return ""
        if charset is not None:
            return charset
        plain = all(key.text.isascii() for key in keys if isinstance(key, Text))
        return ("" if optional else "US-ASCII") if plain else "UTF-8"


def _cut(ranges: Ranges, start: int, end: int) -> Ranges:
    """The hits of a page; -1 is the last one. The work is that of the ranges, not of the numbers in them."""
    total = sets.count(ranges)
    low, high = sorted((start, end))
    if low < 0:
        low, high = total + 1 + low, total + 1 + high
    page: list[tuple[int, int]] = []
    before = 0
    for first, last in ranges:
        inside_low, inside_high = max(first, first + low - 1 - before), min(last, first + high - 1 - before)
        if inside_low <= inside_high:
            page.append((inside_low, inside_high))
        before += last - first + 1
    return tuple(page)


def _is_thread(event: Event) -> bool:
    return isinstance(event, Other) and event.name == "THREAD"
