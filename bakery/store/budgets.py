"""How much of its budget each key has spent: a bucket that leaks, kept as the moment at which it will be empty again.

So one statement tells whether there is room and takes it, whoever else asks at the same time, and nobody has to refill
anything.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from sqlalchemy import BigInteger, BindParameter, Executable, bindparam, case, select
from sqlalchemy.dialects import postgresql, sqlite

from bakery.store import tables
from bakery.store.session import Session
from bakery.store.statement import OURS, tuples

MICROSECOND = timedelta(microseconds=1)
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)

_BUDGETS = tables.key_budgets


def _number(name: str) -> BindParameter[int]:
    return bindparam(name, type_=BigInteger())


def _taking(dialect: str) -> Executable:
    insert = sqlite.insert if dialect == "sqlite" else postgresql.insert
    moment, time = _number("moment"), _number("time")
    begun = case((_BUDGETS.c.empty_at > moment, _BUDGETS.c.empty_at), else_=moment)
    return (
        insert(_BUDGETS)
        .values(bakery_id=OURS, key_id=_number("this_key"), empty_at=moment + time)
        .on_conflict_do_update(
            index_elements=[_BUDGETS.c.bakery_id, _BUDGETS.c.key_id],
            set_={"empty_at": begun + time},
            where=begun + time <= moment + _number("capacity"),
        )
        .returning(_BUDGETS.c.empty_at)
    )


_TAKE = tuples(_taking)
_EMPTY_AT = tuples(
    select(_BUDGETS.c.empty_at).where(_BUDGETS.c.bakery_id == OURS, _BUDGETS.c.key_id == _number("this_key"))
)


@dataclass(frozen=True)
class Budgets:
    session: Session

    async def take(self, key_id: int, *, now: datetime, time: timedelta, capacity: timedelta) -> tuple[bool, datetime]:
        """Put what takes so much `time` to leak out into a key's bucket of this `capacity`, if it has room for it.

        Tells whether it had, and when the bucket is empty again.
        """
        moment = _microseconds(now - EPOCH)
        taken = await self.session.read(
            _TAKE, this_key=key_id, moment=moment, time=_microseconds(time), capacity=_microseconds(capacity)
        )
        found = taken or await self.session.read(_EMPTY_AT, this_key=key_id)
        return bool(taken), EPOCH + found[0][0] * MICROSECOND


def _microseconds(time: timedelta) -> int:
    return time // MICROSECOND
