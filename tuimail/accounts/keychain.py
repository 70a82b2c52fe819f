"""The desktop's keyring under a policy: only backends known to encrypt, never blocking the loop, never for ever.

keyring takes whatever is installed: with keyrings.alt present it stores passwords in a base64 file without a word.
So backends are on a list, by the module they live in. A locked keyring may show a dialog and wait for minutes, and a
thread of the usual pool that hangs would hang the exit, too: calls run in daemon threads with a time limit.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable
from typing import TYPE_CHECKING, TypeVar

from tuimail.accounts.threads import in_daemon_thread
from tuimail.errors import SecretUnavailable
from tuimail.model import Account

if TYPE_CHECKING:
    from keyring.backend import KeyringBackend

SAFE_BACKENDS = (
    "keyring.backends.SecretService",
    "keyring.backends.libsecret",
    "keyring.backends.kwallet",
    "keyring.backends.macOS",
    "keyring.backends.Windows",
    "keyring_pass",
)
SERVICE = "tuimail"
TIMEOUT = 20.0
"""Seconds; enough to type a passphrase into the desktop's dialog."""

T = TypeVar("T")


class NoKeyring(SecretUnavailable):
    """There is no keyring we trust, or it is locked, or it does not answer."""


async def read(account: Account, *, timeout: float = TIMEOUT) -> str | None:
    """The stored password; None when the keyring works and holds none. Raises NoKeyring."""
    return await _ask(lambda backend: backend.get_password(SERVICE, _entry(account)), timeout)


async def write(account: Account, password: str, *, timeout: float = TIMEOUT) -> None:
    """Store the password. Raises NoKeyring."""
    await _ask(lambda backend: backend.set_password(SERVICE, _entry(account), password), timeout)


async def remove(account: Account, *, timeout: float = TIMEOUT) -> None:
    """Forget the password; none stored is fine. Raises NoKeyring."""
    from keyring.errors import PasswordDeleteError

    def delete(backend: KeyringBackend) -> None:
        with contextlib.suppress(PasswordDeleteError):
            backend.delete_password(SERVICE, _entry(account))

    await _ask(delete, timeout)


def _entry(account: Account) -> str:
    """Bound to host and port, so that a changed host never receives the password of the old one."""
    return f"{account.user}@{account.host}:{account.port}"


async def _ask(question: Callable[[KeyringBackend], T], timeout: float) -> T:
    try:
        return await in_daemon_thread(lambda: question(_safe_backend()), timeout)
    except NoKeyring:
        raise
    except TimeoutError as error:
        raise NoKeyring(f"The keyring did not answer within {timeout:.0f} s; it may be locked.") from error
    except Exception as error:  # backends raise whatever their D-Bus or system library raises
        raise NoKeyring(f"The keyring cannot be used ({type(error).__name__}).") from error


def _safe_backend() -> KeyringBackend:
    import keyring  # 46 ms and the whole of cryptography: only when asked for, only in the thread

    chosen = keyring.get_keyring()
    for backend in getattr(chosen, "backends", None) or [chosen]:  # the chainer holds several
        module = type(backend).__module__
        if any(module == safe or module.startswith(safe + ".") for safe in SAFE_BACKENDS):
            return backend  # type: ignore[no-any-return]
    module = type(chosen).__module__
    if module == "keyring.backends.fail":
        raise NoKeyring("There is no keyring on this system.")
    raise NoKeyring(f"The keyring found here ({module}) is not one known to encrypt, so it is not used.")
