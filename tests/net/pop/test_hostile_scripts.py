"""Every hostile POP3 script ends as it says, with a client that keeps by header what it has read."""

from __future__ import annotations

import base64
import json
import re
import ssl
from pathlib import Path
from typing import Any

import pytest

from tests.fakes.hostile_pop import HostilePop
from tests.net.reach import account
from tests.servers.certificates import Certificate, make_certificate
from tuimail.errors import RemoteError, ServerRefused
from tuimail.model import Security
from tuimail.net.pop.login import open_pop

SCRIPTS = Path(__file__).parents[2] / "data" / "hostile" / "transcripts"
NAMES = sorted(path.name.partition("-")[0] for path in SCRIPTS.glob("*-pop3.json"))
SECURITY = {"implicit": Security.TLS, "starttls": Security.STARTTLS, "none": Security.PLAIN}
SECRET = HostilePop.password


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Certificate:
    return make_certificate(tmp_path_factory.mktemp("tls"))


class Client:
    """What a mail program does with one maildrop: fetch what it has not, delete what is done with."""

    def __init__(self, server: HostilePop, security: Security, ca_file: str, leave: bool) -> None:
        self.account = account(server.port, server.user, security, ca_file=ca_file)
        self.leave = leave
        self.local: dict[bytes, bytes] = {}
        """Header → message."""
        self.refused: list[ServerRefused] = []

    async def sync(self) -> None:
        async def password() -> str:
            return SECRET

        session = await open_pop(self.account, password, silence=2.0)
        try:
            entries = await session.listing()
            kept: dict[int, bytes] = {}
            async for number, head in session.tops(
                [entry.number for entry in reversed(entries)], whole=kept.__setitem__
            ):
                if head not in self.local:
                    try:
                        self.local[head] = kept.get(number) or await session.retr(number)
                    except ServerRefused as refusal:
                        self.refused.append(refusal)
            if not self.leave:
                await session.dele([entry.number for entry in entries])
                await session.quit()
        finally:
            await session.close()


def script(name: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((SCRIPTS / f"{name}-pop3.json").read_text("utf-8"))
    return found


@pytest.mark.parametrize("name", NAMES)
async def test_a_hostile_script_ends_as_it_says(name: str, certificate: Certificate) -> None:
    told = script(name)
    wanted, client_does, expect = told["client"], told["client"]["actions"], told["expect"]
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(certificate.cert, certificate.key)
    troubles: list[RemoteError] = []
    async with HostilePop(told["server"], context) as server:
        client = Client(
            server, SECURITY[wanted["security"]], str(certificate.cert), wanted.get("leave_on_server", True)
        )
        rounds = client_does.count("sync")
        for _ in range(rounds + (expect["outcome"] == "recover")):
            try:
                await client.sync()
            except RemoteError as error:
                troubles.append(error)
                if expect["outcome"] in ("refuse", "fail-op"):
                    break
    assert server.hooked or name in ("t038", "t191", "t416")  # which lie in the greeting, in a mail, before STLS
    assert all(error.sentence and error.sentence.isprintable() for error in troubles)
    match expect["outcome"]:
        case "refuse" | "fail-op":
            assert len(troubles) == 1
            assert not client.local
        case "survive":
            assert not troubles
        case "recover":
            assert len(troubles) <= 1
    if local := expect.get("local_count"):
        assert len(client.local) == local["INBOX"]
    if least := expect.get("local_at_least_count"):
        assert len(client.local) >= least["INBOX"]
        assert [refusal.code for refusal in client.refused] == ["TOOBIG"]
    if left := expect.get("server_count"):
        assert len(server.kept) == left["INBOX"]
    for mark, inside in expect.get("body_has", {}).items():
        assert any(mark.encode() in mail and inside.encode() in mail for mail in client.local.values())
    _look_at_what_was_sent(server, expect)


def _look_at_what_was_sent(server: HostilePop, expect: dict[str, Any]) -> None:
    lines = [line for _, line in server.heard]
    plain = [line for phase, line in server.heard if phase == "plain"]
    never = [*expect.get("never", ()), *expect.get("forbid_raw", ())]
    assert not [line for line in lines for one in never if re.search(one, line)]
    assert not [line for line in plain for one in expect.get("never_plain", ()) if re.search(one, line)]
    for one, most in expect.get("max_commands", {}).items():
        assert sum(re.search(one, line) is not None for line in lines) <= most
    tries = sum(re.match("PASS|AUTH|APOP", line) is not None for line in lines)
    assert tries <= expect.get("max_auth_attempts", tries)
    if expect.get("no_secret_plain"):
        secrets = (SECRET, base64.b64encode(f"\0u\0{SECRET}".encode()).decode())
        assert not [line for line in plain if any(secret in line for secret in secrets)]


def test_all_of_them_are_here() -> None:
    assert len(NAMES) == 16
