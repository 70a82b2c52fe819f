"""The benchmarks' own parts do what the figures rely on."""

from __future__ import annotations

import email
import imaplib
import shutil
import sys
import tempfile
from email import policy
from pathlib import Path

from tests.bench.feel import _latencies
from tests.bench.letters import NEWEST, mailbox
from tests.bench.server import BenchDovecot, _ranges
from tests.bench.table import Group, Row, markdown
from tests.bench.terminal import Terminal


def test_the_same_seed_gives_the_same_mailbox() -> None:
    assert list(mailbox(200, seed=7)) == list(mailbox(200, seed=7))
    assert list(mailbox(200, seed=7)) != list(mailbox(200, seed=8))


def test_generated_mail_parses_and_the_newest_carries_the_mark() -> None:
    mails = list(mailbox(300))
    assert [mail.received for mail in mails] == sorted(mail.received for mail in mails)
    assert mails[-1].received <= NEWEST
    for mail in mails:
        message = email.message_from_bytes(mail.raw, policy=policy.default)
        assert not message.defects
        assert message["Message-ID"]
    assert email.message_from_bytes(mails[-1].raw)["Subject"] == "NEWEST-300"


def test_dovecot_takes_up_what_was_written_and_keeps_it_for_the_next_run() -> None:
    with tempfile.TemporaryDirectory(prefix="bench", dir="/tmp") as folder:
        Path(folder).chmod(0o755)
        for _ in range(2):
            with BenchDovecot(Path(folder) / "homes") as server:
                user = server.fill(60)
                with imaplib.IMAP4(server.host, server.port) as client:
                    client.login(user, "test")
                    assert client.select("INBOX", readonly=True) == ("OK", [b"60"])
                    _, seen = client.search(None, "SEEN")
                    wanted = [n for n, mail in enumerate(mailbox(60), 1) if "\\Seen" in mail.flags]
                    assert [int(word) for word in seen[0].split()] == wanted


def test_numbers_become_ranges() -> None:
    assert list(_ranges([1, 2, 3, 7, 9, 10])) == ["1:3", "7:7", "9:10"]


def test_a_key_counts_until_the_first_paint_with_the_cursor_elsewhere() -> None:
    paints = [(0.5, 1), (1.01, 1), (1.02, 2), (2.5, 2), (3.04, 1)]
    assert [round(seconds, 2) for seconds in _latencies([1.0, 3.0], paints)] == [0.02, 0.04]


def test_a_key_that_painted_nothing_does_not_count() -> None:
    assert _latencies([1.0], [(0.5, 1), (1.5, 1)]) == []


def test_ratios_are_against_the_first_row_of_a_group() -> None:
    table = markdown([Group("sync", [Row("drain", samples=[1.0, 3.0, 2.0]), Row("us", samples=[5.0])])])
    assert "| us | 5.000 s | 5.000 s … 5.000 s | 1 | 2.50 |  |  |" in table


def test_a_missing_program_is_a_row_that_says_so() -> None:
    table = markdown([Group("start", [Row("neomutt", note="not installed (apt-get install neomutt)")])])
    assert "| neomutt | – | | 0 | | | not installed (apt-get install neomutt) |" in table


def test_a_mark_is_found_between_escape_sequences_and_keys_are_answered() -> None:
    python = shutil.which("python3") or sys.executable
    program = "import sys; print('\\033[1mNEW\\033[0mEST-5', flush=True); print(sys.stdin.readline(), flush=True)"
    with Terminal([python, "-c", program], {"PATH": "/usr/bin:/bin", "TERM": "xterm"}) as terminal:
        assert terminal.wait_for(b"NEWEST-5", 20) > 0
        assert terminal.peak_megabytes() > 1
        assert terminal.press(b"j\r") is not None
