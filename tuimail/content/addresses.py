"""Who wrote it: mailboxes out of From, To, Cc and Reply-To (RFC 5322 §3.4), tolerant, linear and hard to fool.

The address is never decoded: an encoded word inside it is shown as sent, so that
`=?utf-8?B?Ym9zc0BiYW5rLnRlc3QNCg==?=@evil.test` still ends in @evil.test (Mailsploit, CVE-2017-7829).
Names are decoded after the list has been cut into mailboxes, so that a comma in a name stays in the name.
"""

from __future__ import annotations

import re
from functools import lru_cache

from tuimail.content.clean import BIDI_MARK, clean_address, clean_line
from tuimail.content.words import collapse, decode_words, raw_text
from tuimail.model import Address

MOST_ADDRESSES = 2_000
MOST_OCTETS = 262_144
"""Of one address field; the rest is cut."""
LONGEST_NAME = 200
LONGEST_ADDRESS = 320
"""64 octets local part, @, 255 octets domain (RFC 5321 §4.5.3.1)."""

# The mailbox nearly everybody sends: an optional name without any special in it, and <address>.
_ORDINARY = re.compile(
    r'\s*(?:"([^"\\<>@]*)"|([^"\\<>()@,;:]*?))\s*<([^\s<>"(),:;@\\]+@[^\s<>"(),:;@\\]+)>\s*|\s*([^\s<>"(),:;@\\]+@[^\s<>"(),:;@\\]+)\s*'
)
_HOST = re.compile(r"\b((?:[a-z0-9-]{1,63}\.){1,4}(?:com|org|net|edu|gov|io|co|eu|de|fr|uk|us|info))\b", re.IGNORECASE)
_FOLD = re.compile(r"\r?\n(?=[ \t])")
_TOKEN = re.compile(r'\\.?|["<>(),;:]|[^"<>(),;:\\]+', re.DOTALL)


def parse_addresses(value: bytes) -> tuple[Address, ...]:
    """Every mailbox of an address field, cleaned; at most MOST_ADDRESSES. Never raises.

    Two addresses in angle brackets: the last is the address, the first stays visible in the name.
    A group without members ("undisclosed-recipients:;") is one Address with an empty email.
    """
    text = raw_text(value[:MOST_OCTETS])
    if "\n" in text:
        text = _FOLD.sub("", text)
    ordinary = _ORDINARY.fullmatch(text)
    if ordinary:
        quoted, plain, angled, bare = ordinary.groups()
        return (_address(quoted or plain or "", angled or bare),)
    return tuple(_scan(text))


@lru_cache(maxsize=4096)
def _known(value: bytes) -> tuple[str, str, int]:
    found = parse_addresses(value)
    if not found:
        return "", "", 0
    return display(found[0]), found[0].email, len(found)


def first_address(value: bytes) -> tuple[str, str, int]:
    """(display, email, number of mailboxes) of an address field; ("", "", 0) when it holds none."""
    return _known(value) if len(value) <= 256 else _known.__wrapped__(value)


def display(address: Address) -> str:
    """What a list shows for a mailbox: the name, or the address when there is none or it poses as another address."""
    return address.email if address.email and (not address.name or impostor(address)) else address.name


def impostor(address: Address) -> str:
    """The address that the name pretends to be, "" for an honest name."""
    if "@" not in address.name or not address.email:
        return ""
    for word in re.split(r"""[\s<>()"',;:\[\]]+""", address.name):
        if "@" in word.strip("@.") and word.casefold() != address.email.casefold():
            return word
    return ""


def _address(name: str, email: str) -> Address:
    name = collapse(clean_line(decode_words(name)))
    if len(name) > LONGEST_NAME:
        name = name[: LONGEST_NAME - 1] + "…"
    email = clean_address(email)
    if len(email) > LONGEST_ADDRESS:  # the domain is what matters, and it stands at the end
        email = "…" + email[1 - LONGEST_ADDRESS :]
    return Address(
        name.removeprefix("'").removesuffix("'") if name.startswith("'") and name.endswith("'") else name, email
    )


def _scan(text: str) -> list[Address]:
    """One pass over the specials: quoted strings, comments, angle brackets, groups."""
    found: list[Address] = []
    phrase: list[str] = []  # as a name reads
    spelled: list[str] = []  # as an address without brackets is spelled, quotes kept
    comment: list[str] = []
    angle: list[str] | None = None
    inside_angle = quoted = False
    depth = 0

    def finish(group: bool = False) -> None:
        nonlocal angle, inside_angle
        bare = "".join(spelled).strip()
        if angle is not None:
            inside = "".join(angle)
            name = "".join(phrase).strip() or "".join(comment)
            found.append(_address(name, inside.strip() if '"' in inside else "".join(inside.split())))
        elif "@" in bare:
            # "Ada ada@example.org", brackets forgotten: the last word with an @ is the address
            words = [bare] if '"' in bare else bare.split()
            email = next(word for word in reversed(words) if "@" in word)
            words.remove(email)
            found.append(_address(" ".join([*words, "".join(comment)]), email))
        elif bare and not group:
            found.append(_address("".join(phrase), ""))
        for pieces in (phrase, spelled, comment):
            pieces.clear()
        angle, inside_angle = None, False

    group_name = ""
    group_start = 0
    for match in _TOKEN.finditer(text):
        token = match[0]
        if len(found) >= MOST_ADDRESSES:
            return found
        written = angle if inside_angle and angle is not None else spelled
        if quoted or token == '"':
            if token == '"':
                quoted = not quoted
            elif written is spelled:
                phrase.append(token[1:] if token[0] == "\\" else token)
            written.append(token)
        elif depth:
            depth += (token == "(") - (token == ")")
            if depth:
                comment.append(token)
        elif token == "(":
            depth = 1
        elif token == "<":
            if angle is not None:
                phrase.extend(["<", *angle, "> "])
            angle, inside_angle = [], True
        elif token == ">":
            inside_angle = False
        elif inside_angle and angle is not None:
            angle.append(token)
        elif token == ":":
            group_name, group_start = "".join(phrase), len(found)
            finish(group=True)
        elif token in ",;":
            finish()
            if token == ";" and group_name and len(found) == group_start:
                found.append(_address(group_name, ""))
            if token == ";":
                group_name = ""
        elif token != ")":
            phrase.append(token[1:] if token[0] == "\\" else token)
            spelled.append(token)
    finish()
    return found


def tricks(address: Address) -> list[str]:
    """What about a sender deserves a warning, each as one sentence."""
    told = []
    if pretended := impostor(address):
        told.append(
            f"The sender's name contains another address ({pretended}); the mail says it is from {address.email}."
        )
    elif named := _named_elsewhere(address):
        told.append(f"The sender's name says {named}; the address is at {address.email.rpartition('@')[2]}.")
    if BIDI_MARK in address.name or BIDI_MARK in address.email:
        told.append("The sender's name holds characters that turn text around; they are shown as marks.")
    if not address.email.isascii():
        spelled = address.email.encode("unicode_escape").decode()
        told.append(f"The sender's address is not all plain letters and may look like another: {spelled}")
    elif "xn--" in address.email.rpartition("@")[2]:
        told.append(f"The sender's address has letters of another script behind xn--: {address.email}")
    return told


def _named_elsewhere(address: Address) -> str:
    """A host in the name that the address has nothing to do with ("paypal.com Support" at evil.example)."""
    domain = address.email.rpartition("@")[2].lower()
    for found in _HOST.findall(address.name):
        host = found.lower().removeprefix("www.")
        if domain and host != domain and not domain.endswith(f".{host}") and not host.endswith(f".{domain}"):
            return str(found)
    return ""
