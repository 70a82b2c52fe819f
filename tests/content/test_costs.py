"""What opening a mail may cost, whatever the mail: measured in a process of its own, under a limit."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable

import pytest

from tests.content.samples import FOLDER, SAMPLES

SLOWEST = 1.0
"""Seconds of one processor."""
MOST = 200_000_000
"""Octets that reading may take beside the mail itself."""

# Reads the mails named on standard input and answers seconds and octets (resident at most, since before the mail),
# and the seconds of its row in the list alone.
_READER = """
import json, resource, sys, time
from tuimail.content.headers import summarize
from tuimail.content.mime import html_source, parse

resource.setrlimit(resource.RLIMIT_AS, (2_000_000_000, 2_000_000_000))
parse(b"Content-Type: text/html\\n\\nto have everything imported <b>once</b>")
resident = lambda: resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * (1 if sys.platform == "darwin" else 1024)
answers = {}
for name in sys.stdin.read().split():
    raw = open(name, "rb").read()
    before, began = resident(), time.process_time()
    summarize(raw, 0)
    listed = time.process_time() - began
    parse(raw)
    took = time.process_time() - began
    began, sum_ = time.process_time(), 0
    for number in range(1_000_000):
        sum_ += number & 3
    slow = max(1.0, (time.process_time() - began) / USUAL)
    answers[name] = [took / slow, resident() - before, listed / slow]
print(json.dumps(answers))
"""
USUAL = 0.07
"""Seconds of processor for a million additions on an idle machine: one that is slower at this is given its time."""


def costs(names: list[str]) -> dict[str, tuple[float, int, float]]:
    ran = subprocess.run(
        [sys.executable, "-c", _READER.replace("USUAL", str(USUAL))],
        input="\n".join(names),
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert ran.returncode == 0, ran.stderr
    answers: dict[str, tuple[float, int, float]] = json.loads(ran.stdout)
    return answers


@pytest.mark.timeout(130)
def test_no_hostile_mail_takes_a_second_or_two_hundred_megabytes() -> None:
    found = costs([str(FOLDER / sample["file"]) for sample in SAMPLES])
    assert len(found) == len(SAMPLES)
    assert {name: cost for name, cost in found.items() if cost[0] > SLOWEST or cost[1] > MOST} == {}
    for sample in SAMPLES:
        seconds, octets, listed = found[str(FOLDER / sample["file"])]
        checks = sample["checks"]
        assert seconds <= checks.get("max_seconds_open", SLOWEST), sample["id"]
        assert listed <= checks.get("max_seconds_list", SLOWEST), sample["id"]
        assert octets <= checks.get("max_rss_mb", 200) * 1_000_000, sample["id"]


HEAD = (
    b"From: Eve <eve@evil.test>\r\nTo: you@user.test\r\nDate: Tue, 03 Feb 2026 10:11:12 +0000\r\nMIME-Version: 1.0\r\n"
)


def large_attachment() -> bytes:
    line = b"QUJDQUJDQUJDQUJDQUJDQUJDQUJDQUJDQUJDQUJDQUJDQUJDQUJDQUJDQUJDQUJDQUJDQUJDQUJD\r\n"
    text = b"Content-Type: multipart/mixed; boundary=B\r\n\r\n--B\r\n\r\nwords\r\n--B\r\n"
    file = b"Content-Transfer-Encoding: base64\r\nContent-Disposition: attachment; filename=a.bin\r\n\r\n"
    return HEAD + text + file + line * 1_340_000 + b"--B--\r\n"


BIG: dict[str, Callable[[], bytes]] = {
    "100 MB of attachment": large_attachment,
    "1 MB of subject": lambda: HEAD + b"Subject: " + (b"S" * 70 + b"\r\n ") * 14_200 + b"end\r\n\r\nwords",
    "a million encoded words": lambda: HEAD + b"Subject: " + b"=?utf-8?q?a?=\r\n " * 1_000_000 + b"\r\n\r\nwords",
    "5 MB of open spans": lambda: (
        HEAD + b"Content-Type: text/html\r\n\r\n<p>words</p>" + b'<span style="color:red">x ' * 180_000
    ),
    "multiparts 100,000 deep": lambda: (
        HEAD
        + b"".join(b"Content-Type: multipart/mixed; boundary=b%d\r\n\r\n--b%d\r\n" % (n, n) for n in range(100_000))
        + b"\r\nwords"
    ),
    "5 MB of quotation marks": lambda: HEAD + b"\r\n" + b">" * 5_000_000,
    "a line of 5 MB": lambda: HEAD + b"\r\n" + b"x" * 5_000_000,
    "5 MB of links": lambda: HEAD + b"\r\n" + b"http://a.test/b " * 320_000,
    "5 MB of short lines": lambda: HEAD + b"\r\n" + b"a\r\n" * 1_700_000,
    "5 MB of one report": lambda: (
        HEAD + b"Content-Type: message/delivery-status\r\n\r\n" + b"Final-Recipient: a@b.test\r\n\r\n" * 180_000
    ),
    "5 MB of delimiters": lambda: HEAD + b"Content-Type: multipart/mixed; boundary=B\r\n\r\n" + b"--B\r\n" * 1_000_000,
    "5 MB of what is nearly a delimiter, in a hundred multiparts": lambda: (
        HEAD
        + b"".join(b"Content-Type: multipart/mixed; boundary=b%03d\r\n\r\n--b%03d\r\n" % (n, n) for n in range(99))
        + b"--x\n" * 1_250_000
    ),
    "5 MB of brackets in To": lambda: HEAD + b"To: " + b"(<" * 2_500_000 + b"\r\n\r\nwords",
    "5 MB of fields": lambda: HEAD + b"X: y\r\n" * 830_000 + b"\r\nwords",
    "5 MB of parameters": lambda: HEAD + b"Content-Type: text/plain" + b"; a=b" * 1_000_000 + b"\r\n\r\nwords",
}


@pytest.mark.timeout(130)
@pytest.mark.parametrize("kind", BIG)
def test_a_mail_of_many_megabytes_takes_hardly_longer(kind: str, tmp_path_factory: pytest.TempPathFactory) -> None:
    path = tmp_path_factory.mktemp("big") / "mail"
    path.write_bytes(BIG[kind]())
    try:
        (cost,) = costs([str(path)]).values()
    finally:
        path.unlink()
    assert cost[0] < 2 * SLOWEST, "one machine counts a second where another counts two; the square would be minutes"
    assert cost[1] < MOST
