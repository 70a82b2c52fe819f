"""What stands above a message's text: who, when, what, what to beware of, what is attached. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from rich.cells import cell_len

from tuimail.model import NOT_LOADED, Address, Attachment, Message, Proof, Span, Summary
from tuimail.widgets.dates import long
from tuimail.widgets.lines import EMPTY, Line, chop, wrap
from tuimail.widgets.safe import fit, safe_line, safe_text
from tuimail.widgets.seal_lines import in_header

LABEL = 9
"""Cells of the column of names (From, To, …)."""

MOST_ATTACHMENTS = {"short": 3, "full": 50, "raw": 3}
"""Named above the text, which should not be far away. By mode."""

LEAST_ADDRESS = 16
"""Cells; in less room a name alone says more than the end of an address."""

MODES = ("short", "full", "raw")
"""Views of the header: the few fields that matter, every field decoded, the bytes as sent."""


def octets(size: int) -> str:
    """A size in people's units: "870 B", "12 kB", "1.2 MB"."""
    if size < 1000:
        return f"{size} B"
    value = float(size)
    for unit in ("kB", "MB", "GB"):
        value /= 1000
        if value < 1000 or unit == "GB":
            return f"{value:.1f} {unit}" if value < 10 else f"{value:,.0f} {unit}"
    raise AssertionError


def size_of(attachment: Attachment) -> str:
    """Its size, "?" where a mail only says where it lies."""
    return octets(attachment.size) if attachment.size or attachment.elsewhere is None else "?"


def person(address: Address) -> str:
    """An address with its name, if it has one of its own: "Ada Lovelace <ada@example.org>"."""
    if address.name and address.name != address.email:
        return f"{address.name} <{address.email}>"
    return address.email or address.name


def people(addresses: Sequence[Address], width: int) -> str:
    """As many addresses as fit one line, then how many more there are; at least the first."""
    line = ""
    for index, address in enumerate(addresses):
        longer = f"{line}, {person(address)}" if line else person(address)
        left = len(addresses) - index - 1
        more = _others(left) if left else ""
        if line and cell_len(safe_line(longer)) + len(more) > width:
            return line + _others(left + 1)
        line = longer
        if cell_len(safe_line(line)) + len(more) > width:
            room = max(1, width - len(more))
            return (_narrow(address, room) if room >= LEAST_ADDRESS else fit(line, room)) + more
    return line


def _narrow(address: Address, room: int) -> str:
    """A person in too little room: the name is cut before the address is, and the address at its front, for whom a
    mail is from is told by its domain, which is the end."""
    email = safe_line(address.email)
    if not email:
        return fit(person(address), room)
    name, tail = safe_line(address.name), f" <{email}>"
    if name and cell_len(tail) < room - 3:
        return fit(name, room - cell_len(tail)).rstrip() + tail
    if cell_len(email) <= room:
        return email
    while cell_len(email) >= room:
        email = email[max(1, (cell_len(email) - room) // 2) :]
    return f"…{email}"


def _others(count: int) -> str:
    return f" and {count:,} other{'s' * (count != 1)}"


def _field(name: str, text: str, width: int, style: str) -> Line:
    room = max(1, width - LABEL)
    value = safe_line(text)
    if cell_len(value) > room:
        value = fit(value, room)
    label = f"{name:<{LABEL}}"
    return Line(label + value, (Span(0, LABEL, "label"), Span(LABEL, LABEL + len(value), style)))


def _wrapped_field(name: str, text: str, width: int, style: str) -> list[Line]:
    """A field that may take several lines, under its own column."""
    value = safe_line(text)
    lines: list[Line] = []
    for start, end in wrap(value, max(1, width - LABEL)):
        label = f"{'' if lines else name:<{LABEL}}"
        part = value[start:end]
        lines.append(Line(label + part, (Span(0, LABEL, "label"), Span(LABEL, LABEL + len(part), style))))
    return lines


def _short(fields: Iterable[tuple[str, str, str]], subject: str, width: int) -> list[Line]:
    """The few fields that are not empty, the subject first."""
    lines = _wrapped_field("Subject", subject or "(no subject)", width, "subject")
    lines += [_field(name, text, width, style) for name, text, style in fields if text]
    return lines


def summary_header(summary: Summary, width: int, now: float) -> list[Line]:
    """The header as far as the list knows it, for a message whose text is still on its way."""
    sender = people((Address(summary.sender, summary.email),), max(1, width - LABEL))
    fields = [("From", sender, "sender"), ("To", summary.to, "field"), ("Date", long(summary.date, now), "field")]
    fields += [("Labels", ", ".join(summary.labels), "field")]
    return [*_short(fields, summary.subject, width), *_rule(width)]


def message_header(
    message: Message, width: int, mode: str, now: float, loaded: int = 0, attached_key: str = "A"
) -> list[Line]:
    """Everything above the text of a message.

    mode: one of MODES. loaded: how many of its remote pictures are shown. attached_key: the key of the attachments.
    """
    if mode == "raw":
        lines = _raw(message.raw_headers, width)
    elif mode == "full":
        lines = [line for name, value in message.headers for line in _full(name, value, width)]
        lines += _proof(message.proof, width) if message.proof is not None else []
    else:
        room = max(1, width - LABEL)
        replies = message.reply_to if message.reply_to != message.sender else ()
        leaves = _LEAVES if _leaves(message.sender, replies) else ""
        fields = [
            ("From", people(message.sender, room), "sender"),
            ("Reply to", people(replies, room - len(leaves)) + leaves, "note" if leaves else "field"),
            ("To", people(message.to, room), "field"),
            ("Cc", people(message.cc, room), "field"),
            ("Date", _date(message, now, room), "field"),
            ("Labels", ", ".join(message.labels), "field"),
        ]
        lines = _short(fields, message.subject, width)
    lines += in_header(message.document.seals, LABEL, width)
    if _word(message) == "failed":
        lines += _note("The sender's domain says that this mail is not from there.", width)
    for note in message.notes:
        if not (loaded and note.startswith(NOT_LOADED)):
            lines += _note(note, width)
    if loaded:
        remote = sum(picture.remote for picture in message.document.pictures)
        lines += _note(f"Remote images loaded: {loaded:,} of {remote:,}.", width)
    return [*lines, *_attachments(message.attachments, MOST_ATTACHMENTS[mode], attached_key, width), *_rule(width)]


_LEAVES = " · another domain"
# On the line of the date, all of whose words are ours: a name or a subject cannot bring this about.
_PROVEN = {"verified": "verified", "unproven": "unverified"}


def _leaves(sender: Sequence[Address], replies: Sequence[Address]) -> bool:
    """Answers would go to a domain that has nothing to do with the sender's."""
    home = sender[0].email.rpartition("@")[2].lower() if sender else ""
    domains = (address.email.rpartition("@")[2].lower() for address in replies)
    return any(not (f".{domain}".endswith(f".{home}") or f".{home}".endswith(f".{domain}")) for domain in domains)


def _word(message: Message) -> str:
    return "" if message.proof is None else message.proof.word


def _date(message: Message, now: float, room: int) -> str:
    """When, how long ago where there is room, and what is known of the sender."""
    when = "" if message.date is None else long(message.date, now)
    word = _PROVEN.get(_word(message), "")
    if cell_len(f"{when} · {word}") > room and word:
        when = when.partition(" · ")[0]
    return " · ".join(filter(None, [when, word]))


def _proof(proof: Proof, width: int) -> list[Line]:
    """What the one word rests on."""
    return _full("Sender", f"{proof.word}, says {proof.by}: {', '.join(proof.reasons) or 'no findings'}", width)


def _rule(width: int) -> list[Line]:
    return [Line("─" * width, (Span(0, width, "rule"),)), EMPTY]


def _full(name: str, value: str, width: int) -> list[Line]:
    text = safe_line(f"{name}: {value}")
    colon = min(len(safe_line(name)) + 1, len(text))
    lines: list[Line] = []
    for start, end in wrap(text, width):
        label = max(0, min(colon, end) - start) if not lines else 0
        spans = (Span(0, label, "label"), Span(label, end - start, "field"))
        lines.append(Line(text[start:end], spans))
    return lines


def _raw(block: str, width: int) -> list[Line]:
    lines: list[Line] = []
    for field in safe_text(block).rstrip("\n").split("\n"):
        line = safe_line(field)
        lines += [Line(line[start:end], (Span(0, end - start, "field"),)) for start, end in chop(line, width)]
    return lines


def _note(note: str, width: int) -> list[Line]:
    text = safe_line(note)
    lines: list[Line] = []
    for start, end in wrap(text, max(1, width - 2)):
        part = ("  " if lines else "! ") + text[start:end]
        lines.append(Line(part, (Span(0, len(part), "note"),)))
    return lines


def _attachments(attachments: Sequence[Attachment], most: int, key: str, width: int) -> list[Line]:
    """A line for each of the first ones, and one for all the others, which stands for two at least."""
    named = attachments if len(attachments) <= most + 1 else attachments[:most]
    lines = [_attachment(attachment, width) for attachment in named]
    if left := attachments[len(named) :]:
        size = octets(sum(each.size for each in left))
        text = fit(f"+ {len(left):,} more, {size} · {key} lists them all", width).rstrip()
        lines.append(Line(text, (Span(0, len(text), "dim"),)))
    return lines


def _attachment(attachment: Attachment, width: int) -> Line:
    """Name and type share the line, each cut to its half when both are long; the size always shows."""
    size = size_of(attachment)
    room = max(2, width - len(f"+   {size}  "))
    name, kind = safe_line(attachment.name[:1000]), safe_line(attachment.type[:200])
    kind_room = max(room - cell_len(name), room // 2)
    if cell_len(kind) > kind_room:
        kind = fit(kind, kind_room)
    if cell_len(name) > room - cell_len(kind):
        name = fit(name, room - cell_len(kind))
    text = f"+ {name}  {kind}  {size}"
    if cell_len(text) > width:
        text = fit(text, width)
    return Line(text, (Span(0, len(text), "attachment"), Span(min(len(text), 2 + len(name)), len(text), "dim")))
