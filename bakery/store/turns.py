"""How long work shares the event loop with short work.

Whoever has much to do does it in slices, and waits for a turn before each. Turns are given one after another, each a
round of the loop apart. So however many large answers are in the making at once, a small request waits for one slice a
round, and never for all of them.
"""

from __future__ import annotations

import asyncio
from weakref import WeakKeyDictionary

SLICE = 500
"""How many records are read or written in one go: a few milliseconds."""

_queues: WeakKeyDictionary[asyncio.AbstractEventLoop, asyncio.Lock] = WeakKeyDictionary()


async def next_turn() -> None:
    queue = _queues.setdefault(asyncio.get_running_loop(), asyncio.Lock())
    async with queue:
        await asyncio.sleep(0)
