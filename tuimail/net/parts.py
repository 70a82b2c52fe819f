"""A message's BODYSTRUCTURE as `RemotePart`s: decoded file names, printable everything."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from email.errors import HeaderParseError
from email.header import decode_header, make_header
from email.utils import collapse_rfc2231_value, decode_params, unquote

from tuimail.net.remote import RemotePart
from tuimail.net.wording import printable
from tuimail.protocol.imap.bodystructure import Part

_PARTS = 2000
"""Parts of one multipart that are told of; no reader scrolls through more."""


def remote_part(part: Part) -> RemotePart:
    """The tree under `part`."""
    params = _texts(part.params)
    return RemotePart(
        section=part.section,
        type=printable(part.type),
        params=params,
        encoding=printable(part.encoding),
        size=part.size,
        disposition=printable(part.disposition),
        filename=_filename(part.disposition_params, "filename") or _filename(part.params, "name"),
        content_id=printable(_text(part.content_id)).strip("<> "),
        parts=tuple(remote_part(below) for below in part.parts[:_PARTS]),
    )


def _texts(params: Mapping[str, bytes]) -> dict[str, str]:
    return {printable(name, 80): printable(_text(value), 1000) for name, value in params.items()}


def _filename(params: Mapping[str, bytes], name: str) -> str:
    """RFC 2231 where it is used, encoded words (RFC 2047) where they are, though they should not be."""
    pairs = [("", ""), *_matching(params, name)]
    try:
        for key, value in decode_params(pairs)[1:]:
            if key == name:
                text = unquote(collapse_rfc2231_value(value))
                return printable(str(make_header(decode_header(text))) if "=?" in text else text)
    except (ValueError, LookupError, HeaderParseError, TypeError):
        pass
    return printable(_text(params.get(name, b"")))


def _matching(params: Mapping[str, bytes], name: str) -> Iterable[tuple[str, str]]:
    extended = [key for key in params if key.startswith(f"{name}*")]
    for key in extended or [key for key in params if key == name]:
        yield key, _text(params[key][:2000])


def _text(value: bytes) -> str:
    try:
        return value.decode("utf-8")
    except UnicodeDecodeError:
        return value.decode("latin-1")
