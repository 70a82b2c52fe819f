"""AUTHENTICATE with mechanisms of more than one message (RFC 9051 §6.2.2)."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tuimail.protocol.errors import LocalProtocolError
from tuimail.protocol.imap import commands
from tuimail.protocol.imap.connection import ImapMachine
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
