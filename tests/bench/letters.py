# ruff: noqa: E501 (word lists and templates stay in one piece)
"""Mail by the hundred thousand: deterministic, realistic in size, headers, threads, charsets and MIME.

Same count, seed and profile, same octets. The newest message's subject is NEWEST-<count>, for a screen to be
searched for. Expensive things are made once; a message is then slices and one join (16 µs).
"""

from __future__ import annotations

import random
from base64 import b64encode
from collections.abc import Iterator
from dataclasses import dataclass, field
from email.utils import formatdate

NEWEST = 1_750_000_000
"""When the newest message came in (June 2025), whatever the count."""
_DAY = 86_400

_FIRST = "Ana Bruno Chloé Dmitri Erik Fatima Grace Hiro Ines Jürgen Katarzyna Liam Mei Nadia Olaf Priya Rosa Søren Tomáš Uma Wei".split()
_LAST = "Almeida Brandt Castro Duarte Eriksson Fischer García Haddad Jansen Kowalski Lefèvre Müller Nakamura Quispe Rossi Šimek Weiß".split()
_DOMAINS = ("example.com", "example.org", "mail.example.net", "lists.example.org", "uni.test", "shop.test")
_WORDS = (
    "the release build fails when patch series for review meeting notes budget invoice order shipped your account notice weekly digest "
    "question about kernel driver memory leak fix regression test parser index search thread cache proposal agenda travel plans lunch "
    "tomorrow report draft final version update request access reset conference paper accepted reminder payment received subscription "
    "renewal photos family holiday schedule deploy incident postmortem"
).split()
_WORLD = (
    ("utf-8", "Réunion de l’équipe : compte rendu et prochaines étapes"),
    ("utf-8", "請確認您的訂單 📦 配送通知"),
    ("utf-8", "Привет! Отчёт за неделю и планы"),
    ("utf-8", "مرحبا بكم في الاجتماع القادم"),
    ("iso-8859-1", "Übersicht der Änderungen für März"),
    ("iso-2022-jp", "会議の議事録について"),
    ("gb2312", "关于项目进度的通知"),
    ("koi8-r", "Счёт на оплату услуг"),
    ("windows-1252", "Offre spéciale – 20 € de remise"),
)


@dataclass(frozen=True, slots=True)
class Mail:
    """One message with LF lines, when it came in (epoch seconds), and its flags as IMAP words."""

    raw: bytes
    received: int
    flags: tuple[str, ...]


@dataclass(slots=True)
class _Thread:
    subject: str
    to: str
    ids: list[str] = field(default_factory=list)


def _word(text: str, charset: str = "utf-8") -> str:
    """Encoded words (RFC 2047), folded; ASCII as it is."""
    if text.isascii():
        return text
    pieces = [text[n : n + 12] for n in range(0, len(text), 12)]
    return "\n ".join(f"=?{charset}?B?{b64encode(piece.encode(charset)).decode()}?=" for piece in pieces)


class _Pools:
    """What messages are cut from."""

    def __init__(self, rng: random.Random) -> None:
        self.people = []
        for n in range(1500):
            name = f"{rng.choice(_FIRST)} {rng.choice(_LAST)}"
            local = name.lower().encode("ascii", "ignore").decode().replace(" ", ".")
            self.people.append((_word(name), f"{local}{n}@{_DOMAINS[n % len(_DOMAINS)]}"))
        self.subjects = [" ".join(rng.choices(_WORDS, k=rng.randint(3, 8))).capitalize() for _ in range(4000)]
        self.world = [_word(text, charset) for charset, text in _WORLD]
        lines = [" ".join(rng.choices(_WORDS, k=rng.randint(4, 11)))[:76].capitalize() for _ in range(3000)]
        self.text = "\n".join(f"> {line}" if n % 5 == 0 else line for n, line in enumerate(lines)) + "\n"
        self.html = "".join(
            f'<tr><td style=3D"padding:4px">{line}</td></tr>\n' if n % 4 else f"<p>{line} caf=C3=A9</p>\n"
            for n, line in enumerate(lines)
        )
        self.noise = b64encode(rng.randbytes(90_000)).decode()
        self.file = "\n".join(self.noise[n : n + 76] for n in range(0, len(self.noise), 76))


def mailbox(count: int, *, seed: int = 1, small: bool = False) -> Iterator[Mail]:
    """`count` messages, oldest first. small: short plain bodies and no trace headers, for counts of a million."""
    rng = random.Random(seed)
    pools = _Pools(random.Random(seed + 1))
    threads: list[_Thread] = []
    step = max(20, min(_DAY // 4, 3650 * _DAY // count))
    for n in range(1, count + 1):
        when = NEWEST - (count - n) * step - int(rng.random() * step)
        name, email = pools.people[int(1500 * rng.random() ** 2)]
        message_id = f"<{n:x}.{int(rng.random() * 2**60):x}@{email.partition('@')[2]}>"
        thread = _thread(rng, pools, threads)
        head = [
            "" if small else _trace(rng, pools, n, when, email),
            f"From: {name} <{email}>\nTo: {thread.to}\n{_cc(rng, pools)}",
            f"Subject: {_subject(thread, n, count)}\nDate: {formatdate(when)}\nMessage-ID: {message_id}\n",
        ]
        if thread.ids:
            head.append(f"In-Reply-To: {thread.ids[-1]}\nReferences: " + "\n ".join(thread.ids[-10:]) + "\n")
        if thread.to.endswith("@lists.example.org"):
            listed = thread.to.partition("@")[0]
            head.append(f"List-Id: <{listed}.lists.example.org>\nList-Post: <mailto:{thread.to}>\nPrecedence: list\n")
        head.append(f"X-Bench: {n}\nMIME-Version: 1.0\n")
        thread.ids.append(message_id)
        body = _short(rng, pools) if small else _body(rng, pools, n)
        yield Mail("".join((*head, body)).encode(), when, _flags(rng, n, count))


def _thread(rng: random.Random, pools: _Pools, threads: list[_Thread]) -> _Thread:
    """Six in ten messages answer one of the last four hundred."""
    if threads and rng.random() < 0.62:
        return threads[int(len(threads) * rng.random() ** 0.5)]
    subject = rng.choice(pools.world) if rng.random() < 0.22 else rng.choice(pools.subjects)
    if rng.random() < 0.45:
        name = rng.choice(("kernel", "python", "dev", "users")) + rng.choice(("-main", "-devel", "-core"))
        thread = _Thread(f"[{name}] {subject}", f"{name}@lists.example.org")
    else:
        thread = _Thread(subject, "Me Myself <me@example.com>")
    if len(threads) < 400:
        threads.append(thread)
    else:
        threads[int(rng.random() * 400)] = thread
    return thread


def _subject(thread: _Thread, n: int, count: int) -> str:
    if n == count:
        return f"NEWEST-{count}"
    return f"Re: {thread.subject}" if thread.ids else thread.subject


def _cc(rng: random.Random, pools: _Pools) -> str:
    chance = rng.random()
    if chance > 0.3:
        return ""
    number = 1 + int(rng.random() * (4 if chance < 0.27 else 20))
    chosen = (pools.people[int(rng.random() * 1500)] for _ in range(number))
    return "Cc: " + ",\n\t".join(f"{name} <{email}>" for name, email in chosen) + "\n"


def _trace(rng: random.Random, pools: _Pools, n: int, when: int, email: str) -> str:
    """What a message picks up on its way: Received, DKIM, authentication results."""
    domain = email.partition("@")[2]
    at = int(rng.random() * (len(pools.noise) - 400))
    noise = pools.noise
    hops = "".join(
        f"Received: from mx{hop}.{domain} (mx{hop}.{domain} [192.0.2.{1 + (n + hop) % 250}])\n\tby relay{hop}.example.com with ESMTPS"
        f" id {noise[at + hop : at + hop + 11]}\n\tfor <me@example.com>; {formatdate(when - hop)}\n"
        for hop in range(2 + n % 4)
    )
    return (
        f"Return-Path: <{email}>\n{hops}DKIM-Signature: v=1; a=rsa-sha256; c=relaxed/relaxed; d={domain}; s=sel1;\n"
        f"\tbh={noise[at : at + 43]}=;\n\tb={noise[at + 44 : at + 110]}\n\t {noise[at + 110 : at + 180]}\n\t {noise[at + 180 : at + 300]}==\n"
        f"Authentication-Results: mx.example.com; dkim=pass header.d={domain};\n\tspf=pass smtp.mailfrom={email}\n"
    )


def _short(rng: random.Random, pools: _Pools) -> str:
    at = int(rng.random() * (len(pools.text) - 700))
    return f"Content-Type: text/plain; charset=utf-8\n\n{pools.text[at : at + 200 + int(rng.random() * 400)]}\n"


def _body(rng: random.Random, pools: _Pools, n: int) -> str:
    size = int(min(40_000, max(1500, rng.lognormvariate(8.7, 0.75))))
    at = int(rng.random() * (len(pools.text) - 41_000))
    text = pools.text[at : at + size]
    kind = rng.random()
    if kind < 0.3:
        return f"Content-Type: text/plain; charset=utf-8\nContent-Transfer-Encoding: 8bit\n\n{text}\n"
    mark = f"=_b{n:x}"
    plain = f"--{mark}\nContent-Type: text/plain; charset=utf-8; format=flowed\n\n{text[: size // 4]}\n--{mark}\n"
    if kind < 0.85:
        start = pools.html.index("\n", int(rng.random() * (len(pools.html) - 41_000))) + 1
        page = f"<html><body>\n{pools.html[start : start + size * 3 // 4]}\n</body></html>"
        return (
            f'Content-Type: multipart/alternative; boundary="{mark}"\n\n{plain}Content-Type: text/html; charset="utf-8"\n'
            f"Content-Transfer-Encoding: quoted-printable\n\n{page}\n--{mark}--\n"
        )
    start = int(rng.random() * (len(pools.file) - size) / 77) * 77
    return (
        f'Content-Type: multipart/mixed; boundary="{mark}"\n\n{plain}Content-Type: application/pdf; name="report-{n}.pdf"\n'
        f'Content-Disposition: attachment; filename="report-{n}.pdf"\nContent-Transfer-Encoding: base64\n\n'
        f"{pools.file[start : start + size]}\n--{mark}--\n"
    )


def _flags(rng: random.Random, n: int, count: int) -> tuple[str, ...]:
    flags = []
    if n <= count - max(20, count // 200) and rng.random() < 0.97:
        flags.append("\\Seen")
    chance = rng.random()
    if chance < 0.10:
        flags.append("\\Answered")
    if 0.09 < chance < 0.11:
        flags.append("\\Flagged")
    return tuple(flags)
