"""`python -m tests.pictures` paints screenshots/*.png from the same scripts as the snapshot tests.

The SVG that Textual exports names a web font and sets text by the run; here each glyph that could
be wider or narrower than its cell gets an element of its own, the fonts are fixed files, and resvg
renders without the system's fonts: the same picture on every machine, to the byte.
"""

from __future__ import annotations

import asyncio
import html
import os
import re
import sys
import time
from pathlib import Path
from tempfile import TemporaryDirectory

FONTS = tuple(
    Path("/usr/share/fonts") / name
    for name in (
        "truetype/jetbrains-mono/JetBrainsMono-Regular.ttf",
        "truetype/jetbrains-mono/JetBrainsMono-Bold.ttf",
        "truetype/jetbrains-mono/JetBrainsMono-Italic.ttf",
        "truetype/jetbrains-mono/JetBrainsMono-BoldItalic.ttf",
        "truetype/dejavu/DejaVuSansMono.ttf",
        "truetype/dejavu/DejaVuSansMono-Bold.ttf",
        "truetype/dejavu/DejaVuSans.ttf",
        "opentype/noto/NotoSansCJK-Regular.ttc",
        "truetype/ancient-scripts/Symbola_hint.ttf",
    )
)
PACKAGES = "fonts-jetbrains-mono fonts-dejavu-core fonts-noto-cjk fonts-symbola"
FAMILY = "JetBrains Mono"
CELL = 12.2  # Rich exports 20 px text whose cells are 0.61 em wide

PICTURES = {
    "main-dark": ("main", (120, 34), "tuimail-dark"),
    "main-light": ("main", (120, 34), "tuimail-light"),
    "narrow": ("main", (60, 20), "tuimail-dark"),
    "offline": ("offline", (120, 34), "tuimail-dark"),
    "pop3": ("pop3", (120, 34), "tuimail-dark"),
    "queue": ("queue", (120, 34), "tuimail-dark"),
    "history": ("history", (120, 34), "tuimail-dark"),
    "search": ("search", (120, 34), "tuimail-dark"),
    "help": ("help", (120, 44), "tuimail-dark"),
    "thread": ("thread", (120, 34), "tuimail-dark"),
    "links": ("links", (120, 34), "tuimail-dark"),
    "newsletter": ("newsletter", (100, 40), "tuimail-dark"),
    "patch": ("patch", (100, 28), "tuimail-dark"),
    "palette": ("palette", (100, 28), "tuimail-dark"),
}

_TEXT = re.compile(
    r'<text class="([^"]+)" x="([\d.]+)" y="([\d.]+)" textLength="[\d.]+" clip-path="([^"]+)">(.*?)</text>'
)
_GRAPHEME = re.compile(".[\u0300-\u036f\u200d\ufe0e\ufe0f\U0001f3fb-\U0001f3ff]*")
# JetBrains Mono draws these pairs as one sign.
_LIGATURE = re.compile(r"[-=<>:/|!*&#.?+~^%$\\]{2}")


def _cell_by_cell(match: re.Match[str]) -> str:
    from rich.cells import cell_len

    style, x, y, clip, raw = match.groups()
    text = html.unescape(raw)
    if text.isascii() and not _LIGATURE.search(text):
        return match[0]
    elements, column = [], 0
    for grapheme in _GRAPHEME.findall(text):
        if grapheme.strip("\xa0 "):
            at = float(x) + column * CELL
            elements.append(
                f'<text class="{style}" x="{at:.1f}" y="{y}" clip-path="{clip}">{html.escape(grapheme)}</text>'
            )
        column += cell_len(grapheme)
    return "".join(elements)


def svg_to_png(svg: str) -> bytes:
    """The exported screen as PNG."""
    import resvg_py

    svg = re.sub(r"@font-face\s*\{.*?\}", "", svg, flags=re.DOTALL)
    svg = svg.replace("Fira Code", FAMILY).replace("font-family: arial", f"font-family: {FAMILY}")
    return bytes(
        resvg_py.svg_to_bytes(
            svg_string=_TEXT.sub(_cell_by_cell, svg),
            skip_system_fonts=True,
            font_files=[str(font) for font in FONTS],
            font_family=FAMILY,
            monospace_family=FAMILY,
        )
    )


async def paint(folder: Path) -> list[Path]:
    """All pictures into `folder`."""
    from tests.app.conversations import conversations
    from tests.screens.scripts import screen
    from tests.snap import hold_still, picture

    written = []
    for name, (script, size, theme) in PICTURES.items():
        async with screen(script, size, theme) as pilot:
            await hold_still(pilot)
            svg = picture(pilot.app)
        written.append(folder / f"{name}.png")
        written[-1].write_bytes(svg_to_png(svg))
    with TemporaryDirectory() as directory:
        async with conversations(Path(directory)) as pilot:
            written.append(folder / "threads.png")
            written[-1].write_bytes(svg_to_png(picture(pilot.app)))
    return written


def main() -> int:
    missing = [str(font) for font in FONTS if not font.exists()]
    if missing:
        print(f"These fonts are missing: {', '.join(missing)}. On Debian: apt-get install {PACKAGES}", file=sys.stderr)
        return 1
    os.environ.update(TZ="UTC", TEXTUAL_ANIMATIONS="none", COLORTERM="truecolor")
    os.environ.pop("NO_COLOR", None)
    time.tzset()
    folder = Path(__file__).parents[1] / "screenshots"
    folder.mkdir(exist_ok=True)
    for path in asyncio.run(paint(folder)):
        print(path.relative_to(folder.parent))
    return 0


if __name__ == "__main__":
    sys.exit(main())
