"""Octets of a picture to the pixels a terminal can show: decoded within limits, scaled, laid on white.

Pillow (the extra `images`) does the decoding, and only after our own look at the first octets: the five kinds that mail
has, of a bearable measure. Of what moves the first frame is shown.
"""

from __future__ import annotations

import io
from importlib.util import find_spec
from urllib.parse import unquote_to_bytes

from tuimail.content.preview.image import measure
from tuimail.content.transfer import from_base64
from tuimail.errors import PictureRefused
from tuimail.model import Raster

MOST_OCTETS = 10_000_000
"""Of a picture as it comes."""
MOST_PIXELS = 16_000_000
"""Of a picture decoded: 64 MB with what is clear in it. JPEG, decoded smaller where that will do, may have PHOTO."""
PHOTO = 25_000_000
SPECK = 3
"""Pixels of a side up to which it is no picture but a counter."""
CELL = 8
"""Pixels of a picture that a cell is wide, for pictures smaller than the window."""
_KINDS = {"PNG": "PNG", "GIF": "GIF", "BMP": "BMP", "WebP": "WEBP", "JPEG": "JPEG"}
"""As we name them, and as Pillow does."""
_ORIENTATION = 0x0112
"""Exif: how the camera was held."""
HOW_TO_GET = "Pictures need one package more: pip install 'tuimail[images]'"


def available() -> bool:
    """The extra is installed; nothing is imported to find out."""
    return find_spec("PIL") is not None


def octets_of(data_url: str) -> bytes:
    """What a data: URL holds (RFC 2397), base64 only. Never raises."""
    return from_base64(unquote_to_bytes(data_url.partition(",")[2]))


def decode(octets: bytes, columns: int, rows: int, width: int = 0) -> Raster:
    """The picture in at most `columns` × `rows` cells, a cell being one pixel wide and two high.

    width: pixels it should have in a window, 0 for its own. Slow, for a thread. Raises PictureRefused, whatever the
    octets are.
    """
    found = measure(octets)
    if found is None:
        raise PictureRefused("This is no picture of a kind that is shown here (PNG, JPEG, GIF, WebP, BMP).")
    kind, wide, high = found
    _check(kind, wide, high)
    if not available():
        raise PictureRefused(HOW_TO_GET)
    from PIL import Image, ImageOps

    Image.MAX_IMAGE_PIXELS = None  # its own limit warns on standard error; ours refuses, before and after opening
    try:
        with Image.open(io.BytesIO(octets), formats=[_KINDS[kind]]) as image:
            _check(kind, *image.size)
            wide, high = image.size
            if image.getexif().get(_ORIENTATION, 1) > 4:  # it lies on its side
                wide, high = high, wide
            size = _fitting(wide, high, columns, rows * 2, width)
            image.draft("RGB", (max(size) * 2, max(size) * 2))
            upright = ImageOps.exif_transpose(image).convert("RGBA")
            small = upright.resize(size, Image.Resampling.BOX, reducing_gap=2.0)
            paper = Image.new("RGBA", small.size, "white")
            pixels = Image.alpha_composite(paper, small).convert("RGB").tobytes()
    except PictureRefused:
        raise
    except Exception as error:  # a stranger's octets in a stranger's decoder: it raises what it likes
        raise PictureRefused("This picture is damaged and cannot be shown.") from error
    return Raster(*size, pixels)


def _check(kind: str, wide: int, high: int) -> None:
    if wide <= SPECK and high <= SPECK:
        raise PictureRefused("This picture is a speck that only counts who opens the mail.")
    most = PHOTO if kind == "JPEG" else MOST_PIXELS
    if wide * high > most:
        raise PictureRefused(
            f"This picture of {wide:,} × {high:,} pixels is larger than what is unpacked here.",
            "It can be saved, or opened elsewhere.",
        )
    if not wide or not high:
        raise PictureRefused("This picture has no pixels.")


def _fitting(wide: int, high: int, columns: int, lines: int, width: int) -> tuple[int, int]:
    """Its measure in pixels of ours: as large as in a window, or as there is room; an even number of lines."""
    scale = min((width or wide) / CELL / wide, columns / wide, lines / high)
    across, down = max(1, round(wide * scale)), max(1, round(high * scale))
    return across, down + down % 2
