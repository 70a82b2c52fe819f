"""Every hostile script against the whole program below the screen: each ends as it must, in seconds."""

from __future__ import annotations

import logging
import subprocess
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import pytest

from tests.fakes.hostile import SCALE, HostileServer
from tests.robust.hostile_run import Player, Resting, judge, names, script
from tests.servers.certificates import make_certificate, make_dated_certificate
from tuimail.net import imap, login, watching
from tuimail.sync import patience

Certificates = dict[str, tuple[Path, Path]]


@pytest.fixture(scope="module")
def certificates(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Certificates]:
    """By the names the scripts use. All are trusted by the client, so that only their one flaw can tell."""
    folder = Path(tmp_path_factory.mktemp("tls"))
    good = make_certificate(folder)
    expired = make_dated_certificate(folder, "20200101000000Z", "20200201000000Z", stem="expired")
    cnsan = folder / "cnsan.crt"
    command = ["openssl", "req", "-x509", "-key", str(good.key), "-subj", "/CN=127.0.0.1", "-days", "2"]
    command += ["-addext", "subjectAltName=DNS:other.test", "-out", str(cnsan)]
    subprocess.run(command, check=True, capture_output=True)
    trusted = folder / "trusted.pem"
    trusted.write_bytes(good.cert.read_bytes() + expired.cert.read_bytes() + cnsan.read_bytes())
    yield {
        "good": (good.cert, good.key),
        "expired": (expired.cert, expired.key),
        "cnsan": (cnsan, good.key),
        "trusted": (trusted, trusted),
    }


@pytest.fixture
def hurry(monkeypatch: pytest.MonkeyPatch) -> Resting:
    """Every limit of time SCALE times shorter; no chance in the pauses."""
    monkeypatch.setattr(login, "GREETING_SECONDS", login.GREETING_SECONDS / SCALE)
    monkeypatch.setattr(login, "LOGIN_SECONDS", login.LOGIN_SECONDS / SCALE)
    monkeypatch.setattr(watching, "ANSWER_SECONDS", watching.ANSWER_SECONDS / SCALE)
    monkeypatch.setattr(patience, "BACK_OFF", tuple(seconds / SCALE for seconds in patience.BACK_OFF))
    monkeypatch.setattr("tuimail.sync.patience.random.uniform", lambda low, high: (low + high) / 2)
    return Resting(monkeypatch)


@pytest.mark.parametrize("name", names())
async def test_a_hostile_script_ends_as_it_must(
    name: str,
    certificates: Certificates,
    hurry: Resting,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
    tmp_path: Path,
) -> None:
    told = script(name)
    silence = 30 / SCALE if "stall" in str(told["server"]) else 20.0
    monkeypatch.setattr(
        imap, "connect_imap", partial(imap.connect_imap, silence=silence, compress="deflate_bomb" in str(told))
    )
    server = HostileServer(told["server"], certificates)
    player = Player(told, await server.listen(), server, certificates["trusted"][0], tmp_path)
    with caplog.at_level(logging.INFO):
        outcome = await player.play(hurry)
    await server.stop()
    wrong = judge(told, server, outcome)
    wrong += [record.getMessage() for record in caplog.records if record.levelno >= logging.ERROR]
    assert not wrong, (told["threat"], wrong, outcome.offline, server.heard[-60:])
