"""A session for thousands of records in one transaction: it draws numbers by the block and inserts by the table."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from sqlalchemy import Table

from bakery.names import folded
from bakery.orders import Order
from bakery.store import tables
from bakery.store.drivers import IntegrityError, Operation
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
    """As the session it goes on with, but inserts wait until something is read or changed, or until `flush`.

    What a waiting insert breaks is found out when it is sent: check what can be wrong before. Tables are sent in the
    order in which each was first inserted into, so what is referred to has to be inserted first, as ever.

    Whole tables at a time, or nearly: PostgreSQL plans its check of a reference once, on the first row that refers. If
    the table referred to is still empty then, each later check reads all of it.
    """

    def __init__(self, session: Session) -> None:
        super().__init__(session.dialect, session.transaction, session.bakery_id)
        self._session = session
        self._waiting_count = 0
        self._waiting: dict[tuple[Table, _Columns], list[Mapping[str, Any]]] = {}

    async def reserve(self, count: int) -> None:
        if count > len(self._drawn):
            # Drawn by the other session: nothing that waits has to be there for it.
            self._drawn += await self._session.numbers(max(count, BLOCK_SIZE))

    async def insert(self, table: Table, rows: Sequence[Mapping[str, Any]]) -> None:
        for row in rows:
            self._waiting.setdefault((table, tuple(row)), []).append(row)
        self._waiting_count += len(rows)
        if self._waiting_count >= WAITING_ROWS_MAX:
            await self.flush()

    async def flush(self) -> None:
        """Send what waits; before the transaction commits. Raises `Overtaken`."""
        self._pass_on()
        try:
            await self.transaction.flush()
        except IntegrityError as error:
            raise Overtaken from error

    async def _fetch(self, operation: Operation) -> None:
        await self.flush()
        await super()._fetch(operation)

    def _send(self, operation: Operation) -> None:
        self._pass_on()
        super()._send(operation)

    def _pass_on(self) -> None:
        """Hand what waits to the transaction, table by table."""
        waiting, self._waiting, self._waiting_count = self._waiting, {}, 0
        for (table, _), rows in waiting.items():
            super()._send(self._insertion(table, rows))


@dataclass(frozen=True)
class BulkOrders(Orders):
    """Orders of a bakery whose numbers were read beforehand, so that an insert need not find out."""

    numbers: frozenset[str]

    async def _insert(self, order: Order) -> bool:
        if order.number in self.numbers:
            return False
        row = {**asdict(order), "bakery_id": self.session.bakery_id, "folded_number": folded(order.number)}
        await self.session.insert(tables.orders, [row])
        return True
