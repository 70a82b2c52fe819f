"""Names of folders that look like markup, searched for."""

from __future__ import annotations

import pytest
from textual.fuzzy import Matcher

from tuimail.screens.found import marked


@pytest.mark.parametrize("name", ["[@click=app/quit]x", "[red]quit[/red]", "[/]quit[", "quit"])
def test_a_name_is_never_read_as_markup(name: str) -> None:
    content = marked(Matcher("qu"), name)
    assert content.plain == name
    assert "".join(name[span.start : span.end] for span in content.spans) == "qu"
    assert not any(getattr(span.style, "meta", None) for span in content.spans)


def test_a_name_without_the_letters_stays_as_it_is() -> None:
    content = marked(Matcher("zz"), "[bold]quit")
    assert (content.plain, list(content.spans)) == ("[bold]quit", [])
