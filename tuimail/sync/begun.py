"""An async iterator whose first question is already on its way, so that it shares a round trip with another one."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Generic, TypeVar

T = TypeVar("T")


class Begun(Generic[T]):
    """Iterate over it once, and `close` it in any case."""

    def __init__(self, stream: AsyncIterator[T]) -> None:
        self._stream = stream
        self._first = asyncio.create_task(self._begin())

    async def _begin(self) -> T | None:
        return await anext(self._stream, None)

    async def __aiter__(self) -> AsyncIterator[T]:
        first = await self._first
        if first is None:
            return
        yield first
        async for item in self._stream:
            yield item

    async def close(self) -> None:
        """Give up what nobody has read; its failure, if any, is nobody's."""
        self._first.cancel()
        await asyncio.gather(self._first, return_exceptions=True)
