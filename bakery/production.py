"""A run: what it needs, what it uses, what it makes, what is short (R-5, R-4.4)."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from enum import Enum
from fractions import Fraction

from bakery.allocation import IngredientUse
from bakery.catalogue import Ingredient, Product, RecipeLine
from bakery.errors import Shortfall
from bakery.lots import WriteOffReason
from bakery.quantity import MAX_UNIT_COST, ZERO, Unit, factor, round_cost, round_quantity


class BatchStatus(Enum):
    CONFIRMED = "CONFIRMED"
    REVERSED = "REVERSED"


class ConsumptionSource(Enum):
    """Where a consumed quantity came from: a lot, stock that no lot explains, or nowhere known (R-5.5)."""

    LOT = "LOT"
    UNTRACKED = "UNTRACKED"
    UNACCOUNTED = "UNACCOUNTED"


@dataclass(frozen=True, slots=True)
class ProductionBatch:
    """One run of a product. Quantities in product `unit`; `produced_on` is the local day."""

    id: int
    code: str
    product_id: int
    unit: Unit
    quantity: Decimal
    quantity_allocated: Decimal
    quantity_written_off: Decimal
    produced_on: date
    status: BatchStatus
    recorded_at: datetime


@dataclass(frozen=True, slots=True)
class BatchReversal:
    """That a run was taken back, by whom, when and why (R-5.9)."""

    batch_id: int
    reason: str
    actor_id: int
    recorded_at: datetime


@dataclass(frozen=True, slots=True)
class BatchWriteOff:
    """A `quantity` of a finished product's batch, in product units, that became waste (R-6.4)."""

    batch_id: int
    quantity: Decimal
    reason: WriteOffReason
    note: str | None
    actor_id: int
    happened_at: datetime
    recorded_at: datetime


@dataclass(frozen=True, slots=True)
class Consumption:
    """What a run took of one ingredient from one source, in the ingredient's `unit`."""

    id: int
    batch_id: int
    ingredient_id: int
    lot_id: int | None
    source: ConsumptionSource
    quantity: Decimal
    unit: Unit


@dataclass(frozen=True, slots=True)
class RunPlan:
    """What a run would use of each ingredient, in the order of the recipe."""

    uses: tuple[IngredientUse, ...]

    @property
    def sufficient(self) -> bool:
        return not self.shortfalls

    @property
    def shortfalls(self) -> tuple[Shortfall, ...]:
        return _shortfalls(self.uses)


# What decides something is a function: tools that change code to see a test fail pass properties by.
def _shortfalls(uses: Iterable[IngredientUse]) -> tuple[Shortfall, ...]:
    return tuple(use.as_shortfall for use in uses if use.shortfall > 0)


def needs(
    product: Product, recipe: Sequence[RecipeLine], quantity: Decimal, ingredients: dict[int, Ingredient]
) -> dict[int, Decimal]:
    """What `quantity` product units need of each ingredient, in its stock unit, by ingredient id in recipe order.

    The sum over the ingredient's lines of line × quantity ÷ yield, rounded once (R-5.2). Raises `IncompatibleUnits`.
    """
    exact: dict[int, Fraction] = {}
    batches = Fraction(quantity) / Fraction(product.yield_quantity)
    for line in recipe:
        ingredient = ingredients[line.ingredient_id]
        in_stock_unit = Fraction(line.quantity) * factor(line.unit, ingredient.unit, ingredient.density)
        exact[ingredient.id] = exact.get(ingredient.id, Fraction(0)) + in_stock_unit * batches
    return {ingredient_id: round_quantity(need) for ingredient_id, need in exact.items()}


def output_expiry(product: Product, produced_on: date, uses: Iterable[IngredientUse]) -> date | None:
    """The last usable day of what a run made: by shelf life, or with the earliest that went in if inherited (R-4.4)."""
    days = []
    if product.shelf_life_days is not None:
        days.append(produced_on + timedelta(days=product.shelf_life_days))
    if product.inherit_expiry:
        days += [pick.lot.expires_on for use in uses for pick in use.picks if pick.lot.expires_on is not None]
    return min(days, default=None)


def output_unit_cost(quantity: Decimal, uses: Iterable[IngredientUse]) -> Decimal | None:
    """The cost per unit of the `quantity` that a plan makes (R-4.4)."""
    inputs: list[tuple[Decimal, Decimal | None]] = []
    for use in uses:
        inputs += [(pick.quantity, pick.lot.unit_cost) for pick in use.picks]
        if use.untracked or use.shortfall:
            inputs.append((use.untracked + use.shortfall, None))
    return unit_cost_of(quantity, inputs)


def unit_cost_of(quantity: Decimal, inputs: Iterable[tuple[Decimal, Decimal | None]]) -> Decimal | None:
    """What `inputs`, quantities with their unit costs, cost over the `quantity` made; None where any is unknown.

    A cost too large to keep is as good as unknown.
    """
    total = Fraction(0)
    for used, unit_cost in inputs:
        if unit_cost is None:
            return None
        total += Fraction(unit_cost) * Fraction(used)
    cost = round_cost(total / Fraction(quantity))
    return cost if cost <= MAX_UNIT_COST else None


def consumption_parts(use: IngredientUse) -> list[tuple[ConsumptionSource, int | None, Decimal]]:
    """The parts in which a use is recorded: source, lot id or None, quantity. Parts of nothing are left out."""
    parts: list[tuple[ConsumptionSource, int | None, Decimal]] = [
        (ConsumptionSource.LOT, pick.lot.id, pick.quantity) for pick in use.picks
    ]
    parts.append((ConsumptionSource.UNTRACKED, None, use.untracked))
    parts.append((ConsumptionSource.UNACCOUNTED, None, use.shortfall))
    return [part for part in parts if part[2] > ZERO]
