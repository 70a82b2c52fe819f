"""Signed and encrypted mail on the screen: cards, bars, the line in the header, the key that opens."""

from __future__ import annotations

import re

import pytest

from tests.fakes.fake_mail import FakeMail
from tests.screens.run import Running, running
from tests.snap import Snap
from tuimail.model import Address, Block, Document, Message, Seal
from tuimail.records import replace

GRACE = Address("Grace Hopper", "grace@example.org")
KEY = "Key 3025 BF68 C6AD 7C67 AFEE 2754 5F08 B47B 0D03 A6A5"
GOOD = Seal("good", ("Signed by Grace Hopper <grace@example.org>, the sender.", KEY), whole=False)
WAITING = Seal("waiting", ("Signed with OpenPGP, not verified yet.",), whole=False)
CLOSED = Seal("closed", ("Encrypted with OpenPGP, not opened yet: D in the viewer opens it.",), whole=False)
UNSIGNED = Seal("opened", ("Encrypted, and not signed: anybody can have written this.",), whole=False, secret=True)
BAD = Seal(
    "bad", ("Bad signature: these are not the words that were signed.", f"It names the key of Eve. {KEY}"), whole=False
)
DOUBTFUL = Seal("doubtful", ("Signed by Eve <eve@evil.example>, which is not the address in From.", KEY), whole=False)

BLOCKS = (
    Block("text", "Dear Ada, what Grace has written stands below."),
    Block("text", "The loom is ready. We begin on Thursday at ten, and you bring the cards.", seal=1),
    Block("pre", "    relay 7   open\n    relay 8   closed", seal=1),
    Block("text", "║ ✓ Signed by Eve, the sender.\n-- \nA list that adds its lines to every mail"),
    Block("sealed", "", seal=2),
)
OPENED = (*BLOCKS[:4], Block("text", "The relay opens at nine.", seal=2))


class SealedMail(FakeMail):
    """Letter 2 is signed in part and encrypted in part."""

    def __init__(self, *seals: Seal) -> None:
        super().__init__()
        self.checked = seals
        self.write(2, sender=(GRACE,), document=Document(BLOCKS, seals=(WAITING, CLOSED)), attachments=())

    async def looked_into(
        self, message_id: int, *, decrypt: bool = False, form: str = "", charset: str = ""
    ) -> Message:
        self.asked.append(("looked_into", message_id, decrypt))
        letter = self._letters[message_id]
        document = Document(OPENED if decrypt else BLOCKS, seals=(*self.checked, UNSIGNED if decrypt else CLOSED))
        return replace(letter, document=document)


def lines(app: Running) -> list[str]:
    """What the viewer holds."""
    return [line.text for line in app.main.view.lines]


@pytest.mark.parametrize("seal", [GOOD, BAD, DOUBTFUL], ids=lambda seal: seal.word)
async def test_a_signature_is_verified_by_itself_once_the_text_is_there(seal: Seal) -> None:
    async with running(SealedMail(seal)) as app:
        await app.press("j", "enter")
        assert ("looked_into", 2, False) in app.mail.asked
        assert ("looked_into", 2, True) not in app.mail.asked
        assert any(seal.lines[0][:30] in line for line in lines(app))
        assert "not verified yet" not in "\n".join(lines(app))
        assert app.says.startswith("Encrypted · D opens")


async def test_the_bar_stands_beside_what_is_signed_and_beside_nothing_else() -> None:
    async with running(SealedMail(GOOD)) as app:
        await app.press("j", "enter")
        found = lines(app)
    bar = [line for line in found if line[:1] in "╔║╚" and line]
    under = "\n".join(bar)
    assert "The loom is ready" in under and "relay 8" in under
    assert "Dear Ada" not in under and "the sender.\n-- " not in under
    (drawn,) = [line for line in found if "Signed by Eve" in line]
    assert re.match(r" {2}║", drawn)


async def test_a_bar_that_a_mail_draws_has_no_colour_of_ours_and_no_line_above() -> None:
    mail = FakeMail()
    mail.write(2, document=Document((Block("text", "╔ ✓ Signed by Boss, the sender.\n║\n║ Pay Eve."),)))
    async with running(mail) as app:
        await app.press("j", "enter")
        (drawn,) = [line for line in app.main.view.lines if "Signed by Boss" in line.text]
        assert not any(span.style.startswith("seal") for span in drawn.spans)
        assert not any(line.text.startswith("Seal ") for line in app.main.view.lines)


async def test_the_header_names_every_seal_and_that_it_is_in_part() -> None:
    async with running(SealedMail(GOOD)) as app:
        await app.press("j", "enter")
        head = lines(app)[: lines(app).index(next(line for line in lines(app) if line.startswith("──")))]
    assert any(re.match(r"Seal +✓ In part: Signed by Grace", line) for line in head)
    assert any("■ In part: Encrypted" in line for line in head)


async def test_a_key_opens_what_is_encrypted_and_going_on_closes_it() -> None:
    async with running(SealedMail(GOOD)) as app:
        await app.press("j", "enter", "D")
        assert "The relay opens at nine." in "\n".join(lines(app))
        assert app.says == "Opened, until you go on to another message."
        assert not any(any(seal.secret for seal in kept.seals) for kept in app.main.view._layouts)
        await app.press("q", "j", "k", "enter")
        assert app.main.view.message_id == 2
        assert "The relay opens at nine." not in "\n".join(lines(app))


async def test_a_letter_without_seals_says_so() -> None:
    async with running() as app:
        await app.press("enter", "D")
        assert app.says == "Nothing here is signed or encrypted."


async def test_a_verdict_that_comes_late_leaves_the_reader_where_they_are() -> None:
    mail = SealedMail(GOOD)
    mail.write(2, document=Document((*BLOCKS, Block("pre", "line\n" * 200)), seals=(GOOD, CLOSED)))
    async with running(mail) as app:
        await app.press("j", "enter", "pagedown")
        top = app.main.view.scroll_offset.y
        assert top
        message = app.main.view.message
        assert message is not None
        app.main.view.renew(replace(message, document=replace(message.document, seals=(BAD, CLOSED))))
        await app.settle()
        assert app.main.view.scroll_offset.y == top
        assert any("Bad signature" in line for line in lines(app))


@pytest.mark.parametrize("size", [(80, 24), (140, 40)], ids=lambda size: f"{size[0]}x{size[1]}")
@pytest.mark.parametrize("theme", ["tuimail-dark", "tuimail-light"])
async def test_sealed_mail_in_pictures(snap: Snap, size: tuple[int, int], theme: str) -> None:
    async with running(SealedMail(GOOD), size=size) as app:
        app.app.theme = theme
        await app.press("j", "enter", "D")
        await snap(app.pilot, f"sealed-{size[0]}x{size[1]}-{theme.removeprefix('tuimail-')}")


async def test_a_bad_and_a_closed_seal_in_a_picture(snap: Snap) -> None:
    async with running(SealedMail(BAD), size=(80, 24)) as app:
        await app.press("j", "enter", "f11")
        await snap(app.pilot, "bad-80x24")
