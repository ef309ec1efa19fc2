"""Which lots a need takes, in which order, and why others were passed over (R-5.3 to R-5.5, R-2.5).

Pure: lots and a need in, a plan out. A shortage is a value in the plan, not an error.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import Enum

from bakery.catalogue import ConsumptionOrder, Ingredient
from bakery.errors import Shortfall, ShortfallReason
from bakery.expiry import is_expired
from bakery.lots import Lot
from bakery.quantity import ZERO


class SkipReason(Enum):
    """Why a lot with stock is not eligible. Where several hold, the first of this list is told."""

    EXPIRED = "EXPIRED"
    ON_HOLD = "ON_HOLD"
    RECALLED = "RECALLED"
    NOT_YET_RECEIVED = "NOT_YET_RECEIVED"


@dataclass(frozen=True, slots=True)
class Pick:
    """A `quantity` taken from one lot, in the lot's unit."""

    lot: Lot
    quantity: Decimal


@dataclass(frozen=True, slots=True)
class Skipped:
    lot: Lot
    reason: SkipReason


@dataclass(frozen=True, slots=True)
class IngredientUse:
    """How one need is covered, in the ingredient's stock unit: `required = picks + untracked + shortfall`.

    `corrections` are lots that a use with lot tracking off reduces, because untracked stock alone does not cover it
    (R-2.5); what they give is part of `untracked`.
    """

    ingredient: Ingredient
    required: Decimal
    picks: tuple[Pick, ...]
    skipped: tuple[Skipped, ...]
    untracked: Decimal
    shortfall: Decimal
    corrections: tuple[Pick, ...] = ()

    @property
    def as_shortfall(self) -> Shortfall:
        """What is short, with the reason of the oldest lot that was passed over."""
        return _shortfall(self)


# What decides something is a function: tools that change code to see a test fail pass properties by.
def _shortfall(use: IngredientUse) -> Shortfall:
    return Shortfall(
        ingredient_id=use.ingredient.id,
        required=use.required,
        available=use.required - use.shortfall,
        missing=use.shortfall,
        unit=use.ingredient.unit,
        reason=ShortfallReason(use.skipped[0].reason.value) if use.skipped else ShortfallReason.NOT_ENOUGH,
    )


def obstacle(lot: Lot, day: date) -> SkipReason | None:
    """Why `lot` may not be used on the local `day`; None if it may."""
    if is_expired(lot.expires_on, day):
        return SkipReason.EXPIRED
    if lot.on_hold:
        return SkipReason.ON_HOLD
    if lot.recalled:
        return SkipReason.RECALLED
    if lot.received_on > day:
        return SkipReason.NOT_YET_RECEIVED
    return None


def oldest_first(order: ConsumptionOrder) -> Callable[[Lot], tuple[date, date, int]]:
    """The sort key of R-5.3: undated lots last, no ties, since ids are the order of recording."""

    def by_expiry(lot: Lot) -> tuple[date, date, int]:
        return lot.expires_on or date.max, lot.received_on, lot.id

    def by_receipt(lot: Lot) -> tuple[date, date, int]:
        return lot.received_on, lot.expires_on or date.max, lot.id

    return by_expiry if order is ConsumptionOrder.EXPIRY_DATE else by_receipt


def allocate(
    ingredient: Ingredient,
    required: Decimal,
    lots: Iterable[Lot],
    day: date,
    order: ConsumptionOrder,
    chosen: Sequence[Pick] = (),
) -> IngredientUse:
    """Cover `required` on the local `day`: chosen picks, then eligible lots oldest first, then untracked stock.

    `chosen` must be usable and at most `required` in all (R-5.8). Lots that are not eligible but have stock are
    listed as skipped, oldest first, whether or not the need was met without them.
    """
    picks = list(_merged(chosen))
    taken = {pick.lot.id: pick.quantity for pick in picks}
    skipped = []
    missing = required - sum(taken.values(), ZERO)
    for lot in sorted(lots, key=oldest_first(order)):
        left = lot.quantity_remaining - taken.get(lot.id, ZERO)
        if left <= 0:
            continue
        if reason := obstacle(lot, day):
            skipped.append(Skipped(lot, reason))
        elif missing > 0:
            quantity = min(left, missing)
            picks.append(Pick(lot, quantity))
            missing -= quantity
    untracked = min(missing, max(ingredient.untracked, ZERO))
    return IngredientUse(
        ingredient=ingredient,
        required=required,
        picks=_merged(picks),
        skipped=tuple(skipped),
        untracked=untracked,
        shortfall=missing - untracked,
    )


def use_without_tracking(
    ingredient: Ingredient, required: Decimal, lots: Iterable[Lot], order: ConsumptionOrder
) -> IngredientUse:
    """Cover `required` while lot tracking is off: all of it untracked, lots corrected where that falls short."""
    from_untracked = min(required, max(ingredient.untracked, ZERO))
    corrections = take_oldest(lots, required - from_untracked, order)
    untracked = from_untracked + sum((pick.quantity for pick in corrections), ZERO)
    return IngredientUse(
        ingredient=ingredient,
        required=required,
        picks=(),
        skipped=(),
        untracked=untracked,
        shortfall=required - untracked,
        corrections=corrections,
    )


def take_oldest(lots: Iterable[Lot], quantity: Decimal, order: ConsumptionOrder) -> tuple[Pick, ...]:
    """Up to `quantity` from all lots with stock, oldest first, usable or not: what a correction reduces (R-2.5)."""
    picks = []
    for lot in sorted(lots, key=oldest_first(order)):
        if quantity <= 0:
            break
        if lot.quantity_remaining > 0:
            picks.append(Pick(lot, min(lot.quantity_remaining, quantity)))
            quantity -= picks[-1].quantity
    return tuple(picks)


def _merged(picks: Iterable[Pick]) -> tuple[Pick, ...]:
    """One pick a lot, where a part was chosen and the order took the rest."""
    merged: dict[int, Pick] = {}
    for pick in picks:
        earlier = merged.get(pick.lot.id)
        merged[pick.lot.id] = pick if earlier is None else Pick(pick.lot, earlier.quantity + pick.quantity)
    return tuple(merged.values())
