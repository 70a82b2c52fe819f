"""What only POP3 accounts have: how long mail stays on the server, and Gmail's way of hiding what was read."""

from __future__ import annotations

from tuimail.errors import UsageError
from tuimail.model import Account

_MOST_DAYS = 36_500
_GMAIL = (".gmail.com", ".googlemail.com")
RECENT = "recent:"
"""Before a Gmail user name: the mail of the last 30 days, whatever other programs have fetched."""


def check_leave(leave: str | int) -> str:
    """How long mail stays on the server, as `Account.leave` has it. Raises UsageError."""
    words = str(leave).strip().lower()
    if words in ("forever", "delete") or (words.isascii() and words.isdigit() and int(words[:6]) <= _MOST_DAYS):
        return words
    raise UsageError(
        "How long mail stays on the server was not understood.",
        "Say “forever”, “delete” (until it is thrown away here), or a number of days.",
    )


def leave_in_words(account: Account) -> str:
    """What becomes of mail on the server, after “Mail there”."""
    if account.leave == "forever":
        return "stays on the server until it is deleted for good here"
    if account.leave == "delete":
        return "is deleted on the server once it is thrown away here"
    if account.leave == "0":
        return "is deleted on the server as soon as it is here"
    days = "a day" if account.leave == "1" else f"{account.leave} days"
    return f"is deleted on the server after {days}, or once it is thrown away here"


def forgets(account: Account) -> bool:
    """The server stops listing mail that nobody deleted: Gmail what was read or, with RECENT, what is a month old."""
    return account.protocol == "pop3" and account.host.endswith(_GMAIL)


def advice(account: Account) -> str:
    """What the owner of this account should know before it is used; "" when nothing."""
    if not forgets(account) or account.user.startswith(RECENT):
        return ""
    return (
        "Gmail gives each message to one POP3 program only. To see the mail of the last 30 days whatever other "
        f"programs have fetched, use the login name {RECENT}{account.user}"
    )
