"""What a file really is, by its first octets, and whether to beware of it. A name can say anything; octets cannot."""

from __future__ import annotations

from tuimail.content.filenames import PROGRAMS
from tuimail.model import Attachment, Kind

_PROGRAM = "It is a program: opened, it can do anything you can."
_MAGIC: tuple[tuple[bytes, str, tuple[str, ...]], ...] = (
    (b"%PDF-", "a PDF document", ("pdf",)),
    (b"\x89PNG\r\n\x1a\n", "a PNG image", ("png",)),
    (b"\xff\xd8\xff", "a JPEG image", ("jpg", "jpeg", "jpe", "jfif")),
    (b"GIF8", "a GIF image", ("gif",)),
    (b"II*\0", "a TIFF image", ("tif", "tiff", "dng")),
    (b"MM\0*", "a TIFF image", ("tif", "tiff", "dng")),
    (b"\x1f\x8b", "a gzip archive", ("gz", "tgz")),
    (b"BZh", "a bzip2 archive", ("bz2", "tbz")),
    (b"\xfd7zXZ\0", "an xz archive", ("xz", "txz")),
    (b"7z\xbc\xaf\x27\x1c", "a 7-Zip archive", ("7z",)),
    (b"Rar!\x1a\x07", "a RAR archive", ("rar",)),
    (b"OggS", "an Ogg recording", ("ogg", "oga", "ogv", "opus", "spx")),
    (b"ID3", "an MP3 recording", ("mp3",)),
    (b"fLaC", "a FLAC recording", ("flac",)),
    (b"{\\rtf", "a rich text document", ("rtf", "doc")),
    (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "an old Microsoft Office document",
     ("doc", "dot", "xls", "xlt", "ppt", "pps", "msg", "db")),
    (b"-----BEGIN PGP", "an OpenPGP message or key", ("asc", "pgp", "gpg", "sig")),
    (b"SQLite format 3\0", "an SQLite database", ("sqlite", "sqlite3", "db")),
)  # fmt: skip
_ZIP_ENDINGS = {
    "docx": "a Word document", "xlsx": "an Excel workbook", "pptx": "a PowerPoint presentation",
    "odt": "an OpenDocument text", "ods": "an OpenDocument table", "odp": "an OpenDocument presentation",
    "epub": "an e-book", "zip": "a zip archive",
}  # fmt: skip
_EXECUTABLE: tuple[tuple[bytes, str], ...] = (
    (b"MZ", "a Windows program"),
    (b"\x7fELF", "a Linux program"),
    (b"\xcf\xfa\xed\xfe", "a macOS program"),
    (b"\xca\xfe\xba\xbe", "a macOS program or Java class"),
    (b"#!", "a script"),
    (b"L\0\0\0\x01\x14\x02\0", "a Windows shortcut"),
)
_MACROS = frozenset("docm dotm xlsm xltm xlam pptm potm ppsm".split())
_ACTIVE = {
    "html": "a web page", "htm": "a web page", "xhtml": "a web page", "svg": "an SVG image", "shtml": "a web page",
}  # fmt: skip


def kind_of(head: bytes, attachment: Attachment) -> Kind:
    """head: the first octets, some hundreds of them. Never raises."""
    ending = attachment.name.rpartition(".")[2].lower() if "." in attachment.name else ""
    for magic, words in _EXECUTABLE:
        if head.startswith(magic):
            return Kind(words, _PROGRAM)
    if ending in PROGRAMS:
        return Kind(f"a “.{ending}” file", _PROGRAM)
    words, endings = _described(head, ending)
    if ending in _MACROS:
        return Kind("an Office document with macros", "Macros are programs: opened, it can do anything you can.")
    start = head.lstrip(b"\xef\xbb\xbf \t\r\n")[:200].lower()
    if ending in _ACTIVE or start.startswith((b"<!doctype html", b"<html", b"<script")):
        what = _ACTIVE.get(ending, "a web page")
        return Kind(what, "It may hold scripts, and tells its sender when it loads something from the network.")
    if endings and ending and ending not in endings:
        return Kind(words, f"It is called “.{ending}”, and is {words}.")
    return Kind(words or (f"{_article(attachment.type)} by what its sender says" if attachment.type else "a file"))


def _described(head: bytes, ending: str) -> tuple[str, tuple[str, ...]]:
    """(what the octets say, endings that fit), ("", ()) when they say nothing."""
    if head.startswith((b"PK\x03\x04", b"PK\x05\x06")):  # an empty one has no entry to begin with
        return _ZIP_ENDINGS.get(ending, "a zip archive"), ()
    if head[:4] == b"RIFF":
        form = head[8:12]
        return {
            b"WEBP": ("a WebP image", ("webp",)),
            b"WAVE": ("a WAVE recording", ("wav",)),
            b"AVI ": ("an AVI film", ("avi",)),
        }.get(form, ("a RIFF file", ()))
    if head[4:8] == b"ftyp":
        image = head[8:12] in (b"avif", b"heic", b"heix", b"mif1")
        return ("an AVIF or HEIC image", ("avif", "heic", "heif")) if image else ("an MPEG-4 film or recording", ())
    for magic, words, endings in _MAGIC:
        if head.startswith(magic):
            return words, endings
    return "", ()


def _article(type_: str) -> str:
    return f"{'an' if type_[:1] in 'aeiou' else 'a'} “{type_[:80]}” file"
