"""Attachments to look at: octets become a Document, as the text of a message does. Pure, bounded, nothing unpacked.

What cannot be read as what it says it is, is shown as what it is: text, or a sentence about it.
"""

from __future__ import annotations

from collections.abc import Callable
from importlib import import_module

from tuimail.content.charset import decode
from tuimail.content.clean import clean_body
from tuimail.content.draft import Draft
from tuimail.model import Attachment, Document, Picture

MOST_TEXT = 256_000
"""Characters shown at most."""

Preview = Callable[[Draft, bytes, bool, frozenset[str]], bool]
"""(where to write, octets, whether they are all, the user's addresses) → whether it could be read as this kind."""

_BY_ENDING = {
    "csv": "table", "tsv": "table", "json": "json", "ipynb": "json", "geojson": "json",
    "patch": "diff", "diff": "diff", "ics": "invite", "vcf": "contact",
    "zip": "archive", "jar": "archive", "docx": "archive", "xlsx": "archive", "pptx": "archive", "odt": "archive",
    "ods": "archive", "epub": "archive", "apk": "archive", "whl": "archive",
    "png": "image", "jpg": "image", "jpeg": "image", "gif": "image", "webp": "image", "bmp": "image",
    "tif": "image", "tiff": "image", "avif": "image", "heic": "image", "eml": "letter",
}  # fmt: skip
_BY_TYPE = {
    "text/csv": "table", "text/tab-separated-values": "table", "application/json": "json",
    "text/x-patch": "diff", "text/x-diff": "diff", "text/calendar": "invite", "application/ics": "invite",
    "text/vcard": "contact", "text/x-vcard": "contact", "application/zip": "archive",
    "application/x-zip-compressed": "archive", "message/rfc822": "letter", "message/global": "letter",
}  # fmt: skip
_HTML = ("text/html", "application/xhtml+xml")


def reader_of(attachment: Attachment) -> str:
    """Which module of this package reads it; "" for plain text and what is none."""
    if attachment.type.startswith("image/") and attachment.type != "image/svg+xml":
        return "image"
    by_ending = _BY_ENDING.get(attachment.name.rpartition(".")[2].lower(), "")
    return _BY_TYPE.get(attachment.type, by_ending)


def needs_all(attachment: Attachment) -> bool:
    """It cannot be looked at by its beginning: an archive's list stands at its end, a card is read whole."""
    return reader_of(attachment) in ("archive", "invite", "contact", "json")


def show(attachment: Attachment, data: bytes, whole: bool, me: frozenset[str]) -> Document:
    """The attachment as a Document, an image by its section. data: its octets or the first of them. Never raises."""
    draft = Draft()
    name = reader_of(attachment)
    read: Preview = import_module(f"tuimail.content.preview.{name}").read if name else _no_reader
    if not read(draft, data, whole, me):
        draft = Draft()
        _as_text(draft, attachment, data, whole)
    elif name == "image":
        draft.picture(Picture(attachment.name, f"part:{attachment.section}"))
    return draft.document()


def _no_reader(draft: Draft, data: bytes, whole: bool, me: frozenset[str]) -> bool:
    return False


def _as_text(draft: Draft, attachment: Attachment, data: bytes, whole: bool) -> None:
    if not data:
        draft.add("text", "This attachment is empty." if whole else "Nothing of it is here.")
        return
    if not looks_like_text(data[:4096]):
        from tuimail.content.preview.kind import kind_of

        draft.add("text", f"This is {kind_of(data[:512], attachment).words}. It can be saved, or opened elsewhere.")
        return
    text = decode(data[: 4 * MOST_TEXT], None)
    if attachment.type in _HTML:
        from tuimail.content.hypertext import write_html

        write_html(draft, text)
    else:
        draft.add("pre", clean_body(text[:MOST_TEXT]).rstrip("\n"))
    if not whole or len(text) > MOST_TEXT:
        cut(draft)


def looks_like_text(head: bytes) -> bool:
    """No NUL (but in UTF-16), and hardly any control character."""
    if head[:2] in (b"\xff\xfe", b"\xfe\xff"):
        return True
    controls = sum(octet < 32 and octet not in b"\t\n\r\f\x1b" for octet in head)
    return b"\0" not in head and controls * 50 <= len(head)


def cut(draft: Draft) -> None:
    """Say that there is more."""
    draft.add("rule", "")
    draft.add("text", "The rest is not shown; save the attachment to have it all.")
