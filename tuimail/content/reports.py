"""Reports of mail systems in words: what became of a message (RFC 3464), or of its reader (RFC 8098).

A report is fields for programs. People want to know who did not get it, why, and what to do now. Nobody signs
a report, so the card says whose word it is.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from tuimail.content.clean import clean_address
from tuimail.content.draft import Draft
from tuimail.content.headers import fields
from tuimail.content.words import decode_text
from tuimail.model import Span

MOST_OCTETS = 262_144
MOST_RECIPIENTS = 50
"""Told one by one; the others are counted."""
LONGEST_DIAGNOSTIC = 600
EDGE = "┃ "

_GAP = re.compile(rb"\n[ \t]*\r?\n")
# status-code = DIGIT "." 1*3DIGIT "." 1*3DIGIT   (RFC 3464 §2.3.4)
_STATUS = re.compile(r"([245])\.(\d{1,3})\.(\d{1,3})")

_TITLES = {
    "failed": "Not delivered",
    "delayed": "Delayed, still being tried",
    "delivered": "Delivered",
    "relayed": "Passed on to a system that reports no further",
    "expanded": "Delivered to a list, which sent it on",
}
_CHECK = "Check the address for a slip, or ask for the right one another way."
_LATER = "Send it again later, or write another way."
_OTHER_WAY = "Ask the recipient another way; their system has to let it in."
_SMALLER = "Send less: a link instead of the file, or several messages."
_OPERATOR = "Nothing you wrote is wrong; if it stays so, tell the recipient or your provider."
# subject.detail, or subject, of RFC 3463 §3: why, and what to do
_REASONS = {
    "1.1": ("There is no such mailbox.", _CHECK),
    "1.2": ("There is no such mail domain.", _CHECK),
    "1.3": ("The address is not spelled as an address can be.", _CHECK),
    "1.4": ("The address fits more than one mailbox.", _CHECK),
    "1.6": ("The mailbox has moved, and did not say where to.", _CHECK),
    "1.7": ("Your own address was not accepted as it is spelled.", "Check the sender's address in your settings."),
    "1.8": ("The domain of your own address was not accepted.", "Check the sender's address in your settings."),
    "1.10": ("The domain says that it takes no mail.", _CHECK),
    "1": ("The address was not accepted.", _CHECK),
    "2.1": ("The mailbox is there, but takes no mail.", _LATER),
    "2.2": ("The mailbox is full.", _LATER),
    "2.3": ("The message is larger than this mailbox takes.", _SMALLER),
    "2.4": ("The mailing list could not be expanded.", "Tell whoever keeps the list."),
    "2": ("Something is wrong with the mailbox.", _LATER),
    "3.1": ("The other mail system is full.", _LATER),
    "3.4": ("The message is larger than the other system takes.", _SMALLER),
    "3": ("Something is wrong with the other mail system.", _LATER),
    "4.1": ("The other host did not answer.", _LATER),
    "4.2": ("The connection to the other host broke.", _LATER),
    "4.3": ("A directory the servers need did not answer.", _LATER),
    "4.4": ("No way to the other host was found.", _CHECK),
    "4.6": ("The message went round in a loop.", _OPERATOR),
    "4.7": ("It could not be delivered in the time allowed.", _LATER),
    "4": ("The way to the other host did not work.", _LATER),
    "5.3": ("There were too many recipients.", "Send it to fewer people at a time."),
    "5": ("The servers did not understand each other.", _OPERATOR),
    "6": ("The form of the message was not accepted.", "Send it as plain text, or without the attachment."),
    "7": ("The other system refused it by its own rules.", _OTHER_WAY),
}
_DISPOSITIONS = {
    "displayed": "Displayed to",
    "deleted": "Deleted without being displayed by",
    "dispatched": "Sent on by a program for",
    "processed": "Handled by a program for",
    "denied": "No word is given about",
    "failed": "Could not be handled for",
}


def write_report(draft: Draft, data: bytes) -> None:
    """Add a delivery status or a disposition notification to a draft, as a card for each recipient.

    data: the part, transfer encoding undone. Never raises; what is no report adds nothing but its text.
    """
    groups = [
        dict(reversed(fields(group.lstrip(b"\r\n"))))
        for group in _GAP.split(data[:MOST_OCTETS], 2_000)
        if group.strip()
    ]
    first = groups[0] if groups else {}
    reporter = _after_type(first.get(b"reporting-mta")) or clean_address(decode_text(first.get(b"reporting-ua", b"")))
    recipients = [group for group in groups if b"final-recipient" in group or b"original-recipient" in group]
    if not recipients:
        text = "\n".join(decode_text(line) for line in data[:MOST_OCTETS].splitlines()[:1_000])
        if text.strip():
            draft.add("pre", text)
        return
    for group in recipients[:MOST_RECIPIENTS]:
        _card(draft, *(_disposition(group) if b"disposition" in group else _delivery(group)))
    if len(recipients) > MOST_RECIPIENTS:
        _line(draft, f"and {len(recipients) - MOST_RECIPIENTS} more recipients")
    _line(draft, f"This is the word of {reporter or 'an unnamed system'}; nobody has checked it.", dim=True)


def _card(draft: Draft, title: str, lines: list[str]) -> None:
    draft.add("heading", title, first=EDGE, rest=EDGE, gap=bool(draft.blocks))
    for line in filter(None, lines):
        _line(draft, line)


def _line(draft: Draft, text: str, *, dim: bool = False) -> None:
    draft.add("text", text, (Span(0, len(text), "dim"),) if dim else (), first=EDGE, rest=EDGE, gap=False)


def _delivery(group: Mapping[bytes, bytes]) -> tuple[str, list[str]]:
    action = decode_text(group.get(b"action", b"")).partition("(")[0].strip().lower()
    who = _after_type(group.get(b"original-recipient")) or _after_type(group.get(b"final-recipient"))
    title = f"{_TITLES.get(action, 'Something happened to the message')}: {who}"
    final = _after_type(group.get(b"final-recipient"))
    lines = [f"It was sent on to {final}." if final and final.casefold() != who.casefold() else ""]
    if action not in ("failed", "delayed"):
        return title, lines
    why, do = _reason(decode_text(group.get(b"status", b"")))
    diagnostic = _after_type(group.get(b"diagnostic-code"))[:LONGEST_DIAGNOSTIC]
    host = _after_type(group.get(b"remote-mta"))
    lines.append(f"Why: {why}")
    if diagnostic:
        lines.append(f"{host or 'The server'} said: {diagnostic}")
    if action == "delayed":
        until = decode_text(group.get(b"will-retry-until", b""))
        do = f"Nothing yet: it will be tried again{f' until {until}' if until else ''}."
    lines.append(f"What to do: {do}")
    return title, lines


def _reason(status: str) -> tuple[str, str]:
    found = _STATUS.search(status)
    if found is not None:
        subject, detail = str(int(found[2])), str(int(found[3]))
        if reason := _REASONS.get(f"{subject}.{detail}") or _REASONS.get(subject):
            return reason
        if found[1] == "4":
            return "It did not work for now, for no reason given.", _LATER
    return "No reason is given that could be put in words.", "Read what the server said, below or in the raw message."


def _disposition(group: Mapping[bytes, bytes]) -> tuple[str, list[str]]:
    # disposition-field = "Disposition" ":" action-mode ";" disposition-type [ "/" modifiers ]   (RFC 8098 §3.2.6)
    mode, _, kind = decode_text(group[b"disposition"]).lower().partition(";")
    kind = kind.partition("/")[0].strip()
    who = _after_type(group.get(b"original-recipient")) or _after_type(group.get(b"final-recipient"))
    lines = ["A program did this by itself." if mode.startswith("automatic") else ""]
    if kind == "displayed":
        lines.append("That it was displayed does not say that it was read.")
    told = ((name.decode().title(), decode_text(group.get(name, b""))) for name in (b"failure", b"error", b"warning"))
    lines += [f"{name}: {text[:LONGEST_DIAGNOSTIC]}" for name, text in told if text]
    if about := decode_text(group.get(b"original-message-id", b"")):
        lines.append(f"It is about the message {about[:LONGEST_DIAGNOSTIC]}")
    return f"{_DISPOSITIONS.get(kind, 'A receipt was sent by')} {who}", lines


def _after_type(value: bytes | None) -> str:
    """ "rfc822; ada@example.org" → "ada@example.org" (RFC 3464 §2.1.2)."""
    if value is None:
        return ""
    before, semicolon, text = decode_text(value).partition(";")
    return clean_address((text if semicolon else before).strip())
