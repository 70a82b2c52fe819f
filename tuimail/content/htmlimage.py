"""What an image of a mail is to its reader: a picture with words, decoration, or an eye that looks back."""

from __future__ import annotations

import re
from collections.abc import Mapping
from enum import Enum
from urllib.parse import unquote

from tuimail.content.clean import clean_line
from tuimail.content.htmlcss import pixels
from tuimail.content.links import tidy
from tuimail.model import Picture

_SEES = re.compile(
    r"/(?:open|o|wf/open|track(?:ing)?|pixel|beacon|imp|e/o|e2t|trk|t)(?:\.gif|\.png|\.aspx|\.php|/|\?|$)"
    r"|(?:open|track|pixel|beacon|1x1)\.(?:gif|png|php|aspx)|[?&](?:open|track|pixel)=",
    re.IGNORECASE,
)
_SPACER = re.compile(r"spacer|blank|transparent|shim|clear\.gif", re.IGNORECASE)
_NAME = re.compile(r"[\w][\w .-]{0,60}\.(?:png|jpe?g|gif|webp|bmp|heic)", re.IGNORECASE)
LONGEST_ADDRESS = 2_000
LONGEST_WORDS = 500
LONGEST_DATA = 700_000
"""Characters of a picture that stands in the text itself (data:)."""
_DATA = re.compile(r"data:image/(?:png|jpe?g|gif|webp|bmp);base64,[A-Za-z0-9+/=%\s]*", re.IGNORECASE)


class Kind(Enum):
    """Of an image."""

    TRACKER = "tracker"
    """Only there to tell the sender that the mail was opened."""
    REMOTE = "remote"
    OWN = "own"
    """Comes with the mail (cid:, data:)."""
    NOTHING = "nothing"
    """No source at all."""


def kind_of(at: Mapping[str, str], *, unseen: bool = False) -> Kind:
    """unseen: the image stands in a part nobody sees, so it is not there for its looks."""
    source = at.get("src", "").strip()[:LONGEST_ADDRESS]
    scheme = source[:8].lower()
    if not source:
        return Kind.NOTHING
    if scheme.startswith(("cid:", "data:", "mid:")):
        return Kind.OWN
    sizes = [size for side in ("width", "height") if (size := _side(at, side)) is not None]
    if unseen or (len(sizes) == 2 and max(sizes) <= 3):
        return Kind.TRACKER
    if not at.get("alt", "").strip() and _SEES.search(source) and not _SPACER.search(source):
        return Kind.TRACKER
    return Kind.REMOTE


def words_of(at: Mapping[str, str], kind: Kind) -> str:
    """What stands for the picture: its words, or the name of a picture that came with the mail; "" for decoration."""
    if kind in (Kind.TRACKER, Kind.NOTHING) or any((_side(at, side) or 99) <= 3 for side in ("width", "height")):
        return ""
    if alt := " ".join(at.get("alt", "")[:LONGEST_WORDS].split()):
        return alt
    if kind is Kind.OWN:
        name = _NAME.match(at.get("src", "")[4:120])
        return name[0] if name else "picture"
    return ""


def picture_of(at: Mapping[str, str], kind: Kind, words: str) -> Picture | None:
    """The picture, where it may ever be shown: it comes with the mail, or can be had by https; never a speck."""
    source, width = at.get("src", "").strip(), _side(at, "width")
    if any((_side(at, side) or 99) <= 3 for side in ("width", "height")):
        return None
    if kind is Kind.REMOTE:
        source = tidy(f"https:{source}" if source.startswith("//") else source)
        source = source if len(source) <= LONGEST_ADDRESS and source[:8].lower() == "https://" else ""
    elif kind is Kind.OWN and source[:4].lower() == "cid:" and len(source) <= LONGEST_ADDRESS:
        source = clean_line(f"cid:{unquote(source[4:])}")
    elif kind is not Kind.OWN or len(source) > LONGEST_DATA or not _DATA.fullmatch(source):
        source = ""
    return Picture(clean_line(words), source, round(width or 0)) if source else None


def _side(at: Mapping[str, str], side: str) -> float | None:
    found = re.search(rf"(?:^|[;\s]){side}\s?:\s?([^;]{{1,20}})", at.get("style", "")[:LONGEST_ADDRESS])
    value = found[1] if found else at.get(side, "")
    return pixels(value, 99.0) if value.strip() and value.strip()[0].isdigit() else None
