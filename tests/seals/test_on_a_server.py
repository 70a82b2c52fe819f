"""Signed mail that came over IMAP: what was signed is verified octet for octet; a large one when it is asked for."""

from __future__ import annotations

from pathlib import Path

from tests.servers.dovecot import Dovecot
from tests.servers.gnupg import Gpg, as_part, letter, multipart, signed
from tests.sync.house import folder, id_of, opened, until
from tuimail.mail import Mail
from tuimail.model import Message, Role
from tuimail.sync.texts import WHOLE

WORDS = b"Content-Type: text/plain; charset=utf-8\r\n\r\nThe engine weaves.  \r\n"


def words_of(message: Message) -> list[str]:
    return [seal.word for seal in message.document.seals]


async def arrived(mail: Mail, subject: str) -> int:
    await until(mail, lambda: mail.folders() and folder(mail, Role.INBOX).total)
    return id_of(mail, Role.INBOX, subject)


async def test_a_letter_from_a_server_is_verified(gpg: Gpg, dovecot: Dovecot, tmp_path: Path) -> None:
    user = dovecot.user()
    dovecot.deliver(user, [letter(*signed(gpg, WORDS))])
    async with opened(user, dovecot.port, tmp_path) as mail:
        message_id = await arrived(mail, "a letter")
        assert words_of(await mail.message(message_id)) == ["waiting"]
        assert words_of(await mail.looked_into(message_id)) == ["good"]


async def test_a_large_letter_is_verified_when_it_is_asked_for(gpg: Gpg, dovecot: Dovecot, tmp_path: Path) -> None:
    picture = b"Content-Type: image/png; name=a.png\r\n\r\n" + b"\r\n".join([b"x" * 70] * (WHOLE // 70))
    user = dovecot.user()
    part = as_part('multipart/mixed; boundary="m"', multipart("m", WORDS, picture))
    dovecot.deliver(user, [letter(*signed(gpg, part))])
    async with opened(user, dovecot.port, tmp_path) as mail:
        message_id = await arrived(mail, "a letter")
        (seal,) = (await mail.message(message_id)).document.seals
        assert seal.lines == (
            "Signed, not verified: only a part of this message is here; D in the viewer fetches the rest.",
        )
        assert words_of(await mail.looked_into(message_id)) == ["unchecked"]
        assert words_of(await mail.looked_into(message_id, decrypt=True)) == ["good"]
