"""Units, rounding and refusals of the oracle. Nothing of the product is imported here."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

SIZES = {
    "g": ("mass", Fraction(1)),
    "kg": ("mass", Fraction(1000)),
    "oz": ("mass", Fraction("28.349523125")),
    "lb": ("mass", Fraction("453.59237")),
    "ml": ("volume", Fraction(1)),
    "l": ("volume", Fraction(1000)),
    "each": ("count", Fraction(1)),
}


@dataclass
class Refused(Exception):
    """The type of the error; the paths of an `InvalidInput`, or what is short."""

    kind: str
    paths: frozenset[str] = frozenset()
    shortfalls: tuple[tuple[str, ...], ...] = ()


def invalid(*paths: str) -> Refused:
    return Refused("InvalidInput", frozenset(paths))


def rounded(exact: Fraction, decimals: int) -> Fraction:
    """To the nearest, and of two as near to the even one (R-2.2)."""
    scaled = exact * 10**decimals
    below = scaled.numerator // scaled.denominator
    rest = scaled - below
    if rest > Fraction(1, 2) or (rest == Fraction(1, 2) and below % 2 == 1):
        below += 1
    return Fraction(below, 10**decimals)


def text(value: Fraction) -> str:
    """Plain digits, without trailing zeros."""
    sign, whole = ("-" if value < 0 else ""), abs(value)
    digits = f"{whole.numerator * 10**20 // whole.denominator:021d}"
    assert Fraction(int(digits), 10**20) == whole, "more than twenty decimals"
    return f"{sign}{digits[:-20]}.{digits[-20:]}".rstrip("0").rstrip(".")
