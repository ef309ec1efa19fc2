"""The sealer: while a process serves, it seals what has come into the audit log, within a second of its commit.

Every serving process has one, and they take turns by the database's own lock: whoever holds it seals, the others pass.
So it goes on when a process dies, and what one left half done was never committed.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

from bakery.days import Clock
from bakery.store import Database
from bakery.store.audit import seal_waiting

logger = logging.getLogger(__name__)

PAUSE_SECONDS = 0.25
"""Between one look at what waits and the next."""

PAUSE_SECONDS_MAX = 10.0
"""While the database does not answer, each pause is twice the one before, up to this."""

LAST_SECONDS_MAX = 5.0
"""How long the end of a process waits for the last seals; whatever is left, the next process seals."""


@asynccontextmanager
async def sealing(database: Database, clock: Clock) -> AsyncIterator[None]:
    """Seals while the block runs, and once more at its end."""
    ended = asyncio.Event()
    task = asyncio.create_task(_seal_until(ended, database, clock))
    try:
        yield
    finally:
        ended.set()
        try:
            async with asyncio.timeout(LAST_SECONDS_MAX):
                await task
                await seal_waiting(database, clock)
        except Exception:
            logger.warning("the last entries of the audit log wait for the next process to seal them", exc_info=True)


async def _seal_until(ended: asyncio.Event, database: Database, clock: Clock) -> None:
    pause = PAUSE_SECONDS
    while not ended.is_set():
        try:
            await seal_waiting(database, clock)
            pause = PAUSE_SECONDS
        except Exception as error:
            if pause == PAUSE_SECONDS:
                logger.warning("the audit log cannot be sealed, and waits", exc_info=error)
            pause = min(2 * pause, PAUSE_SECONDS_MAX)
        with suppress(TimeoutError):
            await asyncio.wait_for(ended.wait(), pause)
