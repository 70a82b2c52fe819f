"""The log file: private, bounded, without secrets, and safe to read in a terminal.

Text of servers and mails ends up in log lines. Here nothing that could steer a terminal or forge a line passes, and
every password this process has held is struck out, also where it is quoted or base64 (SASL) or inside a traceback.
"""

from __future__ import annotations

import base64
import logging
import logging.handlers
import os
from io import TextIOWrapper
from pathlib import Path

STRUCK = "•••"
BYTES, OLD_FILES = 1_000_000, 2

_secrets: set[str] = set()


def start(path: Path, level: str = "warning") -> None:
    """Log to the file, created 0600 at the first line; it is rotated at 1 MB and two old ones are kept.

    level: debug, info, warning or error, for our own loggers. What libraries warn of (asyncio above all) comes here
    too: by default it would be printed into the middle of the screen. The directory must exist by the first line.
    """
    stop()
    handler = _PrivateFile(path, maxBytes=BYTES, backupCount=OLD_FILES, encoding="utf-8", delay=True)
    handler.setFormatter(_SafeFormatter("%(asctime)s %(levelname)s %(name)s: %(message)s"))
    logging.getLogger().addHandler(handler)
    logging.getLogger("tuimail").setLevel(level.upper())


def stop() -> None:
    """Close the file."""
    root = logging.getLogger()
    for handler in [handler for handler in root.handlers if isinstance(handler, _PrivateFile)]:
        root.removeHandler(handler)
        handler.close()


def place() -> str:
    """Path of the log file; "" when there is none."""
    return next(
        (handler.baseFilename for handler in logging.getLogger().handlers if isinstance(handler, _PrivateFile)), ""
    )


def strike(secret: str, user: str = "") -> None:
    """From now on no log line shows this secret: neither itself, nor quoted, nor in the base64 of PLAIN and LOGIN."""
    if not secret:
        return
    quoted = secret.replace("\\", "\\\\").replace('"', '\\"')
    raw = secret.encode()
    plain = b"\0" + user.encode() + b"\0" + raw
    _secrets.update((secret, quoted, repr(secret)[1:-1], repr(raw)[2:-1]))
    _secrets.update(base64.b64encode(octets).decode() for octets in (raw, plain))


def clean(text: str) -> str:
    """The text on one line, secrets struck out, whatever is not printable as an escape."""
    for secret in sorted(_secrets, key=len, reverse=True):
        text = text.replace(secret, STRUCK)
    if text.isprintable():
        return text
    return "".join(char if char.isprintable() else ascii(char)[1:-1] for char in text)


class _SafeFormatter(logging.Formatter):
    """One clean line for each record; the lines of a traceback are indented, so that none can pose as a record."""

    def format(self, record: logging.LogRecord) -> str:
        record.message = record.getMessage()
        record.asctime = self.formatTime(record, self.datefmt)
        lines = [clean(self.formatMessage(record))]
        if record.exc_info and not record.exc_text:
            record.exc_text = self.formatException(record.exc_info)
        for text in (record.exc_text, record.stack_info):
            lines += ["    " + clean(line) for line in (text or "").splitlines()]
        return "\n".join(lines)


class _PrivateFile(logging.handlers.RotatingFileHandler):
    def _open(self) -> TextIOWrapper:
        handle = os.open(self.baseFilename, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
        return os.fdopen(handle, "a", encoding=self.encoding, errors="backslashreplace")
