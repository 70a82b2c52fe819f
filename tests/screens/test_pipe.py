from __future__ import annotations

import asyncio

import pytest

from tuimail.screens import pipe as module
from tuimail.screens.pipe import MOST_OUTPUT, arguments, pipe


def test_only_a_line_that_needs_a_shell_gets_one() -> None:
    assert arguments("grep -c From") == ["grep", "-c", "From"]
    assert arguments("cat > 'a file'")[0] == "/bin/sh"
    assert arguments("wc -l | tail")[0] == "/bin/sh"


async def test_what_the_command_says_comes_back() -> None:
    assert await pipe(b"a\nb\n", "cat") == module.Piped(b"a\nb\n", "")


async def test_a_command_that_reads_nothing_of_a_long_message_is_no_trouble() -> None:
    assert (await pipe(b"x" * 5_000_000, "true")).trouble == ""


async def test_a_flood_is_cut_and_an_endless_command_is_ended(monkeypatch: pytest.MonkeyPatch) -> None:
    piped = await pipe(b"", "yes")
    assert len(piped.output) == MOST_OUTPUT and "was ended" in piped.trouble
    monkeypatch.setattr(module, "TIME", 0.05)
    assert "seconds and was ended" in (await pipe(b"", "sleep 100")).trouble


@pytest.mark.parametrize("command", ["setsid yes", "setsid sleep 5 & exec yes"])
async def test_what_has_left_the_group_and_holds_the_pipe_holds_nobody_up(command: str) -> None:
    async with asyncio.timeout(20):
        assert "was ended" in (await pipe(b"", command)).trouble


async def test_a_program_that_is_not_there_is_a_sentence() -> None:
    assert "could not be started" in (await pipe(b"", "no-such-program")).trouble
