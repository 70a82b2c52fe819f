"""Conversations: what the machine says is `C`, what it hears is `S`."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.protocol.streams import SERVER_WORDS, drain, greeted, outcome, say
from tuimail.protocol.errors import LocalProtocolError, RemoteProtocolError
from tuimail.protocol.imap import commands
from tuimail.protocol.imap.connection import MAX_ROUNDS, MAX_STRAY_CONTINUATIONS, ImapMachine
from tuimail.protocol.imap.responses import (
    Bye,
    Capability,
    Closed,
    Continue,
    ESearch,
    Exists,
    Fetch,
    Fetches,
    Greeting,
    ResponseCode,
    StatusLine,
    Tagged,
    Unparsed,
)
from tuimail.protocol.machine import NEED_DATA, Machine


def ok(tag: bytes, text: str = "done") -> Tagged:
    return Tagged(tag, "OK", None, text)


def test_it_is_a_machine() -> None:
    machine: Machine[commands.Command, object] = ImapMachine()
    assert machine.next_event() is NEED_DATA


# -- greeting


def test_nothing_is_said_before_the_greeting() -> None:
    machine = ImapMachine()
    machine.send(commands.capability())
    assert machine.data_to_send() == b""
    assert say(machine, b"* OK [CAPABILITY IMAP4rev1 IDLE] hi\r\n") == [
        Greeting("OK", ResponseCode("CAPABILITY", b"IMAP4rev1 IDLE"), "hi")
    ]
    assert machine.capabilities == {"IMAP4REV1", "IDLE"}
    assert machine.data_to_send() == b"a1 CAPABILITY\r\n"


def test_a_preauth_greeting_is_told_as_such() -> None:
    assert say(ImapMachine(), b"* PREAUTH welcome\r\n") == [Greeting("PREAUTH", None, "welcome")]


def test_a_bye_greeting_ends_it() -> None:
    machine = ImapMachine()
    machine.send(commands.capability())
    assert say(machine, b"* BYE too many\r\n") == [Greeting("BYE", None, "too many")]
    assert machine.data_to_send() == b""
    with pytest.raises(LocalProtocolError):
        machine.send(commands.noop())


@pytest.mark.parametrize(
    "line", [b"+OK pop3 here", b"Server Unavailable.", b"* NO", b"* 1 EXISTS", b"a1 OK hi", b"220 smtp", b"* BAD x"]
)
def test_after_any_other_greeting_we_leave(line: bytes) -> None:
    machine = ImapMachine()
    machine.send(commands.login("bob", "pw"))
    for _ in range(2):
        with pytest.raises(RemoteProtocolError):
            say(machine, line + b"\r\n")
    assert machine.data_to_send() == b""
    with pytest.raises(LocalProtocolError):
        machine.send(commands.noop())


# -- tags


def test_commands_are_pipelined_and_complete_in_any_order() -> None:
    machine = greeted()
    first, second, third = (machine.send(commands.noop()) for _ in range(3))
    assert machine.data_to_send() == b"a1 NOOP\r\na2 NOOP\r\na3 NOOP\r\n"
    assert say(machine, b"a3 OK done\r\na1 OK done\r\na2 OK done\r\n") == [ok(third), ok(first), ok(second)]


def test_an_answer_to_a_tag_never_sent_or_already_answered_completes_nothing() -> None:
    machine = greeted()
    machine.send(commands.noop())
    machine.send(commands.starttls())  # held back, so its tag is not under way
    events = say(machine, b"a9 OK done\r\na2 OK done\r\nA1 OK done\r\na1 OK done\r\na1 NO done\r\n")
    assert [type(event) for event in events] == [Unparsed, Unparsed, Unparsed, Tagged, Unparsed]


def test_news_between_fetches_is_an_event_of_its_own() -> None:
    machine = greeted()
    machine.send(commands.uid_fetch(((1, 2),), (b"UID",)))
    assert say(
        machine,
        b"* 1 FETCH (UID 1)\r\n* OK Searched 73% of the mailbox, ETA 0:03\r\n* 2 FETCH (UID 2)\r\n* 3 EXISTS\r\n"
        b"* 0 EXPUNGE\r\n* ESEARCH (TAG a1) UID ALL 1:2\r\na1 OK done\r\n",
    ) == [
        Fetch(1, 1),
        StatusLine("OK", None, "Searched 73% of the mailbox, ETA 0:03"),
        Fetch(2, 2),
        Exists(3),
        Unparsed(b"* 0 EXPUNGE", "message 0 expunged"),
        ESearch(b"a1", True, ((1, 2),)),
        ok(b"a1"),
    ]


# -- barriers


@pytest.mark.parametrize(
    "barrier",
    [commands.login("bob", "pw"), commands.authenticate_plain("bob", "pw"), commands.starttls(), commands.idle()],
    ids=lambda command: command.name,
)
def test_nothing_is_written_behind_a_barrier_until_it_is_complete(barrier: commands.Command) -> None:
    machine = greeted()
    machine.send(barrier)
    machine.send(commands.noop())
    assert b"NOOP" not in machine.data_to_send()
    say(machine, b"a1 NO not now\r\n")
    assert machine.data_to_send() == b"a2 NOOP\r\n"


def test_nothing_can_be_sent_behind_logout() -> None:
    machine = greeted()
    machine.send(commands.logout())
    with pytest.raises(LocalProtocolError):
        machine.send(commands.noop())
    assert machine.data_to_send() == b"a1 LOGOUT\r\n"
    assert say(machine, b"* BYE bye\r\na1 OK done\r\n") == [Bye(None, "bye"), ok(b"a1")]
    machine.receive_data(b"")
    assert drain(machine) == [Closed(in_response=False)]


def test_a_barrier_holds_while_others_complete() -> None:
    machine = greeted()
    for command in (commands.noop(), commands.login("bob", "pw"), commands.noop()):
        machine.send(command)
    machine.data_to_send()
    say(machine, b"a1 OK done\r\n")
    assert machine.data_to_send() == b""
    say(machine, b"a2 OK done\r\n")
    assert machine.data_to_send() == b"a3 NOOP\r\n"


def test_after_a_fault_nothing_more_is_written() -> None:
    machine = greeted()
    machine.send(commands.login("bob", "pw"))
    with pytest.raises(RemoteProtocolError):
        say(machine, b"* 1 FETCH (BODY[] {99999999999}\r\n")
    assert machine.data_to_send() == b""


# -- literals


def test_a_literal_is_written_when_its_plus_comes() -> None:
    machine = greeted()
    machine.send(commands.login("b\xe9", "p\xe9"))
    machine.send(commands.noop())
    assert machine.data_to_send() == b"a1 LOGIN {3}\r\n"
    assert say(machine, b"* 1 EXISTS\r\n+ go\r\n") == [Exists(1), Continue("go", b"a1")]
    assert machine.data_to_send() == b"b\xc3\xa9 {3}\r\n"
    say(machine, b"+ go\r\n")
    assert machine.data_to_send() == b"p\xc3\xa9\r\n"
    assert machine.sent_for_log == b"***\r\n"
    say(machine, b"a1 OK done\r\n")
    assert machine.data_to_send() == b"a2 NOOP\r\n"


def test_behind_a_plain_literal_pipelining_goes_on_at_once() -> None:
    machine = greeted()
    machine.send(commands.create(b"\xff"))
    machine.send(commands.noop())
    machine.data_to_send()
    say(machine, b"+ go\r\n")
    assert machine.data_to_send() == b"\xff\r\na2 NOOP\r\n"


def test_a_no_instead_of_the_plus_cancels_the_rest() -> None:
    machine = greeted()
    machine.send(commands.create(b"\xff"))
    machine.send(commands.noop())
    machine.data_to_send()
    say(machine, b"a1 NO [OVERQUOTA] no\r\n")
    assert machine.data_to_send() == b"a2 NOOP\r\n"


def test_an_ok_instead_of_the_plus_is_refused() -> None:
    machine = greeted()
    machine.send(commands.create(b"\xff"))
    with pytest.raises(RemoteProtocolError):
        say(machine, b"a1 OK done\r\n")


def test_a_plus_nobody_asked_for_releases_nothing_and_a_few_are_enough() -> None:
    machine = greeted()
    machine.send(commands.noop())
    machine.data_to_send()
    assert say(machine, b"+ hm\r\n" * MAX_STRAY_CONTINUATIONS) == [Continue("hm")] * MAX_STRAY_CONTINUATIONS
    assert machine.data_to_send() == b""
    with pytest.raises(RemoteProtocolError):
        say(machine, b"+ hm\r\n")


def test_a_challenge_too_many_is_answered_with_a_cancel_and_in_the_end_with_leaving() -> None:
    machine = greeted("SASL-IR")
    machine.send(commands.authenticate("XOAUTH2", b"token"))
    machine.data_to_send()
    say(machine, b"+ eyJzdGF0dXMiOiI0MDAifQ==\r\n")
    assert machine.data_to_send() == b"*\r\n"
    with pytest.raises(RemoteProtocolError):
        say(machine, b"+ \r\n" * (MAX_ROUNDS + MAX_STRAY_CONTINUATIONS))


def test_a_plus_to_login_releases_no_password() -> None:
    machine = greeted()
    machine.send(commands.login("bob", "pw"))
    machine.data_to_send()
    assert say(machine, b"+ more\r\n") == [Continue("more")]
    assert machine.data_to_send() == b""


# -- idle


def test_idle_ends_with_done_and_its_own_tag() -> None:
    machine = greeted()
    tag = machine.send(commands.idle())
    assert machine.data_to_send() == b"a1 IDLE\r\n"
    assert say(machine, b"+ idling\r\n* 4 EXISTS\r\n") == [Continue("idling", tag), Exists(4)]
    assert machine.send(commands.done()) == tag
    machine.send(commands.noop())
    assert machine.data_to_send() == b"DONE\r\n"
    assert say(machine, b"a1 OK done\r\n") == [ok(tag)]
    assert machine.data_to_send() == b"a2 NOOP\r\n"


def test_done_before_the_plus_waits_for_it() -> None:
    machine = greeted()
    machine.send(commands.idle())
    machine.send(commands.done())
    assert machine.data_to_send() == b"a1 IDLE\r\n"
    say(machine, b"+ idling\r\n")
    assert machine.data_to_send() == b"DONE\r\n"


def test_logout_queued_behind_idle_can_still_be_reached() -> None:
    machine = greeted()
    machine.send(commands.idle())
    say(machine, b"+ idling\r\n")
    machine.send(commands.logout())
    machine.send(commands.done())
    assert machine.data_to_send() == b"a1 IDLE\r\nDONE\r\n"
    say(machine, b"a1 OK done\r\n")
    assert machine.data_to_send() == b"a2 LOGOUT\r\n"


def test_idle_refused_needs_no_done() -> None:
    machine = greeted()
    machine.send(commands.idle())
    machine.send(commands.done())
    machine.data_to_send()
    say(machine, b"a1 BAD what\r\n")
    assert machine.data_to_send() == b""
    with pytest.raises(LocalProtocolError):
        machine.send(commands.done())


def test_a_second_plus_does_not_bring_a_second_done() -> None:
    machine = greeted()
    machine.send(commands.idle())
    machine.send(commands.done())
    machine.data_to_send()
    assert say(machine, b"+ idling\r\n+ idling\r\n") == [Continue("idling", b"a1"), Continue("idling")]
    assert machine.data_to_send() == b"DONE\r\n"


def test_a_second_done_is_refused() -> None:
    machine = greeted()
    machine.send(commands.idle())
    machine.send(commands.done())
    with pytest.raises(LocalProtocolError):
        machine.send(commands.done())


# -- capabilities


def test_login_makes_what_was_told_before_it_void_unless_told_anew() -> None:
    machine = greeted("LITERAL+")
    machine.send(commands.login("bob", "pw"))
    say(machine, b"a1 OK done\r\n")
    assert machine.capabilities == frozenset()
    for words in (b"* CAPABILITY IMAP4rev1 MOVE\r\na1 OK done\r\n", b"a1 OK [CAPABILITY IMAP4rev1 MOVE] done\r\n"):
        machine = greeted("LITERAL+")
        machine.send(commands.login("bob", "pw"))
        say(machine, words)
        assert machine.capabilities == {"IMAP4REV1", "MOVE"}


def test_a_login_refused_changes_nothing() -> None:
    machine = greeted("MOVE")
    machine.send(commands.login("bob", "pw"))
    say(machine, b"a1 NO wrong\r\n")
    assert "MOVE" in machine.capabilities


def test_untagged_capabilities_replace_the_old() -> None:
    machine = greeted("MOVE")
    assert say(machine, b"* CAPABILITY IMAP4rev1 IDLE\r\n") == [Capability(frozenset(("IMAP4REV1", "IDLE")))]
    assert machine.capabilities == {"IMAP4REV1", "IDLE"}


# -- STARTTLS


def test_starttls_waits_for_what_is_under_way_and_forgets_what_was_said_in_the_clear() -> None:
    machine = greeted("MOVE")
    machine.send(commands.noop())
    machine.send(commands.starttls())
    machine.send(commands.login("bob", "pw"))
    assert machine.data_to_send() == b"a1 NOOP\r\n"
    say(machine, b"a1 OK done\r\n")
    assert machine.data_to_send() == b"a2 STARTTLS\r\n"
    say(machine, b"a2 OK begin\r\n")
    assert machine.data_to_send() == b""  # no password before the handshake
    machine.tls_started()
    assert machine.capabilities == frozenset()
    assert machine.data_to_send() == b'a3 LOGIN "bob" "pw"\r\n'


INJECTED = b"* CAPABILITY IMAP4rev1 AUTH=PLAIN XINJECTED\r\n"


@pytest.mark.parametrize("injected", [INJECTED, b"\r\n", b"x", b"\0"])
def test_any_octet_behind_the_ok_to_starttls_is_refused(injected: bytes) -> None:
    together, apart, late = greeted(), greeted(), greeted()
    for machine in (together, apart, late):
        machine.send(commands.starttls())
        machine.send(commands.login("bob", "pw"))
        machine.data_to_send()
    together.receive_data(b"a1 OK begin\r\n" + injected)
    with pytest.raises(RemoteProtocolError):  # at once: nobody is told that the command succeeded
        together.next_event()
    say(apart, b"a1 OK begin\r\n")
    with pytest.raises(RemoteProtocolError):
        say(apart, injected)
    say(late, b"a1 OK begin\r\n")
    late.receive_data(injected)
    late.tls_started()
    with pytest.raises(RemoteProtocolError):
        drain(late)
    for machine in (together, apart, late):
        assert machine.data_to_send() == b""


def test_after_a_refused_starttls_tls_cannot_start() -> None:
    machine = greeted()
    machine.send(commands.starttls())
    say(machine, b"a1 NO [UNAVAILABLE] log in as usual\r\n")
    with pytest.raises(LocalProtocolError):
        machine.tls_started()


# -- end of file


def test_end_of_file_is_the_last_event() -> None:
    machine = greeted()
    machine.receive_data(b"* 1 EXISTS\r\n* 1 FETCH (BODY[] {10}\r\nabc")
    machine.receive_data(b"")
    assert drain(machine) == [Exists(1), Closed(in_response=True)]
    assert machine.next_event() is NEED_DATA
    with pytest.raises(LocalProtocolError):
        machine.send(commands.noop())


# -- any bytes whatever

CONVERSATION = b"* OK hi\r\n" + b"".join(SERVER_WORDS)


def cut(stream: bytes, places: list[int]) -> list[bytes]:
    return [stream[a:b] for a, b in pairwise(sorted({0, *places, len(stream)}))]


@given(st.lists(st.integers(0, len(CONVERSATION)), max_size=12))
def test_any_cut_of_a_stream_gives_the_same_events(places: list[int]) -> None:
    assert outcome(cut(CONVERSATION, places)) == outcome([CONVERSATION])


def test_single_bytes_give_the_same_events() -> None:
    assert outcome(cut(CONVERSATION, list(range(len(CONVERSATION))))) == outcome([CONVERSATION])
    assert len(outcome([CONVERSATION])) == len(SERVER_WORDS)  # one greeting more, one blank line less


@given(st.lists(st.sampled_from(SERVER_WORDS) | st.binary(max_size=20), max_size=8), st.lists(st.integers(0, 400)))
def test_any_bytes_give_events_or_a_protocol_error(words: list[bytes], places: list[int]) -> None:
    stream = b"* OK hi\r\n" + b"".join(words)
    places = [place for place in places if place < len(stream)]
    assert outcome(cut(stream, places)) == outcome([stream])


WORDS = [
    b"a1 OK done\r\n",
    b"a2 NO no\r\n",
    b"a3 BAD bad\r\n",
    b"+ go\r\n",
    b"* OK [CAPABILITY IMAP4rev1 LITERAL+ SASL-IR] x\r\n",
    b"* BYE x\r\n",
    b"a4 OK x\r\n",
    b"* 1 EXISTS\r\n",
]
COMMANDS = [
    commands.noop(),
    commands.idle(),
    commands.done(),
    commands.create(b"\xff"),
    commands.login("\xe9", "x"),
    commands.authenticate_plain("a", "b"),
    commands.starttls(),
]


@given(st.lists(st.sampled_from([*WORDS, *COMMANDS]), max_size=30))
def test_any_conversation_writes_each_command_whole_and_in_turn(steps: list[bytes | commands.Command]) -> None:
    machine = greeted()
    written = b""
    for step in steps:
        try:
            if isinstance(step, bytes):
                say(machine, step)
            else:
                machine.send(step)
        except (RemoteProtocolError, LocalProtocolError):
            pass
        written += machine.data_to_send()
    tags = [
        int(word[1:])
        for line in written.split(b"\r\n")
        if (word := line.split(b" ")[0])[:1] == b"a" and word[1:].isdigit()
    ]
    assert tags == list(range(1, len(tags) + 1))


# -- many at once

HEADER = b"* %d FETCH (UID %d BODY[HEADER.FIELDS (SUBJECT)] {2}\r\nhi)\r\n"


def test_fetches_come_together_only_while_everybody_takes_them_so() -> None:
    machine = greeted()
    heads = commands.uid_fetch([(1, 3)], [b"UID", b"BODY.PEEK[HEADER.FIELDS (SUBJECT)]"], many=True)
    first, second = machine.send(heads), machine.send(heads)
    news, two = b"* 9 EXISTS\r\n", HEADER % (1, 1) + HEADER % (2, 2)
    both = Fetches([(uid, b"", b"", 0, b"BODY[HEADER.FIELDS]", b"hi") for uid in (1, 2)])
    assert say(machine, news + two) == [Exists(9), both]
    assert say(machine, first + b" OK done\r\n" + two) == [ok(first), both]
    text = machine.send(commands.uid_fetch([(2, 2)], [b"BODY.PEEK[]"]))
    assert [type(event) for event in say(machine, news + two)] == [Exists, Fetch, Fetch]
    assert say(machine, text + b" OK done\r\n" + two) == [ok(text), both]
    assert [type(event) for event in say(machine, second + b" OK done\r\n" + two)] == [Tagged, Fetch, Fetch]
