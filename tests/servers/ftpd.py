"""A real FTP server (pyftpdlib) in a thread, with TLS if wanted, that can demand TLS session reuse and cut a transfer.

ada/secret may write; anonymous may read.
"""

from __future__ import annotations

import threading
import warnings
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from OpenSSL import SSL

from tests.servers.certificates import Certificate

with warnings.catch_warnings():
    warnings.simplefilter("ignore", DeprecationWarning)  # asyncore, on Python 3.11
    from pyftpdlib.authorizers import DummyAuthorizer
    from pyftpdlib.handlers import DTPHandler, FTPHandler, TLS_DTPHandler, TLS_FTPHandler
    from pyftpdlib.ioloop import IOLoop
    from pyftpdlib.servers import FTPServer

USER, PASSWORD = "ada", "secret"


class Ftpd:
    """A running server as a context manager.

    certificate: with TLS, which is then required for login and data. reuse: data connections must take up the session
    of the control connection, as vsftpd wants it. wrong_address: what PASV tells instead of the server's own address.
    without: commands it does not know.
    """

    def __init__(
        self,
        folder: Path,
        certificate: Certificate | None = None,
        *,
        reuse: bool = False,
        wrong_address: str = "",
        without: tuple[str, ...] = (),
    ) -> None:
        self.folder = folder
        self.commands: list[str] = []
        self.cut_after: list[int] = []
        """Octets of the next transfers after which the server hangs up, one for each."""
        self.busy: list[str] = []
        """Commands that are answered 450 once."""
        self.fresh_sessions = 0
        """Data connections that did not take up a session, where they had to."""
        folder.mkdir(exist_ok=True)
        users = DummyAuthorizer()
        users.add_user(USER, PASSWORD, str(folder), perm="elradfmwMT")
        users.add_anonymous(str(folder), perm="elr")
        self._users = users
        self._loop = IOLoop()
        self._server = FTPServer(
            ("127.0.0.1", 0), self._handler(users, certificate, reuse, wrong_address, without), self._loop
        )
        self.host, self.port = "127.0.0.1", int(self._server.address[1])
        self._stopped = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)

    def refuse_anonymous(self) -> None:
        """From now on only those with a password come in."""
        self._users.remove_user("anonymous")

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stopped.set()
        self._thread.join(10)

    def _run(self) -> None:
        while not self._stopped.is_set():
            self._loop.loop(timeout=0.01, blocking=False)
        self._server.close_all()

    def _handler(
        self,
        users: DummyAuthorizer,
        certificate: Certificate | None,
        reuse: bool,
        wrong_address: str,
        without: tuple[str, ...],
    ) -> type:
        me = self

        class Cutting:
            """A data connection that ends early when it is told to."""

            _left: int | None = None

            def _count(self, octets: int) -> None:
                handler: Any = self.cmd_channel  # type: ignore[attr-defined]
                if self._left is None and me.cut_after and handler.transferring:
                    self._left = me.cut_after.pop(0)
                if self._left is not None:
                    self._left -= octets
                    if self._left <= 0:
                        me._loop.call_later(0, handler.close)

            def handle_ssl_established(self) -> None:
                """TLS 1.2 and 1.3 alike: OpenSSL says whether the session was taken up."""
                line: Any = self.socket  # type: ignore[attr-defined]
                if reuse and not SSL._lib.SSL_session_reused(line._ssl):  # type: ignore[attr-defined]
                    me.fresh_sessions += 1
                    self.cmd_channel.respond("522 SSL connection failed; session reuse required")  # type: ignore[attr-defined]
                    self.close()  # type: ignore[attr-defined]
                    return
                super().handle_ssl_established()  # type: ignore[misc]

            def recv(self, size: int) -> bytes:
                data: bytes = super().recv(size)  # type: ignore[misc]
                self._count(len(data))
                return data

            def send(self, data: bytes) -> int:
                sent: int = super().send(data)  # type: ignore[misc]
                self._count(sent)
                return sent

        base, data = (TLS_FTPHandler, TLS_DTPHandler) if certificate else (FTPHandler, DTPHandler)

        class Handler(base):  # type: ignore[misc, valid-type]
            authorizer = users
            banner = "ready"
            use_sendfile = False
            transferring = False
            tls_control_required = tls_data_required = certificate is not None
            dtp_handler = type("Data", (Cutting, data), {})
            masquerade_address = wrong_address or None
            auth_failed_timeout = 0

            def pre_process_command(self, line: str, cmd: str, arg: str) -> None:
                me.commands.append(line if cmd != "PASS" else "PASS")
                self.transferring = self.transferring or cmd in ("STOR", "RETR")
                if cmd in me.busy:
                    me.busy.remove(cmd)
                    self.respond("450 Not just now.")
                    return
                super().pre_process_command(line, cmd, arg)

        Handler.proto_cmds = {name: what for name, what in base.proto_cmds.items() if name not in without}
        if certificate is not None:
            context = SSL.Context(SSL.TLS_SERVER_METHOD)
            context.use_certificate_file(str(certificate.cert))
            context.use_privatekey_file(str(certificate.key))
            context.set_session_id(b"ftpd")
            Handler.ssl_context = context
        return Handler
