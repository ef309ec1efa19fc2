"""Orders' links to production batches: by the rule, freed, and anew by hand (R-7.1 to R-7.3).

An intermediate that is sold as it is shares one remainder with its lot and stock (R-4.4): its links move both.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from typing import Protocol

from strawberry import Parent

from bakery.catalogue import Ingredient, Product
from bakery.linking import Link, OpenLine, Supply, link, merged, oldest_usable_day
from bakery.lots import Lot, MovementKind
from bakery.orders import Allocation, Order, OrderLine, Relink
from bakery.production import BatchStatus, ProductionBatch
from bakery.quantity import ZERO, plain
from bakery.store.ledger import Entry
from bakery.store.lots import Change
from graphql_api.context import Info, Work
from graphql_api.refs import Outcome, Ref
from graphql_api.resolvers.checks import Checks


class OrderLinkInput(Protocol):
    line_id: str
    batch_id: str
    quantity: Decimal


@dataclass(frozen=True, slots=True)
class Sources:
    """What an order's lines can be linked to: batches with their products and, of intermediates, lots and stock."""

    batches: dict[int, ProductionBatch]
    products: dict[int, Product]
    outputs: dict[int, Lot]
    stock: dict[int, Ingredient]

    def made_by(self, batch: ProductionBatch) -> int | None:
        """The ingredient that the batch is stock of, if it is an intermediate's."""
        return self.products[batch.product_id].makes_ingredient_id

    @property
    def supplies(self) -> list[Supply]:
        """What each batch has left. Of an intermediate's, no more than its lot or, without one, untracked stock has."""
        untracked = {ingredient_id: max(ingredient.untracked, ZERO) for ingredient_id, ingredient in self.stock.items()}
        supplies = []
        for batch in sorted(self.batches.values(), key=lambda batch: (batch.produced_on, batch.id)):
            left, made_id = self.left_of(batch), self.made_by(batch)
            if batch.id not in self.outputs and made_id is not None:
                left = min(left, untracked[made_id])
                untracked[made_id] -= left
            supplies.append(Supply(batch.id, batch.product_id, batch.produced_on, left))
        return supplies

    def left_of(self, batch: ProductionBatch) -> Decimal:
        left = batch.quantity - batch.quantity_allocated - batch.quantity_written_off
        return min(left, self.outputs[batch.id].quantity_remaining) if batch.id in self.outputs else left


# ── by the rule ───────────────────────────────────────────────────────────────────────────────────────────────────────
async def link_order(work: Work, order: Order, on: date) -> None:
    """Link what is unlinked of an order's lines to the oldest batches of their products, as of the day `on`."""
    open_lines = await _open_lines(work, order)
    if not open_lines:
        return
    products = await _products(work, (line.product_id for line in open_lines))
    stock = await work.store.ingredients.lock(_made_by(products.values()))
    batches = await work.store.production.linkable(list(products), _oldest_days(products, on), on)
    sources = Sources({batch.id: batch for batch in batches}, products, await _outputs(work, batches), stock)
    await _link(work, order, link(open_lines, sources.supplies), sources, on)


async def _open_lines(work: Work, order: Order) -> list[OpenLine]:
    """What the order's lines still lack."""
    linked: dict[int, Decimal] = {}
    for allocation in await work.store.orders.allocations_of_orders([order.id]):
        linked[allocation.order_line_id] = linked.get(allocation.order_line_id, ZERO) + allocation.quantity
    lines = [
        OpenLine(line.id, line.product_id, line.quantity - linked.get(line.id, ZERO))
        for line in await work.store.orders.lines([order.id])
    ]
    return [line for line in lines if line.unlinked > 0]


async def _link(work: Work, order: Order, links: Sequence[Link], sources: Sources, on: date) -> None:
    await work.store.orders.link(order.id, links, work.actor_id, work.now)
    await _move(work, order, links, sources, on, sign=1)


# ── freed ─────────────────────────────────────────────────────────────────────────────────────────────────────────────
async def free_order(work: Work, order: Order, reason: str, on: date) -> None:
    """Free all allocations of an order; an intermediate's go back to lot and stock on the day `on` (R-7.3, R-4.4)."""
    allocations = await work.store.orders.allocations_of_orders([order.id])
    if not allocations:
        return
    batch_ids = sorted({item.batch_id for item in allocations})
    products = await _products(work, (batch.product_id for batch in await work.store.production.by_ids(batch_ids)))
    await work.store.ingredients.lock(_made_by(products.values()))
    await work.store.production.lock(batch_ids)
    await _free(work, order, allocations, await _sources(work, batch_ids, products), reason, on)


async def _free(
    work: Work, order: Order, allocations: Sequence[Allocation], sources: Sources, reason: str, on: date
) -> None:
    await work.store.orders.free(order.id, reason, work.actor_id, work.now)
    freed = [Link(item.order_line_id, item.batch_id, item.quantity) for item in allocations]
    await _move(work, order, freed, sources, on, sign=-1)


async def _move(work: Work, order: Order, links: Sequence[Link], sources: Sources, on: date, *, sign: int) -> None:
    """Book links (`sign` 1) or their undoing (−1) to batches and, for intermediates, to lots, stock and ledger."""
    by_batch: dict[int, Decimal] = {}
    for item in links:
        by_batch[item.batch_id] = by_batch.get(item.batch_id, ZERO) + sign * item.quantity
    await work.store.production.allocate(by_batch)
    sold_lots: dict[int, Decimal] = {}
    changes: dict[int, tuple[Decimal, Decimal]] = {}
    entries = []
    for batch_id, quantity in by_batch.items():
        made_id = sources.made_by(sources.batches[batch_id])
        if made_id is None:
            continue
        lot = sources.outputs.get(batch_id)
        tracked, untracked = changes.get(made_id, (ZERO, ZERO))
        if lot is None:
            untracked -= quantity
        else:
            tracked -= quantity
            sold_lots[lot.id] = quantity
        changes[made_id] = (tracked, untracked)
        entries.append(
            Entry(
                MovementKind.SALE if sign > 0 else MovementKind.REVERSAL,
                made_id,
                -quantity,
                lot_id=lot.id if lot else None,
                unit_cost=lot.unit_cost if lot else None,
                batch_id=batch_id,
                order_id=order.id,
                note=f"Order {order.number}",
            )
        )
    await work.store.lots.change(Change.CONSUMED, sold_lots)
    await work.store.ingredients.change_stock(changes)
    await work.store.ledger.book(entries, actor_id=work.actor_id, happened_at=work.instant_of(on), now=work.now)


# ── anew, by hand ─────────────────────────────────────────────────────────────────────────────────────────────────────
async def relink_order(work: Work, *, order_id: str, links: Sequence[OrderLinkInput] | None, reason: str) -> Outcome:
    """Link an order anew: as the rule would have, or to the batches that somebody knows it was filled from (R-7.2).

    It corrects what is recorded of the day on which the order was filled, so intermediates move as of that day.
    """
    checks = Checks()
    reason = checks.reason("reason", reason)
    wanted = checks.id("orderId", order_id, "Order")
    asked = checks.lines("links", links or [], empty=True)
    order = checks.require("orderId", await work.store.orders.lock(wanted), wanted, "Order")
    days = await work.store.orders.days_of_filling(order.id)
    if not order.status.links or not days:
        checks.refuse("orderId", f"The order is {order.status.value}; only one that is READY or COMPLETED has links.")
        checks.done()
    lines = {line.id: line for line in await work.store.orders.lines([order.id])}
    chosen = await _chosen(work, checks, asked, lines, days[-1])
    checks.done()
    products = await _products(work, (line.product_id for line in lines.values()))
    before = await work.store.orders.allocations_of_orders([order.id])
    batch_ids = {item.batch_id for item in before} | {item.batch_id for item in chosen}
    if not chosen:
        for day in days:
            oldest = _oldest_days(products, day)
            batch_ids.update(await work.store.production.linkable_ids(list(products), oldest, day))
    # All batches at once, in the order of locks: those that are freed, and those that are linked.
    await work.store.ingredients.lock(_made_by(products.values()))
    await work.store.production.lock(sorted(batch_ids))
    sources = await _sources(work, batch_ids, products)
    await _free(work, order, before, sources, reason, days[-1])
    if chosen:
        sources = await _sources(work, batch_ids, products)
        _check_left(checks, chosen, sources)
        checks.done()
        await _link(work, order, merged(chosen), sources, days[-1])
    else:
        for day in days:
            sources = _usable(await _sources(work, batch_ids, products), day)
            await _link(work, order, link(await _open_lines(work, order), sources.supplies), sources, day)
    await work.store.orders.keep_relink(
        order.id, before, automatic=not chosen, reason=reason, actor_id=work.actor_id, now=work.now
    )
    return Outcome(order=Ref("Order", order.id))


async def _chosen(
    work: Work, checks: Checks, asked: Sequence[OrderLinkInput], lines: dict[int, OrderLine], filled_on: date
) -> list[Link]:
    """The links asked for. Refuses batches that the line cannot have been filled from, and more than was ordered."""
    batch_ids = [
        checks.id(f"links[{index}].batchId", item.batch_id, "ProductionBatch") for index, item in enumerate(asked)
    ]
    found = {batch.id: batch for batch in await work.store.production.by_ids(batch_ids)} if asked else {}
    links: list[Link] = []
    linked: dict[int, Decimal] = {}
    for index, (item, batch_id) in enumerate(zip(asked, batch_ids, strict=True)):
        path = f"links[{index}]"
        line_id = checks.id(f"{path}.lineId", item.line_id, "OrderLine")
        line = checks.exists(f"{path}.lineId", lines.get(line_id), line_id, "OrderLine")
        batch = checks.exists(f"{path}.batchId", found.get(batch_id), batch_id, "ProductionBatch")
        quantity = checks.quantity(f"{path}.quantity", item.quantity)
        if line is None or batch is None:
            continue
        if batch.product_id != line.product_id:
            checks.refuse(f"{path}.batchId", f"{batch.code} is of another product than the line.")
        elif batch.produced_on > filled_on:
            made_on = f"{batch.code} was made on {batch.produced_on}"
            checks.refuse(f"{path}.batchId", f"{made_on}, after {filled_on}, the day on which the order was filled.")
        linked[line.id] = linked.get(line.id, ZERO) + quantity
        if linked[line.id] > line.quantity:
            checks.refuse(f"{path}.quantity", f"Only {plain(line.quantity)} was ordered in this line.")
        links.append(Link(line.id, batch.id, quantity))
    return links


def _check_left(checks: Checks, chosen: Sequence[Link], sources: Sources) -> None:
    """Refuse what a batch does not have left once the order's earlier links are freed."""
    left = {batch.id: sources.left_of(batch) for batch in sources.batches.values()}
    untracked = {ingredient.id: max(ingredient.untracked, ZERO) for ingredient in sources.stock.values()}
    for index, item in enumerate(chosen):
        batch = sources.batches[item.batch_id]
        if batch.status is BatchStatus.REVERSED:
            checks.refuse(f"links[{index}].batchId", f"{batch.code} is reversed.")
            continue
        made_id = None if batch.id in sources.outputs else sources.made_by(batch)
        most = left[batch.id] if made_id is None else min(left[batch.id], untracked[made_id])
        if item.quantity > most:
            has = f"{batch.code} has {plain(most)} {batch.unit.value} left."
            checks.refuse(f"links[{index}].quantity", has)
        left[batch.id] -= item.quantity
        if made_id is not None:
            untracked[made_id] -= item.quantity


def _usable(sources: Sources, day: date) -> Sources:
    """Without the batches that the rule would not have linked on the day."""
    oldest = _oldest_days(sources.products, day)
    usable = {
        batch.id: batch
        for batch in sources.batches.values()
        if batch.status is BatchStatus.CONFIRMED and oldest[batch.product_id] <= batch.produced_on <= day
    }
    return replace(sources, batches=usable)


# ── what is read along the way ────────────────────────────────────────────────────────────────────────────────────────
async def _products(work: Work, ids: Iterable[int]) -> dict[int, Product]:
    return {product.id: product for product in await work.store.products.by_ids(sorted(set(ids)))}


async def _sources(work: Work, batch_ids: Iterable[int], products: dict[int, Product]) -> Sources:
    """The locked batches as they are now."""
    batches = await work.store.production.by_ids(sorted(batch_ids))
    made_ids = _made_by(products.values())
    stock = await work.store.ingredients.by_ids(made_ids) if made_ids else []
    return Sources(
        {batch.id: batch for batch in batches},
        products,
        await _outputs(work, batches),
        {ingredient.id: ingredient for ingredient in stock},
    )


def _oldest_days(products: dict[int, Product], on: date) -> dict[int, date]:
    """The earliest day of production from which each product may be linked on a day."""
    return {product.id: oldest_usable_day(on, product.shelf_life_days) for product in products.values()}


def _made_by(products: Iterable[Product]) -> list[int]:
    """The ingredients that intermediates make: what to lock, since their stock moves with their batches."""
    return sorted({product.makes_ingredient_id for product in products if product.makes_ingredient_id is not None})


async def _outputs(work: Work, batches: Sequence[ProductionBatch]) -> dict[int, Lot]:
    """The lots that intermediates' batches made, by batch."""
    lots = await work.store.lots.by_origin([batch.id for batch in batches])
    return {lot.origin_batch_id: lot for lot in lots if lot.origin_batch_id is not None}


# ── reads ─────────────────────────────────────────────────────────────────────────────────────────────────────────────
async def links_before(relink: Parent[Relink], info: Info) -> list[Allocation]:
    found = await info.context.loaders.links_before_relink.load(relink.id)
    return [allocation for _, allocation in found]
