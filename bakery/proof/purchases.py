"""What purchase orders say they received, against their lots and, by the ledger, the stock that came in (R-4.1)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from decimal import Decimal
from fractions import Fraction

from bakery.catalogue import Ingredient, PurchaseOrderStatus
from bakery.lots import MovementKind
from bakery.proof.records import Booked, Breach, Delivered, PurchasedLine, amount
from bakery.quantity import QUANTITY_DECIMALS, ZERO, IncompatibleUnits, factor, rounded

_ROUNDING = Fraction(1, 2 * 10**QUANTITY_DECIMALS)
"""The most that one rounding of a quantity changes it by."""


class PurchaseReplay:
    """Gathers from the ledger what was purchased of each ingredient, and compares the lines of purchase orders.

    A line counts in its own unit. Where that is not the stock's, each receipt is rounded in both, and may differ by
    so much; where only a density bridges the two, nothing is said: the density may have been another at the receipt.
    """

    def __init__(
        self, ingredients: Iterable[Ingredient], lines: Iterable[PurchasedLine], deliveries: Iterable[Delivered]
    ) -> None:
        self._ingredients = {ingredient.id: ingredient for ingredient in ingredients}
        self._lines = list(lines)
        self._delivered: dict[int, list[Decimal]] = {}
        for delivery in deliveries:
            self._delivered.setdefault(delivery.line_id, []).append(delivery.quantity)
        self._purchased: dict[int, list[Decimal]] = {}

    def book(self, movement: Booked) -> None:
        if movement.kind is MovementKind.PURCHASE:
            self._purchased.setdefault(movement.ingredient_id, []).append(movement.quantity)

    def breaches(self) -> Iterable[Breach]:
        yield from self._of_statuses()
        of_ingredients: dict[int, list[PurchasedLine]] = {ingredient_id: [] for ingredient_id in self._purchased}
        for line in self._lines:
            of_ingredients.setdefault(line.ingredient_id, []).append(line)
            yield from self._of_lots(line)
        for ingredient_id, lines in of_ingredients.items():
            yield from self._of_ledger(ingredient_id, lines)

    def _of_statuses(self) -> Iterable[Breach]:
        orders: dict[str, list[PurchasedLine]] = {}
        for line in self._lines:
            orders.setdefault(line.order_code, []).append(line)
        for code, lines in orders.items():
            status = lines[0].status
            begun = any(line.received > 0 for line in lines)
            short = any(line.received < line.ordered for line in lines)
            if fits := _STATUS_FITS.get(status):
                expected_begun, expected_short = fits
                if begun is not expected_begun or (expected_short is not None and short is not expected_short):
                    came = "all that was ordered" if not short else "a part" if begun else "nothing"
                    yield Breach("R-4.1", code, f"It is {status.value}, but its lines say that {came} was received.")

    def _of_lots(self, line: PurchasedLine) -> Iterable[Breach]:
        """Receipts make lots only while lot tracking is on: they hold what was received, or less."""
        lots = self._delivered.get(line.id, [])
        received = self._in_stock_unit(line)
        if received is not None and sum(lots, ZERO) > received + self._slack([line], len(lots)):
            unit = self._ingredients[line.ingredient_id].unit
            yield Breach(
                "R-4.1",
                line.order_code,
                f"Line {line.id} received {amount(_quantity(received), unit)}, "
                f"but its lots {amount(sum(lots, ZERO), unit)}.",
            )

    def _of_ledger(self, ingredient_id: int, lines: list[PurchasedLine]) -> Iterable[Breach]:
        ingredient = self._ingredients.get(ingredient_id)
        quantities = [self._in_stock_unit(line) for line in lines]
        if ingredient is None or None in quantities:
            return
        received = sum((quantity for quantity in quantities if quantity is not None), Fraction(0))
        purchased = self._purchased.get(ingredient_id, [])
        total = sum(purchased, ZERO)
        if abs(received - Fraction(total)) > self._slack(lines, len(purchased)):
            yield Breach(
                "R-4.1",
                ingredient.name,
                f"Purchase orders received {amount(_quantity(received), ingredient.unit)}, "
                f"but the ledger has {amount(total, ingredient.unit)} purchased.",
            )

    def _in_stock_unit(self, line: PurchasedLine) -> Fraction | None:
        ratio = self._ratio(line)
        return None if ratio is None else Fraction(line.received) * ratio

    def _slack(self, lines: list[PurchasedLine], receipts: int) -> Fraction:
        ratios = [self._ratio(line) for line in lines]
        return receipts * max(
            (_ROUNDING * (1 + ratio) for ratio in ratios if ratio is not None and ratio != 1), default=Fraction(0)
        )

    def _ratio(self, line: PurchasedLine) -> Fraction | None:
        """How many stock units the line's unit is; None where only a density could tell."""
        ingredient = self._ingredients.get(line.ingredient_id)
        if ingredient is None:
            return None
        try:
            return factor(line.unit, ingredient.unit)
        except IncompatibleUnits:
            return None


_STATUS_FITS: Mapping[PurchaseOrderStatus, tuple[bool, bool | None]] = {
    PurchaseOrderStatus.DRAFT: (False, None),
    PurchaseOrderStatus.ORDERED: (False, None),
    PurchaseOrderStatus.PARTIALLY_RECEIVED: (True, True),
    PurchaseOrderStatus.RECEIVED: (True, False),
}
"""Whether anything came, and whether anything is short, in each status that says so."""


def _quantity(exact: Fraction) -> Decimal:
    return rounded(exact, QUANTITY_DECIMALS)
