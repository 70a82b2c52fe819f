from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.protocol.streams import drain, greeted, say
from tuimail.protocol.errors import LocalProtocolError
from tuimail.protocol.framing import Frame
from tuimail.protocol.imap import commands
from tuimail.protocol.imap.commands import Command
from tuimail.protocol.imap.tokens import values


def wire(command: Command, capabilities: str = "LITERAL+ SASL-IR") -> bytes:
    machine = greeted(capabilities)
    machine.send(command)
    return machine.data_to_send()


UIDS = ((1, 3), (7, 7))


@pytest.mark.parametrize(
    ("command", "line"),
    [
        (commands.capability(), b"CAPABILITY"),
        (commands.noop(), b"NOOP"),
        (commands.logout(), b"LOGOUT"),
        (commands.starttls(), b"STARTTLS"),
        (commands.login("bob", 'a "b" \\'), b'LOGIN "bob" "a \\"b\\" \\\\"'),
        (commands.authenticate_plain("bob", "pw"), b"AUTHENTICATE PLAIN AGJvYgBwdw=="),
        (commands.enable("CONDSTORE", "UTF8=ACCEPT"), b"ENABLE CONDSTORE UTF8=ACCEPT"),
        (commands.id_({}), b"ID NIL"),
        (commands.id_({"name": "tuimail", "version": "1"}), b'ID ("name" "tuimail" "version" "1")'),
        (commands.namespace(), b"NAMESPACE"),
        (commands.list_(), b'LIST "" "*"'),
        (
            commands.list_(b"%", special_use=True, subscribed=True, status=("MESSAGES", "UNSEEN")),
            b'LIST "" "%" RETURN (SUBSCRIBED SPECIAL-USE STATUS (MESSAGES UNSEEN))',
        ),
        (commands.lsub(), b'LSUB "" "*"'),
        (commands.status(b"Sent Mail", ("UIDNEXT",)), b'STATUS "Sent Mail" (UIDNEXT)'),
        (commands.select(b"INBOX"), b"SELECT INBOX"),
        (commands.select(b"&U,BTFw-", condstore=True), b"SELECT &U,BTFw- (CONDSTORE)"),
        (commands.examine(b"nil"), b'EXAMINE "nil"'),
        (commands.unselect(), b"UNSELECT"),
        (commands.create(b""), b'CREATE ""'),
        (commands.create(b"a\r\nA2 LOGOUT"), b"CREATE {12+}\r\na\r\nA2 LOGOUT"),
        (commands.subscribe(b"\xff"), b"SUBSCRIBE {1+}\r\n\xff"),
        (
            commands.uid_fetch(UIDS, (b"UID", commands.header_fields(("FROM", "TO")), commands.section("1", 0, 9))),
            b"UID FETCH 1:3,7 (UID BODY.PEEK[HEADER.FIELDS (FROM TO)] BODY.PEEK[1]<0.9>)",
        ),
        (commands.uid_fetch(UIDS, (b"FLAGS",), 77), b"UID FETCH 1:3,7 (FLAGS) (CHANGEDSINCE 77)"),
        (commands.fetch(((5, 9),), (b"UID", commands.section(""))), b"FETCH 5:9 (UID BODY.PEEK[])"),
        (commands.uid_store(UIDS, "+", (b"\\Seen", b"$Junk")), b"UID STORE 1:3,7 +FLAGS.SILENT (\\Seen $Junk)"),
        (commands.uid_store(UIDS, "-", (b"\\Seen",), silent=False), b"UID STORE 1:3,7 -FLAGS (\\Seen)"),
        (commands.uid_move(UIDS, b"Trash"), b"UID MOVE 1:3,7 Trash"),
        (commands.uid_copy(UIDS, b"[Gmail]/Trash"), b'UID COPY 1:3,7 "[Gmail]/Trash"'),
        (commands.uid_expunge(UIDS), b"UID EXPUNGE 1:3,7"),
        (commands.uid_search_all(esearch=True), b"UID SEARCH RETURN (ALL) ALL"),
        (commands.uid_search_all(esearch=False), b"UID SEARCH ALL"),
        (commands.idle(), b"IDLE"),
    ],
)
def test_a_command_is_this_line(command: Command, line: bytes) -> None:
    assert wire(command) == b"a1 " + line + b"\r\n"


@given(st.binary(max_size=60))
def test_no_name_can_smuggle_in_a_line(name: bytes) -> None:
    """The server reads back one line, the literals at the sizes given, and the very octets of the name."""
    name = name.replace(b"\0", b"")
    sent = wire(commands.select(name))
    assert sent.startswith(b"a1 SELECT ") and sent.endswith(b"\r\n")
    argument = sent[10:-2]
    if argument.startswith(b"{"):
        marker, _, data = argument.partition(b"\r\n")
        assert marker == b"{%d+}" % len(data)
        assert data == name
    else:
        assert not set(argument) & set(b"\r\n\0")
        assert values(Frame(argument)) == (name,)


@pytest.mark.parametrize("evil", [b"UID\r\na2 LOGOUT", b"FLAGS\n", b"BODY[\0]"])
def test_a_line_break_in_a_fetch_item_is_refused(evil: bytes) -> None:
    with pytest.raises(LocalProtocolError):
        commands.uid_fetch(UIDS, (evil,))


def test_a_nul_in_a_name_is_refused_for_a_server_may_cut_it_there() -> None:
    with pytest.raises(LocalProtocolError):
        commands.select(b"Travel\0 2024")


@pytest.mark.parametrize("flag", [b"", b"a b", b"\\Seen)", b"x\r\n", b"a(b", b"\xff", b"\\", b'"'])
def test_what_cannot_be_a_flag_is_refused(flag: bytes) -> None:
    with pytest.raises(LocalProtocolError):
        commands.uid_store(UIDS, "+", (flag,))


def test_an_empty_set_is_refused() -> None:
    with pytest.raises(LocalProtocolError):
        commands.uid_move((), b"Trash")


def test_a_nul_in_a_plain_password_is_refused() -> None:
    with pytest.raises(LocalProtocolError):
        commands.authenticate_plain("bob", "a\0b")


@pytest.mark.parametrize("password", ["hunter2", "hunter2 ü", 'hunter2"\r\n'])
def test_a_password_is_in_no_repr_and_no_log(password: str) -> None:
    for command in (commands.login("bob", password), commands.authenticate_plain("bob", password)):
        for capabilities in ("LITERAL+ SASL-IR", ""):
            machine = greeted(capabilities)
            machine.send(command)
            logged = b""
            for _ in range(3):
                machine.data_to_send()
                logged += machine.sent_for_log
                say(machine, b"+ \r\n")
            seen = repr(command) + repr(command.parts) + repr(machine.__dict__) + logged.decode("latin-1")
            assert "hunter2" not in seen
            assert "AGJvYg" not in seen


def test_a_literal_waits_for_its_plus_unless_the_server_waives_it() -> None:
    name = b"\xff" * 5000
    assert wire(commands.create(name), "") == b"a1 CREATE {5000}\r\n"
    assert wire(commands.create(name), "LITERAL-") == b"a1 CREATE {5000}\r\n"
    assert wire(commands.create(name[:4096]), "LITERAL-").startswith(b"a1 CREATE {4096+}\r\n\xff")
    assert wire(commands.create(name), "LITERAL+").startswith(b"a1 CREATE {5000+}\r\n\xff")


def test_an_initial_response_waits_for_its_plus_without_sasl_ir() -> None:
    machine = greeted()
    machine.send(commands.authenticate_plain("bob", "pw"))
    assert machine.data_to_send() == b"a1 AUTHENTICATE PLAIN\r\n"
    say(machine, b"+ \r\n")
    assert machine.data_to_send() == b"AGJvYgBwdw==\r\n"
    drain(machine)
