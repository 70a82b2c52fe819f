"""Rows are the same wherever they are made, and no helper process is needed to make them."""

from __future__ import annotations

import sys

import pytest

from tuimail.model import Flag
from tuimail.net.remote import Head
from tuimail.store.messages import Row
from tuimail.sync.rows import RowMaker, row


def _heads(count: int) -> list[Head]:
    return [
        Head(
            n,
            Flag.SEEN,
            "$Label1",
            1_700_000_000 + n,
            500,
            f"From: A <a{n}@x.org>\r\nSubject: =?utf-8?Q?=C3=A9{n}?=\r\n\r\n".encode(),
        )
        for n in range(1, count + 1)
    ]


async def _made(maker: RowMaker, heads: list[Head]) -> list[Row]:
    maker.begin(heads)
    return [one async for rows in maker.rows(heads) for one in rows]


@pytest.mark.parametrize("many", [True, False])
async def test_rows_come_in_order_and_whole(many: bool) -> None:
    heads = _heads(950)
    async with RowMaker(many) as maker:
        made = await _made(maker, heads)
        assert made == [row(head) for head in heads]
        assert await _made(maker, heads[:3]) == made[:3]


@pytest.mark.parametrize("many", [True, False])
async def test_a_lot_begun_while_another_is_taken_comes_after_it(many: bool) -> None:
    one, two = _heads(250), _heads(120)
    async with RowMaker(many) as maker:
        maker.begin(one)
        maker.begin(two)
        assert [r async for rows in maker.rows(one) for r in rows] == [row(head) for head in one]
        assert [r async for rows in maker.rows(two) for r in rows] == [row(head) for head in two]


async def test_a_helper_that_cannot_start_is_done_without(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "executable", "/nowhere/python")
    async with RowMaker(True) as maker:
        assert len(await _made(maker, _heads(250))) == 250


async def test_a_helper_that_dies_in_the_middle_costs_no_row(monkeypatch: pytest.MonkeyPatch) -> None:
    async with RowMaker(True) as maker:
        heads, later = _heads(500), _heads(300)
        maker.begin(heads)
        maker.begin(later)
        made: list[Row] = []
        async for rows in maker.rows(heads):
            made += rows
            if len(made) == 200 and maker._process is not None:
                maker._process.kill()
                await maker._process.wait()
        assert made == [row(head) for head in heads]
        assert [r async for rows in maker.rows(later) for r in rows] == [row(head) for head in later]
