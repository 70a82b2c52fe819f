"""Names of attachments: without path, without tricks, never empty (RFC 2183 §2.3 warns of every one of these)."""

from __future__ import annotations

import re
import unicodedata
from pathlib import PurePosixPath

from tuimail.content.clean import BIDI_MARK, MARK, clean_line

LONGEST = 200
"""Octets of UTF-8; file systems stop at 255."""
_BLANK_RUN = re.compile(r"\s{3,}")
_EXTENSIONS = {
    "application/pdf": ".pdf",
    "application/zip": ".zip",
    "application/gzip": ".gz",
    "application/json": ".json",
    "application/pgp-signature": ".asc",
    "application/pgp-encrypted": ".asc",
    "application/pkcs7-mime": ".p7m",
    "application/pkcs7-signature": ".p7s",
    "application/msword": ".doc",
    "application/vnd.openxmlformats-officedocument.wordprocessingml.document": ".docx",
    "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet": ".xlsx",
    "application/vnd.openxmlformats-officedocument.presentationml.presentation": ".pptx",
    "application/vnd.oasis.opendocument.text": ".odt",
    "image/jpeg": ".jpg",
    "image/png": ".png",
    "image/gif": ".gif",
    "image/webp": ".webp",
    "image/svg+xml": ".svg",
    "audio/mpeg": ".mp3",
    "video/mp4": ".mp4",
    "text/plain": ".txt",
    "text/html": ".html",
    "text/csv": ".csv",
    "text/calendar": ".ics",
    "application/ics": ".ics",
    "text/vcard": ".vcf",
    "text/x-vcard": ".vcf",
    "text/x-patch": ".patch",
    "text/x-diff": ".diff",
    "message/rfc822": ".eml",
    "message/global": ".eml",
}
_DEVICES = frozenset(["CON", "PRN", "AUX", "NUL", *(f"{port}{n}" for port in ("COM", "LPT") for n in range(1, 10))])
PROGRAMS = frozenset(
    ("app appimage bat cmd com cpl desktop dll exe hta iso jar js jse lnk msi ps1 py reg scr sh url vbe vbs wsf").split(
        " "
    )
)


def clean_name(sent: str, section: str, type_: str, title: str = "") -> tuple[str, str]:
    """(name to show and to save under, what is wrong with the name as sent or "").

    sent: the decoded file name, "" when there was none; then title, what the part is about, makes one if it can, else
    its number does. The result has no directory, no control character,
    no leading dot or dash, and at most LONGEST octets with its extension kept.
    """
    trouble = []
    name = clean_line(sent)
    if BIDI_MARK in name:
        trouble.append("holds characters that turn text around")
    if MARK in name:
        trouble.append("holds control characters")
    last = re.split(r"[/\\]", name)[-1]
    if last != name:
        trouble.append("came with a directory, which is ignored")
    if _BLANK_RUN.search(last.strip()):
        trouble.append("hides its ending behind blanks")
    name = " ".join(last.replace("\N{NO-BREAK SPACE}", " ").split()).rstrip(". ")
    if name[:1] in (".", "-", "~"):
        name = "_" + name.lstrip(".-~ ")
    name = _unreserved(_shortened(name))
    if name.rpartition(".")[2].lower() in PROGRAMS and "." in name:
        trouble.append("is a program or can start one")
    if not name.strip("_"):
        stem = name_from_subject(title) if title.strip() else f"part-{section[-12:].strip('.') or '1'}"
        name = stem + _EXTENSIONS.get(type_, ".bin")
    return name, f"The attachment name “{name}” {' and '.join(trouble)}." if trouble else ""


def name_from_subject(subject: str) -> str:
    """A file name, without ending, from a subject: letters, digits and a few harmless signs; "message" when empty.

    No separator, no leading dot or dash, no control or format character can be in it.
    """
    text = unicodedata.normalize("NFC", subject)
    kept = "".join(char if char.isalnum() or char in " ._-+,()'" else " " for char in text)
    name = re.sub(r"\s+", " ", kept).strip(" .-_")[:80].strip(" .-_")
    while len(name.encode()) > LONGEST:
        name = name[:-1].rstrip()
    return _unreserved(name) or "message"


def _unreserved(name: str) -> str:
    """Some names are devices on Windows, whatever follows the dot; the folder may be a share of one."""
    return f"_{name}" if name.partition(".")[0].strip().upper() in _DEVICES else name


def _shortened(name: str) -> str:
    if len(name.encode()) <= LONGEST:
        return name
    suffix = PurePosixPath(name).suffix
    if len(suffix.encode()) > 20:
        suffix = ""
    stem = name.removesuffix(suffix).encode()[: LONGEST - len(suffix.encode())]
    return stem.decode(errors="ignore") + suffix
