"""A gpg of the tests' own: a new home with keys without passphrases, and what mail programs send with them."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

ADA = "Ada Lovelace <ada@example.org>"
EVE = "Eve <eve@evil.example>"


class Gpg:
    """Keys in `home`: ada's (hers to trust), eve's (known, not certified)."""

    def __init__(self, home: Path) -> None:
        self.home = home
        self.make(ADA)
        self.make(EVE)
        # Keys made here are trusted ultimately; eve's is only one that came along.
        exported = self.run("--export-ownertrust").decode().splitlines()
        self.fingerprint_of = {user: self.fingerprint(user) for user in (ADA, EVE)}
        wanted = [line.replace(":6:", ":2:") if self.fingerprint_of[EVE] in line else line for line in exported]
        self.run("--import-ownertrust", data="\n".join(wanted).encode() + b"\n")

    def run(self, *arguments: str, data: bytes = b"") -> bytes:
        """What gpg writes; fails with its own words."""
        command = ["gpg", "--homedir", str(self.home), "--batch", "--yes", "--quiet", *arguments]
        done = subprocess.run(command, input=data, capture_output=True, check=False, timeout=30)
        assert not done.returncode, done.stderr.decode()
        return done.stdout

    def make(self, user: str, passphrase: str = "", *more: str) -> None:
        """A key that signs, and one below it that is encrypted to."""
        secret = ("--pinentry-mode", "loopback", "--passphrase", passphrase)
        self.run(*secret, *more, "--quick-gen-key", user, "ed25519", "sign", "never")
        self.run(*secret, *more, "--quick-add-key", self.fingerprint(user), "cv25519", "encr", "never")

    def fingerprint(self, user: str) -> str:
        listed = self.run("--with-colons", "--list-keys", "--", f"={user}").decode().splitlines()
        return next(line.split(":")[9] for line in listed if line.startswith("fpr"))

    def sign(self, data: bytes, user: str = ADA) -> bytes:
        """A detached signature, armoured."""
        return self.run("--armor", "--local-user", f"={user}", "--detach-sign", data=data)

    def clear_sign(self, data: bytes, user: str = ADA) -> bytes:
        return self.run("--local-user", f"={user}", "--clearsign", data=data)

    def encrypt(self, data: bytes, user: str = ADA, *more: str) -> bytes:
        """Armoured; with "--sign" signed too."""
        return self.run("--armor", "--trust-model", "always", "--recipient", f"={user}", *more, "--encrypt", data=data)

    def forget_secrets(self) -> None:
        """Passphrases that the agent holds."""
        self._agent("--reload")

    def close(self) -> None:
        """End the agent."""
        self._agent("--kill")

    def _agent(self, what: str) -> None:
        subprocess.run(["gpgconf", "--homedir", str(self.home), what, "gpg-agent"], check=False, timeout=10)


@contextmanager
def own_gpg(home: Path) -> Iterator[Gpg]:
    """A Gpg that this process's gpg calls use too; its agent ends with it. home: a short path, for a socket."""
    before = os.environ.get("GNUPGHOME")
    home.mkdir(mode=0o700, parents=True)
    os.environ["GNUPGHOME"] = str(home)
    gpg = Gpg(home)
    try:
        yield gpg
    finally:
        gpg.close()
        if before is None:
            del os.environ["GNUPGHOME"]
        else:
            os.environ["GNUPGHOME"] = before
        shutil.rmtree(home, ignore_errors=True)


def letter(type_: str, body: bytes, sender: str = ADA, subject: str = "a letter") -> bytes:
    """A message as it comes over the wire."""
    head = (
        f"From: {sender}\r\nTo: me@example.org\r\nSubject: {subject}\r\nMessage-ID: <{subject.replace(' ', '-')}@x>\r\n"
        f"Date: Mon, 01 Jan 2024 10:00:00 +0000\r\nMIME-Version: 1.0\r\nContent-Type: {type_}\r\n\r\n"
    )
    return head.encode() + body.replace(b"\r\n", b"\n").replace(b"\n", b"\r\n")


def multipart(boundary: str, *parts: bytes) -> bytes:
    mark = f"--{boundary}".encode()
    return b"".join(b"\r\n" + mark + b"\r\n" + part for part in parts) + b"\r\n" + mark + b"--\r\n"


def signed(gpg: Gpg, part: bytes, user: str = ADA, boundary: str = "sig") -> tuple[str, bytes]:
    """multipart/signed (RFC 3156 §5) of a part with its header, lines ending in CRLF: its type and its body."""
    seal = b"Content-Type: application/pgp-signature; name=signature.asc\r\n\r\n" + gpg.sign(part, user)
    type_ = f'multipart/signed; micalg=pgp-sha512; protocol="application/pgp-signature"; boundary="{boundary}"'
    return type_, multipart(boundary, part, seal)


def encrypted(gpg: Gpg, part: bytes, user: str = ADA, *more: str, boundary: str = "enc") -> tuple[str, bytes]:
    """multipart/encrypted (RFC 3156 §4): its type and its body."""
    version = b"Content-Type: application/pgp-encrypted\r\n\r\nVersion: 1\r\n"
    inside = b"Content-Type: application/octet-stream\r\n\r\n" + gpg.encrypt(part, user, *more)
    type_ = f'multipart/encrypted; protocol="application/pgp-encrypted"; boundary="{boundary}"'
    return type_, multipart(boundary, version, inside)


def as_part(type_: str, body: bytes) -> bytes:
    """A multipart inside another one."""
    return f"Content-Type: {type_}\r\n\r\n".encode() + body
