"""Mails that went wrong on the way, by the thousand: cut, doubled, spliced, with octets that mean something in the
wrong place. The same seed makes the same mails."""

from __future__ import annotations

import random
from collections.abc import Iterator

from tests.content.samples import SAMPLES, raw

MOST_OCTETS = 6_000
"""Of a mail to start from; long ones hold no more ideas, only more time."""

MEANINGFUL = (
    b"\r\n", b"\n\n", b"\r", b"\n ", b"--", b"--BB", b"--BB--\r\n", b"=?utf-8?B?", b"?=", b"=?iso-2022-jp?Q?",
    b"\x1b[2J", b"\x1b$B", b"\x9b", b"\xff", b"\xc3", b"\0", b'"', b"<", b">", b"(", b"\\", b"=", b"=\r\n", b";",
    b"%00", b"&#27;", b"\xe2\x80\xae", b"\xf0\x9f", b"From ", b"Content-Type: ",
    b"Content-Type: multipart/mixed; boundary=BB\r\n",
    b"Content-Type: multipart/alternative; boundary=BB\r\n\r\n--BB\r\n", b"Content-Type: message/rfc822\r\n\r\n",
    b"Content-Type: message/delivery-status\r\n\r\n", b"Content-Type: text/html; charset=utf-16\r\n\r\n",
    b"Content-Transfer-Encoding: base64\r\n", b"Content-Transfer-Encoding: x-uuencode\r\n", b"; charset=zlib_codec",
    b"; format=flowed; delsp=yes", b"filename*0*=utf-8''%e2", b"<table><tr><td>", b"<a href='", b"<!--", b"<style>",
    b"]]>", b"begin 644 x\r\n", b"Final-Recipient: rfc822; ", b"> > >", b"-- \r\n", b"http://[",
)  # fmt: skip


def mutations(count: int, seed: int) -> Iterator[bytes]:
    """So many mails, each one to eight accidents away from a sample."""
    chance = random.Random(seed)
    mails = [data for data in map(raw, SAMPLES) if len(data) < MOST_OCTETS]
    for _ in range(count):
        mail = bytearray(chance.choice(mails))
        for _ in range(chance.randint(1, 8)):
            _happen(chance, mail, mails)
        yield bytes(mail)


def _happen(chance: random.Random, mail: bytearray, mails: list[bytes]) -> None:
    start = chance.randint(0, len(mail))
    end = min(len(mail), start + chance.choice((0, 1, 2, 9, 80, 1_000)))
    match chance.randrange(7):
        case 0 | 1:
            mail[start:end] = chance.choice(MEANINGFUL)
        case 2:
            mail[start:end] = chance.randbytes(chance.randint(1, 8))
        case 3:
            del mail[start:end]
        case 4:
            mail[start:start] = mail[start:end] * chance.choice((1, 1, 2, 20))
        case 5:
            other = chance.choice(mails)
            cut = chance.randint(0, len(other))
            mail[start:end] = other[cut : cut + chance.choice((20, 200, 6_000))]
        case 6:
            for place in chance.choices(range(len(mail)), k=min(len(mail), 5)):
                mail[place] ^= 1 << chance.randrange(8)
    del mail[4 * MOST_OCTETS :]
