"""Rows are the same wherever they are made, and no helper process is needed to make them."""

from __future__ import annotations

import sys

import pytest

from tuimail.model import Flag
from tuimail.net.remote import Head
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


@pytest.mark.parametrize("many", [True, False])
async def test_rows_come_in_order_and_whole(many: bool) -> None:
    heads = _heads(950)
    async with RowMaker(many) as maker:
        made = [one async for rows in maker.rows(heads) for one in rows]
        assert made == [row(head) for head in heads]
        assert [one async for rows in maker.rows(heads[:3]) for one in rows] == made[:3]


async def test_a_helper_that_cannot_start_is_done_without(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "executable", "/nowhere/python")
    async with RowMaker(True) as maker:
        assert len([one async for rows in maker.rows(_heads(250)) for one in rows]) == 250


async def test_a_helper_that_dies_in_the_middle_costs_no_row(monkeypatch: pytest.MonkeyPatch) -> None:
    async with RowMaker(True) as maker:
        heads = _heads(500)
        made = []
        async for rows in maker.rows(heads):
            made += rows
            if len(made) == 200 and maker._process is not None:
                maker._process.kill()
                await maker._process.wait()
        assert made == [row(head) for head in heads]
