"""Reads by sets: what is asked for in one turn of the loop, by one field or by thousands, is read in one statement.

Made anew for each operation, inside the running loop, and again after each mutation: nothing read before a change is
served after it.

A statement brings along what mostly comes with its records: a lot's ingredient and supplier, an order's customer. And
where a document follows consumptions from run to run, the first of them is read together with all that the document
will reach from it. So a trace costs as many statements, however deep and wide it is.
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
from bakery.orders import Allocation, Order, OrderLine, Relink
from bakery.production import BatchReversal, BatchWriteOff, Consumption, ProductionBatch
from bakery.store import Store
from bakery.trace import Findings
from graphql_api.refs import Ref, parse_global_id

R = TypeVar("R")
V = TypeVar("V")
GetStore = Callable[[], Awaitable[Store]]
Fetch = Callable[[Store, Sequence[int]], Awaitable[Iterable[R]]]


class Loader(Generic[V]):
    """Reads what stands under ids. `fetch` gives a value for each id it is asked for.

    What siblings ask for in one turn is gathered by aiodataloader, whose keys here are whole sets of ids: a future for
    each id would cost more than its row. What was read is kept, since the operation's snapshot does not change; not in
    aiodataloader's cache, which would also keep what was cancelled.
    """

    def __init__(self, fetch: Callable[[list[int]], Awaitable[Mapping[int, V]]]) -> None:
        found: dict[int, V] = {}
        expected: dict[int, None] = {}
        reading = asyncio.Lock()

        # No method: a loader that led back to itself would keep all it found until the collector came by.
        async def read(sets: list[tuple[int, ...]]) -> list[None]:
            # One read after another: what was asked for while the last one ran may have come with it.
            async with reading:
                wanted = dict.fromkeys(chain(chain.from_iterable(sets), expected))
                expected.clear()
                if missing := [record_id for record_id in wanted if record_id not in found]:
                    found.update(await fetch(missing))
            return [None] * len(sets)

        self._found = found
        self._expected = expected
        self._sets: DataLoader[tuple[int, ...], None] = DataLoader(read, cache=False)

    async def load(self, record_id: int) -> V:
        return (await self.load_all((record_id,)))[record_id]

    async def load_all(self, ids: Iterable[int]) -> dict[int, V]:
        """What stands under each of the ids, each once, in the order in which they come first."""
        found, wanted = self._found, dict.fromkeys(ids)
        if missing := tuple(record_id for record_id in wanted if record_id not in found):
            await self._sets.load(missing)
        return {record_id: found[record_id] for record_id in wanted}

    def know(self, found: Mapping[int, V]) -> None:
        """Keep what came along with something else."""
        for record_id, value in found.items():
            self._found.setdefault(record_id, value)

    def expect(self, ids: Iterable[int]) -> None:
        """Read these together with the first that is asked for; never, if none is."""
        self._expected.update(dict.fromkeys(ids))


@dataclass(frozen=True)
class Group(Generic[R]):
    """What many records have in common with one: how they are read by the numbers of their parents, and whose each is.

    A plug-in declares one as a constant; `Loaders.of` reads it for all parents that are asked for in one turn.
    """

    fetch: Fetch[R]
    parent: Callable[[R], int | None]


class Loaders:
    """All loaders of one operation, each over the operation's one snapshot.

    `generations` is how many steps from run to run the operation takes, at most.
    """

    def __init__(self, store: GetStore, plugged: Mapping[str, Fetch[Any]] | None = None, generations: int = 1) -> None:
        self._store = store
        self._plugged = plugged or {}
        self._made: dict[Group[Any], Loader[list[Any]]] = {}
        self._generations = generations

    def forget(self) -> None:
        """Let go of all that was read. Loaders lead to each other: only the collector would find them."""
        vars(self).clear()

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
            "Order": self._one(self._orders),
            "Lot": self._one(self._lots),
            "ProductionBatch": self._one(self._batches),
            "Member": self._one(lambda store, ids: store.people.by_ids(ids)),
            "AccessToken": self._one(lambda store, ids: store.access_tokens.by_ids(ids)),
            "ApiKey": self._one(lambda store, ids: store.api_keys.by_ids(ids)),
            "PurchaseOrderLine": self._one(lambda store, ids: store.purchases.lines_by_ids(ids)),
            "OrderLine": self._one(lambda store, ids: store.orders.lines_by_ids(ids)),
            "Allocation": self._one(lambda store, ids: store.orders.allocations_by_ids(ids)),
            "Consumption": self._one(lambda store, ids: store.production.consumptions_by_ids(ids)),
            "Movement": self._one(lambda store, ids: store.ledger.by_ids(ids)),
            "AuditEntry": self._one(lambda store, ids: store.audit.by_ids(ids)),
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
        return self._group(self._allocations_of_orders, lambda link: link.order_id)

    @cached_property
    def relinks_of_order(self) -> Loader[list[Relink]]:
        return self._group(lambda store, ids: store.orders.relinks(ids), lambda relink: relink.order_id)

    @cached_property
    def links_before_relink(self) -> Loader[list[tuple[int, Allocation]]]:
        return self._group(lambda store, ids: store.orders.links_before(ids), lambda link: link[0])

    @cached_property
    def allocations_of_batch(self) -> Loader[list[Allocation]]:
        return self._group(self._allocations_of_batches, lambda link: link.batch_id)

    @cached_property
    def consumptions_of_batch(self) -> Loader[list[Consumption]]:
        return Loader(self._consumptions_of_batches)

    @cached_property
    def consumptions_of_lot(self) -> Loader[list[Consumption]]:
        return Loader(self._consumptions_of_lots)

    @cached_property
    def reversal_of_batch(self) -> Loader[BatchReversal | None]:
        return self._one(lambda store, ids: store.production.reversals(ids), lambda reversal: reversal.batch_id)

    @cached_property
    def write_offs_of_batch(self) -> Loader[list[BatchWriteOff]]:
        return self._group(lambda store, ids: store.production.write_offs(ids), lambda waste: waste.batch_id)

    @cached_property
    def output_lot(self) -> Loader[Lot | None]:
        return self._one(self._outputs, lambda lot: lot.origin_batch_id)

    @cached_property
    def holds_of_lot(self) -> Loader[list[Hold]]:
        return self._group(lambda store, ids: store.lots.holds(ids), lambda hold: hold.lot_id)

    @cached_property
    def expiry_edits_of_lot(self) -> Loader[list[ExpiryEdit]]:
        return self._group(lambda store, ids: store.lots.expiry_edits(ids), lambda edit: edit.lot_id)

    def know(self, found: Findings) -> None:
        """Keep the records of a trace, so that whatever is asked about them is answered from it."""
        for kind, records in (
            ("Lot", found.lots),
            ("ProductionBatch", found.batches),
            ("Order", found.orders),
            ("Customer", found.customers),
            ("Supplier", found.suppliers),
        ):
            self.by_kind[kind].know({record.id: record for record in records})
        self.by_kind["Product"].know(found.products)
        self.by_kind["Ingredient"].know(found.ingredients)
        if not found.truncated:
            batch_ids = [batch.id for batch in found.batches]
            self.consumptions_of_batch.know(_grouped(found.consumptions, batch_ids, lambda item: item.batch_id))

    # ── records by their code or number ───────────────────────────────────────────────────────────────────────────
    async def lot_by_code(self, code: str) -> Lot | None:
        return _only(self._met_lots(*await (await self._store()).lots.with_origins_by_code(code)))

    async def order_by_number(self, number: str) -> Order | None:
        return _only(self._met_orders(*await (await self._store()).orders.with_customer_by_number(number)))

    async def batch_by_code(self, code: str) -> ProductionBatch | None:
        return _only(self._met_batches(*await (await self._store()).production.with_product_by_code(code)))

    # ── records with what comes along ─────────────────────────────────────────────────────────────────────────────
    async def _lots(self, store: Store, ids: Sequence[int]) -> list[Lot]:
        return self._met_lots(*await store.lots.with_origins(ids))

    async def _outputs(self, store: Store, batch_ids: Sequence[int]) -> list[Lot]:
        lots = self._met_lots(*await store.lots.with_origins_of(batch_ids))
        self.by_kind["Lot"].know({lot.id: lot for lot in lots})
        return lots

    def _met_lots(self, lots: list[Lot], ingredients: Mapping[int, Any], suppliers: Mapping[int, Any]) -> list[Lot]:
        self.by_kind["Ingredient"].know(ingredients)
        self.by_kind["Supplier"].know(suppliers)
        self.by_kind["ProductionBatch"].expect(lot.origin_batch_id for lot in lots if lot.origin_batch_id is not None)
        return lots

    async def _batches(self, store: Store, ids: Sequence[int]) -> list[ProductionBatch]:
        return self._met_batches(*await store.production.with_products(ids))

    def _met_batches(self, batches: list[ProductionBatch], products: Mapping[int, Any]) -> list[ProductionBatch]:
        self.by_kind["Product"].know(products)
        return batches

    async def _orders(self, store: Store, ids: Sequence[int]) -> list[Order]:
        return self._met_orders(*await store.orders.with_customers(ids))

    def _met_orders(self, orders: list[Order], customers: Mapping[int, Any]) -> list[Order]:
        self.by_kind["Customer"].know(customers)
        return orders

    async def _allocations_of_orders(self, store: Store, order_ids: Sequence[int]) -> list[Allocation]:
        return self._met_links(await store.orders.allocations_of_orders(order_ids))

    async def _allocations_of_batches(self, store: Store, batch_ids: Sequence[int]) -> list[Allocation]:
        return self._met_links(await store.orders.allocations_of_batches(batch_ids))

    def _met_links(self, links: list[Allocation]) -> list[Allocation]:
        self.by_kind["Order"].expect(link.order_id for link in links)
        self.by_kind["ProductionBatch"].expect(link.batch_id for link in links)
        return links

    async def _consumptions_of_batches(self, batch_ids: Sequence[int]) -> Mapping[int, list[Consumption]]:
        met = await (await self._store()).traces.into_batches(batch_ids, self._generations)
        return self._met_consumptions(*met, lambda item: item.batch_id)

    async def _consumptions_of_lots(self, lot_ids: Sequence[int]) -> Mapping[int, list[Consumption]]:
        met = await (await self._store()).traces.out_of_lots(lot_ids, self._generations)
        return self._met_consumptions(*met, lambda item: item.lot_id)

    def _met_consumptions(
        self,
        parents: Sequence[int],
        consumptions: Sequence[Consumption],
        ingredients: Mapping[int, Any],
        parent: Callable[[Consumption], int | None],
    ) -> Mapping[int, list[Consumption]]:
        batch_ids = {item.batch_id for item in consumptions}
        self.by_kind["Ingredient"].know(ingredients)
        self.by_kind["ProductionBatch"].expect(batch_ids)
        self.by_kind["Lot"].expect(item.lot_id for item in consumptions if item.lot_id is not None)
        self.output_lot.expect(batch_ids)
        self.allocations_of_batch.expect(batch_ids)
        return _grouped(consumptions, parents, parent)

    def _one(self, fetch: Fetch[R], key: Callable[[R], int | None] = attrgetter("id")) -> Loader[R | None]:
        """A record, or None, under each id."""

        async def load(ids: list[int]) -> Mapping[int, R | None]:
            found = {key(record): record for record in await fetch(await self._store(), ids)}
            return {record_id: found.get(record_id) for record_id in ids}

        return Loader(load)

    def _group(self, fetch: Fetch[R], parent: Callable[[R], int | None]) -> Loader[list[R]]:
        """All records whose parent has the id, in the order in which the store gives them."""

        async def load(ids: list[int]) -> Mapping[int, list[R]]:
            return _grouped(await fetch(await self._store(), ids), ids, parent)

        return Loader(load)


def _only(records: Sequence[R]) -> R | None:
    return records[0] if records else None


def _grouped(records: Iterable[R], ids: Iterable[int], parent: Callable[[R], int | None]) -> dict[int, list[R]]:
    """The records by their parent; an empty list where a parent has none."""
    groups: dict[int | None, list[R]] = {record_id: [] for record_id in ids}
    for record in records:
        groups[parent(record)].append(record)
    return groups  # type: ignore[return-value]
