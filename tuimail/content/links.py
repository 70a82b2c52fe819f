"""Links: which may be opened at all, where they really lead, and finding them in plain text in linear time."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator
from urllib.parse import parse_qsl, quote, urlsplit

from tuimail.content.clean import clean_address, clean_line
from tuimail.model import Link

SCHEMES = frozenset(["http", "https", "mailto", "tel"])
"""Everything else (javascript:, data:, file:) is no link."""
LONGEST = 8_000
SAYS = "says "
"""How the warning begins about words that name another host."""
LONGEST_HOST = 60
"""Characters of a host that stands in a text."""
MOST_NAMED = 3
"""Hosts of one sentence."""
_MAILTO_FIELDS = frozenset(["subject", "body", "cc", "in-reply-to", "references"])
"""As in mutt's mailto_allow: `attach` has leaked files (Mailto: Me Your Secrets, CNS 2020)."""

# One pass: a scheme, then everything up to a blank, quote or bracket; the tail is trimmed afterwards.
_IN_TEXT = re.compile(r"""\b(?:https?://|mailto:)[^\s<>"\x00-\x20\u2426\ufffd]{2,}""", re.IGNORECASE)
_TAIL = ".,;:!?'*_]}’”»"
_LOOKS_LIKE_HOST = re.compile(r"(?:https?://)?((?:[\w-]{1,63}\.){1,8}[a-z]{2,24})(?:[/:?#]|$)", re.IGNORECASE)
_CONTROL = re.compile(r"[\s\x00-\x20\x7f-\x9f]+")


def scan(text: str) -> Iterator[tuple[int, int]]:
    """(start, end) of every http, https and mailto URL in cleaned text."""
    for found in _IN_TEXT.finditer(text):
        start, end = found.span()
        if end - start > LONGEST:
            continue
        spare = text.count(")", start, end) - text.count("(", start, end)  # brackets around the URL, not of it
        while end > start and (text[end - 1] in _TAIL or (text[end - 1] == ")" and spare > 0)):
            end -= 1
            spare -= text[end] == ")"
        if end - start > 9:
            yield start, end


def tidy(href: str) -> str:
    """A target as it may be shown and opened, "" when it must not be."""
    href = clean_address(_CONTROL.sub("", href[: 2 * LONGEST]))[:LONGEST]
    try:
        parts = urlsplit(href)
        host = parts.hostname
    except ValueError:
        return ""
    scheme = parts.scheme.lower()
    if scheme not in SCHEMES or (scheme in ("http", "https") and not host):
        return ""
    return _mailto(parts.path, parts.query) if scheme == "mailto" else href


def _mailto(to: str, query: str) -> str:
    kept = []
    for name, value in parse_qsl(query[:LONGEST], max_num_fields=20) if query.count("&") < 20 else []:
        if name.lower() in _MAILTO_FIELDS:
            plain = value if name.lower() == "body" else " ".join(value.split())
            kept.append(f"{name.lower()}={quote(plain.replace(chr(0), ''))}")
    to = quote(" ".join(_unquoted_lines(to).split()), safe="@,%+!#$'*-/=?^_`{|}~.")
    return f"mailto:{to}" + ("?" + "&".join(kept) if kept else "")


def _unquoted_lines(text: str) -> str:
    return re.sub(r"%0[0ad]", " ", text, flags=re.IGNORECASE)


def warning(url: str, text: str = "") -> str:
    """Why the link may not be what it says; "" when nothing was found. text: what the mail shows for it."""
    try:
        parts = urlsplit(url)
        host = (parts.hostname or "").removeprefix("www.")
    except ValueError:
        return "the address cannot be read"
    if parts.scheme.lower() not in ("http", "https"):
        return ""
    named = _LOOKS_LIKE_HOST.match(text.strip()[:300])
    if named:
        says = named[1].lower().removeprefix("www.")
        if says != host and not host.endswith("." + says):
            return f"{SAYS}{named[1]}, goes to {parts.hostname}"
    if parts.username is not None:
        return f"goes to {parts.hostname}; what stands before the @ is only a name"
    return "" if host.isascii() and "xn--" not in host else _trick(host)


def other_spelling(host: str) -> str:
    """The letters behind xn-- (RFC 3492), or the xn-- behind letters; "" for a host that has only one spelling."""
    labels = []
    for label in host[:255].split("."):
        try:
            if label.lower().startswith("xn--"):
                labels.append(_letters(label))
            elif not label.isascii():
                labels.append("xn--" + label.encode("punycode").decode("ascii"))
            else:
                labels.append(label)
        except (UnicodeError, ValueError, OverflowError):
            labels.append(label)
    other = ".".join(labels)
    return other if other != host else ""


def also_written(url: str) -> str:
    """The host of a link in its other spelling; "" when it has only one."""
    if url.isascii() and "xn--" not in url.lower():
        return ""
    return other_spelling(_host(url))


def _host(url: str) -> str:
    url = url[:LONGEST]
    try:
        return urlsplit(url).hostname or "" if url.lower().startswith("http") else ""
    except ValueError:
        return ""


def other_letters(links: Iterable[Link]) -> str:
    """A calm sentence about hosts in letters beyond a to z, in both spellings; "" when there are none.

    Most are simply names of their countries, but who reads one spelling may know only the other.
    """
    told: dict[str, None] = {}
    for link in links:
        if link.also and not link.warning:
            host = _host(link.url)
            letters, plain = (link.also, host) if host.isascii() else (host, link.also)
            told[f"{letters} (in plain letters {plain})"] = None
    named = ", ".join(list(told)[:MOST_NAMED])
    left = f" and {len(told) - MOST_NAMED:,} more" if len(told) > MOST_NAMED else ""
    return f"{'Links go' if len(told) > 1 else 'A link goes'} to {named}{left}." if told else ""


def beware(links: Iterable[Link]) -> str:
    """A sentence about hosts that play tricks; "" when none does.

    Not about words that name another host: that is told where they stand, and newsletters do it for counting.
    """
    told = dict.fromkeys(link.warning for link in links if link.warning and not link.warning.startswith(SAYS))
    left = f"; and {len(told) - MOST_NAMED:,} more" if len(told) > MOST_NAMED else ""
    return f"A link may not be what it seems: {'; '.join(list(told)[:MOST_NAMED])}{left}." if told else ""


def true_host(url: str) -> str:
    """The host of a link in plain letters, of a long one the end, which says whose it is; "" without one."""
    host = _host(url)
    plain = host if host.isascii() else other_spelling(host)
    return plain if len(plain) <= LONGEST_HOST else f"…{plain[1 - LONGEST_HOST :]}"


def _letters(label: str) -> str:
    """What an xn-- label stands for. Raises UnicodeError, ValueError, OverflowError."""
    return clean_line(label[4:68].encode("ascii").decode("punycode"))


def _trick(host: str) -> str:
    """Why a host is not written as people write hosts; "" when it is."""
    labels = []
    for label in host[:255].split("."):
        try:
            labels.append(_letters(label) if label.startswith("xn--") else label)
        except (UnicodeError, ValueError, OverflowError):
            return f"{host} cannot be read"
    name = ".".join(labels)
    also = f", which is {name}" if name != host else ""
    for label in labels:
        scripts = {unicodedata.name(character, "?").split()[0] for character in label if character.isalpha()}
        if strange := scripts & {"CYRILLIC", "GREEK"}:
            if len(scripts) > 1:
                return f"letters of different scripts in {host}{also}"
            if labels[-1].isascii():  # where its own country would have a name in its own letters, too
                return f"{min(strange).capitalize()} letters in {host}{also}"
    return ""
