"""The whole manifest of hostile samples: every check of every sample is made, and every expectation has its holder.

The messages are read, saved and exported through the one door (`Mail`), as files; the words of servers and the store
go to the rooms that meet them first. What needs a terminal, a clock or a folder to save to of its own is held by
the tests named in HELD and EXPECTED.
"""

from __future__ import annotations

import asyncio
import hashlib
import re
import sqlite3
import stat
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from tests.content.samples import FORBIDDEN, MANIFEST, SAMPLES, forbidden_in, raw, strings
from tests.content.test_hostile_samples import body, everything
from tests.protocol.streams import outcome
from tuimail.changes import Line
from tuimail.keys import KEYS
from tuimail.mail import FILES, Mail
from tuimail.model import Account, Message, Summary
from tuimail.net.boxes import find_boxes, read_letter
from tuimail.protocol.pop3.responses import sizes
from tuimail.store.database import Database
from tuimail.sync.backups import Mbox

Sample = dict[str, Any]
ROOT = Path(__file__).parents[2]
BY_ID = {sample["id"]: sample for sample in MANIFEST}
TERMINAL = "tests/app/test_hostile_on_a_terminal.py::test_every_sample_is_read_from_end_to_end_and_none_gets_through"
COSTS = "tests/content/test_costs.py::test_no_hostile_mail_takes_a_second_or_two_hundred_megabytes"
READ = "tests/content/test_hostile_samples.py::test_a_hostile_message_is_read_safely"
SAVED = "tests/sync/test_hostile_attachments.py::test_its_attachments_stay_in_the_folder_and_harm_nobody"
HERE = "tests/robust/test_every_sample.py::"
WALK = HERE + "test_every_message_is_listed_read_and_saved_as_it_must"


# --- the checks of the manifest ------------------------------------------------------------------


def shows(message: Message, text: str) -> bool:
    return text in (body(message) if text.startswith("BODYMARK") else everything(message))


def shows_sender(message: Message, row: Summary, address: str) -> bool:
    return address in message.sender[0].email and address in row.email and address in dict(message.headers)["From"]


CHECKS: dict[str, Callable[[Message, Summary, Any], bool]] = {
    "must_show": lambda message, _, texts: all(shows(message, text) for text in texts),
    "must_show_any": lambda message, _, texts: any(shows(message, text) for text in texts),
    "must_not_show": lambda message, _, texts: not any(text in body(message) for text in texts),
    "from_shown_must_include": shows_sender,
    "warn": lambda message, _, __: bool(message.notes or any(link.warning for link in message.document.links)),
    "attachments": lambda message, _, count: len(message.attachments) == count,
    "rows": lambda _, row, count: count == 1 and "\n" not in row.subject,
}
HELD = {
    "forbid_raw": TERMINAL,
    "no_net": TERMINAL,
    "no_exec": TERMINAL,
    "max_seconds_open": COSTS,
    "max_seconds_list": COSTS,
    "max_rss_mb": COSTS,
    "raw_recoverable": WALK,
    "save_dir_only": WALK,
    "saved_files": WALK,
    "setup": WALK,
    "keep_files": WALK,
    "messages": HERE + "test_an_mbox_loses_no_message",
    "roundtrip_count": HERE + "test_what_is_exported_comes_back_and_no_more",
    "reply_forbid": HERE + "test_no_line_break_gets_into_a_field_or_a_link",
    "smtp_messages": HERE + "test_no_key_writes_a_mail",
    "actions": HERE + "test_no_key_writes_a_mail",
    "format": HERE + "test_every_check_and_every_expectation_has_its_holder",
}


@asynccontextmanager
async def opened(tmp_path: Path) -> AsyncIterator[tuple[Mail, dict[str, Summary]]]:
    """The messages as a directory of files, opened and listed; a row by the id of its sample."""
    letters = tmp_path / "letters"
    letters.mkdir()
    for sample in SAMPLES:
        (letters / f"{sample['id']}.eml").write_bytes(raw(sample))
    (tmp_path / "data").mkdir()
    account = Account("mail", str(letters), 0, "", protocol=FILES)
    async with asyncio.timeout(60), Mail(tmp_path / "data", (account,), _nobody) as mail:
        changed = asyncio.Event()
        mail.subscribe(lambda _: changed.set())
        mail.start()
        while not (mail.states()[0].line is Line.ONLINE and mail.folders() and mail.folders()[0].total == len(SAMPLES)):
            changed.clear()
            await changed.wait()
        rows = mail.page(mail.folders()[0].id, 0, len(SAMPLES))
        digests = {hashlib.sha256(await mail.raw(row.id)).hexdigest(): row for row in rows}
        yield mail, {sample["id"]: digests[sample["sha256"]] for sample in SAMPLES}


async def _nobody(account: Account) -> str:
    raise AssertionError("files ask for no password")


async def saves(mail: Mail, row: Summary, message: Message, checks: dict[str, Any], folder: Path) -> bool:
    """The message and all its attachments go into the folder, and nothing else happens there or beside it."""
    files = checks.get("setup", {}).get("file", {})
    inside = laid_out(folder, files)
    saved = [await mail.attached.save(row.id, attachment, inside) for attachment in message.attachments[:40]]
    letter = await mail.attached.save_message(row.id, row.subject, inside)
    return (
        all(path.parent == inside for path in (*saved, letter))
        and len(saved) >= min(40, checks.get("saved_files", 0))
        and len({*saved, letter}) == len(saved) + 1
        and are_just(folder, [*saved, letter], files | checks.get("keep_files", {}))
        and await asyncio.to_thread(letter.read_bytes) == await mail.raw(row.id)
    )


def laid_out(folder: Path, files: dict[str, str]) -> Path:
    inside = folder / "inside"
    inside.mkdir(parents=True)
    for name, text in files.items():
        (inside / name).write_text(text)
    return inside


def are_just(folder: Path, saved: list[Path], kept: dict[str, str]) -> bool:
    """There are the saved files, private and real, those that were there before, and nothing else."""
    inside = folder / "inside"
    names = {path.name for path in saved} | kept.keys()
    return (
        [path.name for path in folder.iterdir()] == ["inside"]
        and {path.name for path in inside.iterdir()} == names
        and all(stat.S_ISREG(path.lstat().st_mode) and stat.S_IMODE(path.stat().st_mode) == 0o600 for path in saved)
        and all((inside / name).read_text() == text for name, text in kept.items())
    )


@pytest.mark.timeout(120)
async def test_every_message_is_listed_read_and_saved_as_it_must(tmp_path: Path) -> None:
    wrong = []
    async with opened(tmp_path) as (mail, rows):
        now = time.time()
        for sample in SAMPLES:
            row, checks = rows[sample["id"]], sample["checks"]
            message = await mail.message(row.id)
            wrong += [
                (sample["id"], check, asked)
                for check, asked in checks.items()
                if check in CHECKS and not CHECKS[check](message, row, asked)
            ]
            if forbidden_in(message) or forbidden_in(row):
                wrong.append((sample["id"], "control characters", ""))
            if "no date that can be true" not in notes(message) and not 0 < (message.date or 0) < now + 2 * 86_400:
                wrong.append((sample["id"], "date", (message.date, row.date)))
            if not await saves(mail, row, message, checks, tmp_path / sample["id"]):
                wrong.append((sample["id"], "saving", ""))
    assert not wrong, wrong


async def test_what_is_exported_comes_back_and_no_more(tmp_path: Path) -> None:
    async with opened(tmp_path) as (mail, rows):
        await mail.export(mail.folders()[0].id, Mbox(tmp_path / "all.mbox"))
        assert len(rows) == len(SAMPLES)
    (box,) = find_boxes(tmp_path / "all.mbox")
    back = [read_letter(letter) for letter in box.letters]
    assert len(back) == len(SAMPLES)
    assert sum(b"BODYMARK-h496" in letter and b"injected" in letter for letter in back) == 1


@pytest.mark.parametrize("name", ["h431", "h915"])
def test_an_mbox_loses_no_message(name: str) -> None:
    sample = BY_ID[name]
    (box,) = find_boxes(ROOT / "tests/data/hostile" / sample["file"])
    assert len(box.letters) == sample["checks"]["messages"]


@pytest.mark.parametrize("name", ["h033", "h340", "h352", "h424", "h597"])
def test_an_answer_of_a_hostile_server_is_refused_or_bounded(name: str) -> None:
    octets = raw(BY_ID[name])
    began = time.process_time()
    found = outcome([b"* OK hello\r\n", octets])
    assert time.process_time() - began < 1
    assert "refused" in found or len(repr(found)) < 2 * len(octets) + 20_000


def test_a_list_of_a_hostile_pop3_server_is_bounded() -> None:
    listing = raw(BY_ID["h924"]).partition(b"\r\n")[2]
    assert all(0 < number < 2**32 and 0 <= size < 2**63 for number, size in sizes(listing).items())


def test_a_store_with_flipped_bytes_costs_no_start_and_no_screen(tmp_path: Path) -> None:
    (tmp_path / "mail.db").write_bytes(raw(BY_ID["h726"]))
    nothing: list[tuple[Any, ...]] = []
    for _ in range(2):  # what is found damaged while it is read is put aside by the next start
        database = Database(tmp_path)
        try:
            for table in ("folder", "message", "body"):
                database.look(partial(_all_of, table), nothing)
        finally:
            database.close()
    assert database.trouble or not database.damage


def _all_of(table: str, db: sqlite3.Connection) -> list[tuple[Any, ...]]:
    return list(db.execute(f"SELECT * FROM {table}"))


# --- what the reader program cannot do, and what must not get into what it will be answered with ----


def test_no_key_writes_a_mail() -> None:
    """Reply, forward, follow a mailto: and unsubscribe are not there, so nothing is sent: no SMTP, no request."""
    assert not {key.id for key in KEYS if re.search(r"reply|forward|compose|send\b", key.id)}
    sources = "\n".join(path.read_text() for path in (ROOT / "tuimail").rglob("*.py"))
    assert not re.search(r"^\s*(?:import|from) (?:smtplib|urllib\.request|http\.client)", sources, re.MULTILINE)


async def test_no_line_break_gets_into_a_field_or_a_link(tmp_path: Path) -> None:
    async with opened(tmp_path) as (mail, rows):
        for name in ("h461", "h833", "h999", "h116", "h838"):
            message = await mail.message(rows[name].id)
            people = (*message.sender, *message.to, *message.cc, *message.reply_to)
            fields = [message.subject, *strings(people), *(link.url for link in message.document.links)]
            assert not any(FORBIDDEN.intersection(map(ord, field)) or "\n" in field for field in fields)
            assert not any(re.search("[?&](attach|bcc|from)", link.url) for link in message.document.links)


# --- one by one, what no check of the manifest says ----------------------------------------------


def notes(message: Message) -> str:
    return " ".join(message.notes)


ONE_BY_ONE: dict[str, Callable[[Message, Summary], bool]] = {
    "h012": lambda m, r: "\n" not in r.subject and len(r.subject) < 200,
    "h016": lambda m, r: "TAILTEXT-h016" in body(m),
    "h018": lambda m, r: "no date that can be true" in notes(m),
    "h026": lambda m, r: [a.type for a in m.attachments] == ["text/vcard"],
    "h058": lambda m, r: "may look like another" in notes(m),
    "h067": lambda m, r: [(a.name, a.type) for a in m.attachments] == [("x", "application/octet-stream")],
    "h164": lambda m, r: "is called text and is none" in notes(m) and len(body(m)) < 200,
    "h208": lambda m, r: "2,000" not in m.subject and len(m.reply_to) <= 2_000,
    "h232": lambda m, r: m.sender[0].email == r.email and "2 From fields" in notes(m),
    "h239": lambda m, r: m.sender[0].email == r.email != "" and m.subject == r.subject != "",
    "h252": lambda m, r: "a=ZZ" in body(m),
    "h274": lambda m, r: "Hidden parts left out" in notes(m),
    "h279": lambda m, r: m.proof is None or m.proof.word != "verified",
    "h286": lambda m, r: m.subject == r.subject and "second subject" in notes(m) and "2 Message-Id fields" in notes(m),
    "h290": lambda m, r: "too deep" in notes(m),
    "h317": lambda m, r: m.sender[0].email == "s@evil.test" == r.email,
    "h318": lambda m, r: "PREAMBLE" not in body(m),
    "h334": lambda m, r: (m.forms, m.form) == (("plain", "html"), "plain"),
    "h338": lambda m, r: "evil.test" in m.sender[0].email and "=?" in everything(m),
    "h349": lambda m, r: body(m).count("BODYMARK-h349") == 1,
    "h382": lambda m, r: len(m.subject) < 1_001,
    "h396": lambda m, r: len(m.sender) <= 1 and len(r.sender) <= 320,
    "h443": lambda m, r: max(block.level for block in m.document.blocks) <= 20_000 and "BODYMARK-h443" in body(m),
    "h457": lambda m, r: not m.document.links,
    "h496": lambda m, r: "Subject: injected" in body(m),
    "h518": lambda m, r: m.sender[0].email.endswith("evil.test") and '"' in m.sender[0].email,
    "h526": lambda m, r: max(len(block.first) for block in m.document.blocks) < 200,
    "h532": lambda m, r: any("bank.test" in link.warning for link in m.document.links),
    "h539": lambda m, r: "\u202e" not in "".join(strings(m)),
    "h561": lambda m, r: "more than 2000 parts" in notes(m),
    "h578": lambda m, r: not any(seal.whole for seal in m.document.seals),
    "h595": lambda m, r: "no date that can be true" in notes(m),
    "h623": lambda m, r: "not unpacked" in notes(m),
    "h626": lambda m, r: "Hello" in body(m),
    "h647": lambda m, r: "end of text." in body(m),
    "h693": lambda m, r: "several Content-Transfer-Encoding" in notes(m),
    "h696": lambda m, r: "root:" not in everything(m),
    "h804": lambda m, r: "another address" in notes(m) and r.sender.count("evil.test") > 0,
    "h821": lambda m, r: "Encrypted with S/MIME" in notes(m) and len(m.document.blocks) >= 2,
    "h833": lambda m, r: m.sender[0].email.endswith("@evil.test"),
    "h838": lambda m, r: [(a.name, a.email) for a in m.sender] == [("MAILER-DAEMON", "")],
    "h889": lambda m, r: "BODYMARK-h889" in body(m),
    "h912": lambda m, r: "xn--" in m.sender[0].email,
    "h940": lambda m, r: len(m.sender[0].name) <= 200 and "evil.test" in m.sender[0].email,
    "h950": lambda m, r: body(m).splitlines()[-3:] == [".", "..", ".x"],
    "h959": lambda m, r: "fragment 1 of 99999" in notes(m),
    "h965": lambda m, r: "too long to show in full" in notes(m),
}


async def test_what_is_expected_of_single_samples_holds(tmp_path: Path) -> None:
    async with opened(tmp_path) as (mail, rows):
        wrong = [name for name, holds in ONE_BY_ONE.items() if not holds(await mail.message(rows[name].id), rows[name])]
    assert wrong == []


# --- who holds what --------------------------------------------------------------------------------

BY_CATEGORY = {
    "terminal": (TERMINAL, READ),
    "charset": (WALK, "tests/content/test_mime.py::test_what_cannot_be_read_is_told_and_a_mark_that_was_sent_is_not"),
    "date": (WALK, "tests/content/test_headers.py::test_a_date_that_cannot_be_is_replaced_by_arrival"),
    "filename": (WALK, SAVED),
    "html": (TERMINAL, READ),
    "dos-header": (COSTS, READ),
}
EXPECTED = {
    **dict.fromkeys(ONE_BY_ONE, (HERE + "test_what_is_expected_of_single_samples_holds",)),
    "h033": (HERE + "test_an_answer_of_a_hostile_server_is_refused_or_bounded",),
    "h340": (HERE + "test_an_answer_of_a_hostile_server_is_refused_or_bounded",),
    "h352": (HERE + "test_an_answer_of_a_hostile_server_is_refused_or_bounded",),
    "h424": (HERE + "test_an_answer_of_a_hostile_server_is_refused_or_bounded",),
    "h597": (HERE + "test_an_answer_of_a_hostile_server_is_refused_or_bounded",),
    "h924": (HERE + "test_a_list_of_a_hostile_pop3_server_is_bounded",),
    "h726": (HERE + "test_a_store_with_flipped_bytes_costs_no_start_and_no_screen",),
    "h431": (HERE + "test_an_mbox_loses_no_message",),
    "h915": (HERE + "test_an_mbox_loses_no_message",),
    "h461": (HERE + "test_no_line_break_gets_into_a_field_or_a_link", HERE + "test_no_key_writes_a_mail"),
    "h999": (HERE + "test_no_line_break_gets_into_a_field_or_a_link", HERE + "test_no_key_writes_a_mail"),
    "h093": (COSTS, WALK),
    "h287": (WALK, READ),
    "h904": (WALK, TERMINAL),
    "h326": (WALK, READ),
    "h670": (COSTS, "tests/content/test_headers.py::test_of_endless_references_the_first_and_the_newest_stay"),
    "h771": (COSTS, WALK),
    "h856": (COSTS, TERMINAL),
    "h927": (WALK, "tests/widgets/test_message_row.py::test_columns_stay_aligned_whatever_the_letters"),
    "h952": (COSTS, "tests/content/test_text.py::test_floods_are_read_in_one_pass"),
}
"""By the id of a sample the tests that hold its `expected`; for the others BY_CATEGORY."""


def holders() -> set[str]:
    found = {test for sample in MANIFEST for test in EXPECTED.get(sample["id"]) or BY_CATEGORY[sample["category"]]}
    return found | set(HELD.values())


def test_every_check_and_every_expectation_has_its_holder() -> None:
    assert len(MANIFEST) == 119
    assert {check for sample in MANIFEST for check in sample["checks"]} <= CHECKS.keys() | HELD.keys()
    for holder in holders():
        file, _, test = holder.partition("::")
        assert re.search(rf"^(?:async )?def {test}\b", (ROOT / file).read_text(), re.MULTILINE), holder
