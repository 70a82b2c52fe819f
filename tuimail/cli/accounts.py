"""`tuimail account`: add, list, check, remove."""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from tuimail import logs
from tuimail.accounts import keychain
from tuimail.accounts.config import add_account, load, remove_account, split_command
from tuimail.accounts.pop3 import advice, check_leave, leave_in_words
from tuimail.accounts.secrets import Secrets
from tuimail.accounts.urls import EXAMPLE
from tuimail.cli import output
from tuimail.cli.opening import Opening, ask_on_terminal, opening, places, terminal, url_account
from tuimail.errors import CertificateRefused, TuimailError, UsageError
from tuimail.model import Account, Security
from tuimail.records import replace

if TYPE_CHECKING:
    from tuimail.model import Facts

_PROTECTION = {
    Security.TLS: "TLS",
    Security.STARTTLS: "STARTTLS",
    Security.PLAIN: "none; password and mail are readable for anyone on the way",
}


def add(options: argparse.Namespace) -> int:
    """Try the account, put its password into the keyring, write it into config.toml."""
    paths = places(options)
    known = {account.name: account for account in load(paths.config).accounts}
    account, password = url_account(options, options.url or _asked_url())
    account = replace(
        account,
        name=options.name or account.name,
        ca_file=str(Path(options.ca_file).expanduser().resolve()) if options.ca_file else "",
        password_command=split_command(getattr(options, "password_command", "")),
    )
    if options.leave:
        if account.protocol != "pop3":
            raise UsageError("--leave is for POP3 accounts.", "With IMAP mail is always kept on the server.")
        account = replace(account, leave=check_leave(options.leave))
    if not account.name.isprintable():
        raise UsageError("The name of an account must be of visible characters.")
    if account.name in known:
        raise UsageError(
            f"An account “{account.name}” exists already.",
            f"Choose another --name, or: tuimail account remove {account.name}",
        )
    asyncio.run(_try_and_keep(account, password, options.no_check))
    place = (account.protocol, account.host, account.port, account.user)
    if twin := next((a for a in known.values() if (a.protocol, a.host, a.port, a.user) == place), None):
        output.note(f"this mailbox is there already, as “{twin.name}”")
    add_account(paths.config, account)
    output.line(f"Added {account.name} to {paths.config}. Open it with: tuimail")
    if remark := advice(account):
        output.note(remark)
    return 0


async def _try_and_keep(account: Account, password: str | None, no_check: bool) -> None:
    """Log in, wherever the password comes from; one from the URL or typed goes into the keyring."""
    typed = not account.password_command and password is None and sys.stdin.isatty()
    if typed:
        password = await ask_on_terminal(account)
    secrets = Secrets({account.name: password} if password else {}, None, logs.strike)
    if not no_check:
        await _facts(account, secrets)
    if password and not account.password_command:
        try:
            await keychain.write(account, password)
        except keychain.NoKeyring as error:
            output.note(f"{error} The password was not stored: it will be asked for, or give --password-command.")


def listing(options: argparse.Namespace) -> int:
    """What is configured."""
    accounts = load(places(options).config).accounts
    if options.json:
        output.as_json(
            {
                "accounts": [
                    {
                        "name": account.name,
                        "host": account.host,
                        "port": account.port,
                        "user": account.user,
                        "security": account.security.value,
                        "protocol": account.protocol,
                        "password": "command" if account.password_command else "keyring or asked",
                    }
                    for account in accounts
                ]
            }
        )
        return 0
    for account in accounts:
        kind = "pop3, " if account.protocol == "pop3" else ""
        output.line(f"{account.name}  {account.user} at {account.host}:{account.port} ({kind}{account.security})")
    if not accounts:
        output.note("no account is set up yet; add one with: tuimail account add")
    return 0


def check(options: argparse.Namespace) -> int:
    """Log in to each account and tell what its server can do."""
    open_with = opening(options, options.place)
    reports = asyncio.run(_check(open_with))
    if options.json:
        output.as_json({"accounts": reports})
    else:
        for number, report in enumerate(reports):
            if number:
                output.line()
            _print_report(report)
    return 0 if all(report["ok"] for report in reports) else 1


async def _check(open_with: Opening) -> list[dict[str, object]]:
    secrets = open_with.secrets(terminal())
    return [await _check_one(account, secrets) for account in open_with.accounts]


async def _check_one(account: Account, secrets: Secrets) -> dict[str, object]:
    report: dict[str, object] = {
        "account": account.name,
        "ok": False,
        "error": None,
        "security": account.security.value,
        "tls": False,
        "certificate": {},
        "capabilities": [],
        "abilities": [],
    }
    try:
        facts = await _facts(account, secrets)
    except CertificateRefused as error:
        return report | {"error": str(error), "certificate": dict(error.about), "pin": error.pin}
    except TuimailError as error:
        return report | {"error": str(error)}
    return report | {
        "ok": True,
        "tls": bool(facts.tls),
        "protection": facts.tls,
        "certificate": dict(facts.certificate),
        "mechanism": facts.mechanism,
        **({"mail_there": leave_in_words(account)} if account.protocol == "pop3" else {}),
        "server": facts.server,
        "round_trip_ms": round(facts.round_trip * 1000, 2),
        "received": facts.received,
        "sent": facts.sent,
        "quotas": [{"root": q.root, "resource": q.resource, "used": q.used, "limit": q.limit} for q in facts.quotas],
        "masked": dict(facts.masked),
        "capabilities": sorted(facts.offered),
        "abilities": [{"name": name, "buys": buys} for name, buys in facts.buys],
    }


def _print_report(report: dict[str, Any]) -> None:
    if not report["ok"]:
        output.lines(f"{report['account']}: {report['error']}")
        _print_certificate(report)
        if report.get("pin"):
            output.lines(
                "  Only if this fingerprint is the one that whoever runs the server has told you, put\n"
                f'  pin = "{report["pin"]}"\n'
                "  below the account's name in config.toml."
            )
        return
    output.line(f"{report['account']}: logged in")
    protection = _PROTECTION[Security(report["security"])]
    output.line(f"  protection        {protection}{report['protection'] and '; ' + report['protection']}")
    _print_certificate(report)
    output.line(f"  logged in by      {report['mechanism'] or 'nothing: the server knew us'}")
    output.line(f"  round trip        {report['round_trip_ms']} ms")
    if "mail_there" in report:
        output.line(f"  mail there        {report['mail_there']}")
    if report["server"]:
        output.line(f"  server            {report['server']}")
    for quota in report["quotas"]:
        unit = " kB" if quota["resource"] == "STORAGE" else f" {quota['resource'].lower()}s"
        output.line(f"  quota             {quota['used']:,} of {quota['limit']:,}{unit}")
    for ability in report["abilities"]:
        output.line(f"  {ability['name']:<17} {ability['buys']}")
    for name, why in report["masked"].items():
        output.line(f"  {name:<17} not used: {why}")
    output.lines(f"  all it offers     {' '.join(report['capabilities'])}")


def _print_certificate(report: dict[str, Any]) -> None:
    for what, words in report["certificate"].items():
        output.lines(f"  {what:<17} {words}")


def remove(options: argparse.Namespace) -> int:
    """Take it out of config.toml and its password out of the keyring; mail already fetched stays."""
    paths = places(options)
    account = remove_account(paths.config, options.name)
    with contextlib.suppress(keychain.NoKeyring):
        asyncio.run(keychain.remove(account))
    output.line(f"Removed {account.name}. Mail that was fetched stays in {paths.data} until you delete it.")
    return 0


async def _facts(account: Account, secrets: Secrets) -> Facts:
    """Log in, look and leave."""
    if account.protocol == "pop3":
        from tuimail.net.pop.facts import check_pop

        return await check_pop(account, lambda: secrets(account))
    from tuimail.net.imap import connect_imap

    remote = await connect_imap(account, lambda: secrets(account))
    try:
        return await remote.facts()
    finally:
        await remote.close()


def _asked_url() -> str:
    """A URL out of three questions on the terminal."""
    if not sys.stdin.isatty():
        raise UsageError("Which account? A URL is missing.", EXAMPLE)
    try:
        user = input("Login name, often the mail address: ").strip()
        host = input("Server: ").strip()
        port = input("Port, 993 for IMAP, 995 for POP3 [993]: ").strip() or "993"
    except EOFError as error:
        raise UsageError("No account was given.", EXAMPLE) from error
    scheme = {"143": "imap", "110": "pop3", "995": "pop3s"}.get(port, "imaps")
    return f"{scheme}://{quote(user, safe='')}@{host}:{port}/"


VERBS: dict[str, Callable[[argparse.Namespace], int]] = {
    "add": add,
    "list": listing,
    "check": check,
    "remove": remove,
}
