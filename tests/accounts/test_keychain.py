"""Only keyrings known to encrypt are used, and none can hold the program up."""

from __future__ import annotations

import threading
from collections.abc import Callable

import keyring
import pytest
from keyring.backend import KeyringBackend
from keyring.backends import fail
from keyring.errors import KeyringLocked, PasswordDeleteError

from tuimail.accounts import keychain
from tuimail.model import Account

ADA = Account(name="work", host="imap.example.org", port=993, user="ada")

Install = Callable[[object], None]


@pytest.fixture
def install(monkeypatch: pytest.MonkeyPatch) -> Install:
    """Makes an object the keyring that `keyring` found."""

    def put(backend: object) -> None:
        monkeypatch.setattr(keyring, "get_keyring", lambda: backend)

    return put


class Vault:
    """A keyring in memory that claims to live in the module given."""

    def __init__(self) -> None:
        self.held: dict[tuple[str, str], str] = {}

    def get_password(self, service: str, user: str) -> str | None:
        return self.held.get((service, user))

    def set_password(self, service: str, user: str, password: str) -> None:
        self.held[service, user] = password

    def delete_password(self, service: str, user: str) -> None:
        if (service, user) not in self.held:
            raise PasswordDeleteError("none")
        del self.held[service, user]


def living_in(module: str, kind: type = Vault) -> Vault:
    vault: Vault = type("Keyring", (kind,), {"__module__": module})()
    return vault


async def test_a_trusted_keyring_keeps_and_forgets(install: Install) -> None:
    vault = living_in("keyring.backends.SecretService")
    install(vault)
    assert await keychain.read(ADA) is None
    await keychain.write(ADA, "sesame")
    assert await keychain.read(ADA) == "sesame"
    assert vault.held == {("tuimail", "ada@imap.example.org:993"): "sesame"}
    await keychain.remove(ADA)
    await keychain.remove(ADA)
    assert await keychain.read(ADA) is None


async def test_another_host_does_not_get_the_password(install: Install) -> None:
    install(living_in("keyring.backends.SecretService"))
    await keychain.write(ADA, "sesame")
    assert await keychain.read(Account(name="work", host="evil.example.org", port=993, user="ada")) is None


@pytest.mark.parametrize(
    "module", ["keyrings.alt.file", "keyrings.cryptfile.cryptfile", "keyring_pass_evil", "keyring.backends.null"]
)
async def test_a_keyring_not_known_to_encrypt_is_never_given_a_password(install: Install, module: str) -> None:
    vault = living_in(module)
    install(vault)
    with pytest.raises(keychain.NoKeyring, match="not one known to encrypt"):
        await keychain.write(ADA, "sesame")
    with pytest.raises(keychain.NoKeyring, match=module.replace(".", r"\.")):
        await keychain.read(ADA)
    assert vault.held == {}


async def test_of_several_keyrings_the_trusted_one_is_taken(install: Install) -> None:
    plain, safe = living_in("keyrings.alt.file"), living_in("keyring.backends.kwallet")
    install(type("Chainer", (), {"__module__": "keyring.backends.chainer", "backends": [plain, safe]})())
    await keychain.write(ADA, "sesame")
    assert plain.held == {}
    assert list(safe.held.values()) == ["sesame"]


async def test_no_keyring_at_all_is_told(install: Install) -> None:
    install(fail.Keyring())  # type: ignore[no-untyped-call]
    with pytest.raises(keychain.NoKeyring, match="There is no keyring on this system"):
        await keychain.read(ADA)


async def test_a_locked_keyring_is_told_and_its_own_words_are_not_repeated(install: Install) -> None:
    class Locked(Vault):
        def get_password(self, service: str, user: str) -> str | None:
            raise KeyringLocked("sesame")

    install(living_in("keyring.backends.SecretService", Locked))
    with pytest.raises(keychain.NoKeyring, match="KeyringLocked") as caught:
        await keychain.read(ADA)
    assert "sesame" not in str(caught.value)


async def test_a_keyring_that_never_answers_is_given_up(install: Install) -> None:
    release = threading.Event()

    class Hanging(Vault):
        def get_password(self, service: str, user: str) -> str | None:
            release.wait(30)
            return None

    install(living_in("keyring.backends.SecretService", Hanging))
    with pytest.raises(keychain.NoKeyring, match="did not answer"):
        await keychain.read(ADA, timeout=0.02)
    release.set()


def test_the_policy_names_modules_that_exist_where_they_can() -> None:
    from keyring.backends import SecretService, kwallet, libsecret

    for module in (SecretService, kwallet, libsecret):
        assert module.__name__ in keychain.SAFE_BACKENDS
        assert issubclass(module.Keyring if module is not kwallet else kwallet.DBusKeyring, KeyringBackend)
