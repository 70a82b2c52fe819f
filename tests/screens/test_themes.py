"""Our themes can be read: 4.5 : 1 for every text on every ground (WCAG 2.2, 1.4.3)."""

from __future__ import annotations

from itertools import product

import pytest
from textual.color import Color
from textual.theme import Theme

from tests.screens.run import running
from tuimail.screens.themes import THEMES


def luminance(color: Color) -> float:
    parts = [value / 255 for value in color.rgb]
    red, green, blue = (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: Color, other: Color) -> float:
    low, high = sorted((luminance(one), luminance(other)))
    return (high + 0.05) / (low + 0.05)


def grounds(theme: Theme) -> dict[str, Color]:
    named = {name: Color.parse(getattr(theme, name)) for name in ("background", "surface", "panel")}
    cursor = {f"cursor on {name}": named[name].blend(Color.parse(theme.primary), 0.24) for name in named}
    return named | {name: color for name, color in cursor.items() if "panel" not in name}


def texts(theme: Theme) -> dict[str, Color]:
    assert theme.foreground is not None
    named = {name: Color.parse(theme.variables[name]) for name in theme.variables if name.startswith("text-")}
    return {"foreground": Color.parse(theme.foreground), **named}


@pytest.mark.parametrize("theme", THEMES, ids=lambda theme: theme.name)
def test_every_text_can_be_read_on_every_ground(theme: Theme) -> None:
    poor = {
        f"{text} on {ground}": round(ratio, 2)
        for (text, color), (ground, back) in product(texts(theme).items(), grounds(theme).items())
        if (ratio := contrast(color, back)) < 4.5 and ("cursor" not in ground or text in {"foreground", "text-muted"})
    }
    assert poor == {}


async def test_a_theme_that_there_is_not_is_said() -> None:
    async with running(theme="tuimail-drak") as app:
        assert app.says == "There is no theme “tuimail-drak”, as config.toml says; did you mean “tuimail-dark”?"
    async with running(theme="nord") as app:
        assert app.says == ""
