"""An image by its kind and measure, read from its first octets; no picture is decoded here."""

from __future__ import annotations

import struct

from tuimail.content.draft import Draft


def read(draft: Draft, data: bytes, whole: bool, me: frozenset[str]) -> bool:
    """Write a line about it; False when it is no image we know."""
    found = measure(data)
    if found is None:
        return False
    kind, width, height = found
    draft.add("text", f"A {kind} image, {width:,} × {height:,} pixels. It can be saved, or opened elsewhere.")
    return True


def measure(data: bytes) -> tuple[str, int, int] | None:
    """(kind, width, height) as the first octets tell; None when it is none of ours. Never raises."""
    try:
        if data.startswith(b"\x89PNG\r\n\x1a\n") and data[12:16] == b"IHDR":  # PNG §11.2.2
            return "PNG", *struct.unpack_from(">II", data, 16)
        if data[:4] == b"GIF8":
            return "GIF", *struct.unpack_from("<HH", data, 6)
        if data[:2] == b"BM":
            width, height = struct.unpack_from("<ii", data, 18)
            return "BMP", abs(width), abs(height)
        if data[:4] == b"RIFF" and data[8:12] == b"WEBP":
            return _webp(data)
        if data[:2] == b"\xff\xd8":
            return _jpeg(data)
    except (struct.error, IndexError):  # the octets end within their header: a stub, or only a beginning came
        return None
    return None


def _webp(data: bytes) -> tuple[str, int, int] | None:
    """The three forms of RFC 9649 §2."""
    form = data[12:16]
    if form == b"VP8X":
        return "WebP", 1 + int.from_bytes(data[24:27], "little"), 1 + int.from_bytes(data[27:30], "little")
    if form == b"VP8L":
        (bits,) = struct.unpack_from("<I", data, 21)
        return "WebP", (bits & 0x3FFF) + 1, (bits >> 14 & 0x3FFF) + 1
    if form == b"VP8 ":
        width, height = struct.unpack_from("<HH", data, 26)
        return "WebP", width & 0x3FFF, height & 0x3FFF
    return None


def _jpeg(data: bytes) -> tuple[str, int, int] | None:
    """From marker to marker (ITU T.81 annex B) to the frame header, past embedded thumbnails."""
    place = 2
    while place + 9 <= len(data):
        marker = data[place + 1]
        if data[place] != 0xFF or marker == 0xFF:
            place += 1
        elif 0xC0 <= marker <= 0xCF and marker not in (0xC4, 0xC8, 0xCC):
            height, width = struct.unpack_from(">HH", data, place + 5)
            return "JPEG", width, height
        else:
            place += 2 + max(2, int.from_bytes(data[place + 2 : place + 4], "big"))
    return None
