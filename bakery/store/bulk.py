"""A session for thousands of records in one transaction: it draws numbers by the block and inserts by the table."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Executable, Insert, TableClause, insert
from sqlalchemy.exc import IntegrityError

from bakery.orders import Order
from bakery.store import tables
from bakery.store.orders import Orders
from bakery.store.session import Session

BLOCK_SIZE = 1000
WAITING_ROWS_MAX = 200_000

_Columns = tuple[str, ...]


class Overtaken(Exception):
    """Somebody else recorded, meanwhile, what was checked not to be there; nothing of the transaction stays."""

    def __init__(self) -> None:
        super().__init__("Somebody recorded the same meanwhile. Nothing was changed; try again.")


class BulkSession(Session):
    """As the session it goes on with, but plain inserts wait until something is read or changed, or until `flush`.

    What a waiting insert breaks is found out when it is sent: check what can be wrong before. Tables are sent in the
    order in which each was first inserted into, so what is referred to has to be inserted first, as ever.

    Whole tables at a time, or nearly: PostgreSQL plans its check of a reference once, on the first row that refers. If
    the table referred to is still empty then, each later check reads all of it.
    """

    def __init__(self, session: Session) -> None:
        super().__init__(session._connection, session._bakery_id)
        self._session = session
        self._drawn: list[int] = []
        self._waiting_count = 0
        self._waiting: dict[tuple[TableClause, _Columns], list[Mapping[str, Any]]] = {}

    async def numbers(self, count: int) -> list[int]:
        if count > len(self._drawn):
            # Drawn by the other session: nothing that waits has to be there for it.
            self._drawn += await self._session.numbers(max(count, BLOCK_SIZE))
        given, self._drawn = self._drawn[:count], self._drawn[count:]
        return given

    async def rows(
        self, statement: Executable, parameters: Any = None, record: Callable[..., Any] | None = None
    ) -> Sequence[Any]:
        await self.flush()
        return await super().rows(statement, parameters, record)

    async def execute(
        self, statement: Executable, parameters: Sequence[Mapping[str, Any]] | Mapping[str, Any] | None = None
    ) -> None:
        # A dialect's own insert may have a conflict clause, which makes its order matter.
        if type(statement) is not Insert or statement.exported_columns:
            await self.flush()
            await super().execute(statement, parameters)
            return
        for row in _rows_of(statement, parameters):
            self._waiting.setdefault((statement.table, tuple(row)), []).append(row)
            self._waiting_count += 1
        if self._waiting_count >= WAITING_ROWS_MAX:
            await self.flush()

    async def flush(self) -> None:
        """Send what waits; before the transaction commits. Raises `Overtaken`."""
        waiting, self._waiting, self._waiting_count = self._waiting, {}, 0
        for (table, _), rows in waiting.items():
            try:
                await super().execute(insert(table), rows)
            except IntegrityError as error:
                raise Overtaken from error


@dataclass(frozen=True)
class BulkOrders(Orders):
    """Orders of a bakery whose numbers were read beforehand, so that an insert need not find out."""

    numbers: frozenset[str]

    async def _insert(self, order: Order) -> bool:
        if order.number in self.numbers:
            return False
        await self.session.execute(insert(tables.orders), [self._row(order)])
        return True


def _rows_of(
    statement: Insert, parameters: Sequence[Mapping[str, Any]] | Mapping[str, Any] | None
) -> Sequence[Mapping[str, Any]]:
    if parameters is None:
        # Of the statement's own values there is no public way to them but compiling it, which costs half of what
        # is saved here.
        return [{str(column): bound.value for column, bound in (statement._values or {}).items()}]
    return [parameters] if isinstance(parameters, Mapping) else parameters
