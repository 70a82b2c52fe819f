"""What the reader's own server found out about the sender: Authentication-Results (RFC 8601), read with suspicion.

Anybody can write such a field into a mail. Only the topmost ones count, and only those in the name of a server that
the account trusts (RFC 8601 §5, §7.1); everything below the first foreign one was there before the mail came in.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence

from tuimail.content.clean import clean_line
from tuimail.model import Address, Proof
from tuimail.records import Record

LONGEST = 4_000
MOST_RESULTS = 40
_SERVER_NAMES = frozenset("imap imaps imap4 imap-mail mail mailbox pop pop3 mx secure".split())
# Providers whose filters do not bear the name of their mail servers.
_FILTERS = {"gmail.com": "google.com", "googlemail.com": "google.com", "fastmail.com": "messagingengine.com"}

_METHOD = re.compile(r"([a-z][\w-]*)(?:\s*/\s*\d+)?\s*=\s*([a-z]+)", re.IGNORECASE)
_PROPERTY = re.compile(r'([a-z]+)\s*\.\s*([\w-]+)\s*=\s*("[^"]*"|[^\s;]+)', re.IGNORECASE)


class Result(Record):
    """One finding: method ("dkim"), result ("pass"), and what it was about ({"header.d": "example.org"})."""

    method: str
    result: str
    about: dict[str, str]

    def __str__(self) -> str:
        domain = self.about.get("header.from") or self.about.get("header.d") or self.about.get("smtp.mailfrom", "")
        return f"{self.method}={self.result}" + (f" ({domain})" if domain else "")


def trusted_names(host: str, configured: Sequence[str] = ()) -> tuple[str, ...]:
    """The servers whose findings an account believes; each stands for the hosts below it too.

    Without configuration it is the account's own host, "imap." and the like left out; "none" trusts nobody.
    """
    if configured:
        return tuple(name.lower() for name in configured if name.lower() != "none")
    labels = host.lower().rstrip(".").split(".")
    if len(labels) > 2 and labels[0] in _SERVER_NAMES:
        del labels[0]
    name = ".".join(labels)
    if len(labels) < 2 or labels[-1].isdigit() or ":" in name:
        return ()
    return tuple(dict.fromkeys([name, _FILTERS.get(name, name)]))


def prove(headers: Iterable[tuple[str, str]], sender: Sequence[Address], trusted: Sequence[str]) -> Proof | None:
    """What is known of the sender's domain; None when no trusted server has said anything.

    headers: (name, value) as `Message.headers` has them, in order.
    """
    results: list[Result] = []
    by = ""
    for name, value in headers:
        if name.lower() != "authentication-results":
            continue
        server, found = read(value)
        if not _below(server, trusted):
            break
        by = by or server
        results += found[:MOST_RESULTS]
    if not by:
        return None
    reasons = tuple(clean_line(str(result))[:200] for result in results[:MOST_RESULTS])
    domain = sender[0].email.rpartition("@")[2].lower() if len(sender) == 1 else ""
    return Proof(_word(results, domain), clean_line(by), reasons)


def read(value: str) -> tuple[str, list[Result]]:
    """(authserv-id, results) of one field, whatever it holds. The id is "" when there is none."""
    first, *rest = _parts(value[:LONGEST])
    words = first.split()
    server = words[0].lower().strip('"') if words and "=" not in words[0] else ""
    results = []
    for part in rest:
        method = _METHOD.match(part.strip())
        if method is not None:
            about = {f"{kind}.{name}".lower(): text.strip('"').lower() for kind, name, text in _PROPERTY.findall(part)}
            results.append(Result(method[1].lower(), method[2].lower(), about))
    return server, results


def _word(results: Sequence[Result], domain: str) -> str:
    """verified, failed or unproven. DMARC has the last word; without it a signature of the sender's own domain."""
    verdicts = [result for result in results if result.method == "dmarc"]
    if any(result.result == "fail" for result in verdicts):
        return "failed"
    for result in verdicts:
        about = result.about.get("header.from", domain).rpartition("@")[2]
        if result.result == "pass" and domain and about == domain:
            return "verified"
    for result in results:
        if result.method == "dkim" and result.result == "pass" and domain:
            signer = (result.about.get("header.d") or result.about.get("header.i", "")).rpartition("@")[2]
            if "." in signer and (domain == signer or domain.endswith(f".{signer}")):
                return "verified"
    return "unproven"


def _below(server: str, trusted: Sequence[str]) -> bool:
    return any(server == name or server.endswith(f".{name}") for name in trusted)


def _parts(value: str) -> Iterator[str]:
    """Cut at semicolons, comments in brackets left out; linear."""
    part: list[str] = []
    depth = 0
    quoted = False
    for character in value:
        if character == '"' and not depth:
            quoted = not quoted
        if not quoted and character in "()":
            depth = max(0, depth + (1 if character == "(" else -1))
            part.append(" ")
        elif character == ";" and not quoted and not depth:
            yield "".join(part)
            part = []
        elif not depth:
            part.append(character)
    yield "".join(part)
