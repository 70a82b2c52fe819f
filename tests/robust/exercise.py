"""Everything that is done with a server's bytes before anybody decides anything: the body of both fuzzers.

`swallow` plays a stream to a connection in mid-conversation, whole and in pieces, looks at all that the events hold
as the program would, and holds two laws: the cuts of a stream mean nothing, and of all errors only
RemoteProtocolError may come out.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

from tuimail.net import flagwords, internaldate
from tuimail.net.folders import assemble
from tuimail.net.parts import remote_part
from tuimail.net.wording import printable
from tuimail.protocol.errors import RemoteProtocolError
from tuimail.protocol.framing import Framer
from tuimail.protocol.imap import bodystructure, commands, sets, utf7
from tuimail.protocol.imap.connection import ImapMachine
from tuimail.protocol.imap.parser import parse
from tuimail.protocol.imap.responses import (
    Bye,
    Capability,
    ESearch,
    Event,
    Fetch,
    Greeting,
    Id,
    ListEntry,
    Namespace,
    ResponseCode,
    Search,
    StatusData,
    StatusLine,
    Tagged,
    Unparsed,
    Vanished,
)
from tuimail.protocol.machine import NEED_DATA

ASKED: sets.Ranges = ((1, 5), (304, 320))
"""UIDs a COPYUID is asked about."""


def strange() -> ImapMachine:
    """A connection before its greeting, with STARTTLS waiting."""
    machine = ImapMachine()
    machine.send(commands.starttls())
    return machine


def logging_in() -> ImapMachine:
    """LOGIN with literals that wait for their `+`, and commands queued behind it."""
    machine = _greeted()
    machine.send(commands.login("jürgen", "geheim-ß"))
    machine.send(commands.namespace())
    return machine


def proving() -> ImapMachine:
    """AUTHENTICATE that waits for its `+`."""
    machine = _greeted()
    machine.send(commands.authenticate_plain("ann", "secret"))
    return machine


def at_work() -> ImapMachine:
    """Five commands under way (a1 … a5), an IDLE (a6) behind them."""
    machine = _greeted()
    machine.send(commands.list_())
    machine.send(commands.select(b"INBOX"))
    machine.send(commands.uid_fetch(ASKED, (b"UID", b"FLAGS", b"BODYSTRUCTURE")))
    machine.send(commands.uid_search_all(esearch=True))
    machine.send(commands.uid_move(ASKED, b"Archive"))
    machine.send(commands.idle())
    return machine


STATES = (at_work, at_work, at_work, logging_in, proving, strange)
"""How a fuzzer chooses; most of a connection's life is work."""


def _greeted() -> ImapMachine:
    machine = ImapMachine()
    machine.receive_data(b"* OK [CAPABILITY IMAP4rev1] hi\r\n")
    machine.next_event()
    return machine


def swallow(stream: bytes, cuts: Sequence[int], state: int = 0) -> list[Event | str]:
    """What the stream meant, "refused" last where it was. cuts: ascending places at which it arrives in pieces."""
    start = STATES[state % len(STATES)]
    whole = _listen(start(), [stream])
    places = [0, *cuts, len(stream)]
    pieces = [stream[a:b] for a, b in pairwise(places) if a < b]
    cut = _listen(start(), pieces)
    if start is strange:  # what stands behind the OK to STARTTLS is refused together with the OK, or after it
        assert (whole[-1:] == ["refused"]) == (cut[-1:] == ["refused"]), (whole, cut)
    else:
        assert whole == cut, (whole, cut)
    fetched = [event for event in whole if isinstance(event, Fetch)]
    if start is at_work and whole[-1:] != ["refused"]:
        assert fetched == _slowly(stream), "the fast path says what the parser does not"
    for event in whole:
        if not isinstance(event, str):
            look_at(event)
    assemble(
        [event for event in whole if isinstance(event, ListEntry)],
        {event.name: event for event in whole if isinstance(event, StatusData)},
    )
    return whole


def _listen(machine: ImapMachine, pieces: Sequence[bytes]) -> list[Event | str]:
    seen: list[Event | str] = []
    try:
        for piece in (*pieces, b""):
            machine.receive_data(piece)
            while (event := machine.next_event()) is not NEED_DATA:
                seen.append(event)
                machine.data_to_send()
    except RemoteProtocolError:
        seen.append("refused")
    return seen


def _slowly(stream: bytes) -> list[Fetch]:
    framer = Framer()
    found: list[Fetch] = []
    framer.feed(stream)
    while (frame := framer.next_frame()) is not None:
        event = parse(frame)
        if isinstance(event, Fetch):
            found.append(event)
    return found


def look_at(event: Event) -> None:
    """Do with an event what the program does: decode, number, name, pair up. Must not raise."""
    match event:
        case Tagged() | StatusLine() | Bye() | Greeting():
            printable(event.text)
            if event.code is not None:
                _look_at_code(event.code)
        case Fetch():
            flagwords.read(event.flags or ())
            internaldate.epoch(event.internaldate or b"")
            tree = bodystructure.read(event.bodystructure)
            assert sum(1 for _ in tree.walk()) >= 1
            remote_part(tree)
        case ListEntry(name=name):
            printable(utf7.decode(name))
        case Search(numbers=numbers):
            sets.count(sets.from_numbers(numbers))
        case ESearch(all=ranges):
            sets.contains(ranges or (), 7)
        case Vanished(uids=uids):
            sets.count(sets.intersection(uids, ASKED))
        case Namespace(personal=personal):
            for prefix, _ in personal:
                utf7.decode(prefix)
        case Id(fields=fields):
            dict(fields)
        case Capability(names=names):
            sorted(names)
        case Unparsed(reason=reason):
            assert reason


def _look_at_code(code: ResponseCode) -> None:
    printable(code.name)
    _ = code.number, code.words, code.capabilities, code.appenduid
    if (copied := code.copyuid) is not None:
        assert len(copied.mapping(ASKED)) <= sets.count(ASKED)
