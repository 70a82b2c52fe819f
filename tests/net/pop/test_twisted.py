"""Against Twisted's POP3 server, which nobody here wrote: no blank line behind TOP, "PIPELINE" misspelt."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.net.pop.reach import asked, session, tops
from tests.net.reach import password
from tuimail.errors import LoginRefused
from tuimail.net.pop.login import open_pop

MAIL = [b"Subject: letter %d\r\nFrom: a@example.org\r\n\r\nhello\r\n.dot\r\n" % number for number in range(1, 6)]


@pytest.fixture
def twisted(tmp_path: Path) -> Iterator[tuple[int, Path]]:
    """(port, the folder of its mail)."""
    pytest.importorskip("twisted.mail.pop3", reason="Twisted is not installed")
    for number, mail in enumerate(MAIL, 1):
        (tmp_path / f"{number}.eml").write_bytes(mail)
    command = [sys.executable, "-m", "tests.servers.twisted_pop3", str(tmp_path)]
    process = subprocess.Popen(command, stdout=subprocess.PIPE)
    try:
        assert process.stdout is not None
        yield int(process.stdout.readline()), tmp_path
    finally:
        process.terminate()
        process.communicate()


async def test_twisted_is_listed_read_and_emptied(twisted: tuple[int, Path]) -> None:
    port, folder = twisted
    wanted = asked(port, auth="login")  # Twisted's own APOP compares text with octets and lets nobody in
    async with session(wanted) as opened:
        assert opened.mechanism == "the USER command" and not opened.abilities.pipelining
        entries = await opened.listing()
        assert [entry.size for entry in entries] == [len(mail) for mail in MAIL]
        heads = await tops(opened)
        assert all(heads[n].startswith(b"Subject: letter %d\r\n" % n) and b"hello" not in heads[n] for n in heads)
        assert len(heads) == 5 and not opened.top_broken
        assert [await opened.retr(number) for number in range(1, 6)] == MAIL
        await opened.dele([1, 3])
        await opened.rset()
        await opened.dele([2])
        await opened.quit()
    assert [path.name for path in folder.glob("*.deleted")] == ["2.eml.deleted"]
    with pytest.raises(LoginRefused):
        await open_pop(asked(port, user="eve", auth="login"), password)
