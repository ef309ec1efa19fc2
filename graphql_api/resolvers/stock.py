"""Stock other than by production: restocks, lots by hand, counts, write-offs, holds, expiry (R-2.5, R-4, R-6.3)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from functools import partial
from itertools import zip_longest

from bakery.allocation import Pick, take_oldest
from bakery.catalogue import Ingredient
from bakery.codes import CodeKind
from bakery.lots import HoldCause, Lot, LotSource, MovementKind, WriteOffReason
from bakery.quantity import ZERO, Unit, plain
from bakery.store.ledger import Entry
from bakery.store.lots import Change, NewLot
from bakery.store.tables import NAME_LENGTH, NOTE_LENGTH
from graphql_api.context import Work
from graphql_api.refs import Outcome, Ref
from graphql_api.resolvers.checks import Checks

MAX_STOCK = Decimal(10**12)  # a thousand of the largest quantities: sums stay far from the store's 64 bits


@dataclass(frozen=True, slots=True)
class Receipt:
    """Stock that comes in, checked: quantity in the ingredient's stock unit, cost per that unit."""

    kind: MovementKind
    source: LotSource
    ingredient: Ingredient
    quantity: Decimal
    received_on: date
    expires_on: date | None
    unit_cost: Decimal | None
    supplier_id: int | None
    supplier_lot_number: str | None
    purchase_order_line_id: int | None = None

    @property
    def as_lot(self) -> NewLot:
        return NewLot(
            ingredient_id=self.ingredient.id,
            source=self.source,
            quantity=self.quantity,
            received_on=self.received_on,
            expires_on=self.expires_on,
            unit_cost=self.unit_cost,
            supplier_id=self.supplier_id,
            supplier_lot_number=self.supplier_lot_number,
            purchase_order_line_id=self.purchase_order_line_id,
        )


async def bring_in(work: Work, receipts: Sequence[Receipt]) -> list[int]:
    """Book one day's receipts of locked ingredients: stock goes up, by a lot each while lot tracking is on.

    Returns the lots' ids; none while it is off.
    """
    lot_ids: list[int] = []
    if work.tracking:
        codes = await work.store.codes.next(CodeKind.LOT, work.today, len(receipts))
        await work.store.reserve(2 * len(receipts))  # the lots and their movements
        lot_ids = await work.store.lots.add([receipt.as_lot for receipt in receipts], codes, work.now)
    changes: dict[int, tuple[Decimal, Decimal]] = {}
    for receipt in receipts:
        tracked, untracked = changes.get(receipt.ingredient.id, (ZERO, ZERO))
        if work.tracking:
            tracked += receipt.quantity
        else:
            untracked += receipt.quantity
        changes[receipt.ingredient.id] = (tracked, untracked)
    await work.store.ingredients.change_stock(changes)
    await work.store.ledger.book(
        [
            Entry(
                receipt.kind,
                receipt.ingredient.id,
                receipt.quantity,
                lot_id=lot_id,
                unit_cost=receipt.unit_cost,
            )
            for receipt, lot_id in zip_longest(receipts, lot_ids)
        ],
        actor_id=work.actor_id,
        happened_at=work.instant_of(receipts[0].received_on),
        now=work.now,
    )
    return lot_ids


async def _receive_one(
    kind: MovementKind,
    source: LotSource,
    work: Work,
    *,
    ingredient_id: str,
    quantity: Decimal,
    unit: Unit | None,
    unit_cost: Decimal | None,
    supplier_id: str | None,
    supplier_lot_number: str | None,
    expires_on: date | None,
    received_on: date | None,
) -> Outcome:
    checks = Checks()
    wanted = checks.id("ingredientId", ingredient_id, "Ingredient")
    supplier = checks.optional_id("supplierId", supplier_id, "Supplier")
    quantity = checks.quantity("quantity", quantity)
    cost = checks.unit_cost("unitCost", unit_cost)
    number = checks.text("supplierLotNumber", supplier_lot_number, NAME_LENGTH)
    received = checks.past_day("receivedOn", received_on, work.today)
    expires = checks.expiry("expiresOn", expires_on, received)
    if supplier is not None:
        found = await work.store.suppliers.by_ids([supplier])
        checks.in_use("supplierId", next(iter(found), None), supplier, "Supplier")
    ingredient = (await work.store.ingredients.lock([wanted])).get(wanted)
    checks.in_use("ingredientId", ingredient, wanted, "Ingredient")
    if ingredient is not None:
        quantity = checks.in_stock_unit("quantity", quantity, unit, ingredient)
        cost = checks.cost_per_stock_unit("unitCost", cost, unit, ingredient)
        check_room(checks, "quantity", ingredient, quantity)
    checks.done()
    assert ingredient is not None
    lot_ids = await bring_in(
        work, [Receipt(kind, source, ingredient, quantity, received, expires, cost, supplier, number)]
    )
    return Outcome(ingredient=Ref("Ingredient", ingredient.id), lot=Ref("Lot", lot_ids[0]) if lot_ids else None)


quick_restock = partial(_receive_one, MovementKind.RESTOCK, LotSource.RESTOCK)
"""One receipt without a purchase order: one lot while lot tracking is on, none while it is off (R-4.2)."""

add_lot = partial(_receive_one, MovementKind.MANUAL_LOT, LotSource.MANUAL)
"""One lot by hand, and as much stock (R-4.3). Its gate sees to it that lot tracking is on."""


def check_room(checks: Checks, path: str, ingredient: Ingredient, quantity: Decimal) -> None:
    """Refuses a change that takes the stock figure further from zero than the store can count."""
    if abs(ingredient.on_hand + quantity) > MAX_STOCK:
        checks.refuse(path, f"The stock of {ingredient.name} would pass {plain(MAX_STOCK)} {ingredient.unit.value}.")


async def adjust_stock(
    work: Work, *, ingredient_id: str, counted_quantity: Decimal, unit: Unit | None, note: str | None
) -> Outcome:
    """A stock count sets the overall figure (R-2.5).

    A count above it only raises untracked stock. After any other, lots hold no more than was counted: what they held
    beyond leaves them, oldest first, and a shortfall below zero is cleared.
    """
    checks = Checks()
    wanted = checks.id("ingredientId", ingredient_id, "Ingredient")
    counted = checks.quantity("countedQuantity", counted_quantity, zero=True)
    note = checks.text("note", note)
    ingredient = (await work.store.ingredients.lock([wanted])).get(wanted)
    checks.exists("ingredientId", ingredient, wanted, "Ingredient")
    if ingredient is not None:
        counted = checks.in_stock_unit("countedQuantity", counted, unit, ingredient)
        if counted > ingredient.on_hand:
            checks.in_use("ingredientId", ingredient, wanted, "Ingredient")
    checks.done()
    assert ingredient is not None
    change = counted - ingredient.on_hand
    from_lots = max(ingredient.tracked - counted, ZERO) if change <= 0 else ZERO
    lots = await work.store.lots.in_stock([ingredient.id])
    reduced = take_oldest(lots[ingredient.id], from_lots, work.settings.consumption_order)
    untracked = change + from_lots
    reason = "Stock count: fewer on hand than the lots hold"
    entries = correct_lots(ingredient.id, reduced, f"{reason}. {note}" if note else reason)
    if untracked:
        entries.append(Entry(MovementKind.ADJUSTMENT, ingredient.id, untracked, note=note or "Stock count"))
    await work.store.lots.change(Change.ADJUSTED, {pick.lot.id: -pick.quantity for pick in reduced})
    await work.store.ingredients.change_stock({ingredient.id: (-from_lots, untracked)})
    await work.store.ledger.book(entries, actor_id=work.actor_id, happened_at=work.now, now=work.now)
    return Outcome(ingredient=Ref("Ingredient", ingredient.id))


def correct_lots(ingredient_id: int, reduced: Sequence[Pick], note: str, batch_id: int | None = None) -> list[Entry]:
    """The movements that take a correction out of lots, and say why: for which run, if for one."""
    return [
        Entry(
            MovementKind.ADJUSTMENT,
            ingredient_id,
            -pick.quantity,
            lot_id=pick.lot.id,
            unit_cost=pick.lot.unit_cost,
            batch_id=batch_id,
            note=note[:NOTE_LENGTH],
        )
        for pick in reduced
    ]


async def write_off_lot(
    work: Work, *, lot_id: str, quantity: Decimal | None, reason: WriteOffReason, note: str | None
) -> Outcome:
    """Take part or all of what remains out of lot and stock, as waste; allowed whatever the lot's status (R-6.3)."""
    checks = Checks()
    if quantity is not None:
        quantity = checks.quantity("quantity", quantity)
    note = checks.text("note", note)
    lot = await _locked_lot(work, checks, lot_id)
    wasted = lot.quantity_remaining if quantity is None else quantity
    if wasted > lot.quantity_remaining or wasted == 0:
        checks.refuse(
            "quantity",
            f"{lot.code} has {plain(lot.quantity_remaining)} {lot.unit.value} left; write off that or less."
            if lot.quantity_remaining
            else f"{lot.code} has nothing left to write off.",
        )
    checks.done()
    await waste_lot(work, lot, wasted, reason, note)
    return Outcome(lot=Ref("Lot", lot.id))


async def waste_lot(work: Work, lot: Lot, quantity: Decimal, reason: WriteOffReason, note: str | None) -> None:
    """Book waste of a lot whose ingredient is locked; a lot that was made here shares it with its batch (R-4.4)."""
    await work.store.lots.change(Change.WRITTEN_OFF, {lot.id: quantity})
    await work.store.ingredients.change_stock({lot.ingredient_id: (-quantity, ZERO)})
    if lot.origin_batch_id is not None:
        await work.store.production.waste(lot.origin_batch_id, quantity)
    entry = Entry(
        MovementKind.WRITE_OFF,
        lot.ingredient_id,
        -quantity,
        lot_id=lot.id,
        unit_cost=lot.unit_cost,
        write_off_reason=reason,
        note=note,
    )
    await work.store.ledger.book([entry], actor_id=work.actor_id, happened_at=work.now, now=work.now)


async def hold_lot(work: Work, *, lot_id: str, reason: str) -> Outcome:
    """Put a manual hold on a lot: production passes it over until it is released (R-4.8)."""
    checks = Checks()
    reason = checks.reason("reason", reason)
    lot = await _locked_lot(work, checks, lot_id)
    if lot.on_hold:
        checks.refuse("lotId", f"{lot.code} is on hold already.")
    checks.done()
    await work.store.lots.hold(lot.id, HoldCause.MANUAL, reason, work.actor_id, work.now)
    return Outcome(lot=Ref("Lot", lot.id))


async def release_lot(work: Work, *, lot_id: str, reason: str) -> Outcome:
    """Lift the manual hold of a lot; a recall's hold stays (R-4.8)."""
    checks = Checks()
    reason = checks.reason("reason", reason)
    lot = await _locked_lot(work, checks, lot_id)
    if not lot.on_hold:
        checks.refuse("lotId", f"{lot.code} is not on hold.")
    checks.done()
    await work.store.lots.lift_manual_hold(lot.id, reason, work.actor_id, work.now)
    return Outcome(lot=Ref("Lot", lot.id))


async def edit_lot_expiry(
    work: Work, *, lot_id: str, expires_on: date | None, undated: bool | None, reason: str
) -> Outcome:
    """Give a lot another expiry date, or none; what it had and why it changed is kept (R-4.6).

    From then on runs, statuses and lists go by the new one. What was recorded stays: a lot that inherited the old
    date keeps it.
    """
    checks = Checks()
    reason = checks.reason("reason", reason)
    if expires_on is None and not undated:
        checks.refuse("expiresOn", "It is missing. Give the last usable day, or `undated: true` for a lot without one.")
    elif expires_on is not None and undated:
        checks.refuse("undated", "Give either `expiresOn` or `undated: true`, not both.")
    lot = await _locked_lot(work, checks, lot_id)
    expires_on = checks.expiry("expiresOn", expires_on, lot.received_on)
    checks.done()
    if expires_on == lot.expires_on:
        checks.refuse(
            "undated" if expires_on is None else "expiresOn",
            f"{lot.code} has no expiry date already." if expires_on is None else f"{lot.code} has this date already.",
        )
    checks.done()
    await work.store.lots.edit_expiry(lot, expires_on, reason, work.actor_id, work.now)
    return Outcome(lot=Ref("Lot", lot.id))


async def _locked_lot(work: Work, checks: Checks, lot_id: str) -> Lot:
    """The lot, read after its ingredient was locked. Raises with what `checks` found if there is none."""
    wanted = checks.id("lotId", lot_id, "Lot")
    ingredient_id = checks.require("lotId", await work.store.lots.ingredient_of(wanted), wanted, "Lot")
    await work.store.ingredients.lock([ingredient_id])
    return (await work.store.lots.by_ids([wanted]))[0]
