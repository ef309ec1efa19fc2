"""Reads by sets: what is asked for in one turn of the loop, by one field or by thousands, is read in one statement.

Made anew for each operation, inside the running loop, and again after each mutation: nothing read before a change is
served after it.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import chain
from operator import attrgetter
from typing import Any, Generic, TypeVar

from aiodataloader import DataLoader

from bakery.catalogue import PurchaseOrderLine, RecipeLine
from bakery.lots import ExpiryEdit, Hold, Lot
from bakery.orders import Allocation, OrderLine, Relink
from bakery.production import BatchReversal, BatchWriteOff, Consumption
from bakery.store import Store
from graphql_api.refs import Ref, parse_global_id

R = TypeVar("R")
V = TypeVar("V")
GetStore = Callable[[], Awaitable[Store]]
Fetch = Callable[[Store, Sequence[int]], Awaitable[Sequence[R]]]


@dataclass(frozen=True)
class Group(Generic[R]):
    """What many records have in common with one: how they are read by the numbers of their parents, and whose each is.

    A plug-in declares one as a constant; `Loaders.of` reads it for all parents that are asked for in one turn.
    """

    fetch: Fetch[R]
    parent: Callable[[R], int | None]


class Loader(Generic[V]):
    """Reads what stands under ids. `fetch` gives a value for each id it is asked for.

    What siblings ask for in one turn is gathered by aiodataloader, whose keys here are whole sets of ids: a future for
    each id would cost more than its row. What was read is kept, since the operation's snapshot does not change; not in
    aiodataloader's cache, which would also keep what was cancelled.
    """

    def __init__(self, fetch: Callable[[list[int]], Awaitable[Mapping[int, V]]]) -> None:
        found: dict[int, V] = {}

        # No method: a loader that led back to itself would keep all it found until the collector came by.
        async def read(sets: list[tuple[int, ...]]) -> list[None]:
            found.update(await fetch(list(dict.fromkeys(chain.from_iterable(sets)))))
            return [None] * len(sets)

        self._found = found
        self._sets: DataLoader[tuple[int, ...], None] = DataLoader(read, cache=False)

    async def load(self, record_id: int) -> V:
        return (await self.load_all((record_id,)))[record_id]

    async def load_all(self, ids: Iterable[int]) -> dict[int, V]:
        """What stands under each of the ids, each once, in the order in which they come first."""
        found, wanted = self._found, dict.fromkeys(ids)
        if missing := tuple(record_id for record_id in wanted if record_id not in found):
            await self._sets.load(missing)
        return {record_id: found[record_id] for record_id in wanted}


class Loaders:
    """All loaders of one operation, each over the operation's one snapshot."""

    def __init__(self, store: GetStore, plugged: Mapping[str, Fetch[Any]] | None = None) -> None:
        self._store = store
        self._plugged = plugged or {}
        self._made: dict[Group[Any], Loader[list[Any]]] = {}

    async def node(self, ref: Ref) -> Any:
        """The record of a reference; None if the bakery has no such record."""
        loader = self.by_kind.get(ref.kind)
        return None if loader is None else await loader.load(ref.id)

    async def by_id(self, kind: str, global_id: str) -> Any:
        """The record of a `kind` behind a global id; None for another's, or anything else."""
        ref = parse_global_id(global_id)
        return await self.node(ref) if ref is not None and ref.kind == kind else None

    async def nodes(self, refs: Sequence[Ref]) -> list[Any]:
        return list(await asyncio.gather(*(self.node(ref) for ref in refs)))

    @cached_property
    def by_kind(self) -> dict[str, Loader[Any]]:
        """The loader of each type that has an id, by the type's name."""
        return {
            "Supplier": self._one(lambda store, ids: store.suppliers.by_ids(ids)),
            "Customer": self._one(lambda store, ids: store.customers.by_ids(ids)),
            "Ingredient": self._one(lambda store, ids: store.ingredients.by_ids(ids)),
            "Product": self._one(lambda store, ids: store.products.by_ids(ids)),
            "PurchaseOrder": self._one(lambda store, ids: store.purchases.by_ids(ids)),
            "Order": self._one(lambda store, ids: store.orders.by_ids(ids)),
            "Lot": self._one(lambda store, ids: store.lots.by_ids(ids)),
            "ProductionBatch": self._one(lambda store, ids: store.production.by_ids(ids)),
            "Member": self._one(lambda store, ids: store.people.by_ids(ids)),
            "PurchaseOrderLine": self._one(lambda store, ids: store.purchases.lines_by_ids(ids)),
            "OrderLine": self._one(lambda store, ids: store.orders.lines_by_ids(ids)),
            "Allocation": self._one(lambda store, ids: store.orders.allocations_by_ids(ids)),
            "Consumption": self._one(lambda store, ids: store.production.consumptions_by_ids(ids)),
            "Movement": self._one(lambda store, ids: store.ledger.by_ids(ids)),
            **{kind: self._one(fetch) for kind, fetch in self._plugged.items()},
        }

    def of(self, group: Group[R]) -> Loader[list[R]]:
        """The loader of a plug-in's group."""
        if group not in self._made:
            self._made[group] = self._group(group.fetch, group.parent)
        return self._made[group]

    @cached_property
    def recipe(self) -> Loader[list[RecipeLine]]:
        return self._group(lambda store, ids: store.products.recipes(ids), lambda line: line.product_id)

    @cached_property
    def purchase_order_lines(self) -> Loader[list[PurchaseOrderLine]]:
        return self._group(lambda store, ids: store.purchases.lines(ids), lambda line: line.purchase_order_id)

    @cached_property
    def order_lines(self) -> Loader[list[OrderLine]]:
        return self._group(lambda store, ids: store.orders.lines(ids), lambda line: line.order_id)

    @cached_property
    def allocations_of_order(self) -> Loader[list[Allocation]]:
        return self._group(lambda store, ids: store.orders.allocations_of_orders(ids), lambda link: link.order_id)

    @cached_property
    def relinks_of_order(self) -> Loader[list[Relink]]:
        return self._group(lambda store, ids: store.orders.relinks(ids), lambda relink: relink.order_id)

    @cached_property
    def links_before_relink(self) -> Loader[list[tuple[int, Allocation]]]:
        return self._group(lambda store, ids: store.orders.links_before(ids), lambda link: link[0])

    @cached_property
    def allocations_of_batch(self) -> Loader[list[Allocation]]:
        return self._group(lambda store, ids: store.orders.allocations_of_batches(ids), lambda link: link.batch_id)

    @cached_property
    def consumptions_of_batch(self) -> Loader[list[Consumption]]:
        return self._group(lambda store, ids: store.production.consumptions_of_batches(ids), lambda item: item.batch_id)

    @cached_property
    def consumptions_of_lot(self) -> Loader[list[Consumption]]:
        return self._group(lambda store, ids: store.production.consumptions_of_lots(ids), lambda item: item.lot_id)

    @cached_property
    def reversal_of_batch(self) -> Loader[BatchReversal | None]:
        return self._one(lambda store, ids: store.production.reversals(ids), lambda reversal: reversal.batch_id)

    @cached_property
    def write_offs_of_batch(self) -> Loader[list[BatchWriteOff]]:
        return self._group(lambda store, ids: store.production.write_offs(ids), lambda waste: waste.batch_id)

    @cached_property
    def output_lot(self) -> Loader[Lot | None]:
        return self._one(lambda store, ids: store.lots.by_origin(ids), lambda lot: lot.origin_batch_id)

    @cached_property
    def holds_of_lot(self) -> Loader[list[Hold]]:
        return self._group(lambda store, ids: store.lots.holds(ids), lambda hold: hold.lot_id)

    @cached_property
    def expiry_edits_of_lot(self) -> Loader[list[ExpiryEdit]]:
        return self._group(lambda store, ids: store.lots.expiry_edits(ids), lambda edit: edit.lot_id)

    def _one(self, fetch: Fetch[R], key: Callable[[R], int | None] = attrgetter("id")) -> Loader[R | None]:
        """A record, or None, under each id."""
        store = self._store  # and not `self`: a loader that led back to all of them would outlive its operation

        async def load(ids: list[int]) -> Mapping[int, R | None]:
            found = {key(record): record for record in await fetch(await store(), ids)}
            return {record_id: found.get(record_id) for record_id in ids}

        return Loader(load)

    def _group(self, fetch: Fetch[R], parent: Callable[[R], int | None]) -> Loader[list[R]]:
        """All records whose parent has the id, in the order in which the store gives them."""
        store = self._store

        async def load(ids: list[int]) -> Mapping[int, list[R]]:
            groups: dict[int | None, list[R]] = {record_id: [] for record_id in ids}
            for record in await fetch(await store(), ids):
                groups[parent(record)].append(record)
            return groups  # type: ignore[return-value]

        return Loader(load)
