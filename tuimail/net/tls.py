"""Whom to believe: TLS contexts, pinned certificates, and in words why a server was not believed."""

from __future__ import annotations

import functools
import hashlib
import ssl
import time

from tuimail.errors import CertificateRefused, ConnectionLost, InsecureConnection, RemoteError, Unreachable
from tuimail.model import Account
from tuimail.net.wording import printable
from tuimail.protocol import x509
from tuimail.protocol.sasl.scram import Binding
from tuimail.records import Record


class Trust(Record):
    """What a certificate must be for the connection to go on."""

    ca_file: str = ""
    """PEM file of authorities instead of the system's; "": the system's."""
    pin: str = ""
    """"sha256:…" of the one certificate that will do, whoever signed it and whatever name it bears; "": none."""
    client_cert: str = ""
    """PEM file of certificate and key to show; "": none."""
    nobody: bool = False
    """Look at the certificate and believe nothing: never for a connection that goes on."""


def trust_of(account: Account) -> Trust:
    """What the account's owner said."""
    return Trust(account.ca_file, account.pin, account.client_cert)


@functools.cache
def context(trust: Trust) -> ssl.SSLContext:
    """Reading the system's certificates takes 10-20 ms: called in a thread, once.

    With a pin the certificate is not judged by OpenSSL but by `check_pin`, before anything else is done.
    """
    made = ssl.create_default_context(cafile=trust.ca_file or None)
    made.minimum_version = ssl.TLSVersion.TLSv1_2
    if trust.pin or trust.nobody:
        made.check_hostname = False
        made.verify_mode = ssl.CERT_NONE
    if trust.client_cert:
        try:
            made.load_cert_chain(trust.client_cert, password=lambda: "")  # never a question on the terminal
        except (OSError, ValueError) as error:
            why = error.strerror if isinstance(error, OSError) and error.strerror else "not certificate and key in PEM"
            raise InsecureConnection(
                f"client_cert cannot be used: {trust.client_cert}: {why}.", "Correct it in config.toml."
            ) from error
    return made


def check_pin(trust: Trust, line: ssl.SSLObject, host: str) -> None:
    """Raises CertificateRefused when the server's certificate is another one than was pinned."""
    der = line.getpeercert(True) or b""
    if trust.pin and f"sha256:{hashlib.sha256(der).hexdigest()}" != trust.pin:
        raise CertificateRefused(
            f"The certificate of {host} is not the one that was pinned for this account.",
            "Nothing was sent. If whoever runs the server has renewed it, compare the new one with theirs: "
            "“tuimail account check” shows it. Else somebody is in between.",
            about=describe(x509.read(der)),
        )


def describe(certificate: x509.Certificate) -> tuple[tuple[str, str], ...]:
    """The certificate for people: (what, words), cleaned, without empty ones."""

    def day(at: int | None) -> str:
        return "?" if at is None else time.strftime("%Y-%m-%d", time.gmtime(at))

    dates = certificate.since is not None or certificate.until is not None
    self_signed = certificate.subject and certificate.subject == certificate.issuer
    lines = (
        ("issued to", printable(certificate.subject)),
        ("for the names", printable(", ".join(certificate.names))),
        ("issued by", "itself" if self_signed else printable(certificate.issuer)),
        ("valid", f"{day(certificate.since)} to {day(certificate.until)}" if dates else ""),
        ("fingerprint", f"sha256:{certificate.fingerprint}"),
    )
    return tuple((what, words) for what, words in lines if words)


def certificate_of(line: ssl.SSLObject) -> tuple[tuple[str, str], ...]:
    """The server's certificate in words; empty when it showed none."""
    der = line.getpeercert(True)
    return describe(x509.read(der)) if der else ()


def binding_of(line: ssl.SSLObject) -> Binding | None:
    """What ties a login to this connection; None where TLS has nothing safe or Python does not tell.

    tls-exporter (RFC 9266) where Python can; tls-unique (RFC 5929) is defined up to TLS 1.2 only.
    """
    if "tls-exporter" in ssl.CHANNEL_BINDING_TYPES:
        kind = "tls-exporter"
    elif line.version() == "TLSv1.2":
        kind = "tls-unique"
    else:
        return None
    data = line.get_channel_binding(kind)
    return Binding(kind, data) if data else None


_CERTIFICATE = {
    9: "is not valid yet",
    10: "has expired",
    18: "is signed by nobody but itself",
    19: "comes from an authority this computer does not trust",
    20: "comes from an authority this computer does not trust",
    21: "comes from an authority this computer does not trust",
    23: "has been revoked",
    62: "belongs to another name",
    64: "belongs to another address",
}
"""X509_V_ERR codes of OpenSSL's x509_vfy.h, in words."""


def in_words(error: ssl.SSLError | OSError, host: str, ca_file: str) -> RemoteError:
    """What went wrong in a handshake, as one of our errors."""
    match error:
        case ssl.SSLCertVerificationError():
            why = _CERTIFICATE.get(error.verify_code, f"cannot be verified ({error.verify_message})")
            step = "Nothing was sent. "
            if error.verify_code in (9, 10):
                step += "Check this computer's clock, or ask whoever runs the server."
            elif error.verify_code in (62, 64):
                step += "Use the server name your provider gives; if it is this one, somebody may be in between."
            else:
                step += (
                    "If it is your own server, name its authority with ca_file in config.toml, or pin the certificate: "
                    "“tuimail account check” shows it. Else stay away."
                )
            return CertificateRefused(f"The certificate of {host} {why}.", step)
        case ssl.SSLError() if error.reason in ("WRONG_VERSION_NUMBER", "HTTP_REQUEST", "PACKET_LENGTH_TOO_LONG"):
            return InsecureConnection(
                f"{host} does not speak TLS here.",
                "Ports 993 and 995 want security = tls, ports 143 and 110 security = starttls.",
            )
        case ssl.SSLError() if error.reason and "CERTIFICATE_REQUIRED" in error.reason:
            return InsecureConnection(
                f"{host} wants a certificate from you.", "Name it with client_cert in config.toml."
            )
        case ssl.SSLError() if error.reason and ("PROTOCOL" in error.reason or "VERSION" in error.reason):
            return InsecureConnection(
                f"{host} offers no TLS newer than 1.1.", "Ask whoever runs the server to update it."
            )
        case ssl.SSLError():
            return InsecureConnection(f"TLS with {host} failed: {error.reason or 'no agreement'}.", "Nothing was sent.")
        case FileNotFoundError() | PermissionError() | IsADirectoryError():
            return InsecureConnection(f"ca_file cannot be read: {ca_file}.", "Correct it in config.toml.")
        case TimeoutError():
            return Unreachable(f"{host} fell silent while starting TLS.", "Try again, or check the port.")
    return ConnectionLost(f"{host} closed the connection while starting TLS.", "Try again, or check the port.")
