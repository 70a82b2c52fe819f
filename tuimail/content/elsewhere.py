"""Where the body of a message/external-body lies (RFC 2046 §5.2.3), when it is one that can be fetched by FTP.

The words are a stranger's: a host that is no host name, or a path that could steer a server, is not taken.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from tuimail.model import Elsewhere

_HOST = re.compile(r"(?=.{1,253}$)[a-z0-9]([a-z0-9-]{0,62})(\.[a-z0-9]([a-z0-9-]{0,62}))*", re.IGNORECASE)
_LONGEST = 1000


def elsewhere(params: Mapping[str, str]) -> Elsewhere | None:
    """What the parameters of Content-Type tell; None for another access type, or words that make no sense."""
    access, host = params.get("access-type", "").lower(), params.get("site", "").lower()
    if access not in ("ftp", "anon-ftp") or not _HOST.fullmatch(host):
        return None
    directory, name = params.get("directory", "").rstrip("/"), params.get("name", "")
    path = f"{directory}/{name}" if directory else name
    if not name.strip("./") or len(path) > _LONGEST or not path.isprintable():
        return None
    return Elsewhere(host, path, access == "anon-ftp", params.get("mode", "").lower() == "ascii")
