"""A bakery's books once more: slowly, obviously, and from the text of the rules alone.

Nothing of the product is imported here, so that no mistake is made twice by sharing code. Quantities are fractions.
Nothing is kept that can be summed up again from the ledger; whatever comes first is found by comparing all with all.
What a request is refused for is raised as `Refused`; then nothing was done yet.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from datetime import date, timedelta
from fractions import Fraction

from tests.oracle.values import SIZES, Refused, invalid, rounded

BRINGING_IN = ("PURCHASE", "RESTOCK", "MANUAL_LOT", "OUTPUT")


@dataclass(eq=False)
class Ingredient:
    name: str
    unit: str
    density: Fraction | None = None
    reorder_point: Fraction | None = None
    lots: list[Lot] = field(default_factory=list)
    ledger: list[tuple[str, Fraction, Lot | None]] = field(default_factory=list)

    @property
    def on_hand(self) -> Fraction:
        return sum((quantity for _, quantity, _ in self.ledger), Fraction(0))

    @property
    def tracked(self) -> Fraction:
        return sum((lot.left for lot in self.lots), Fraction(0))

    @property
    def untracked(self) -> Fraction:
        return sum((quantity for _, quantity, lot in self.ledger if lot is None), Fraction(0))

    def stocked(self, quantity: Fraction, unit: str, path: str = "quantity") -> Fraction:
        """In the stock unit, rounded once. Raises `Refused` where nothing would be left of something (R-2.2)."""
        converted = rounded(self.exactly(quantity, unit), 6)
        if converted == 0 < quantity:
            raise invalid(path)
        return converted

    def exactly(self, quantity: Fraction, unit: str) -> Fraction:
        """In the stock unit, not yet rounded. Raises `Refused` where nothing converts the two."""
        (source, size), (target, stock_size) = SIZES[unit], SIZES[self.unit]
        in_base = quantity * size
        if source != target:
            if "count" in (source, target) or self.density is None:
                raise invalid("unit")
            in_base = in_base / self.density if source == "mass" else in_base * self.density
        return in_base / stock_size


@dataclass(eq=False)
class Lot:
    code: str
    of: Ingredient
    source: str
    received_on: date
    expires_on: date | None
    unit_cost: Fraction | None
    supplier: str | None = None
    supplier_number: str | None = None
    origin: object | None = None
    holds: list[bool] = field(default_factory=list)
    """Whether each stands."""
    dates: list[tuple[date | None, date | None]] = field(default_factory=list)

    def booked(self, *kinds: str) -> Fraction:
        return sum((quantity for kind, quantity, lot in self.of.ledger if lot is self and kind in kinds), Fraction(0))

    @property
    def left(self) -> Fraction:
        return sum((quantity for _, quantity, lot in self.of.ledger if lot is self), Fraction(0))

    @property
    def balance(self) -> tuple[Fraction, ...]:
        """Received, adjusted, consumed, written off and remaining (R-2.4)."""
        consumed = -self.booked("PRODUCTION", "SALE", "REVERSAL")
        return self.booked(*BRINGING_IN), self.booked("ADJUSTMENT"), consumed, -self.booked("WRITE_OFF"), self.left

    @property
    def held(self) -> bool:
        return any(self.holds)

    @property
    def status(self) -> str:
        return "ON_HOLD" if self.held else "AVAILABLE" if self.left > 0 else "DEPLETED"

    def expiry_status(self, today: date, window: int = 7) -> str:
        if self.expires_on is None:
            return "UNDATED"
        if today >= self.expires_on + timedelta(days=1):
            return "EXPIRED"
        return "EXPIRING" if self.expires_on <= today + timedelta(days=window) else "FRESH"


@dataclass(eq=False)
class PurchaseLine:
    ingredient: Ingredient
    ordered: Fraction
    unit: str
    unit_cost: Fraction | None
    received: Fraction = Fraction(0)


@dataclass(eq=False)
class Purchase:
    code: str
    supplier: str
    status: str
    lines: list[PurchaseLine]


@dataclass
class Delivered:
    """A line of a delivery. Quantity and cost in the ordered line's unit; no cost means the ordered one."""

    line: PurchaseLine
    quantity: Fraction
    unit_cost: Fraction | None
    expires_on: date | None
    supplier_number: str | None


@dataclass
class Wasted:
    """Something that was thrown away: an ingredient by its name, or a finished product."""

    on: date
    reason: str
    ingredient: str | None
    product: str | None
    supplier: str | None
    unit: str
    unit_cost: Fraction | None
    quantity: Fraction


@dataclass
class Books:
    today: date
    plan: str = "GROWTH"
    switched_on: bool = False
    order: str = "EXPIRY_DATE"
    ingredients: dict[str, Ingredient] = field(default_factory=dict)
    purchases: list[Purchase] = field(default_factory=list)
    waste: list[Wasted] = field(default_factory=list)
    counted: Counter[tuple[str, date]] = field(default_factory=Counter)

    @property
    def tracking(self) -> bool:
        return self.switched_on and self.plan != "ESSENTIALS"

    @property
    def lots(self) -> list[Lot]:
        return [lot for ingredient in self.ingredients.values() for lot in ingredient.lots]

    def code(self, kind: str) -> str:
        """Counted from 001 each day, by kind (R-4.5)."""
        self.counted[kind, self.today] += 1
        return f"{kind}-{self.today:%y%m%d}-{self.counted[kind, self.today]:03d}"

    def needs_lot_tracking(self) -> None:
        """R-1.7, R-1.8: first the plan, then the switch."""
        if self.plan == "ESSENTIALS":
            raise Refused("PlanRequired")
        if not self.switched_on:
            raise Refused("FeatureDisabled")

    def switch(self, on: bool | None, order: str | None) -> None:
        if self.plan == "ESSENTIALS":
            raise Refused("PlanRequired")
        self.switched_on = self.switched_on if on is None else on
        self.order = order or self.order

    # ── stock in ─────────────────────────────────────────────────────────────────────────────────────
    def bring_in(
        self,
        kind: str,
        source: str,
        ingredient: Ingredient,
        quantity: Fraction,
        *,
        received_on: date,
        expires_on: date | None,
        unit_cost: Fraction | None,
        supplier: str | None = None,
        supplier_number: str | None = None,
    ) -> Lot | None:
        if not self.tracking:
            ingredient.ledger.append((kind, quantity, None))
            return None
        lot = Lot(
            self.code("LOT"),
            ingredient,
            source,
            received_on,
            expires_on,
            unit_cost,
            supplier,
            supplier_number,
        )
        ingredient.lots.append(lot)
        ingredient.ledger.append((kind, quantity, lot))
        return lot

    def check_days(self, received_on: date, expires_on: date | None) -> None:
        if received_on > self.today:
            raise invalid("receivedOn")
        if expires_on is not None and expires_on < received_on:
            raise invalid("expiresOn")

    def receive(
        self,
        kind: str,
        source: str,
        ingredient: Ingredient,
        quantity: Fraction,
        unit: str,
        *,
        received_on: date,
        expires_on: date | None,
        unit_cost: Fraction | None,
        supplier: str | None,
        supplier_number: str | None,
    ) -> Lot | None:
        """A restock, or a lot by hand."""
        if source == "MANUAL":
            self.needs_lot_tracking()
        self.check_days(received_on, expires_on)
        return self.bring_in(
            kind,
            source,
            ingredient,
            ingredient.stocked(quantity, unit),
            received_on=received_on,
            expires_on=expires_on,
            unit_cost=None if unit_cost is None else rounded(unit_cost / ingredient.exactly(Fraction(1), unit), 10),
            supplier=supplier,
            supplier_number=supplier_number,
        )

    def order_from(self, supplier: str, lines: list[PurchaseLine], draft: bool) -> Purchase:
        for place, line in enumerate(lines):
            line.ingredient.stocked(line.ordered, line.unit, f"lines[{place}].quantity")
        purchase = Purchase(self.code("PO"), supplier, "DRAFT" if draft else "ORDERED", lines)
        self.purchases.append(purchase)
        return purchase

    def set_purchase(self, purchase: Purchase, status: str) -> None:
        """R-4.1: orders a draft, or cancels what is not yet received in full."""
        if status == purchase.status:
            return
        may = {"DRAFT": ("ORDERED", "CANCELLED"), "ORDERED": ("CANCELLED",), "PARTIALLY_RECEIVED": ("CANCELLED",)}
        if status not in may.get(purchase.status, ()):
            raise invalid("status")
        purchase.status = status

    def deliver(self, purchase: Purchase, received_on: date, delivered: list[Delivered]) -> list[Lot]:
        """R-4.1: each received line is one lot."""
        if purchase.status not in ("ORDERED", "PARTIALLY_RECEIVED"):
            raise invalid("purchaseOrderId")
        for place, each in enumerate(delivered):
            each.line.ingredient.stocked(each.quantity, each.line.unit, f"lines[{place}].quantity")
            try:
                self.check_days(received_on, each.expires_on)
            except Refused as refused:
                if refused.paths == {"expiresOn"}:
                    raise invalid(f"lines[{place}].expiresOn") from refused
                raise
        lots = []
        for each in delivered:
            line = each.line
            line.received += each.quantity
            cost = line.unit_cost if each.unit_cost is None else each.unit_cost
            one = line.ingredient.exactly(Fraction(1), line.unit)
            lot = self.bring_in(
                "PURCHASE",
                "PURCHASE_ORDER",
                line.ingredient,
                line.ingredient.stocked(each.quantity, line.unit),
                received_on=received_on,
                expires_on=each.expires_on,
                unit_cost=None if cost is None else rounded(cost / one, 10),
                supplier=purchase.supplier,
                supplier_number=each.supplier_number,
            )
            lots += [lot] if lot else []
        short = any(line.received < line.ordered for line in purchase.lines)
        purchase.status = "PARTIALLY_RECEIVED" if short else "RECEIVED"
        return lots

    # ── counts ────────────────────────────────────────────────────────────────────────────────────────────────
    def count(self, ingredient: Ingredient, counted: Fraction) -> None:
        """Above the figure only untracked stock rises; else lots hold no more than was counted."""
        on_hand = ingredient.on_hand
        if counted <= on_hand:
            self.correct(ingredient, max(Fraction(0), ingredient.tracked - counted))
        rest = counted - ingredient.on_hand
        if rest != 0:
            ingredient.ledger.append(("ADJUSTMENT", rest, None))

    def correct(self, ingredient: Ingredient, quantity: Fraction) -> None:
        """Out of all lots with stock, usable or not, in the order of R-5.3."""
        while quantity > 0:
            lot = self.oldest([lot for lot in ingredient.lots if lot.left > 0])
            some = min(quantity, lot.left)
            ingredient.ledger.append(("ADJUSTMENT", -some, lot))
            quantity -= some

    def oldest(self, lots: list[Lot]) -> Lot:
        [found] = [lot for lot in lots if not any(self.goes_before(other, lot) for other in lots)]
        return found

    def goes_before(self, one: Lot, other: Lot) -> bool:
        """R-5.3: there are no ties."""

        def expiry_first() -> bool | None:
            if one.expires_on == other.expires_on:
                return None
            return other.expires_on is None or (one.expires_on is not None and one.expires_on < other.expires_on)

        def receipt_first() -> bool | None:
            return None if one.received_on == other.received_on else one.received_on < other.received_on

        tests = [expiry_first, receipt_first] if self.order == "EXPIRY_DATE" else [receipt_first, expiry_first]
        for test in tests:
            decided = test()
            if decided is not None:
                return decided
        return one.of.lots.index(one) < one.of.lots.index(other)

    # ── waste, holds, dates ───────────────────────────────────────────────────────────────────────────────────────────
    def write_off(self, lot: Lot, quantity: Fraction | None, reason: str) -> None:
        """R-6.3: whatever the lot's status, never more than remains."""
        self.needs_lot_tracking()
        self.waste_of_lot(lot, quantity, reason)

    def waste_of_lot(self, lot: Lot, quantity: Fraction | None, reason: str) -> None:
        wasted = lot.left if quantity is None else quantity
        if wasted > lot.left or wasted == 0:
            raise invalid("quantity")
        lot.of.ledger.append(("WRITE_OFF", -wasted, lot))
        self.waste.append(
            Wasted(self.today, reason, lot.of.name, None, lot.supplier, lot.of.unit, lot.unit_cost, wasted)
        )

    def hold(self, lot: Lot) -> None:
        self.needs_lot_tracking()
        if lot.held:
            raise invalid("lotId")
        lot.holds.append(True)

    def release(self, lot: Lot) -> None:
        self.needs_lot_tracking()
        if not lot.held:
            raise invalid("lotId")
        lot.holds[-1] = False

    def redate(self, lot: Lot, expires_on: date | None) -> None:
        self.needs_lot_tracking()
        if expires_on == lot.expires_on:
            raise invalid("undated" if expires_on is None else "expiresOn")
        if expires_on is not None and expires_on < lot.received_on:
            raise invalid("expiresOn")
        lot.dates.append((lot.expires_on, expires_on))
        lot.expires_on = expires_on
