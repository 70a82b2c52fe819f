"""What servers really say: one line (or a few) for each known oddity, and what it must be taken for.

The observed ones were met on the servers named, at the versions named; the others stand in the bug reports named.
"""

from __future__ import annotations

from typing import NamedTuple

from tuimail.protocol.imap.responses import (
    Bye,
    Capability,
    Continue,
    ESearch,
    Event,
    Exists,
    Expunge,
    Fetch,
    Greeting,
    ListEntry,
    Namespace,
    Other,
    ResponseCode,
    StatusData,
    StatusLine,
    Tagged,
    Unparsed,
)


class Quirk(NamedTuple):
    """said: the octets, to a connection with the commands a1 … a6 of `exercise.at_work` under way."""

    server: str
    oddity: str
    said: bytes
    means: tuple[Event, ...]


def _listed(name: bytes, *attributes: bytes, separator: bytes | None = b"/") -> ListEntry:
    return ListEntry(frozenset(attributes), separator, name)


def _header(octets: bytes) -> dict[bytes, bytes | None]:
    return {b"BODY[HEADER.FIELDS]": octets}


def _text_part(*more: bytes | None) -> tuple[bytes | None, ...]:
    return (b"TEXT", b"PLAIN", None, None, None, b"7BIT", b"5", b"1", *more)


QUIRKS = (
    Quirk(
        "Dovecot 2.3",
        "answers in another order than the questions",
        b"a3 OK c\r\na1 OK a\r\na2 OK b\r\n",
        (Tagged(b"a3", "OK", None, "c"), Tagged(b"a1", "OK", None, "a"), Tagged(b"a2", "OK", None, "b")),
    ),
    Quirk(
        "Dovecot 2.3",
        "names with a quote in them come as literals inside ENVELOPE",
        b'* 1 FETCH (ENVELOPE (NIL "s" (({7}\r\nA "B" C NIL "a" "b")) NIL NIL NIL NIL NIL NIL "<i>") UID 9)\r\n',
        (
            Fetch(
                1,
                9,
                extra={
                    b"ENVELOPE": (
                        None,
                        b"s",
                        ((b'A "B" C', None, b"a", b"b"),),
                        None,
                        None,
                        None,
                        None,
                        None,
                        None,
                        b"<i>",
                    )
                },
            ),
        ),
    ),
    Quirk(
        "Dovecot 2.3",
        "STORE with .SILENT is not silent about mod-sequences",
        b"* 1 FETCH (UID 9 MODSEQ (12))\r\n",
        (Fetch(1, 9, modseq=12),),
    ),
    Quirk(
        "Dovecot 2.3",
        "HIGHESTMODSEQ in the tagged reply to MOVE, COPYUID before it",
        b"* OK [COPYUID 7 9 1] Moved UIDs.\r\n* 1 EXPUNGE\r\na5 OK [HIGHESTMODSEQ 13] Move completed\r\n",
        (
            StatusLine("OK", ResponseCode("COPYUID", b"7 9 1"), "Moved UIDs."),
            Expunge(1),
            Tagged(b"a5", "OK", ResponseCode("HIGHESTMODSEQ", b"13"), "Move completed"),
        ),
    ),
    Quirk(
        "Dovecot 2.3",
        "CLOSED stands between the news of two mailboxes",
        b"* OK [CLOSED] Previous mailbox closed.\r\n",
        (StatusLine("OK", ResponseCode("CLOSED"), "Previous mailbox closed."),),
    ),
    Quirk(
        "Cyrus 3.6.1",
        "STATUS with MAILBOXID returns freed memory",
        b"* STATUS INBOX (MESSAGES 3 MAILBOXID (\xb32\xd0\xd5RU) UIDNEXT 4)\r\n",
        (StatusData(b"INBOX", {"MESSAGES": 3, "UIDNEXT": 4}),),
    ),
    Quirk(
        "Cyrus 3.6",
        "special uses in lower case",
        b'* LIST (\\HasNoChildren \\archive) "/" A\r\n',
        (_listed(b"A", b"\\hasnochildren", b"\\archive"),),
    ),
    Quirk(
        "Cyrus 3.6",
        "a blank for the first digit of the day",
        b'* 1 FETCH (UID 9 INTERNALDATE " 1-Jan-2024 00:00:00 +0000")\r\n',
        (Fetch(1, 9, internaldate=b" 1-Jan-2024 00:00:00 +0000"),),
    ),
    Quirk(
        "Cyrus 3.6",
        "BINARY comes as a plain literal",
        b"* 1 FETCH (UID 9 BINARY[1] {5}\r\na\0b\r\n)\r\n",
        (Fetch(1, 9, sections={b"BINARY[1]": b"a\0b\r\n"}),),
    ),
    Quirk(
        "Cyrus 3.6",
        "PREVIEW is NIL until it is made",
        b"* 1 FETCH (UID 9 PREVIEW NIL)\r\n",
        (Fetch(1, 9, extra={b"PREVIEW": None}),),
    ),
    Quirk(
        "Courier 5.0",
        "everything of one's own lies below INBOX.",
        b'* NAMESPACE (("INBOX." ".")) NIL (("#shared." ".")("shared." "."))\r\n',
        (Namespace(((b"INBOX.", b"."),), (), ((b"#shared.", b"."), (b"shared.", b"."))),),
    ),
    Quirk(
        "Courier 5.0",
        "the names of header fields come back in quotes",
        b'* 1 FETCH (UID 9 BODY[HEADER.FIELDS ("FROM" "TO")] {2}\r\nhi)\r\n',
        (Fetch(1, 9, sections=_header(b"hi")),),
    ),
    Quirk(
        "Courier 5.0",
        "a wrong command is NO, without a code",
        b"a1 NO Error in IMAP command received by server.\r\n",
        (Tagged(b"a1", "NO", None, "Error in IMAP command received by server."),),
    ),
    Quirk("Courier 5.0", "STATUS of nothing", b'* STATUS "INBOX" ()\r\n', (StatusData(b"INBOX", {}),)),
    Quirk("Courier 5.0", "QUOTA without its list", b'* QUOTA "ROOT"\r\n', (Other("QUOTA", (b"ROOT",)),)),
    Quirk(
        "Courier 5.0",
        "EXISTS after every EXPUNGE",
        b"* 2 EXPUNGE\r\n* 2 EXISTS\r\n* 2 EXPUNGE\r\n* 1 EXISTS\r\n",
        (Expunge(2), Exists(2), Expunge(2), Exists(1)),
    ),
    Quirk(
        "Courier 5.0",
        "bare line feeds, also in the line of a literal",
        b"* 2 EXISTS\n* 1 FETCH (BODY[] {3}\na\nb)\n",
        (Exists(2), Fetch(1, sections={b"BODY[]": b"a\nb"})),
    ),
    Quirk(
        "go-imap v2",
        "the tag of ESEARCH without quotes",
        b"* ESEARCH (TAG a4) UID ALL 1:3\r\n",
        (ESearch(b"a4", True, ((1, 3),)),),
    ),
    Quirk("go-imap v2", "ESEARCH of nothing", b"* ESEARCH (TAG a4) UID\r\n", (ESearch(b"a4", True),)),
    Quirk(
        "go-imap v2",
        "message 0 expunged",
        b"* 0 EXPUNGE\r\n",
        (Unparsed(b"* 0 EXPUNGE", "message 0 expunged"),),
    ),
    Quirk("go-imap v2", "flags in lower case", b"* 1 FETCH (FLAGS (\\seen))\r\n", (Fetch(1, flags=(b"\\seen",)),)),
    Quirk(
        "Gmail",
        "a code without a text (modern-email/defects)",
        b"* OK [HIGHESTMODSEQ 9]\r\na2 OK [READ-WRITE]\r\n",
        (
            StatusLine("OK", ResponseCode("HIGHESTMODSEQ", b"9"), ""),
            Tagged(b"a2", "OK", ResponseCode("READ-WRITE"), ""),
        ),
    ),
    Quirk(
        "Gmail",
        "labels may be NIL, and are quoted with their backslash",
        b'* 1 FETCH (X-GM-MSGID 12 X-GM-LABELS (NIL "\\\\Inbox" a) UID 9)\r\n',
        (Fetch(1, 9, extra={b"X-GM-MSGID": b"12", b"X-GM-LABELS": (None, b"\\Inbox", b"a")}),),
    ),
    Quirk(
        "Gmail",
        "brackets in flags, also in PERMANENTFLAGS",
        b"* 1 FETCH (FLAGS ([Gmail] b]c))\r\n* OK [PERMANENTFLAGS (\\Seen [x] \\*)] ok\r\n",
        (
            Fetch(1, flags=(b"[Gmail]", b"b]c")),
            StatusLine("OK", ResponseCode("PERMANENTFLAGS", b"(\\Seen [x] \\*)"), "ok"),
        ),
    ),
    Quirk(
        "Gmail",
        "WEBALERT with an address",
        b"a1 NO [WEBALERT https://accounts.example/signin?x=1] Web login required.\r\n",
        (
            Tagged(
                b"a1",
                "NO",
                ResponseCode("WEBALERT", b"https://accounts.example/signin?x=1"),
                "Web login required.",
            ),
        ),
    ),
    Quirk(
        "Gmail",
        "the parent of its folders does not exist",
        b'* LIST (\\HasChildren \\NonExistent \\Noselect) "/" "[Gmail]"\r\n',
        (_listed(b"[Gmail]", b"\\haschildren", b"\\nonexistent", b"\\noselect"),),
    ),
    Quirk(
        "Gmail",
        "nested multiparts with one boundary collapse (MailKit#205, #777, #1841)",
        b'* 1 FETCH (UID 9 BODYSTRUCTURE (("RELATED" NIL ("ATTACHMENT" NIL) NIL) "MIXED"))\r\n',
        (Fetch(1, 9, bodystructure=((b"RELATED", None, (b"ATTACHMENT", None), None), b"MIXED")),),
    ),
    Quirk(
        "Gmail, aerc",
        "expunged from the lowest to the highest",
        b"* 1 EXPUNGE\r\n* 1 EXPUNGE\r\n",
        (Expunge(1), Expunge(1)),
    ),
    Quirk(
        "Exchange",
        "controls in a name without quotes (MailKit#945)",
        b"* LIST () / a\x01 b\tc\r\n",
        (_listed(b"a\x01 b\tc"),),
    ),
    Quirk(
        "Exchange",
        "the disposition is a string (MailKit#919)",
        b'* 1 FETCH (UID 9 BODYSTRUCTURE ("TEXT" "PLAIN" NIL NIL NIL "7BIT" 5 1 NIL "inline" NIL))\r\n',
        (Fetch(1, 9, bodystructure=_text_part(None, b"inline", None)),),
    ),
    Quirk(
        "Exchange",
        "a part of no type at all",
        b'* 1 FETCH (UID 9 BODYSTRUCTURE (NIL NIL NIL NIL NIL "7BIT" 0 NIL NIL NIL NIL))\r\n',
        (Fetch(1, 9, bodystructure=(None, None, None, None, None, b"7BIT", b"0", None, None, None, None)),),
    ),
    Quirk(
        "Exchange",
        "COPYUID of nothing (MailKit#555)",
        b"a5 OK [COPYUID 55  ] COPY completed.\r\n",
        (Tagged(b"a5", "OK", ResponseCode("COPYUID", b"55"), "COPY completed."),),
    ),
    Quirk(
        "Exchange",
        "a code without its OK (MailKit#115)",
        b"* [PERMANENTFLAGS (\\Seen)] Permanent flags\r\n* 3 EXISTS\r\n",
        (
            Unparsed(
                b"* [PERMANENTFLAGS (\\Seen)] Permanent flags",
                "neither a tagged nor an untagged response nor a continuation",
            ),
            Exists(3),
        ),
    ),
    Quirk(
        "Exchange",
        "words without any form",
        b"Server Unavailable. 15\r\n* 3 EXISTS\r\n",
        (
            Unparsed(b"Server Unavailable. 15", "neither a tagged nor an untagged response nor a continuation"),
            Exists(3),
        ),
    ),
    Quirk(
        "Exchange",
        "a code that is an assignment (net-imap#597)",
        b'a1 BAD [Error="Microsoft.Exchange.Error: x" AuthResultFromPopImapEnd=0] no\r\n',
        (
            Tagged(
                b"a1",
                "BAD",
                ResponseCode('ERROR="MICROSOFT.EXCHANGE.ERROR: X"', b"AuthResultFromPopImapEnd=0"),
                "no",
            ),
        ),
    ),
    Quirk(
        "Exchange",
        "expunged from the highest to the lowest",
        b"* 3 EXPUNGE\r\n* 1 EXPUNGE\r\n",
        (Expunge(3), Expunge(1)),
    ),
    Quirk(
        "Yandex",
        "BYE for ever (MailKit#938)",
        b"* BYE later\r\n* BYE later\r\n* BYE later\r\n",
        (Bye(None, "later"),) * 3,
    ),
    Quirk(
        "Yandex",
        "a section without its value (MailKit#1708)",
        b"* 1 FETCH (UID 9 BODY[HEADER.FIELDS (FROM)] FLAGS (\\Seen))\r\n",
        (Fetch(1, 9, (b"\\Seen",), sections={b"BODY[HEADER.FIELDS]": None}),),
    ),
    Quirk("Zoho", "MODSEQ below zero (MailKit#1686)", b"* 1 FETCH (UID 9 MODSEQ (-1))\r\n", (Fetch(1, 9),)),
    Quirk(
        "mail.ru",
        "numbers of engineers (MailKit#1838)",
        b"* 1 FETCH (UID 9 RFC822.SIZE 9.3736e+06)\r\n",
        (Fetch(1, 9, size=9_373_600),),
    ),
    Quirk(
        "mail.ru",
        "more pieces in BODYSTRUCTURE than there are names (node-imap#904)",
        b'* 1 FETCH (UID 9 BODYSTRUCTURE ("TEXT" "PLAIN" NIL NIL NIL "7BIT" 5 1 NIL NIL NIL NIL "x" ("y")))\r\n',
        (Fetch(1, 9, bodystructure=(*_text_part(None, None, None, None, b"x"), (b"y",))),),
    ),
    Quirk("GMX", "BYE where IDLE wants its + (aioimaplib#110)", b"* BYE timeout\r\n", (Bye(None, "timeout"),)),
    Quirk(
        "Domino",
        "ENVELOPE in parentheses of its own (MailKit#943)",
        b'* 1 FETCH (UID 9 (ENVELOPE (NIL "s")) FLAGS ())\r\n',
        (Fetch(1, 9, (), extra={b"ENVELOPE": (None, b"s")}),),
    ),
    Quirk(
        "SmarterMail",
        "NIL among addresses (MailKit#991)",
        b'* 1 FETCH (UID 9 ENVELOPE (NIL "s" (NIL (NIL NIL "a" "b") NIL)))\r\n',
        (Fetch(1, 9, extra={b"ENVELOPE": (None, b"s", (None, (None, None, b"a", b"b"), None))}),),
    ),
    Quirk(
        "QQ",
        "a multipart in parentheses too many (MailKit#1076)",
        b'* 1 FETCH (UID 9 BODYSTRUCTURE ((("TEXT" "PLAIN" NIL NIL NIL "7BIT" 5 1) "ALTERNATIVE")))\r\n',
        (Fetch(1, 9, bodystructure=((_text_part(), b"ALTERNATIVE"),)),),
    ),
    Quirk(
        "any",
        "quotes in a quoted string (MailKit#485)",
        b'* 1 FETCH (UID 9 BODYSTRUCTURE ("TEXT" "PLAIN" ("NAME" "my "b".txt") NIL NIL "7BIT" 5 1))\r\n',
        (Fetch(1, 9, bodystructure=(b"TEXT", b"PLAIN", (b"NAME", b'my "b".txt'), None, None, b"7BIT", b"5", b"1")),),
    ),
    Quirk(
        "any",
        "an envelope of eight fields (MailKit#669, #932)",
        b'* 1 FETCH (UID 9 ENVELOPE (NIL "s" NIL NIL NIL NIL NIL NIL))\r\n',
        (Fetch(1, 9, extra={b"ENVELOPE": (None, b"s", *(None,) * 6)}),),
    ),
    Quirk(
        "Dovecot",
        "a multipart without parts (MailKit#1393)",
        b'* 1 FETCH (UID 9 BODYSTRUCTURE (NIL "alternative" ("boundary" "x") NIL NIL))\r\n',
        (Fetch(1, 9, bodystructure=(None, b"alternative", (b"boundary", b"x"), None, None)),),
    ),
    Quirk(
        "any",
        "less than no octets and lines",
        b'* 1 FETCH (UID 9 RFC822.SIZE -1 BODYSTRUCTURE ("TEXT" "PLAIN" NIL NIL NIL "7BIT" -1 -1))\r\n',
        (Fetch(1, 9, bodystructure=(b"TEXT", b"PLAIN", None, None, None, b"7BIT", b"-1", b"-1")),),
    ),
    Quirk(
        "any",
        "LITERAL + in two words (MailKit#1654)",
        b"* CAPABILITY IMAP4rev1 LITERAL + IDLE\r\n",
        (Capability(frozenset(("IMAP4REV1", "LITERAL+", "IDLE"))),),
    ),
    Quirk(
        "any",
        "a blank line behind a literal (cpython#88574)",
        b"* 1 FETCH (UID 9 BODY[] {2}\r\nhi\r\n)\r\n* 3 EXISTS\r\n",
        (Fetch(1, 9, sections={b"BODY[]": b"hi"}), Exists(3)),
    ),
    Quirk(
        "Xeams",
        "items behind the parenthesis (paperless-ngx#13412)",
        b"* 1 FETCH (UID 9) FLAGS (\\Seen)\r\n",
        (Fetch(1, 9, (b"\\Seen",)),),
    ),
    Quirk("any", "NULs before a line (imapflow)", b"\0\0* 3 EXISTS\r\n\0\r\n", (Exists(3),)),
    Quirk(
        "any",
        "a + more than anybody waits for",
        b"+ idling\r\n+ hello\r\n",
        (Continue("idling", b"a6"), Continue("hello")),
    ),
    Quirk(
        "any",
        "a tag nobody used",
        b"zz OK done\r\n",
        (Unparsed(b"zz OK done", "a reply to a command that is not under way"),),
    ),
)

GREETINGS = (
    Quirk("hMailServer", "greets with IMAPrev1", b"* OK IMAPrev1\r\n", (Greeting("OK", None, "IMAPrev1"),)),
    Quirk("any", "NULs before the greeting", b"\0\0\0* OK hi\r\n", (Greeting("OK", None, "hi"),)),
)
