"""One small tree of errors. Each carries a sentence for a human and, where there is one, a next step."""

from __future__ import annotations


class TuimailError(Exception):
    """Anything we can explain.

    sentence: what happened, in one line. next_step: what the reader can do about it, or "".
    Neither ever holds a secret. Text of a server inside them has been cleaned.
    """

    def __init__(self, sentence: str, next_step: str = "") -> None:
        super().__init__(sentence)
        self.sentence = sentence
        self.next_step = next_step

    def __str__(self) -> str:
        if not self.next_step:
            return self.sentence
        stop = "" if self.sentence.endswith((".", "!", "?", "…", ":")) else "."
        return (
            f"{self.sentence}\n{self.next_step}" if "\n" in self.sentence else f"{self.sentence}{stop} {self.next_step}"
        )


class UsageError(TuimailError):
    """The command line or a URL makes no sense; exit code 2."""


class ConfigError(TuimailError):
    """config.toml cannot be used as it stands; the sentence names file and line."""


class SecretUnavailable(TuimailError):
    """No password could be had: no safe keyring, the command failed, or nobody to ask."""


class Offline(TuimailError):
    """What was asked needs the network, and there is none just now."""


class NotFound(TuimailError):
    """The folder or message named does not exist (any more)."""


class Unfit(TuimailError):
    """A name that no folder or label can have; the sentence says why."""


class Irreversible(TuimailError):
    """What was done last cannot be undone, and nothing was; the next step says what undo would reverse next."""


class ReadOnly(TuimailError):
    """Another tuimail holds this data directory, so nothing may be changed from here."""


class PictureRefused(TuimailError):
    """A picture that is not shown: no picture, too large, damaged, or not to be had."""


class StoreError(TuimailError):
    """The local database cannot be read or written (disk full, damaged, newer than we are)."""


class RemoteError(TuimailError):
    """The other side, or the way to it, failed."""


class Unreachable(RemoteError):
    """No connection could be made: name, network, refused port, time-out."""


class ConnectionLost(RemoteError):
    """An open connection ended or went silent; work in flight may or may not have been done."""


class InsecureConnection(RemoteError):
    """Going on would send a secret unprotected or to the wrong server: bad certificate, no STARTTLS, PREAUTH."""


class CertificateRefused(InsecureConnection):
    """The server's certificate cannot be believed; nothing was sent.

    about: the certificate that was shown, as (what, words) for people, its fingerprint ("sha256:…") last; may be empty.
    """

    def __init__(self, sentence: str, next_step: str = "", *, about: tuple[tuple[str, str], ...] = ()) -> None:
        super().__init__(sentence, next_step)
        self.about = about

    @property
    def pin(self) -> str:
        """What `pin` in config.toml would have to be for this certificate to be believed; "" when it was not seen."""
        return dict(self.about).get("fingerprint", "")


class LoginRefused(RemoteError):
    """The server did not let us in.

    busy: it only said "not now" (RFC 5530 UNAVAILABLE). secret: it may be the secret that is wrong, so that the same
    one must not be sent again.
    """

    def __init__(self, sentence: str, next_step: str = "", *, busy: bool = False, secret: bool = True) -> None:
        super().__init__(sentence, next_step)
        self.busy = busy
        self.secret = secret and not busy


class ServerRefused(RemoteError):
    """A command was answered NO or BAD.

    code: the response code in upper case without brackets ("TRYCREATE", "OVERQUOTA"), or "".
    """

    def __init__(self, sentence: str, next_step: str = "", *, code: str = "") -> None:
        super().__init__(sentence, next_step)
        self.code = code


class ProtocolTrouble(RemoteError):
    """The server spoke something that cannot be read, and going on would be guessing."""
