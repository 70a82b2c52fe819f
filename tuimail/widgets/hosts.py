"""Where a link leads, as a reader or a terminal may be told. Pure."""

from __future__ import annotations

from urllib.parse import quote, unquote, urlsplit

from tuimail.model import Link


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
