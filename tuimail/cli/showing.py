"""One message without a screen: `show`, of an account or from a file, for people and for programs."""

from __future__ import annotations

import argparse
import asyncio
import sys
from pathlib import Path

from tuimail.cli import output
from tuimail.cli.opening import opening
from tuimail.content.clean import clean_body, clean_line
from tuimail.errors import NotFound, TuimailError, UsageError
from tuimail.model import Address, Folder, Message
from tuimail.records import replace
from tuimail.sync.library import REST

STDIN = "-"


def show(options: argparse.Namespace) -> int:
    """Print one message: of an account by its id, or out of a file."""
    if options.id.isascii() and options.id.isdigit() and len(options.id) < 19:
        return asyncio.run(_of_account(options, int(options.id)))
    if options.place:
        raise UsageError(f"“{clean_line(options.id)}” is no id.", "tuimail list shows the ids.")
    raw = read_file(options.id)
    if options.raw:
        _write_raw(raw)
    elif options.html_source:
        _write_html_source(raw, options.charset)
    else:
        from tuimail.content.mime import parse

        _print(parse(raw, charset=options.charset), options, None)
    return 0


async def _of_account(options: argparse.Namespace, message_id: int) -> int:
    async with opening(options, options.place).mail(read_only_ok=True) as mail:
        row = mail.summary(message_id)
        if row is None:
            raise NotFound(f"There is no message {message_id}.", "tuimail list shows the ids.")
        whole = options.raw or options.html_source
        if whole or not row.cached:
            mail.start()  # its text has to come over the network
        if whole:
            raw = await mail.raw(message_id)
            _write_raw(raw) if options.raw else _write_html_source(raw, options.charset)
            return 0
        message = await mail.message(message_id, charset=options.charset)
        if message.beginning:
            mail.start()
            try:
                await mail.raw(message_id)
            except TuimailError as error:
                output.note(str(error))
                message = replace(message, notes=(REST,))
            else:
                message = await mail.message(message_id, charset=options.charset)
        _print(message, options, mail.folder(row.folder_id))
    return 0


def read_file(name: str) -> bytes:
    """The octets of a mail file, or of standard input for "-". Raises NotFound with the reason."""
    if name == STDIN:
        return sys.stdin.buffer.read()
    from tuimail.net.boxes import find_boxes, read_letter

    path = Path(name)
    try:
        with path.open("rb") as file:
            beginning = file.read(5)
        if beginning != b"From ":
            return path.read_bytes()
        (letter, *others) = find_boxes(path)[0].letters
        if others:
            raise NotFound(f"{name} holds {len(others) + 1:,} messages.", f"Open it with: tuimail open {name}")
        return read_letter(letter)
    except IsADirectoryError:
        raise NotFound(f"{name} is a directory.", f"Open it with: tuimail open {name}") from None
    except FileNotFoundError:
        raise NotFound(f"There is no file “{name}”, and it is no id either.", "tuimail list shows the ids.") from None
    except OSError as error:
        raise NotFound(f"{name} cannot be read: {error.strerror}.") from error


def _print(message: Message, options: argparse.Namespace, folder: Folder | None) -> None:
    if options.json:
        output.as_json(message_json(message, folder))
    elif options.headers:
        output.lines("\n".join(f"{name}: {value}" for name, value in message.headers))
    elif options.text:
        output.lines(output.readable(message.document, output.width()))
    else:
        output.lines(message_text(message))


def _write_raw(raw: bytes) -> None:
    """Byte for byte, except to a terminal, which would obey what it finds in there."""
    if sys.stdout.isatty():
        output.lines(clean_body(raw.decode("utf-8", "replace")))
        return
    sys.stdout.flush()
    sys.stdout.buffer.write(raw)
    sys.stdout.buffer.flush()


def _write_html_source(raw: bytes, charset: str) -> None:
    from tuimail.content.mime import html_source

    source = html_source(raw, charset)
    if not source:
        raise NotFound("This message has no HTML.", "Read its text without --html-source.")
    output.lines(source)


def message_text(message: Message) -> str:
    """A message as people read it: who and when, what to beware of, the text, its links, what is attached."""
    people = (("From", message.sender), ("To", message.to), ("Cc", message.cc), ("Reply-To", message.reply_to))
    told = [f"{name}: {', '.join(map(_written, addresses))}" for name, addresses in people if addresses]
    if message.date is not None:
        told.append(f"Date: {output.local_time(message.date)}")
    told += [f"Subject: {message.subject}", ""]
    told += [f"! {remark}" for remark in (*message.notes, *_seals(message))]
    told.append(output.readable(message.document, output.width()))
    links = [
        f"[{number}] {link.url}{link.warning and f'  ! {link.warning}'}"
        for number, link in enumerate(message.document.links, 1)
    ]
    attached = [f"@ {part.name} ({part.type}, {part.size} octets)" for part in message.attachments]
    for more in (links, attached):
        if more:
            told += ["", *more]
    return "\n".join(told)


def _seals(message: Message) -> list[str]:
    """What is signed or encrypted; gpg is not asked here."""
    return [f"{'' if seal.whole else 'In part: '}{seal.lines[0]}" for seal in message.document.seals]


def _written(address: Address) -> str:
    return f"{address.name} <{address.email}>" if address.name else address.email


def _address_json(address: Address) -> dict[str, str]:
    return {"name": address.name, "email": address.email}


def message_json(message: Message, folder: Folder | None) -> dict[str, object]:
    """What `tuimail show --help` promises. folder: None for a message out of a file."""
    return {
        "id": message.id if folder else None,
        "account": folder.account if folder else "",
        "folder": folder.name if folder else "",
        "subject": message.subject,
        "from": [_address_json(address) for address in message.sender],
        "to": [_address_json(address) for address in message.to],
        "cc": [_address_json(address) for address in message.cc],
        "reply_to": [_address_json(address) for address in message.reply_to],
        "date": output.iso(message.date),
        "message_id": next((value for name, value in message.headers if name.lower() == "message-id"), ""),
        "parts": [
            {"path": piece.section, "type": piece.type, "name": piece.name, "size": piece.size}
            for piece in message.pieces
        ],
        "text": output.readable(message.document),
        "links": [link.url for link in message.document.links],
        "attachments": [
            {"path": part.section, "type": part.type, "name": part.name, "size": part.size}
            for part in message.attachments
        ],
        "warnings": [
            *message.notes,
            *_seals(message),
            *(link.warning for link in message.document.links if link.warning),
        ],
        "headers": [list(field) for field in message.headers],
    }
