# ruff: noqa: E501 (prose stays in one piece)
"""Single messages that show what a reader must cope with: attachments, an invitation, a receipt, and every trick.

The tricks are real ones, but here they lead nowhere and say so.
"""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from email import encoders
from email.message import Message
from email.mime.base import MIMEBase
from email.mime.image import MIMEImage
from email.mime.multipart import MIMEMultipart
from email.mime.text import MIMEText

from tuimail.demo.attached import invitation_ics, lighthouse_png, one_page_pdf, tide_table_csv
from tuimail.demo.people import CAST, ME, Person
from tuimail.demo.post import SampleMail, basic_fields, whole_mail


def showpieces(now: datetime) -> Iterator[SampleMail]:
    """The finest of the collection, all for INBOX."""
    yield from _with_files(now)
    yield _receipt(now - timedelta(days=1, hours=5))
    yield _forwarded(now - timedelta(days=3, hours=9))
    yield from _tricks(now)


def _mail(
    message: Message,
    sender: Person,
    subject: str,
    when: datetime,
    ident: str,
    flags: tuple[str, ...] = (),
    **forged: str,
) -> SampleMail:
    """To me, in INBOX; `forged` header fields stand as they are instead of the honest ones."""
    fields = dict(basic_fields(sender, [ME], subject, when, f"<{ident}@{sender.email.partition('@')[2]}>"))
    fields.update(forged)
    return SampleMail("INBOX", whole_mail(list(fields.items()), message), when, frozenset(flags))


def _mixed(text: str, *parts: Message, boundary: str) -> MIMEMultipart:
    message = MIMEMultipart("mixed", boundary=f"=_{boundary}")
    message.attach(MIMEText(text, "plain", "utf-8"))
    for part in parts:
        message.attach(part)
    return message


def _file(content: bytes, kind: str, name: str) -> MIMEBase:
    main, _, sub = kind.partition("/")
    part = MIMEBase(main, sub)
    part.set_payload(content)
    encoders.encode_base64(part)
    part.add_header("Content-Disposition", "attachment", filename=("utf-8", "", name) if not name.isascii() else name)
    return part


def _with_files(now: datetime) -> Iterator[SampleMail]:
    when = now - timedelta(hours=3)
    opening = (now + timedelta(days=(5 - now.weekday()) % 7 or 7)).astimezone(UTC).replace(hour=11, minute=0, second=0)
    invitation = MIMEMultipart("alternative", boundary="=_invitation")
    invitation.attach(MIMEText("You are invited: Saturday, eleven o’clock, Gull Rock. Cake.\n", "plain", "utf-8"))
    calendar = MIMEText(invitation_ics(opening, when).decode("ascii"), "calendar", "us-ascii")
    calendar.set_param("method", "REQUEST")
    calendar.set_param("name", "lighthouse.ics")
    invitation.attach(calendar)
    yield _mail(invitation, CAST["sunniva"], "Invitation: Opening of the lighthouse", when, "invite", ("\\Flagged",))

    photo = MIMEImage(lighthouse_png(), "png")
    photo.add_header("Content-Disposition", "attachment", filename="gull-rock-at-night.png")
    plan = _file(
        one_page_pdf(["Gull Rock: order of the day", "", "11:00 Cake", "11:20 Speech", "12:40 End of speech"]),
        "application/pdf",
        "Order of the day.pdf",
    )
    text = "Two things for Saturday: the order of the day, and the photograph I took from the ferry. It is not crooked, the ferry was.\n"
    yield _mail(
        _mixed(text, plan, photo, boundary="photo"),
        CAST["sunniva"],
        "Order of the day, and a photograph",
        now - timedelta(hours=7),
        "photo",
    )

    table = _file(tide_table_csv(now), "text/csv", "pellwick-fortnight.csv")
    text = "The fortnight as CSV, before and after your patch. Before is the wet one.\n"
    yield _mail(
        _mixed(text, table, boundary="csv"),
        CAST["casper"],
        "Tide table to compare",
        now - timedelta(days=1, hours=2),
        "csv",
        ("\\Seen",),
    )

    speech = _file(("Friends,\n\n" + "It was the kettle.\n" * 60).encode(), "text/plain", "Rede – Entwurf № 3.txt")
    text = "A draft in case you are asked to speak as well. I was told the file name is difficult. It is only honest.\n"
    yield _mail(
        _mixed(text, speech, boundary="speech"),
        CAST["magnus"],
        "Speech (spare)",
        now - timedelta(days=2, hours=5),
        "speech",
        ("\\Seen",),
    )

    scans = [
        _file(one_page_pdf([f"Receipt {n}", "One hat", "12.00"]), "application/pdf", f"receipt-{n:02}.pdf")
        for n in range(1, 13)
    ]
    text = "All twelve, scanned, in order. Number eight is a leaf. It was in the folder, and I do not judge.\n"
    yield _mail(
        _mixed(text, *scans, boundary="scans"),
        CAST["barnaby"],
        "The receipts",
        now - timedelta(days=6, hours=8),
        "scans",
        ("\\Seen",),
    )

    related = MIMEMultipart("related", boundary="=_related")
    related.attach(
        MIMEText(
            "<p>Dear Juno,</p><p>This is how it looks from <i>our</i> side of the bay:</p>"
            '<p><img src="cid:night@chloe" alt="A lighthouse at night, small"></p><p>Chloé</p>',
            "html",
            "utf-8",
        )
    )
    inline = MIMEImage(lighthouse_png(96), "png")
    inline.add_header("Content-ID", "<night@chloe>")
    inline.add_header("Content-Disposition", "inline", filename="night.png")
    related.attach(inline)
    yield _mail(related, CAST["chloe"], "Vue d’ici", now - timedelta(days=5, hours=4), "related", ("\\Seen",))


def _receipt(when: datetime) -> SampleMail:
    rows = (
        ("Cake tins, round, 4 sizes", "38.00"),
        ("Marzipan, white (warm)", "11.40"),
        ("Marzipan, white (cold)", "11.40"),
        ("String", "0.40"),
    )
    cells = "".join(f"<tr><td>{what}</td><td align='right'>{cost}</td></tr>" for what, cost in rows)
    page = (
        f"<h2>Thank you for your order</h2><table border=1 cellpadding=4><tr><th>What</th><th>Cost</th></tr>{cells}"
        "<tr><td><b>Total</b></td><td align='right'><b>61.20</b></td></tr></table>"
        "<p>Please keep this receipt. A Mr Quill has already telephoned.</p>"
    )
    text = "Thank you for your order.\n\n" + "".join(
        f"{what:<28}{cost:>8}\n" for what, cost in (*rows, ("Total", "61.20"))
    )
    message = MIMEMultipart("alternative", boundary="=_receipt")
    message.attach(MIMEText(text, "plain", "us-ascii"))
    message.attach(MIMEText(page, "html", "utf-8"))
    return _mail(
        message,
        Person("Marzipan & Sons", "orders@marzipan.test"),
        "Your receipt, order 1852",
        when,
        "receipt",
        ("\\Seen", "\\Flagged"),
    )


def _forwarded(when: datetime) -> SampleMail:
    """A message inside a message (message/rfc822)."""
    inner = MIMEText(
        'Dear Sir,\n\nWe have found a boat. It is called "Sensible". It is not.\n\nThe coastguard\n',
        "plain",
        "us-ascii",
    )
    finder = Person("Coastguard", "watch@coastguard.test")
    found = when - timedelta(hours=5)
    for name, value in basic_fields(finder, [CAST["harbour"]], "Found: one boat", found, "<found@coastguard.test>"):
        inner[name] = value
    outer = MIMEBase("message", "rfc822")
    outer.set_payload([inner])
    return _mail(
        _mixed("Does this belong to anybody we know?\n", outer, boundary="forward"),
        CAST["harbour"],
        "Fwd: Found: one boat",
        when,
        "forward",
        ("\\Seen",),
    )


def _plain(text: str) -> MIMEText:
    return MIMEText(text, "plain", "utf-8")


def _tricks(now: datetime) -> Iterator[SampleMail]:
    """Seven ways to fool a mail reader, each of them declawed."""
    trickster = Person("Trickster (harmless)", "trickster@tricks.test")

    def at(hours: float) -> datetime:
        return now - timedelta(hours=hours)

    message = _plain(
        "The subject of this message holds terminal escape sequences: one to rename your window, one to clear your screen, one to ring.\n\n"
        "If you can read this and your window is still called what it was called, your mail reader has washed its hands before dinner.\n"
    )
    raw = b"\x1b]0;I own this window now\x07\x1b[2JTrick 1: \x1b[31;5mescape\x1b[0m sequences\x07 in the subject"
    subject = f"=?utf-8?B?{b64encode(raw[:44]).decode()}?=\r\n =?utf-8?B?{b64encode(raw[44:]).decode()}?="
    yield _mail(message, trickster, "", at(12), "trick-1", Subject=subject)

    text = "A toolkit that takes text for markup would crash on [/], hide [this] and make [@click=app.quit]a button[/] of the rest.\n"
    yield _mail(_plain(text), trickster, "Trick 2: [bold]markup[/] is [red]just letters[/red] [/]", at(13), "trick-2")

    harmless = _file(
        b"This was never a program. It is a text about pictures of gulls.\n",
        "application/octet-stream",
        "holiday-\u202egpj.exe",
    )
    text = (
        "The attachment seems to be called “holiday-exe.jpg”. There is a right-to-left override in the name: its real end is “.exe”.\n\n"
        "A careful reader shows the name as it is, and a careful person sends photographs of gulls as photographs of gulls.\n"
    )
    yield _mail(
        _mixed(text, harmless, boundary="rtlo"), trickster, "Trick 3: a picture that reads backwards", at(14), "trick-3"
    )

    message = _plain(
        "The sender's name is a whole address, followed by a null and a newline. The address after it is the true one. Whom do you see?\n"
    )
    sender = (
        f"=?utf-8?B?{b64encode(b'harbour.master@pellwick.test').decode()}?==?utf-8?Q?=00=0A?= <trickster@tricks.test>"
    )
    yield _mail(message, trickster, "Trick 4: who is this from?", at(15), "trick-4", From=sender)

    page = (
        "<p>Your kettle has been <b>suspended</b>. Sign in at once:</p>"
        '<p><a href="https://kettle-bank.test.tricks.test/login">https://www.kettle-bank.test/</a></p>'
        '<p>or at <a href="https://pеllwick.test/">pellwick.test</a> (look closely at the first “e”).</p>'
        "<p><small>Both links lead to domains which cannot exist. The first says one thing and goes to another. The second is half Cyrillic.</small></p>"
    )
    yield _mail(
        MIMEText(page, "html", "utf-8"),
        Person("Kettle Bank", "security@tricks.test"),
        "Trick 5: links that look like other links",
        at(16),
        "trick-5",
    )

    page = (
        '<p style="color:#fff;background:#fff;font-size:1px">Invisible words for the spam filter: tea tea tea tea harmless tea.</p>'
        "<script>alert('this would be alarming, if anything here ran scripts')</script>"
        '<form action="https://tricks.test/"><input name="password"><button>Sign in to continue</button></form>'
        "<p>There is a script, a form and a tracking picture in this message. None of them does anything here.</p>"
        '<img src="https://tricks.test/seen.gif?juno" width="1" height="1">'
    )
    yield _mail(
        MIMEText(page, "html", "utf-8"), trickster, "Trick 6: scripts, forms and pixels", at(17), "trick-6", ("\\Seen",)
    )

    message = _plain(
        "Z̸̢̛a̷͝l̵g̶o has asked for the next free table, for one, in your list. Your rows should all be one line high.\n"
    )
    tall = "Trick 7: t\u0334\u0322\u0351a\u0337\u0348l\u0335\u0353\u0310l letters\u2066, turned\u2069\u200b and in\u200dvisible ones"
    yield _mail(message, trickster, tall, at(18), "trick-7", ("\\Seen",))
