"""The line is cut at every octet of a session, or falls silent at every hundredth: no hang, nothing twice, agreement.

Four sessions: a first sync; flags and moves on servers with MOVE, without it, and without UIDPLUS too; IDLE; APPEND.
What the server says is cut behind each octet. What the client says is cut in front of each line and inside it: the
server acts on whole lines, so that every octet of a line is the same to it.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from tests.fakes.imap_server import Leash
from tests.robust.scenes import SENT, Act, Scene
from tuimail.net import imap, login, watching

PARTS = 4
"""Tests that share the cuts of one session, so that they can run side by side."""
NOTHING, NO_MOVE, NO_UIDPLUS = ("X",), ("MOVE",), ("MOVE", "UIDPLUS")
"""What the server lacks; any of them also means that the session is about wishes."""


@pytest.fixture
def memory() -> Iterator[Path]:
    """A directory that costs no disk, where the system has one."""
    shared = Path("/dev/shm")
    with TemporaryDirectory(prefix="cuts", dir=shared if shared.is_dir() else None) as directory:
        yield Path(directory)


@pytest.fixture(autouse=True)
def hurry(monkeypatch: pytest.MonkeyPatch) -> None:
    """A silent line is given up soon."""
    monkeypatch.setattr(imap, "_LOGOUT_SECONDS", 0.05)


async def prepared(directory: Path, act: Act, without: tuple[str, ...]) -> Scene:
    """What each cut starts from: for wishes a store that knows the server."""
    scene = await Scene.fresh(directory / "prepared", 2 if without else 1, without)
    if act is not Scene.sync or without:
        await scene.sync()
        if act is Scene.sync:
            await scene.act_offline()
    await scene.close()
    return scene


async def recorded(scene: Scene, act: Act, directory: Path, first: bytes = b"", last: bytes = b"") -> list[Leash]:
    """Every place to cut the session at: from the first line of the client with `first` in it, to what answers the
    last with `last` and the next."""
    good = await scene.again(directory / "recorded")
    await act(good)
    marks = [*good.server.marks, (good.server.down, 0, b"")]
    await good.recover()
    good.check()
    await good.close()
    begin = next(at for at, mark in enumerate(marks) if first in mark[2])
    end = max(at for at, mark in enumerate(marks) if last in mark[2]) if last else len(marks) - 3
    octets = range(marks[begin][0] if first else 0, marks[end + 2][0])
    return [
        *(Leash(down=down) for down in octets),
        *(Leash(up=up + more) for _, up, _ in marks[begin : end + 2] for more in (0, 3)),
    ]


@pytest.mark.parametrize("part", range(PARTS))
@pytest.mark.parametrize(
    ("act", "without", "span"),
    [
        (Scene.sync, (), (b"", b"")),
        (Scene.sync, NOTHING, (b"SELECT", b"MOVE")),
        (Scene.sync, NO_MOVE, (b"STORE", b"EXPUNGE")),
        (Scene.sync, NO_UIDPLUS, (b"STORE", b"STORE")),
        (Scene.wait, (), (b"SELECT", b"")),
    ],
    ids=["first sync", "wishes", "wishes without MOVE", "wishes without UIDPLUS", "idle"],
)
async def test_a_cut_at_any_octet_costs_nothing_but_the_line(
    act: Act, without: tuple[str, ...], span: tuple[bytes, bytes], part: int, memory: Path
) -> None:
    scene = await prepared(memory, act, without)
    every = await recorded(scene, act, memory, *span)
    assert len(every) > 200
    for number, leash in enumerate(every[part::PARTS]):
        where = str(leash)
        try:
            suffering = await scene.again(memory / str(number))
            await suffering.suffer(act, leash)
            await suffering.recover()
            suffering.check()
            if without and act is Scene.sync:
                suffering.check_wishes()
            await suffering.close()
        except BaseException as error:
            error.add_note(f"cut by {where}")
            raise


@pytest.mark.parametrize("act", [Scene.sync, Scene.wait, Scene.append], ids=["wishes", "idle", "append"])
async def test_a_silence_at_every_hundredth_octet_is_ended_in_time(
    act: Act, memory: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    scene = await prepared(memory, act, NOTHING if act is Scene.sync else ())
    every = [leash.down for leash in await recorded(scene, act, memory) if leash.down is not None]
    for octets in every[:-40:100]:
        suffering = await scene.again(memory / str(octets))
        with monkeypatch.context() as impatient:
            impatient.setattr(login, "GREETING_SECONDS", 0.1)
            impatient.setattr(watching, "ANSWER_SECONDS", 0.05)
            impatient.setattr(watching, "RENEW_SECONDS", 0.05)
            assert await suffering.suffer(act, Leash(down=octets, stalls=True)), f"{octets} octets were enough"
        await suffering.recover()
        suffering.check()
        await suffering.close()


async def test_a_cut_append_is_told_and_never_repeated_by_itself(memory: Path) -> None:
    scene = await Scene.fresh(memory / "prepared", 0)
    await scene.close()
    every = await recorded(scene, Scene.append, memory)
    arrived = 0
    for number, leash in enumerate(every):
        suffering = await scene.again(memory / str(number))
        disturbed = await suffering.suffer(Scene.append, leash)
        copies = [letter.raw for letter in suffering.server.boxes["Archive"].letters]
        assert copies in ([], [SENT])
        assert copies or disturbed, "what is not there was not told to be"
        arrived += bool(copies)
        await suffering.close()
    assert 0 < arrived < len(every)
