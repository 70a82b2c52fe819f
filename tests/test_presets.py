"""Presets: overlays of the one table, without a clash, that leave the keys of writing mail free."""

from __future__ import annotations

import pytest

from tuimail.keys import BY_ID, KEYS, Key, clash, normal, panes, resolve, sequences
from tuimail.presets import PRESETS, table

# What a reader may press without looking.
EVERY_DAY = (
    "cursor.down cursor.up cursor.top cursor.bottom cursor.page_down cursor.page_up cursor.next_unread read.open"
    " read.on read.back read.escape read.attachments read.links view.find mail.archive mail.trash mail.move mail.star"
    " mail.select undo redo folder.go folder.next folder.previous folder.inbox"
    " pane.next pane.folders sync.now help palette quit"
).split()
# Reply, to all, forward, compose: these programs have them there, and tuimail will.
WRITING = {"": "r a f m", "gmail": "r a f c", "mutt": "r g L f m b", "aerc": "r R f m C b"}


def by_id(preset: str) -> dict[str, Key]:
    return {key.id: key for key in table(preset)}


@pytest.mark.parametrize("name", PRESETS)
def test_a_preset_has_no_clash_in_any_pane(name: str) -> None:
    assert [found for key in table(name) if (found := clash(key, table(name)))] == []


@pytest.mark.parametrize("name", PRESETS)
def test_a_preset_names_only_actions_and_keys_there_are(name: str) -> None:
    preset = PRESETS[name]
    assert preset.keys.keys() <= BY_ID.keys()
    written = [*preset.keys.values(), *preset.prefixes, *preset.prefixes.values()]
    assert [complaint for keys in written for complaint in normal(keys)[1]] == []


@pytest.mark.parametrize("name", PRESETS)
def test_what_a_preset_gives_an_action_is_what_it_has(name: str) -> None:
    for key_id, keys in PRESETS[name].keys.items():
        assert by_id(name)[key_id].keys == normal(keys)[0]


@pytest.mark.parametrize("name", ["", *PRESETS])
def test_whole_table_resolves_and_every_day_actions_have_a_key(name: str) -> None:
    resolved, problems = resolve({}, table(name))
    assert problems == [] and [key.id for key in resolved] == [key.id for key in KEYS]
    assert [key_id for key_id in EVERY_DAY if not by_id(name)[key_id].keys] == []


@pytest.mark.parametrize("name", ["", *PRESETS])
def test_the_keys_of_writing_mail_do_nothing_yet(name: str) -> None:
    begins = {
        sequence[0] for key in table(name) if set(panes(key)) & {"list", "view"} for sequence in sequences(key.keys)
    }
    assert begins.isdisjoint(WRITING[name].split())


def test_no_preset_is_the_table_itself() -> None:
    assert table("") is KEYS


def test_a_chord_moves_with_its_prefix_whatever_the_table_holds() -> None:
    mutt = by_id("mutt")
    assert mutt["folder.inbox"].keys == "apostrophe i"
    assert mutt["select.all"].keys == "T a"
    assert not any(sequence[0] == "g" for key in mutt.values() for sequence in sequences(key.keys))


def test_what_the_preset_gives_away_is_lost_only_where_it_would_clash() -> None:
    aerc = by_id("aerc")
    assert aerc["list.read_on"].keys == "", "space selects in the list"
    assert aerc["read.on"].keys == "space", "and reads on in the viewer"


@pytest.mark.parametrize(
    ("preset", "pane", "key", "action"),
    [
        ("", "view", "right", "view.next"),
        ("gmail", "view", "j", "view.next"),
        ("gmail", "view", "k", "view.previous"),
        ("mutt", "view", "j", "view.next"),
        ("mutt", "view", "J", "view.next"),
        ("mutt", "view", "i", "read.escape"),
        ("mutt", "view", "minus", "cursor.page_up"),
        ("mutt", "view", "K", "view.previous"),
        ("mutt", "list", "y", "folder.go"),
        ("aerc", "list", "J", "folder.next"),
    ],
)
def test_a_key_means_what_it_means_there(preset: str, pane: str, key: str, action: str) -> None:
    here = [one.id for one in table(preset) if pane in panes(one) and (key,) in sequences(one.keys)]
    assert here == [action]


def test_ones_own_keys_lie_over_the_preset() -> None:
    resolved, problems = resolve({"mail.star": "B"}, table("mutt"))
    assert problems == []
    own = {key.id: key.keys for key in resolved}
    assert (own["mail.star"], own["mail.move"]) == ("B", "s")


def test_ones_own_key_with_a_problem_leaves_that_of_the_preset() -> None:
    resolved, (problem,) = resolve({"mail.star": "s"}, table("mutt"))
    assert "“s” is also “Move to a folder…”" in problem.sentence
    assert resolved == table("mutt")
