"""Where the password comes from, in which order, and that it does not show."""

from __future__ import annotations

import asyncio
import sys
import time
from pathlib import Path

import pytest

from tuimail.accounts import keychain
from tuimail.accounts.secrets import Secret, Secrets, from_command
from tuimail.errors import SecretUnavailable
from tuimail.model import Account
from tuimail.records import replace

ADA = Account(name="work", host="imap.example.org", port=993, user="ada")


def command(*words: str) -> Account:
    return replace(ADA, password_command=words)


def python(code: str) -> Account:
    return command(sys.executable, "-c", code)


@pytest.fixture
def stored(monkeypatch: pytest.MonkeyPatch) -> list[str | None]:
    """What the keyring answers, last first; empty: there is no keyring."""
    answers: list[str | None] = []

    async def read(account: Account, *, timeout: float = 0) -> str | None:
        if not answers:
            raise keychain.NoKeyring("There is no keyring on this system.")
        return answers[-1]

    monkeypatch.setattr(keychain, "read", read)
    return answers


class Person:
    """Somebody who answers; counts how often they were asked."""

    def __init__(self, *answers: str | None) -> None:
        self.answers = list(answers)
        self.asked = 0
        self.complaints: list[str] = []

    async def __call__(self, account: Account, complaint: str) -> str | None:
        self.asked += 1
        self.complaints.append(complaint)
        await asyncio.sleep(0)
        return self.answers.pop(0)


async def test_the_command_comes_before_url_keyring_and_person(stored: list[str | None]) -> None:
    stored.append("from keyring")
    secrets = Secrets({"work": "from url"}, Person("from person"))
    assert await secrets(command("echo", "from command")) == "from command"


async def test_the_url_comes_before_keyring_and_person(stored: list[str | None]) -> None:
    stored.append("from keyring")
    assert await Secrets({"work": "from url"}, Person("from person"))(ADA) == "from url"


async def test_the_keyring_comes_before_the_person(stored: list[str | None]) -> None:
    stored.append("from keyring")
    assert await Secrets({}, Person("from person"))(ADA) == "from keyring"


@pytest.mark.parametrize("keyring_answer", [[], [None]])
async def test_the_person_is_asked_last_and_once(stored: list[str | None], keyring_answer: list[None]) -> None:
    stored.extend(keyring_answer)
    person = Person("from person")
    secrets = Secrets({}, person)
    assert set(await asyncio.gather(secrets(ADA), secrets(ADA), secrets(ADA))) == {"from person"}
    assert person.asked == 1


async def test_a_refused_password_is_asked_for_anew_and_not_taken_from_the_url_again(stored: list[str | None]) -> None:
    person = Person("right")
    secrets = Secrets({"work": "wrong"}, person)
    assert await secrets(ADA) == "wrong"
    secrets.forget(ADA)
    assert await secrets(ADA) == "right"
    assert person.complaints == ["The server refused that password."]


async def test_a_refused_password_of_the_keyring_is_asked_for_until_the_keyring_has_another(
    stored: list[str | None],
) -> None:
    stored.append("old")
    secrets = Secrets({}, Person("typed"))
    assert await secrets(ADA) == "old"
    secrets.forget(ADA)
    assert await secrets(ADA) == "typed"
    secrets.forget(ADA)
    stored.append("new")
    assert await secrets(ADA) == "new"


async def test_with_nobody_to_ask_the_reason_and_the_next_step_are_told(stored: list[str | None]) -> None:
    with pytest.raises(SecretUnavailable) as caught:
        await Secrets()(ADA)
    assert caught.value.sentence == "No password for work. There is no keyring on this system."
    assert "--password-command" in caught.value.next_step


async def test_a_person_may_decline(stored: list[str | None]) -> None:
    with pytest.raises(SecretUnavailable, match="was given"):
        await Secrets({}, Person(None))(ADA)


async def test_a_failing_command_is_not_covered_up_by_the_keyring(stored: list[str | None]) -> None:
    stored.append("from keyring")
    with pytest.raises(SecretUnavailable):
        await Secrets()(command("false"))


async def test_whoever_keeps_logs_hears_of_each_secret_first(stored: list[str | None]) -> None:
    heard: list[tuple[str, str]] = []
    secrets = Secrets({"work": "sesame"}, on_secret=lambda secret, user: heard.append((secret, user)))
    await secrets(ADA)
    assert heard == [("sesame", "ada")]


async def test_only_the_first_line_counts_and_no_shell_runs() -> None:
    assert await from_command(command("printf", "%s\\nuser: ada\\n", "$HOME; a b ")) == "$HOME; a b "


async def test_the_complaint_of_a_failing_command_is_shown_on_one_clean_line() -> None:
    code = r"import sys; print('sesame'); print('gpg: no\nkey \x1b[2J', file=sys.stderr); sys.exit(3)"
    with pytest.raises(SecretUnavailable) as caught:
        await from_command(python(code))
    assert "exit code 3: gpg: no key  [2J" in caught.value.sentence
    assert "sesame" not in str(caught.value)


@pytest.mark.parametrize(
    ("account", "sentence"),
    [
        (command("/no/such/program"), "cannot be run: /no/such/program: No such file"),
        (command("true"), "printed nothing"),
        (command("printf", "\\377\\n"), "did not print UTF-8"),
        (command("echo", "a\x00b"), "NUL"),
    ],
)
async def test_each_way_a_command_can_fail_is_a_sentence(account: Account, sentence: str) -> None:
    with pytest.raises(SecretUnavailable, match=sentence.replace("(", r"\(")):
        await from_command(account)


async def test_a_command_that_hangs_is_ended_with_all_it_started() -> None:
    began = time.monotonic()
    with pytest.raises(SecretUnavailable, match="did not finish"):
        await from_command(command("sh", "-c", "sleep 60 & sleep 60; echo late"), timeout=0.1)
    assert time.monotonic() - began < 30, "the sleep would have been a minute"


def test_a_secret_does_not_show_itself() -> None:
    secret = Secret("sesame")
    assert "sesame" not in f"{secret} {secret!r} {[secret]} {'%s' % secret}"  # noqa: UP031
    assert secret.reveal() == "sesame"


async def test_a_command_that_prints_the_refused_password_again_is_not_believed_again() -> None:
    account = replace(ADA, password_command=("echo", "wrong"))
    secrets = Secrets()
    assert await secrets(account) == "wrong"
    secrets.forget(account)
    for _ in range(3):
        with pytest.raises(SecretUnavailable, match="still gives the password that the server refused"):
            await secrets(account)


async def test_a_refused_password_typed_again_is_asked_for_again_and_never_sent_again(stored: list[str | None]) -> None:
    complaints: list[str] = []
    answers = iter(["wrong", "wrong", "right", "wrong", "wrong", "wrong"])

    async def ask(account: Account, complaint: str) -> str | None:
        complaints.append(complaint)
        return next(answers)

    secrets = Secrets(asker=ask)
    assert await secrets(ADA) == "wrong"
    secrets.forget(ADA)
    assert await secrets(ADA) == "right"
    assert complaints[1:] == [
        "The server refused that password.",
        "That is the password the server has refused already.",
    ]
    secrets.forget(ADA)
    with pytest.raises(SecretUnavailable, match="not sent again"):
        await secrets(ADA)


async def test_a_token_is_made_anew_for_each_connection(tmp_path: Path) -> None:
    script = tmp_path / "token"
    script.write_text(f"#!/bin/sh\necho x >> {tmp_path}/made\nwc -l < {tmp_path}/made\n")
    script.chmod(0o700)
    account = replace(ADA, token_command=(str(script),), password_command=("echo", "password"))
    secrets = Secrets()
    assert [(await secrets(account)).strip() for _ in range(3)] == ["1", "2", "3"]
