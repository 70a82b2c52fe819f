"""Where a link leads, as a reader or a terminal may be told. Pure."""

from __future__ import annotations

from urllib.parse import quote, unquote, urlsplit

from tuimail.model import Link
from tuimail.widgets.safe import safe_line


def terminal_target(link: Link) -> str:
    """The link as a terminal may be given it (OSC 8): printable ASCII, http or https, nothing doubtful; else ""."""
    if link.warning or not link.url.startswith(("http://", "https://")) or not host_of(link.url).isascii():
        return ""
    return quote(link.url, safe="!#$%&'()*+,/:;=?@[]~-._")


def host_of(url: str) -> str:
    """Where a tidy http or https link really leads, or the address of a mailto; "" when it cannot be read."""
    try:
        parts = urlsplit(url)
        return (parts.hostname or "") if parts.scheme.lower() in ("http", "https") else unquote(parts.path)
    except ValueError:
        return ""


def other_spelling(host: str) -> str:
    """The letters behind xn-- (RFC 3492), or the xn-- behind letters; "" for a host that has only one spelling."""
    labels = []
    for label in host[:255].split("."):
        try:
            if label.lower().startswith("xn--"):
                labels.append(safe_line(label[4:68].encode("ascii").decode("punycode")))
            elif not label.isascii():
                labels.append("xn--" + label.encode("punycode").decode("ascii"))
            else:
                labels.append(label)
        except (UnicodeError, ValueError, OverflowError):
            labels.append(label)
    other = ".".join(labels)
    return other if other != host else ""
