"""The search language finds what the equivalent IMAP SEARCH of a real Dovecot finds, and where not, it is said why.

The mailbox has charsets old and new in headers and texts, attachments, HTML, flags, sizes and dates, and every text
is here.
"""

from __future__ import annotations

import imaplib
import random
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from email.header import Header
from pathlib import Path

from tests.servers.dovecot import Dovecot
from tests.sync.house import opened, until
from tuimail.mail import Mail

COUNT = 120
_DAY = 86_400

_WORDS = "budget lighthouse windmill invoice harvest quarrel biscuit".split()
_FOREIGN = (
    ("iso-8859-1", "Grüße schönes Fräulein"),
    ("windows-1252", "café déjà naïve"),
    ("koi8-r", "привет дорогой друг"),
    ("iso-2022-jp", "日本語のメールを送る"),
    ("utf-8", "żółw smørrebrød Ελλάδα"),
)
_PEOPLE = (
    ("Zoë Schön", "zoe@nord.example"),
    ("Иван Петров", "ivan@ost.example"),
    ("Ada Lovelace", "ada@west.example"),
    ("田中", "tanaka@sued.example"),
)
_FLAGS = ("\\Seen", "\\Flagged", "\\Answered", "\\Draft", "$Forwarded")

_LABELS = ("Harvest_Home", "$label1", "gr&APw-n")
"""What every third, fourth, fifth message has."""


def _letter(number: int, rng: random.Random) -> bytes:
    words = rng.sample(_WORDS, 3)
    charset, foreign = _FOREIGN[number % len(_FOREIGN)]
    name, email = rng.choice(_PEOPLE)
    subject = f"{words[0]} {foreign}" if rng.random() < 0.5 else f"{words[0]} {words[1]}"
    lines = [
        f"From: {Header(name, 'utf-8').encode()} <{email}>",
        f"To: {rng.choice(_PEOPLE)[1]}, me@home.example",
        f"Subject: {Header(subject, charset if foreign in subject else 'us-ascii').encode()}",
        f"Message-ID: <m{number}@home.example>",
        "Date: Mon, 01 Jan 2024 10:00:00 +0000",
        "MIME-Version: 1.0",
    ]
    if rng.random() < 0.4:
        lines.append(f"Cc: {rng.choice(_PEOPLE)[1]}")
    if rng.random() < 0.3:
        lines.append("List-Id: Gardeners <garden.lists.example>")
    text = f"{words[2]} {foreign} {'filling ' * rng.choice((1, 1, 300, 3000))}\r\n"
    if rng.random() < 0.2:
        text, kind = f"<html><body><p>{text}</p></body></html>\r\n", "text/html"
    else:
        kind = "text/plain"
    type_ = f"Content-Type: {kind}; charset={charset}"
    if rng.random() < 0.3:
        body = text.encode(charset)
        head = "\r\n".join([*lines, "Content-Type: multipart/mixed; boundary=cut"])
        part = f"\r\n\r\n--cut\r\n{type_}\r\nContent-Transfer-Encoding: 8bit\r\n\r\n".encode()
        file = (
            b"\r\n--cut\r\nContent-Type: application/pdf; name=plan.pdf\r\nContent-Transfer-Encoding: base64\r\n"
            b"Content-Disposition: attachment; filename=plan.pdf\r\n\r\nJVBERi0xLjQK\r\n--cut--\r\n"
        )
        return head.encode() + part + body + file
    head = "\r\n".join([*lines, type_, "Content-Transfer-Encoding: 8bit"])
    return head.encode() + b"\r\n\r\n" + text.encode(charset)


def _fill(other: imaplib.IMAP4, now: int) -> None:
    rng = random.Random(7)
    for number in range(COUNT):
        raw = _letter(number, rng)
        flags = [flag for flag in _FLAGS if rng.random() < 0.3]
        flags += [label for every, label in enumerate(_LABELS, 3) if number % every == 0]
        # From three years ago to yesterday, some at the edges of days; none within an hour of a whole age ago.
        moment = now - rng.randrange(1, 1_000) * _DAY - rng.randrange(4_000, 80_000)
        if number % 6 == 0:
            moment = moment // _DAY * _DAY + rng.choice((0, 1, _DAY - 1))
        stamp = time.strftime('"%d-%b-%Y %H:%M:%S +0000"', time.gmtime(moment))
        where = ("INBOX", "INBOX", "INBOX", "Archive", "Archive/Old", "Trash")[number % 6]
        typ, said = other.append(where, " ".join(flags), stamp, raw)
        assert typ == "OK", said


@asynccontextmanager
async def mailbox(dovecot: Dovecot, data: Path) -> AsyncIterator[tuple[Mail, imaplib.IMAP4]]:
    """A Mail that has all of it here, texts included, and another program at the same mailbox."""
    user = dovecot.user()
    with dovecot.client(user) as other:
        other.create("Archive/Old")
        _fill(other, int(time.time()))
        async with opened(user, dovecot.port, data) as mail:
            await until(mail, lambda: sum(known.total for known in mail.folders()) == COUNT)
            await mail.searching.catch_up()
            everything = await mail.searching.ids(mail.searching.parse("in:anywhere"))
            assert len(everything) == COUNT
            for id_ in everything:
                await mail.message(id_)
            await mail.searching.catch_up()
            assert mail.searching.behind() == (0, 0)
            yield mail, other


async def ours(mail: Mail, query: str) -> set[str]:
    """(folder and UID) of what our query finds."""
    asked = mail.searching.parse(query)
    assert not asked.errors
    names = {known.id: known.name for known in mail.folders()}
    rows = [mail.summary(id_) for id_ in await mail.searching.ids(asked)]
    return {f"{names[row.folder_id]} {row.uid}" for row in rows if row is not None}


def theirs(other: imaplib.IMAP4, keys: str, folders: str) -> set[str]:
    """The same of what IMAP finds in these folders."""
    found = set()
    for name in folders.split():
        other.select(name, readonly=True)
        typ, (said,) = other.uid("SEARCH", "CHARSET", "UTF-8", keys.encode())  # type: ignore[arg-type]
        assert typ == "OK", said
        found |= {f"{name} {uid.decode()}" for uid in said.split()}
    return found


_ALL = "INBOX Archive Archive/Old"
_SAME = (
    ("budget", 'TEXT "budget"'),
    ("lighthouse windmill", 'TEXT "lighthouse" TEXT "windmill"'),
    ("subject:budget", 'SUBJECT "budget"'),
    ("subject:quarrel subject:windmill", 'SUBJECT "quarrel" SUBJECT "windmill"'),
    ("body:harvest", 'BODY "harvest"'),
    ("body:harvest -subject:budget", 'BODY "harvest" NOT SUBJECT "budget"'),
    ("from:ada", 'FROM "ada"'),
    ("from:zoë", 'FROM "zoë"'),
    ("from:Петров", 'FROM "Петров"'),
    ("from:田中", 'FROM "田中"'),
    ("from:ivan@ost.example", 'FROM "ivan@ost.example"'),
    ("to:tanaka", 'TO "tanaka"'),
    ("to:me", 'TO "me@"'),
    ("cc:zoe", 'CC "zoe"'),
    ("-cc:zoe", 'NOT CC "zoe"'),
    ("list:gardeners", 'HEADER List-Id "gardeners"'),
    ("list:garden.lists", 'HEADER List-Id "garden.lists"'),
    ("grüße", 'TEXT "grüße"'),
    ("subject:fräulein", 'SUBJECT "fräulein"'),
    ("body:déjà", 'BODY "déjà"'),
    ("привет", 'TEXT "привет"'),
    ("дорогой or déjà", 'OR TEXT "дорогой" TEXT "déjà"'),
    ("日本語", 'TEXT "日本語"'),
    ("メール", 'TEXT "メール"'),
    ("żółw", 'TEXT "żółw"'),
    ('"日本語のメール"', 'TEXT "日本語のメール"'),
    ('body:"дорогой друг"', 'BODY "дорогой друг"'),
    ('subject:"budget café"', 'SUBJECT "budget café"'),
    ("is:unread", "UNSEEN"),
    ("is:read is:starred", "SEEN FLAGGED"),
    ("is:answered -is:draft", "ANSWERED NOT DRAFT"),
    ("is:forwarded or is:unanswered is:draft", "OR KEYWORD $Forwarded (UNANSWERED DRAFT)"),
    ("is:unstarred from:ada", 'UNFLAGGED FROM "ada"'),
    ('label:"harvest home"', "KEYWORD Harvest_Home"),
    ("-label:important is:unread", "UNKEYWORD $label1 UNSEEN"),
    ("label:(important or GRÜN) -budget", 'OR KEYWORD $label1 KEYWORD gr&APw-n NOT TEXT "budget"'),
    ("label:harvest_home or from:ada", 'OR KEYWORD harvest_home FROM "ada"'),
    ("has:attachment", 'HEADER Content-Type "multipart/mixed"'),
    ("-has:attachment larger:10k", 'NOT HEADER Content-Type "multipart/mixed" LARGER 10000'),
    ("larger:2k smaller:10k", "LARGER 2000 SMALLER 10000"),
    ("smaller:1k", "SMALLER 1000"),
    ("before:2025", "BEFORE 1-Jan-2025"),
    ("after:2025/06", "SINCE 1-Jun-2025"),
    ("after:2025-03-15 before:2025-11-02 budget", 'SINCE 15-Mar-2025 BEFORE 2-Nov-2025 TEXT "budget"'),
    ("newer:30w", "YOUNGER 18144000"),
    ("older:200d -is:unread", "OLDER 17280000 SEEN"),
    ("(from:ada or from:zoe) -(budget or is:unread)", '(OR FROM "ada" FROM "zoe") NOT (OR TEXT "budget" UNSEEN)'),
    ("in:inbox is:unread", "UNSEEN", "INBOX"),
    ("in:archive budget", 'TEXT "budget"', "Archive Archive/Old"),
    ("in:old", "ALL", "Archive/Old"),
    ("in:trash", "ALL", "Trash"),
    ("in:anywhere biscuit", 'TEXT "biscuit"', f"{_ALL} Trash"),
    ("-in:inbox windmill", 'TEXT "windmill"', "Archive Archive/Old"),
    ("", "ALL"),
)
"""(ours, theirs, folders that IMAP has to be asked about one by one)"""

_OTHER = (
    ("house", 'TEXT "house"', "<", "a word of ours begins a word of the mail, a text of IMAP is anywhere in one"),
    ("light", 'TEXT "light"', "=", "the beginning of a word is both"),
    ('"light"', 'TEXT "light"', "<", "in quotation marks a word is whole"),
    ("schon", 'TEXT "schon"', ">", "accents do not matter to us"),
    ("GRUSSE", 'TEXT "GRUSSE"', ">", "ß is ss to us"),
    ("smorrebrod", 'TEXT "smorrebrod"', ">", "ø is o to us"),
    ("ελλαδα", 'TEXT "ελλαδα"', ">", "nor do those of Greek"),
    ("budget/lighthouse", 'TEXT "budget/lighthouse"', ">", "what stands between words does not matter to us"),
    ("boundary", 'TEXT "boundary"', "<", "TEXT looks into every header field, also into those that nobody reads"),
    ("body:html", 'BODY "html"', "<", "Dovecot looks for what is tagged in the HTML, too"),
    (
        "plan.pdf",
        'TEXT "plan.pdf"',
        "=",
        "names of attachments are words of the text to us, and Dovecot reads part headers",
    ),
)
"""(ours, theirs, is ours less or more, why)"""


async def test_forty_queries_find_what_imap_search_finds(dovecot: Dovecot, tmp_path: Path) -> None:
    async with mailbox(dovecot, tmp_path) as (mail, other):
        for query, keys, *where in _SAME:
            mine, its = await ours(mail, query), theirs(other, keys, where[0] if where else _ALL)
            assert mine == its, f"{query}: {mine - its} is only ours, {its - mine} only theirs"
            assert 0 < len(its) < COUNT, query


async def test_where_the_two_differ_we_know_why(dovecot: Dovecot, tmp_path: Path) -> None:
    async with mailbox(dovecot, tmp_path) as (mail, other):
        for query, keys, less_or_more, why in _OTHER:
            mine, its = await ours(mail, query), theirs(other, keys, _ALL)
            is_so = {"<": mine < its, ">": mine > its, "=": mine == its and mine}[less_or_more]
            assert is_so, f"{query}: {len(mine)} ours, {len(its)} theirs; not so: {why}"
