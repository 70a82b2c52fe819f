"""The user's gpg, asked about one signed or encrypted thing at a time. The one place that knows that program.

It is run without a network (no dirmngr, no key is looked for), without a terminal (a pinentry can neither ask nor
draw on our screen: a passphrase must be in gpg-agent already) and within a time and a size. Text goes through pipes;
nothing is written to a file. Only its status lines are believed (GnuPG doc/DETAILS), never its prose.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from collections.abc import Iterator, Sequence
from pathlib import Path

from tuimail.accounts.threads import in_daemon_thread
from tuimail.model import Envelope, Opened, Signature

PATIENCE = 15.0
"""Seconds for one call."""
MOST_OUTPUT = 32_000_000
"""Octets that come out of an encrypted message at most; a small one may hold gigabytes of zeros."""
ROUGHLY = 65_536
"""By how much less than that gpg may stop; it cuts where a buffer ends, and calls it a success."""
MOST_SIGNATURE = 16_000
"""Octets of a detached signature; what fits in a pipe."""
MOST_SIGNATURES = 10

LOCKED = (
    "gpg-agent does not hold the passphrase. Save the message (w), run “gpg --decrypt” on the file in another"
    " terminal, and open it here again."
)
NO_GPG = "the program gpg is not installed."
NO_KEYS = "your gpg has no keys yet."
_QUIETLY = (
    "--batch --no-tty --quiet --status-fd 2 --logger-file /dev/null --disable-dirmngr --no-auto-key-retrieve"
    " --no-auto-key-locate --verify-options no-show-photos --list-options no-show-photos --pinentry-mode error"
).split()
_VERDICTS = {
    "GOODSIG": "good",
    "BADSIG": "bad",
    "EXPSIG": "expired",
    "EXPKEYSIG": "key expired",
    "REVKEYSIG": "revoked",
    "ERRSIG": "unreadable",
}
_ESCAPE = re.compile(rb"\\x([0-9a-fA-F]{2})")
_PERCENT = re.compile(r"%([0-9a-fA-F]{2})")

Status = list[tuple[str, list[str]]]
"""(keyword, its words) of each status line."""


async def ask(envelope: Envelope) -> Opened:
    """What gpg makes of it; beside the event loop. Never raises: trouble is in the answer."""
    return await in_daemon_thread(lambda: look(envelope))


def look(envelope: Envelope) -> Opened:
    """As `ask`, while the caller waits."""
    if not Path(os.environ.get("GNUPGHOME") or Path.home() / ".gnupg").is_dir():  # gpg would make one
        return Opened(trouble=NO_KEYS)
    try:
        if envelope.signature is None:
            return _inside(envelope)
        return _detached(envelope.octets, envelope.signature)
    except FileNotFoundError:
        return Opened(trouble=NO_GPG)
    except subprocess.TimeoutExpired:
        return Opened(trouble=f"gpg has not answered within {PATIENCE:.0f} seconds.")
    except OSError as error:
        return Opened(trouble=f"gpg could not be run: {error.strerror}.")


def _detached(octets: bytes, signature: bytes) -> Opened:
    """A signature of its own, over the octets (RFC 3156 §5)."""
    if len(signature) > MOST_SIGNATURE:
        return Opened(trouble="the signature is too long to be one.")
    reader, writer = os.pipe()
    try:
        with os.fdopen(writer, "wb") as pipe:
            pipe.write(signature)
        arguments = ["--enable-special-filenames", "--verify", "--", f"-&{reader}", "-"]
        status, _ = _run(arguments, octets, (reader,))
    finally:
        os.close(reader)
    if _words(status, "PLAINTEXT"):  # it brought its own text along, and signs that
        return Opened(trouble="the signature is not one of this text.")
    signatures = _signatures(status)
    return Opened(signatures, trouble="" if signatures else "gpg finds no signature in it.")


def _inside(envelope: Envelope) -> Opened:
    """Clear-signed or encrypted: what is inside, and its signatures."""
    status, output = _run(["--decrypt"], envelope.octets)
    decrypted = bool(_words(status, "DECRYPTION_OKAY"))
    if _words(status, "BEGIN_DECRYPTION") and not decrypted:
        return Opened(trouble=_why_closed(status))
    mixed = any(words[:1] == ["proc_pkt.plaintext"] for words in _words(status, "ERROR"))
    if len(_words(status, "PLAINTEXT")) != 1 or mixed:  # two texts, and nothing says which of them was signed
        return Opened(trouble="gpg cannot read it.")
    if len(output) >= MOST_OUTPUT - ROUGHLY:
        return Opened(trouble="what is inside is too large.")
    if decrypted and not _words(status, "GOODMDC"):  # anybody on the way may have written it (EFAIL)
        return Opened(trouble="it is not protected against changes.")
    return Opened(_signatures(status), output, decrypted)


def _why_closed(status: Status) -> str:
    """gpg gives no reason without its prose; whether the key is there tells the two usual ones apart."""
    keys = [words[0] for words in _words(status, "ENC_TO") if words and words[0].strip("0")]
    if not keys:
        return "gpg does not know for whom it is."
    listed = _run(["--with-colons", "--list-secret-keys", "--", *keys[:MOST_SIGNATURES]], b"")[1]
    return LOCKED if b"sec:" in listed else "your gpg has no key for it."


def _signatures(status: Status) -> tuple[Signature, ...]:
    """Every signature, each with the user ids of its key."""
    found: list[Signature] = []
    for group in _groups(status):
        verdict = next((key for key, _ in group if key in _VERDICTS), "")
        if not verdict:
            continue
        told = next(words for key, words in group if key == verdict)
        valid = next((words for key, words in group if key == "VALIDSIG"), [])
        word = _VERDICTS[verdict]
        if verdict == "ERRSIG":
            missing = told[5:6] == ["9"] or any(key == "NO_PUBKEY" for key, _ in group)
            print_ = told[6] if len(told) > 6 and told[6] != "-" else told[0]
            found.append(Signature("unknown" if missing else "unreadable", print_))
            continue
        user = _unpercent(" ".join(told[1:]))
        if verdict == "BADSIG":
            found.append(Signature(word, told[0], user))
        elif len(valid) > 9 and valid[8] in ("00", "01"):  # of a document or of a text, and of nothing else
            found.append(Signature(word, valid[9], user, tuple(_users(valid[9]))))
        else:
            found.append(Signature("unreadable", told[0], user))
    return tuple(found[:MOST_SIGNATURES])


def _groups(status: Status) -> Iterator[Status]:
    """The lines of each signature: from one NEWSIG to the next."""
    group: Status = []
    for line in status:
        if line[0] == "NEWSIG":
            yield group
            group = []
        group.append(line)
    yield group


def _users(fingerprint: str) -> Iterator[tuple[str, bool]]:
    """(user id, certified by the user's own trust: fully or ultimately valid) of a key."""
    for line in _run(["--with-colons", "--list-keys", "--", fingerprint], b"")[1].splitlines():
        columns = line.split(b":")
        if columns[0] == b"uid" and len(columns) > 9 and columns[1] not in (b"r", b"e", b"i", b"n"):
            user = _ESCAPE.sub(lambda code: bytes([int(code[1], 16)]), columns[9])
            yield user.decode("utf-8", "replace"), columns[1] in (b"f", b"u")


def _run(arguments: Sequence[str], data: bytes, files: Sequence[int] = ()) -> tuple[Status, bytes]:
    """Run gpg: its status lines and what it wrote. Raises FileNotFoundError, TimeoutExpired, OSError."""
    program = shutil.which("gpg") or shutil.which("gpg2")
    if program is None:
        raise FileNotFoundError("gpg")
    without = ("GPG_TTY", "PINENTRY_USER_DATA")
    done = subprocess.run(
        [program, *_QUIETLY, "--max-output", str(MOST_OUTPUT), *arguments],
        input=data,
        capture_output=True,
        timeout=PATIENCE,
        check=False,
        pass_fds=files,
        env={name: value for name, value in os.environ.items() if name not in without},
    )
    status: Status = []
    for line in done.stderr.decode("utf-8", "replace").split("\n"):
        if line.startswith("[GNUPG:] "):
            keyword, *words = line.rstrip("\r")[9:].split(" ")
            status.append((keyword, words))
    return status, done.stdout


def _words(status: Status, keyword: str) -> list[list[str]]:
    return [words for key, words in status if key == keyword]


def _unpercent(text: str) -> str:
    return _PERCENT.sub(lambda code: chr(int(code[1], 16)), text)
