from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tuimail.protocol.framing import Frame
from tuimail.protocol.imap.bodystructure import Part, read
from tuimail.protocol.imap.tokens import Value, values


def tree(text: bytes) -> Part:
    (value,) = values(Frame(text))
    return read(value)


def outline(text: bytes) -> list[tuple[str, str]]:
    return [(part.section, part.type) for part in tree(text).walk()]


PLAIN = b'("TEXT" "PLAIN" ("CHARSET" "utf-8") NIL NIL "7BIT" 1152 23)'
HTML = b'("text" "html" ("charset" "utf-8") "<id@x>" NIL "QUOTED-PRINTABLE" 99 3 NIL ("INLINE" NIL) NIL NIL)'
PDF = (
    b'("APPLICATION" "PDF" ("NAME" "a.pdf") NIL NIL "BASE64" 7000 NIL '
    b'("ATTACHMENT" ("FILENAME" "a.pdf")) ("en" "de") NIL)'
)
ENVELOPE = b"(NIL NIL NIL NIL NIL NIL NIL NIL NIL NIL)"


def test_a_single_part_is_number_one() -> None:
    assert tree(PLAIN) == Part("1", "text/plain", {"charset": b"utf-8"}, "7bit", 1152)


def test_fields_are_found_in_their_places() -> None:
    pdf = tree(PDF)
    assert (pdf.type, pdf.encoding, pdf.size) == ("application/pdf", "base64", 7000)
    assert (pdf.disposition, pdf.disposition_params) == ("attachment", {"filename": b"a.pdf"})
    html = tree(HTML)
    assert (html.content_id, html.disposition) == (b"<id@x>", "inline")


def test_parts_are_numbered_as_rfc_9051_says() -> None:
    """The example of §6.4.5.1, in its shape."""
    related = b"(" + PLAIN + b'("IMAGE" "GIF" NIL NIL NIL "BASE64" 9)("x" "y" NIL NIL NIL "8BIT" 1) "RELATED")'
    message = b'("MESSAGE" "RFC822" NIL NIL NIL "7BIT" 3000 ' + ENVELOPE + b"(" + PLAIN + related + b' "MIXED") 70)'
    single = b'("MESSAGE" "RFC822" NIL NIL NIL "7BIT" 3000 ' + ENVELOPE + PLAIN + b" 70)"
    assert outline(b"(" + PLAIN + PDF + message + single + b' "MIXED" ("BOUNDARY" "b"))') == [
        ("", "multipart/mixed"),
        ("1", "text/plain"),
        ("2", "application/pdf"),
        ("3", "message/rfc822"),
        ("3.TEXT", "multipart/mixed"),
        ("3.1", "text/plain"),
        ("3.2", "multipart/related"),
        ("3.2.1", "text/plain"),
        ("3.2.2", "image/gif"),
        ("3.2.3", "x/y"),
        ("4", "message/rfc822"),
        ("4.1", "text/plain"),
    ]
    assert outline(single) == [("1", "message/rfc822"), ("1.1", "text/plain")]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (b'(NIL "alternative" ("BOUNDARY" "x") NIL NIL)', [("", "multipart/alternative")]),
        (b'("RELATED" NIL ("ATTACHMENT" NIL) NIL)', [("", "multipart/related")]),
        (b'(NIL NIL NIL NIL NIL "7BIT" 0 NIL NIL NIL NIL)', [("1", "application/octet-stream")]),
        (b"(" + PLAIN + b'("RELATED" NIL ("ATTACHMENT" NIL) NIL) "MIXED")',
         [("", "multipart/mixed"), ("1", "text/plain"), ("2", "multipart/related")]),
        (b'("MESSAGE" "DELIVERY-STATUS" NIL NIL NIL "7BIT" 324 NIL ("ATTACHMENT" NIL))',
         [("1", "message/delivery-status")]),
        (b'("MESSAGE" "RFC822" NIL NIL NIL "BASE64" 99 NIL ("attachment" NIL) NIL)', [("1", "message/rfc822")]),
        (b"()", [("1", "application/octet-stream")]),
        (b'("TEXT")', [("", "multipart/text")]),
        (b"(" + PLAIN + b")", [("", "multipart/mixed"), ("1", "text/plain")]),
    ],
)  # fmt: skip
def test_the_shapes_of_servers_who_did_not_read_the_rfc_are_taken(text: bytes, expected: list[tuple[str, str]]) -> None:
    assert outline(text) == expected


def test_a_disposition_without_parentheses_is_one() -> None:
    assert tree(b'("IMAGE" "PNG" NIL NIL NIL "BASE64" 9 NIL "inline" NIL)').disposition == "inline"


def test_quotes_inside_a_file_name_need_not_be_escaped() -> None:
    named = tree(PDF.replace(b'"FILENAME" "a.pdf"', b'"FILENAME" "the "final".pdf"'))
    assert named.disposition_params == {"filename": b'the "final".pdf'}


def test_a_size_below_zero_is_none() -> None:
    assert tree(b'("TEXT" "PLAIN" NIL NIL NIL "7BIT" -1 -1)').size == 0


def test_nesting_beyond_reason_is_cut_off() -> None:
    deep = b"(" * 190 + PLAIN + b' "MIXED")' * 190
    assert len(list(tree(deep).walk())) == 102


VALUES: st.SearchStrategy[Value] = st.recursive(
    st.none() | st.sampled_from([b"TEXT", b"message", b"RFC822", b"12", b"-1", b"inline", b"", b"\xff"]),
    lambda inner: st.lists(inner, max_size=10).map(tuple),
    max_leaves=60,
)


@given(VALUES)
def test_any_value_gives_a_tree(value: Value) -> None:
    list(read(value).walk())
