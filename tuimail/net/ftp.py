"""FTP: files to a server and from it, over ftplib in a thread (RFC 959, TLS as RFC 4217, MLSD and SIZE as RFC 3659).

With TLS the login and every data connection are inside it (AUTH TLS, PBSZ, PROT P), and a data connection takes up the
session of the control connection: vsftpd, ProFTPD and FileZilla refuse it otherwise ("522 session reuse required").
The address in an answer to PASV is not believed: the data connection goes to the host that we talk to.

Everything blocks, so it is for a thread; `cut` may be called from another one. Raises what `errors` has for the
other side, never ftplib's own.
"""

from __future__ import annotations

import contextlib
import ftplib
import hashlib
import socket
import threading
from collections.abc import Callable, Iterator
from typing import IO, Any, TypeVar

from tuimail.errors import ConnectionLost, InsecureConnection, LoginRefused, RemoteError, ServerRefused, Unreachable
from tuimail.net import tls
from tuimail.net.tls import Trust
from tuimail.net.wording import printable

T = TypeVar("T")
Progress = Callable[[int, int], None]
"""progress(octets so far, octets in all)"""

SILENCE = 60.0
"""Seconds without an octet after which the connection counts as lost."""
TRIES = 4
"""Connections made for one task before it is given up."""
PAUSE = 0.5
"""Seconds before the next of them."""
_CHUNK = 1 << 18
_LISTING = 64_000_000
"""Octets of a directory's list."""


class _Reusing(ftplib.FTP_TLS):
    """FTP over TLS whose data connections take up the session of the control connection."""

    def ntransfercmd(self, cmd: str, rest: int | str | None = None) -> tuple[socket.socket, int | None]:
        line, size = ftplib.FTP.ntransfercmd(self, cmd, rest)
        try:
            session = getattr(self.sock, "session", None)
            inside = self.context.wrap_socket(line, server_hostname=self.host, session=session)
        except BaseException:
            line.close()
            raise
        return inside, size


class Ftp:
    """One server, and a connection to it that is made when it is needed and made again when it was lost.

    trust: None for no TLS at all. password: "" with the user "anonymous".
    """

    def __init__(
        self,
        host: str,
        port: int,
        user: str,
        password: str,
        trust: Trust | None,
        *,
        silence: float = SILENCE,
    ) -> None:
        self.host = host
        self._port = port
        self._user = user
        self._password = password
        self._trust = trust
        self._silence = silence
        self._ftp: ftplib.FTP | None = None
        self._data: socket.socket | None = None
        self._stopped = threading.Event()

    # --- what can be done -------------------------------------------------------------------

    def names(self, directory: str) -> list[str]:
        """What is in a directory; by MLSD, else by NLST."""
        return self._retried(lambda ftp: self._names(ftp, directory))

    def make(self, directory: str) -> None:
        """Make a directory and those above it; one that is there is fine."""
        self._retried(lambda ftp: self._make(ftp, directory))

    def home(self) -> str:
        """The directory that the login ends in."""
        return self._retried(lambda ftp: _outside(ftp.pwd()))

    def size(self, path: str) -> int | None:
        """Octets of a file; None when it is not there or the server does not tell."""
        return self._retried(lambda ftp: self._size(ftp, path))

    def put(
        self,
        file: IO[bytes],
        beside: str,
        path: str,
        progress: Progress | None = None,
        *,
        begun: bool = True,
        replace: bool = False,
    ) -> None:
        """Send a file to `beside` and rename it to `path` when all of it is there.

        begun: `beside` may be there in part and is gone on with. replace: `path` may be there.
        Raises ServerRefused when the server has another number of octets in the end.
        """
        length = file.seek(0, 2)
        self._retried(lambda ftp: self._put(ftp, file, length, beside, progress, begun))
        self._retried(lambda ftp: self._rename(ftp, beside, path, replace))

    def get(
        self, path: str, file: IO[bytes], progress: Progress | None = None, *, most: int, text: bool = False
    ) -> None:
        """Fetch a file and append it to what `file` has of it already. text: lines, each ending with LF (TYPE A).

        Raises ServerRefused when there is more than `most`, or less than the server said.
        """
        if text:
            self._retried(lambda ftp: self._get_text(ftp, path, file, most))
        else:
            self._retried(lambda ftp: self._get(ftp, path, file, progress, most))

    def close(self) -> None:
        """QUIT, politely but not at any price. Never raises."""
        if self._ftp is not None:
            with contextlib.suppress(*ftplib.all_errors, ValueError):
                self._ftp.quit()
            self._drop()

    def cut(self) -> None:
        """End what is going on in another thread, at once; nothing can be done with this object any more."""
        self._stopped.set()
        for line in (self._data, self._ftp.sock if self._ftp is not None else None):
            if line is not None:
                with contextlib.suppress(OSError):
                    socket.socket.shutdown(line, socket.SHUT_RDWR)  # not SSLSocket's, which would go on unprotected

    # --- the connection ------------------------------------------------------------------------

    def _retried(self, work: Callable[[ftplib.FTP], T]) -> T:
        """Do it; where the line breaks or the server says "not now" (4xx), connect anew and do it again."""
        for left in reversed(range(TRIES)):
            try:
                if self._ftp is None:
                    self._open()
                assert self._ftp is not None
                return work(self._ftp)
            except ftplib.error_perm as error:
                raise ServerRefused(f"{self.host} refused: {_words(error)}") from error
            except (OSError, EOFError, ftplib.Error, ValueError) as error:
                self._drop()
                if self._stopped.is_set() or not left or isinstance(error, ValueError):
                    raise self._lost(error) from error
            except RemoteError:
                self._drop()
                raise
            self._stopped.wait(PAUSE)
        raise AssertionError

    def _open(self) -> None:
        if self._stopped.is_set():
            raise ConnectionLost("The transfer was stopped.")
        ftp = _Reusing(context=tls.context(self._trust)) if self._trust is not None else ftplib.FTP()
        ftp.encoding = "latin-1"  # as octets; names are UTF-8 (RFC 2640) and may be anything
        self._ftp = ftp
        try:
            ftp.connect(self.host, self._port, self._silence)
        except OSError as error:
            raise Unreachable(
                f"{self.host}:{self._port} cannot be reached: {error.strerror or 'no answer'}.", "Check name and port."
            ) from error
        if isinstance(ftp, _Reusing):
            self._protect(ftp)
        try:
            ftp.login(_inside(self._user), _inside(self._password))
        except ftplib.error_perm as error:
            raise LoginRefused(f"{self.host} refused the login: {_words(error)}", "Check user and password.") from error
        if isinstance(ftp, _Reusing):
            ftp.prot_p()
        ftp.voidcmd("TYPE I")

    def _protect(self, ftp: _Reusing) -> None:
        assert self._trust is not None
        try:
            ftp.auth()
        except (ftplib.error_perm, ftplib.error_temp) as error:
            raise InsecureConnection(
                f"{self.host} offers no TLS: {_words(error)}", "The password was not sent. Ask whoever runs it."
            ) from error
        except OSError as error:
            raise tls.in_words(error, self.host, self._trust.ca_file) from error

    def _lost(self, error: Exception) -> RemoteError:
        if self._stopped.is_set():
            return ConnectionLost("The transfer was stopped.")
        if isinstance(error, ftplib.Error):
            return ServerRefused(f"{self.host} says: {_words(error)}", "Try again later.")
        if isinstance(error, TimeoutError):
            return ConnectionLost(f"{self.host} has said nothing for {self._silence:.0f} s.", "Try again.")
        if isinstance(error, ValueError):
            return ServerRefused("This name cannot be sent to an FTP server.")
        return ConnectionLost(f"The connection to {self.host} broke.", "Try again: what has been sent is kept.")

    def _drop(self) -> None:
        ftp, self._ftp, self._data = self._ftp, None, None
        if ftp is not None:
            with contextlib.suppress(OSError):
                ftp.close()

    @contextlib.contextmanager
    def _transfer(self, ftp: ftplib.FTP, command: str, rest: int = 0) -> Iterator[socket.socket]:
        line = self._data = ftp.transfercmd(command, rest or None)
        try:
            if self._stopped.is_set():
                raise ConnectionResetError
            yield line
            if (unwrap := getattr(line, "unwrap", None)) is not None:
                with contextlib.suppress(OSError, ValueError):  # many servers say no goodbye; the size is compared
                    line.settimeout(min(5.0, self._silence))
                    unwrap()
        finally:
            self._data = None
            line.close()
        ftp.voidresp()

    # --- verbs ---------------------------------------------------------------------------------------

    def _names(self, ftp: ftplib.FTP, directory: str) -> list[str]:
        ftp.cwd(_inside(directory))
        with contextlib.suppress(ftplib.error_perm):  # older than RFC 3659: asked in the old way below
            lines = self._lines(ftp, "MLSD")
            return [_outside(name) for line in lines if (name := line.partition(" ")[2])]
        try:
            return [_outside(line).rpartition("/")[2] for line in self._lines(ftp, "NLST")]
        except ftplib.error_perm as error:
            if str(error).startswith("550"):  # some say so of a directory without files
                return []
            raise

    def _lines(self, ftp: ftplib.FTP, command: str) -> list[str]:
        pieces: list[bytes] = []
        came = 0
        with self._transfer(ftp, command) as line:
            while data := line.recv(_CHUNK):
                pieces.append(data)
                if (came := came + len(data)) > _LISTING:
                    raise ServerRefused(f"The list of files at {self.host} has no end.")
        return b"".join(pieces).decode("latin-1").replace("\r\n", "\n").split("\n")[:-1]

    def _make(self, ftp: ftplib.FTP, directory: str) -> None:
        pieces = directory.strip("/").split("/")
        root = "/" if directory.startswith("/") else ""
        for end in range(1, len(pieces) + 1):
            with contextlib.suppress(ftplib.error_perm):  # there already, or a parent we may not write to
                ftp.mkd(_inside(root + "/".join(pieces[:end])))
        ftp.cwd(_inside(directory))

    def _size(self, ftp: ftplib.FTP, path: str) -> int | None:
        with contextlib.suppress(ftplib.error_perm):
            return ftp.size(_inside(path))
        return None

    def _put(
        self, ftp: ftplib.FTP, file: IO[bytes], length: int, beside: str, progress: Progress | None, begun: bool
    ) -> None:
        there = (self._size(ftp, beside) or 0) if begun or file.tell() != length else 0
        if there > length:
            there = 0
        if not there or there < length:
            file.seek(there)
            with self._transfer(ftp, f"STOR {_inside(beside)}", there) as line:
                while data := file.read(_CHUNK):
                    line.sendall(data)
                    if progress is not None:
                        progress(file.tell(), length)
        has = self._size(ftp, beside)
        if has is not None and has != length:
            with contextlib.suppress(ftplib.error_perm):
                ftp.delete(_inside(beside))
            raise ServerRefused(f"{self.host} has {has:,} octets of {length:,}.", "Try again.")

    def _rename(self, ftp: ftplib.FTP, beside: str, path: str, replace: bool) -> None:
        try:
            ftp.rename(_inside(beside), _inside(path))
        except ftplib.error_perm:
            if self._size(ftp, beside) is None and self._size(ftp, path) is not None:
                return  # done, and the answer was lost with the line
            if not replace:
                raise
            ftp.delete(_inside(path))  # a server that renames to no name that is taken
            ftp.rename(_inside(beside), _inside(path))

    def _get(self, ftp: ftplib.FTP, path: str, file: IO[bytes], progress: Progress | None, most: int) -> None:
        size = self._size(ftp, path)
        came = file.seek(0, 2)
        if size is not None and came > size:
            came = file.seek(0)
            file.truncate()
        with self._transfer(ftp, f"RETR {_inside(path)}", came) as line:
            while data := line.recv(_CHUNK):
                file.write(data)
                came += len(data)
                self._bound(came, most)
                if progress is not None:
                    progress(came, max(size or 0, came))
        if size is not None and came < size:
            raise EOFError  # a line that ends early is a line that broke: once more, from here

    def _get_text(self, ftp: ftplib.FTP, path: str, file: IO[bytes], most: int) -> None:
        file.seek(0)
        file.truncate()
        ftp.voidcmd("TYPE A")
        came = 0
        held = b""
        with self._transfer(ftp, f"RETR {_inside(path)}") as line:
            while data := line.recv(_CHUNK):
                came += len(data)
                self._bound(came, most)
                data = held + data
                held = b"\r" if data.endswith(b"\r") else b""
                file.write(data.removesuffix(held).replace(b"\r\n", b"\n"))
        file.write(held)
        ftp.voidcmd("TYPE I")

    def _bound(self, came: int, most: int) -> None:
        if came > most:
            raise ServerRefused(f"The file at {self.host} is larger than {most:,} octets.")


def beside_name(path: str, file: IO[bytes]) -> str:
    """The name of an upload that is not finished: it tells its content, so that no two are ever made one."""
    file.seek(0)
    digest = hashlib.file_digest(file, "sha256").hexdigest()[:16]  # type: ignore[arg-type]
    directory, found, name = path.rpartition("/")
    return f"{directory}{found}.{name[:60]}.{digest}.part"


def _inside(name: str) -> str:
    """As ftplib is to be given it: octets as latin-1. Raises ValueError for what would end the command."""
    if any(char in name for char in "\r\n\0"):
        raise ValueError("a line break in a name")
    return name.encode("utf-8", "surrogateescape").decode("latin-1")


def _outside(name: str) -> str:
    return name.encode("latin-1").decode("utf-8", "surrogateescape")


def _words(error: Any) -> str:
    """The server's own words, for people."""
    words = _outside(str(error)).encode("utf-8", "replace").decode()
    return printable(words)[:200]
