"""Production once more (R-4.4, R-5, R-6.4). Nothing of the product is imported here."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, timedelta
from fractions import Fraction

from tests.oracle.books import Books, Ingredient, Lot, Wasted
from tests.oracle.values import Refused, invalid, rounded, text


@dataclass(eq=False)
class Product:
    name: str
    makes: int
    """How much one recipe yields."""
    recipe: list[tuple[Ingredient, Fraction, str]]
    becomes: Ingredient | None = None
    shelf_life: int | None = None
    inherits: bool = False


@dataclass
class Use:
    """How one need is covered."""

    ingredient: Ingredient
    required: Fraction
    picks: list[tuple[Lot, Fraction]] = field(default_factory=list)
    skipped: list[tuple[Lot, str]] = field(default_factory=list)
    untracked: Fraction = Fraction(0)
    missing: Fraction = Fraction(0)
    corrected: Fraction = Fraction(0)

    def take(self, lot: Lot, quantity: Fraction) -> None:
        """A lot stands on the record once."""
        for place, (taken, already) in enumerate(self.picks):
            if taken is lot:
                self.picks[place] = (lot, already + quantity)
                return
        self.picks.append((lot, quantity))

    def left(self, lot: Lot) -> Fraction:
        return lot.left - sum((quantity for taken, quantity in self.picks if taken is lot), Fraction(0))


@dataclass(eq=False)
class Batch:
    code: str
    product: Product
    quantity: Fraction
    produced_on: date
    uses: list[Use]
    output: Lot | None = None
    thrown_away: Fraction = Fraction(0)
    """Other than from its lot."""
    reversed: bool = False
    booked: list[tuple[Ingredient, str, Fraction, Lot | None]] = field(default_factory=list)
    """The run's part of the ledger."""

    @property
    def wasted(self) -> Fraction:
        return self.thrown_away if self.output is None else -self.output.booked("WRITE_OFF")


@dataclass
class Kitchen(Books):
    products: dict[str, Product] = field(default_factory=dict)
    batches: list[Batch] = field(default_factory=list)

    def allocated(self, batch: Batch) -> Fraction:
        """What orders were given of it: known where orders are."""
        raise NotImplementedError

    # ── what a run uses ──────────────────────────────────────────────────────────────────────────────
    def needs(self, product: Product, quantity: Fraction) -> list[tuple[Ingredient, Fraction]]:
        """R-5.2: summed over the lines, then rounded once; in the order of the recipe."""
        exact: list[tuple[Ingredient, Fraction]] = []
        for ingredient in dict.fromkeys(item.name for item, _, _ in product.recipe):
            lines = [(item, amount, unit) for item, amount, unit in product.recipe if item.name == ingredient]
            share = quantity / product.makes
            exact.append((lines[0][0], sum((item.exactly(a, unit) * share for item, a, unit in lines), Fraction(0))))
        return [(ingredient, rounded(need, 6)) for ingredient, need in exact if rounded(need, 6) > 0]

    def obstacle(self, lot: Lot, day: date) -> str | None:
        if lot.expires_on is not None and day >= lot.expires_on + timedelta(days=1):
            return "EXPIRED"
        if lot.held:
            return "ON_HOLD"
        return None if lot.received_on <= day else "NOT_YET_RECEIVED"

    def planned(
        self, product: Product, quantity: Fraction, day: date, choices: list[tuple[Ingredient, Lot, Fraction]]
    ) -> list[Use]:
        if day > self.today:
            raise invalid("producedOn")
        needs = self.needs(product, quantity)
        self.check_choices({ingredient.name: need for ingredient, need in needs}, day, choices)
        uses = []
        for ingredient, need in needs:
            use = Use(ingredient, need)
            chosen = [(lot, some) for of, lot, some in choices if of is ingredient]
            uses.append(self.with_lots(use, chosen, day) if self.tracking else self.without_lots(use))
        return uses

    def check_choices(
        self, needs: dict[str, Fraction], day: date, choices: list[tuple[Ingredient, Lot, Fraction]]
    ) -> None:
        """R-5.8: expired, held, foreign and too small lots are refused, and more than the run needs."""
        if choices and not self.tracking:
            raise invalid("lotChoices")
        wrong: set[str] = set()
        for place, (ingredient, lot, _) in enumerate(choices):
            path = f"lotChoices[{place}]"
            earlier = sum((some for _, other, some in choices[: place + 1] if other is lot), Fraction(0))
            if ingredient.name not in needs:
                wrong.add(f"{path}.ingredientId")
            elif lot.of is not ingredient or lot.left == 0 or self.obstacle(lot, day):
                wrong.add(f"{path}.lotId")
            elif earlier > lot.left:
                wrong.add(f"{path}.quantity")
        for name, need in needs.items():
            if sum((some for of, _, some in choices if of.name == name), Fraction(0)) > need:
                wrong.add("lotChoices")
        if wrong:
            raise invalid(*wrong)

    def with_lots(self, use: Use, chosen: list[tuple[Lot, Fraction]], day: date) -> Use:
        need, lots = use.required, use.ingredient.lots
        for lot, some in chosen:
            use.take(lot, some)
            need -= some
        while need > 0 and (usable := [lot for lot in lots if use.left(lot) > 0 and not self.obstacle(lot, day)]):
            lot = self.oldest(usable)
            some = min(need, use.left(lot))
            use.take(lot, some)
            need -= some
        unusable = [lot for lot in lots if use.left(lot) > 0 and self.obstacle(lot, day)]
        while unusable:
            lot = self.oldest(unusable)
            use.skipped.append((lot, self.obstacle(lot, day) or ""))
            unusable.remove(lot)
        use.untracked = min(need, max(use.ingredient.untracked, Fraction(0)))
        use.missing = need - use.untracked
        return use

    def without_lots(self, use: Use) -> Use:
        """R-2.5, R-5.2: all untracked; lots are reduced for what untracked stock does not cover."""
        there = min(use.required, max(use.ingredient.untracked, Fraction(0)))
        use.corrected = min(use.required - there, use.ingredient.tracked)
        use.untracked = there + use.corrected
        use.missing = use.required - use.untracked
        return use

    def run(
        self,
        product: Product,
        quantity: Fraction,
        day: date,
        choices: list[tuple[Ingredient, Lot, Fraction]],
        allow_shortfall: bool,
        role: str = "OWNER",
    ) -> Batch:
        if allow_shortfall and role == "STAFF":
            raise Refused("RoleRequired")
        uses = self.planned(product, quantity, day, choices)
        short = [use for use in uses if use.missing > 0]
        if short and not allow_shortfall:
            raise Refused("InsufficientStock", shortfalls=tuple(self.shortfall(use) for use in short))
        made_lot = product.becomes is not None and self.tracking
        lot_code = self.code("LOT") if made_lot else ""
        batch = Batch(self.code("PB"), product, quantity, day, uses)
        before = {item.name: len(item.ledger) for item in self.ingredients.values()}
        for use in uses:
            self.book(use)
        self.batches.append(batch)
        if product.becomes is not None:
            if made_lot:
                expires, cost = self.expiry_of(batch), self.cost_of(batch)
                batch.output = Lot(lot_code, product.becomes, "PRODUCTION", day, expires, cost, origin=batch)
                product.becomes.lots.append(batch.output)
            product.becomes.ledger.append(("OUTPUT", quantity, batch.output))
        for item in self.ingredients.values():
            batch.booked += [(item, *entry) for entry in item.ledger[before[item.name] :]]
        return batch

    def shortfall(self, use: Use) -> tuple[str, ...]:
        """R-5.5: the reason of the oldest lot that was passed over."""
        reason = use.skipped[0][1] if use.skipped else "NOT_ENOUGH"
        available = use.required - use.missing
        return use.ingredient.name, text(use.required), text(available), text(use.missing), use.ingredient.unit, reason

    def book(self, use: Use) -> None:
        ledger = use.ingredient.ledger
        for lot, quantity in use.picks:
            ledger.append(("PRODUCTION", -quantity, lot))
        if use.corrected:
            self.correct(use.ingredient, use.corrected)
            ledger.append(("ADJUSTMENT", use.corrected, None))
        if use.untracked + use.missing:
            ledger.append(("PRODUCTION", -use.untracked - use.missing, None))

    def expiry_of(self, batch: Batch) -> date | None:
        """R-4.4"""
        product, days = batch.product, []
        if product.shelf_life is not None:
            days.append(batch.produced_on + timedelta(days=product.shelf_life))
        if product.inherits:
            days += [lot.expires_on for use in batch.uses for lot, _ in use.picks if lot.expires_on is not None]
        return min(days) if days else None

    def cost_of(self, batch: Batch) -> Fraction | None:
        """R-4.4: unknown if any is."""
        total = Fraction(0)
        for use in batch.uses:
            if use.untracked or use.missing:
                return None
            for lot, quantity in use.picks:
                if lot.unit_cost is None:
                    return None
                total += lot.unit_cost * quantity
        return rounded(total / batch.quantity, 10)

    def rest(self, batch: Batch) -> Fraction:
        """R-4.4: an intermediate's batch and lot share one remainder."""
        if batch.output is not None:
            return batch.output.left
        return batch.quantity - self.allocated(batch) - batch.wasted

    # ── what becomes of a batch ────────────────────────────────────────────────────────────────────────
    def take_back(self, batch: Batch) -> None:
        """By the opposite of each movement; not once anything of what was made was used, sold or thrown away."""
        if batch.reversed or self.allocated(batch) or batch.wasted:
            raise invalid("batchId")
        if batch.output is not None and batch.output.left != batch.quantity:
            raise invalid("batchId")
        made = batch.product.becomes
        if made is not None and batch.output is None:
            back = sum((q for item, _, q, lot in batch.booked if item is made and lot is None), Fraction(0))
            if made.untracked - back < 0:
                raise invalid("batchId")
        for item, kind, quantity, lot in batch.booked:
            item.ledger.append(("ADJUSTMENT" if kind == "ADJUSTMENT" else "REVERSAL", -quantity, lot))
        batch.reversed = True

    def throw_away(self, batch: Batch, quantity: Fraction | None, reason: str) -> None:
        """Of an intermediate it leaves lot or stock; other waste is the batch's own."""
        if batch.reversed:
            raise invalid("batchId")
        if batch.output is not None:
            self.waste_of_lot(batch.output, quantity, reason)
            return
        made, left = batch.product.becomes, self.rest(batch)
        if made is not None:
            left = min(left, max(made.untracked, Fraction(0)))
        wasted = left if quantity is None else quantity
        if wasted > left or wasted == 0:
            raise invalid("quantity")
        batch.thrown_away += wasted
        name, unit, cost = batch.product.name, "each", self.cost_of(batch)
        if made is not None:
            made.ledger.append(("WRITE_OFF", -wasted, None))
            name, unit, cost = made.name, made.unit, None
        item, product = (name, None) if made is not None else (None, name)
        self.waste.append(Wasted(self.today, reason, item, product, None, unit, cost, wasted))
