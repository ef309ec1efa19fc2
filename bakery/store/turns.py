"""How long work shares the event loop with short work."""

from __future__ import annotations

import asyncio

SLICE = 500
"""How many records are read, written or encoded in one go: a few milliseconds."""


class Turns:
    """Whoever has much to do asks for a turn before each slice of it.

    Turns are given one after another, each a round of the loop apart. So however many large answers are in the making
    at once, a small request waits for one slice a round and never for all of them.
    """

    def __init__(self) -> None:
        self._queue = asyncio.Lock()

    async def next(self) -> None:
        async with self._queue:
            await asyncio.sleep(0)
