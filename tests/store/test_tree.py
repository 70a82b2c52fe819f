"""A thread is drawn as a tree, whatever its References say."""

from __future__ import annotations

import time
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from tuimail.store.tree import DEEPEST, Branch, Leaf, arrange


def drawn(*leaves: Leaf) -> list[str]:
    names = {leaf.id: leaf.name for leaf in leaves}
    return [branch.drawing + names[branch.id] for branch in arrange(leaves)]


def leaf(name: str, refs: str = "", date: int = 0, nearness: int = 0) -> Leaf:
    return Leaf(hash((name, nearness)) & 0xFFFFFF, name, refs, date or ord(name[-1]), nearness)


def test_answers_stand_under_what_they_answer() -> None:
    assert drawn(leaf("a"), leaf("b", "a"), leaf("c", "a b"), leaf("d", "a"), leaf("e", "a d"), leaf("f", "a d e")) == [
        "a",
        "├─▸ b",
        "│ └─▸ c",
        "└─▸ d",
        "  └─▸ e",
        "    └─▸ f",
    ]


def test_a_missing_parent_is_skipped() -> None:
    assert drawn(leaf("a"), leaf("c", "a b"), leaf("d", "a b")) == ["a", "├─▸ c", "└─▸ d"]


def test_brothers_of_a_missing_root_stand_under_the_oldest() -> None:
    assert drawn(leaf("b", "a"), leaf("c", "a"), leaf("d", "a c")) == ["b", "└─▸ c", "  └─▸ d"]


def test_siblings_stand_by_date() -> None:
    assert drawn(leaf("a", date=1), leaf("b", "a", 30), leaf("c", "a", 20)) == ["a", "├─▸ c", "└─▸ b"]


def test_an_answer_dated_before_its_question_stands_under_it() -> None:
    assert drawn(leaf("a", date=50), leaf("b", "a", 20)) == ["a", "└─▸ b"]


def test_circles_are_cut_at_the_oldest() -> None:
    assert drawn(leaf("a", "c"), leaf("b", "a"), leaf("c", "b"), leaf("x", "y"), leaf("y", "x")) == [
        "a",
        "├─▸ b",
        "│ └─▸ c",
        "└─▸ x",
        "  └─▸ y",
    ]
    assert drawn(leaf("a", "a a"), leaf("b", "b a b")) == ["a", "└─▸ b"]


def test_of_copies_the_nearest_is_shown() -> None:
    near, far = leaf("a", nearness=0), leaf("a", nearness=2)
    for order in ([near, far], [far, near]):
        assert [branch.id for branch in arrange([*order, leaf("b", "a")])][:1] == [near.id]


def test_no_messages_make_no_tree() -> None:
    assert arrange([]) == []


def test_a_deep_thread_does_not_run_out_of_the_line() -> None:
    chain = [Leaf(n, str(n), " ".join(map(str, range(max(0, n - 20), n))), n) for n in range(40)]
    branches = arrange(chain)
    assert [branch.depth for branch in branches] == list(range(40))
    assert max(len(branch.drawing) for branch in branches) == 2 * (DEEPEST - 1) + 4
    assert branches[DEEPEST].drawing == " " * 10 + "└─▸ "
    assert branches[DEEPEST + 1].drawing == "⋯ └─▸ "


_names = st.sampled_from("abcdefgh")


@given(st.lists(st.tuples(_names, st.lists(_names, max_size=4), st.integers(0, 5)), max_size=12))
def test_every_message_is_shown_once_and_under_one_that_was_shown(told: list[tuple[str, list[str], int]]) -> None:
    leaves = [Leaf(n, name, " ".join(refs), date) for n, (name, refs, date) in enumerate(told)]
    branches = arrange(leaves)
    names = {leaf.id: leaf.name for leaf in leaves}
    assert sorted(names[branch.id] for branch in branches) == sorted(set(names.values()))
    assert [branch.depth == 0 for branch in branches] == [n == 0 for n in range(len(branches))]
    assert all(below.depth <= above.depth + 1 for above, below in pairwise(branches))


def test_ten_thousand_messages_in_a_row_or_under_one_are_no_trouble() -> None:
    chain = [Leaf(n, f"<{n}@x>", " ".join(f"<{k}@x>" for k in range(max(0, n - 100), n)), n) for n in range(10_000)]
    star = [Leaf(0, "root", "", 0), *(Leaf(n, f"<{n}@x>", "root", n) for n in range(1, 10_000))]
    ring = [Leaf(n, str(n), str((n + 1) % 10_000), n) for n in range(10_000)]
    lost = [Leaf(n, f"<{n}@x>", " ".join(f"<{n}.{k}@x>" for k in range(100)), n) for n in range(2_000)]
    began = time.thread_time()
    shapes = [arrange(leaves) for leaves in (chain, star, ring, lost)]
    assert time.thread_time() - began < 2
    assert [len(shape) for shape in shapes] == [10_000, 10_000, 10_000, 2_000]
    assert isinstance(shapes[0][0], Branch)
