"""Production: preview and confirmation of a run (R-5.1 to R-5.8, R-4.4)."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any, Protocol

from strawberry import Parent

from bakery.allocation import IngredientUse, Pick, allocate, obstacle, use_without_tracking
from bakery.catalogue import Ingredient, LotTrackingSettings, Product, RecipeLine
from bakery.codes import CodeKind
from bakery.errors import InsufficientStock
from bakery.lists import ProductionBatchSort
from bakery.lots import Lot, LotSource, MovementKind
from bakery.production import (
    ProductionBatch,
    RunPlan,
    consumption_parts,
    needs,
    output_expiry,
    output_unit_cost,
)
from bakery.quantity import MAX_QUANTITY, ZERO, IncompatibleUnits, plain
from bakery.store import Store
from bakery.store.ledger import Entry
from bakery.store.lots import Change, NewLot
from bakery.store.paging import Listing
from bakery.store.production import NewConsumption
from graphql_api.context import Info, Work
from graphql_api.refs import Outcome, Ref
from graphql_api.resolvers.checks import NOWHERE, Checks, storable
from graphql_api.resolvers.stock import check_room, correct_lots
from plans import LOT_TRACKING


class LotChoiceInput(Protocol):
    ingredient_id: str
    lot_id: str
    quantity: Decimal


@dataclass(frozen=True, slots=True)
class Run:
    """A run whose input was checked: what to make, when, and what it needs of each ingredient."""

    product: Product
    quantity: Decimal
    produced_on: date
    needs: dict[int, Decimal]


async def preview_production(info: Info, *, product_id: str, quantity: Decimal, produced_on: date | None) -> RunPlan:
    """What a run would use; changes nothing (R-5.1)."""
    context = info.context
    store = await context.reading()
    checks = Checks()
    product, recipe = await _product(store, checks, product_id)
    quantity = checks.quantity("quantity", quantity)
    day = checks.past_day("producedOn", produced_on, context.today)
    checks.done()
    ids = [line.ingredient_id for line in recipe]
    stock = {ingredient.id: ingredient for ingredient in await store.ingredients.by_ids(ids)}
    run = _run(checks, product, recipe, quantity, day, stock)
    settings = await context.lot_tracking()
    tracking = settings.enabled and context.caller.plan.includes(LOT_TRACKING.plan)
    lots = await store.lots.in_stock(list(stock))
    return _plan(run, stock, lots, settings, tracking=tracking)


async def confirm_production(
    work: Work,
    *,
    product_id: str,
    quantity: Decimal,
    produced_on: date | None,
    lot_choices: Sequence[LotChoiceInput] | None,
    allow_shortfall: bool | None,
) -> Outcome:
    """Make it: all in this transaction, or nothing (R-5.2)."""
    checks = Checks()
    product, recipe = await _product(work.store, checks, product_id, hold=True)
    quantity = checks.quantity("quantity", quantity)
    day = checks.past_day("producedOn", produced_on, work.today)
    choices = checks.lines("lotChoices", lot_choices or [], empty=True)
    checks.done()
    ingredient_ids = {line.ingredient_id for line in recipe}
    made_id = product.makes_ingredient_id
    # What was locked is read by a later statement of the same round trip, which sees what the last holder committed.
    stock, lots = await asyncio.gather(
        work.store.ingredients.lock(sorted(ingredient_ids | ({made_id} if made_id else set()))),
        work.store.lots.in_stock(sorted(ingredient_ids)),
    )
    run = _run(checks, product, recipe, quantity, day, stock)
    chosen = _chosen(checks, choices, run, stock, lots, tracking=work.tracking)
    if made_id:
        check_room(checks, "quantity", stock[made_id], quantity)
    checks.done()
    plan = _plan(run, stock, lots, work.settings, tracking=work.tracking, chosen=chosen)
    if not plan.sufficient and not allow_shortfall:
        raise InsufficientStock(plan.shortfalls)
    for use in plan.uses:
        check_room(checks, "quantity", use.ingredient, -use.required)
    checks.done()
    batch_id = await _record(work, run, plan, chosen)
    return Outcome(batch=Ref("ProductionBatch", batch_id))


async def _product(
    store: Store, checks: Checks, product_id: str, *, hold: bool = False
) -> tuple[Product, list[RecipeLine]]:
    """The product with its recipe. Raises with what `checks` found where there is none of either.

    With `hold` both stay as they are read until the transaction ends.
    """
    wanted = checks.id("productId", product_id, "Product")
    if hold:
        await store.products.hold(wanted)
    found, recipe = await asyncio.gather(store.products.by_ids([wanted]), store.products.recipes([wanted]))
    checks.in_use("productId", next(iter(found), None), wanted, "Product")
    checks.done()
    if not recipe:
        checks.refuse("productId", f"{found[0].name} has no recipe: it is bought in and cannot be produced.")
    return found[0], recipe


def _run(
    checks: Checks,
    product: Product,
    recipe: Sequence[RecipeLine],
    quantity: Decimal,
    day: date,
    stock: dict[int, Ingredient],
) -> Run:
    for ingredient in stock.values():
        checks.in_use("productId", ingredient, ingredient.id, "Ingredient")
    required: dict[int, Decimal] = {}
    try:
        required = needs(product, recipe, quantity, stock)
    except IncompatibleUnits as error:
        checks.refuse("productId", f"The recipe of {product.name} does not fit its ingredients: {error}")
    for ingredient_id, need in required.items():
        if need > MAX_QUANTITY:
            ingredient = stock[ingredient_id]
            checks.refuse(
                "quantity",
                f"It needs {plain(need)} {ingredient.unit.value} of {ingredient.name}; "
                f"at most {plain(MAX_QUANTITY)} is possible.",
            )
    checks.done()
    return Run(product, quantity, day, {ingredient_id: need for ingredient_id, need in required.items() if need})


def _chosen(
    checks: Checks,
    choices: Sequence[LotChoiceInput],
    run: Run,
    stock: dict[int, Ingredient],
    lots: dict[int, list[Lot]],
    *,
    tracking: bool,
) -> dict[int, list[Pick]]:
    """The lots chosen by hand, by ingredient; unusable and too small ones are refused (R-5.8)."""
    chosen: dict[int, list[Pick]] = {}
    taken: dict[int, Decimal] = {}
    if choices and not tracking:
        checks.refuse("lotChoices", "Lot tracking is off: lots cannot be chosen.")
        return chosen
    for index, choice in enumerate(choices):
        path = f"lotChoices[{index}]"
        ingredient_id = checks.id(f"{path}.ingredientId", choice.ingredient_id, "Ingredient")
        lot_id = checks.id(f"{path}.lotId", choice.lot_id, "Lot")
        quantity = checks.quantity(f"{path}.quantity", choice.quantity)
        if NOWHERE in (ingredient_id, lot_id):
            continue
        if ingredient_id not in run.needs:
            checks.refuse(f"{path}.ingredientId", f"{run.product.name} does not need this ingredient.")
            continue
        lot = next((lot for lot in lots[ingredient_id] if lot.id == lot_id), None)
        if lot is None:
            name = stock[ingredient_id].name
            checks.refuse(f"{path}.lotId", f"This is no lot of {name} with stock left. Choose one of its lots.")
            continue
        if reason := obstacle(lot, run.produced_on):
            words = reason.value.lower().replace("_", " ")
            checks.refuse(f"{path}.lotId", f"{lot.code} is {words} on {run.produced_on}. Choose another lot.")
        taken[lot.id] = taken.get(lot.id, ZERO) + quantity
        if taken[lot.id] > lot.quantity_remaining:
            checks.refuse(f"{path}.quantity", f"{lot.code} has {plain(lot.quantity_remaining)} {lot.unit.value} left.")
        chosen.setdefault(ingredient_id, []).append(Pick(lot, quantity))
    for ingredient_id, picks in chosen.items():
        if sum((pick.quantity for pick in picks), ZERO) > run.needs[ingredient_id]:
            ingredient = stock[ingredient_id]
            checks.refuse(
                "lotChoices",
                f"More {ingredient.name} is chosen than the {plain(run.needs[ingredient_id])} "
                f"{ingredient.unit.value} that the run needs.",
            )
    return chosen


def _plan(
    run: Run,
    stock: dict[int, Ingredient],
    lots: dict[int, list[Lot]],
    settings: LotTrackingSettings,
    *,
    tracking: bool,
    chosen: dict[int, list[Pick]] | None = None,
) -> RunPlan:
    order = settings.consumption_order
    uses: list[IngredientUse] = []
    for ingredient_id, required in run.needs.items():
        ingredient, candidates = stock[ingredient_id], lots[ingredient_id]
        if tracking:
            picks = (chosen or {}).get(ingredient_id, [])
            uses.append(allocate(ingredient, required, candidates, run.produced_on, order, picks))
        else:
            uses.append(use_without_tracking(ingredient, required, candidates, order))
    return RunPlan(tuple(uses))


async def _record(work: Work, run: Run, plan: RunPlan, chosen: dict[int, list[Pick]]) -> int:
    """Book the run: batch, consumptions, ledger, lots and stock figures, and the lot that it made."""
    product = run.product
    made_id = product.makes_ingredient_id
    chosen_lots = {pick.lot.id for picks in chosen.values() for pick in picks}
    consumed = [
        NewConsumption(use.ingredient.id, lot_id, source, quantity, chosen=lot_id in chosen_lots)
        for use in plan.uses
        for source, lot_id, quantity in consumption_parts(use)
    ]
    makes_lot = bool(made_id and work.tracking)
    corrections = sum(len(use.corrections) + 1 for use in plan.uses if use.corrections)
    codes, _ = await asyncio.gather(
        work.store.codes.next_of(
            {CodeKind.PRODUCTION_BATCH: 1, **({CodeKind.LOT: 1} if makes_lot else {})}, work.today
        ),
        # The batch, what it consumed, the movement of each, those of corrections, the lot it makes and its movement.
        work.store.reserve(1 + 2 * len(consumed) + corrections + bool(made_id) + makes_lot),
    )
    batch_id = await work.store.production.add(
        code=codes[CodeKind.PRODUCTION_BATCH][0],
        product_id=product.id,
        quantity=run.quantity,
        produced_on=run.produced_on,
        consumption_order=work.settings.consumption_order if work.tracking else None,
        actor_id=work.actor_id,
        consumed=consumed,
        now=work.now,
    )
    entries, changes = _bookings(plan, batch_id)
    await work.store.lots.change(
        Change.CONSUMED, {pick.lot.id: pick.quantity for use in plan.uses for pick in use.picks}
    )
    await work.store.lots.change(
        Change.ADJUSTED, {pick.lot.id: -pick.quantity for use in plan.uses for pick in use.corrections}
    )
    if made_id:
        cost = output_unit_cost(run.quantity, plan.uses)
        lot_id = None
        tracked, untracked = changes.get(made_id, (ZERO, ZERO))
        if makes_lot:
            made = NewLot(
                ingredient_id=made_id,
                source=LotSource.PRODUCTION,
                quantity=run.quantity,
                received_on=run.produced_on,
                expires_on=output_expiry(product, run.produced_on, plan.uses),
                unit_cost=cost,
                origin_batch_id=batch_id,
            )
            [lot_id] = await work.store.lots.add([made], codes[CodeKind.LOT], work.now)
            tracked += run.quantity
        else:
            untracked += run.quantity
        changes[made_id] = (tracked, untracked)
        entries.append(
            Entry(MovementKind.OUTPUT, made_id, run.quantity, lot_id=lot_id, unit_cost=cost, batch_id=batch_id)
        )
    await work.store.ingredients.change_stock(changes)
    await work.store.ledger.book(
        entries, actor_id=work.actor_id, happened_at=work.instant_of(run.produced_on), now=work.now
    )
    return batch_id


def _bookings(plan: RunPlan, batch_id: int) -> tuple[list[Entry], dict[int, tuple[Decimal, Decimal]]]:
    """The movements of what a plan uses, and by how much tracked and untracked stock of each ingredient changes."""
    entries: list[Entry] = []
    changes: dict[int, tuple[Decimal, Decimal]] = {}
    for use in plan.uses:
        ingredient_id = use.ingredient.id
        picked = sum((pick.quantity for pick in use.picks), ZERO)
        corrected = sum((pick.quantity for pick in use.corrections), ZERO)
        changes[ingredient_id] = (-picked - corrected, corrected - use.untracked - use.shortfall)
        if corrected:
            entries += correct_lots(
                ingredient_id,
                use.corrections,
                "Used while lot tracking was off: untracked stock did not suffice",
                batch_id,
            )
            entries.append(
                Entry(
                    MovementKind.ADJUSTMENT,
                    ingredient_id,
                    corrected,
                    batch_id=batch_id,
                    note="Taken out of lots for a use while lot tracking was off",
                )
            )
        costs = {pick.lot.id: pick.lot.unit_cost for pick in use.picks}
        for _source, lot_id, quantity in consumption_parts(use):
            cost = None if lot_id is None else costs[lot_id]
            entries.append(Entry(MovementKind.PRODUCTION, ingredient_id, -quantity, lot_id, cost, batch_id=batch_id))
    return entries, changes


# ── reads ─────────────────────────────────────────────────────────────────────────────────────────────────────────────
async def by_code(root: object, info: Info, code: str) -> ProductionBatch | None:
    return await info.context.loaders.batch_by_code(code) if storable(code) else None


async def listing(root: object, info: Info, *, sort: ProductionBatchSort, **filter: Any) -> Listing[ProductionBatch]:
    return await _listing(info, sort, **filter)


async def of_product(
    product: Parent[Product], info: Info, *, sort: ProductionBatchSort, **filter: Any
) -> Listing[ProductionBatch]:
    return await _listing(info, sort, of_product=product.id, **filter)


async def _listing(
    info: Info, sort: ProductionBatchSort, *, product_id: str | None = None, **others: Any
) -> Listing[ProductionBatch]:
    checks = Checks()
    product = checks.optional_id("filter.productId", product_id, "Product")
    checks.done()
    return (await info.context.reading()).production.listing(product_id=product, sort=sort, **others)
