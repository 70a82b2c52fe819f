"""An account from one line: `imaps://user@host[:port]/`, so that a mailbox can be opened before anything is set up.

The forms are those of RFC 5092 §11 (`iserver`, `iuserinfo`), without mailbox path and without `;AUTH=`:

    imaps://          TLS from the first byte (RFC 8314 §3.2), port 993
    imap://           STARTTLS, required before login (RFC 3501 §6.2.1), port 143
    imap+insecure://  no protection at all, port 143; only towards this machine unless it is allowed aloud

and the same for POP3: pop3s:// (port 995), pop3:// (STLS, RFC 2595, port 110), pop3+insecure:// (port 110).

A URL may hold a password, so no error sentence here repeats any part that could be one.
"""

from __future__ import annotations

import re
from typing import NoReturn

from tuimail.errors import UsageError
from tuimail.model import Account, Security

EXAMPLE = "Example: imaps://ada%40example.org@imap.example.org/"

DEFAULT_PORT = {Security.TLS: 993, Security.STARTTLS: 143, Security.PLAIN: 143}
"""Of IMAP."""
_POP3_PORT = {Security.TLS: 995, Security.STARTTLS: 110, Security.PLAIN: 110}

_SCHEMES = {
    "imaps": ("imap", Security.TLS),
    "imap": ("imap", Security.STARTTLS),
    "imap+insecure": ("imap", Security.PLAIN),
    "pop3s": ("pop3", Security.TLS),
    "pop3": ("pop3", Security.STARTTLS),
    "pop3+insecure": ("pop3", Security.PLAIN),
}
_HOST = re.compile(r"(?!-)[A-Za-z0-9_](?:[A-Za-z0-9_.-]{0,252}[A-Za-z0-9_.])?")


def parse_url(url: str, *, allow_plaintext: bool = False) -> tuple[Account, str | None]:
    """The account a URL means, and the password in it, if any.

    allow_plaintext: accept imap+insecure:// and pop3+insecure:// towards hosts that are not loopback.
    Raises UsageError: one sentence about the first mistake, and an example; never with the password in it.
    """
    if any(not char.isprintable() or char.isspace() for char in url):
        _refuse("The URL holds a space, a line break or a control character.")
    scheme, found, rest = url.partition("://")
    if not found:
        _refuse("A URL with “://” was expected.")
    if scheme.lower() not in _SCHEMES:
        _refuse("The URL must begin with imaps://, imap://, pop3s:// or pop3://, or with imap+insecure://.")
    protocol, security = _SCHEMES[scheme.lower()]
    authority, path = _split_path(rest)
    userinfo, found, hostport = authority.rpartition("@")
    if not found and "@" in path:
        _refuse("A “/”, “?” or “#” in the user or password must be written %2F, %3F, %23.")
    if not found or not userinfo:
        _refuse("The URL names no user.")
    if path not in ("", "/"):
        _refuse("The URL may not name a folder.")
    raw_user, found, raw_password = userinfo.partition(":")
    if ";" in raw_user:
        _refuse("“;AUTH=” is not understood; the way to log in is chosen by what the server offers.")
    user = check_user(_decode(raw_user))
    password = _decode(raw_password) if found else None
    if password and any(ord(char) < 0x20 or ord(char) == 0x7F for char in password):
        _refuse("The password holds a line break or a control character.")
    host, port = _host_and_port(hostport, default_port(protocol, security))
    if security is Security.PLAIN:
        check_plaintext(host, allow_plaintext, f"{protocol}s:// or {protocol}:// (STARTTLS)")
    account = Account(
        name=_name(user, host, port, protocol),
        host=host,
        port=port,
        user=user,
        security=security,
        protocol=protocol,
        allow_plaintext=allow_plaintext,
    )
    return account, password or None


def _name(user: str, host: str, port: int, protocol: str) -> str:
    """What the account is called, and its mail kept under: two servers of one machine must not share a name."""
    bare = f"[{host}]" if ":" in host else host
    return f"{user}@{host}" if protocol == "imap" and port in DEFAULT_PORT.values() else f"{user}@{bare}:{port}"


def default_port(protocol: str, security: Security) -> int:
    """The registered port."""
    return (_POP3_PORT if protocol == "pop3" else DEFAULT_PORT)[security]


def check_user(user: str) -> str:
    """The user name, when it can be one. Raises UsageError for an empty name or one with unprintable characters."""
    if not user:
        _refuse("The user name is empty.")
    if not user.isprintable():
        _refuse("The user name holds a control or invisible character.")
    return user


def check_host(host: str) -> str:
    """The host in the form the network wants: lower case, IPv6 without brackets, international names as A-labels.

    Raises UsageError when it is neither a name nor an address.
    """
    import ipaddress

    bare = host[1:-1] if host.startswith("[") and host.endswith("]") else host
    if ":" in bare:
        try:
            return str(ipaddress.IPv6Address(bare))
        except ValueError:
            _refuse("The host is not an IPv6 address.")
    if not bare.isascii():
        try:
            bare = bare.encode("idna").decode("ascii")
        except UnicodeError:
            _refuse("The host is not a valid international name.")
    if not _HOST.fullmatch(bare) or ".." in bare:
        _refuse("The host is not a name or an address.")
    return bare.lower()


def is_loopback(host: str) -> bool:
    """Whether the host is this machine, by its name alone (nothing is looked up)."""
    import ipaddress

    if host == "localhost" or host.endswith(".localhost"):
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def check_plaintext(host: str, allowed: bool, instead: str = "imaps:// or imap:// (STARTTLS)") -> None:
    """Raises UsageError when password and mail would cross a network unprotected and nobody allowed that."""
    if not allowed and not is_loopback(host):
        raise UsageError(
            f"Without TLS the password and all mail would cross the network to {host} readable for anyone.",
            f"Use {instead}, or say --allow-plaintext.",
        )


def _split_path(rest: str) -> tuple[str, str]:
    end = min((at for char in "/?#" if (at := rest.find(char)) >= 0), default=len(rest))
    return rest[:end], rest[end:]


def _host_and_port(hostport: str, default: int) -> tuple[str, int]:
    if hostport.startswith("["):
        host, found, tail = hostport[1:].partition("]")
        if not found or (tail and not tail.startswith(":")):
            _refuse("The IPv6 address is not closed with “]”.")
        host, raw_port = check_host(f"[{_decode(host)}]"), tail[1:] if tail else None
        if ":" not in host:
            _refuse("The host in brackets is not an IPv6 address.")
    else:
        if hostport.count(":") > 1:
            _refuse("An IPv6 address is written in brackets, [::1].")
        name, found, port_text = hostport.partition(":")
        if not name:
            _refuse("The URL names no host.")
        host, raw_port = check_host(_decode(name)), port_text if found else None
    if not raw_port:  # RFC 3986 §3.2.3: a ":" with nothing behind it means the default, too
        return host, default
    if not (raw_port.isascii() and raw_port.isdigit() and 1 <= int(raw_port[:6]) <= 65535):
        _refuse("The port must be a number from 1 to 65535.")
    return host, int(raw_port)


def _decode(text: str) -> str:
    from urllib.parse import unquote

    if re.search(r"%(?![0-9A-Fa-f]{2})", text):
        _refuse("A “%” in the URL must be followed by two hexadecimal digits (“%” itself is %25).")
    try:
        return unquote(text, errors="strict")
    except UnicodeDecodeError:
        _refuse("The characters written with % are not UTF-8.")


def _refuse(sentence: str) -> NoReturn:
    raise UsageError(sentence, EXAMPLE) from None
