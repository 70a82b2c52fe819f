"""config.toml: every mistake at once with its line; comments survive; nobody else can read the file."""

from __future__ import annotations

import stat
from pathlib import Path

import pytest

from tuimail.accounts.config import Config, add_account, load, remove_account
from tuimail.errors import ConfigError, UsageError
from tuimail.model import Account, Security

ADA = Account(name="work", host="imap.example.org", port=993, user="ada@example.org")


def written(tmp_path: Path, text: str) -> Path:
    path = tmp_path / "config.toml"
    path.write_text(text, encoding="utf-8")
    return path


def problems(tmp_path: Path, text: str) -> list[str]:
    with pytest.raises(ConfigError) as caught:
        load(written(tmp_path, text))
    return caught.value.sentence.splitlines()


def test_no_file_is_an_empty_configuration(tmp_path: Path) -> None:
    assert load(tmp_path / "config.toml") == Config()


def test_everything_that_can_be_said_is_understood(tmp_path: Path) -> None:
    config = load(
        written(
            tmp_path,
            """
            [accounts.work]
            host = "IMAP.example.org"
            user = "ada@example.org"
            password_command = ["pass", "show", "mail/ada"]
            [accounts."at home"]
            host = "127.0.0.1"
            user = "ada"
            port = 1143
            security = "plain"
            password_command = "pass show 'mail ada'"
            ca_file = "/etc/ca.pem"
            [keys]
            mail.archive = "B"
            "mail.trash" = "Q"
            undo = "W"
            [ui]
            theme = "nord"
            preview = false
            """,
        )
    )
    assert config.accounts == (
        Account("work", "imap.example.org", 993, "ada@example.org", password_command=("pass", "show", "mail/ada")),
        Account(
            "at home",
            "127.0.0.1",
            1143,
            "ada",
            Security.PLAIN,
            password_command=("pass", "show", "mail ada"),
            ca_file="/etc/ca.pem",
        ),
    )
    assert config.keys == {"mail.archive": "B", "mail.trash": "Q", "undo": "W"}
    assert (config.theme, config.preview) == ("nord", False)


def test_all_mistakes_are_told_at_once_each_with_its_line(tmp_path: Path) -> None:
    assert problems(
        tmp_path,
        """\
# mine
[accounts.work]
hots = "imap.example.org"
user = "ada"
port = 99999
[accounts.home]
host = "h"
user = "ada"
security = "starttsl"
password_command = [1]
[accounts.plain]
host = "imap.example.org"
user = "ada"
security = "plain"
[ui]
theme = 3
preveiw = true
[colours]
""",
    ) == [
        "config.toml:2: accounts.work: the key “host” is missing",
        "config.toml:3: accounts.work.hots: unknown key; did you mean “host”?",
        "config.toml:5: accounts.work.port: expected a whole number <= 65535",
        "config.toml:9: accounts.home.security: one of tls, starttls, plain was expected; did you mean “starttls”?",
        "config.toml:10: accounts.home.password_command: expected text in quotes, got a whole number - at `$[0]`",
        "config.toml:12: accounts.plain.host: Without TLS the password and all mail would cross the network to "
        "imap.example.org readable for anyone.",
        "config.toml:16: ui.theme: expected text in quotes, got a whole number",
        "config.toml:17: ui.preveiw: unknown key; did you mean “preview”?",
        "config.toml:18: colours: unknown key",
    ]


def test_an_unknown_action_is_told_with_its_line_and_the_nearest_one(tmp_path: Path) -> None:
    (line,) = problems(tmp_path, '[keys]\nundo = "W"\nmail.archve = "A"\n')
    assert line.startswith("config.toml:3: keys.mail.archve: ")
    assert "did you mean “mail.archive”?" in line


def test_keys_that_are_no_text_are_refused(tmp_path: Path) -> None:
    assert problems(tmp_path, "[keys.mail]\narchive = 1\n") == [
        'config.toml:2: keys.mail.archive: keys in quotes were expected, as in "e,y"'
    ]
    assert problems(tmp_path, "keys = 7\n") == [
        "config.toml:1: keys: expected a table, or the name of a preset, got a whole number"
    ]


def test_a_preset_is_named_in_one_word_or_beside_keys_of_ones_own(tmp_path: Path) -> None:
    short = load(written(tmp_path, 'keys = "mutt"\n[ui]\nadvance = "list"\n'))
    assert (short.preset, short.keys, short.advance) == ("mutt", {}, "list")
    long = load(written(tmp_path, '[keys]\npreset = "aerc"\nmail.star = "F"\n'))
    assert (long.preset, long.keys, long.advance) == ("aerc", {"mail.star": "F"}, "next")


def test_lists_are_threaded_when_the_file_says_so(tmp_path: Path) -> None:
    assert load(written(tmp_path, "[ui]\nthreads = true\n")).threads
    assert problems(tmp_path, '[ui]\ntheme = "nord"\nthreads = 1\n') == [
        "config.toml:3: ui.threads: expected true or false, got a whole number"
    ]


def test_a_key_of_ones_own_is_checked_against_the_preset_it_lies_over(tmp_path: Path) -> None:
    """“t” is free by default, and selects in mutt."""
    assert load(written(tmp_path, '[keys]\nmail.star = "t"\n')).keys
    (line,) = problems(tmp_path, '[keys]\npreset = "mutt"\nmail.star = "t"\n')
    assert line.startswith("config.toml:3: keys.mail.star: “t” is also “Select / unselect” (mail.select)")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('keys = "muttt"\n', "1: keys: one of gmail, mutt, aerc was expected; did you mean “mutt”?"),
        ('[keys]\nundo = "W"\npreset = 3\n', "3: keys.preset: one of gmail, mutt, aerc was expected"),
        (
            '[ui]\nadvance = "nxet"\n',
            "2: ui.advance: one of next, previous, list was expected; did you mean “next”?",
        ),
        (
            '[ui]\nkeys = "mutt"\n',
            "2: ui.keys: stands in the wrong table: write keys = … above the first [table], or [keys] with preset = …",
        ),
    ],
)
def test_what_is_no_preset_and_no_way_to_go_on_is_told_with_its_line(tmp_path: Path, text: str, said: str) -> None:
    assert problems(tmp_path, text) == [f"config.toml:{said}"]


def test_a_password_in_the_file_is_refused_and_not_repeated(tmp_path: Path) -> None:
    (line,) = problems(tmp_path, '[accounts.a]\nhost = "h"\nuser = "u"\npassword = "sesame"\n')
    assert line.startswith("config.toml:4: accounts.a.password: passwords do not belong in this file")
    assert "sesame" not in line


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("a = 1\nb = = 2\n", "config.toml:2: Invalid value"),
        ("a = 1\na = 2\n", "config.toml:2: Cannot overwrite a value"),
        (
            'keys = "mutt"\n[keys]\nundo = "u"\n',
            'config.toml:2: keys is given twice; instead of the first, write preset = "…" here, below [keys]',
        ),
        ("[keys]\n[keys]\n", "config.toml:2: Cannot declare ('keys',) twice"),
        ("x = [1,\n", "config.toml:1: "),
    ],
)
def test_text_that_is_no_toml_is_told_with_its_line(tmp_path: Path, text: str, line: str) -> None:
    (said,) = problems(tmp_path, text)
    assert said.startswith(line)
    assert "(at" not in said


def test_a_file_that_is_not_utf8_is_told(tmp_path: Path) -> None:
    path = tmp_path / "config.toml"
    path.write_bytes(b'[ui]\ntheme = "\xff"\n')
    with pytest.raises(ConfigError, match="not UTF-8"):
        load(path)


@pytest.mark.parametrize(
    ("user", "host", "sentence"),
    [
        ("", "h", "config.toml:2: accounts.a.user: The user name is empty."),
        ("a\\nb", "h", "config.toml:2: accounts.a.user: The user name holds a control"),
        ("a", "h\\nX", "config.toml:3: accounts.a.host: The host is not a name"),
    ],
)
def test_nothing_that_could_break_out_of_a_line_becomes_user_or_host(
    tmp_path: Path, user: str, host: str, sentence: str
) -> None:
    (said,) = problems(tmp_path, f'[accounts.a]\nuser = "{user}"\nhost = "{host}"\n')
    assert said.startswith(sentence)


def test_an_added_account_can_be_loaded(tmp_path: Path) -> None:
    path = tmp_path / "conf" / "config.toml"
    accounts = [
        ADA,
        Account("ada@h", "h", 1143, "ada", Security.STARTTLS, password_command=("pass", "a b"), ca_file="/ca.pem"),
        Account("p", "imap.example.org", 143, "ada", Security.PLAIN, allow_plaintext=True),
    ]
    for account in accounts:
        add_account(path, account)
    assert load(path).accounts == tuple(accounts)


def test_the_file_and_its_directory_are_private(tmp_path: Path) -> None:
    path = tmp_path / "conf" / "config.toml"
    add_account(path, ADA)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700
    assert [child.name for child in path.parent.iterdir()] == ["config.toml"]


def test_comments_and_layout_survive_adding_and_removing(tmp_path: Path) -> None:
    before = '# my mail\n[ui]\ntheme = "nord"   # the blue one\n\n[accounts.home]  # old\nhost = "h"\nuser = "u"\n'
    path = written(tmp_path, before)
    add_account(path, ADA)
    during = path.read_text(encoding="utf-8")
    assert during.startswith(before)
    assert load(path).accounts[1] == ADA
    assert remove_account(path, "work") == ADA
    assert path.read_text(encoding="utf-8").rstrip("\n") == before.rstrip("\n")


def test_removing_the_last_account_leaves_a_file_that_loads(tmp_path: Path) -> None:
    path = tmp_path / "config.toml"
    add_account(path, ADA)
    remove_account(path, "work")
    assert load(path) == Config()


def test_a_linked_file_stays_a_link(tmp_path: Path) -> None:
    real = tmp_path / "dotfiles.toml"
    real.write_text("# kept in git\n")
    link = tmp_path / "config.toml"
    link.symlink_to(real)
    add_account(link, ADA)
    assert link.is_symlink()
    assert real.read_text().startswith("# kept in git\n")


def test_a_broken_file_is_not_touched(tmp_path: Path) -> None:
    path = written(tmp_path, "[accounts.work\n")
    with pytest.raises(ConfigError):
        add_account(path, ADA)
    assert path.read_text() == "[accounts.work\n"


def test_a_name_is_given_once(tmp_path: Path) -> None:
    path = tmp_path / "config.toml"
    add_account(path, ADA)
    with pytest.raises(UsageError, match="exists already"):
        add_account(path, ADA)


def test_a_wrong_name_brings_the_nearest(tmp_path: Path) -> None:
    path = tmp_path / "config.toml"
    with pytest.raises(UsageError, match="No account is set up yet"):
        remove_account(path, "work")
    add_account(path, ADA)
    with pytest.raises(UsageError, match="Did you mean “work”"):
        remove_account(path, "wrok")


def test_how_to_log_in_can_be_said_and_is_written_back_as_it_was(tmp_path: Path) -> None:
    pin = "sha256:" + "ab" * 32
    text = f"""
        [accounts.work]
        host = "imap.example.org"
        user = "ada@example.org"
        auth = "OAuthBearer"
        token_command = "token-for ada"
        authorize_as = "team@example.org"
        client_cert = "/etc/me.pem"
        pin = "SHA256:{":".join(["AB"] * 32)}"
        mask = ["Compress=deflate", "NOTIFY"]
    """
    (account,) = load(written(tmp_path, text)).accounts
    assert account.auth == "oauthbearer" and account.token_command == ("token-for", "ada")
    assert account.pin == pin and account.mask == ("COMPRESS=DEFLATE", "NOTIFY")
    assert account.authorize_as == "team@example.org" and account.client_cert == "/etc/me.pem"
    (tmp_path / "again").mkdir()
    add_account(tmp_path / "again" / "config.toml", account)
    assert load(tmp_path / "again" / "config.toml").accounts == (account,)


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ('auth = "scram-sha256"', "did you mean “scram-sha-256”?"),
        ('pin = "sha1:00"', "64 hexadecimal digits"),
        ('mask = ["A B"]', "names of capabilities"),
        ('authorize_as = "a\\u0000b"', "control or invisible"),
        ('token_command = "\'open"', "open quote"),
    ],
)
def test_a_login_that_cannot_be_meant_is_named_with_its_line(tmp_path: Path, line: str, words: str) -> None:
    (problem,) = problems(tmp_path, f'[accounts.a]\nhost = "h.example"\nuser = "u"\n{line}\n')
    assert problem.startswith("config.toml:4: accounts.a.") and words in problem


def test_where_attachments_go_may_be_set(tmp_path: Path) -> None:
    path = tmp_path / "config.toml"
    path.write_text('[files]\nsave_directory = "~/mail"\n')
    assert load(path).save_directory == Path.home() / "mail"
    path.write_text("[files]\nsave_directory = 3\nsaves = 1\n")
    with pytest.raises(ConfigError, match=r"(?s)files\.save_directory.*files\.saves"):
        load(path)
