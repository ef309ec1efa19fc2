"""Keys of what was done already (R-5.10): kept for ever, with a success only, in the transaction of its effect."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Executable, bindparam, select, update
from sqlalchemy.dialects import postgresql, sqlite

from bakery.store import tables
from bakery.store.session import Session
from bakery.store.statement import OURS, records, tuples


@dataclass(frozen=True, slots=True)
class Done:
    """What was done under a key: which mutation with which input, and a text that names its result."""

    mutation: str
    input_hash: str
    result: str


_KEYS = tables.idempotency_keys
_THIS_KEY = (_KEYS.c.bakery_id == OURS, _KEYS.c.key == bindparam("this_key", type_=_KEYS.c.key.type))


def _claimed(dialect: str) -> Executable:
    insert = sqlite.insert if dialect == "sqlite" else postgresql.insert
    given = {name: bindparam(name, type_=_KEYS.c[name].type) for name in ("mutation", "input_hash", "recorded_at")}
    return (
        insert(_KEYS)
        .values(bakery_id=OURS, key=bindparam("this_key", type_=_KEYS.c.key.type), result="", **given)
        .on_conflict_do_nothing()
        .returning(_KEYS.c.key)
    )


_CLAIM = tuples(_claimed)
_DONE = records(select(_KEYS.c.mutation, _KEYS.c.input_hash, _KEYS.c.result).where(*_THIS_KEY), Done)
_FULFIL = tuples(update(_KEYS).where(*_THIS_KEY).values(result=bindparam("outcome", type_=_KEYS.c.result.type)))


@dataclass(frozen=True)
class IdempotencyKeys:
    session: Session

    async def claim(self, key: str, mutation: str, input_hash: str, now: datetime) -> Done | None:
        """Claim the key for this transaction, or return what was done under it.

        Whoever comes second waits here until the first has committed or rolled back, and holds no other lock
        meanwhile: a repeat must not find the stock taken by the very request that it repeats.
        """
        if await self.session.read(_CLAIM, this_key=key, mutation=mutation, input_hash=input_hash, recorded_at=now):
            return None
        return await self.session.first(_DONE, this_key=key)

    async def fulfil(self, key: str, result: str) -> None:
        """Keep what a claimed key led to."""
        await self.session.write(_FULFIL, this_key=key, outcome=result)
