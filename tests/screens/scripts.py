"""The scripts that bring each screen up: snapshot tests compare what they show, tests/pictures.py paints it."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any

from textual.pilot import Pilot

from tests.fakes.fake_mail import FakeMail
from tests.fakes.letters import NOW
from tests.screens.run import SETTINGS, Running, running
from tests.snap import settle
from tuimail.app import SetupApp
from tuimail.errors import LoginRefused
from tuimail.model import Account, Address, Role

Script = Callable[[Running], Awaitable[None]]


def pressing(*keys: str) -> Script:
    """A script that only presses keys."""

    async def script(app: Running) -> None:
        await app.press(*keys)

    return script


async def _offline(app: Running) -> None:
    app.mail.go_offline()
    await app.press("e", "j", "s", "x", "x")


async def _pop3(app: Running) -> None:
    app.mail.become_pop3()
    await app.press("j", "j", "j", "j", "s", "j", "e", *["j"] * 7)


async def _queue(app: Running) -> None:
    app.mail.go_offline()
    await app.press("e", "x", "x", "d", "s", "z", "dollar_sign")


async def _palette(app: Running) -> None:
    await app.press("colon")
    await app.until(lambda: "Archive" in app.text)


async def _pick(app: Running) -> None:
    await app.press("J", "K", "v", "r", "e")


# A letter with everything the viewer knows how to show: a quotation read before, answers between the lines, links.
_ANSWER = """Hi Ada,

Thursday at ten it is. The plans: https://example.org/plans/bridge-7 and, as
they say, the minutes at https://xn--exmple-cua.example/minutes too.

On Monday, Ada Lovelace wrote:
{quote}
No, not that one: the second relay stays where it is.

> And the coffee?
> > There was none last time.
I bring it, and cups.

{dashes}
Grace Hopper
Harvard Computation Laboratory
"""
_BEFORE = "\n".join(f"Sheet {number}: the loom and the engine, compared." for number in range(1, 15))
_PATCH = """The mill forgot how often it turned whenever it was stopped between two sheets.
Count where it turns.

Signed-off-by: Mary Somerville <mary@example.org>
---
 engine/mill.py | 2 +-
 1 file changed, 1 insertion(+), 1 deletion(-)

diff --git a/engine/mill.py b/engine/mill.py
index 8f3c1aa..51d07be 100644
--- a/engine/mill.py
+++ b/engine/mill.py
@@ -12,7 +12,7 @@ class Mill:
     def turn(self, times: int) -> None:
         for _ in range(times):
-            self.step()
+            self.count += self.step()
         self.rest()
"""


async def _write(app: Running, text: str, before: str = "") -> None:
    from tuimail.content.quotes import folded, said
    from tuimail.content.text import plain_document
    from tuimail.model import Proof

    document = folded(plain_document(text), said(plain_document(before)))
    app.mail.write(2, document=document, attachments=(), proof=Proof("verified", "mx.example.org", ()))
    await app.press("j")


async def _thread(app: Running) -> None:
    await _write(
        app, _ANSWER.format(dashes="-- ", quote="\n".join(f"> {line}" for line in _BEFORE.split("\n"))), _BEFORE
    )
    await app.press("enter")


async def _finding(app: Running) -> None:
    await _thread(app)
    await app.press("slash", *"engine", "enter", "n")


async def _links(app: Running) -> None:
    await _thread(app)
    await app.press("O")


async def _one_link(app: Running) -> None:
    await _links(app)
    await app.press("2", "enter")


async def _patch(app: Running) -> None:
    mary = Address("Mary Somerville", "mary@example.org")
    app.mail.write(2, subject="[PATCH] engine: count the turns", sender=(mary,))
    await _write(app, _PATCH)
    await _alone(app)


async def _newsletter(app: Running) -> None:
    from datetime import UTC, datetime

    from tuimail.content.mime import parse
    from tuimail.demo.newsletters import newsletters

    sample = list(newsletters(datetime.fromtimestamp(NOW, UTC)))[3]
    read = parse(sample.raw)
    app.mail.write(
        2, document=read.document, subject=read.subject, sender=read.sender, notes=read.notes, attachments=()
    )
    await app.press("j")
    await _alone(app)


async def _alone(app: Running) -> None:
    """The message over the whole screen, where it is at once in a low window."""
    await app.press("enter")
    if not app.main.has_class("zoomed"):
        await app.press("enter")


async def _filter(app: Running) -> None:
    await app.press(*["j"] * 3, "slash", *"the is:unred")


async def _search(app: Running) -> None:
    app.mail.finds.there = [[37, 32]]
    await app.press("g", "slash", *"note", "f2", "ctrl+u", *"Notes", "enter", "down")


async def _history(app: Running) -> None:
    await app.press("x", "x", "e", "s", "j", "j", "d", "j", "l", *"work", "enter", "g", "h")
    await app.press("j")


async def _which_key(app: Running) -> None:
    await app.press("g")
    await app.until(lambda: app.main.which_key.region)


async def _confirm(app: Running) -> None:
    app.mail.go_offline()
    await app.press("e", "e", "q")


SCRIPTS: dict[str, Script] = {
    "main": pressing(),
    "reading": pressing("j", "j", "enter"),
    "help": pressing("question_mark"),
    "palette": _palette,
    "pick-folder": _pick,
    "queue": _queue,
    "history": _history,
    "selection": pressing("asterisk", "u", "j", "j", "V", "j", "j"),
    "labels": pressing("j", "l", *"work", "enter", "j", "j", "l", *"engine", "enter", "k", "l"),
    "move-to": pressing("v"),
    "confirm": _confirm,
    "offline": _offline,
    "pop3": _pop3,
    "empty": pressing(),
    "thread": _thread,
    "finding": _finding,
    "links": _links,
    "link": _one_link,
    "patch": _patch,
    "newsletter": _newsletter,
    "which-key": _which_key,
    "filter": _filter,
    "search": _search,
    "ask-folder": pressing("e"),
    "account-sheet": pressing("f9"),
    "wire": pressing("f12"),
}


@asynccontextmanager
async def screen(name: str, size: tuple[int, int], theme: str) -> AsyncIterator[Pilot[Any]]:
    """The app with this screen up."""
    mail = FakeMail(empty=name == "empty", without=[Role.ARCHIVE] if name == "ask-folder" else [])
    delay = 0.01 if name == "which-key" else SETTINGS["chord_delay"]
    async with running(mail, size, theme=theme, chord_delay=delay) as app:
        await SCRIPTS[name](app)
        yield app.pilot


async def refuse(account: Account, password: str) -> None:
    """A server that lets nobody in."""
    raise LoginRefused("imap.example.org refuses this user and password.", "Look for a typing mistake.")


async def accept(account: Account, password: str) -> None:
    """A server, or a store, that takes everything."""


@asynccontextmanager
async def setup_screen(size: tuple[int, int], theme: str, *keys: str) -> AsyncIterator[Pilot[Any]]:
    """The first screen, after these keys."""
    async with SetupApp(refuse, accept, theme).run_test(size=size) as pilot:
        await settle(pilot)
        for key in keys:
            await pilot.press(key)
        await pilot.app.workers.wait_for_complete()
        await settle(pilot)
        yield pilot
