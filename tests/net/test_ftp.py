"""FTP against a real server (pyftpdlib): what a mail reader needs of ftplib, row by row.

What the classical ftplib tutorial does         the test that holds it here
----------------------------------------------  ------------------------------------------------------------------
FTP(host), login() anonymous                    test_anonymous_needs_no_password
login(user, passwd)                             test_a_file_is_sent_and_comes_back_the_same
FTP_TLS, prot_p()                               test_login_and_data_are_inside_tls_and_the_session_is_taken_up
pwd, cwd, retrlines("LIST", …)                  test_directories_are_made_and_listed
retrbinary("RETR …")                            test_a_cut_download_goes_on_where_it_broke
storbinary("STOR …")                            test_a_cut_upload_goes_on_where_it_broke
retrlines, storlines (text mode)                test_text_comes_with_one_kind_of_line_end
error_perm                                      test_a_refusal_is_a_sentence_with_the_servers_words
error_temp                                      test_not_just_now_is_tried_again
all_errors, quit() in finally                   test_closing_says_goodbye_and_never_raises
the "safe operation" pattern                    test_a_cut_from_another_thread_ends_a_transfer_at_once
"""

from __future__ import annotations

import io
import re
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.servers.certificates import Certificate, make_certificate
from tests.servers.ftpd import PASSWORD, USER, Ftpd
from tuimail.errors import (
    CertificateRefused,
    ConnectionLost,
    InsecureConnection,
    LoginRefused,
    ServerRefused,
    Unreachable,
)
from tuimail.net.ftp import TRIES, Ftp, beside_name
from tuimail.net.tls import Trust

DATA = bytes(range(256)) * 12_000
PLENTY = 1 << 30


@pytest.fixture(autouse=True)
def no_pause(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tuimail.net.ftp.PAUSE", 0)


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Certificate:
    return make_certificate(tmp_path_factory.mktemp("tls"))


@pytest.fixture
def server(tmp_path: Path, certificate: Certificate) -> Iterator[Ftpd]:
    """With TLS, and as strict about sessions as vsftpd."""
    with Ftpd(tmp_path / "ftp", certificate, reuse=True) as made:
        yield made


@pytest.fixture
def plain(tmp_path: Path) -> Iterator[Ftpd]:
    with Ftpd(tmp_path / "ftp") as made:
        yield made


@pytest.fixture
def ftp(server: Ftpd, certificate: Certificate) -> Iterator[Ftp]:
    made = Ftp("localhost", server.port, USER, PASSWORD, Trust(str(certificate.cert)), silence=10)
    yield made
    made.close()


def unsafe(server: Ftpd, user: str = USER, password: str = PASSWORD) -> Ftp:
    return Ftp(server.host, server.port, user, password, None, silence=10)


def test_every_row_of_the_table_names_a_test_that_exists() -> None:
    rows = re.findall(r" (test_\w+)$", __doc__ or "", re.MULTILINE)
    assert len(rows) == 11
    assert [row for row in rows if not callable(globals().get(row))] == []


def test_a_file_is_sent_and_comes_back_the_same(ftp: Ftp, server: Ftpd) -> None:
    seen: list[tuple[int, int]] = []
    ftp.put(io.BytesIO(DATA), ".x.part", "x.bin", lambda done, total: seen.append((done, total)))
    assert (server.folder / "x.bin").read_bytes() == DATA
    assert not (server.folder / ".x.part").exists()
    assert seen[-1] == (len(DATA), len(DATA)) and seen == sorted(seen) and len(seen) > 5
    back = io.BytesIO()
    ftp.get("x.bin", back, most=PLENTY)
    assert back.getvalue() == DATA


def test_login_and_data_are_inside_tls_and_the_session_is_taken_up(ftp: Ftp, server: Ftpd) -> None:
    ftp.put(io.BytesIO(b"hello"), ".a.part", "a")
    assert ftp.names("/") == ["a"]
    assert server.fresh_sessions == 0
    verbs = [line.partition(" ")[0] for line in server.commands]
    assert verbs.index("AUTH") < verbs.index("PROT") and verbs.index("AUTH") < verbs.index("USER")
    assert "PROT P" in server.commands


def test_without_taking_up_the_session_this_server_refuses(
    ftp: Ftp, server: Ftpd, monkeypatch: pytest.MonkeyPatch
) -> None:
    """So the test above can fail."""
    monkeypatch.setattr("tuimail.net.ftp._Reusing.ntransfercmd", __import__("ftplib").FTP_TLS.ntransfercmd)
    with pytest.raises((ServerRefused, ConnectionLost)):
        ftp.put(io.BytesIO(b"hello"), ".a.part", "a")
    assert server.fresh_sessions


def test_a_certificate_nobody_vouches_for_gets_no_password(server: Ftpd) -> None:
    ftp = Ftp("localhost", server.port, USER, PASSWORD, Trust(), silence=10)
    with pytest.raises(CertificateRefused):
        ftp.home()
    assert "PASS" not in server.commands


def test_a_server_without_tls_gets_no_password(plain: Ftpd) -> None:
    ftp = Ftp("localhost", plain.port, USER, PASSWORD, Trust(), silence=10)
    with pytest.raises(InsecureConnection, match="offers no TLS"):
        ftp.home()
    assert "PASS" not in plain.commands


def test_anonymous_needs_no_password(plain: Ftpd) -> None:
    (plain.folder / "open").write_bytes(b"to all")
    ftp, file = unsafe(plain, "anonymous", ""), io.BytesIO()
    ftp.get("open", file, most=PLENTY)
    assert file.getvalue() == b"to all"
    ftp.close()


def test_a_wrong_password_is_a_sentence_without_it(plain: Ftpd) -> None:
    with pytest.raises(LoginRefused) as told:
        unsafe(plain, USER, "sesame").home()
    assert "sesame" not in str(told.value) and plain.host in str(told.value)


@pytest.mark.parametrize("tls", [False, True])
def test_the_address_that_pasv_tells_is_not_believed(tmp_path: Path, certificate: Certificate, tls: bool) -> None:
    with Ftpd(tmp_path / "ftp", certificate if tls else None, wrong_address="127.0.0.2") as server:
        trust = Trust(str(certificate.cert)) if tls else None
        ftp = Ftp("localhost", server.port, USER, PASSWORD, trust, silence=10)
        ftp.put(io.BytesIO(b"hello"), ".a.part", "a")
        ftp.close()
        assert (server.folder / "a").read_bytes() == b"hello"


def test_a_file_that_ends_early_is_not_taken_for_whole(plain: Ftpd, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever can cut a line can do so in a file; the server has said how much there is."""
    (plain.folder / "x").write_bytes(b"half")
    ftp = unsafe(plain)
    monkeypatch.setattr(ftp, "_size", lambda *_: 8)
    with pytest.raises(ConnectionLost):
        ftp.get("x", io.BytesIO(), most=PLENTY)
    ftp.close()


@pytest.mark.parametrize("without", [(), ("MLSD",)])
def test_directories_are_made_and_listed(tmp_path: Path, without: tuple[str, ...]) -> None:
    with Ftpd(tmp_path / "ftp", without=without) as server:
        ftp = unsafe(server)
        assert ftp.home() == "/"
        ftp.make("/mail/Entwürfe/2026")
        ftp.make("/mail/Entwürfe")
        assert ftp.names("/mail") == ["Entwürfe"]
        assert ftp.names("/mail/Entwürfe/2026") == []
        ftp.close()
        assert (server.folder / "mail/Entwürfe/2026").is_dir()


def test_a_cut_upload_goes_on_where_it_broke(ftp: Ftp, server: Ftpd) -> None:
    server.cut_after += [700_000, 900_000]
    ftp.put(io.BytesIO(DATA), ".x.part", "x.bin")
    assert (server.folder / "x.bin").read_bytes() == DATA
    rests = [int(line.split()[1]) for line in server.commands if line.startswith("REST")]
    assert len(rests) == 2 and 600_000 < rests[0] < rests[1] < len(DATA)


def test_an_upload_that_was_given_up_is_gone_on_with_later(ftp: Ftp, server: Ftpd) -> None:
    server.cut_after += [200_000] * TRIES
    name = beside_name("x.bin", io.BytesIO(DATA))
    with pytest.raises(ConnectionLost):
        ftp.put(io.BytesIO(DATA), name, "x.bin")
    assert not (server.folder / "x.bin").exists()
    came = (server.folder / name).stat().st_size
    server.commands.clear()
    ftp.put(io.BytesIO(DATA), name, "x.bin")
    assert (server.folder / "x.bin").read_bytes() == DATA
    assert f"REST {came}" in server.commands


def test_two_contents_never_share_what_is_half_sent() -> None:
    one, other = beside_name("a/x.bin", io.BytesIO(b"1")), beside_name("a/x.bin", io.BytesIO(b"2"))
    assert one != other and one.startswith("a/.x.bin.") and one.endswith(".part")


def test_a_cut_download_goes_on_where_it_broke(ftp: Ftp, server: Ftpd) -> None:
    (server.folder / "x.bin").write_bytes(DATA)
    server.cut_after += [700_000]
    file = io.BytesIO()
    ftp.get("x.bin", file, most=PLENTY)
    assert file.getvalue() == DATA
    assert any(line.startswith("REST") for line in server.commands)


def test_what_is_too_large_is_not_fetched_whole(plain: Ftpd) -> None:
    (plain.folder / "x.bin").write_bytes(DATA)
    ftp, file = unsafe(plain), io.BytesIO()
    with pytest.raises(ServerRefused, match="larger than 1,000"):
        ftp.get("x.bin", file, most=1000)
    assert len(file.getvalue()) <= 1 << 20
    assert ftp.home() == "/"  # and the next thing works
    ftp.close()


def test_text_comes_with_one_kind_of_line_end(plain: Ftpd) -> None:
    (plain.folder / "notes.txt").write_bytes(b"one\ntwo\n")
    ftp, file = unsafe(plain), io.BytesIO()
    ftp.get("notes.txt", file, most=PLENTY, text=True)
    assert file.getvalue() == b"one\ntwo\n"
    assert "TYPE A" in plain.commands and plain.commands[-1] == "TYPE I"
    ftp.close()


def test_a_refusal_is_a_sentence_with_the_servers_words(plain: Ftpd) -> None:
    ftp = unsafe(plain)
    with pytest.raises(ServerRefused, match=r"127\.0\.0\.1 refused: 550"):
        ftp.get("nothing\x1b[2J", io.BytesIO(), most=PLENTY)
    ftp.close()


def test_not_just_now_is_tried_again(plain: Ftpd) -> None:
    plain.busy += ["STOR"]
    ftp = unsafe(plain)
    ftp.put(io.BytesIO(b"hello"), ".a.part", "a")
    assert (plain.folder / "a").read_bytes() == b"hello"
    plain.busy += ["STOR"] * TRIES
    with pytest.raises(ServerRefused, match="says: 450"):
        ftp.put(io.BytesIO(b"hello"), ".b.part", "b")
    ftp.close()


def test_a_name_cannot_become_a_command(plain: Ftpd) -> None:
    ftp = unsafe(plain)
    with pytest.raises(ServerRefused, match="name"):
        ftp.put(io.BytesIO(b""), ".a.part", "a\r\nDELE x")
    assert not any("DELE" in line for line in plain.commands)
    ftp.close()


def test_closing_says_goodbye_and_never_raises(tmp_path: Path) -> None:
    with Ftpd(tmp_path / "ftp") as server:
        ftp = unsafe(server)
        ftp.home()
        ftp.close()
        ftp.close()
        gone = unsafe(server)
        gone.home()
    gone.close()
    assert "QUIT" in server.commands
    with pytest.raises(Unreachable):
        unsafe(server).home()


def test_a_cut_from_another_thread_ends_a_transfer_at_once(ftp: Ftp, server: Ftpd) -> None:
    begun = threading.Event()
    failure: list[BaseException] = []

    class Endless(io.BytesIO):
        """A file that does not end, so the transfer is under way for as long as it is let."""

        def read(self, size: int | None = -1) -> bytes:
            begun.set()
            return b"x" * 1000

    def send() -> None:
        try:
            ftp.put(Endless(b"x" * 5000), ".a.part", "a")
        except ConnectionLost as error:
            failure.append(error)

    thread = threading.Thread(target=send)
    thread.start()
    assert begun.wait(10)
    ftp.cut()
    thread.join(30)
    assert not thread.is_alive() and "stopped" in str(failure[0])
    assert not (server.folder / "a").exists()
