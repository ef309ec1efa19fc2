"""Engine tests as ledgers: the stock before, what is applied, what is booked, the stock after.

A lot is written `NAME REMAINING` and then any of `exp DAY`, `got DAY`, `cost PRICE`, `held`, `recalled`; lots stand in
the order of recording, parted by `|`. The engine gets them the other way round, so that no order is right by luck.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal

from bakery.allocation import IngredientUse, Pick, Skipped, allocate, take_oldest, use_without_tracking
from bakery.catalogue import ConsumptionOrder, Ingredient
from bakery.lots import Lot, LotSource
from bakery.quantity import ZERO, Unit, plain

BY_EXPIRY = ConsumptionOrder.EXPIRY_DATE
BY_RECEIPT = ConsumptionOrder.RECEIVED_DATE
RECEIVED_ON = date(2026, 1, 1)
"""When a lot that does not say came in: before any test bakes."""


@dataclass(frozen=True)
class Booked:
    """What the engine answered, written like the lots: `picks="A 5 | B 1"`, `skipped="C ON_HOLD"`."""

    picks: str = ""
    untracked: str = "0"
    shortfall: str = "0"
    skipped: str = ""
    corrections: str = ""


@dataclass(frozen=True)
class Stock:
    """The lots of one ingredient, in grams, and what of it no lot explains."""

    lots: tuple[Lot, ...]
    untracked: Decimal = ZERO

    @property
    def ingredient(self) -> Ingredient:
        tracked = sum((lot.quantity_remaining for lot in self.lots), ZERO)
        return ingredient("flour", tracked=tracked, untracked=self.untracked)

    def use(self, quantity: str, *, on: str, order: ConsumptionOrder = BY_EXPIRY, chosen: str = "") -> IngredientUse:
        """Allocate with lot tracking on; `chosen` names lots and quantities."""
        picks = tuple(self._pick(entry) for entry in _entries(chosen))
        return allocate(self.ingredient, Decimal(quantity), self.lots[::-1], date.fromisoformat(on), order, picks)

    def use_untracked(self, quantity: str, *, order: ConsumptionOrder = BY_EXPIRY) -> IngredientUse:
        """Use it while lot tracking is off."""
        return use_without_tracking(self.ingredient, Decimal(quantity), self.lots[::-1], order)

    def correct(self, quantity: str, *, order: ConsumptionOrder = BY_EXPIRY) -> str:
        """Take from the lots what a count found missing."""
        return written(take_oldest(self.lots[::-1], Decimal(quantity), order))

    def after(self, use: IngredientUse) -> Stock:
        """This stock when `use` is booked; a shortfall stays as negative untracked stock (R-2.5)."""
        taken: dict[int, Decimal] = {}
        for pick in (*use.picks, *use.corrections):
            taken[pick.lot.id] = taken.get(pick.lot.id, ZERO) + pick.quantity
        corrected = sum((pick.quantity for pick in use.corrections), ZERO)
        return Stock(
            tuple(
                replace(lot, quantity_remaining=lot.quantity_remaining - taken.get(lot.id, ZERO)) for lot in self.lots
            ),
            self.untracked - (use.untracked - corrected) - use.shortfall,
        )

    def __str__(self) -> str:
        lots = [f"{lot.code} {plain(lot.quantity_remaining)}" for lot in self.lots]
        return " | ".join([*lots, f"untracked {plain(self.untracked)}"])

    def __repr__(self) -> str:
        """As `stock` reads it, for a failing example to be pasted into a test."""
        return f'stock("{" | ".join(_entry(lot) for lot in self.lots)}", untracked="{plain(self.untracked)}")'

    def _pick(self, entry: str) -> Pick:
        name, quantity = entry.split()
        return Pick(next(lot for lot in self.lots if lot.code == name), Decimal(quantity))


def stock(lots: str = "", *, untracked: str = "0") -> Stock:
    return Stock(tuple(lot(entry, number) for number, entry in enumerate(_entries(lots), start=1)), Decimal(untracked))


def lot(entry: str, number: int = 1) -> Lot:
    """The lot of one entry; `number` is its place in the order of recording."""
    name, remaining, *facts = entry.split()
    words = iter(facts)
    written_lot = Lot(
        id=number,
        code=name,
        ingredient_id=1,
        unit=Unit.g,
        source=LotSource.MANUAL,
        supplier_id=None,
        supplier_lot_number=None,
        origin_batch_id=None,
        received_on=RECEIVED_ON,
        expires_on=None,
        unit_cost=None,
        quantity_received=Decimal(remaining),
        quantity_adjusted=ZERO,
        quantity_consumed=ZERO,
        quantity_written_off=ZERO,
        quantity_remaining=Decimal(remaining),
        on_hold="held" in facts,
        recalled="recalled" in facts,
    )
    for word in words:
        match word:
            case "exp":
                written_lot = replace(written_lot, expires_on=date.fromisoformat(next(words)))
            case "got":
                written_lot = replace(written_lot, received_on=date.fromisoformat(next(words)))
            case "cost":
                written_lot = replace(written_lot, unit_cost=Decimal(next(words)))
            case "held" | "recalled":
                pass
            case _:
                raise ValueError(f"A lot says nothing like {word!r}: {entry}")
    return written_lot


def ingredient(
    name: str,
    *,
    number: int = 1,
    unit: Unit = Unit.g,
    density: str | None = None,
    tracked: Decimal = ZERO,
    untracked: Decimal = ZERO,
) -> Ingredient:
    return Ingredient(
        id=number,
        name=name,
        unit=unit,
        density=None if density is None else Decimal(density),
        reorder_point=None,
        tracked=tracked,
        untracked=untracked,
    )


def booked(use: IngredientUse) -> Booked:
    return Booked(
        picks=written(use.picks),
        untracked=plain(use.untracked),
        shortfall=plain(use.shortfall),
        skipped=_passed_over(use.skipped),
        corrections=written(use.corrections),
    )


def written(picks: Iterable[Pick]) -> str:
    return " | ".join(f"{pick.lot.code} {plain(pick.quantity)}" for pick in picks)


def _entry(written_lot: Lot) -> str:
    facts = [written_lot.code, plain(written_lot.quantity_remaining), f"got {written_lot.received_on}"]
    facts += [f"exp {written_lot.expires_on}"] if written_lot.expires_on else []
    facts += [f"cost {plain(written_lot.unit_cost)}"] if written_lot.unit_cost is not None else []
    facts += ["held"] if written_lot.on_hold else []
    facts += ["recalled"] if written_lot.recalled else []
    return " ".join(facts)


def _passed_over(skipped: Iterable[Skipped]) -> str:
    return " | ".join(f"{item.lot.code} {item.reason.value}" for item in skipped)


def _entries(text: str) -> list[str]:
    return [entry.strip() for entry in text.split("|") if entry.strip()]
