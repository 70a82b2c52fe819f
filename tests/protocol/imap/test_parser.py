from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.protocol.streams import SERVER_WORDS, event_of, events_of
from tuimail.protocol.framing import Frame
from tuimail.protocol.imap.parser import parse
from tuimail.protocol.imap.responses import (
    Bye,
    Capability,
    Continue,
    CopyUid,
    Enabled,
    ESearch,
    Event,
    Exists,
    Expunge,
    Fetch,
    Flags,
    Id,
    ListEntry,
    Namespace,
    Other,
    Recent,
    ResponseCode,
    Search,
    StatusData,
    StatusLine,
    Tagged,
    Unparsed,
    Vanished,
)
from tuimail.protocol.imap.tokens import MAX_DEPTH

ALL = ((1, 3),)


@pytest.mark.parametrize(
    ("line", "event"),
    [
        (b"* OK hello", StatusLine("OK", None, "hello")),
        (b"a1 NO [ALERT] disk full", Tagged(b"a1", "NO", ResponseCode("ALERT"), "disk full")),
        (b"a1 ok done", Tagged(b"a1", "OK", None, "done")),
        (b"a1 OK", Tagged(b"a1", "OK", None, "")),
        (b"* BYE [UNAVAILABLE] later", Bye(ResponseCode("UNAVAILABLE"), "later")),
        (b"* OK [HIGHESTMODSEQ 715194045007]", StatusLine("OK", ResponseCode("HIGHESTMODSEQ", b"715194045007"), "")),
        (b"* OK [NOMODSEQ] none", StatusLine("OK", ResponseCode("NOMODSEQ"), "none")),
        (b"* OK [broken", StatusLine("OK", None, "[broken")),
        (b"+ idling", Continue("idling")),
        (b"+", Continue("")),
        (b"* CAPABILITY imap4rev1 LITERAL + IDLE", Capability(frozenset(("IMAP4REV1", "LITERAL+", "IDLE")))),
        (b"* ENABLED CONDSTORE", Enabled(frozenset(("CONDSTORE",)))),
        (b"* ENABLED", Enabled(frozenset())),
        (b"* FLAGS (\\Seen $a [b])", Flags((b"\\Seen", b"$a", b"[b]"))),
        (b"* 4294967295 EXISTS", Exists(4294967295)),
        (b"* 0 RECENT", Recent(0)),
        (b"* 7 EXPUNGE", Expunge(7)),
        (b"* VANISHED 1:4294967295", Vanished(False, ((1, 4294967295),))),
        (b"* VANISHED (EARLIER) 3,1:2", Vanished(True, ALL)),
        (b"* SEARCH", Search(())),
        (b"* SEARCH 2 84 882 ", Search((2, 84, 882))),
        (b"* SEARCH 2 5 (MODSEQ 917162500)", Search((2, 5), 917162500)),
        (b"* SORT 5 2", Search((5, 2))),
        (b'* ESEARCH (TAG "a1") UID COUNT 3 ALL 1:3', ESearch(b"a1", True, ALL, 3)),
        (b"* ESEARCH (TAG p41) UID ALL 1:3", ESearch(b"p41", True, ALL)),
        (b"* ESEARCH (TAG p42) UID", ESearch(b"p42", True)),
        (b'* ESEARCH (TAG "h") MIN 7 MAX 3800 MODSEQ 12', ESearch(b"h", False, min=7, max=3800, modseq=12)),
        (b"* ESEARCH", ESearch(None, False)),
        (
            b'* STATUS "a b" (MESSAGES 2 uidnext 3 MAILBOXID (\xb32\xd0) DELETED NIL)',
            StatusData(b"a b", {"MESSAGES": 2, "UIDNEXT": 3}),
        ),
        (b'* STATUS "INBOX" ()', StatusData(b"INBOX", {})),
        (b"* STATUS Sent Mail (MESSAGES 2)", StatusData(b"Sent Mail", {"MESSAGES": 2})),
        (
            b'* LIST (\\NoSelect \\archive) "." INBOX',
            ListEntry(frozenset((b"\\noselect", b"\\archive")), b".", b"INBOX"),
        ),
        (b'* LIST () "\\\\" "a\\\\b"', ListEntry(frozenset(), b"\\", b"a\\b")),
        (b'* LIST () "\\" "a\\\\b"', ListEntry(frozenset(), b"\\", b"a\\b")),
        (b'* LIST () "ab" x ', ListEntry(frozenset(), None, b"x")),
        (b'* LIST () "" ""', ListEntry(frozenset(), None, b"")),
        (b"* LIST () NIL NIL", ListEntry(frozenset(), None, b"NIL")),
        (b"* LSUB () / a\x01 b\tc", ListEntry(frozenset(), b"/", b"a\x01 b\tc", "LSUB")),
        (
            b'* LIST () "/" foo (CHILDINFO ("SUBSCRIBED"))',
            ListEntry(frozenset(), b"/", b"foo", "LIST", (b"CHILDINFO", (b"SUBSCRIBED",))),
        ),
        (b'* NAMESPACE (("" "/")("x." NIL)) NIL NIL', Namespace(((b"", b"/"), (b"x.", None)), (), ())),
        (b'* ID ("Name" "Dovecot" "x" NIL)', Id({b"name": b"Dovecot", b"x": None})),
        (b"* ID NIL", Id({})),
        (b'* QUOTA "ROOT"', Other("QUOTA", (b"ROOT",))),
    ],
)
def test_a_response_means_this(line: bytes, event: Event) -> None:
    assert event_of(line + b"\r\n") == event


@pytest.mark.parametrize(
    "line",
    [
        b"Server Unavailable.",
        b"* 0 EXPUNGE",
        b"* 0 FETCH (FLAGS ())",
        b"* 1 FETCH",
        b"* 1 FETCH (FLAGS (",
        b"* 1 FETCH (UID -1)",
        b'* 1 FETCH (X "abc)',
        b"* 99999999999999999999999 EXISTS",
        b"* LIST foo",
        b"* STATUS x",
        b"* SEARCH 1 x",
        b"* SEARCH 99999999999",
        b"* SEARCH 1 (MODSEQ)",
        b"* VANISHED",
        b"* VANISHED 0",
        b"* VANISHED 1:99999999999",
        b"* ESEARCH UID ALL (1)",
        b"* NAMESPACE NIL NIL",
        b"a1 BYE",
        b"*",
        b"* 1 FETCH (X atom{3})",
    ],
)
def test_what_makes_no_sense_costs_only_itself(line: bytes) -> None:
    nonsense, news = events_of(line.replace(b"{3}", b"{3}\r\nabc") + b"\r\n* 2 EXISTS\r\n")
    assert isinstance(nonsense, Unparsed)
    assert news == Exists(2)


def fetched(items: bytes) -> Fetch:
    event = event_of(b"* 12 FETCH " + items + b"\r\n")
    assert isinstance(event, Fetch)
    return event


@pytest.mark.parametrize(
    "name",
    [b"BODY[HEADER.FIELDS (FROM TO)]", b'body[header.fields ("FROM" "T]O")]', b"BODY[HEADER.FIELDS ({4}\r\nFROM)]"],
)
def test_the_list_of_header_fields_is_no_part_of_the_name(name: bytes) -> None:
    assert fetched(b"(" + name + b" {2}\r\nhi UID 3)").sections == {b"BODY[HEADER.FIELDS]": b"hi"}


def test_every_way_to_send_a_section_gives_its_octets() -> None:
    assert fetched(
        b'(BODY[] {2}\r\nhi BODY[1.MIME] "q\\"" BODY[2] NIL BODY[3]<0> {1}\r\nx '
        b'BINARY[1] ~{2}\r\n\0\n RFC822.HEADER "")'
    ).sections == {
        b"BODY[]": b"hi",
        b"BODY[1.MIME]": b'q"',
        b"BODY[2]": None,
        b"BODY[3]<0>": b"x",
        b"BINARY[1]": b"\0\n",
        b"RFC822.HEADER": b"",
    }


def test_a_section_without_its_value_costs_only_itself() -> None:
    assert fetched(b"(UID 3 BODY[HEADER.FIELDS (FROM)] FLAGS (\\Seen))") == Fetch(
        12, 3, (b"\\Seen",), sections={b"BODY[HEADER.FIELDS]": None}
    )
    assert fetched(b"(UID 3 BODY[])") == Fetch(12, 3, sections={b"BODY[]": None})


def test_octets_that_look_like_an_item_are_octets() -> None:
    assert fetched(b'(BODY[1] "UID" FLAGS ())') == Fetch(12, flags=(), sections={b"BODY[1]": b"UID"})


def test_numbers_that_are_none_cost_only_themselves() -> None:
    assert fetched(b"(UID 3 RFC822.SIZE 9.3736e+06 MODSEQ (-1))") == Fetch(12, 3, size=9373600)
    assert fetched(b"(UID 3 RFC822.SIZE -7)") == Fetch(12, 3)


def test_items_in_odd_places_are_found() -> None:
    assert fetched(b"(UID 3) FLAGS (\\Seen)") == Fetch(12, 3, (b"\\Seen",))
    assert fetched(b"(UID 3 (ENVELOPE (NIL)) FLAGS ())") == Fetch(12, 3, (), extra={b"ENVELOPE": (None,)})
    assert fetched(b"(UID 3))") == Fetch(12, 3)


def test_flags_hold_brackets_at_gmail_and_may_be_named_nil() -> None:
    assert fetched(b"(FLAGS (\\Seen [a] b] NIL \\*))").flags == (b"\\Seen", b"[a]", b"b]", b"NIL", b"\\*")


def test_what_nobody_knows_is_kept_beside() -> None:
    assert fetched(b'(X-GM-MSGID 12 X-GM-LABELS ("\\\\Inbox" NIL) EMAILID (Mabc))').extra == {
        b"X-GM-MSGID": b"12",
        b"X-GM-LABELS": (b"\\Inbox", None),
        b"EMAILID": (b"Mabc",),
    }


def code(text: bytes) -> ResponseCode:
    event = event_of(b"a1 OK " + text + b" done\r\n")
    assert isinstance(event, Tagged) and event.code is not None and event.text == "done"
    return event.code


def test_response_codes_are_decoded_where_useful() -> None:
    assert code(b"[UIDVALIDITY 3857529045]").number == 3857529045
    assert code(b"[UIDNEXT x]").number is None
    assert code(b"[PERMANENTFLAGS (\\Seen [x] \\*)]").words == (b"\\Seen", b"[x]", b"\\*")
    assert code(b"[CAPABILITY IMAP4rev1 idle]").capabilities == {"IMAP4REV1", "IDLE"}
    assert code(b"[APPENDUID 38505 3955]").appenduid == (38505, ((3955, 3955),))
    assert code(b'[Error="Microsoft.Exchange a] b" x]').name.startswith('ERROR="MICROSOFT')
    assert code(b'[BADCHARSET ("a]b")]').args == b'("a]b")'


def test_copyuid_pairs_two_sets_in_the_order_they_were_sent() -> None:
    copied = code(b"[COPYUID 38505 304,319:320 3956:3958]").copyuid
    assert copied == CopyUid(38505, ((304, 304), (319, 320)), ((3956, 3958),))
    assert copied.mapping(((300, 319),)) == {304: 3956, 319: 3957}
    backwards = code(b"[COPYUID 1 9,4 11:12]").copyuid
    assert backwards is not None and backwards.mapping(((1, 20),)) == {9: 11, 4: 12}


def test_copyuid_of_all_uid_space_costs_what_we_asked() -> None:
    copied = code(b"[COPYUID 1 1:4294967295 1:4294967295]").copyuid
    assert copied is not None and copied.mapping(((7, 8),)) == {7: 7, 8: 8}


@pytest.mark.parametrize("args", [b"1  ", b"1 1:3 5:6", b"1 1", b"x 1 2", b"1 0 1", b"1 a b"])
def test_a_copyuid_that_pairs_nothing_is_none(args: bytes) -> None:
    assert code(b"[COPYUID " + args + b"]").copyuid is None


@pytest.mark.parametrize(
    "hostile",
    [
        b"* 1 FETCH " + b"(" * 1_000_000,
        b"* 1 FETCH " + b"()" * 500_000,
        b"* 1 FETCH (" + b'"' * 1_000_000,
        b"* 1 FETCH (" + b'\\"' * 500_000,
        b"* 1 FETCH (" + b'"\\' * 500_000,
        b"* 1 FETCH (" + b"BODY[" * 200_000,
        b"* 1 FETCH (" + b'BODY["' * 200_000,
        b"* 1 FETCH (" + b"{" * 1_000_000,
        b"* 1 FETCH (" + b"{1" * 500_000,
        b"* 1 FETCH (" + b"((X Y) " * 150_000,
        b"* OK [" + b"a " * 500_000,
        b'* OK [a "' + b'\\"(' * 300_000,
        b"* LIST (" + b"a " * 500_000,
        b'* LIST () "" ' + b" a" * 500_000,
        b"* SEARCH " + b"9" * 1_000_000,
        b"* VANISHED " + b"1," * 500_000,
        b"* VANISHED " + b"1:" * 500_000,
        b"* " + b"9" * 1_000_000,
        b"*" + b" " * 1_000_000,
        b"x" + b" " * 1_000_000,
    ],
    ids=lambda hostile: hostile[:16].decode(),
)
def test_hostile_megabytes_take_linear_time(hostile: bytes) -> None:
    started = time.process_time()
    parse(Frame(hostile))
    assert time.process_time() - started < 2  # measured 0.2 s at most


def test_lists_nest_to_a_limit() -> None:
    within = b"* 1 FETCH (X " + b"(" * (MAX_DEPTH - 1) + b")" * (MAX_DEPTH - 1) + b")"
    assert isinstance(parse(Frame(within)), Fetch)
    assert isinstance(parse(Frame(within.replace(b"()", b"(())"))), Unparsed)


@given(st.lists(st.sampled_from(b'( ) " \\ NIL {1} [ ] BODY[ UID FLAGS 1 * FETCH OK ALL : , \r\n \0 \xff'.split(b" "))))
def test_any_words_in_any_order_give_an_event(words: list[bytes]) -> None:
    for head in (b"", b"* ", b"* 1 FETCH ", b"* 1 FETCH (", b"* LIST ", b"* ESEARCH ", b"* STATUS ", b"* NAMESPACE "):
        parse(Frame(head + b" ".join(words), (b"a", b"b")))


@given(st.binary(), st.lists(st.binary(), max_size=3), st.sampled_from(SERVER_WORDS), st.integers(0, 80))
def test_any_bytes_give_an_event(noise: bytes, literals: list[bytes], words: bytes, at: int) -> None:
    parse(Frame(noise, tuple(literals)))
    parse(Frame(words[:at] + noise + words[at:], tuple(literals)))
