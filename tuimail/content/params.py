"""Values with parameters: Content-Type and Content-Disposition (RFC 2045 §5.1, RFC 2183, RFC 2231).

One stated rule for parameters given twice: `name*` before `name`, then the first; the rest is only noted.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from urllib.parse import unquote_to_bytes

from tuimail.content.charset import decode
from tuimail.content.words import decode_words, raw_text

MOST_PARAMETERS = 100
MOST_OCTETS = 65_536

# parameter = attribute "=" value   (RFC 2045 §5.1); a quoted-string that never ends is read as a token.
_PARAMETER = re.compile(r';\s*([^\s=;"]{1,100})\s*=\s*(?:"((?:[^"\\]|\\.)*)"|([^;]*))', re.DOTALL)
# Only these: Windows programs write paths with single backslashes into quoted strings.
_ESCAPED = re.compile(r"""\\(["\\])""")
_COMMENT = re.compile(r"\([^()]*\)")
_TOKEN = re.compile(r"([^\s;(/=]+)(?:\s*(/)\s*([^\s;(]+))?")
# The ";" before the first parameter is forgotten now and then.
_UNDIVIDED = re.compile(r"(\s*[^\s;(/=\"]+/[^\s;(/=\"]+)\s+(?=[^\s=;\"]+=)")
_SECTIONED = re.compile(r"([^*]+)\*(\d{1,3})?(\*)?")


@dataclass(slots=True)
class Parametered:
    """A field value taken apart. Not cleaned."""

    value: str
    """Lower case, without parameters: "text/plain", "attachment"."""
    params: dict[str, str] = field(default_factory=dict)
    """Lower-case name to decoded text."""
    boundary: bytes = b""
    """The boundary parameter, octet for octet."""
    disputed: frozenset[str] = frozenset()
    """Names of parameters that were given with different values."""


def parse_params(field_value: bytes) -> Parametered:
    """Take a Content-Type or Content-Disposition value apart. Never raises."""
    text = field_value[:MOST_OCTETS].decode("latin-1")
    if undivided := _UNDIVIDED.match(text):
        text = f"{undivided[1]};{text[undivided.end() :]}"
    head = text.partition(";")[0]
    token = _TOKEN.search(_COMMENT.sub(" ", head) if "(" in head else head)
    plain: dict[str, str] = {}
    extended: dict[str, str] = {}
    pieces: dict[str, dict[int, tuple[str, bool]]] = {}
    disputed = set()
    for count, found in enumerate(_PARAMETER.finditer(text)):
        if count >= MOST_PARAMETERS:
            break
        name, quoted, bare = found[1].lower(), found[2], found[3]
        value = bare.strip() if quoted is None else _ESCAPED.sub(r"\1", quoted)
        sectioned = _SECTIONED.fullmatch(name)
        if sectioned is None:
            if plain.setdefault(name, value) != value:
                disputed.add(name)
        elif sectioned[2] is None:
            extended.setdefault(sectioned[1], value)
        else:
            pieces.setdefault(sectioned[1], {}).setdefault(int(sectioned[2]), (value, sectioned[3] is not None))
    params = {name: decode_words(raw_text(value.encode("latin-1"))) for name, value in plain.items()}
    for name, value in [
        *((n, _joined(p)) for n, p in pieces.items()),
        *((n, _extended(v)) for n, v in extended.items()),
    ]:
        if params.get(name, value) != value:
            disputed.add(name)
        params[name] = value
    return Parametered(
        "".join(filter(None, token.groups())).lower() if token else "",
        params,
        plain.get("boundary", params.get("boundary", "")).encode("latin-1", "ignore").rstrip(),
        frozenset(disputed),
    )


def _extended(value: str) -> str:
    """ext-value = charset "'" [ language ] "'" percent-encoded   (RFC 2231 §4)"""
    if value.count("'") < 2:
        return raw_text(unquote_to_bytes(value.encode("latin-1")))
    charset, _, encoded = value.split("'", 2)
    return decode(unquote_to_bytes(encoded.encode("latin-1")), charset)


def _joined(pieces: dict[int, tuple[str, bool]]) -> str:
    """Continuations name*0, name*1* … (RFC 2231 §3), as far as they are numbered without a hole."""
    charset = ""
    octets = []
    for number in range(len(pieces)):
        if number not in pieces:
            break
        value, encoded = pieces[number]
        if encoded and number == 0 and value.count("'") >= 2:
            charset, _, value = value.split("'", 2)
        data = value.encode("latin-1")
        octets.append(unquote_to_bytes(data) if encoded else data)
    return decode(b"".join(octets), charset or None)
