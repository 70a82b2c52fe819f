"""The client's side of a hostile script: a whole Mail does what the script says, and is looked at afterwards."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import re
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from tests.fakes.hostile import SCALE, HostileServer
from tuimail.changes import Change, Line
from tuimail.errors import TuimailError
from tuimail.mail import Mail
from tuimail.model import Account, Message, Security
from tuimail.sync.account import AccountSync

SCRIPTS: Final = Path(__file__).parents[1] / "data" / "hostile" / "transcripts"
PASSWORD: Final = "pw-CANARY-7731"
PATIENCE: Final = 20.0
_SECURITY = {"implicit": Security.TLS, "starttls": Security.STARTTLS, "none": Security.PLAIN}
_PAGE = os.sysconf("SC_PAGE_SIZE")


def script(name: str) -> dict[str, Any]:
    """One of them, by its id."""
    found: dict[str, Any] = json.loads((SCRIPTS / f"{name}-imap.json").read_text("utf-8"))
    return found


def names() -> list[str]:
    """The ids of all."""
    return sorted(path.name.partition("-")[0] for path in SCRIPTS.glob("*-imap.json"))


async def password(_: Account) -> str:
    return PASSWORD


def account(name: str, port: int, security: Security, ca_file: Path) -> Account:
    return Account(name, "127.0.0.1", port, "u", security, ca_file=str(ca_file))


def resident() -> int:
    """Octets of this process in memory."""
    return int(Path("/proc/self/statm").read_text().split()[1]) * _PAGE


class Resting:
    """Knows which accounts have nothing to do, by standing around `AccountSync._wait`."""

    def __init__(self, monkeypatch: Any) -> None:
        self._resting: set[AccountSync] = set()
        wait = AccountSync._wait
        resting = self._resting

        async def marked(one: AccountSync, remote: Any) -> None:
            resting.add(one)
            try:
                await wait(one, remote)
            finally:
                resting.discard(one)

        monkeypatch.setattr(AccountSync, "_wait", marked)

    def __contains__(self, one: AccountSync) -> bool:
        busy = one._due or one._wishes_changed or one._look_at_all or not one._demands.empty()
        return one in self._resting and not busy


@dataclass
class Outcome:
    """What was seen while a script was played."""

    offline: list[str] = field(default_factory=list)
    """Why the account went offline, each time."""
    texts: dict[int, str] = field(default_factory=dict)
    """UID → the text last shown for it, "" where there was none."""
    peak: int = 0
    """Octets the process grew by at most."""
    seen: list[str] = field(default_factory=list)
    """Everything that would stand on the screen: folder names, subjects, sentences."""
    local: dict[str, list[int]] = field(default_factory=dict)
    """Folder → the UIDs in the store, at the end."""
    resting: bool = False
    """The account had nothing left to do, at the end."""
    refusals: list[str] = field(default_factory=list)
    """What the server refused for good, in words."""


class Player:
    """Plays one script against one server with one Mail (opened anew for "reconnect")."""

    def __init__(self, told: Mapping[str, Any], port: int, server: HostileServer, ca_file: Path, data: Path) -> None:
        self._client, self._expect = told["client"], told["expect"]
        self._account = account("a", port, _SECURITY[self._client["security"]], ca_file)
        self._server, self._data = server, data
        self.outcome = Outcome()
        self._heard = asyncio.Event()

    async def play(self, resting: Resting) -> Outcome:
        """Do the actions, wait as told, look."""
        self._resting = resting
        before, watching = resident(), asyncio.create_task(self._measure())
        actions: list[Any] = list(self._client["actions"])
        online = True
        while actions:
            async with self._opened(online) as mail:
                while actions:
                    action = actions.pop(0)
                    if action in ("reconnect", "offline", "online"):
                        online = action != "offline"
                        break
                    await self._do(mail, action, online)
                if not actions:
                    await asyncio.sleep(self._client.get("wait", 2) / SCALE)
                    await self._rests(mail)
                    self._look(mail)
            await self._until(lambda: not self._server.active)  # an epoch ends when the server sees it, too
        watching.cancel()
        self.outcome.peak = max(self.outcome.peak, resident()) - before
        return self.outcome

    async def _measure(self) -> None:
        while True:
            self.outcome.peak = max(self.outcome.peak, resident())
            await asyncio.sleep(0.02)

    @asynccontextmanager
    async def _opened(self, online: bool) -> AsyncIterator[Mail]:
        async with Mail(self._data, [self._account], password) as mail:
            mail.subscribe(self._hear)
            if online:
                mail.start()
            yield mail

    def _hear(self, change: Change) -> None:
        if getattr(change, "line", None) is Line.OFFLINE:
            self.outcome.offline.append(getattr(change, "detail", ""))
        if sentence := getattr(change, "sentence", ""):
            self.outcome.seen.append(sentence)
        self._heard.set()

    async def _until(self, true: Callable[[], object], seconds: float = PATIENCE) -> None:
        async with asyncio.timeout(seconds):
            while not true():
                self._heard.clear()
                with contextlib.suppress(TimeoutError):
                    async with asyncio.timeout(0.01):
                        await self._heard.wait()

    async def _do(self, mail: Mail, action: Any, online: bool) -> None:
        (one,) = mail._engine.accounts.values()
        if action in ("sync", "noop"):
            if one.state.line is Line.ONLINE and one in self._resting:
                mail.sync_now()
            refusing = self._expect["outcome"] == "refuse"
            await self._until(
                lambda: one in self._resting or (refusing and self.outcome.offline and one.state.line is Line.OFFLINE)
            )
        elif "idle" in action:
            with contextlib.suppress(TimeoutError):
                await self._until(lambda: any("IDLE" in line for _, line in self._server.heard), 2)
            await asyncio.sleep(action["idle"] / SCALE)
        elif action["op"] in ("open", "fetch-bodies"):
            uids = [action["uid"]] if "uid" in action else self._uids(mail, "INBOX")
            for uid in uids:
                await self._open(mail, uid)
        elif action["op"] == "delete":
            await mail.trash([self._row(mail, action["uid"])])
            await self._pushed(mail, one, online)
        elif action["op"] == "move":
            goal = next((f.id for f in mail.folders() if f.name == action["to"]), None)
            if goal is None:
                goal = (await mail.create_folder(one.account_id, action["to"])).id
            await mail.move([self._row(mail, action["uid"])], goal)
            await self._pushed(mail, one, online)
        else:
            assert action["op"] in ("save-draft", "append"), action  # a reader writes nothing

    async def _pushed(self, mail: Mail, one: AccountSync, online: bool) -> None:
        if online:
            await self._until(lambda: one in self._resting or one.state.line is Line.OFFLINE)

    async def _rests(self, mail: Mail) -> None:
        """Wait for what is still going on, which takes longer on a busy machine."""
        (one,) = mail._engine.accounts.values()
        with contextlib.suppress(TimeoutError):
            await self._until(lambda: one in self._resting or one.state.line is Line.OFFLINE, 5)

    async def _open(self, mail: Mail, uid: int) -> None:
        try:
            shown: Message = await mail.message(self._row(mail, uid))
        except TuimailError as error:
            self.outcome.seen.append(str(error))
            self.outcome.texts[uid] = ""
        else:
            self.outcome.texts[uid] = "\n".join(getattr(block, "text", "") for block in shown.document.blocks)

    # --- looking

    def _uids(self, mail: Mail, folder: str) -> list[int]:
        query = """SELECT m.remote_id FROM message m JOIN folder f ON f.id = m.here
                   WHERE m.gone = 0 AND f.remote_name = ? ORDER BY 1"""
        return [uid for (uid,) in mail._database.read.execute(query, (folder.encode(),))]

    def _row(self, mail: Mail, uid: int) -> int:
        query = """SELECT m.id FROM message m JOIN folder f ON f.id = m.folder_id
                   WHERE m.remote_id = ? AND f.remote_name = X'494E424F58'"""
        return int(mail._database.read.execute(query, (uid,)).fetchone()[0])

    def _look(self, mail: Mail) -> None:
        (one,) = mail._engine.accounts.values()
        self.outcome.resting = one in self._resting
        for folder in mail.folders():
            self.outcome.seen.append(folder.name)
            self.outcome.seen += [row.subject for row in mail.page(folder.id, 0, 100)]
            self.outcome.local[folder.name] = self._uids(mail, folder.name)
        self.outcome.seen += [state.detail for state in mail.states()]
        self.outcome.refusals = [pending.error for pending in mail.pending() if pending.error]


def judge(told: Mapping[str, Any], server: HostileServer, outcome: Outcome) -> list[str]:
    """Everything that is not as the script expects, in words."""
    expect, wrong = told["expect"], []

    def hold(true: object, words: str) -> None:
        if not true:
            wrong.append(words)

    allowed = {expect["outcome"], expect.get("alt_outcome")}
    hold(outcome.resting or "refuse" in allowed, f"it does not come to rest: {outcome.offline[-3:]}")
    if allowed == {"refuse"}:
        hold(outcome.offline, "it was not refused")
    if allowed == {"survive"}:
        hold(not outcome.offline, f"it lost the line: {outcome.offline[:3]}")
    if allowed == {"fail-op"}:
        hold(outcome.refusals, "the refusal is not told")
    hold(all(all(c.isprintable() for c in words) for words in outcome.seen), "a control character would be shown")
    for folder, uids in expect.get("local", {}).items():
        hold(outcome.local.get(folder) == uids, f"{folder} holds {outcome.local.get(folder)}")
    lines = [line for _, line in server.heard]
    in_the_clear = [line for phase, line in server.heard if phase == "plain"]
    for pattern in expect.get("never", ()):
        hold(not any(re.search(pattern, line) for line in lines), f"sent {pattern}")
    for pattern in expect.get("never_plain", ()):
        hold(not any(re.search(pattern, line) for line in in_the_clear), f"sent {pattern} in the clear")
    if told["client"]["security"] != "none":
        hold(not any(PASSWORD in line for line in in_the_clear), "sent the password in the clear")
    for pattern, most in expect.get("max_commands", {}).items():
        count = sum(re.search(pattern, line) is not None for line in lines)
        hold(count <= most, f"{count} times {pattern}")
    hold(server.connections <= expect.get("max_connections", 1000), f"{server.connections} connections")
    tries = sum(re.search("LOGIN|AUTHENTICATE", line) is not None for line in lines)
    hold(tries <= expect.get("max_auth_attempts", 1000), f"{tries} logins")
    hold(outcome.peak < expect.get("max_rss_mb", 250) * 2**20, f"grew by {outcome.peak >> 20} MB")
    held = {name: [letter.message_id for letter in box.letters] for name, box in server.boxes.items()}
    everywhere = [one for ids in held.values() for one in ids]
    for one in expect.get("server_keeps", ()):
        hold(one in everywhere, f"{one} is lost")
    for folder, ids in expect.get("server_gone_from", {}).items():
        hold(not set(ids) & set(held[folder]), f"{ids} still in {folder}")
    for folder, ids in expect.get("exactly_one", {}).items():
        if "append" not in json.dumps(told["client"]):
            hold(all(held[folder].count(one) == 1 for one in ids), f"{folder} holds {held[folder]}")
    for uid, text in expect.get("body_has", {}).items():
        hold(text in outcome.texts.get(int(uid), ""), f"{uid} reads {outcome.texts.get(int(uid))!r}")
    for uid, text in expect.get("body_not", {}).items():
        hold(text not in outcome.texts.get(int(uid), ""), f"{uid} reads {text!r}")
    for text in expect.get("never_ui", ()):
        hold(not any(text in words for words in outcome.seen), f"{text} would be shown")
    for path in expect.get("forbid_paths", ()):
        hold(not Path(path).exists(), f"{path} was made")
    return wrong
