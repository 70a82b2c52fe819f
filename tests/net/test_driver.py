"""The driver with a machine of four lines: it owns the line, and it shares the event loop."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator

import pytest

from tuimail.errors import ConnectionLost, ProtocolTrouble
from tuimail.model import Account
from tuimail.net.driver import Driver
from tuimail.net.imap import connect_imap
from tuimail.net.stream import Stream
from tuimail.protocol.errors import RemoteProtocolError
from tuimail.protocol.machine import NEED_DATA, NeedData


class Toy:
    """Lines; a command is answered by a line that begins with its own text."""

    def __init__(self) -> None:
        self._in = bytearray()
        self._out = b""

    def send(self, command: bytes) -> bytes:
        self._out += command + b"\n"
        return command

    def data_to_send(self) -> bytes:
        out, self._out = self._out, b""
        return out

    def receive_data(self, data: bytes) -> None:
        self._in += data

    def next_event(self) -> bytes | NeedData:
        end = self._in.find(b"\n")
        if end < 0:
            return NEED_DATA
        line = bytes(self._in[:end])
        del self._in[: end + 1]
        if line == b"nonsense":
            raise RemoteProtocolError("nonsense")
        return line


class Line:
    """A driver with a Toy on one end of a socket pair, the test on the other."""

    def __init__(self, stream: Stream, far: socket.socket, silence: float) -> None:
        self.far = far
        self.unasked: list[bytes] = []
        self.driver: Driver[bytes, bytes] = Driver(
            Toy(),
            stream,
            tag_of=lambda event: event[3:] if event.startswith(b"ok ") else None,
            unasked=lambda event, asked: self.unasked.append(event),
            silence=silence,
        )

    async def heard(self) -> bytes:
        return await asyncio.get_running_loop().sock_recv(self.far, 65536)

    async def say(self, data: bytes) -> None:
        await asyncio.get_running_loop().sock_sendall(self.far, data)


@pytest.fixture
async def line() -> AsyncIterator[Line]:
    near, far = socket.socketpair()
    far.setblocking(False)
    made = Line(await Stream.over(near), far, silence=5.0)
    yield made
    await made.driver.close()
    far.close()


async def test_what_is_launched_in_one_turn_travels_in_one_segment(line: Line) -> None:
    flights = [line.driver.launch(command) for command in (b"one", b"two", b"three")]
    assert await line.heard() == b"one\ntwo\nthree\n"
    await line.say(b"ok three\nok one\nok two\n")
    assert [(await flight).done for flight in flights] == [b"ok one", b"ok two", b"ok three"]


async def test_replies_go_to_who_wants_them_and_to_the_one_who_hears_all(line: Line) -> None:
    cats = line.driver.launch(b"cats", want=lambda event: event.startswith(b"cat"))
    dogs = line.driver.launch(b"dogs", want=lambda event: event.startswith(b"dog"))
    await line.say(b"cat 1\ndog 1\ncat 2\nbird\nok cats\nok dogs\n")
    assert (await cats).told == [b"cat 1", b"cat 2"]
    assert (await dogs).told == [b"dog 1"]
    assert line.unasked == [b"cat 1", b"dog 1", b"cat 2", b"bird"]


async def test_a_cancelled_caller_is_only_detached(line: Line) -> None:
    taken: list[bytes] = []
    leaving = asyncio.create_task(line.driver.run(b"long", want=lambda event: True, take=taken.append))
    await line.heard()
    leaving.cancel()
    await asyncio.wait([leaving])
    after = line.driver.launch(b"after")
    await line.say(b"part of long\nok long\nok after\n")
    assert (await after).done == b"ok after"
    assert line.unasked == [b"part of long"] and not taken


async def test_a_server_is_silent_only_while_it_owes_an_answer(line: Line, monkeypatch: pytest.MonkeyPatch) -> None:
    driver, now = line.driver, asyncio.get_running_loop().time()
    idle = driver.launch(b"idle", patience=float("inf"))
    with monkeypatch.context() as later:
        later.setattr(driver._loop, "time", lambda: now + 1000)
        assert driver.silent == 0.0, "it may take its time for that one"
    one = driver.launch(b"one")
    with monkeypatch.context() as later:
        later.setattr(driver._loop, "time", lambda: now + 8)
        assert 7 < driver.silent <= 8
    await line.say(b"ok one\n")
    await one
    assert driver.silent == 0.0
    await line.say(b"ok idle\n")
    await idle


async def test_a_flood_leaves_turns_to_others(line: Line) -> None:
    flight = line.driver.launch(b"flood", want=lambda event: True, take=lambda event: None)
    turns = 0

    async def others() -> None:
        nonlocal turns
        while not flight.landed.done():
            turns += 1
            await asyncio.sleep(0)

    counting = asyncio.create_task(others())
    saying = asyncio.create_task(line.say(b"x\n" * 200_000 + b"ok flood\n"))
    await flight
    await saying
    await counting
    assert turns >= 10
    assert len(line.unasked) == 200_000


async def test_replies_without_end_are_cut_off(line: Line, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tuimail.net.driver.MAX_TOLD", 100)
    flight = line.driver.launch(b"list", want=lambda event: True)
    await line.say(b"x\n" * 101)
    with pytest.raises(ProtocolTrouble, match="more than 100"):
        await flight


async def test_octets_that_only_drip_do_not_hold_a_caller_for_ever(line: Line, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tuimail.net.driver.TOTAL_SECONDS", 0.05)
    flight = line.driver.launch(b"slow")

    async def drip() -> None:
        while not flight.landed.done():
            await line.say(b"x\n")
            await asyncio.sleep(0.005)

    dripping = asyncio.create_task(drip())
    with pytest.raises(ConnectionLost):
        await flight
    dripping.cancel()
    await asyncio.wait([dripping])


async def test_a_long_message_that_still_goes_out_is_no_silence(line: Line, monkeypatch: pytest.MonkeyPatch) -> None:
    """Twenty-five megabytes on a slow uplink take minutes, and no server says a word meanwhile."""
    driver, now = line.driver, asyncio.get_running_loop().time()
    flight = driver.launch(b"append" + b"x" * (4 << 20))
    await line.heard()

    def a_minute_later() -> None:
        nonlocal now
        now += 6
        with monkeypatch.context() as later:
            later.setattr(driver._loop, "time", lambda: now)
            driver._look_at_the_clock()

    for _ in range(3):
        went = 0
        while went < 1 << 20:
            went += len(await line.heard())
        a_minute_later()
        assert driver.broken is None
    a_minute_later()
    assert driver.broken is not None, "nothing went out any more"
    with pytest.raises(ConnectionLost):
        await flight


async def test_a_broken_protocol_fails_everybody_and_closes(line: Line) -> None:
    flights = [line.driver.launch(b"one"), line.driver.launch(b"two")]
    await line.heard()
    await line.say(b"nonsense\nok one\n")
    for flight in flights:
        with pytest.raises(ProtocolTrouble, match="nonsense"):
            await flight
    with pytest.raises(ProtocolTrouble):
        line.driver.launch(b"three")
    assert await line.heard() == b""


async def test_what_arrived_before_the_end_is_still_worked_off(line: Line) -> None:
    one, two = line.driver.launch(b"one"), line.driver.launch(b"two")
    await line.heard()
    await line.say(b"ok one\n")
    line.far.shutdown(socket.SHUT_WR)
    assert (await one).done == b"ok one"
    with pytest.raises(ConnectionLost):
        await two


async def test_nothing_is_read_behind_a_completion_that_halts(line: Line) -> None:
    flight = line.driver.launch(b"stop", halt=True)
    await line.heard()
    await line.say(b"ok stop\nlater\n")
    await flight
    assert line.unasked == []
    line.driver.go_on()
    assert line.unasked == [b"later"]


async def test_a_server_in_this_process_may_greet_us_as_known() -> None:
    near, far = socket.socketpair()
    reader, writer = await asyncio.open_connection(sock=far)

    async def serve() -> None:
        writer.write(b"* PREAUTH [CAPABILITY IMAP4rev1] demo\r\n")
        async for request in reader:
            tag, verb = request.split()[:2]
            writer.write({b"LIST": b'* LIST () "/" INBOX\r\n'}.get(verb, b"") + tag + b" OK done\r\n")

    async def dial(_: Account) -> Stream:
        return await Stream.over(near)

    async def never() -> str:
        await asyncio.Event().wait()
        return ""

    serving = asyncio.create_task(serve())
    connected = await connect_imap(Account("demo", "demo", 0, "demo"), never, dial=dial)
    assert [folder.display for folder in await connected.folders()] == ["INBOX"]
    await connected.close()
    await serving
    writer.close()
    await writer.wait_closed()
