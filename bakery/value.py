"""Values in money: quantities at their costs, summed exactly and rounded once, at the end (R-2.2)."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction

from bakery.quantity import rounded


@dataclass(slots=True)
class Value:
    """A sum of quantity × unit cost. What has no known cost counts for nothing: whoever shows a value says so."""

    exact: Fraction = Fraction(0)

    def add(self, quantity: Decimal, unit_cost: Decimal | None) -> bool:
        """Whether the cost is known, and the value was added."""
        if unit_cost is None:
            return False
        self.exact += Fraction(quantity) * Fraction(unit_cost)
        return True

    def rounded(self, decimals: int) -> Decimal:
        """Half-even, to the decimals of a currency."""
        return rounded(self.exact, decimals)
