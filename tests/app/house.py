"""A way into the whole program for these tests: its command line for a server on this machine, and its log."""

from __future__ import annotations

from pathlib import Path


def opening(user: str, port: int) -> tuple[str, ...]:
    """The words after `tuimail` that open this user's mailbox."""
    return ("open", f"imap+insecure://{user}@127.0.0.1:{port}/", "--password-command", "echo test")


def log_of(home: Path) -> str:
    """What a run with this home has logged."""
    log = home / "data/tuimail/tuimail.log"
    return log.read_text() if log.exists() else ""
