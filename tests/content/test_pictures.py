from __future__ import annotations

import io
import struct
import zlib
from base64 import b64encode
from contextlib import suppress
from typing import Any

import pytest

from tuimail.content import pictures
from tuimail.content.hypertext import html_document
from tuimail.content.mime import content_ids
from tuimail.content.pictures import decode, octets_of
from tuimail.errors import PictureRefused

PIL = pytest.importorskip("PIL.Image")


def image(kind: str, width: int = 160, height: int = 80, **more: Any) -> bytes:
    made = io.BytesIO()
    PIL.new("RGB", (width, height), (200, 30, 60)).save(made, kind, **more)
    return made.getvalue()


def chunk(name: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))


def png(width: int, height: int, packed: bytes) -> bytes:
    head = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", packed) + chunk(b"IEND", b"")


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "GIF", "WEBP", "BMP"])
def test_a_picture_has_its_own_size_where_there_is_room(kind: str) -> None:
    raster = decode(image(kind), 80, 20)
    assert (raster.width, raster.height) == (20, 10)
    assert len(raster.pixels) == 20 * 10 * 3
    assert all(abs(a - b) < 12 for a, b in zip(raster.pixels[:3], (200, 30, 60), strict=True))


@pytest.mark.parametrize(("columns", "rows", "size"), [(10, 20, (10, 6)), (80, 3, (12, 6)), (1, 1, (1, 2))])
def test_it_is_made_smaller_for_less_room_and_keeps_its_shape(columns: int, rows: int, size: tuple[int, int]) -> None:
    raster = decode(image("PNG"), columns, rows)
    assert (raster.width, raster.height) == size


def test_the_mail_s_own_width_counts_for_pictures_of_double_density() -> None:
    assert decode(image("PNG", 320, 160), 80, 20, width=160).width == 20


def test_what_is_clear_lies_on_white() -> None:
    made = io.BytesIO()
    PIL.new("RGBA", (80, 80), (0, 0, 0, 0)).save(made, "PNG")
    assert set(decode(made.getvalue(), 10, 10).pixels) == {255}


def test_a_photograph_that_lies_on_its_side_stands_up() -> None:
    exif = PIL.Exif()
    exif[0x0112] = 6
    raster = decode(image("JPEG", 160, 80, exif=exif), 80, 80)
    assert (raster.width, raster.height) == (10, 20)


def test_of_what_moves_only_the_first_frame_is_looked_at(monkeypatch: pytest.MonkeyPatch) -> None:
    from PIL.GifImagePlugin import GifImageFile

    frames = [PIL.new("RGB", (80, 80), colour) for colour in ("red", "blue", "green")]
    made = io.BytesIO()
    frames[0].save(made, "GIF", save_all=True, append_images=frames[1:])
    monkeypatch.setattr(GifImageFile, "seek", lambda self, frame: pytest.fail("another frame was asked for"))
    assert decode(made.getvalue(), 10, 10).pixels[:3] == b"\xff\0\0"


@pytest.mark.parametrize(
    "bomb",
    [
        pytest.param(png(60_000, 60_000, zlib.compress(bytes(4_000_000))), id="pixels in the header"),
        pytest.param(b"GIF89a" + struct.pack("<HH", 65_535, 65_535) + bytes(20), id="a large GIF"),
        pytest.param(b"BM" + bytes(16) + struct.pack("<ii", 40_000, -40_000) + bytes(40), id="a large BMP"),
    ],
)
def test_a_bomb_is_refused_before_pillow_sees_it(bomb: bytes, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(PIL, "open", lambda *how, **more: pytest.fail("it was opened"))
    with pytest.raises(PictureRefused, match="larger than what is unpacked here"):
        decode(bomb, 80, 20)


def test_a_bomb_in_other_clothes_is_refused_after_opening(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pictures, "measure", lambda octets: ("PNG", 10, 10))
    with pytest.raises(PictureRefused, match="larger than what is unpacked here"):
        decode(png(60_000, 60_000, zlib.compress(bytes(1000))), 80, 20)


@pytest.mark.parametrize(
    ("octets", "words"),
    [
        (b"", "no picture of a kind"),
        (b"<svg xmlns='http://www.w3.org/2000/svg'/>", "no picture of a kind"),
        (b"%!PS-Adobe-3.0 EPSF-3.0\n", "no picture of a kind"),
        (b"II*\0" + bytes(100), "no picture of a kind"),
        (image("PNG")[:60], "damaged"),
        (image("JPEG")[:-400], "damaged"),
        (png(50, 50, b"no deflate at all"), "damaged"),
        (image("GIF", 1, 1), "speck"),
        (png(0, 50, b""), "no pixels"),
    ],
)
def test_what_cannot_be_shown_is_refused_with_a_sentence(octets: bytes, words: str) -> None:
    with pytest.raises(PictureRefused, match=words):
        decode(octets, 80, 20)


def test_any_damage_gives_a_picture_or_a_sentence() -> None:
    for kind in ("PNG", "JPEG", "GIF", "WEBP", "BMP"):
        whole = image(kind, 40, 40)
        for place in range(0, len(whole), max(1, len(whole) // 60)):
            broken = whole[:place] + bytes([whole[place] ^ 0x55]) + whole[place + 1 :]
            for octets in (broken, whole[:place]):
                with suppress(PictureRefused):
                    decode(octets, 20, 10)


def test_without_pillow_a_sentence_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pictures, "available", lambda: False)
    with pytest.raises(PictureRefused, match=r"pip install 'tuimail\[images\]'"):
        decode(image("PNG"), 80, 20)


def test_a_data_url_holds_its_octets() -> None:
    for octets in (b"", b"1", b"12", b"123", image("PNG")):
        assert octets_of(f"data:image/png;base64,{b64encode(octets).decode()}") == octets
    assert octets_of("data:") == b""


def test_a_document_names_what_may_be_shown_and_no_tracker() -> None:
    document = html_document(
        '<p><img src="cid:a%40b" alt="one" width="300"> <img src="https://x.example/two.png" alt="two">'
        '<img src="//x.example/three.png" alt="three"><img src="http://x.example/four.png" alt="four">'
        '<img src="https://x.example/open.gif?who=1" width="1" height="1"><img src="file:///etc/passwd" alt="five">'
        '<img src="https://x.example/line.png" height="2" width="600" alt="six">'
        '<img src="data:image/svg+xml;base64,AAAA" alt="seven"><img src="data:image/png;base64,AA==" alt="eight"></p>'
    )
    assert [(picture.words, picture.source) for picture in document.pictures] == [
        ("one", "cid:a@b"),
        ("two", "https://x.example/two.png"),
        ("three", "https://x.example/three.png"),
        ("eight", "data:image/png;base64,AA=="),
    ]
    assert document.pictures[0].width == 300
    spans = [span for block in document.blocks for span in block.spans if span.style == "picture:1"]
    assert [document.blocks[0].text[span.start : span.end] for span in spans] == ["▣ one"]


def test_pictures_without_words_have_a_place_and_no_text() -> None:
    document = html_document('<img src="https://x.example/logo.png"><p>Hello</p><img src="https://x.example/end.png">')
    (block,) = document.blocks
    assert block.text == "Hello"
    assert [(span.start, span.end, span.style) for span in block.spans] == [(0, 0, "picture:1"), (5, 5, "picture:2")]


def test_a_mail_of_nothing_but_pictures_has_a_place_for_them() -> None:
    document = html_document('<img src="https://x.example/all.png">')
    assert [block.text for block in document.blocks] == ["▣"]
    assert len(document.pictures) == 1


def test_a_part_is_known_by_its_content_id() -> None:
    raw = (
        b"Content-Type: multipart/related; boundary=b\r\n\r\n"
        b"--b\r\nContent-Type: text/html\r\n\r\n<img src=cid:x@y>\r\n"
        b"--b\r\nContent-Type: image/png\r\nContent-ID: <x@y>\r\n\r\n1\r\n--b--\r\n"
    )
    assert content_ids(raw) == {"x@y": "2"}
