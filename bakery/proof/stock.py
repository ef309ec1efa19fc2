"""Stock and lots, replayed from the ledger (R-2.1, R-2.3, R-2.4, R-2.5)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal

from bakery.catalogue import Ingredient
from bakery.lots import LotSource, MovementKind
from bakery.production import ConsumptionSource
from bakery.proof.records import Booked, Breach, ProvenLot, Used, amount
from bakery.proof.shelf import Shelf
from bakery.quantity import ZERO, Unit

_MADE_BY = {
    MovementKind.PURCHASE: LotSource.PURCHASE_ORDER,
    MovementKind.RESTOCK: LotSource.RESTOCK,
    MovementKind.MANUAL_LOT: LotSource.MANUAL,
    MovementKind.OUTPUT: LotSource.PRODUCTION,
}
"""The kinds of movement that begin a lot, with the source that the lot then has. They bring stock in."""

_TAKING = frozenset({MovementKind.PRODUCTION, MovementKind.SALE, MovementKind.WRITE_OFF})


@dataclass(slots=True)
class LotTally:
    """What the movements of one lot say, up to here."""

    received: Decimal = ZERO
    adjusted: Decimal = ZERO
    consumed: Decimal = ZERO
    written_off: Decimal = ZERO
    balance: Decimal = ZERO
    begun: bool = False
    fell_below_zero: bool = False

    def book(self, movement: Booked) -> None:
        self.balance += movement.quantity
        if movement.kind in _MADE_BY:
            self.received += movement.quantity
        elif movement.kind is MovementKind.ADJUSTMENT:
            self.adjusted += movement.quantity
        elif movement.kind is MovementKind.WRITE_OFF:
            self.written_off -= movement.quantity
        else:
            self.consumed -= movement.quantity


@dataclass(slots=True)
class UntrackedTally:
    """The untracked stock of one ingredient up to here, and how far below zero its shortfalls explain (R-2.5)."""

    quantity: Decimal = ZERO
    explained: Decimal = ZERO

    def raise_by(self, movement: Booked) -> None:
        """A rise repays a shortfall, but not what only passes through."""
        self.quantity += movement.quantity
        if not passes_through(movement):
            self.repay()

    def lower_by(self, quantity: Decimal, unaccounted: Decimal) -> tuple[Decimal, Decimal]:
        """Returns how much of `unaccounted` explains the fall below zero, and how much nothing explains."""
        self.quantity -= quantity
        deeper = max(-self.quantity - self.explained, ZERO)
        explained = min(deeper, unaccounted)
        # What nothing explains is told once; later movements are judged from where it left the figure.
        self.explained += deeper
        self.repay()
        return explained, deeper - explained

    def repay(self) -> None:
        self.explained = min(self.explained, max(-self.quantity, ZERO))


def passes_through(movement: Booked) -> bool:
    """Whether untracked stock is only on its way: what a run with lot tracking off takes out of lots.

    It comes in by an adjustment of that run, and goes out to the run by the next movement. Where the run is reversed,
    it goes out by an adjustment, and comes in by the next movement.
    """
    return movement.kind is MovementKind.ADJUSTMENT and movement.batch_id is not None


class StockReplay:
    """The stock as of each movement, in the order of recording."""

    def __init__(self, ingredients: Iterable[Ingredient], lots: Iterable[ProvenLot], uses: Iterable[Used]) -> None:
        self.ingredients: Mapping[int, Ingredient] = {ingredient.id: ingredient for ingredient in ingredients}
        self.lots: dict[int, ProvenLot] = {lot.id: lot for lot in lots}
        self._shelves: dict[int, Shelf] = {}
        self._untracked: dict[int, UntrackedTally] = {}
        self._tracked: dict[int, Decimal] = {}
        self._lots: dict[int, LotTally] = {}
        self._unaccounted: dict[tuple[int, int], Decimal] = {}
        self._found: list[Breach] = []
        for use in uses:
            if use.source is ConsumptionSource.UNACCOUNTED:
                key = use.batch_id, use.ingredient_id
                self._unaccounted[key] = self._unaccounted.get(key, ZERO) + use.quantity

    def unit(self, ingredient_id: int) -> Unit | None:
        ingredient = self.ingredients.get(ingredient_id)
        return None if ingredient is None else ingredient.unit

    def shelf(self, ingredient_id: int) -> Shelf:
        """The ingredient's lots with stock."""
        shelf = self._shelves.get(ingredient_id)
        if shelf is None:
            shelf = self._shelves[ingredient_id] = Shelf()
        return shelf

    def redate(self, lot_id: int, expires_on: date | None) -> None:
        """From here on the lot has this expiry date."""
        if (lot := self.lots.get(lot_id)) is not None:
            self.lots[lot_id] = dated = replace(lot, expires_on=expires_on)
            self.shelf(lot.ingredient_id).redate(lot, dated)

    def tracked(self, ingredient_id: int) -> Decimal:
        return self._tracked.get(ingredient_id, ZERO)

    def untracked(self, ingredient_id: int) -> Decimal:
        tally = self._untracked.get(ingredient_id)
        return ZERO if tally is None else tally.quantity

    def book(self, movement: Booked) -> None:
        self._check_sign(movement)
        if movement.kind is MovementKind.MANUAL_LOT and movement.lot_id is None:
            self._tell("R-4.3", movement, f"A MANUAL_LOT of {self._amount(movement)} has no lot.")
        if movement.lot_id is None:
            self._book_untracked(movement)
        else:
            self._book_lot(movement, movement.lot_id)

    def _check_sign(self, movement: Booked) -> None:
        comes_in, goes_out = movement.kind in _MADE_BY, movement.kind in _TAKING
        if (comes_in and movement.quantity <= 0) or (goes_out and movement.quantity >= 0) or not movement.quantity:
            self._tell("R-2.1", movement, f"A {movement.kind.value} of {self._amount(movement)} cannot be.")

    # ── lots ──────────────────────────────────────────────────────────────────────────────────────────────────────
    def _book_lot(self, movement: Booked, lot_id: int) -> None:
        ingredient_id = movement.ingredient_id
        tally = self._lots.get(lot_id)
        if tally is None:
            tally = self._lots[lot_id] = LotTally()
        self._check_beginning(movement, tally, lot_id)
        tally.book(movement)
        self._tracked[ingredient_id] = self.tracked(ingredient_id) + movement.quantity
        if (lot := self.lots.get(lot_id)) is not None:
            self.shelf(ingredient_id).put(lot, tally.balance)
        if tally.balance < 0 and not tally.fell_below_zero:
            tally.fell_below_zero = True
            left = amount(tally.balance, self.unit(ingredient_id))
            message = f"After movement {movement.id} ({movement.kind.value} of {self._amount(movement)}) it has {left}."
            self._tell_of_lot(lot_id, message)

    def _check_beginning(self, movement: Booked, tally: LotTally, lot_id: int) -> None:
        """A lot begins with the one movement that made it, of its own ingredient and of its own source."""
        lot = self.lots.get(lot_id)
        source = _MADE_BY.get(movement.kind)
        called = f"Movement {movement.id} ({movement.kind.value})"
        if tally.begun and source is not None:
            self._tell_of_lot(lot_id, f"{called} makes it a second time.")
        elif not tally.begun and source is None:
            self._tell_of_lot(lot_id, f"{called} is its first, before any that made it.")
        elif source is not None and lot is not None and lot.source is not source:
            self._tell_of_lot(lot_id, f"{called} made it, but its source is {lot.source.value}.")
        if lot is not None and lot.ingredient_id != movement.ingredient_id:
            self._tell_of_lot(
                lot_id,
                f"{called} is of ingredient {movement.ingredient_id}, but the lot of ingredient {lot.ingredient_id}.",
            )
        tally.begun = True

    def _lot_breaches(self, lot: ProvenLot) -> Iterable[Breach]:
        unit = self.unit(lot.ingredient_id)
        tally = self._lots.get(lot.id)
        if tally is None:
            yield Breach("R-2.4", lot.code, f"No movement made it, but it received {amount(lot.received, unit)}.")
            tally = LotTally(received=lot.received)
        for name, kept, said in (
            ("received", lot.received, tally.received),
            ("adjusted", lot.adjusted, tally.adjusted),
            ("consumed", lot.consumed, tally.consumed),
            ("written off", lot.written_off, tally.written_off),
        ):
            if kept != said:
                message = f"{amount(kept, unit)} {name} is kept, but its movements say {amount(said, unit)}."
                yield Breach("R-2.4", lot.code, message)
        expected = lot.received + lot.adjusted - lot.consumed - lot.written_off
        if lot.remaining != expected:
            yield Breach(
                "R-2.4",
                lot.code,
                f"Its balance does not close: {amount(lot.remaining, unit)} remaining, but "
                f"{amount(lot.received)} received + {amount(lot.adjusted)} adjusted − {amount(lot.consumed)} consumed "
                f"− {amount(lot.written_off)} written off is {amount(expected, unit)}.",
            )
        if lot.remaining < 0:
            yield Breach("R-2.4", lot.code, f"{amount(lot.remaining, unit)} remaining is below zero.")

    # ── untracked stock ───────────────────────────────────────────────────────────────────────────────────────────
    def _untracked_of(self, ingredient_id: int) -> UntrackedTally:
        tally = self._untracked.get(ingredient_id)
        if tally is None:
            tally = self._untracked[ingredient_id] = UntrackedTally()
        return tally

    def _book_untracked(self, movement: Booked) -> None:
        tally = self._untracked_of(movement.ingredient_id)
        if movement.quantity > 0:
            tally.raise_by(movement)
        elif passes_through(movement):
            tally.quantity += movement.quantity
        else:
            self._lower(tally, movement)

    def _lower(self, tally: UntrackedTally, movement: Booked) -> None:
        unaccounted, key = ZERO, (movement.batch_id or 0, movement.ingredient_id)
        if movement.kind is MovementKind.PRODUCTION:
            unaccounted = self._unaccounted.get(key, ZERO)
        explained, unexplained = tally.lower_by(-movement.quantity, unaccounted)
        if explained:
            self._unaccounted[key] = unaccounted - explained
        if unexplained:
            unit = self.unit(movement.ingredient_id)
            self._found.append(
                Breach(
                    "R-2.5",
                    self._name(movement.ingredient_id),
                    f"Movement {movement.id} ({movement.kind.value} of {self._amount(movement)}) takes untracked stock "
                    f"to {amount(tally.quantity, unit)}; {amount(unexplained, unit)} of that is not UNACCOUNTED in any "
                    "run.",
                )
            )

    # ── the outcome ───────────────────────────────────────────────────────────────────────────────────────────────
    def breaches(self) -> Iterable[Breach]:
        """What was found on the way, then what the figures kept say against the whole ledger."""
        remaining: dict[int, Decimal] = {}
        for lot in self.lots.values():
            remaining[lot.ingredient_id] = remaining.get(lot.ingredient_id, ZERO) + lot.remaining
        for ingredient in self.ingredients.values():
            yield from self._ingredient_breaches(ingredient, remaining.get(ingredient.id, ZERO))
        yield from self._found
        for lot in self.lots.values():
            yield from self._lot_breaches(lot)

    def _ingredient_breaches(self, ingredient: Ingredient, remaining: Decimal) -> Iterable[Breach]:
        subject, unit = self._name(ingredient.id), ingredient.unit
        tracked, untracked = self.tracked(ingredient.id), self.untracked(ingredient.id)
        on_hand = ingredient.tracked + ingredient.untracked
        for rule, what, kept, against, said in (
            ("R-2.1", "on hand", on_hand, "its movements sum to", tracked + untracked),
            ("R-2.3", "tracked", ingredient.tracked, "its lots have", remaining),
            ("R-2.3", "tracked", ingredient.tracked, "its movements with a lot sum to", tracked),
            ("R-2.3", "untracked", ingredient.untracked, "its movements without a lot sum to", untracked),
        ):
            if kept != said:
                message = f"{amount(kept, unit)} {what} is kept, but {against} {amount(said, unit)}."
                yield Breach(rule, subject, message)

    # ── words ─────────────────────────────────────────────────────────────────────────────────────────────────────
    def _amount(self, movement: Booked) -> str:
        return amount(movement.quantity, self.unit(movement.ingredient_id))

    def _name(self, ingredient_id: int) -> str:
        ingredient = self.ingredients.get(ingredient_id)
        return f"ingredient {ingredient_id}" + (f" ({ingredient.name})" if ingredient else "")

    def _tell(self, rule: str, movement: Booked, message: str) -> None:
        self._found.append(Breach(rule, f"movement {movement.id}", message))

    def _tell_of_lot(self, lot_id: int, message: str) -> None:
        lot = self.lots.get(lot_id)
        self._found.append(Breach("R-2.4", lot.code if lot else f"lot {lot_id}", message))
