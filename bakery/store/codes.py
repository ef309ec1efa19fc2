"""Gapless codes by bakery, kind and local day (R-4.5)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from sqlalchemy.dialects import postgresql, sqlite

from bakery.codes import CodeKind, code
from bakery.store import tables
from bakery.store.session import Session


@dataclass(frozen=True)
class Codes:
    session: Session

    async def next(self, kind: CodeKind, day: date, count: int = 1) -> list[str]:
        """The next `count` codes of the day.

        Holds the counter until the transaction ends: a code that is rolled back is given again, so none is missing,
        and the order of codes is the order of recording. Take codes last, just before the numbers of the records.
        """
        table = tables.code_counters
        insert = sqlite.insert if self.session.is_sqlite else postgresql.insert
        counted = insert(table).values(bakery_id=self.session.bakery_id, kind=kind, day=day, last_number=count)
        last = await self.session.scalar(
            counted.on_conflict_do_update(
                index_elements=[table.c.bakery_id, table.c.kind, table.c.day],
                set_={"last_number": table.c.last_number + count},
            ).returning(table.c.last_number)
        )
        return [code(kind, day, number) for number in range(last - count + 1, last + 1)]
