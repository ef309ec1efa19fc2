"""Gapless codes by bakery, kind and local day (R-4.5)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from sqlalchemy import Executable, Integer, select
from sqlalchemy.dialects import postgresql, sqlite

from bakery.codes import CodeKind, code
from bakery.store import tables
from bakery.store.given import given
from bakery.store.session import Session
from bakery.store.statement import OURS, tuples


def _counted(dialect: str) -> Executable:
    insert = sqlite.insert if dialect == "sqlite" else postgresql.insert
    counters = tables.code_counters
    wanted = given("wanted", kind=counters.c.kind.type, day=counters.c.day.type, many=Integer())
    rows = select(OURS, wanted.c.kind, wanted.c.day, wanted.c.many).where(wanted.c.many > 0).order_by(wanted.c.kind)
    counted = insert(counters).from_select(["bakery_id", "kind", "day", "last_number"], rows)
    return counted.on_conflict_do_update(
        index_elements=[counters.c.bakery_id, counters.c.kind, counters.c.day],
        set_={"last_number": counters.c.last_number + counted.excluded.last_number},
    ).returning(counters.c.kind, counters.c.last_number)


_COUNT = tuples(_counted)


@dataclass(frozen=True)
class Codes:
    session: Session

    async def next(self, kind: CodeKind, day: date, count: int = 1) -> list[str]:
        """The next `count` codes of the day."""
        return (await self.next_of({kind: count}, day))[kind]

    async def next_of(self, counts: Mapping[CodeKind, int], day: date) -> dict[CodeKind, list[str]]:
        """The next codes of the day, as many of each kind as are asked for.

        Holds the counters until the transaction ends: a code that is rolled back is given again, so none is missing,
        and the order of codes is the order of recording. Take codes last, just before the numbers of the records.
        """
        wanted = [(kind, day, count) for kind, count in counts.items()]
        counted = await self.session.read(_COUNT, wanted=wanted)
        last: dict[CodeKind, int] = dict(counted)
        return {
            kind: [code(kind, day, number) for number in range(last[kind] - count + 1, last[kind] + 1)]
            for kind, count in counts.items()
        }
