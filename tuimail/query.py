"""The search language: what the reader types, as a tree; and the tree as text again.

Pure, and known on every floor: the prompt shows what is wrong while it is typed, the store makes SQL of the tree,
sync makes IMAP SEARCH of it. Nothing that is typed makes it fail: what cannot be understood is left out and told
with its place, and the rest still searches.

    words         in header or text; each is the beginning of a word there, and all must be found
    "two words"   exactly these, one after the other
    -this         not this
    this or that  one of them; ( ) group
    from:ada      see OPERATORS; from:(ada or grace) is both

What other programs have taught is understood, too: `this and that`, `NOT this`.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from datetime import date, datetime, timedelta
from typing import TypeAlias

from tuimail.records import Record

LONGEST = 2_000
"""Characters that are read."""
DEEPEST = 20
"""Parentheses and minus signs inside of each other."""


class Operator(Record):
    """A line of the help."""

    name: str
    """"from"; it is typed with a colon behind it."""
    takes: str
    """What may follow, as an example."""
    words: str
    """What it finds."""
    values: tuple[str, ...] = ()
    """All that may follow, where that is a choice."""


FLAGS = ("unread", "read", "starred", "unstarred", "answered", "unanswered", "draft", "forwarded")
"""What is: knows."""

OPERATORS = (
    Operator("from", "ada", "the sender's name or address"),
    Operator("to", "me@example.org", "somebody in To"),
    Operator("cc", "team", "somebody in Cc"),
    Operator("subject", '"annual report"', "words of the subject"),
    Operator("body", "invoice", "words of the text, as far as it is here or a server is asked"),
    Operator("has", "attachment", "mail with something attached", ("attachment",)),
    Operator("is", "unread", ", ".join(FLAGS), FLAGS),
    Operator(
        "in",
        "archive",
        "mail of a folder, by name or role, and below it; Trash and Junk only so, or by in:anywhere",
    ),
    Operator("label", "work", "mail that has this label, by its whole name"),
    Operator("account", "work", "mail of one account"),
    Operator("before", "2024-03-01", "arrived before that day; also a month (2024/03) or a year"),
    Operator("after", "2024/03", "arrived on that day or later; also a month or a year, from its first day on"),
    Operator("newer", "7d", "arrived in the last days (7d), weeks (2w), months (3m) or years (1y)"),
    Operator("older", "1y", "arrived before that"),
    Operator("larger", "2M", "more than so many octets: 10k, 2M, 1G"),
    Operator("smaller", "10k", "fewer than so many octets"),
    Operator("list", "python-dev", "the mailing list's name or id"),
)
"""All operators, in the order of the help."""

ANYWHERE = "anywhere"
"""in:anywhere, Trash and Junk included."""

# --- the tree -----------------------------------------------------------------------------------------


class Words(Record):
    """Words of a message, the last one perhaps unfinished; `exact`: as they stand, the last one too.

    field: from, to, cc, subject, body, list; "" is header or text.
    """

    field: str
    text: str
    exact: bool = False


class Is(Record):
    """One of FLAGS."""

    flag: str


class Attached(Record):
    """has:attachment"""


class In(Record):
    """A folder, as the reader calls it."""

    folder: str


class Labelled(Record):
    """A label, by its whole name."""

    label: str


class Of(Record):
    """An account, as the reader calls it."""

    account: str


class Before(Record):
    """Arrived before this day."""

    day: date


class After(Record):
    """Arrived on this day or later."""

    day: date


class Newer(Record):
    """Arrived since `moment` (epoch seconds), which was `age` ("7d") before the question."""

    age: str
    moment: int


class Older(Record):
    """Arrived before `moment`; as Newer."""

    age: str
    moment: int


class Larger(Record):
    """More octets than this."""

    octets: int


class Smaller(Record):
    """Fewer octets than this."""

    octets: int


class Not(Record):
    """What the node does not find."""

    node: Node


class All(Record):
    """What every node finds; without any node: everything."""

    nodes: tuple[Node, ...] = ()


class Any(Record):
    """What one of the nodes finds."""

    nodes: tuple[Node, ...]


Leaf: TypeAlias = Words | Is | Attached | In | Labelled | Of | Before | After | Newer | Older | Larger | Smaller
Node: TypeAlias = Leaf | Not | All | Any

EVERYTHING = All()


class Mistake(Record):
    """Something that was left out: characters [start, end) of the text, and why, in a sentence."""

    start: int
    end: int
    sentence: str


class Mark(Record):
    """Characters [start, end) of the text are this leaf."""

    start: int
    end: int
    leaf: Leaf


class Query(Record):
    """What was typed, and what it means."""

    text: str
    node: Node
    errors: tuple[Mistake, ...] = ()
    marks: tuple[Mark, ...] = ()
    """In the order of the text, to paint it as it is understood."""

    @property
    def empty(self) -> bool:
        """It finds everything, because nothing (that can be understood) was asked."""
        return self.node == EVERYTHING


def leaves(node: Node) -> Iterator[Leaf]:
    """Every leaf of the tree, in the order of the text."""
    match node:
        case Not(inner):
            yield from leaves(inner)
        case All(nodes) | Any(nodes):
            for one in nodes:
                yield from leaves(one)
        case _:
            yield node


# --- text → tree ----------------------------------------------------------------------------------------

_TOKEN = re.compile(
    r"""(?P<open>\() | (?P<close>\)) | (?P<minus>-)(?=[^\s)])
      | (?P<lonely>[A-Za-z][A-Za-z_]{0,19}):(?=[\s()]|\Z)
      | (?:(?P<field>[A-Za-z][A-Za-z_]{0,19}):)?(?:"(?P<quoted>[^"]*)(?P<closed>"?) | (?P<bare>[^\s()"]+))""",
    re.VERBOSE,
)
_NAMES = tuple(operator.name for operator in OPERATORS)
_WORDS = frozenset(("from", "to", "cc", "subject", "body", "list"))
_GROUPS = _WORDS | {"label"}
"""What may have parentheses behind it."""
_ELSEWHERE = {
    "attach": "has:attachment", "attachment": "has:attachment", "author": "from:", "date": "after:",
    "filename": "has:attachment", "flag": "is:", "folder": "in:", "keyword": "label:", "listid": "list:",
    "mailbox": "in:", "newer_than": "newer:", "older_than": "older:", "sender": "from:", "since": "after:",
    "size": "larger:", "tag": "label:", "until": "before:",
}  # fmt: skip
"""Operators of other programs → ours."""
_DAY = re.compile(r"([12]\d{3})(?:[-/](\d{1,2})(?:[-/](\d{1,2}))?)?\Z", re.ASCII)
_AGE = re.compile(r"(\d{1,4})([dwmy])\Z", re.ASCII | re.IGNORECASE)
_OCTETS = re.compile(r"(\d{1,12})(?:\.(\d{1,3})\d*)?([kmg]?)b?\Z", re.ASCII | re.IGNORECASE)
_TIMES = {"": 1, "k": 1_000, "m": 1_000_000, "g": 1_000_000_000}


def parse(text: str, now: float) -> Query:
    """What the text asks for. Never raises. now: epoch seconds, for newer: and older:."""
    return _Parser(text, now).query()


class _Wrong(Exception):
    """Why a value cannot be used, in a sentence."""


class _Parser:
    def __init__(self, text: str, now: float) -> None:
        self._text = text
        self._now = now
        self._tokens = list(_TOKEN.finditer(text[:LONGEST]))
        self._at = 0
        self._field = ""
        """Of the words inside of from:( )."""
        self._errors: list[Mistake] = []
        self._marks: list[Mark] = []

    def query(self) -> Query:
        if len(self._text) > LONGEST:
            self._wrong(LONGEST, len(self._text), f"Only the first {LONGEST:,} characters are searched for.")
        found: list[Node] = []
        while (node := self._either(0)) is not None or self._at < len(self._tokens):
            if node is not None:
                found.append(node)
            if (token := self._peek()) is not None:  # _either stops before a ")" only
                self._wrong(*token.span(), "There is no parenthesis that this one closes.")
                self._at += 1
        errors = tuple(sorted(self._errors, key=lambda error: error.start))
        return Query(self._text, _joined(All, found) or EVERYTHING, errors, tuple(self._marks))

    def _wrong(self, start: int, end: int, sentence: str) -> None:
        self._errors.append(Mistake(start, end, sentence))

    def _peek(self) -> re.Match[str] | None:
        return self._tokens[self._at] if self._at < len(self._tokens) else None

    def _either(self, depth: int) -> Node | None:
        """this or that"""
        sides: list[Node] = []
        while True:
            side = self._every(depth)
            if side is not None:
                sides.append(side)
            token = self._peek()
            if token is None or not _is_or(token):
                return _joined(Any, sides)
            if side is None:  # none behind it is no mistake: that is still being typed
                self._wrong(*token.span(), "Something must stand before “or”.")
            self._at += 1

    def _every(self, depth: int) -> Node | None:
        """this that"""
        found: list[Node] = []
        while (token := self._peek()) is not None and not token["close"] and not _is_or(token):
            if found and _is_word(token, "and", "AND"):
                self._at += 1
            elif (node := self._one(depth)) is not None:
                found.append(node)
        return _joined(All, found)

    def _one(self, depth: int) -> Node | None:
        token = self._tokens[self._at]
        self._at += 1
        negated = token["minus"] or _is_word(token, "NOT")
        following = self._peek()
        if not negated and not token["open"]:
            if following is not None and following["open"] and (token["lonely"] or "").lower() in _GROUPS:
                return self._group(token["lonely"].lower(), depth)
            leaf = self._term(token)
            if leaf is not None:
                self._marks.append(Mark(*token.span(), leaf))
            return leaf
        if depth >= DEEPEST:
            self._wrong(token.start(), len(self._text), "This is nested too deeply, and left out.")
            del self._tokens[self._at :]
            return None
        if negated:
            if following is None or following["close"] or _is_or(following):
                return None
            inner = self._one(depth + 1)
            return None if inner is None else inner.node if isinstance(inner, Not) else Not(inner)
        inner = self._either(depth + 1)
        closing = self._peek()
        if closing is not None:
            if inner is None and self._tokens[self._at - 1] is token:
                self._wrong(token.start(), closing.end(), "There is nothing between the parentheses.")
            self._at += 1
        return inner

    def _group(self, field: str, depth: int) -> Node | None:
        """from:(this or that): the words inside that have no field of their own have this one."""
        outer, self._field = self._field, field
        inner = self._one(depth)
        self._field = outer
        return inner

    def _term(self, token: re.Match[str]) -> Leaf | None:
        if token["lonely"] or token["field"]:
            typed = token["lonely"] or token["field"]
            if typed.lower() in _NAMES:
                return self._operation(typed, token)
            if near := _nearest(typed.lower()):
                self._wrong(*token.span(), f"There is no “{typed}:”. Did you mean “{near}”?")
                return None
        exact = token["quoted"] is not None and not token["field"]
        text = token["quoted"] if exact else token[0]
        if not any(map(str.isalnum, text)):
            if token["closed"] or not (exact or text == "-"):  # what is still being typed is not wrong yet
                self._wrong(*token.span(), f"“{text}” has no letter and no digit to look for.")
            return None
        if token["field"] and token["quoted"] is not None:  # re:"two words": nothing that we know
            exact, text = True, f"{token['field']} {token['quoted']}"
        return Labelled(text.strip()) if self._field == "label" else Words(self._field, text, exact)

    def _operation(self, typed: str, token: re.Match[str]) -> Leaf | None:
        name = typed.lower()
        exact = token["quoted"] is not None
        value = ((token["quoted"] if exact else token["bare"]) or "").strip()
        try:
            if name in _WORDS:
                if not any(map(str.isalnum, value)):
                    raise _Wrong("a word")
                return Words(name, value, exact)
            return _VALUES[name](value, self._now)
        except _Wrong as wants:
            self._wrong(*token.span(), f"“{typed}:” wants {wants}.")
            return None


def _is_or(token: re.Match[str]) -> bool:
    return _is_word(token, "or", "OR")


def _is_word(token: re.Match[str], *words: str) -> bool:
    return token["field"] is None and token["bare"] in words


def _joined(kind: type[All] | type[Any], nodes: list[Node]) -> Node | None:
    """The nodes under one of this kind, those inside of the same kind opened up; one needs nothing above it."""
    flat: list[Node] = []
    for node in nodes:
        flat += node.nodes if isinstance(node, kind) else (node,)
    if not flat:
        return None
    return flat[0] if len(flat) == 1 else kind(tuple(flat))


def _nearest(name: str) -> str:
    """The operator that was probably meant, with its colon, or ""."""
    from difflib import get_close_matches

    return _ELSEWHERE.get(name) or next((f"{near}:" for near in get_close_matches(name, _NAMES, 1, 0.7)), "")


# --- values ------------------------------------------------------------------------------------------------


def _is(value: str, now: float) -> Leaf:
    if value.lower() not in FLAGS:
        raise _Wrong(f"one of {', '.join(FLAGS)}")
    return Is(value.lower())


def _has(value: str, now: float) -> Leaf:
    if value.lower() not in ("attachment", "attachments"):
        raise _Wrong("the word attachment")
    return Attached()


def _in(value: str, now: float) -> Leaf:
    if not value:
        raise _Wrong("the name of a folder, or a role such as archive")
    return In(value)


def _labelled(value: str, now: float) -> Leaf:
    if not value:
        raise _Wrong("the name of a label")
    return Labelled(value)


def _of(value: str, now: float) -> Leaf:
    if not value:
        raise _Wrong("the name of an account")
    return Of(value)


def _day(value: str) -> date:
    found = _DAY.match(value)
    try:
        if found is not None:
            return date(int(found[1]), int(found[2] or 1), int(found[3] or 1))
    except ValueError:
        raise _Wrong("a day that the calendar has") from None
    raise _Wrong("a day (2024-03-01), a month (2024/03) or a year (2024)")


def _moment(value: str, now: float) -> int:
    found = _AGE.match(value)
    if found is None:
        raise _Wrong("an age: 7d, 2w, 3m or 1y")
    number, unit = int(found[1]), found[2].lower()
    if unit in "dw":
        return max(0, int(now) - number * 86_400 * (7 if unit == "w" else 1))
    today = datetime.fromtimestamp(int(now))
    months = today.year * 12 + today.month - 1 - number * (12 if unit == "y" else 1)
    if months < 1971 * 12:
        return 0
    first = today.replace(year=months // 12, month=months % 12 + 1, day=1)
    day = first + timedelta(days=today.day - 1)
    if day.month != first.month:  # there is no 31 February: its last day
        day -= timedelta(days=day.day)
    return int(day.timestamp())


def _octets(value: str) -> int:
    found = _OCTETS.match(value)
    if found is None:
        raise _Wrong("a size: 500, 10k, 2M or 1G")
    times = _TIMES[found[3].lower()]
    return int(found[1]) * times + int((found[2] or "").ljust(3, "0")) * times // 1_000


_VALUES: dict[str, Callable[[str, float], Leaf]] = {
    "is": _is,
    "has": _has,
    "in": _in,
    "label": _labelled,
    "account": _of,
    "before": lambda value, now: Before(_day(value)),
    "after": lambda value, now: After(_day(value)),
    "newer": lambda value, now: Newer(value.lower(), _moment(value, now)),
    "older": lambda value, now: Older(value.lower(), _moment(value, now)),
    "larger": lambda value, now: Larger(_octets(value)),
    "smaller": lambda value, now: Smaller(_octets(value)),
}

# --- tree → text --------------------------------------------------------------------------------------------

_BARE = re.compile(r'[^\s()"]+\Z')


def unparse(node: Node) -> str:
    """The tree as text that parses to the same tree; "" for everything."""
    match node:
        case All(nodes):
            return " ".join(f"({unparse(one)})" if isinstance(one, Any) else unparse(one) for one in nodes)
        case Any(nodes):
            return " or ".join(map(unparse, nodes))
        case Not(inner):
            return f"-({unparse(inner)})" if isinstance(inner, All | Any) else f"-{unparse(inner)}"
        case Words(field, text, exact):
            if field:
                return f"{field}:{_value(text, exact)}"
            return f"({text})" if text in ("and", "AND") and not exact else _value(text, exact)
        case Is(flag):
            return f"is:{flag}"
        case Attached():
            return "has:attachment"
        case In(folder):
            return f"in:{_value(folder)}"
        case Labelled(label):
            return f"label:{_value(label)}"
        case Of(account):
            return f"account:{_value(account)}"
        case Before(day):
            return f"before:{day.isoformat()}"
        case After(day):
            return f"after:{day.isoformat()}"
        case Newer(age, _):
            return f"newer:{age}"
        case Older(age, _):
            return f"older:{age}"
        case Larger(octets):
            return f"larger:{octets}"
    return f"smaller:{node.octets}"


def _value(text: str, exact: bool = False) -> str:
    return text if not exact and _BARE.match(text) else f'"{text}"'
