"""The whole job on every kind of server: nothing but IMAP4rev1, what Exchange or Proton have, and all there is.

A mask makes one Dovecot into all of them; what the client sent is read on the wire, since a server that only hides a
capability would still obey.
"""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.fakes.chaos import ChaosProxy
from tests.servers.dovecot import CAPABILITIES, Dovecot
from tests.sync.house import folder, id_of, letter, opened, subjects, until
from tests.sync.test_with_dovecot import contents
from tuimail.model import Flag, Role

SERVERS = {
    "everything": (),
    "no QRESYNC": ("QRESYNC",),
    "no CONDSTORE": ("QRESYNC", "CONDSTORE"),
    "no NOTIFY": ("NOTIFY",),
    "no MOVE": ("MOVE",),
    "Exchange": ("QRESYNC", "CONDSTORE", "ESEARCH", "LIST-EXTENDED", "LIST-STATUS", "SPECIAL-USE", "ENABLE", "NOTIFY"),
    "UIDPLUS and IDLE": tuple(sorted(set(CAPABILITIES.upper().split()) - {"IMAP4REV1", "UIDPLUS", "IDLE"})),
    "IMAP4rev1": tuple(sorted(set(CAPABILITIES.upper().split()) - {"IMAP4REV1"})),
}
USES = {
    "QRESYNC": rb"QRESYNC",
    "CONDSTORE": rb"CONDSTORE|CHANGEDSINCE|HIGHESTMODSEQ",
    "NOTIFY": rb" NOTIFY ",
    "MOVE": rb"UID MOVE",
    "UIDPLUS": rb"UID EXPUNGE",
    "IDLE": rb" IDLE",
    "ESEARCH": rb"SEARCH RETURN",
    "LIST-STATUS": rb"LIST .*STATUS \(",
    "SPECIAL-USE": rb"SPECIAL-USE",
    "ENABLE": rb" ENABLE ",
    "NAMESPACE": rb" NAMESPACE",
    "ID": rb" ID \(",
    "SASL-IR": rb"AUTHENTICATE PLAIN .",
    "LITERAL+": rb"\{[0-9]+\+\}",
}


@pytest.mark.parametrize("server", SERVERS)
async def test_the_main_job_is_done_and_nothing_is_used_that_is_not_there(
    dovecot: Dovecot, tmp_path: Path, server: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tuimail.net.watching.NOOP_SECONDS", 0.2)
    monkeypatch.setattr("tuimail.sync.account.POLL", 0.3)  # where nothing tells of the other folders
    mask = SERVERS[server]
    user = dovecot.user()
    dovecot.deliver(user, [letter(n) for n in range(8)])
    async with ChaosProxy(dovecot.host, dovecot.port) as proxy:
        async with opened(user, proxy.port, tmp_path, mask=mask) as mail:
            await until(mail, lambda: mail.folders() and len(subjects(mail, Role.INBOX)) == 8)
            mail.show(folder(mail, Role.INBOX).id)
            await until(mail, lambda: mail.folder_by_role(1, Role.ARCHIVE))
            await mail.flag([id_of(mail, Role.INBOX, "letter 3")], add=Flag.FLAGGED)
            await mail.archive([id_of(mail, Role.INBOX, f"letter {n}") for n in (0, 3, 5)])
            await mail.trash([id_of(mail, Role.INBOX, "letter 7")])
            await until(mail, lambda: mail.pending_count() == 0)
            await mail.undo()
            await until(mail, lambda: mail.pending_count() == 0)
            moved = id_of(mail, Role.INBOX, "letter 1")
            with dovecot.client(user) as other:
                other.select("INBOX")
                _, found = other.uid("SEARCH", "HEADER", "SUBJECT", '"letter 2"')
                other.uid("STORE", found[0].decode(), "+FLAGS", "(\\Seen)")
                _, found = other.uid("SEARCH", "HEADER", "SUBJECT", '"letter 1"')
                other.uid("MOVE", found[0].decode(), "Archive")
            await until(mail, lambda: "letter 1" in subjects(mail, Role.ARCHIVE))
            mail.sync_now()
            inbox = folder(mail, Role.INBOX).id
            await until(mail, lambda: sum(1 for row in mail.page(inbox, 0, 99) if Flag.SEEN in row.flags) == 1)
            await until(mail, lambda: id_of(mail, Role.ARCHIVE, "letter 1") == moved)
        dovecot.deliver(user, [letter(9)])
        async with opened(user, proxy.port, tmp_path, mask=mask) as mail:
            await until(mail, lambda: "letter 9" in subjects(mail, Role.INBOX))
            await until(mail, lambda: mail.pending_count() == 0)
            assert sorted(subjects(mail, Role.INBOX)) == [f"letter {n}" for n in (2, 4, 6, 7, 9)]
            assert sorted(subjects(mail, Role.ARCHIVE)) == [f"letter {n}" for n in (0, 1, 3, 5)]
        said = proxy.lines
    for word in mask:
        if word in USES:
            assert [line for line in said if re.search(USES[word], line)] == []
    assert not [line for line in said if re.search(rb"\bEXPUNGE\b", line) and b"UID EXPUNGE" not in line]
    assert contents_shown(dovecot, user, "INBOX") == {f"letter {n}" for n in (2, 4, 6, 7, 9)}
    assert contents_shown(dovecot, user, "Archive") == {f"letter {n}" for n in (0, 1, 3, 5)}


def contents_shown(dovecot: Dovecot, user: str, box: str) -> set[str]:
    """Subjects of what is not marked deleted; one that is there twice fails."""
    with dovecot.client(user) as other:
        other.select(box, readonly=True)
        _, data = other.uid("SEARCH", "UNDELETED")
        if not data[0]:
            return set()
        _, data = other.uid("FETCH", data[0].decode().replace(" ", ","), "(BODY.PEEK[HEADER.FIELDS (SUBJECT)])")
    found = [item[1].decode().partition(":")[2].strip() for item in data if isinstance(item, tuple)]
    assert len(found) == len(set(found)), f"twice in {box}: {sorted(found)}"
    return set(found)


async def test_what_changes_in_a_folder_nobody_looks_at_is_told_by_notify(dovecot: Dovecot, tmp_path: Path) -> None:
    user = dovecot.user()
    dovecot.deliver(user, [letter(1)])
    async with ChaosProxy(dovecot.host, dovecot.port) as proxy, opened(user, proxy.port, tmp_path) as mail:
        await until(mail, lambda: mail.folders() and subjects(mail, Role.INBOX))
        while not any(b"IDLE" in line for line in proxy.lines):
            await proxy.moved()
        dovecot.deliver(user, [letter(2)], "Archive")
        await until(mail, lambda: subjects(mail, Role.ARCHIVE) == ["letter 2"])
        assert sum(b" LIST " in line for line in proxy.lines) <= 3, "nobody polled"


def test_contents_are_compared_by_another_client(dovecot: Dovecot) -> None:
    user = dovecot.user()
    dovecot.deliver(user, [letter(1)], flags="\\Deleted")
    assert contents(dovecot, user, "INBOX") == {"letter 1": {"\\Deleted"}}
    assert contents_shown(dovecot, user, "INBOX") == set()
