"""Finding messages on a real server."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.net.client.reach import client, scripted
from tests.net.reach import letters
from tests.servers.dovecot import Dovecot
from tuimail.errors import ServerRefused, UsageError
from tuimail.net.client.answers import NotOffered
from tuimail.net.client.searching import _cut
from tuimail.protocol.errors import LocalProtocolError
from tuimail.protocol.imap import sets
from tuimail.protocol.imap.meanings import Thread
from tuimail.protocol.imap.verbs.arguments import Text


def written(number: int, subject: str, *, answer_to: int = 0, day: int = 1) -> bytes:
    head = f"From: w{number}@example.org\nSubject: {subject}\nMessage-ID: <{number}@example.org>\n"
    head += f"Date: {day:02} Feb 2024 10:00:00 +0000\nContent-Type: text/plain; charset=utf-8\n"
    if answer_to:
        head += f"In-Reply-To: <{answer_to}@example.org>\nReferences: <{answer_to}@example.org>\n"
    return f"{head}\nGrüße {number}\n".encode()


async def test_a_search_takes_words_numbers_dates_and_texts(dovecot: Dovecot) -> None:
    user = dovecot.user()
    dovecot.deliver(user, letters(9), flags="\\Seen")
    dovecot.deliver(user, [b'From: b@example.org\nSubject: say "\\o/"\n\nhi\n'])
    async with client(dovecot, user) as imap:
        await imap.select()
        assert (await imap.search()).ranges == ((1, 10),)
        assert list(await imap.search("UNSEEN")) == [10]
        assert list(await imap.search("OR", "UID", 3, "(SEEN UID 5:6)")) == [3, 5, 6]
        assert list(await imap.search("SUBJECT", Text('say "\\o/"'))) == [10]
        assert (await imap.search("SINCE", date(2000, 1, 31), "BEFORE", date(2001, 1, 1))).count == 0
        found = await imap.search("SEEN", uid=False)
    assert (found.count, found.min, found.max, found.numbers[:2]) == (9, 1, 9, (1, 2))


async def test_a_text_beyond_ascii_is_found_in_any_charset_the_server_knows(dovecot: Dovecot) -> None:
    user = dovecot.user()
    dovecot.deliver(user, [written(1, "x"), *letters(1)])
    async with client(dovecot, user) as imap:
        await imap.select()
        assert list(await imap.search("BODY", Text("Grüße"))) == [1]
        assert list(await imap.search("BODY", Text("Grüße"), charset="ISO-8859-1")) == [1]
        assert list(await imap.sort("ARRIVAL", "BODY", Text("Grüße"))) == [1]
        with pytest.raises(ServerRefused) as caught:
            await imap.search("BODY", Text("x"), charset="idna")
        assert caught.value.code == "BADCHARSET"
        with pytest.raises(LocalProtocolError):
            await imap.search("BODY", Text("Grüße"), charset="US-ASCII")


async def test_without_esearch_the_answer_is_the_same() -> None:
    script = r"""
        C: UID SEARCH UNSEEN
        S: * SEARCH 9 2 3 (MODSEQ 77)
        S: $TAG OK done
        C: UID SEARCH ALL
        S: * SEARCH
        S: $TAG OK done
    """
    async with scripted(script, selected=True) as imap:
        found = await imap.search("UNSEEN")
        nothing = await imap.search()
    assert (found.ranges, found.count, found.modseq) == (((2, 3), (9, 9)), 3, 77)
    assert (nothing.ranges, nothing.count, nothing.min, nothing.max) == ((), 0, None, None)


async def test_a_page_of_a_search_is_cut_by_the_server_or_here(dovecot: Dovecot) -> None:
    script = r"""
        C: UID SEARCH RETURN \(COUNT PARTIAL -1:-2\) ALL
        S: * ESEARCH (TAG "$TAG") UID COUNT 10 PARTIAL (-1:-2 9:10)
        S: $TAG OK done
        C: UID SEARCH RETURN \(COUNT PARTIAL 20:30\) ALL
        S: * ESEARCH (TAG "$TAG") UID COUNT 10 PARTIAL (20:30 NIL)
        S: $TAG OK done
    """
    async with scripted(script, "ESEARCH PARTIAL", selected=True) as imap:
        newest = await imap.search(page=(-1, -2))
        assert (newest.ranges, newest.count) == (((9, 10),), 10)
        assert (await imap.search(page=(20, 30))).ranges == ()
    user = dovecot.user()
    dovecot.deliver(user, letters(10))
    async with client(dovecot, user) as imap:
        await imap.select()
        assert await imap.search(page=(-1, -2)) == newest
        assert list(await imap.search("NOT", "UID", 2, page=(2, 3))) == [3, 4]
        with pytest.raises(UsageError):
            await imap.search(page=(-1, 1))


@given(st.sets(st.integers(1, 60)), st.integers(1, 70), st.integers(1, 70), st.booleans())
def test_a_page_is_what_a_list_would_slice(found: set[int], start: int, end: int, backwards: bool) -> None:
    low, high = sorted((start, end))
    ordered = sorted(found)[::-1] if backwards else sorted(found)
    ranges = _cut(sets.from_numbers(found), *((-start, -end) if backwards else (start, end)))
    assert set(sets.numbers(ranges)) == set(ordered[low - 1 : high])


async def test_a_saved_search_is_named_by_a_dollar(dovecot: Dovecot) -> None:
    user = dovecot.user()
    dovecot.deliver(user, letters(5))
    async with client(dovecot, user) as imap:
        await imap.select()
        await imap.search("UID", "2:4", save=True)
        assert [mail.uid for mail in await imap.fetch("$", "UID")] == [2, 3, 4]


async def test_the_server_sorts(dovecot: Dovecot) -> None:
    user = dovecot.user()
    dovecot.deliver(user, [written(1, "b", day=2), written(2, "a", day=3), written(3, "c", day=1)])
    async with client(dovecot, user) as imap:
        await imap.select()
        assert await imap.sort("SUBJECT") == (2, 1, 3)
        assert await imap.sort("REVERSE DATE", "NOT", "UID", 1, uid=False) == (2, 3)


async def test_the_server_threads(dovecot: Dovecot) -> None:
    user = dovecot.user()
    mails = [written(1, "a"), written(2, "b"), written(3, "Re: a", answer_to=1), written(4, "Re: a", answer_to=3)]
    dovecot.deliver(user, [*mails, written(5, "Re: a", answer_to=3)])
    async with client(dovecot, user) as imap:
        await imap.select()
        threads = await imap.thread()
        assert threads == (Thread((1, 3), (Thread((4,)), Thread((5,)))), Thread((2,)))
        assert len(await imap.thread("UID", "2:3", algorithm="ORDEREDSUBJECT")) == 2
        with pytest.raises(NotOffered):
            await imap.thread(algorithm="JWZ")


async def test_gmail_is_asked_in_its_own_words() -> None:
    script = r"""
        C: UID SEARCH X-GM-RAW "has:attachment \\"x y\\""
        S: * SEARCH 4
        S: $TAG OK done
        C: UID SEARCH CHARSET UTF-8 X-GM-RAW \{8\+\}
        LIT 8
        L:
        S: * SEARCH 5
        S: $TAG OK done
    """
    async with scripted(script, "X-GM-EXT-1 LITERAL+", selected=True) as imap:
        assert list(await imap.search_gmail('has:attachment "x y"')) == [4]
        assert list(await imap.search_gmail("in:Müll")) == [5]


async def test_in_utf8_mode_no_charset_is_named() -> None:
    script = r"""
        C: ENABLE UTF8=ACCEPT
        S: * ENABLED UTF8=ACCEPT
        S: $TAG OK done
        C: UID SEARCH BODY \{3\+\}
        LIT 3
        L:
        S: * SEARCH 5
        S: $TAG OK done
    """
    async with scripted(script, "ENABLE UTF8=ACCEPT LITERAL+", selected=True) as imap:
        assert await imap.enable("UTF8=ACCEPT") == {"UTF8=ACCEPT"}
        assert list(await imap.search("BODY", Text("xü"))) == [5]
        with pytest.raises(UsageError):
            await imap.search("BODY", Text("x"), charset="ISO-8859-1")


@pytest.mark.parametrize("key", ["SEEN\r\nx NOOP", "BODY {3}", "BODY ü", "", "x\0"])
async def test_a_word_that_could_end_the_line_is_not_sent(key: str) -> None:
    async with scripted("", selected=True) as imap:
        with pytest.raises(LocalProtocolError):
            await imap.search(key)


async def test_a_text_may_hold_anything_and_stays_a_text() -> None:
    script = r"""
        C: UID SEARCH SUBJECT \{9\+\}
        LIT 9
        L:
        S: * SEARCH
        S: $TAG OK done
    """
    async with scripted(script, "LITERAL+", selected=True) as imap:
        assert not (await imap.search("SUBJECT", Text("a\r\nb NOOP"))).ranges
