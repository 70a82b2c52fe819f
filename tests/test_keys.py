"""The key table and the user's own keys laid over it."""

from __future__ import annotations

import pytest

from tuimail.keys import BY_ID, KEYS, display, panes, resolve, sequences


def keys_of(key_id: str, overrides: dict[str, str]) -> str:
    table, problems = resolve(overrides)
    assert problems == []
    return {key.id: key.keys for key in table}[key_id]


def sentence(overrides: dict[str, str]) -> str:
    table, problems = resolve(overrides)
    assert table == KEYS, "what has a problem keeps its default"
    assert len(problems) == 1, problems
    return problems[0].sentence


def test_ids_are_unique() -> None:
    assert len(BY_ID) == len(KEYS)


def test_the_default_table_has_no_clash_in_any_pane() -> None:
    taken: dict[tuple[str, tuple[str, ...]], str] = {}
    for key in KEYS:
        for pane in panes(key):
            for sequence in sequences(key.keys):
                for length in range(1, len(sequence) + 1):
                    assert (pane, sequence[:length]) not in taken or length < len(sequence)
                assert taken.setdefault((pane, sequence), key.id) == key.id


def test_no_override_gives_the_table_itself() -> None:
    assert resolve({}) == (KEYS, [])


@pytest.mark.parametrize(
    ("written", "name"),
    [
        ("#", "number_sign"),
        ("?", "question_mark"),
        ("\\", "backslash"),
        ("ctrl+A", "ctrl+shift+a"),
        ("F, ctrl+f", "F,ctrl+f"),
        ("m m", "m m"),
        ("", ""),
        ("+", "plus"),
    ],
)
def test_keys_may_be_written_as_they_are_typed(written: str, name: str) -> None:
    free = {"mail.trash": "d", "help": "f1"}
    assert keys_of("mail.star", {**free, "mail.star": written}) == name


def test_an_unknown_action_is_named_with_the_nearest_one() -> None:
    assert sentence({"mail.archiv": "a"}) == "No action is called “mail.archiv”; did you mean “mail.archive”?"


@pytest.mark.parametrize(
    ("written", "said"),
    [
        ("spcae", "did you mean “space”?"),
        ("gg", "keys pressed one after the other are written “g g”"),
        ("hyper+x", "only ctrl+, shift+ and alt+"),
        ("shift+a", "write “A”"),
        ("ctrl+i", "send it as Tab"),
        ("ctrl+c", "kept for that"),
    ],
)
def test_an_impossible_key_is_explained(written: str, said: str) -> None:
    assert said in sentence({"mail.star": written})


def test_a_key_another_action_has_in_the_same_pane_is_refused() -> None:
    assert sentence({"mail.star": "e"}) == "“e” is also “Archive” (mail.archive); give that one another key too"


def test_the_beginning_of_a_chord_cannot_be_a_key_of_its_own() -> None:
    assert "“g” is also" in sentence({"mail.star": "g"})


def test_two_actions_may_swap_their_keys() -> None:
    table, problems = resolve({"mail.star": "u", "mail.read": "s"})
    assert problems == []
    assert {key.id: key.keys for key in table}["mail.star"] == "u"


def test_the_same_key_may_mean_two_things_in_two_panes() -> None:
    assert keys_of("folders.down", {"folders.down": "x"}) == "x"


def test_quit_takes_no_chord_because_it_must_work_while_typing() -> None:
    assert "single key" in sentence({"quit": "Q Q"})


@pytest.mark.parametrize(
    ("keys", "shown"),
    [("g g,home", "gg Home"), ("full_stop", "."), ("e,y", "e y"), ("dollar_sign,f5", "$ F5"), ("ctrl+d", "ctrl+d")],
)
def test_keys_are_shown_as_people_write_them(keys: str, shown: str) -> None:
    assert display(keys) == shown
