"""`python -m tests.servers.twisted_pop3 FOLDER`: Twisted's POP3 over a folder of mails; prints its port.

A server nobody here wrote. User "ann", password "test"; what QUIT deletes is renamed to NAME.deleted.
"""

from __future__ import annotations

import hashlib
import io
import sys
from pathlib import Path
from typing import Any

from twisted.cred import checkers, portal
from twisted.internet import protocol, reactor
from twisted.mail import pop3
from zope.interface import implementer


@implementer(pop3.IMailbox)
class _Box:
    def __init__(self, folder: Path) -> None:
        self._files = sorted(folder.glob("*.eml"))
        self._dead: set[int] = set()

    def _data(self, index: int) -> bytes:
        return b"" if index in self._dead else self._files[index].read_bytes()

    def listMessages(self, index: int | None = None) -> Any:
        if index is None:
            return [len(self._data(one)) for one in range(len(self._files))]
        if index >= len(self._files):
            raise ValueError
        return len(self._data(index))

    def getMessage(self, index: int) -> io.BytesIO:
        return io.BytesIO(self._data(index).replace(b"\r\n", b"\n"))  # Twisted makes CRLF of each LF

    def getUidl(self, index: int) -> bytes:
        return hashlib.md5(self._files[index].name.encode()).hexdigest().encode()

    def deleteMessage(self, index: int) -> None:
        self._dead.add(index)

    def undeleteMessages(self) -> None:
        self._dead.clear()

    def sync(self) -> None:
        for index in self._dead:
            self._files[index].rename(f"{self._files[index]}.deleted")


@implementer(portal.IRealm)
class _Realm:
    def requestAvatar(self, avatar: object, mind: object, *interfaces: object) -> tuple[Any, _Box, Any]:
        return pop3.IMailbox, _Box(Path(sys.argv[1])), lambda: None


class _Factory(protocol.ServerFactory):  # type: ignore[misc]
    def buildProtocol(self, address: object) -> Any:
        made = pop3.POP3()
        made.portal = portal.Portal(_Realm(), [checkers.InMemoryUsernamePasswordDatabaseDontUse(ann=b"test")])
        made.factory = self
        return made


if __name__ == "__main__":
    listening = reactor.listenTCP(0, _Factory(), interface="127.0.0.1")
    print(listening.getHost().port, flush=True)
    reactor.run()
