"""What is known of a POP3 connection, for its owner: `tuimail account check` and the account screen."""

from __future__ import annotations

import asyncio

from tuimail.model import Account, Facts
from tuimail.net.entering import Password
from tuimail.net.pop.login import open_pop
from tuimail.net.pop.session import PopSession
from tuimail.net.wording import printable
from tuimail.records import replace

_MEANING = {
    "UIDL": "messages are known again, so that none is fetched twice",
    "TOP": "the list is made of headers alone",
    "PIPELINING": "a thousand headers come in a few round trips",
    "UTF8": "names and addresses may be UTF-8",
    "EXPIRE": "the server says how long it keeps mail",
    "LOGIN-DELAY": "the server says how often it may be looked into",
    "SASL": "the password need not cross the line readable",
    "STLS": "an open connection can be protected",
}


async def check_pop(account: Account, password: Password) -> Facts:
    """Log in, look and leave. Raises what `open_pop` raises."""
    session = await open_pop(account, password)
    try:
        clock = asyncio.get_running_loop().time
        began = clock()
        await session.noop()
        return replace(facts_of(session), round_trip=clock() - began)
    finally:
        await session.close()


def facts_of(session: PopSession) -> Facts:
    """As of now; asks nothing. Good behind the end of the session, too."""
    offered = session.abilities.capabilities
    masked = (("TOP", "it does not do what it should here; small messages are fetched whole"),)
    return Facts(
        server=printable(session.abilities.implementation) or session.greeting,
        tls=session.driver.stream.tls,
        offered=frozenset(offered),
        buys=tuple((word, meaning) for word, meaning in _MEANING.items() if word in offered),
        masked=masked if session.top_broken else (),
        compressed=False,
        received=session.machine.received,
        sent=session.machine.sent,
        ratio=1.0,
        mechanism=session.mechanism,
        certificate=session.driver.stream.certificate,
    )
