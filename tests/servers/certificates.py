"""Throw-away certificates, so that tests verify for real instead of switching verification off."""

from __future__ import annotations

import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Certificate:
    """A self-signed certificate: PEM files of the certificate (its own authority) and of its key."""

    cert: Path
    key: Path


def make_certificate(
    folder: Path, names: Sequence[str] = ("DNS:localhost", "IP:127.0.0.1"), *, stem: str = "server", days: int = 2
) -> Certificate:
    """Make `folder/stem.crt` and `.key`, valid for the subjectAltName entries given (about 20 ms)."""
    made = Certificate(folder / f"{stem}.crt", folder / f"{stem}.key")
    command = ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"]
    command += ["-subj", "/CN=tuimail"]
    command += ["-days", str(days), "-addext", "subjectAltName=" + ",".join(names)]
    command += ["-keyout", str(made.key), "-out", str(made.cert)]
    subprocess.run(command, check=True, capture_output=True)
    made.key.chmod(0o600)
    return made


_AUTHORITY = """
[ca]
default_ca = it
[it]
database = {folder}/index
rand_serial = yes
new_certs_dir = {folder}
default_md = sha256
policy = any
x509_extensions = names
[any]
commonName = supplied
[names]
subjectAltName = DNS:localhost, IP:127.0.0.1
basicConstraints = CA:TRUE
"""


def make_dated_certificate(folder: Path, since: str, until: str, *, stem: str = "dated") -> Certificate:
    """A certificate of this machine that signs itself, good from one day to another ("20200203000000Z")."""
    made = make_certificate(folder, stem=stem)
    (folder / "index").touch()
    (folder / "ca.cnf").write_text(_AUTHORITY.format(folder=folder))
    request = folder / f"{stem}.csr"
    _openssl("req", "-new", "-key", made.key, "-subj", "/CN=tuimail", "-out", request)
    dates = ("-startdate", since, "-enddate", until)
    ca = ("ca", "-batch", "-config", folder / "ca.cnf", "-selfsign", "-keyfile", made.key, "-notext")
    _openssl(*ca, *dates, "-in", request, "-out", made.cert)
    return made


def _openssl(*words: str | Path) -> None:
    subprocess.run(["openssl", *map(str, words)], check=True, capture_output=True)
