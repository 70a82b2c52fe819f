from __future__ import annotations

import pytest

from tuimail.protocol.http import Answer, request

PLAIN = b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello"
CHUNKED = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nhel\r\n2;x=y\r\nlo\r\n0\r\n\r\n"
TO_THE_END = b"HTTP/1.0 200 OK\r\nContent-Type: image/png\r\n\r\nhello"
INTERIM = b"HTTP/1.1 103 Early Hints\r\nLink: </x>\r\n\r\n" + PLAIN


@pytest.mark.parametrize("octets", [PLAIN, CHUNKED, TO_THE_END, INTERIM])
@pytest.mark.parametrize("step", [1, 2, 7, 1000])
def test_an_answer_is_read_in_any_pieces(octets: bytes, step: int) -> None:
    answer = Answer(100)
    for place in range(0, len(octets), step):
        answer.feed(octets[place : place + step])
    answer.end()
    assert (answer.status, answer.body, answer.done) == (200, b"hello", True)


def test_what_follows_the_last_chunk_is_nothing_to_us() -> None:
    answer = Answer(100)
    answer.feed(CHUNKED + b"HTTP/1.1 200 OK\r\n")
    assert answer.done and answer.body == b"hello"


@pytest.mark.parametrize(
    ("octets", "words"),
    [
        (b"SSH-2.0-OpenSSH_9.6\r\n\r\n", "not HTTP"),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 101\r\n\r\n", "too large"),
        (b"HTTP/1.1 200 OK\r\n\r\n" + bytes(101), "too large"),
        (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nfffffff\r\n", "too large"),
        (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n", "a bad chunk"),
        (b"HTTP/1.1 200 OK\r\nX: " + bytes(40_000), "no end of the header"),
        (PLAIN[:-1], "cut short"),
        (CHUNKED[:-6], "cut short"),
        (b"", "cut short"),
    ],
)
def test_what_is_no_answer_is_said(octets: bytes, words: str) -> None:
    answer = Answer(100)
    with pytest.raises(ValueError, match=words):
        answer.feed(octets)
        answer.end()


def test_the_question_says_no_more_than_it_must() -> None:
    asked = request("https://x.example:8443/a b/ü.png?who=1&x=%41#part").decode()
    first, *fields = asked.removesuffix("\r\n\r\n").split("\r\n")
    assert first == "GET /a%20b/%C3%BC.png?who=1&x=%41 HTTP/1.1"
    assert [field.partition(":")[0] for field in fields] == [
        "Host", "User-Agent", "Accept", "Accept-Encoding", "Connection",
    ]  # fmt: skip
    assert fields[0] == "Host: x.example:8443" and fields[1] == "User-Agent: tuimail"


def test_no_line_can_be_put_into_the_question() -> None:
    asked = request("https://x.example/a%0d%0aX-Evil:1?\x00\x01").decode()
    assert asked.count("\r\n") == 7
    with pytest.raises(ValueError):
        request("https://" + "a" * 70 + ".example/")


def test_names_in_other_letters_are_asked_in_ascii() -> None:
    assert "Host: xn--bcher-kva.example\r\n" in request("https://bücher.example/").decode()
    assert "Host: [2001:db8::1]\r\n" in request("https://[2001:db8::1]/").decode()
