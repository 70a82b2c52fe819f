"""AUTHENTICATE with mechanisms of more than one message (RFC 9051 §6.2.2)."""

from __future__ import annotations

import base64
from collections.abc import Callable

import pytest

from tuimail.protocol.errors import LocalProtocolError
from tuimail.protocol.imap import commands
from tuimail.protocol.imap.connection import ImapMachine
from tuimail.protocol.imap.responses import Continue
from tuimail.protocol.machine import NEED_DATA


def written_after(
    *said: bytes, respond: Callable[[bytes], bytes | None], initial: bytes | None = None
) -> tuple[list[bytes], bytes]:
    """What the machine writes after each line the server says, and the last of it as the log shows it."""
    machine = ImapMachine()
    machine.receive_data(b"* OK hi\r\n")
    while machine.next_event() is not NEED_DATA:
        pass
    machine.send(commands.exchange("X-TEST", respond, initial))
    written = [machine.data_to_send()]
    for line in said:
        machine.receive_data(line)
        while machine.next_event() is not NEED_DATA:
            pass
        written.append(machine.data_to_send())
    return written, machine.sent_for_log


def test_each_challenge_gets_its_answer_and_the_log_none_of_them() -> None:
    heard: list[bytes] = []

    def respond(challenge: bytes) -> bytes:
        heard.append(challenge)
        return b"fake" if challenge else b""

    written, logged = written_after(b"+ \r\n", b"+ aGk=\r\n", respond=respond)
    assert written == [b"a1 AUTHENTICATE X-TEST\r\n", b"\r\n", b"ZmFrZQ==\r\n"]
    assert heard == [b"", b"hi"]
    assert logged == b"***\r\n"


def test_an_initial_response_comes_before_the_first_answer() -> None:
    written, _ = written_after(b"+\r\n", b"+ aGk=\r\n", respond=bytes.upper, initial=b"me")
    assert written[1:] == [b"bWU=\r\n", b"SEk=\r\n"]


@pytest.mark.parametrize("challenge", [b"+ aGk=\r\n", b"+ no base64\r\n"])
def test_no_answer_or_no_base64_cancels(challenge: bytes) -> None:
    written, _ = written_after(challenge, respond=lambda _: None)
    assert written[1:] == [b"*\r\n"]


def test_a_mechanism_is_one_word() -> None:
    with pytest.raises(LocalProtocolError):
        commands.exchange("PLAIN x", lambda _: None)


def in_dialogue(initial: bytes | None = None) -> ImapMachine:
    machine = ImapMachine()
    machine.receive_data(b"* OK hi\r\n")
    machine.next_event()
    machine.send(commands.authenticate_in_dialogue("X-TEST", initial))
    return machine


def test_a_challenge_waits_until_its_answer_has_been_worked_out() -> None:
    machine = in_dialogue()
    assert machine.data_to_send() == b"a1 AUTHENTICATE X-TEST\r\n"
    for answer in (b"secret", b""):
        machine.receive_data(b"+ aGk=\r\n")
        event = machine.next_event()
        assert isinstance(event, Continue) and event.tag == b"a1" and event.text == "aGk="
        assert machine.data_to_send() == b""
        assert machine.send(commands.sasl_answer(answer)) == b"a1"
        assert machine.data_to_send() == base64.b64encode(answer) + b"\r\n"
        assert machine.sent_for_log == b"***\r\n"


def test_a_first_word_travels_with_the_command_and_an_empty_one_is_an_equals_sign() -> None:
    assert in_dialogue(b"hi").data_to_send() == b"a1 AUTHENTICATE X-TEST aGk=\r\n"
    assert in_dialogue(b"").data_to_send() == b"a1 AUTHENTICATE X-TEST =\r\n"


def test_a_dialogue_can_be_given_up() -> None:
    machine = in_dialogue()
    machine.receive_data(b"+ \r\n")
    machine.next_event()
    machine.data_to_send()
    machine.send(commands.sasl_answer(None))
    assert machine.data_to_send() == b"*\r\n"


def test_an_answer_to_no_challenge_is_not_sent() -> None:
    machine = in_dialogue()
    machine.data_to_send()
    with pytest.raises(LocalProtocolError):
        machine.send(commands.sasl_answer(b"secret"))
    assert machine.data_to_send() == b""
