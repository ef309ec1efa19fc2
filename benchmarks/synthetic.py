"""A bakery in memory: records, and loaders that find them at once."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from datetime import UTC, date, datetime
from decimal import Decimal
from types import SimpleNamespace
from typing import Any

from bakery.audit import Origin
from bakery.catalogue import Customer, Ingredient, Product, Supplier
from bakery.lots import Lot, LotSource
from bakery.orders import Allocation, Order, OrderStatus
from bakery.production import BatchStatus, Consumption, ConsumptionSource, ProductionBatch
from bakery.quantity import Unit
from bakery.store.turns import next_turn
from graphql_api.loaders import Loader
from plans import Plan, Role

ORDERS_PER_BATCH = 20
NOW = datetime(2026, 3, 2, 8, 0, tzinfo=UTC)
TODAY = date(2026, 3, 2)


class Books:
    """A lot that went into batches, and those to `links` order lines."""

    def __init__(self, links: int) -> None:
        batches = max(1, links // ORDERS_PER_BATCH)
        self.lot = _lot(1)
        self.suppliers = {1: Supplier(1, "Mill & Sons", "mill@example.com")}
        self.ingredients = {1: Ingredient(1, "Flour", Unit.kg, None, None, Decimal(5), Decimal(0))}
        self.products = {n: Product(n, f"Bread {n}", Decimal(1), Unit.each, 2, None, False) for n in range(1, 40)}
        self.customers = {n: Customer(n, f"Café {n}", f"{n}@example.com", "555") for n in range(1, 400)}
        self.batches = {n: _batch(n) for n in range(1, batches + 1)}
        self.consumptions = {1: [_consumption(n) for n in self.batches]}
        self.orders = {n: _order(n) for n in range(1, links + 1)}
        self.allocations: dict[int, list[Allocation]] = {n: [] for n in self.batches}
        for n in self.orders:
            batch = (n - 1) % batches + 1
            self.allocations[batch].append(Allocation(n, n, n, batch, Decimal("1.5")))

    def context(self, role: Role = Role.OWNER, turns: Callable[[], object] | None = None) -> Any:
        """An operation on these books. Its `reads` has the ids that each read asked for; `turns` is told of each."""
        reads: list[list[int]] = []

        def loader(records: Mapping[int, Any]) -> Loader[Any]:
            async def fetch(ids: list[int]) -> dict[int, Any]:
                reads.append(ids)
                return {record_id: records.get(record_id) for record_id in ids}

            return Loader(fetch)

        async def turn() -> None:
            await next_turn()
            if turns:
                turns()

        async def reading() -> Any:
            raise AssertionError("all that is read comes by way of the loaders")

        def expect(_generations: int) -> None:
            """Nothing is read ahead."""

        kinds: dict[str, Mapping[int, Any]] = {
            "Ingredient": self.ingredients,
            "Supplier": self.suppliers,
            "Product": self.products,
            "ProductionBatch": self.batches,
            "Order": self.orders,
            "Customer": self.customers,
        }
        loaders = SimpleNamespace(
            lot_by_code=self._by_code,
            by_kind={kind: loader(records) for kind, records in kinds.items()},
            consumptions_of_lot=loader(self.consumptions),
            allocations_of_batch=loader(self.allocations),
            output_lot=loader({}),
        )
        caller = SimpleNamespace(
            id=1,
            member_id=1,
            name="Somebody",
            role=role,
            plan=Plan.SCALE,
            has_switched_on=lambda _feature: True,
            has_scope=lambda _scope: True,
        )
        return SimpleNamespace(
            signed_in=caller,
            loaders=loaders,
            turn=turn,
            reading=reading,
            expect=expect,
            reads=reads,
            partner_reads={},
            recording=_unrecorded,
            origin=Origin(),
            now=NOW,
        )

    async def _by_code(self, _code: str) -> Lot:
        return self.lot


@asynccontextmanager
async def _unrecorded() -> AsyncIterator[Any]:
    """In place of the audit log."""

    async def record(*_: Any, **__: Any) -> None:
        pass

    yield SimpleNamespace(record=record)


def _lot(number: int) -> Lot:
    came: list[Any] = [LotSource.RESTOCK, 1, "M-77", None, TODAY, date(2026, 9, 1), Decimal("0.8")]
    quantities = [Decimal(5), Decimal(0), Decimal(0), Decimal(0), Decimal(5)]
    return Lot(number, f"LOT-260302-{number:03}", 1, Unit.kg, *came, *quantities, *[False, False])


def _batch(number: int) -> ProductionBatch:
    made = [Decimal(20), Decimal(20), Decimal(0), TODAY, BatchStatus.CONFIRMED, NOW]
    return ProductionBatch(number, f"PB-260302-{number:03}", number % 39 + 1, Unit.each, *made)  # type: ignore[arg-type]


def _consumption(batch: int) -> Consumption:
    return Consumption(batch, batch, 1, 1, ConsumptionSource.LOT, Decimal("0.25"), Unit.kg)


def _order(number: int) -> Order:
    return Order(number, f"ORD-{number}", number % 399 + 1, OrderStatus.COMPLETED, TODAY, TODAY, NOW)
