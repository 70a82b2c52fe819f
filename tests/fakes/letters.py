"""Forty letters for FakeMail: many scripts, long subjects, attachments, quotes, and a few that mean harm."""

from __future__ import annotations

from collections.abc import Iterator

from tuimail.model import Address, Attachment, Block, Document, Flag, Link, Message, Span, Summary

NOW = 1795185000  # Fri 20 Nov 2026 14:30 UTC

ME = Address("Ada Lovelace", "ada@example.org")
MINUTE = 60

_REPLY = Document(
    (
        Block("text", "Hi Ada,", gap=False),
        Block(
            "text",
            "the bridge works again. We replaced the second relay, checked every contact twice and let it run "
            "through the night: not one lost count in 4,096 turns. Thursday at ten would suit me best for the "
            "hand-over — bring the punched cards, I bring the coffee.",
            (Span(151, 166, "bold"),),
        ),
        Block("text", "Two things are left for you to decide:"),
        Block("text", "which of the two spare drums stays here, and", first="  • ", rest="    "),
        Block("text", "whether the log goes to the archive or to Menabrea.", first="  • ", rest="    ", gap=False),
        Block("text", "The drawings are on the shelf [1]; the long report is attached.", (Span(24, 29, "link:1"),)),
        Block("text", "On Thursday, Ada Lovelace wrote:", (Span(0, 32, "dim"),), level=0),
        Block("text", "Did the second relay hold? I should like to see the numbers before we promise anything to the "
              "Society.", first="│ ", rest="│ ", level=1, gap=False),
        Block("text", "And please, no more soldering after midnight.", first="│ ", rest="│ ", level=1, gap=False),
        Block("signature", "Grace Hopper\nHarvard Computation Laboratory"),
    ),
    (Link("https://example.org/drawings/bridge-7", "shelf"),),
)  # fmt: skip

_LONG = "\n".join(f"Line {n}: the engine weaves patterns as the loom weaves flowers." for n in range(80))

# minutes ago | folder | sender | address | marks | octets | subject
# marks: s seen, f starred, a answered, d draft, @ attachment
_TABLE = """
    12 | INBOX | Grace Hopper | grace@example.org | @ | 48200 | Re: The bridge works again
    47 | INBOX | 山田 花子 | hanako@example.jp | @ | 220000 | 来週の打ち合わせについて（資料添付）
    95 | INBOX | Charles Babbage | charles@example.org | sf@ | 8400000 | Drawings for the mill, sheets 1–14
   140 | INBOX | Mary Somerville | mary@example.org | sa | 9300 | On the connexion of the physical sciences
   200 | INBOX | נועה לוי | noa@example.il | - | 4100 | שלום! תוכנית הביקור ביום ראשון
   260 | INBOX | Textual releases | releases@example.org | s | 31000 | 🎉 Textual 8.2.8 is out — what is new and what to watch for when you upgrade a larger program
   400 | INBOX | Luigi Menabrea | luigi@example.it | s | 12800 | Notions sur la machine analytique
   700 | INBOX | GitHub | noreply@github.example | s | 7700 | [textual] Fix resize of docked widgets (#5123)
  1000 | INBOX | The Night Train | tickets@example.eu | sf@ | 190000 | Your tickets: Vienna → Paris, 3 December
  1300 | INBOX | Sophie Germain | sophie@example.fr | - | 5600 | Élasticité : une question sur les surfaces
  1700 | INBOX | Michael Faraday | michael@example.org | s | 3000 | Lecture on Friday
  2300 | INBOX | Билет-Сервис | info@example.ru | s | 15000 | Ваш заказ подтверждён
  2900 | INBOX | محمد الخوارزمي | mohammed@example.iq | s | 6200 | مرحبا، هذا هو الفصل الثاني
  3100 | INBOX | Emmy Noether | emmy@example.de | sa@ | 640000 | Invariante Variationsprobleme: Korrekturfahnen
  3500 | INBOX | Family 👩‍👩‍👧‍👦 | family@example.org | s | 2300 | Sunday lunch 🥧🍷
  4300 | INBOX | [b]Not bold[/b] | markup@example.org | - | 1200 | [/] [@click=app.quit]free money[/] [red]x
  4700 | INBOX | Alan Turing | alan@example.org | s | 22000 | Computable numbers
  5200 | INBOX | City library | library@example.org | s | 3400 | Two books are due on Monday
  5800 | INBOX | Katherine Johnson | katherine@example.org | sf@ | 52000 | Trajectory, checked by hand
  6500 | INBOX | 김민준 | minjun@example.kr | s | 8100 | 회의록 공유드립니다
  7600 | INBOX | Rosalind Franklin | rosalind@example.org | s@ | 2900000 | Photograph 51
  9000 | INBOX | Bank | statements@example.org | s | 11000 | Your statement for October is ready
 10400 | INBOX | Hedy Lamarr | hedy@example.org | s | 14000 | Fwd: Frequency hopping
 12800 | INBOX | Weather service | alerts@example.org | s | 1900 | Frost tonight
 15000 | INBOX | Lise Meitner | lise@example.se | s | 6700 | A walk in the snow
 18000 | INBOX | Conference desk | desk@example.org | sa | 8800 | Your talk has been accepted (session B, room 4)
 23000 | INBOX | Ida Rhodes | ida@example.org | s | 19000 | Notes on the instruction code
 30000 | INBOX | Post office | parcel@example.org | s | 2500 | Parcel waiting
 90000 | INBOX | Joan Clarke | joan@example.org | s | 3300 | The chess set
400000 | INBOX | Annie Easley | annie@example.org | s@ | 410000 | Centaur: the numbers of last year
  3000 | Archive | Edith Clarke | edith@example.org | s | 5100 | The calculator, patented
  8000 | Archive | Mary Kenneth Keller | keller@example.org | s@ | 330000 | Thesis, final copy
 11000 | Sent | Ada Lovelace | ada@example.org | s | 2100 | Re: Drawings for the mill
 13000 | Sent | Ada Lovelace | ada@example.org | s@ | 77000 | Note G
   600 | Drafts | Ada Lovelace | ada@example.org | sd | 900 | To the Society (draft)
  5000 | Trash | Casino | win@example.net | s | 5000 | You have won
  1500 | Lists/python-dev | Guido | guido@example.org | - | 12000 | PEP 999: a small proposal
  1600 | Lists/python-dev | Barry | barry@example.org | - | 7000 | Re: PEP 999: a small proposal
  2500 | Lists/textual | Will | will@example.org | s | 21000 | How the compositor works
 20000 | Receipts | Stationer | shop@example.org | s@ | 88000 | Receipt: ink, paper, ribbons
"""  # noqa: E501
_FLAGS = {"s": Flag.SEEN, "f": Flag.FLAGGED, "a": Flag.ANSWERED, "d": Flag.DRAFT}


def _letter(message_id: int, row: Summary) -> Message:
    document = Document((Block("text", "Dear Ada,", gap=False), Block("text", f"this is about: {row.subject}.")))
    attachments: tuple[Attachment, ...] = ()
    notes: tuple[str, ...] = ()
    if message_id == 1:
        document = _REPLY
        attachments = (
            Attachment("relay-report.pdf", "application/pdf", 45_000, "2"),
            Attachment("contacts.csv", "text/csv", 1_800, "3"),
        )
    elif message_id == 3:
        document = Document((Block("pre", _LONG, gap=False),))
        attachments = (Attachment("sheets-1-14.tiff", "image/tiff", 8_300_000, "2"),)
    elif message_id == 16:
        document = Document((Block("text", "[/] [@click=app.quit]click here[/] [bold]now[/bold]", gap=False),))
        notes = ("The sender writes one name and uses another address.",)
    headers = (
        ("From", f"{row.sender} <{row.email}>"),
        ("To", "Ada Lovelace <ada@example.org>"),
        ("Subject", row.subject),
        ("Message-ID", f"<{message_id}@example.org>"),
    )
    return Message(
        id=message_id,
        subject=row.subject,
        sender=(Address(row.sender, row.email),),
        to=(ME,),
        cc=(),
        reply_to=(),
        date=row.date,
        headers=headers,
        document=document,
        attachments=attachments,
        notes=notes,
        raw_headers="\r\n".join(f"{name}: {value}" for name, value in headers),
    )


def _row(
    message_id: int, at: int, sender: str, email: str, subject: str, flags: Flag, clip: bool, size: int
) -> Summary:
    return Summary(
        message_id, 0, str(message_id), at, at, sender, email, "Ada Lovelace", subject, flags, size, clip, True, False
    )


def letters() -> Iterator[tuple[str, Summary, Message]]:
    """(folder name, row without its folder, letter), newest of the inbox first, ids from 1."""
    for message_id, line in enumerate(_TABLE.strip().splitlines(), 1):
        ago, folder, sender, email, marks, size, subject = (field.strip() for field in line.split(" | ", 6))
        flags = Flag.NONE
        for mark in marks.strip("-@"):
            flags |= _FLAGS[mark]
        row = _row(message_id, NOW - int(ago) * MINUTE, sender, email, subject, flags, "@" in marks, int(size))
        yield folder, row, _letter(message_id, row)


def welcome(message_id: int, subject: str, sender: str, at: int) -> tuple[Summary, Message]:
    """A letter that has just come."""
    row = _row(message_id, at, sender, "new@example.org", subject, Flag.NONE, False, 1_000)
    return row, _letter(message_id, row)
