"""All of a load as one transaction: whatever stops it, an error or a lost machine, leaves nothing of it behind."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from bakery.store import BakeryId, Database, Session
from bakery.store.fences import Presented
from bakery.store.transaction import Line


class _Part(Session):
    """A session of its own over the transaction that all share; closing it ends nothing."""

    def __init__(self, whole: Session, bakery_id: BakeryId | None) -> None:
        super().__init__(whole.dialect, whole.transaction, bakery_id)

    async def close(self) -> None:
        pass


class OneTransaction(Database):
    """Stands in for the database whose transaction it was given: reads and writes are parts of that one.

    Its users come one after another; each sees what the ones before it wrote.
    """

    def __init__(self, database: Database, whole: Session) -> None:
        self.engine = database.engine
        self._whole = whole
        self.is_sqlite = whole.is_sqlite
        self.dialect = whole.dialect

    @asynccontextmanager
    async def writing(
        self, bakery_id: BakeryId | None = None, line: Line | None = None, presented: Presented | None = None
    ) -> AsyncIterator[Session]:
        part = _Part(self._whole, bakery_id)
        if presented is not None:
            part.present(presented)
        yield part

    async def begin_reading(
        self, bakery_id: BakeryId | None = None, presented: Presented | None = None, line: Line | None = None
    ) -> Session:
        part = _Part(self._whole, bakery_id)
        if presented is not None:
            part.present(presented)
        return part
