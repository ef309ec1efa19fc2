"""Exact quantities, units and conversion (R-2.2).

Quantities are `Decimal`s of at most six decimals, costs of at most ten. Whatever is scaled or converted is computed
as a `Fraction` and rounded once, half-even: no binary floating point and no rounding of a rounding.
"""

from __future__ import annotations

from decimal import Decimal
from enum import Enum
from fractions import Fraction

QUANTITY_DECIMALS = 6
COST_DECIMALS = 10
MAX_QUANTITY = Decimal(10**9)
MAX_UNIT_COST = Decimal(10**8)  # ten decimals of it still fit the 64-bit integers of the store

ZERO = Decimal(0)


class Dimension(Enum):
    """What a unit measures; only units of one dimension convert without a density."""

    MASS = "mass"
    VOLUME = "volume"
    COUNT = "count"


class Unit(Enum):
    """A stock unit. Fluid ounce and gallon are the US ones."""

    g = "g"
    kg = "kg"
    oz = "oz"
    lb = "lb"
    ml = "ml"
    l = "l"  # noqa: E741 - the unit's own symbol, as clients spell it
    floz = "floz"
    gal = "gal"
    each = "each"

    @property
    def dimension(self) -> Dimension:
        return _SIZES[self][0]


# Size of each unit in the base of its dimension: gram, millilitre, piece. The customary units are exact by their
# legal definition (pound = 453.59237 g, US gallon = 231 cubic inches of 2.54³ ml).
_SIZES = {
    Unit.g: (Dimension.MASS, Fraction(1)),
    Unit.kg: (Dimension.MASS, Fraction(1000)),
    Unit.oz: (Dimension.MASS, Fraction("28.349523125")),
    Unit.lb: (Dimension.MASS, Fraction("453.59237")),
    Unit.ml: (Dimension.VOLUME, Fraction(1)),
    Unit.l: (Dimension.VOLUME, Fraction(1000)),
    Unit.floz: (Dimension.VOLUME, Fraction("29.5735295625")),
    Unit.gal: (Dimension.VOLUME, Fraction("3785.411784")),
    Unit.each: (Dimension.COUNT, Fraction(1)),
}


class IncompatibleUnits(ValueError):
    """The two units measure different things and no density bridges them. The message says what would help."""


def factor(source: Unit, target: Unit, density: Decimal | None = None) -> Fraction:
    """How many `target` units one `source` unit is, exactly.

    `density` is in grams per millilitre and bridges mass and volume. Raises `IncompatibleUnits`.
    """
    from_dimension, from_size = _SIZES[source]
    to_dimension, to_size = _SIZES[target]
    ratio = from_size / to_size
    if from_dimension is to_dimension:
        return ratio
    if Dimension.COUNT in (from_dimension, to_dimension):
        bridged = to_dimension is not Dimension.COUNT and density is not None
        usable = _units_of(Dimension.MASS, Dimension.VOLUME) if bridged else _units_of(to_dimension)
        raise IncompatibleUnits(f"{source.value} cannot be converted to {target.value}; use {usable}.")
    if density is None:
        raise IncompatibleUnits(
            f"{source.value} converts to {target.value} only for an ingredient with a density; "
            f"use {_units_of(to_dimension)}, or give the ingredient a density in g/ml."
        )
    grams_per_millilitre = Fraction(density)
    return ratio / grams_per_millilitre if from_dimension is Dimension.MASS else ratio * grams_per_millilitre


def convert(quantity: Decimal, source: Unit, target: Unit, density: Decimal | None = None) -> Decimal:
    """`quantity` of `source` units in `target` units, rounded once to six decimals. Raises `IncompatibleUnits`."""
    return round_quantity(Fraction(quantity) * factor(source, target, density))


def cost_per(unit_cost: Decimal, source: Unit, target: Unit, density: Decimal | None = None) -> Decimal:
    """A cost per `source` unit as a cost per `target` unit, rounded once to ten decimals."""
    return round_cost(Fraction(unit_cost) / factor(source, target, density))


def round_quantity(exact: Fraction) -> Decimal:
    """The nearest quantity of six decimals, half-even."""
    return rounded(exact, QUANTITY_DECIMALS)


def round_cost(exact: Fraction) -> Decimal:
    """The nearest unit cost of ten decimals, half-even."""
    return rounded(exact, COST_DECIMALS)


def plain(value: Decimal) -> str:
    """Digits without exponent or trailing zeros: `0.5`, `1200`, `-3`."""
    text = format(value, "f")
    if "." in text:
        text = text.rstrip("0").rstrip(".")
    return "0" if text == "-0" else text


def rounded(exact: Fraction, decimals: int) -> Decimal:
    """The nearest decimal, half-even."""
    # round() of a Fraction is half-even. The digits are placed by text: Decimal arithmetic would round to the
    # precision of the context, and a context is not ours to rely on.
    scaled = round(exact * 10**decimals)
    return Decimal(f"{scaled}E-{decimals}")


def _units_of(*dimensions: Dimension) -> str:
    return ", ".join(unit.value for unit, (kind, _) in _SIZES.items() if kind in dimensions)
