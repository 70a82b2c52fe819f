"""Text in header fields: encoded words (RFC 2047), parameters in charsets (RFC 2231), and raw 8-bit octets."""

from __future__ import annotations

import re
from binascii import a2b_qp
from functools import lru_cache

from tuimail.content.charset import codec_of, decode
from tuimail.content.clean import clean_line
from tuimail.content.transfer import from_base64

MOST_WORDS = 500
"""Encoded words decoded in one field; the rest stays as sent."""
MOST_OCTETS = 65_536
"""Of one field value, for decoding; the rest is cut."""
_KEPT_OCTETS = 512

# encoded-word = "=?" charset "?" encoding "?" encoded-text "?="   (RFC 2047 §2); blanks inside are tolerated.
# No part may hold "?", so a failed attempt ends at the next one: linear.
_WORD = re.compile(r"=\?([^?\s]{1,64})\?([bBqQ])\?([^?]*)\?=(\s+(?==\?))?")
_BLANKS = re.compile(r"\s+")


def decode_text(value: bytes) -> str:
    """An unstructured field value ("Subject") as one clean line, blanks collapsed. Never raises."""
    if value.isascii() and b"=?" not in value:
        text = value[:MOST_OCTETS].strip().decode("ascii")
        if text.isprintable() and "  " not in text:
            return text
        return collapse(clean_line(text))
    return _decoded(value) if len(value) <= _KEPT_OCTETS else _decoded.__wrapped__(value)


@lru_cache(maxsize=2048)
def _decoded(value: bytes) -> str:
    """Kept, because a thread says one subject again and again, and decoding it is a third of making a row."""
    return collapse(clean_line(decode_words(raw_text(value[:MOST_OCTETS].strip()))))


def collapse(text: str) -> str:
    """Runs of blanks become one (folding leaves them), the ends are trimmed."""
    text = text.strip()
    if "  " in text or not text.isprintable():  # no blank is printable but the one of ASCII
        return _BLANKS.sub(" ", text)
    return text


def raw_text(value: bytes) -> str:
    """Octets of a header as text: ASCII or UTF-8 (RFC 6532), else guessed. Encoded words stay as they are."""
    try:
        return value.decode("utf-8")
    except UnicodeDecodeError:
        return decode(value, None)


def decode_words(text: str) -> str:
    """Text with its encoded words decoded; not cleaned. Adjacent words of one charset are decoded as one,
    for writers that cut a character in two (forbidden by RFC 2047 §5, and common)."""
    if "=?" not in text:
        return text
    meant = _meant if len(text) <= _KEPT_OCTETS else _meant.__wrapped__
    out: list[str] = []
    waiting: list[tuple[str, str]] = []
    waiting_charset = ""
    position = 0
    for count, word in enumerate(_WORD.finditer(text)):
        if count >= MOST_WORDS:
            break
        charset, encoding, payload, _ = word.groups()
        start, charset = word.start(), charset.lower()
        if waiting and (start > position or charset != waiting_charset):
            out.append(meant(waiting_charset, *waiting))
            waiting = []
        out.append(text[position:start])
        waiting_charset = charset
        waiting.append((encoding, payload))
        position = word.end()
    if waiting:
        out.append(meant(waiting_charset, *waiting))
    out.append(text[position:])
    return "".join(out)


@lru_cache(maxsize=4096)
def _meant(charset: str, *words: tuple[str, str]) -> str:
    """What adjacent words of one charset say together. Kept, because names come again and again."""
    return decode(b"".join([_octets(charset, encoding, payload) for encoding, payload in words]), charset)


def _octets(charset: str, encoding: str, payload: str) -> bytes:
    # 8-bit letters inside an encoded word are against the rule; they were meant in its charset
    data = payload.encode("ascii" if payload.isascii() else codec_of(charset) or "utf-8", "replace")
    return from_base64(data) if encoding in "bB" else a2b_qp(data, header=True)
