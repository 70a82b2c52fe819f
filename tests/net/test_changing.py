"""Flags and moves on a real server, with and without the extensions that make them safe."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.fakes.chaos import ChaosProxy
from tests.fakes.scripted import Scripted
from tests.net.reach import account, letters, password, remote, uids_of
from tests.servers.dovecot import Dovecot
from tuimail.errors import ServerRefused
from tuimail.model import Flag
from tuimail.net.imap import connect_imap


def seen_by_another(dovecot: Dovecot, user: str, folder: str, criterion: str = "ALL") -> list[int]:
    with dovecot.client(user) as other:
        other.select(folder, readonly=True)
        return uids_of(other.uid("SEARCH", criterion)[1])


async def test_flags_are_set_and_cleared_bit_by_bit(dovecot: Dovecot) -> None:
    user = dovecot.user()
    dovecot.deliver(user, letters(5), flags="\\Answered")
    async with remote(dovecot, user) as connected:
        await connected.store(b"INBOX", ((2, 3), (5, 5)), Flag.SEEN | Flag.FORWARDED, Flag.ANSWERED)
    assert seen_by_another(dovecot, user, "INBOX", "SEEN") == [2, 3, 5]
    assert seen_by_another(dovecot, user, "INBOX", "KEYWORD $Forwarded") == [2, 3, 5]
    assert seen_by_another(dovecot, user, "INBOX", "ANSWERED") == [1, 4]


async def test_a_set_too_long_for_one_line_is_split(dovecot: Dovecot) -> None:
    user = dovecot.user()
    dovecot.deliver(user, letters(5000))
    odd = tuple((uid, uid) for uid in range(1, 5000, 2))
    async with ChaosProxy(dovecot.host, dovecot.port) as proxy, remote(dovecot, user, port=proxy.port) as connected:
        await connected.store(b"INBOX", odd, Flag.SEEN, Flag.NONE)
    assert seen_by_another(dovecot, user, "INBOX", "SEEN") == [uid for uid, _ in odd]
    stores = [line for line in proxy.lines if b"UID STORE" in line]
    assert len(stores) == 2 and max(map(len, stores)) < 8100


LADDER = [
    pytest.param([], lambda verbs: verbs == [b"MOVE"], True, id="MOVE"),
    pytest.param(["MOVE"], lambda verbs: verbs == [b"COPY", b"STORE", b"EXPUNGE"], True, id="UIDPLUS"),
    pytest.param(["MOVE", "UIDPLUS"], lambda verbs: verbs == [b"COPY", b"STORE"], False, id="rev1"),
]


@pytest.mark.parametrize(("without", "climbed", "gone"), LADDER)
async def test_moving_spares_what_another_client_marked(
    without: list[str], climbed: Callable[[list[bytes]], bool], gone: bool
) -> None:
    with Dovecot(without=without) as dovecot:
        dovecot.deliver("ann", letters(6))
        with dovecot.client("ann") as other:
            other.select()
            other.store("6", "+FLAGS", "\\Deleted")
        async with (
            ChaosProxy(dovecot.host, dovecot.port) as proxy,
            remote(dovecot, "ann", port=proxy.port) as connected,
        ):
            told = await connected.move(b"INBOX", ((2, 3), (5, 5)), b"Archive")
        assert told == {2: 1, 3: 2, 5: 3}  # Dovecot tells it however it is announced
        assert climbed([line.split()[2] for line in proxy.lines if line.split()[1] == b"UID"])
        assert seen_by_another(dovecot, "ann", "Archive") == [1, 2, 3]
        if gone:
            assert seen_by_another(dovecot, "ann", "INBOX") == [1, 4, 6]
        else:
            assert seen_by_another(dovecot, "ann", "INBOX", "UNDELETED") == [1, 4]
            assert 6 in seen_by_another(dovecot, "ann", "INBOX")


async def test_moving_to_nowhere_says_so_and_moves_nothing(dovecot: Dovecot) -> None:
    user = dovecot.user()
    dovecot.deliver(user, letters(2))
    async with remote(dovecot, user) as connected:
        with pytest.raises(ServerRefused) as caught:
            await connected.move(b"INBOX", ((1, 2),), b"Nowhere")
        assert caught.value.code == "TRYCREATE"
    assert seen_by_another(dovecot, user, "INBOX") == [1, 2]


async def test_moving_what_is_gone_already_is_no_error(dovecot: Dovecot) -> None:
    user = dovecot.user()
    dovecot.deliver(user, letters(2))
    async with remote(dovecot, user) as connected:
        assert not await connected.move(b"INBOX", ((77, 79),), b"Archive")


def logged_in(*rest: str, offered: str = "") -> str:
    """A script that logs in with few capabilities (and those `offered`) and goes on with `rest`."""
    beginning = f"""
        S: * OK [CAPABILITY IMAP4rev1] hi
        C: LOGIN .*
        S: $TAG OK [CAPABILITY IMAP4rev1 MOVE UIDPLUS {offered}] in
        C: LIST .*
        S: * LIST () "/" INBOX
        S: $TAG OK
    """
    return "\n".join([beginning, *rest, "C: LOGOUT", "S: $TAG OK bye"])


async def test_a_folder_numbered_anew_is_not_touched_with_old_numbers() -> None:
    script = logged_in(
        "C: SELECT INBOX\nS: * 3 EXISTS\nS: * OK [UIDVALIDITY 1] ok\nS: $TAG OK in",
        "C: SELECT Trash\nS: * 0 EXISTS\nS: * OK [UIDVALIDITY 5] ok\nS: $TAG OK in",
        "C: SELECT INBOX\nS: * 3 EXISTS\nS: * OK [UIDVALIDITY 2] ok\nS: $TAG OK in",
    )
    async with Scripted(script) as server:
        connected = await connect_imap(account(server.port), password)
        await connected.look(b"INBOX")
        await connected.look(b"Trash")
        with pytest.raises(ServerRefused) as caught:
            await connected.store(b"INBOX", ((1, 3),), Flag.DELETED, Flag.NONE)
        assert caught.value.code == "UIDVALIDITY"
        await connected.close()
    assert b"STORE" not in server.received


async def test_a_mapping_larger_than_what_was_asked_stays_small() -> None:
    script = logged_in(
        "C: SELECT INBOX\nS: * 3 EXISTS\nS: * OK [UIDVALIDITY 1] ok\nS: $TAG OK in",
        "C: UID MOVE 2 Trash\nS: * OK [COPYUID 9 1:4294967294 1:4294967294] moved\nS: $TAG OK done",
    )
    async with Scripted(script) as server:
        connected = await connect_imap(account(server.port), password)
        assert await connected.move(b"INBOX", ((2, 2),), b"Trash") == {2: 2}
        await connected.close()
