"""The order of the mechanisms."""

from __future__ import annotations

import pytest

from tuimail.protocol.sasl.choice import Situation, begin, ladder, mechanisms
from tuimail.protocol.sasl.mechanism import Credentials
from tuimail.protocol.sasl.scram import Binding

ALL = frozenset(
    "EXTERNAL OAUTHBEARER XOAUTH2 SCRAM-SHA-256-PLUS SCRAM-SHA-1-PLUS SCRAM-SHA-256 SCRAM-SHA-1 PLAIN LOGIN CRAM-MD5 "
    "ANONYMOUS GSSAPI".split()
)
UNIQUE = Binding("tls-unique", b"x")


def test_inside_tls_the_strongest_comes_first_and_md5_last() -> None:
    assert ladder(Situation(ALL, True, binding=UNIQUE)) == [
        "SCRAM-SHA-256-PLUS",
        "SCRAM-SHA-1-PLUS",
        "SCRAM-SHA-256",
        "SCRAM-SHA-1",
        "PLAIN",
        "LOGIN",
        "CRAM-MD5",
    ]


def test_without_a_binding_there_is_no_plus() -> None:
    assert ladder(Situation(ALL, True))[0] == "SCRAM-SHA-256"


def test_where_others_may_listen_whatever_hides_the_password_goes_first() -> None:
    names = ladder(Situation(ALL, False))
    assert names == ["SCRAM-SHA-256", "SCRAM-SHA-1", "CRAM-MD5", "PLAIN", "LOGIN"]


def test_a_token_is_never_sent_as_a_password_nor_a_password_as_a_token() -> None:
    assert ladder(Situation(ALL, True, token=True)) == ["OAUTHBEARER", "XOAUTH2"]
    assert not set(ladder(Situation(ALL, True))) & {"OAUTHBEARER", "XOAUTH2"}


def test_a_certificate_of_ours_goes_first() -> None:
    assert ladder(Situation(ALL, True, certificate=True))[0] == "EXTERNAL"


@pytest.mark.parametrize(("wanted", "names"), [("cram-md5", ["CRAM-MD5"]), ("anonymous", ["ANONYMOUS"])])
def test_what_the_user_insists_on_is_the_only_one(wanted: str, names: list[str]) -> None:
    assert ladder(Situation(ALL, True, wanted=wanted)) == names
    assert ladder(Situation(frozenset({"PLAIN"}), True, wanted=wanted)) == []


def test_every_name_on_the_ladder_can_begin() -> None:
    who = Credentials("ann", "secret")
    for token, certificate in ((False, True), (True, False)):
        situation = Situation(ALL, True, token=token, certificate=certificate, binding=UNIQUE)
        for name in ladder(situation):
            assert begin(name, who, situation).name == name


def test_the_y_flag_is_said_only_where_no_plus_is_offered() -> None:
    who = Credentials("ann", "secret")
    without = Situation(frozenset({"SCRAM-SHA-1"}), True, binding=UNIQUE)
    assert (begin("SCRAM-SHA-1", who, without).first() or b"").startswith(b"y,,")
    assert (begin("SCRAM-SHA-1", who, Situation(ALL, True, binding=UNIQUE)).first() or b"").startswith(b"n,,")


def test_the_names_are_found_among_capabilities() -> None:
    assert mechanisms(["IMAP4REV1", "AUTH=PLAIN", "auth=login"]) == {"PLAIN", "LOGIN"}
