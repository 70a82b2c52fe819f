from __future__ import annotations

import io
import subprocess
import sys

import pytest

from tests.fakes.fake_attached import FakeAttached
from tests.fakes.fake_mail import FakeMail
from tests.fakes.fake_pictures import FakePictures
from tests.screens.run import Running, running
from tests.snap import Snap
from tuimail.content.hypertext import html_document
from tuimail.model import Attachment, Picture, Proof
from tuimail.records import replace
from tuimail.widgets.picture_lines import HALF

PIL = pytest.importorskip("PIL.Image")

HTML = """
<p>Dear Ada,</p><p>the bridge at Maidenhead, drawn from the towpath on Sunday:</p>
<p><img src="cid:bridge" alt="the bridge" width="480"></p>
<p>Two arches, and <b>128 feet</b> each. Nobody believes that they will stand.</p>
<p><img src="https://pictures.example.org/train.png" alt="the first train" width="300"></p>
<p>Yours, Isambard</p><img src="https://pictures.example.org/open.gif?who=ada" width="1" height="1">
"""
TRAIN = "https://pictures.example.org/train.png"


def bridge() -> bytes:
    """A sky, two flat arches, and the river below them."""
    image = PIL.new("RGB", (480, 240))
    for y in range(240):
        for x in range(480):
            arch = any(((x - centre) / 95) ** 2 + ((y - 185) / 75) ** 2 < 1 for centre in (130, 350))
            if y > 185:
                colour = (40, 90 + (x // 12 + y // 6) % 2 * 25, 140)
            elif y > 95 and not arch:
                colour = (150 + (x // 20 + y // 10) % 2 * 12, 80, 60)
            else:
                colour = (110 + y // 2, 160 + y // 3, 235)
            image.putpixel((x, y), colour)
    made = io.BytesIO()
    image.save(made, "PNG")
    return made.getvalue()


def pictures_of(mail: FakeMail) -> FakePictures:
    assert isinstance(mail.pictures, FakePictures)
    return mail.pictures


def attached_of(mail: FakeMail) -> FakeAttached:
    assert isinstance(mail.attached, FakeAttached)
    return mail.attached


def with_pictures() -> FakeMail:
    mail = FakeMail()
    mail.write(1, document=html_document(HTML), proof=None)
    pictures_of(mail).octets = {"cid:bridge": bridge(), TRAIN: bridge()}
    return mail


def rows_of_cells(app: Running) -> int:
    """Lines of the viewer that are a picture."""
    return sum(bool(line.halves) for line in app.main.view.lines)


async def test_no_picture_is_shown_before_it_is_asked_for() -> None:
    async with running(with_pictures()) as app:
        assert "▣ the bridge" in app.text and HALF not in app.text
        assert pictures_of(app.mail).fetched == []


@pytest.mark.parametrize("size", [(80, 24), (140, 40)])
async def test_the_mail_s_own_picture_stands_below_its_words(size: tuple[int, int], snap: Snap) -> None:
    async with running(with_pictures(), size) as app:
        await app.press("enter", "i")
        assert app.says == "1 of 1 pictures · 1 remote not loaded"
        assert rows_of_cells(app) and not pictures_of(app.mail).fetched
        await app.press("f11")
        await snap(app.pilot, f"inline-{size[0]}x{size[1]}")


async def test_i_asks_for_the_sender_s_pictures_and_then_shows_none() -> None:
    mail = with_pictures()
    mail.write(1, notes=("Images not loaded: 1.",))
    async with running(mail) as app:
        await app.press("enter", "i")
        own = rows_of_cells(app)
        await app.press("i")
        assert "network address" in app.text and pictures_of(app.mail).fetched == []
        await app.press("y")
        assert app.says == "2 of 2 pictures"
        assert "! Remote images loaded: 1 of 1." in app.text and "not loaded" not in app.text
        assert rows_of_cells(app) > own
        assert pictures_of(app.mail).fetched == [TRAIN]
        await app.press("i")
        assert rows_of_cells(app) == 0 and app.says == "No pictures"
        assert "! Images not loaded: 1." in app.text


async def test_no_to_the_question_shows_none_and_remembers_nothing() -> None:
    async with running(with_pictures()) as app:
        await app.press("enter", "i", "i", "n")
        assert rows_of_cells(app) == 0
        assert not pictures_of(app.mail).named and not pictures_of(app.mail).fetched


async def test_a_named_sender_is_not_asked_about_again() -> None:
    mail = with_pictures()
    pictures_of(mail).named = {mail._letters[1].sender[0].email}
    async with running(mail) as app:
        await app.press("enter", "i")
        assert app.says == "2 of 2 pictures"
        await app.main.action_load_no_remote()
        await app.settle()
        assert not pictures_of(mail).named
        assert app.says.startswith(("1 of 1", "Remote pictures of"))


async def test_of_a_sender_who_failed_nothing_is_offered() -> None:
    mail = with_pictures()
    mail.write(1, proof=Proof("failed", "mx.example.org", ("dmarc=fail",)))
    async with running(mail) as app:
        await app.press("enter", "i", "i")
        assert app.shown == "MainScreen" and rows_of_cells(app) == 0
        app.main.action_load_remote()
        assert "not from its sender" in app.says


async def test_without_the_extra_a_sentence_says_how_to_get_it() -> None:
    mail = with_pictures()
    pictures_of(mail).without = "Pictures need one package more: pip install 'tuimail[images]'"
    async with running(mail) as app:
        await app.press("enter", "i")
        assert app.says == pictures_of(mail).without and rows_of_cells(app) == 0
        assert "▣ the bridge" in app.text


async def test_pictures_stay_on_for_the_next_message_and_follow_the_width() -> None:
    mail = with_pictures()
    mail.write(2, document=html_document(HTML))
    async with running(mail) as app:
        await app.press("enter", "i", "q", "j", "enter")
        assert app.main.view.message_id == 2 and rows_of_cells(app)
        await app.pilot.resize_terminal(60, 30)
        await app.settle()
        assert rows_of_cells(app)
        assert all(len(line.halves) // 6 <= app.main.view.text_width for line in app.main.view.lines)


async def test_what_was_in_sight_stays_there_when_a_picture_comes_above_it() -> None:
    mail = with_pictures()
    long = "".join(f"<p>line {number}</p>" for number in range(80))
    mail.write(1, document=html_document(f'<img src="cid:bridge" alt="the bridge">{long}'))
    async with running(mail) as app:
        await app.press("enter", "pagedown", "pagedown")
        view = app.main.view
        top = view.lines[view.scroll_offset.y].text
        await app.press("i")
        assert rows_of_cells(app)
        assert view.lines[view.scroll_offset.y].text == top


async def test_a_picture_that_cannot_be_shown_is_a_sentence() -> None:
    mail = with_pictures()
    pictures_of(mail).octets["cid:bridge"] = b"\x89PNG\r\n\x1a\n"
    async with running(mail) as app:
        await app.press("enter", "i")
        assert "0 of 1 pictures" in app.says and "no picture of a kind" in app.says


async def test_the_words_are_found_and_copied_without_the_cells() -> None:
    mail = with_pictures()
    async with running(mail) as app:
        await app.press("enter", "i", "slash", *"arches", "enter")
        assert "1 of 1" in app.says
        assert rows_of_cells(app)


def test_a_picture_knows_whether_it_comes_with_the_mail() -> None:
    assert replace(Picture("", "https://x.example/"), width=3).remote
    assert not Picture("", "cid:x").remote


async def test_an_attached_picture_is_looked_at_in_the_panel() -> None:
    mail = with_pictures()
    mail.write(1, attachments=(Attachment("bridge.png", "image/png", 4_000, "2"),))
    attached_of(mail).octets["bridge.png"] = pictures_of(mail).octets["part:2"] = bridge()
    async with running(mail) as app:
        await app.press("A", "v")
        await app.settle()
        await app.settle()
        assert "A PNG image, 480 × 240 pixels" in app.text
        assert app.text.count(HALF) > 200, "it takes the room there is"
        await app.press("escape")
        assert HALF not in app.text
        pictures_of(mail).without = "Pictures need one package more"
        await app.press("v")
        await app.settle()
        await app.settle()
        assert "A PNG image" in app.text and HALF not in app.text
        assert "one package more" in app.text


def test_no_decoder_is_imported_with_the_screens() -> None:
    code = "import sys, tuimail.app, tuimail.screens.main, tuimail.mail; print('PIL' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "False\n"
