"""What the made-up account's server tells of itself, and a piece of the dialogue with it."""

from __future__ import annotations

from tests.fakes.letters import NOW
from tuimail.model import AccountFacts, Facts, Quota, WireLine
from tuimail.net.abilities import describe

_OFFERED = frozenset(
    "IMAP4REV1 IDLE CONDSTORE QRESYNC ESEARCH MOVE UIDPLUS COMPRESS=DEFLATE SPECIAL-USE LIST-STATUS LIST-EXTENDED "
    "NAMESPACE ID QUOTA SASL-IR ENABLE NOTIFY SORT SNIPPET=FUZZY".split()
)
_CERTIFICATE = (
    ("issued to", "CN=imap.example.org"),
    ("for the names", "imap.example.org, pop.example.org"),
    ("issued by", "CN=Example Trust R3, O=Example Trust"),
    ("valid", "2026-01-10 to 2026-04-10"),
    ("fingerprint", "sha256:6f1c5e0a7a1d94a4f8f4a2b7c3d1e0f59a8b7c6d5e4f30211203f4e5d6c7b8a9"),
)


def _facts(received: int, sent: int) -> Facts:
    return Facts(
        server="Dovecot 2.3.19",
        tls="TLSv1.3, TLS_AES_256_GCM_SHA384",
        offered=_OFFERED,
        buys=tuple(describe(_OFFERED - {"NOTIFY"})),
        masked=(("NOTIFY", "by your configuration"),),
        compressed=True,
        received=received,
        sent=sent,
        ratio=6.4,
        quotas=(Quota("User quota", "STORAGE", 1_843_200, 5_242_880), Quota("User quota", "MESSAGE", 40_112, 100_000)),
        mechanism="SCRAM-SHA-256",
        certificate=_CERTIFICATE,
        round_trip=0.0234,
    )


FACTS = AccountFacts(
    (("work", _facts(1_912_004, 18_230)), ("watch", _facts(9_411, 702))),
    (
        (NOW - 1680, "imap.example.org fell silent in the middle of its work."),
        (NOW - 86400, "The name imap.example.org is not known. Check the server's name and your network."),
    ),
)


def _said() -> list[WireLine]:
    lines = (
        (1, "S", "* OK [CAPABILITY IMAP4rev1 SASL-IR ID ENABLE AUTH=PLAIN AUTH=SCRAM-SHA-256] ready."),
        (1, "C", "a1 AUTHENTICATE SCRAM-SHA-256 ***"),
        (1, "S", "+ cj1lSjhqV1FvRXJWWjRBVU9aVlB0bXFJRzlhK0dYZSxzPVpHOWpaV2x1WkE9PSxpPTQwOTY="),
        (1, "C", "***"),
        (1, "S", "+ dj1yVE5Yd0lUZ0VRTT0="),
        (1, "C", "***"),
        (1, "S", "a1 OK [CAPABILITY IMAP4rev1 IDLE CONDSTORE QRESYNC MOVE UIDPLUS COMPRESS=DEFLATE NOTIFY] Logged in"),
        (1, "C", "a2 ENABLE QRESYNC"),
        (1, "C", 'a3 ID ("name" "tuimail" "version" "0.2.0")'),
        (1, "C", 'a5 LIST "" "*" RETURN (SUBSCRIBED SPECIAL-USE STATUS (MESSAGES UNSEEN UIDNEXT UIDVALIDITY))'),
        (1, "S", "* ENABLED CONDSTORE QRESYNC"),
        (1, "S", '* LIST (\\HasNoChildren \\Archive) "/" Archive'),
        (1, "S", '* LIST (\\HasNoChildren) "/" INBOX'),
        (1, "S", "* STATUS INBOX (MESSAGES 34 UNSEEN 11 UIDNEXT 912 UIDVALIDITY 1697048123)"),
        (1, "S", "a5 OK List completed (0.004 + 0.000 + 0.003 secs)."),
        (2, "S", "* OK [CAPABILITY IMAP4rev1 SASL-IR ID ENABLE AUTH=PLAIN AUTH=SCRAM-SHA-256] ready."),
        (2, "C", "a1 AUTHENTICATE SCRAM-SHA-256 ***"),
        (2, "S", "a1 OK Logged in"),
        (2, "C", "a2 SELECT INBOX (CONDSTORE)"),
        (2, "C", "a3 IDLE"),
        (2, "S", "+ idling"),
        (1, "C", "a6 UID MOVE 903 Archive"),
        (1, "S", "* OK [COPYUID 1697048124 903 55] Moved UIDs."),
        (1, "S", "a6 OK Move completed."),
        (2, "S", "* VANISHED 903"),
        (2, "-", "imap.example.org closed the connection: idle too long."),
    )
    return [WireLine(f"14:02:{30 + n // 9:02}.{n * 37 % 1000:03}", *line) for n, line in enumerate(lines)]


SAID = _said()
