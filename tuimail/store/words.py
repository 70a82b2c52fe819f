"""Words as the full-text index holds them, and what is looked for in the same form.

The index splits at everything that is no letter or digit and does away with case by itself. Here is what it cannot do:
accents of every script and letters that have none to take off (`accents`), letters that are two (ß, æ), letters of
other widths, and scripts written without spaces, whose letters are indexed one by one, so that a word is found in the
middle of a run.

What stands here and in `accents` decides what is in the index: a change needs a migration that empties it.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence

from tuimail.accents import bare
from tuimail.query import All, Any, Node, Not, Words

LONGEST = 200_000
"""Characters of a text that are indexed."""

COLUMNS = {
    "": "",
    "subject": "subject : ",
    "from": "sender : ",
    "to": "recipient : ",
    "cc": "copied : ",
    "list": "list : ",
    "body": "body : ",
}
"""Field of the search language → filter of the index."""

_TWO = {"ß": "ss", "ẞ": "ss", "þ": "th", "Þ": "th", "æ": "ae", "Æ": "ae", "œ": "oe", "Œ": "oe"}
# Thai to Myanmar, Khmer, kana and bopomofo, ideographs, Hangul.
_RUN_TOGETHER = re.compile(
    "[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u318f\u31a0-\u31bf\u31f0-\u31ff\u3400-\u9fff\ua960-\ua97f"
    "\uac00-\ud7ff\uf900-\ufaff\U0001b000-\U0001b16f\U00020000-\U0003ffff]"
)


def prepared(text: str) -> str:
    """The text as it goes into the index."""
    if text.isascii():
        return text
    text = bare(unicodedata.normalize("NFKC", text))
    for letter, two in _TWO.items():
        text = text.replace(letter, two)
    return _RUN_TOGETHER.sub(r" \g<0> ", text)


def columns(row: Sequence[str | None]) -> tuple[str, ...]:
    """(subject, sender, email, recipient, addressed, list_id, text) of a message → the columns of `search`.

    text is prepared already.
    """
    subject, sender, email, recipient, addressed, list_id, text = (value or "" for value in row)
    to, _, cc = addressed.partition("\n")
    author = sender if sender == email else f"{sender} {email}"
    return (*map(prepared, (subject, author, to or recipient, cc, list_id)), text)


def expression(node: Node) -> str | None:
    """The node in the index's own language; None when it is not about words alone, or says only what shall not be."""
    match node:
        case Words(field, text, exact):
            phrase = prepared(text).replace("\0", " ").replace('"', '""').encode("utf-8", "replace").decode()
            return f'{COLUMNS[field]}"{phrase}"{"" if exact else " *"}'
        case Any(nodes):
            return _together(nodes, " OR ")
        case All(nodes):
            wanted = _together([one for one in nodes if not isinstance(one, Not)], " AND ")
            unwanted = [one.node for one in nodes if isinstance(one, Not)]
            if wanted is None or not unwanted:
                return wanted
            without = _together(unwanted, " OR ")
            return None if without is None else f"({wanted} NOT {without})"
    return None


def _together(nodes: Sequence[Node], how: str) -> str | None:
    parts = [part for part in map(expression, nodes) if part is not None]
    return f"({how.join(parts)})" if parts and len(parts) == len(nodes) else None
