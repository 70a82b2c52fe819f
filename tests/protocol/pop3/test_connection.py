from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tuimail.protocol.errors import LocalProtocolError, RemoteProtocolError
from tuimail.protocol.machine import NEED_DATA
from tuimail.protocol.pop3 import commands
from tuimail.protocol.pop3.connection import WINDOW_LINES, WINDOW_OCTETS, PopMachine
from tuimail.protocol.pop3.responses import (
    Arriving,
    Challenge,
    Closed,
    Event,
    Greeting,
    Reply,
    Stray,
    count_and_size,
    sizes,
    stamp_of,
    status,
    uids,
)


def events(machine: PopMachine, *chunks: bytes) -> list[Event]:
    found: list[Event] = []
    for chunk in chunks:
        machine.receive_data(chunk)
        while (event := machine.next_event()) is not NEED_DATA:
            found.append(event)
    return found


def greeted(*, pipelining: bool = True, masked: tuple[str, ...] = ()) -> PopMachine:
    """Logged in, and nothing under way."""
    machine = PopMachine(masked)
    machine.send(commands.user("ann"))
    machine.send(commands.password("secret"))
    machine.send(commands.capa())
    told = b"+OK\r\nTOP\r\nPIPELINING\r\n.\r\n" if pipelining else b"-ERR what\r\n"
    events(machine, b"+OK hi\r\n", b"+OK\r\n", b"+OK\r\n", told)
    machine.data_to_send()
    return machine


def test_nothing_is_said_before_the_greeting_and_then_one_by_one() -> None:
    machine = PopMachine()
    machine.send(commands.user("ann"))
    machine.send(commands.password("two words"))
    assert machine.data_to_send() == b""
    events(machine, b"+OK hi\r\n")
    assert machine.data_to_send() == b"USER ann\r\n"
    events(machine, b"+OK\r\n")
    assert machine.data_to_send() == b"PASS two words\r\n"
    assert machine.sent_for_log == b"PASS ***\r\n"


def test_with_pipelining_a_window_of_lines_flies() -> None:
    machine = greeted()
    machine.send(commands.top(range(1, 1001)))
    sent = machine.data_to_send()
    assert sent.count(b"\r\n") == WINDOW_LINES and len(sent) <= WINDOW_OCTETS
    events(machine, b"+OK\r\n.\r\n" * 3)
    assert machine.data_to_send() == b"TOP 129 0\r\nTOP 130 0\r\nTOP 131 0\r\n"


def test_the_window_counts_octets_too() -> None:
    machine = greeted()
    for _ in range(100):
        machine.send(commands.lang("x" * 200))
    assert len(machine.data_to_send()) <= WINDOW_OCTETS


@pytest.mark.parametrize("machine", [greeted(pipelining=False), greeted(masked=("PIPELINING",))])
def test_without_pipelining_each_waits_for_the_one_before(machine: PopMachine) -> None:
    for command in (commands.stat(), commands.listing(), commands.uidl()):
        machine.send(command)
    assert machine.data_to_send() == b"STAT\r\n"
    events(machine, b"+OK 1 2\r\n")
    assert machine.data_to_send() == b"LIST\r\n"


def test_quit_waits_until_every_deletion_was_answered() -> None:
    machine = greeted()
    machine.send(commands.dele([1, 2]))
    machine.send(commands.quit_())
    assert machine.data_to_send() == b"DELE 1\r\nDELE 2\r\n"
    events(machine, b"+OK\r\n")
    assert machine.data_to_send() == b""
    events(machine, b"-ERR no such message\r\n")
    assert machine.data_to_send() == b"QUIT\r\n"
    with pytest.raises(LocalProtocolError):
        machine.send(commands.noop())


def test_each_line_of_a_command_has_its_reply_and_the_last_completes_it() -> None:
    machine = greeted()
    tag = machine.send(commands.top([7, 8]))
    found = events(machine, b"-ERR gone\r\n+OK\r\nSubject: x\r\n\r\n.\r\n")
    assert [(one.tag, one.which, one.ok, one.last, one.body) for one in found if isinstance(one, Reply)] == [
        (tag, 0, False, False, b""),
        (tag, 1, True, True, b"Subject: x\r\n\r\n"),
    ]


def test_what_follows_the_ok_to_stls_is_never_an_answer() -> None:
    machine = PopMachine()
    machine.send(commands.stls())
    with pytest.raises(RemoteProtocolError, match="plain text"):
        events(machine, b"+OK hi\r\n", b"+OK go\r\n+OK logged in\r\n")


def test_what_arrives_between_the_ok_and_the_handshake_is_refused_too() -> None:
    machine = PopMachine()
    machine.send(commands.stls())
    machine.send(commands.capa())
    events(machine, b"+OK hi\r\n", b"+OK go\r\n")
    assert machine.data_to_send() == b"STLS\r\n"  # and no CAPA in the clear
    machine.receive_data(b"+OK\r\n")
    machine.tls_started()
    with pytest.raises(RemoteProtocolError):
        machine.next_event()


def test_tls_and_login_forget_what_was_offered() -> None:
    machine = PopMachine()
    machine.send(commands.capa())
    machine.send(commands.stls())
    events(machine, b"+OK hi\r\n", b"+OK\r\nSTLS\r\nSASL PLAIN\r\n.\r\n")
    assert machine.capabilities == {"STLS": (), "SASL": ("PLAIN",)}
    events(machine, b"+OK go\r\n")
    machine.tls_started()
    assert machine.offered is None
    machine.send(commands.capa())
    machine.send(commands.auth("PLAIN", b"\0a\0b"))
    events(machine, b"+OK\r\nSASL PLAIN\r\n.\r\n", b"+OK in\r\n")
    assert machine.offered is None and not machine.pipelining


def test_a_sasl_dialogue_has_its_answers() -> None:
    machine = PopMachine()
    machine.send(commands.auth("LOGIN", None))
    events(machine, b"+OK hi\r\n")
    assert machine.data_to_send() == b"AUTH LOGIN\r\n"
    assert [type(one) for one in events(machine, b"+ VXNlcg==\r\n")] == [Challenge]
    machine.send(commands.sasl_answer(b"ann"))
    assert machine.data_to_send() == b"YW5u\r\n" and machine.sent_for_log == b"***\r\n"
    with pytest.raises(LocalProtocolError):
        machine.send(commands.sasl_answer(b"again"))


def test_questions_without_end_are_an_error() -> None:
    machine = PopMachine()
    machine.send(commands.auth("LOGIN", None))
    events(machine, b"+OK hi\r\n")
    with pytest.raises(RemoteProtocolError):
        for _ in range(100):
            events(machine, b"+ \r\n")
            machine.send(commands.sasl_answer(b""))


def test_lines_nobody_asked_for_are_told_and_a_few_are_borne() -> None:
    machine = greeted()
    assert events(machine, b"-ERR idle too long\r\n") == [Stray("-ERR idle too long")]
    with pytest.raises(RemoteProtocolError):
        events(machine, b"-ERR\r\n" * 10)


def test_a_greeting_that_is_none_ends_it() -> None:
    with pytest.raises(RemoteProtocolError):
        events(PopMachine(), b"* OK IMAP4rev1\r\n")


def test_a_greeting_that_turns_us_away_says_why() -> None:
    machine = PopMachine()
    machine.send(commands.capa())
    assert events(machine, b"-ERR [SYS/TEMP] busy\r\n") == [Greeting(False, "busy", "SYS/TEMP", b"")]
    assert machine.data_to_send() == b""


def test_an_end_in_the_middle_of_a_body_is_told() -> None:
    machine = greeted()
    machine.send(commands.retr(1))
    assert events(machine, b"+OK\r\nhalf", b"") == [Closed(True)]


def test_a_big_body_is_told_of_while_it_arrives() -> None:
    machine = greeted()
    machine.send(commands.retr(1))
    found = events(machine, b"+OK\r\n", *[b"x" * 50_000] * 4, b"\r\n.\r\n")
    told = [one.octets for one in found if isinstance(one, Arriving)]
    assert told == sorted(told) and len(told) == 2


@pytest.mark.parametrize(
    ("greeting", "stamp"),
    [
        (b"+OK POP3 ready <1896.697170952@dbc.mtview.ca.us>", b"<1896.697170952@dbc.mtview.ca.us>"),
        (b"+OK ready", b""),
        (b"+OK <no at sign>", b""),
        (b"+OK <a@b", b""),
        (b"+OK <\xff\xfe@b>", b""),
        (b"+OK " + b"<" * 8000, b""),
    ],
)
def test_the_timestamp_is_one_or_none(greeting: bytes, stamp: bytes) -> None:
    assert stamp_of(greeting) == stamp


def test_apop_says_what_rfc_1939_says() -> None:
    command = commands.apop("mrose", "tanstaaf", b"<1896.697170952@dbc.mtview.ca.us>")
    assert command.lines == (b"APOP mrose c4c9334bac560ecc979e58001b3e22fb",)


@pytest.mark.parametrize("text", ["", "a\r\nDELE 1", "a\nb", "a\0b"])
def test_an_argument_never_ends_the_line(text: str) -> None:
    for make in (commands.user, commands.password, commands.rpop):
        with pytest.raises(LocalProtocolError):
            make(text)


def test_response_codes_are_read_where_they_are_and_only_there() -> None:
    assert status(b"-ERR [in-use] locked") == (False, "locked", "IN-USE")
    assert status(b"+OK [not a code, but text") == (True, "[not a code, but text", "")
    assert status(b"+OK4 messages") == (True, "4 messages", "")
    assert status(b"* OK") is None


def test_listings_are_read_as_far_as_they_can_be() -> None:
    assert sizes(b"1 120\r\n2 x\r\n\r\nnoise\r\n3 200 extra\r\n-1 5\r\n0 7\r\n") == {1: 120, 3: 200}
    assert uids(b"1 a b \r\n2\r\n3 \r\n4 ../../x\r\n5 " + b"u" * 300 + b"\r\n") == {1: b"a b", 4: b"../../x"}
    assert count_and_size("2 320") == (2, 320) and count_and_size("x") is None and count_and_size("") is None


SESSION = (
    b"+OK hi <1@x>\r\n+OK\r\n+OK\r\n+OK\r\nPIPELINING\r\nTOP\r\n.\r\n+OK 2 320\r\n+OK\r\n1 120\r\n2 200\r\n.\r\n"
    b"+OK\r\nSubject: a\r\n\r\n..dot\r\n.\r\n-ERR gone\r\n+OK\r\n.\r\n+OK bye\r\n"
)


def played(chunks: list[bytes]) -> list[Event] | str:
    machine = PopMachine()
    for command in (
        commands.user("ann"),
        commands.password("x"),
        commands.capa(),
        commands.stat(),
        commands.listing(),
        commands.top([1, 2, 3]),
        commands.quit_(),
    ):
        command = COMMANDS.setdefault(command.lines[0], command)
        machine.send(command)
    try:
        return [event for event in events(machine, *chunks) if not isinstance(event, Arriving)]
    except RemoteProtocolError as error:
        return str(error)


COMMANDS: dict[bytes, commands.Command] = {}


@given(st.lists(st.integers(0, len(SESSION)), max_size=12))
def test_any_cut_of_a_session_gives_the_same_events(places: list[int]) -> None:
    at = sorted({0, *places, len(SESSION)})
    assert played([SESSION[a:b] for a, b in pairwise(at)]) == played([SESSION])


@given(
    st.integers(0, len(SESSION)),
    st.integers(0, 30),
    st.binary(max_size=30).map(lambda noise: noise.replace(b"\1", b"\r\n").replace(b"\2", b"+OK")),
)
def test_any_bytes_give_events_or_one_error(at: int, skipped: int, noise: bytes) -> None:
    stream = SESSION[:at] + noise + SESSION[at + skipped :]
    whole = played([stream])
    assert whole == played([stream[n : n + 1] for n in range(len(stream))])
