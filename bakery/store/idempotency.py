"""Keys of what was done already (R-5.10): kept for ever, with a success only, in the transaction of its effect."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select, update
from sqlalchemy.dialects import postgresql, sqlite

from bakery.store import tables
from bakery.store.session import Session


@dataclass(frozen=True, slots=True)
class Done:
    """What was done under a key: which mutation with which input, and a text that names its result."""

    mutation: str
    input_hash: str
    result: str


@dataclass(frozen=True)
class IdempotencyKeys:
    session: Session

    async def claim(self, key: str, mutation: str, input_hash: str, now: datetime) -> Done | None:
        """Claim the key for this transaction, or return what was done under it.

        Whoever comes second waits here until the first has committed or rolled back, and holds no other lock
        meanwhile: a repeat must not find the stock taken by the very request that it repeats.
        """
        table = tables.idempotency_keys
        insert = sqlite.insert if self.session.is_sqlite else postgresql.insert
        claimed = await self.session.rows(
            insert(table)
            .values(
                bakery_id=self.session.bakery_id,
                key=key,
                mutation=mutation,
                input_hash=input_hash,
                result="",
                recorded_at=now,
            )
            .on_conflict_do_nothing()
            .returning(table.c.key)
        )
        if claimed:
            return None
        return await self.session.record(
            Done,
            select(table.c.mutation, table.c.input_hash, table.c.result).where(
                table.c.bakery_id == self.session.bakery_id, table.c.key == key
            ),
        )

    async def fulfil(self, key: str, result: str) -> None:
        """Keep what a claimed key led to."""
        table = tables.idempotency_keys
        await self.session.execute(
            update(table).where(table.c.bakery_id == self.session.bakery_id, table.c.key == key).values(result=result)
        )
