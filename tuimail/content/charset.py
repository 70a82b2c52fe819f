"""Bytes to text, whatever the label says, never an exception.

A label is only believed when it names one of the text codecs below: Python's own codec registry also holds
compressors, idna (quadratic) and escapes, and would import a module by a name out of a mail.
"""

from __future__ import annotations

import re
from encodings.aliases import aliases
from functools import lru_cache

_DETECT_OCTETS = 8192
_NOT_ALNUM = re.compile(r"[^a-z0-9]+")
_WIDE = re.compile("[^\x00-\x7f\ufffd]")

# What a label means in mail is what the WHATWG Encoding Standard says: the larger set that writers really use.
_SUPERSETS = {
    "latin_1": "cp1252",
    "gb2312": "gb18030",
    "gbk": "gb18030",
    "euc_kr": "cp949",
    "shift_jis": "cp932",
    "iso8859_9": "cp1254",
    "iso8859_11": "cp874",
    "tis_620": "cp874",
    "big5": "cp950",
}
_CODECS = frozenset(
    "ascii utf_8 utf_8_sig utf_7 utf_16 utf_16_le utf_16_be utf_32 utf_32_le utf_32_be latin_1 gb2312 gbk gb18030 hz"
    " big5 big5hkscs cp950 shift_jis shift_jis_2004 shift_jisx0213 cp932 euc_jp euc_jis_2004 euc_kr cp949 johab"
    " iso2022_jp iso2022_jp_1 iso2022_jp_2 iso2022_jp_2004 iso2022_jp_3 iso2022_jp_ext iso2022_kr koi8_r koi8_u koi8_t"
    " kz1048 ptcp154 tis_620 cp437 cp850 cp852 cp855 cp857 cp858 cp862 cp864 cp866 cp874 mac_roman mac_cyrillic"
    " mac_greek mac_latin2 mac_turkish mac_iceland"
    " cp1250 cp1251 cp1252 cp1253 cp1254 cp1255 cp1256 cp1257 cp1258".split()
) | {f"iso8859_{n}" for n in range(2, 17) if n != 12}
_LABELS = (
    {_NOT_ALNUM.sub("", codec): codec for codec in _CODECS}
    | {_NOT_ALNUM.sub("", alias): codec for alias, codec in aliases.items() if codec in _CODECS}
    | {f"iso8859{n}{suffix}": f"iso8859_{n}" for n in (6, 8) for suffix in ("i", "e")}
    | {f"xcp{n}": f"cp{n}" for n in range(1250, 1259)}
    | {
        "xsjis": "shift_jis",
        "windows31j": "cp932",
        "xmscp932": "cp932",
        "xeucjp": "euc_jp",
        "xgbk": "gbk",
        "xbig5": "big5",
        "xxbig5": "big5",
        "windows949": "cp949",
        "windows874": "cp874",
        "unicode11utf7": "utf_7",
        "unicode11utf8": "utf_8",
        "xunicode20utf8": "utf_8",
        "xmacroman": "mac_roman",
        "xmaccyrillic": "mac_cyrillic",
        "iso88598": "iso8859_8",
        "ansix341968": "ascii",
    }
)
# Without a label only these are considered; with every codec in play KOI8-R has come out as Shift_JIS.
_LIKELIEST = "cp1252 cp1251 koi8_r cp932 euc_jp gb18030 cp949 big5 cp1250".split()
_LIKELY = [*_LIKELIEST, "cp1253", "cp1254", "cp1255", "cp1256", "cp874"]
_PAIRED = frozenset(("cp932", "euc_jp", "gb18030", "cp949", "big5"))
_ASCII = bytes(range(128))
_SHORT_OCTETS = 64
# The detector cannot tell windows-1250 from -1252 on western text, and western mail is the commoner. These octets are
# letters of a word in 1250 (ą ł ż š ť ž ź) and signs, or nothing, in 1252.
_CENTRAL_EUROPE = re.compile(rb"[A-Za-z\xc0-\xff][\x9a\x9e\x9f\xb3\xb9\xbf][a-z\xe0-\xff]|[\x8d\x8f\x9d]")
# Second guesses when the strict decoder of the label refuses.
_COUSINS = {
    "cp950": ("big5hkscs",),
    "iso2022_jp": ("iso2022_jp_2", "iso2022_jp_ext"),
    "cp932": ("shift_jis_2004",),
    "euc_jp": ("euc_jis_2004",),
}


@lru_cache(maxsize=512)
def codec_of(label: str) -> str | None:
    """The Python codec for a charset label of a mail; None for a label that is unknown or not a text charset."""
    codec = _LABELS.get(_NOT_ALNUM.sub("", label[:64].lower().partition("*")[0]))
    return None if codec is None else _SUPERSETS.get(codec, codec)


def cousins(codec: str) -> tuple[str, ...]:
    """Codecs of the same charset by another table; reading with one of them is no surprise."""
    return _COUSINS.get(codec, ())


def decode(data: bytes, charset: str | None) -> str:
    """Text of `data`: the label if it fits, else ISO-2022, UTF-8, a guess over the first 8 KB, windows-1252.

    Never raises; what cannot be read becomes U+FFFD. The text is not cleaned yet.
    """
    return read_as(data, charset)[0]


def read_as(data: bytes, charset: str | None) -> tuple[str, str]:
    """As `decode`, and the codec that it was read with."""
    codec = codec_of(charset) if charset else None
    if codec is None or codec == "ascii":
        return _unlabelled(data)
    if codec in ("utf_16", "utf_32"):
        codec = _wide(data, codec)
        return data.decode(codec, "replace"), codec
    if not codec.startswith("iso2022") and b"\x1b$" in data and (japanese := _iso2022(data)):
        return japanese  # no other charset has a use for ESC
    if codec in ("utf_8", "utf_8_sig"):
        text = _utf8(data, labelled=True)
        return (text, "utf_8") if text else _unlabelled(data)
    for attempt in (codec, *cousins(codec), "utf_8"):
        try:
            return data.decode(attempt), attempt
        except (UnicodeError, ValueError):
            continue
    return data.decode(codec, "replace"), codec


def decode_exactly(data: bytes, charset: str) -> tuple[str, str]:
    """As `read_as` for a charset the reader has chosen: nothing else is tried, and what does not fit is U+FFFD.

    An unknown charset is no choice: then `read_as` guesses.
    """
    codec = codec_of(charset)
    if codec is None:
        return read_as(data, None)
    if codec in ("utf_16", "utf_32"):
        codec = _wide(data, codec)
    return data.decode(codec, "replace"), codec


def _utf8(data: bytes, *, labelled: bool = False) -> str:
    """UTF-8 with a few faults (a character cut at the end, a stray octet); "" when it is something else."""
    try:
        return data.decode("utf_8_sig")
    except UnicodeDecodeError:
        text = data.decode("utf_8_sig", "replace")
    head = text[:_DETECT_OCTETS]
    cut_at_the_end = text.count("\ufffd") == 1 and text.endswith("\ufffd")
    good = len(_WIDE.findall(head)) * (3 if labelled else 1)
    return text if cut_at_the_end or good >= head.count("\ufffd") else ""


def _unlabelled(data: bytes) -> tuple[str, str]:
    if data.isascii():
        return (_iso2022(data) if b"\x1b$" in data else None) or (data.decode("ascii"), "ascii")
    text = _utf8(data)
    return (text, "utf_8") if text else _guessed(data)


def _iso2022(data: bytes) -> tuple[str, str] | None:
    """ISO-2022 tells itself by its escape sequences (RFC 1468, RFC 1557)."""
    for codec in ("iso2022_jp", "iso2022_jp_2", "iso2022_kr"):
        try:
            return data.decode(codec), codec
        except UnicodeError:
            continue
    return None


def _wide(data: bytes, codec: str) -> str:
    """The codec of UTF-16 or UTF-32; without a byte order mark the side of the zeros tells (RFC 2781 would say BE)."""
    if data[:2] in (b"\xff\xfe", b"\xfe\xff") or data[:4] == b"\x00\x00\xfe\xff":
        return codec
    head = data[:_DETECT_OCTETS]
    return codec + ("_le" if head[1::2].count(0) > head[::2].count(0) or head[:1] != b"\0" == head[3:4] else "_be")


def _guessed(data: bytes) -> tuple[str, str]:
    import charset_normalizer

    head = data[:_DETECT_OCTETS]
    candidates = _LIKELIEST if len(head) < _SHORT_OCTETS else _LIKELY
    best = charset_normalizer.from_bytes(head, cp_isolation=list(candidates)).best()
    codec = best.encoding if best else "cp1252"
    if codec in _PAIRED and len(head.translate(None, _ASCII)) == 1:
        codec = "cp1252"  # one odd octet is an accent or an accident; with the letter after it, it is no ideograph
    if codec == "cp1250" and not _CENTRAL_EUROPE.search(head):
        codec = "cp1252"
    return data.decode(codec, "replace"), codec
