"""What a URL means, and that each mistake in one is told plainly and without the password."""

from __future__ import annotations

import pytest

from tuimail.accounts.urls import is_loopback, parse_url
from tuimail.errors import UsageError
from tuimail.model import Security


@pytest.mark.parametrize(
    ("url", "user", "host", "port", "security"),
    [
        ("imaps://ada@imap.example.org/", "ada", "imap.example.org", 993, Security.TLS),
        ("imaps://ada@imap.example.org", "ada", "imap.example.org", 993, Security.TLS),
        ("IMAPS://ada@IMAP.Example.ORG", "ada", "imap.example.org", 993, Security.TLS),
        ("imap://ada@imap.example.org/", "ada", "imap.example.org", 143, Security.STARTTLS),
        ("imap://ada@imap.example.org:1143/", "ada", "imap.example.org", 1143, Security.STARTTLS),
        ("imaps://ada@imap.example.org:", "ada", "imap.example.org", 993, Security.TLS),
        ("imap+insecure://ada@localhost/", "ada", "localhost", 143, Security.PLAIN),
        ("imap+insecure://ada@127.0.0.1:1143", "ada", "127.0.0.1", 1143, Security.PLAIN),
        ("imap+insecure://ada@[::1]:1143/", "ada", "::1", 1143, Security.PLAIN),
        ("imaps://ada@[2001:DB8::7]/", "ada", "2001:db8::7", 993, Security.TLS),
        ("imaps://ada%40example.org@imap.example.org", "ada@example.org", "imap.example.org", 993, Security.TLS),
        ("imaps://ada@example.org@imap.example.org", "ada@example.org", "imap.example.org", 993, Security.TLS),
        ("imaps://a%2Fb%3Ac@h", "a/b:c", "h", 993, Security.TLS),
        ("imaps://zoë@h", "zoë", "h", 993, Security.TLS),
        ("imaps://zo%C3%AB@h", "zoë", "h", 993, Security.TLS),
        ("imaps://ada@bücher.example", "ada", "xn--bcher-kva.example", 993, Security.TLS),
    ],
)
def test_a_url_means_an_account(url: str, user: str, host: str, port: int, security: Security) -> None:
    account, password = parse_url(url)
    assert (account.user, account.host, account.port, account.security) == (user, host, port, security)
    assert password is None


def test_an_account_of_a_url_is_called_after_its_server() -> None:
    called = {
        "imaps://ada@h/": "ada@h",
        "imap://ada@h/": "ada@h",
        "imap+insecure://ada@127.0.0.1:1143/": "ada@127.0.0.1:1143",
        "imap+insecure://ada@[::1]:1143/": "ada@[::1]:1143",
        "imaps://ada@[2001:db8::7]/": "ada@2001:db8::7",
        "pop3s://ada@h/": "ada@h:995",
        "pop3s://ada@h:993/": "ada@h:993",
    }
    assert {url: parse_url(url)[0].name for url in called} == called, "no two mailboxes are kept under one name"


@pytest.mark.parametrize(
    ("url", "port", "security"),
    [
        ("pop3s://ada@h/", 995, Security.TLS),
        ("POP3://ada@h", 110, Security.STARTTLS),
        ("pop3+insecure://ada@localhost:1110/", 1110, Security.PLAIN),
    ],
)
def test_pop3_has_its_own_ports(url: str, port: int, security: Security) -> None:
    account, _ = parse_url(url)
    assert (account.protocol, account.port, account.security) == ("pop3", port, security)
    assert account.leave == "forever", "nothing is deleted that nobody chose to delete"


def test_plain_pop3_towards_another_machine_names_the_better_ways() -> None:
    with pytest.raises(UsageError, match=r"pop3s:// or pop3://"):
        parse_url("pop3+insecure://ada@mail.example.org")


@pytest.mark.parametrize(
    ("url", "password"),
    [
        ("imaps://ada:secret@h", "secret"),
        ("imaps://ada:se%3Acret@h", "se:cret"),
        ("imaps://ada:se:cr@et@h", "se:cr@et"),
        ("imaps://ada:p%C3%A4ss%20word@h", "päss word"),
        ("imaps://ada:@h", None),
    ],
)
def test_a_password_inside_a_url_works(url: str, password: str | None) -> None:
    assert parse_url(url)[1] == password


@pytest.mark.parametrize(
    ("url", "sentence"),
    [
        ("", "“://”"),
        ("imap.example.org", "“://”"),
        ("gopher://ada@h", "must begin with"),
        ("imaps://imap.example.org", "names no user"),
        ("imaps://@imap.example.org", "names no user"),
        ("imaps://:sesame@h", "user name is empty"),
        ("imaps://ada@", "names no host"),
        ("imaps://ada@:993", "names no host"),
        ("imaps://ada@-x.example", "not a name or an address"),
        ("imaps://ada@a..b", "not a name or an address"),
        ("imaps://ada@ex%0Aample.org", "not a name or an address"),
        ("imaps://ada@h:0", "port"),
        ("imaps://ada@h:65536", "port"),
        ("imaps://ada@h:99999999999999999999", "port"),
        ("imaps://ada@h:imap", "port"),
        ("imaps://ada@::1", "brackets"),
        ("imaps://ada@[::1", "closed"),
        ("imaps://ada@[::1]993", "closed"),
        ("imaps://ada@[example.org]", "not an IPv6"),
        ("imaps://ada@[::zz]", "not an IPv6"),
        ("imaps://ada@h/INBOX", "folder"),
        ("imaps://ada@h/?x", "folder"),
        ("imaps://ada;AUTH=PLAIN@h", "AUTH"),
        ("imaps://ada:sesame/x@h", "%2F"),
        ("imaps://ada:sesame%zz@h", "hexadecimal"),
        ("imaps://ada:sesame%@h", "hexadecimal"),
        ("imaps://a%FFda@h", "UTF-8"),
        ("imaps://a da@h", "space"),
        ("imaps://ada\n@h", "control character"),
        ("imaps://ada@h\x00.example", "control character"),
        ("imaps://ada\t@h", "control character"),
        ("imaps://ada%00@h", "control"),
        ("imaps://ada%0D%0Ax@h", "control"),
        ("imaps://a%E2%80%AEda@h", "invisible"),
        ("imaps://ada:sesame%0D%0AA1 LOGOUT@h", "space"),
        ("imaps://ada:sesame%0D%0A@h", "line break"),
    ],
)
def test_each_mistake_is_one_sentence_with_an_example_and_without_the_password(url: str, sentence: str) -> None:
    with pytest.raises(UsageError) as caught:
        parse_url(url)
    assert sentence in caught.value.sentence
    assert caught.value.next_step == "Example: imaps://ada%40example.org@imap.example.org/"
    assert "\n" not in str(caught.value)
    assert "sesame" not in str(caught.value)


def test_plaintext_towards_another_machine_is_refused_until_allowed_aloud() -> None:
    with pytest.raises(UsageError, match="readable for anyone"):
        parse_url("imap+insecure://ada@imap.example.org/")
    account, _ = parse_url("imap+insecure://ada@imap.example.org/", allow_plaintext=True)
    assert account.security is Security.PLAIN
    assert account.allow_plaintext


@pytest.mark.parametrize("host", ["localhost", "127.0.0.1", "127.8.8.8", "::1", "mail.localhost"])
def test_this_machine_is_loopback(host: str) -> None:
    assert is_loopback(host)


@pytest.mark.parametrize("host", ["localhost.example.org", "10.0.0.1", "0.0.0.0", "::", "127.0.0.1.example.org"])
def test_other_machines_are_not_loopback(host: str) -> None:
    assert not is_loopback(host)
