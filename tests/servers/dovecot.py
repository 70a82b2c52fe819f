"""A real Dovecot 2.3, private and thrown away after the tests.

Any user name logs in with the password "test" and finds an empty mailbox with Drafts, Sent, Junk,
Trash and Archive. Runs as root (then mail belongs to the user "mail") or as an ordinary user.
"""

from __future__ import annotations

import base64
import contextlib
import grp
import hmac
import imaplib
import json
import os
import pwd
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterable, Sequence
from itertools import count
from pathlib import Path
from types import TracebackType
from typing import Self

from tests.servers.certificates import make_certificate

PASSWORD = "test"
MASTER = "master"
"""With `sharing`: logs in by SASL PLAIN, with the password "test", as anybody it names."""
CAPABILITIES = (
    "IMAP4rev1 SASL-IR LOGIN-REFERRALS ID ENABLE IDLE SORT SORT=DISPLAY THREAD=REFERENCES THREAD=REFS "
    "THREAD=ORDEREDSUBJECT MULTIAPPEND URL-PARTIAL CATENATE UNSELECT CHILDREN NAMESPACE UIDPLUS LIST-EXTENDED "
    "I18NLEVEL=1 CONDSTORE QRESYNC ESEARCH ESORT SEARCHRES WITHIN CONTEXT=SEARCH LIST-STATUS BINARY MOVE "
    "SNIPPET=FUZZY PREVIEW=FUZZY PREVIEW STATUS=SIZE SAVEDATE LITERAL+ NOTIFY SPECIAL-USE"
)
"""What Dovecot 2.3.19 offers after login; `without` takes words out of it."""
_TOKEN_KEY = b"the tests sign their tokens with this"
_ROLES = ("Drafts", "Sent", "Junk", "Trash", "Archive")


class Dovecot:
    """A running server as a context manager.

    without: capabilities to hide ("MOVE", "UIDPLUS" …; the server would still obey the commands, as a
    capability is only an announcement, so look at what the client sent). special_use=False leaves the
    folders without their RFC 6154 attributes. mail_format: "mdbox" (fast) or "maildir". mechanisms: what
    AUTHENTICATE takes; with xoauth2 or oauthbearer, access tokens of `token`. sharing: with ACL,
    QUOTA (10 MiB and 100 messages) and METADATA, and MASTER may open anybody's mailbox. compress: with
    COMPRESS=DEFLATE. list_index=False: folders are listed from the disk, and NOTIFY is not offered. The index of
    2.3.19 does not bear two sessions where folders are made, renamed and deleted many times a second: it panics
    ("locking failed: Resource deadlock avoided"), or lists for good what is gone, and not what is there.
    """

    def __init__(
        self,
        *,
        without: Iterable[str] = (),
        special_use: bool = True,
        mail_format: str = "mdbox",
        idle_notify: int = 120,
        mechanisms: str = "plain login",
        sharing: bool = False,
        compress: bool = False,
        list_index: bool = True,
    ) -> None:
        hidden = {word.upper() for word in without} | ({"NOTIFY"} if not list_index else set())
        self._capability = " ".join(w for w in CAPABILITIES.split() if w.upper() not in hidden) if hidden else ""
        self._special_use = special_use
        self._mail_format = mail_format
        self._idle_notify = idle_notify
        self._sharing = sharing
        self._compress = compress
        self._list_index = list_index
        self._mechanisms = mechanisms
        self._users = count(1)
        self.host = "127.0.0.1"
        self.port = 0
        """IMAP with STARTTLS; LOGIN in the clear is allowed too."""
        self.tls_port = 0
        """IMAP over TLS."""
        self.pop_port = 0
        """POP3 with STLS; USER in the clear is allowed too."""
        self.pop_tls_port = 0
        """POP3 over TLS."""
        self.cafile = ""
        """PEM file that verifies the certificate of "localhost" and "127.0.0.1"."""

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def start(self) -> None:
        """Start and wait for the greeting. Raises RuntimeError with the server's log when it does not come."""
        binary = shutil.which("dovecot", path=os.environ.get("PATH", "") + ":/usr/sbin:/usr/local/sbin")
        if binary is None:
            raise RuntimeError(
                "These tests need a real Dovecot 2.3, and none is installed: "
                "apt-get install dovecot-imapd dovecot-pop3d "
                "(the tests start their own private server; the system's may stay off)."
            )
        # UNIX socket paths end at 108 octets, so the folder is short and not pytest's own.
        self.folder = Path(tempfile.mkdtemp(prefix="dc", dir="/tmp"))
        self.folder.chmod(0o755)
        made = make_certificate(self.folder)
        self.cafile = str(made.cert)
        for name in ("home", "run", "state"):
            (self.folder / name).mkdir(mode=0o755)
        if os.getuid() == 0:
            shutil.chown(self.folder / "home", "mail", "mail")
        problem = ""
        for _ in range(3):  # a port found free may be taken by the time it is used
            self.port, self.tls_port = _free_port(), _free_port()
            self.pop_port, self.pop_tls_port = _free_port(), _free_port()
            config = self.folder / "dovecot.conf"
            config.write_text(self._config())
            with (self.folder / "out").open("wb") as out:
                self._process = subprocess.Popen(
                    [binary, "-c", str(config), "-F"], stdout=out, stderr=out, start_new_session=True
                )
            if self._answers():
                return
            problem = self._logged()
            self._end_processes()
        shutil.rmtree(self.folder, ignore_errors=True)
        raise RuntimeError(f"Dovecot did not start:\n{problem}")

    def stop(self) -> None:
        """End every process of this server and remove its folder."""
        self._end_processes()
        shutil.rmtree(self.folder, ignore_errors=True)

    def user(self) -> str:
        """A user name nobody had before, with an empty mailbox."""
        return f"user{next(self._users)}-{os.getpid()}"

    def token(self, user: str, seconds: int = 3600) -> str:
        """An access token (a JWT, RFC 7519) for that user, good for so many seconds."""
        now = int(time.time())
        claims = {"sub": user, "iat": now - 60, "nbf": now - 60, "exp": now + seconds}
        said = b".".join(map(_url64, (b'{"alg":"HS256","typ":"JWT"}', json.dumps(claims).encode())))
        return (said + b"." + _url64(hmac.digest(_TOKEN_KEY, said, "sha256"))).decode()

    def client(self, user: str) -> imaplib.IMAP4:
        """Another mail program: a logged-in imaplib connection (blocking, plain). Use it as a context manager."""
        other = imaplib.IMAP4(self.host, self.port, timeout=30)
        other.login(user, PASSWORD)
        return other

    def deliver(
        self, user: str, messages: Iterable[bytes], folder: str = "INBOX", *, flags: str = "", dates: Sequence[str] = ()
    ) -> int:
        """APPEND all messages in one command (MULTIAPPEND, RFC 3502); returns how many.

        flags: as on the wire, `\\Seen \\Flagged`, for all of them; dates: INTERNALDATEs without quotes,
        "01-Jan-2024 10:00:00 +0000", as many as messages, or none for now. The folder is created when missing.
        """
        pieces = [b'b APPEND "%b"' % folder.encode()]
        number = 0
        for message in messages:
            date = b' "%b"' % dates[number].encode() if dates else b""
            body = message.replace(b"\r\n", b"\n").replace(b"\n", b"\r\n")
            pieces.append(b" (%b)%b {%d+}\r\n%b" % (flags.encode(), date, len(body), body))
            number += 1
        with self._logged_in(user) as line, line.makefile("rb") as answers:
            if folder != "INBOX":
                line.sendall(b'c CREATE "%b"\r\n' % folder.encode())
            if number:
                line.sendall(b"".join(pieces) + b"\r\n")
            line.sendall(b"z LOGOUT\r\n")
            refused = [row for row in answers if row.startswith((b"b NO", b"b BAD"))]
        if refused:
            raise RuntimeError(f"delivery failed: {refused}")
        return number

    def _logged_in(self, user: str) -> socket.socket:
        """A connection behind LOGIN. After many killed clients Dovecot may reset a new one: then another is made."""
        problem: Exception | None = None
        for _ in range(3):
            line = socket.create_connection((self.host, self.port), 120)
            try:
                line.sendall(b'a LOGIN "%b" "%b"\r\n' % (user.encode(), PASSWORD.encode()))
                heard = b""
                while b"\na " not in heard:
                    piece = line.recv(4096)
                    if not piece:
                        raise ConnectionResetError("closed")
                    heard += piece
                if b"\na OK" in heard:
                    return line
                raise RuntimeError(f"login failed: {heard!r}")
            except OSError as error:
                line.close()
                problem = error
        raise RuntimeError("Dovecot resets every connection") from problem

    # --- the server's own side -------------------------------------------------------------

    def _answers(self) -> bool:
        deadline = time.monotonic() + 60
        while time.monotonic() < deadline and self._process.poll() is None:
            try:
                with socket.create_connection((self.host, self.port), 1) as line:
                    line.settimeout(5)
                    if line.recv(4) == b"* OK":
                        return True
            except OSError:
                time.sleep(0.02)
        return False

    def _logged(self) -> str:
        files = (self.folder / "out", self.folder / "log")
        return "\n".join(file.read_text(errors="replace") for file in files if file.exists())

    def _end_processes(self) -> None:
        with contextlib.suppress(
            ProcessLookupError
        ):  # its children share its process group; nothing here is worth saving
            os.killpg(self._process.pid, signal.SIGKILL)
        self._process.wait(60)

    def _token_check(self) -> str:
        """The passdb that believes our tokens without asking anybody."""
        if "oauth" not in self._mechanisms and "xoauth2" not in self._mechanisms:
            return ""
        keys = self.folder / "keys" / "default" / "HS256"
        keys.mkdir(parents=True, exist_ok=True)
        (keys / "default").write_bytes(base64.b64encode(_TOKEN_KEY))
        (self.folder / "oauth2.conf").write_text(
            "introspection_mode = local\n"
            f"local_validation_key_dict = fs:posix:prefix={self.folder}/keys/\n"
            "username_attribute = sub\n"
        )
        return f"""
passdb {{
  driver = oauth2
  mechanisms = xoauth2 oauthbearer
  args = {self.folder}/oauth2.conf
}}
passdb {{
  driver = static
  mechanisms = anonymous
  args = nopassword=y
}}
"""

    def _config(self) -> str:
        me, mine = pwd.getpwuid(os.getuid()).pw_name, grp.getgrgid(os.getgid()).gr_name
        root = os.getuid() == 0
        owner = pwd.getpwnam("mail") if root else pwd.getpwuid(os.getuid())
        users = "" if root else f"default_internal_user={me}\ndefault_internal_group={mine}\ndefault_login_user={me}\n"
        chroot = "" if root else "chroot ="
        folders = ""
        for name in _ROLES:
            role = f"special_use = \\{name}" if self._special_use else ""
            folders += f"  mailbox {name} {{\n    auto = create\n    {role}\n  }}\n"
        return f"""
base_dir = {self.folder}/run
state_dir = {self.folder}/state
log_path = {self.folder}/log
instance_name = {self.folder.name}
protocols = imap pop3
listen = {self.host}
ssl = yes
ssl_cert = <{self.folder}/server.crt
ssl_key = <{self.folder}/server.key
disable_plaintext_auth = no
auth_mechanisms = {self._mechanisms}
auth_anonymous_username = anonymous
auth_failure_delay = 0
auth_verbose = yes
first_valid_uid = {1 if root else owner.pw_uid}
first_valid_gid = {1 if root else owner.pw_gid}
mail_location = {self._mail_format}:~/mail
mail_fsync = never
mailbox_list_index = {"yes" if self._list_index else "no"}
mdbox_rotate_size = 64M
mail_max_userip_connections = 0
default_process_limit = 200
imap_idle_notify_interval = {self._idle_notify} secs
{f"imap_capability = {self._capability}" if self._capability else ""}
{users}
{self._token_check()}
passdb {{
  driver = static
  args = password={PASSWORD}
}}
userdb {{
  driver = static
  args = uid={owner.pw_uid} gid={owner.pw_gid} home={self.folder}/home/%u allow_all_users=yes
}}
{_SHARING if self._sharing else ""}
{_COMPRESS if self._compress else ""}
namespace inbox {{
  inbox = yes
  separator = /
{folders}}}
service anvil {{
  {chroot}
  unix_listener anvil-auth-penalty {{
    mode = 0
  }}
}}
service stats {{
  {chroot}
}}
service imap-login {{
  {chroot}
  service_count = 0
  process_min_avail = 1
  inet_listener imap {{
    port = {self.port}
  }}
  inet_listener imaps {{
    port = {self.tls_port}
    ssl = yes
  }}
}}
service imap {{
  vsz_limit = 2G
}}
service pop3-login {{
  {chroot}
  service_count = 0
  process_min_avail = 1
  inet_listener pop3 {{
    port = {self.pop_port}
  }}
  inet_listener pop3s {{
    port = {self.pop_tls_port}
    ssl = yes
  }}
}}
service pop3 {{
  vsz_limit = 2G
}}
"""


def _url64(octets: bytes) -> bytes:
    return base64.urlsafe_b64encode(octets).rstrip(b"=")


_SHARING = """
passdb {
  driver = static
  args = user=master password=test
  master = yes
}
mail_plugins = acl quota
protocol imap {
  mail_plugins = acl quota imap_acl imap_quota
  imap_metadata = yes
}
mail_attribute_dict = file:%h/attributes
plugin {
  acl = vfile
  acl_user = %u
  quota = count:User quota
  quota_vsizes = yes
  quota_rule = *:storage=10M:messages=100
}
"""


_COMPRESS = """
protocol imap {
  mail_plugins = $mail_plugins imap_zlib
}
"""


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
