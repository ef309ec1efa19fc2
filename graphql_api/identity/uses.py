"""When partners' keys were last used: told after the fact and coarsely, so that no read waits for it or fails by it."""

from __future__ import annotations

import asyncio
import logging
from collections import defaultdict
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from datetime import datetime, timedelta

from bakery.store import BakeryId, Database, Store

logger = logging.getLogger(__name__)

STEP = timedelta(minutes=1)
"""A key that is used all the time is told to have been once in so long."""

PAUSE_SECONDS = 5.0
LAST_SECONDS_MAX = 2.0


class KeyUses:
    """What one process has seen of keys and not written yet."""

    def __init__(self) -> None:
        self._told: dict[int, datetime] = {}
        self._waiting: dict[BakeryId, dict[int, datetime]] = defaultdict(dict)

    def note(self, bakery_id: BakeryId, key_id: int, now: datetime) -> None:
        told = self._told.get(key_id)
        if told is None or not told <= now < told + STEP:
            self._told[key_id] = now
            self._waiting[bakery_id][key_id] = now

    async def write(self, database: Database) -> None:
        """Write what waits; whatever cannot be written is only missing from what the owner is told."""
        waiting, self._waiting = self._waiting, defaultdict(dict)
        for bakery_id, uses in waiting.items():
            async with database.writing(bakery_id) as session:
                await Store(session).api_keys.note_uses(uses, STEP)
        newest = max(self._told.values(), default=None)
        if newest is not None:
            self._told = {key: told for key, told in self._told.items() if told > newest - STEP}


@asynccontextmanager
async def noting(uses: KeyUses, database: Database) -> AsyncIterator[None]:
    """Writes what waits every few seconds while the block runs, and once more at its end."""
    ended = asyncio.Event()
    task = asyncio.create_task(_write_until(ended, uses, database))
    try:
        yield
    finally:
        ended.set()
        with suppress(TimeoutError):
            async with asyncio.timeout(LAST_SECONDS_MAX):
                await task


async def _write_until(ended: asyncio.Event, uses: KeyUses, database: Database) -> None:
    while True:
        is_last = ended.is_set()
        try:
            await uses.write(database)
        except Exception as error:  # noqa: BLE001 - whatever it is, it must not be the end of writing
            logger.warning("when keys were last used cannot be written: %s", error)
        if is_last:
            return
        with suppress(TimeoutError):
            await asyncio.wait_for(ended.wait(), PAUSE_SECONDS)
