"""What becomes of a production batch: its run is reversed (R-5.9), or what is left of it becomes waste (R-6.4)."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

from bakery.catalogue import Ingredient
from bakery.lots import Lot, MovementKind, WriteOffReason
from bakery.production import BatchReversal, BatchStatus, BatchWriteOff, ProductionBatch
from bakery.quantity import ZERO, plain
from bakery.store.ledger import Entry
from bakery.store.lots import Change
from graphql_api.context import Work
from graphql_api.refs import Outcome, Ref
from graphql_api.resolvers.checks import Checks
from graphql_api.resolvers.stock import check_room, waste_lot


# ── reversal ──────────────────────────────────────────────────────────────────────────────────────────────────────────
async def reverse_production(work: Work, *, batch_id: str, reason: str) -> Outcome:
    """Undo a run: an opposite for each of its movements, to the same lots whatever they are by now (R-5.9)."""
    checks = Checks()
    reason = checks.reason("reason", reason)
    wanted = checks.id("batchId", batch_id, "ProductionBatch")
    # A run's movements never change, so what to lock is known before anything is.
    booked = await work.store.ledger.of_run(wanted)
    stock = await work.store.ingredients.lock(sorted({entry.ingredient_id for entry in booked}))
    batch = await _locked_batch(work, checks, wanted)
    outputs = await work.store.lots.by_origin([batch.id])
    opposites = [_opposite(entry, reason) for entry in booked]
    changes = _stock_changes(opposites)
    for problem in _hindrances(batch, outputs, booked, stock, changes):
        checks.refuse("batchId", problem)
    for ingredient_id, change in changes.items():
        check_room(checks, "batchId", stock[ingredient_id], sum(change, ZERO))
    checks.done()
    await _give_back(work, opposites)
    await work.store.ingredients.change_stock(changes)
    await work.store.production.reverse(BatchReversal(batch.id, reason, work.actor_id, work.now))
    await work.store.ledger.book(opposites, actor_id=work.actor_id, happened_at=work.now, now=work.now)
    return Outcome(batch=Ref("ProductionBatch", batch.id))


async def _locked_batch(work: Work, checks: Checks, batch_id: int) -> ProductionBatch:
    """The batch, read after it was locked. Raises with what `checks` found if there is none."""
    await work.store.production.lock([batch_id])
    found = await work.store.production.by_ids([batch_id])
    return checks.require("batchId", found[0] if found else None, batch_id, "ProductionBatch")


def _opposite(entry: Entry, reason: str) -> Entry:
    """What undoes an entry of a run. A correction of stock is undone by another: it never was a consumption."""
    correction = entry.kind is MovementKind.ADJUSTMENT
    kind = MovementKind.ADJUSTMENT if correction else MovementKind.REVERSAL
    return replace(entry, kind=kind, quantity=-entry.quantity, note=reason)


def _stock_changes(entries: list[Entry]) -> dict[int, tuple[Decimal, Decimal]]:
    """By how much tracked and untracked stock of each ingredient changes."""
    changes: dict[int, tuple[Decimal, Decimal]] = {}
    for entry in entries:
        tracked, untracked = changes.get(entry.ingredient_id, (ZERO, ZERO))
        if entry.lot_id is None:
            untracked += entry.quantity
        else:
            tracked += entry.quantity
        changes[entry.ingredient_id] = (tracked, untracked)
    return changes


def _hindrances(
    batch: ProductionBatch,
    outputs: list[Lot],
    booked: list[Entry],
    stock: dict[int, Ingredient],
    changes: dict[int, tuple[Decimal, Decimal]],
) -> list[str]:
    """Why the run cannot be taken back: it was already, or something was done with what it made."""
    if batch.status is BatchStatus.REVERSED:
        return [f"{batch.code} is reversed already."]
    problems = []
    if batch.quantity_allocated:
        problems.append(
            f"{plain(batch.quantity_allocated)} {batch.unit.value} of {batch.code} is allocated to orders. "
            "Link them to other batches or cancel them first."
        )
    if batch.quantity_written_off:
        wasted = plain(batch.quantity_written_off)
        problems.append(f"{wasted} {batch.unit.value} of {batch.code} was written off, so it was made.")
    for lot in outputs:
        # What orders took is told above.
        used = lot.quantity_consumed - batch.quantity_allocated
        if used:
            problems.append(
                f"{plain(used)} {lot.unit.value} of {lot.code}, which it made, was used. Reverse that first."
            )
        if lot.quantity_adjusted:
            problems.append(f"A stock count changed {lot.code}, which it made.")
    for entry in booked:
        if entry.kind is MovementKind.OUTPUT and entry.lot_id is None:
            ingredient = stock[entry.ingredient_id]
            left = ingredient.untracked
            if left + changes[ingredient.id][1] < 0:
                problems.append(
                    f"It made {plain(entry.quantity)} {ingredient.unit.value} of {ingredient.name} without a lot, and "
                    f"{plain(left)} is left untracked: the rest was used, or went into an earlier shortfall. "
                    f"Reverse the runs that used it, or count {ingredient.name} instead."
                )
    return problems


async def _give_back(work: Work, opposites: list[Entry]) -> None:
    """Book the opposites to the lots' balances."""
    consumed: dict[int, Decimal] = {}
    adjusted: dict[int, Decimal] = {}
    for entry in opposites:
        if entry.lot_id is None:
            continue
        if entry.kind is MovementKind.ADJUSTMENT:
            adjusted[entry.lot_id] = adjusted.get(entry.lot_id, ZERO) + entry.quantity
        else:
            consumed[entry.lot_id] = consumed.get(entry.lot_id, ZERO) - entry.quantity
    await work.store.lots.change(Change.CONSUMED, consumed)
    await work.store.lots.change(Change.ADJUSTED, adjusted)


# ── waste ─────────────────────────────────────────────────────────────────────────────────────────────────────────────
async def write_off_batch(
    work: Work, *, batch_id: str, quantity: Decimal | None, reason: WriteOffReason, note: str | None
) -> Outcome:
    """Take what of a batch was neither allocated nor used out of it, as waste (R-6.4).

    An intermediate's batch shares one remainder with its lot or, without one, with untracked stock (R-4.4): then the
    waste leaves that, by the ledger, and the batch's figure keeps step. Other waste is a row of the batch's own.
    """
    checks = Checks()
    if quantity is not None:
        quantity = checks.quantity("quantity", quantity)
    note = checks.text("note", note)
    wanted = checks.id("batchId", batch_id, "ProductionBatch")
    made_id = await _made_ingredient(work, wanted)
    stock = await work.store.ingredients.lock([made_id] if made_id is not None else [])
    batch = await _locked_batch(work, checks, wanted)
    made = None if made_id is None else stock[made_id]
    lot = next(iter(await work.store.lots.by_origin([batch.id])), None)
    left = batch.quantity - batch.quantity_allocated - batch.quantity_written_off
    if lot is not None:
        left = lot.quantity_remaining
    elif made is not None:
        left = min(left, max(made.untracked, ZERO))
    wasted = left if quantity is None else quantity
    if batch.status is BatchStatus.REVERSED:
        checks.refuse("batchId", f"{batch.code} is reversed: there is nothing of it.")
    elif wasted > left or wasted == 0:
        checks.refuse(
            "quantity",
            f"{batch.code} has {plain(left)} {batch.unit.value} left; write off that or less."
            if left
            else f"{batch.code} has nothing left to write off.",
        )
    checks.done()
    if lot is not None:
        await waste_lot(work, lot, wasted, reason, note)
    elif made is not None:
        await _waste_untracked(work, batch, made, wasted, reason, note)
    else:
        await work.store.production.write_off(
            BatchWriteOff(batch.id, wasted, reason, note, work.actor_id, work.now, work.now)
        )
    return Outcome(batch=Ref("ProductionBatch", batch.id))


async def _made_ingredient(work: Work, batch_id: int) -> int | None:
    """The ingredient that the batch is stock of, if it is an intermediate's: what to lock before the batch."""
    booked = await work.store.ledger.of_run(batch_id)
    return next((entry.ingredient_id for entry in booked if entry.kind is MovementKind.OUTPUT), None)


async def _waste_untracked(
    work: Work, batch: ProductionBatch, made: Ingredient, quantity: Decimal, reason: WriteOffReason, note: str | None
) -> None:
    """Book waste of an intermediate that was made while lot tracking was off."""
    await work.store.ingredients.change_stock({made.id: (ZERO, -quantity)})
    await work.store.production.waste(batch.id, quantity)
    entry = Entry(MovementKind.WRITE_OFF, made.id, -quantity, batch_id=batch.id, write_off_reason=reason, note=note)
    await work.store.ledger.book([entry], actor_id=work.actor_id, happened_at=work.now, now=work.now)


# ── reads ─────────────────────────────────────────────────────────────────────────────────────────────────────────────
