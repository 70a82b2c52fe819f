"""Servers as they are: every defect of `tests.fakes.pop_server` is borne, or ends in one clear sentence."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.fakes import pop_server
from tests.fakes.pop_server import PopServer, letter
from tests.net.pop.reach import asked, session, tops
from tests.net.reach import account, password
from tuimail.errors import ConnectionLost, LoginRefused, ServerRefused
from tuimail.net.pop import session as session_module
from tuimail.net.pop.login import open_pop
from tuimail.net.pop.session import PopSession

MAIL = [letter(number) for number in range(1, 6)]
HEADS = {number: mail[: mail.index(b"\r\n\r\n") + 4] for number, mail in enumerate(MAIL, 1)}


@pytest.fixture(autouse=True)
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(session_module, "QUIET_SECONDS", 0.05)
    monkeypatch.setattr(session_module, "QUIET_AGAIN_SECONDS", 0.01)


async def everything(server: PopServer) -> tuple[dict[int, bytes], list[bytes], PopSession]:
    """All headers and messages, and the session that got them, which has been left."""
    async with session(server) as opened:
        heads = await tops(opened)
        return heads, [await opened.retr(number) for number in range(1, len(MAIL) + 1)], opened


@pytest.mark.parametrize(
    "quirk",
    ["", "no_capa", "no_uidl", "no_apop", "no_pipelining", "uidl_changes", "one_uidl", "slow=0.001", "no_capa no_apop"],
)
async def test_what_is_only_missing_is_not_missed(quirk: str) -> None:
    async with PopServer(MAIL, *quirk.split()) as server:
        assert (await everything(server))[:2] == (HEADS, MAIL)


@pytest.mark.parametrize("quirk", ["top_full", "top_lines=10", "top_truncates=60", "no_top"])
async def test_where_top_is_broken_messages_come_whole_and_are_not_wasted(quirk: str) -> None:
    async with PopServer(MAIL, quirk) as server, session(server) as opened:
        numbers = [entry.number for entry in await opened.listing()]
        whole: dict[int, bytes] = {}
        heads = dict([one async for one in opened.tops(numbers, whole=whole.__setitem__)])
        assert heads == HEADS and opened.top_broken
        assert list(whole.values()) == MAIL
        assert sum(line.startswith("TOP") for line in server.commands) == 1


async def test_one_by_one_a_wanted_message_does_not_wait_for_all_headers() -> None:
    mail = [letter(number) for number in range(1, 101)]
    async with PopServer(mail, "no_pipelining") as server, session(server) as opened:
        headers = aiter(opened.tops(range(100, 0, -1)))
        assert (await anext(headers))[0] == 100
        assert await opened.retr(7) == mail[6]
        assert sum(line.startswith("TOP") for line in server.commands) < 6
        assert len([one async for one in headers]) == 99


async def test_a_big_message_behind_a_broken_top_is_not_fetched_whole() -> None:
    big = letter(9, b"x" * 70 + b"\r\n" + b"y\r\n" * 40_000)
    async with PopServer([*MAIL, big], "top_full") as server, session(server) as opened:
        heads = await tops(opened)
        assert heads[6] == big[: big.index(b"\r\n\r\n") + 4]
        assert "RETR 6" not in server.commands and "TOP 6 0" in server.commands


async def test_a_top_that_turns_out_broken_later_is_left_later() -> None:
    """The message looked at first had no body, so that nothing could be seen."""
    mail = [*MAIL, letter(6, b"")]
    async with PopServer(mail, "top_full") as server, session(server) as opened:
        heads = await tops(opened)
        assert {number: heads[number] for number in HEADS} == HEADS and opened.top_broken


async def test_a_second_status_line_in_front_of_a_header_is_left_out() -> None:
    async with PopServer(MAIL, "top_double_ok") as server:
        heads, mail, opened = await everything(server)
        assert (heads, mail, opened.top_broken) == (HEADS, MAIL, False)


async def test_looking_at_headers_marks_nothing_that_is_not_asked_for() -> None:
    async with PopServer(MAIL, "top_marks_seen") as server, session(server) as opened:
        assert await tops(opened) == HEADS and not any(line.startswith("RETR") for line in server.commands)


async def test_lines_that_end_in_lf_alone_are_read() -> None:
    async with PopServer(MAIL, "bare_lf") as server:
        heads, mail, _ = await everything(server)
        assert heads == {number: head.replace(b"\r\n", b"\n") for number, head in HEADS.items()}
        assert mail == [one.replace(b"\r\n", b"\n") for one in MAIL]


async def test_a_dot_glued_to_the_last_line_ends_the_message_after_a_silence() -> None:
    async with PopServer(MAIL, "no_final_newline") as server:
        heads, mail, opened = await everything(server)
        assert mail == MAIL and opened.machine.careful
        assert {number: head.rstrip() for number, head in heads.items()} == {
            n: head.rstrip() for n, head in HEADS.items()
        }


async def test_dots_that_were_not_doubled_stay() -> None:
    async with PopServer(MAIL, "no_stuffing") as server:
        _, mail, _ = await everything(server)
        assert mail[0] == MAIL[0].replace(b"\r\n..two", b"\r\n.two")  # cannot be told from a doubled one


async def test_sizes_are_not_believed() -> None:
    async with PopServer(MAIL, "wrong_sizes") as server:
        assert (await everything(server))[:2] == (HEADS, MAIL)


async def test_unique_ids_that_are_missing_or_the_same_say_so() -> None:
    async with PopServer(MAIL) as server, session(server) as opened:
        entries = await opened.listing()
        assert len({entry.uidl for entry in entries}) == 5 and not any(entry.repeated for entry in entries)
    async with PopServer(MAIL, "no_uidl") as server, session(server) as opened:
        assert [entry.uidl for entry in await opened.listing()] == [None] * 5
    async with PopServer(MAIL, "one_uidl") as server, session(server) as opened:
        assert all(entry.repeated for entry in await opened.listing())


async def test_reading_over_gmail_hides_nothing_from_the_next_session() -> None:
    async with PopServer(MAIL, "gmail") as server:
        assert (await everything(server))[:2] == (HEADS, MAIL)
        assert (await everything(server))[:2] == (HEADS, MAIL) and server.quits == 0


async def test_leaving_deletes_nothing_even_where_any_disconnect_would() -> None:
    async with PopServer(MAIL, "qpop_delete") as server:
        async with session(server) as opened:
            await opened.retr(2)
            await opened.dele([1, 2])
        assert len(server.kept) == 5
        async with session(server) as opened:
            await opened.dele([1])
            await opened.quit()
        assert len(server.kept) == 4


async def test_a_login_too_soon_is_told_to_wait() -> None:
    async with PopServer(MAIL, "login_delay=300") as server:
        async with session(server) as opened:
            assert opened.abilities.login_delay == 300
        with pytest.raises(LoginRefused, match="more time between two logins") as caught:
            await open_pop(account(server.port), password)
        assert caught.value.busy and not caught.value.secret


@pytest.mark.parametrize("how", ["auto", "plain", "login"])
async def test_a_maildrop_in_use_is_no_wrong_password(how: str) -> None:
    async with PopServer(MAIL, "in_use") as server:
        with pytest.raises(LoginRefused, match="open for another program") as caught:
            await open_pop(asked(server.port, auth=how), password)
        assert caught.value.busy


@pytest.mark.parametrize("how", ["auto", "apop", "plain", "login"])
async def test_a_wrong_password_is_said_once_and_in_words(how: str) -> None:
    async with PopServer(MAIL, "auth_fail") as server:
        with pytest.raises(LoginRefused, match="refused the login") as caught:
            await open_pop(asked(server.port, auth=how), password)
        assert caught.value.secret and caught.value.next_step
        assert sum(line.startswith(("PASS", "AUTH", "APOP")) for line in server.commands) == 1


@pytest.mark.parametrize("at", range(1, 12))
async def test_a_line_that_breaks_says_so_wherever(at: int) -> None:
    async with PopServer(MAIL, f"drop_at={at}") as server:
        with pytest.raises(ConnectionLost, match="closed the connection"):
            async with session(server) as opened:
                await tops(opened)
                await opened.dele([1, 2])
                await opened.quit()
        assert len(server.kept) == 5


@pytest.mark.parametrize("at", [1, 3, 6])
async def test_a_server_that_falls_silent_is_left(at: int) -> None:
    async with PopServer(MAIL, f"stall_at={at}") as server:
        with pytest.raises(ConnectionLost, match="fell silent"):
            opened = await open_pop(account(server.port), password, silence=0.2)
            await tops(opened)


async def test_an_empty_maildrop_may_be_refused_to_be_listed() -> None:
    async with PopServer([], "multiline_err") as server, session(server) as opened:
        assert await opened.listing() == [] and await tops(opened) == {}


async def test_a_line_of_any_length_may_stand_in_a_mail() -> None:
    async with PopServer(MAIL, "long_line") as server, session(server) as opened:
        heads = await tops(opened)
        assert heads[1].startswith(b"X-Long: xxx") and len(heads[1]) > 100_000
        assert len(await opened.retr(1)) == len(MAIL[0]) + 100_010


async def test_a_long_header_that_is_cut_shows_what_there_is_and_that_top_is_broken() -> None:
    async with PopServer(MAIL[:1], "long_line", "top_truncates=60000") as server, session(server) as opened:
        heads = await tops(opened)
        assert heads[1].startswith(b"X-Long: xxx") and len(heads[1]) < 60_010 and opened.top_broken
        assert "RETR 1" not in server.commands


async def test_what_is_gone_is_refused_and_costs_only_itself() -> None:
    async with PopServer(MAIL) as server, session(server) as opened:
        await opened.listing()
        await opened.dele([2])
        with pytest.raises(ServerRefused, match="no such message"):
            await opened.retr(2)
        assert [number async for number, _ in opened.tops([3, 2, 1])] == [3, 1]
        await opened.rset()
        assert await opened.retr(2) == MAIL[1]


def test_every_quirk_of_the_server_is_met_here() -> None:
    quirks = re.findall(r"^    (\w+)(?:=\w)? {2,}", pop_server.__doc__ or "", re.M)
    here = Path(__file__).read_text()
    assert len(quirks) == 26
    assert not [name for name in quirks if not re.search(rf"[\" ]{name}[\"= ]", here)]
