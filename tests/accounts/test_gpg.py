"""What gpg's status lines are taken for, with older and kinder gpgs than the one that is here."""

from __future__ import annotations

from pathlib import Path

import pytest

from tuimail.accounts import gpg
from tuimail.model import Envelope, Opened

PRINT = "A" * 40
GOOD = f"NEWSIG\nGOODSIG {PRINT[:16]} Ada%20%3Cada@x%3E\nVALIDSIG {PRINT} 2024-01-01 1 0 4 0 22 8 00 {PRINT}"


@pytest.fixture(autouse=True)
def keyring(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GNUPGHOME", str(tmp_path))


def told(monkeypatch: pytest.MonkeyPatch, status: str, *, detached: bool, output: bytes = b"words") -> Opened:
    """The answer when gpg says this."""
    lines = [(line.split(" ")[0], line.split(" ")[1:]) for line in status.split("\n")]
    monkeypatch.setattr(gpg, "_run", lambda *_: (lines, output))
    return gpg.look(Envelope("1", b"octets", b"signature" if detached else None))


def test_a_good_signature_has_the_fingerprint_of_the_primary_key(monkeypatch: pytest.MonkeyPatch) -> None:
    (signature,) = told(monkeypatch, GOOD, detached=True).signatures
    assert (signature.word, signature.key, signature.user) == ("good", PRINT, "Ada <ada@x>")


def test_good_without_valid_is_not_good(monkeypatch: pytest.MonkeyPatch) -> None:
    (signature,) = told(monkeypatch, GOOD.rpartition("\n")[0], detached=True).signatures
    assert signature.word == "unreadable"


def test_a_signature_of_a_key_is_none_of_a_text(monkeypatch: pytest.MonkeyPatch) -> None:
    (signature,) = told(monkeypatch, GOOD.replace(" 00 ", " 10 "), detached=True).signatures
    assert signature.word == "unreadable"


def test_a_signature_with_a_text_of_its_own_is_none_of_ours(monkeypatch: pytest.MonkeyPatch) -> None:
    answer = told(monkeypatch, f"PLAINTEXT 62 0 x\n{GOOD}", detached=True)
    assert not answer.signatures and answer.trouble == "the signature is not one of this text."


def test_every_one_of_several_signatures_counts(monkeypatch: pytest.MonkeyPatch) -> None:
    status = f"{GOOD}\nNEWSIG\nBADSIG BBBB Eve\nNEWSIG\nERRSIG CCCC 1 10 00 1 9 -"
    words = [signature.word for signature in told(monkeypatch, status, detached=True).signatures]
    assert words == ["good", "bad", "unknown"]


@pytest.mark.parametrize(
    "status",
    [
        "BEGIN_DECRYPTION\nPLAINTEXT 62 0 x\nDECRYPTION_OKAY",
        "BEGIN_DECRYPTION\nPLAINTEXT 62 0 x\nDECRYPTION_FAILED",
        "BEGIN_DECRYPTION\nPLAINTEXT 62 0 x\nPLAINTEXT 62 0 y\nDECRYPTION_OKAY\nGOODMDC",
        f"PLAINTEXT 62 0 x\n{GOOD}\nERROR proc_pkt.plaintext 89_BAD_DATA",
        "NODATA 1",
    ],
    ids=["no protection", "failed", "two texts", "two messages", "nothing"],
)
def test_what_may_have_been_changed_or_mixed_is_not_shown(monkeypatch: pytest.MonkeyPatch, status: str) -> None:
    answer = told(monkeypatch, status, detached=False)
    assert answer.text is None and answer.trouble and not answer.decrypted


def test_a_signature_too_long_to_be_one_starts_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(gpg, "_run", None)
    assert "too long" in gpg.look(Envelope("1", b"", b"x" * 20_000)).trouble
