"""Each screen as it looks, at two sizes and in both themes. `SNAP=update` rewrites them; look before you commit."""

from __future__ import annotations

import pytest

from tests.screens.scripts import SCRIPTS, screen, setup_screen
from tests.snap import Snap

THEMES = ["dark", "light"]
SMALL, LARGE, NARROW = (80, 24), (140, 40), (60, 20)


@pytest.mark.parametrize("theme", THEMES)
@pytest.mark.parametrize("size", [SMALL, LARGE], ids=["small", "large"])
@pytest.mark.parametrize("name", SCRIPTS)
async def test_the_screen_looks_as_it_did(name: str, size: tuple[int, int], theme: str, snap: Snap) -> None:
    async with screen(name, size, f"tuimail-{theme}") as pilot:
        await snap(pilot, f"{name}-{size[0]}x{size[1]}-{theme}")


@pytest.mark.parametrize("name", ["main", "reading", "help", "filter", "search"])
async def test_the_narrow_screen_looks_as_it_did(name: str, snap: Snap) -> None:
    async with screen(name, NARROW, "tuimail-dark") as pilot:
        await snap(pilot, f"{name}-60x20-dark")


async def test_side_by_side_looks_as_it_did(snap: Snap) -> None:
    async with screen("main", (180, 40), "tuimail-dark") as pilot:
        await snap(pilot, "main-180x40-dark")


@pytest.mark.parametrize("theme", THEMES)
@pytest.mark.parametrize("size", [SMALL, LARGE], ids=["small", "large"])
async def test_the_first_screen_looks_as_it_did(size: tuple[int, int], theme: str, snap: Snap) -> None:
    async with setup_screen(size, f"tuimail-{theme}") as pilot:
        await snap(pilot, f"setup-{size[0]}x{size[1]}-{theme}")


@pytest.mark.parametrize("theme", THEMES)
async def test_a_refused_account_looks_as_it_did(theme: str, snap: Snap) -> None:
    keys = ["enter", *"ada@example.org", "tab", "tab", "tab", "tab", "tab", *"secret", "enter"]
    async with setup_screen(SMALL, f"tuimail-{theme}", *keys) as pilot:
        await snap(pilot, f"account-80x24-{theme}")
