"""Reads what `bakery.proof` needs to prove a bakery's books, and finds rows that point across bakeries (R-1.1)."""

from __future__ import annotations

from collections.abc import AsyncIterator, Collection, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, ForeignKeyConstraint, Select, Table, and_, exists, func, select
from sqlalchemy.exc import SQLAlchemyError

from bakery.catalogue import Bakery, Ingredient
from bakery.codes import CodeKind
from bakery.days import local_day
from bakery.orders import Allocation
from bakery.proof import (
    Booked,
    Books,
    Breach,
    CodeCounter,
    Coded,
    DateChange,
    Delivered,
    HeldLot,
    OrderedLine,
    Proof,
    ProvenLot,
    PurchasedLine,
    Relinked,
    Run,
    Used,
    Wasted,
)
from bakery.proof.people import Person, people_breaches
from bakery.store import tables
from bakery.store.annex import Annex
from bakery.store.audit import verified
from bakery.store.documents import altered
from bakery.store.drivers import DriverError
from bakery.store.engine import DatabaseUnavailable
from bakery.store.legible import forbidden, name_of, tables_of, unreadable
from bakery.store.orders import allocation_columns
from bakery.store.people import all_bakeries
from bakery.store.session import BakeryId, Database, Session

MOVEMENTS_AT_ONCE = 10_000

CODED: dict[CodeKind, tuple[Table, ColumnElement[str]]] = {
    CodeKind.LOT: (tables.lots, tables.lots.c.code),
    CodeKind.PRODUCTION_BATCH: (tables.production_batches, tables.production_batches.c.code),
    CodeKind.PURCHASE_ORDER: (tables.purchase_orders, tables.purchase_orders.c.code),
    CodeKind.ORDER: (tables.orders, tables.orders.c.number),
}
"""Where the codes of each kind stand. A kind that has no table yet is not proven."""


async def prove(
    database: Database, *, plans: Collection[str], roles: Collection[str], annexes: Sequence[Annex] = ()
) -> list[tuple[str, Breach]]:
    """The breaches of the database as a whole and of every bakery, each with whose it is.

    `plans` and `roles` are those that there are. Raises `DatabaseUnavailable` where it cannot be read at all.
    """
    try:
        async with database.reading() as session:
            # Books that cannot be read cannot be proven.
            if strays := await unreadable(session, plans=plans, roles=roles, annexes=annexes):
                return [("database", breach) for breach in strays]
            wrong = [
                *await forbidden(session, annexes=annexes),
                *await foreign_rows(session, annexes=annexes),
                *await altered(session),
            ]
            found = [("database", breach) for breach in wrong]
            for bakery in await all_bakeries(session):
                bound = session.for_bakery(BakeryId(bakery.id))
                found += [(f"bakery {bakery.id}", breach) for breach in await breaches(bound, bakery)]
            return found + (await verified(session)).breaches
    except (SQLAlchemyError, *DriverError) as error:
        raise DatabaseUnavailable(database.engine.url, error) from error


async def breaches(session: Session, bakery: Bakery) -> list[Breach]:
    """What of the books of the session's bakery does not follow from its ledger; empty if all does.

    Everything is read in the one snapshot of the session, the ledger in parts.
    """
    if session.bakery_id != bakery.id:
        raise ValueError(f"the session is bound to bakery {session.bakery_id}, not to {bakery.id}")
    proof = Proof(await _books(session, bakery))
    async for movement in _ledger(session):
        proof.book(movement)
    return [*proof.breaches(), *people_breaches(await session.records(Person, _people(session)))]


def _people(session: Session) -> Select[Any]:
    columns, tokens = tables.members.c, tables.access_tokens.c
    standing = (
        select(func.count())
        .where(tokens.bakery_id == columns.bakery_id, tokens.member_id == columns.id, tokens.revoked_at.is_(None))
        .scalar_subquery()
    )
    return (
        select(
            columns.id,
            columns.name,
            columns.role == "OWNER",
            columns.removed_at.is_not(None),
            columns.subject_hash.is_not(None),
            columns.invitation_hash.is_not(None),
            standing,
        )
        .where(columns.bakery_id == session.bakery_id)
        .order_by(columns.id)
    )


async def _ledger(session: Session) -> AsyncIterator[Booked]:
    """The movements of the bakery in the order of recording."""
    columns = tables.movements.c
    statement = (
        select(
            columns.id,
            columns.kind,
            columns.ingredient_id,
            columns.lot_id,
            columns.quantity,
            columns.batch_id,
            columns.order_id,
        )
        .where(columns.bakery_id == session.bakery_id)
        .order_by(columns.id)
        .limit(MOVEMENTS_AT_ONCE)
    )
    page = await session.records(Booked, statement)
    while page:
        for movement in page:
            yield movement
        page = await session.records(Booked, statement.where(columns.id > page[-1].id))


async def _books(session: Session, bakery: Bakery) -> Books:
    return Books(
        ingredients=await session.records(Ingredient, _ingredients(session)),
        lots=await session.records(ProvenLot, _lots(session)),
        date_changes=await session.records(DateChange, _date_changes(session)),
        holds=await session.records(HeldLot, _holds(session)),
        purchased=await session.records(PurchasedLine, _purchased(session)),
        delivered=await session.records(Delivered, _delivered(session)),
        runs=await session.records(Run, _runs(session)),
        uses=await session.records(Used, _uses(session)),
        lines=await session.records(OrderedLine, _lines(session)),
        allocations=await session.records(Allocation, _allocations(session)),
        reversals=[batch_id for (batch_id,) in await session.rows(_reversals(session))],
        waste=await session.records(Wasted, _waste(session)),
        relinked=await session.records(Relinked, _relinked(session)),
        coded=await _coded(session, bakery),
        counters=await session.records(CodeCounter, _counters(session)),
        makes=dict(await session.rows(_makes(session))),
    )


def _ingredients(session: Session) -> Select[Any]:
    columns = tables.ingredients.c
    return (
        select(
            columns.id,
            columns.name,
            columns.unit,
            columns.density,
            columns.reorder_point,
            columns.tracked,
            columns.untracked,
        )
        .where(columns.bakery_id == session.bakery_id)
        .order_by(columns.id)
    )


def _lots(session: Session) -> Select[Any]:
    columns = tables.lots.c
    return (
        select(
            columns.id,
            columns.code,
            columns.ingredient_id,
            columns.source,
            columns.origin_batch_id,
            columns.received_on,
            columns.expires_on,
            columns.quantity_received,
            columns.quantity_adjusted,
            columns.quantity_consumed,
            columns.quantity_written_off,
            columns.quantity_remaining,
        )
        .where(columns.bakery_id == session.bakery_id)
        .order_by(columns.id)
    )


def _date_changes(session: Session) -> Select[Any]:
    columns = tables.lot_expiry_edits.c
    return (
        select(columns.lot_id, columns.id, columns.old_expires_on, columns.new_expires_on)
        .where(columns.bakery_id == session.bakery_id)
        .order_by(columns.id)
    )


def _holds(session: Session) -> Select[Any]:
    columns = tables.lot_holds.c
    return select(columns.lot_id, columns.id, columns.lift_number).where(columns.bakery_id == session.bakery_id)


def _purchased(session: Session) -> Select[Any]:
    columns, orders = tables.purchase_order_lines.c, tables.purchase_orders.c
    return (
        select(
            columns.id,
            orders.code,
            orders.status,
            columns.ingredient_id,
            columns.unit,
            columns.quantity_ordered,
            columns.quantity_received,
        )
        .join(
            tables.purchase_orders, (orders.bakery_id == columns.bakery_id) & (orders.id == columns.purchase_order_id)
        )
        .where(columns.bakery_id == session.bakery_id)
        .order_by(columns.id)
    )


def _delivered(session: Session) -> Select[Any]:
    columns = tables.lots.c
    return (
        select(columns.purchase_order_line_id, columns.quantity_received)
        .where(columns.bakery_id == session.bakery_id, columns.purchase_order_line_id.is_not(None))
        .order_by(columns.id)
    )


def _runs(session: Session) -> Select[Any]:
    columns = tables.production_batches.c
    return (
        select(
            columns.id,
            columns.code,
            columns.product_id,
            columns.quantity,
            columns.quantity_allocated,
            columns.quantity_written_off,
            columns.produced_on,
            columns.status,
            columns.consumption_order,
        )
        .where(columns.bakery_id == session.bakery_id)
        .order_by(columns.id)
    )


def _uses(session: Session) -> Select[Any]:
    columns = tables.consumptions.c
    return (
        select(
            columns.batch_id,
            columns.ingredient_id,
            columns.lot_id,
            columns.source,
            columns.quantity,
            columns.chosen,
        )
        .where(columns.bakery_id == session.bakery_id)
        .order_by(columns.id)
    )


def _lines(session: Session) -> Select[Any]:
    columns, orders = tables.order_lines.c, tables.orders.c
    return (
        select(columns.id, columns.order_id, columns.product_id, columns.quantity, orders.number, orders.status)
        .join(tables.orders, (orders.bakery_id == columns.bakery_id) & (orders.id == columns.order_id))
        .where(columns.bakery_id == session.bakery_id)
    )


def _allocations(session: Session) -> Select[Any]:
    columns = tables.allocations.c
    standing = columns.bakery_id == session.bakery_id, columns.freed_at.is_(None)
    return select(*allocation_columns()).where(*standing).order_by(columns.id)


def _reversals(session: Session) -> Select[Any]:
    columns = tables.batch_reversals.c
    return select(columns.batch_id).where(columns.bakery_id == session.bakery_id).order_by(columns.id)


def _waste(session: Session) -> Select[Any]:
    columns = tables.batch_write_offs.c
    return (
        select(columns.id, columns.batch_id, columns.quantity)
        .where(columns.bakery_id == session.bakery_id)
        .order_by(columns.id)
    )


def _relinked(session: Session) -> Select[Any]:
    columns, relinks, allocations = tables.relinked_allocations.c, tables.order_relinks.c, tables.allocations.c
    return (
        select(
            columns.relink_id,
            relinks.order_id,
            columns.allocation_id,
            allocations.order_id,
            allocations.freed_at.is_not(None),
        )
        .join(tables.order_relinks, (relinks.bakery_id == columns.bakery_id) & (relinks.id == columns.relink_id))
        .join(
            tables.allocations,
            (allocations.bakery_id == columns.bakery_id) & (allocations.id == columns.allocation_id),
        )
        .where(columns.bakery_id == session.bakery_id)
        .order_by(columns.relink_id, columns.allocation_id)
    )


def _makes(session: Session) -> Select[Any]:
    columns = tables.products.c
    return select(columns.id, columns.makes_ingredient_id).where(columns.bakery_id == session.bakery_id)


def _counters(session: Session) -> Select[Any]:
    columns = tables.code_counters.c
    return (
        select(columns.kind, columns.day, columns.last_number)
        .where(columns.bakery_id == session.bakery_id, columns.kind.in_(CODED))
        .order_by(columns.kind, columns.day)
    )


async def _coded(session: Session, bakery: Bakery) -> list[Coded]:
    found = []
    for kind, (table, code) in CODED.items():
        statement = select(table.c.id, code, table.c.recorded_at).where(table.c.bakery_id == session.bakery_id)
        rows: list[tuple[int, str, datetime]] = [tuple(row) for row in await session.rows(statement)]
        found += [Coded(kind, id, text, local_day(recorded_at, bakery.time_zone)) for id, text, recorded_at in rows]
    return found


async def foreign_rows(session: Session, *, annexes: Sequence[Annex] = ()) -> list[Breach]:
    """Rows of any bakery whose references lead to another bakery's row, or to none; in tables of plug-ins, too.

    The database refuses such a row, unless its foreign keys were switched off when it was written.
    """
    found = []
    for table in tables_of(session, annexes):
        for constraint in sorted(table.foreign_key_constraints, key=_columns):
            found += await _astray(session, table, constraint)
    return found


def _columns(constraint: ForeignKeyConstraint) -> list[str]:
    return list(constraint.column_keys)


async def _astray(session: Session, table: Table, constraint: ForeignKeyConstraint) -> list[Breach]:
    """The rows of `table` that the constraint does not hold for. Its last column names the row referred to."""
    target = constraint.referred_table.alias("target")
    reference = constraint.elements[-1].parent
    match = and_(*(target.c[element.column.key] == element.parent for element in constraint.elements))
    key = list(table.primary_key.columns)
    rows = await session.rows(select(*key, reference).where(reference.is_not(None), ~exists().where(match)))
    if not rows:
        return []
    missing = sorted({row[-1] for row in rows})
    owners = await _owners(session, constraint.referred_table, missing)
    return [
        Breach(
            "R-1.1",
            name_of(table, list(row)[:-1]),
            f"Its {reference.name} is {row[-1]}, and {_whose(constraint.referred_table, owners.get(row[-1]))}.",
        )
        for row in rows
    ]


async def _owners(session: Session, table: Table, ids: list[int]) -> dict[int, int]:
    """Which bakery has the row, by its number, which no two bakeries share."""
    if "bakery_id" not in table.c:
        return {}
    rows = await session.rows(select(table.c.id, table.c.bakery_id).where(session.among(table.c.id, ids)))
    return dict(rows)


def _whose(table: Table, owner: int | None) -> str:
    if owner is not None:
        return f"that row of {table.name} is of bakery {owner}"
    return f"there is no such row in {table.name}"
