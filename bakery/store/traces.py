"""Reading a trace: a recursive walk over edges, then the rows of each kind (R-7.4).

Six statements at most, whatever the size of the trace, each by an index at every step. `LINK_LIMIT` bounds the batches,
the consumptions and the allocations of a trace; what exceeds it is cut, and the trace says so.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Sequence, Set
from dataclasses import dataclass
from operator import attrgetter
from typing import Any, TypeAlias, TypeVar

from sqlalchemy import (
    CTE,
    BigInteger,
    ColumnElement,
    CompoundSelect,
    Executable,
    Integer,
    Select,
    TextClause,
    bindparam,
    exists,
    func,
    literal_column,
    select,
    text,
    true,
    union,
    union_all,
)

from bakery.catalogue import Ingredient, Product, Supplier
from bakery.lots import Lot
from bakery.orders import Allocation
from bakery.production import BatchStatus, Consumption, ProductionBatch
from bakery.store import tables
from bakery.store.catalogue import (
    PRODUCTS_WITH_MADE,
    has_recipe,
    ingredient_columns,
    product_columns,
    product_unit,
)
from bakery.store.given import among, given
from bakery.store.lots import LOTS_WITH_ORIGINS, lot_columns
from bakery.store.orders import Orders, allocation_columns
from bakery.store.partners import supplier_columns
from bakery.store.production import BATCHES_WITH_UNIT, CONSUMPTIONS_WITH_UNIT, batch_columns, consumption_columns
from bakery.store.session import Session
from bakery.store.statement import OURS, Statement, joined, records
from bakery.trace import Findings, TracedLine

LINK_LIMIT = 250_000

T = TypeVar("T")

BatchesMet: TypeAlias = Statement[tuple[list[ProductionBatch], dict[int, Product]]]

_CONSUMPTIONS, _LOTS, _BATCHES = tables.consumptions.c, tables.lots.c, tables.production_batches.c
_LINKS = tables.allocations.c
_AT_MOST = bindparam("at_most", type_=Integer())
_START = bindparam("start", type_=BigInteger())


# ── the walk ──────────────────────────────────────────────────────────────────────────────────────────────────────────
def _is_short(column: str) -> TextClause:
    """True of each row of a walk, and word to SQLite that there are few: it takes a walk for a million rows, and would
    rather read whole tables into a Bloom filter than look rows up by index.
    """
    return text(f"likelihood(walk.{column} IS NOT NULL, 0.0001)")


def _walk(dialect: str, start: Select[Any], step: Select[Any], after: ColumnElement[int]) -> CTE:
    """The batches of `start`, those that a `step` leads to from there, and so on; `after` is the step's batch before.

    UNION, not UNION ALL, ends every cycle. PostgreSQL cannot guess how far a walk goes, and would rather read whole
    tables: a fence makes it take each step by itself.
    """
    walk = start.cte("walk", recursive=True)
    if dialect == "sqlite":
        return walk.union(step.join(walk, after == walk.c.batch_id).where(_is_short("batch_id")))
    fenced = step.where(after == walk.c.batch_id).offset(literal_column("0")).lateral("step")
    return walk.union(select(fenced.c.batch_id).select_from(walk.join(fenced, true())))


def _downstream(dialect: str, start: Select[Any]) -> CTE:
    """Batches that used what the start's batches made, and so on."""
    users = (
        select(_CONSUMPTIONS.batch_id)
        .select_from(tables.lots)
        .join(tables.consumptions, (_CONSUMPTIONS.bakery_id == OURS) & (_CONSUMPTIONS.lot_id == _LOTS.id))
        .where(_LOTS.bakery_id == OURS)
    )
    return _walk(dialect, start, users, _LOTS.origin_batch_id)


def _upstream(dialect: str, start: Select[Any]) -> CTE:
    """Batches that made what the start's batches used, and so on."""
    makers = (
        select(_LOTS.origin_batch_id.label("batch_id"))
        .select_from(tables.consumptions)
        .join(tables.lots, (_LOTS.bakery_id == OURS) & (_LOTS.id == _CONSUMPTIONS.lot_id))
        .where(_CONSUMPTIONS.bakery_id == OURS, _LOTS.origin_batch_id.is_not(None))
    )
    return _walk(dialect, start, makers, _CONSUMPTIONS.batch_id)


def _batches_of(dialect: str, walk: CTE) -> Select[Any]:
    """The confirmed batches that a walk met, with their products."""
    met = (
        select(*batch_columns(), *product_columns())
        .select_from(BATCHES_WITH_UNIT)
        .where(_BATCHES.bakery_id == OURS, _BATCHES.status == BatchStatus.CONFIRMED)
    )
    if dialect == "sqlite":
        return met.where(_BATCHES.id.in_(select(walk.c.batch_id))).order_by(_BATCHES.id).limit(_AT_MOST)
    fenced = met.where(_BATCHES.id == walk.c.batch_id).offset(literal_column("0")).lateral("met")
    return select(*fenced.c).select_from(walk.join(fenced, true())).order_by(fenced.c.id).limit(_AT_MOST)


def _after_lot(dialect: str) -> Executable:
    """Forward from a lot: the batches that used it or what was made of it.

    An intermediate that was also sold as it is was sold from the batch that made it (R-4.4): then that batch is where
    the goods went on from, and belongs to the trace.
    """
    users = select(_CONSUMPTIONS.batch_id).where(_CONSUMPTIONS.bakery_id == OURS, _CONSUMPTIONS.lot_id == _START)
    seller = (
        select(_LOTS.origin_batch_id)
        .join(tables.allocations, (_LINKS.bakery_id == OURS) & (_LINKS.batch_id == _LOTS.origin_batch_id))
        .where(_LOTS.bakery_id == OURS, _LOTS.id == _START, _LINKS.freed_at.is_(None))
    )
    starts = union(users, seller).subquery()
    return _batches_of(dialect, _downstream(dialect, select(starts.c.batch_id)))


def _before_order(dialect: str) -> Executable:
    """Backward from an order: its batches, and the batches that made what they used."""
    standing = select(_LINKS.batch_id).where(
        _LINKS.bakery_id == OURS, _LINKS.order_id == _START, _LINKS.freed_at.is_(None)
    )
    return _batches_of(dialect, _upstream(dialect, standing))


# From a reversed batch nowhere.
_ITSELF = select(_BATCHES.id.label("batch_id")).where(
    _BATCHES.bakery_id == OURS, _BATCHES.id == _START, _BATCHES.status == BatchStatus.CONFIRMED
)
_BATCHES_AFTER_LOT = joined(_after_lot, ProductionBatch, Product)
_BATCHES_BEFORE_ORDER = joined(_before_order, ProductionBatch, Product)
_BATCHES_AFTER = joined(lambda dialect: _batches_of(dialect, _downstream(dialect, _ITSELF)), ProductionBatch, Product)
_BATCHES_BEFORE = joined(lambda dialect: _batches_of(dialect, _upstream(dialect, _ITSELF)), ProductionBatch, Product)


# ── the rows ──────────────────────────────────────────────────────────────────────────────────────────────────────────
def _lots_met() -> CompoundSelect[Any]:
    """Lots by their ids, and those that batches made; with their ingredients and suppliers."""
    lots = (
        select(*lot_columns(), *ingredient_columns(), *supplier_columns())
        .select_from(LOTS_WITH_ORIGINS)
        .where(_LOTS.bakery_id == OURS)
    )
    by_id = among(_LOTS.id, "ids")
    return union_all(lots.where(by_id), lots.where(among(_LOTS.origin_batch_id, "made_by"), ~by_id))


def _was_made() -> ColumnElement[bool]:
    """Whether the product of the row was ever produced: then it is not bought in, also without its recipe."""
    batches = tables.production_batches.c
    return exists().where(batches.bakery_id == tables.products.c.bakery_id, batches.product_id == tables.products.c.id)


def _lines_of_orders() -> Select[Any]:
    lines, products = tables.order_lines.c, tables.products.c
    linked = (
        select(func.coalesce(func.sum(_LINKS.quantity), 0, type_=_LINKS.quantity.type))
        .where(_LINKS.bakery_id == OURS, _LINKS.order_line_id == lines.id, _LINKS.freed_at.is_(None))
        .scalar_subquery()
    )
    return (
        select(lines.order_id, products.name, product_unit(), lines.quantity, linked, ~has_recipe() & ~_was_made())
        .select_from(PRODUCTS_WITH_MADE)
        .join(tables.order_lines, (lines.bakery_id == OURS) & (lines.product_id == products.id))
        .where(products.bakery_id == OURS, among(lines.order_id, "ids"))
        .order_by(lines.id)
    )


_CONSUMED = joined(
    select(*consumption_columns(), *ingredient_columns())
    .select_from(CONSUMPTIONS_WITH_UNIT)
    .where(_CONSUMPTIONS.bakery_id == OURS, among(_CONSUMPTIONS.batch_id, "ids"))
    .order_by(_CONSUMPTIONS.id)
    .limit(_AT_MOST),
    Consumption,
    Ingredient,
)
_STANDING = select(*allocation_columns()).where(_LINKS.bakery_id == OURS, _LINKS.freed_at.is_(None))
_IN_ORDER = _STANDING.order_by(_LINKS.id).limit(_AT_MOST)
_LINKS_OF_BATCHES = records(_IN_ORDER.where(among(_LINKS.batch_id, "ids")), Allocation)
_LINKS_OF_ORDERS = records(_IN_ORDER.where(among(_LINKS.order_id, "ids")), Allocation)
_LOTS_MET = joined(_lots_met(), Lot, Ingredient, Supplier)
_LINES_MET = records(_lines_of_orders(), TracedLine)


# ── generations ───────────────────────────────────────────────────────────────────────────────────────────────────────
@dataclass(frozen=True, slots=True)
class Met:
    """What a walk of some generations came by: a lot on its way forward, a production batch on its way back."""

    id: int


def _met(
    dialect: str, step: Select[Any], before: ColumnElement[int], parent: ColumnElement[int], counts: ColumnElement[bool]
) -> Executable:
    """What was consumed of, or by, what stands in `starts` and all that some generations of steps lead to from there.

    A step goes from `before` to what it selects; `parent` is where a consumption names what was met, and `counts`
    tells which consumptions are told at all. What was met comes along: so it is known, too, where nothing was consumed.
    """
    starts = given("starts", id=BigInteger())
    walk = select(starts.c.id, literal_column("1", Integer).label("generation")).cte("walk", recursive=True)
    further, next_generation = walk.c.generation < _GENERATIONS, walk.c.generation + 1
    consumed = select(*consumption_columns(), *ingredient_columns()).select_from(CONSUMPTIONS_WITH_UNIT)
    if dialect == "sqlite":
        walk = walk.union(
            step.add_columns(next_generation).join(walk, before == walk.c.id).where(further, _is_short("id"))
        )
        met = select(walk.c.id).distinct().subquery("met")
        # Not the consumptions with their ingredients: SQLite would first put all of those together.
        beside = met.outerjoin(
            tables.consumptions, (_CONSUMPTIONS.bakery_id == OURS) & (parent == met.c.id) & counts
        ).outerjoin(
            tables.ingredients,
            (tables.ingredients.c.bakery_id == _CONSUMPTIONS.bakery_id)
            & (tables.ingredients.c.id == _CONSUMPTIONS.ingredient_id),
        )
        return select(*consumption_columns(), *ingredient_columns(), met.c.id).select_from(beside)
    fenced = step.where(before == walk.c.id).offset(literal_column("0")).lateral("step")
    walk = walk.union(select(fenced.c.id, next_generation).select_from(walk.join(fenced, true())).where(further))
    met = select(walk.c.id).distinct().subquery("met")
    of_one = consumed.where(_CONSUMPTIONS.bakery_id == OURS, parent == met.c.id, counts).offset(literal_column("0"))
    lateral = of_one.lateral("consumed")
    return select(*lateral.c, met.c.id).select_from(met.outerjoin(lateral, true()))


def _out_of_lots(dialect: str) -> Executable:
    # A reversed run leads nowhere.
    stands = ~exists().where(
        _BATCHES.bakery_id == _CONSUMPTIONS.bakery_id,
        _BATCHES.id == _CONSUMPTIONS.batch_id,
        _BATCHES.status == BatchStatus.REVERSED,
    )
    step = (
        select(_LOTS.id.label("id"))
        .select_from(tables.consumptions)
        .join(tables.lots, (_LOTS.bakery_id == OURS) & (_LOTS.origin_batch_id == _CONSUMPTIONS.batch_id))
        .where(_CONSUMPTIONS.bakery_id == OURS, stands)
    )
    return _met(dialect, step, before=_CONSUMPTIONS.lot_id, parent=_CONSUMPTIONS.lot_id, counts=stands)


def _into_batches(dialect: str) -> Executable:
    step = (
        select(_LOTS.origin_batch_id.label("id"))
        .select_from(tables.consumptions)
        .join(tables.lots, (_LOTS.bakery_id == OURS) & (_LOTS.id == _CONSUMPTIONS.lot_id))
        .where(_CONSUMPTIONS.bakery_id == OURS, _LOTS.origin_batch_id.is_not(None))
    )
    return _met(dialect, step, before=_CONSUMPTIONS.batch_id, parent=_CONSUMPTIONS.batch_id, counts=true())


_GENERATIONS = bindparam("generations", type_=Integer())
_OUT_OF_LOTS = joined(_out_of_lots, Consumption, Ingredient, Met)
_INTO_BATCHES = joined(_into_batches, Consumption, Ingredient, Met)

Consumed: TypeAlias = tuple[list[int], list[Consumption], dict[int, Ingredient]]
"""The ids of what was met, what was consumed of it or by it in the order of recording, and the ingredients."""


@dataclass(frozen=True)
class Traces:
    session: Session

    async def of_lot(self, lot_id: int) -> Findings:
        """Forward from a lot: where it went, and what was made of it."""
        batches, products = await self._batches(_BATCHES_AFTER_LOT, lot_id)
        ids = [batch.id for batch in batches]
        return await self._gather(batches, products, lot_ids=[lot_id], made_by=ids, sold_from=ids)

    async def of_order(self, order_id: int) -> Findings:
        """Backward from an order: its batches, what they used, and the batches that made what they used.

        Of an intermediate that was sold as it is, the lot went into the order itself (R-4.4).
        """
        batches, products = await self._batches(_BATCHES_BEFORE_ORDER, order_id)
        used_by = {batch.id for batch in batches}
        return await self._gather(batches, products, used_by=used_by, order_ids=[order_id])

    async def of_batch(self, batch_id: int) -> Findings:
        """Both ways from a production batch; from a reversed one nowhere."""
        (after, products), (before, others) = await asyncio.gather(
            self._batches(_BATCHES_AFTER, batch_id), self._batches(_BATCHES_BEFORE, batch_id)
        )
        met = {batch.id: batch for batch in (*after, *before)}
        ids = [batch.id for batch in after]
        return await self._gather(
            [met[batch_id] for batch_id in sorted(met)],
            products | others,
            used_by={batch.id for batch in before},
            made_by=ids,
            sold_from=ids,
        )

    async def out_of_lots(self, lot_ids: Sequence[int], generations: int) -> Consumed:
        """What was consumed of the lots, of what was made of them, and so on for some generations."""
        return await self._consumed(_OUT_OF_LOTS, lot_ids, generations)

    async def into_batches(self, batch_ids: Sequence[int], generations: int) -> Consumed:
        """What the batches consumed, and the batches that made it, and so on for some generations."""
        return await self._consumed(_INTO_BATCHES, batch_ids, generations)

    async def _consumed(
        self,
        statement: Statement[tuple[list[Consumption], dict[int, Ingredient], dict[int, Met]]],
        ids: Sequence[int],
        generations: int,
    ) -> Consumed:
        starts = [(record_id,) for record_id in ids]
        found, ingredients, met = await self.session.read(statement, starts=starts, generations=generations)
        # The outer join makes one of nothing where nothing was consumed.
        consumed = [item for item in found if item.id]
        consumed.sort(key=attrgetter("id"))
        return list(met), consumed, ingredients

    async def _batches(self, statement: BatchesMet, start: int) -> tuple[list[ProductionBatch], dict[int, Product]]:
        """The confirmed batches that the walk met, one more than the limit if it was met."""
        return await self.session.read(statement, start=start, at_most=LINK_LIMIT + 1)

    async def _gather(
        self,
        batches: Sequence[ProductionBatch],
        products: dict[int, Product],
        *,
        lot_ids: Sequence[int] = (),
        used_by: Set[int] = frozenset(),
        made_by: Sequence[int] = (),
        sold_from: Sequence[int] = (),
        order_ids: Sequence[int] | None = None,
    ) -> Findings:
        """The rows of each kind: of the lots given, used and made, of the links of batches sold from or of orders."""
        read, at_most = self.session.read, LINK_LIMIT + 1
        linked = (
            read(_LINKS_OF_BATCHES, ids=sold_from, at_most=at_most)
            if order_ids is None
            else read(_LINKS_OF_ORDERS, ids=order_ids, at_most=at_most)
        )
        (consumptions, ingredients), links = await asyncio.gather(
            read(_CONSUMED, ids=[batch.id for batch in batches], at_most=at_most), linked
        )
        sold = [] if order_ids is None else _unique(link.batch_id for link in links)
        if order_ids is None:
            order_ids = _unique(link.order_id for link in links[:LINK_LIMIT])
        used = _unique(item.lot_id for item in consumptions if item.lot_id is not None and item.batch_id in used_by)
        (lots, more, suppliers), (orders, customers), lines = await asyncio.gather(
            read(_LOTS_MET, ids=[*lot_ids, *used], made_by=[*made_by, *sold]),
            Orders(self.session).with_customers(order_ids),
            read(_LINES_MET, ids=order_ids),
        )
        lots.sort(key=attrgetter("id"))
        return Findings(
            lots=tuple(lots),
            batches=tuple(batches[:LINK_LIMIT]),
            orders=tuple(orders),
            customers=tuple(customers.values()),
            suppliers=tuple(suppliers[item] for item in _unique(lot.supplier_id for lot in lots) if item is not None),
            consumptions=tuple(consumptions[:LINK_LIMIT]),
            allocations=tuple(links[:LINK_LIMIT]),
            lines=tuple(lines),
            ingredient_names={ingredient.id: ingredient.name for ingredient in ingredients.values()},
            truncated=any(len(met) > LINK_LIMIT for met in (batches, consumptions, links)),
            products=products,
            ingredients=ingredients | more,
        )


def _unique(ids: Iterable[T]) -> list[T]:
    return list(dict.fromkeys(ids))
