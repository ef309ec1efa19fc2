"""Exact quantities, units and conversion (R-2.2)."""

import random
from decimal import Decimal, localcontext
from fractions import Fraction

import pytest

from bakery.quantity import (
    MAX_QUANTITY,
    IncompatibleUnits,
    Unit,
    convert,
    cost_per,
    factor,
    plain,
    round_cost,
    round_quantity,
)

CONVERSIONS = 10_000
ONE_ROUNDING = Fraction(1, 2_000_000)
"""Half of the sixth decimal: as much as one rounding may move a quantity."""

# Written from the definitions: the avoirdupois pound of 1959 and its ounce; the gallon of 231 cubic inches of 2.54 cm.
GALLON = 231 * Fraction("2.54") ** 3
MASSES = {"g": Fraction(1), "kg": Fraction(1000), "lb": Fraction("453.59237"), "oz": Fraction("453.59237") / 16}
VOLUMES = {"ml": Fraction(1), "l": Fraction(1000), "gal": GALLON, "floz": GALLON / 128}


def converted(quantity: str, source: str, target: str, density: str | None = None) -> str:
    return plain(convert(Decimal(quantity), Unit(source), Unit(target), None if density is None else Decimal(density)))


# ── units ─────────────────────────────────────────────────────────────────────────────────────────────────────────────
def test_the_units() -> None:
    """R-2.2: `g kg oz lb ml l floz gal each`, and no other."""
    assert " ".join(unit.value for unit in Unit) == "g kg oz lb ml l floz gal each"
    assert Decimal(10) ** 9 == MAX_QUANTITY


@pytest.mark.parametrize("sizes", [MASSES, VOLUMES, {"each": Fraction(1)}], ids=["mass", "volume", "count"])
def test_units_of_a_dimension_convert_exactly(sizes: dict[str, Fraction]) -> None:
    """R-2.2: US fluid ounce and gallon; every factor is the exact ratio, with or without a density."""
    for source, from_size in sizes.items():
        for target, to_size in sizes.items():
            assert factor(Unit(source), Unit(target)) == from_size / to_size
            assert factor(Unit(source), Unit(target), Decimal("0.53")) == from_size / to_size
            assert Unit(source).dimension is Unit(target).dimension


@pytest.mark.parametrize(
    ("quantity", "source", "target", "expected"),
    [
        ("1", "kg", "g", "1000"),
        ("1", "g", "kg", "0.001"),
        ("1", "lb", "oz", "16"),
        ("1", "lb", "g", "453.59237"),
        ("1", "oz", "g", "28.349523"),
        ("2", "oz", "g", "56.699046"),
        ("1", "kg", "lb", "2.204623"),
        ("1", "gal", "floz", "128"),
        ("1", "gal", "l", "3.785412"),
        ("1", "floz", "ml", "29.57353"),
        ("2.5", "l", "ml", "2500"),
        ("0.5", "each", "each", "0.5"),
        ("1000000000", "g", "kg", "1000000"),
        ("0.000001", "kg", "g", "0.001"),
    ],
)
def test_a_converted_quantity(quantity: str, source: str, target: str, expected: str) -> None:
    """R-2.2: input in another unit of the same dimension is converted."""
    assert converted(quantity, source, target) == expected


# ── density ───────────────────────────────────────────────────────────────────────────────────────────────────────────
@pytest.mark.parametrize(
    ("quantity", "source", "target", "density", "expected"),
    [
        ("100", "ml", "g", "0.53", "53"),
        ("53", "g", "ml", "0.53", "100"),
        ("1", "l", "kg", "1.42", "1.42"),
        ("1.42", "kg", "l", "1.42", "1"),
        ("1", "gal", "lb", "1.03", "8.595767"),
        ("1", "g", "ml", "3", "0.333333"),
    ],
)
def test_mass_and_volume_convert_with_a_density(
    quantity: str, source: str, target: str, density: str, expected: str
) -> None:
    """R-2.2: the density is in g/ml."""
    assert converted(quantity, source, target, density) == expected


@pytest.mark.parametrize(("source", "target"), [("g", "ml"), ("l", "kg"), ("floz", "oz"), ("lb", "gal")])
def test_mass_and_volume_do_not_convert_without_one(source: str, target: str) -> None:
    """R-2.2: only where the ingredient has a density; the refusal names the way out."""
    with pytest.raises(IncompatibleUnits, match="density") as refusal:
        convert(Decimal(1), Unit(source), Unit(target))
    assert str(refusal.value).startswith(f"{source} converts to {target} only")
    usable = MASSES if target in MASSES else VOLUMES
    assert all(unit in str(refusal.value) for unit in usable)


@pytest.mark.parametrize("density", [None, Decimal("0.5")])
@pytest.mark.parametrize("other", [unit for unit in Unit if unit is not Unit.each])
def test_pieces_convert_to_nothing_else(other: Unit, density: Decimal | None) -> None:
    """R-2.2: a count is of another dimension, whatever the density."""
    for source, target in ((Unit.each, other), (other, Unit.each)):
        with pytest.raises(IncompatibleUnits, match=f"{source.value} cannot be converted to {target.value}") as refusal:
            convert(Decimal(1), source, target, density)
        hint = str(refusal.value).partition("; use ")[2].removesuffix(".")
        for unit in hint.split(", "):
            convert(Decimal(1), Unit(unit), target, density)


def test_an_ingredient_with_a_density_is_told_both_dimensions() -> None:
    """R-2.2: whoever counted pieces of it may weigh or measure instead."""
    with pytest.raises(IncompatibleUnits, match=r"use g, kg, oz, lb, ml, l, floz, gal\."):
        convert(Decimal(1), Unit.each, Unit.g, Decimal("0.92"))


# ── rounding ──────────────────────────────────────────────────────────────────────────────────────────────────────────
@pytest.mark.parametrize(
    ("exact", "rounded"),
    [
        ("0.0000005", "0"),
        ("0.0000015", "0.000002"),
        ("0.0000025", "0.000002"),
        ("0.00000250000000000000000000000001", "0.000003"),
        ("0.00000149999999999999999999999999", "0.000001"),
        ("-0.0000015", "-0.000002"),
        ("-0.0000025", "-0.000002"),
        ("1/3", "0.333333"),
        ("2/3", "0.666667"),
        ("999999999.9999995", "1000000000"),
        ("999999999.9999985", "999999999.999998"),
    ],
)
def test_a_quantity_is_rounded_half_even(exact: str, rounded: str) -> None:
    """R-2.2: to 6 decimals, from the exact value."""
    assert plain(round_quantity(Fraction(exact))) == rounded


@pytest.mark.parametrize(
    ("exact", "rounded"),
    [("0.00000000005", "0"), ("0.00000000015", "0.0000000002"), ("1/3", "0.3333333333"), ("2/3", "0.6666666667")],
)
def test_a_cost_is_rounded_half_even_to_ten_decimals(exact: str, rounded: str) -> None:
    """R-2.2: unit costs are kept to 10 decimals."""
    assert plain(round_cost(Fraction(exact))) == rounded


def test_a_conversion_is_rounded_once() -> None:
    """R-2.2: from the exact value; 0.000024 oz rounded to grams on the way would come out as 0.000001 lb."""
    assert converted("0.000008", "oz", "lb") == "0"  # exactly half of the sixth decimal
    assert converted("0.000024", "oz", "lb") == "0.000002"
    assert converted("0.000003", "g", "kg") == "0"


def test_rounding_does_not_rely_on_the_decimal_context() -> None:
    """R-2.2: exact, whatever precision the thread's context has."""
    with localcontext(prec=3):
        assert plain(round_quantity(Fraction("123456789.1234565"))) == "123456789.123456"
        assert converted("123456789.123456", "kg", "g") == "123456789123.456"
        assert plain(cost_per(Decimal("12345.6789"), Unit.g, Unit.kg)) == "12345678.9"


def test_ten_thousand_conversions_and_back() -> None:
    """R-2.2: there and back loses nothing beyond the one rounding of each way; to a smaller unit, nothing at all."""
    chance = random.Random(20260301)
    exact_returns = 0
    for _ in range(CONVERSIONS):
        sizes = chance.choice([MASSES, VOLUMES])
        (source, from_size), (target, to_size) = chance.choice(list(sizes.items())), chance.choice(list(sizes.items()))
        ratio = from_size / to_size
        quantity = Decimal(chance.randrange(1, 10 ** chance.randint(1, 15))).scaleb(-6)
        there = convert(quantity, Unit(source), Unit(target))
        back = convert(there, Unit(target), Unit(source))
        case = f"{quantity} {source} = {there} {target} = {back} {source}"
        assert abs(Fraction(there) - Fraction(quantity) * ratio) <= ONE_ROUNDING, case
        assert abs(Fraction(back) - Fraction(quantity)) <= ONE_ROUNDING / ratio + ONE_ROUNDING, case
        assert Fraction(there) * 10**6 % 1 == Fraction(back) * 10**6 % 1 == 0, case
        if ratio >= 1:
            assert back == quantity, case
            exact_returns += 1
    assert CONVERSIONS / 3 < exact_returns < CONVERSIONS


# ── costs and digits ──────────────────────────────────────────────────────────────────────────────────────────────────
@pytest.mark.parametrize(
    ("cost", "source", "target", "density", "expected"),
    [
        ("2.5", "kg", "g", None, "0.0025"),
        ("0.0025", "g", "kg", None, "2.5"),
        ("1", "lb", "g", None, "0.0022046226"),
        ("3", "each", "each", None, "3"),
        ("1.06", "l", "kg", "0.53", "2"),
        ("2", "kg", "l", "0.53", "1.06"),
    ],
)
def test_a_cost_per_another_unit(cost: str, source: str, target: str, density: str | None, expected: str) -> None:
    """R-2.2: `unitCost` is per unit of the input, and kept per stock unit."""
    grams = None if density is None else Decimal(density)
    assert plain(cost_per(Decimal(cost), Unit(source), Unit(target), grams)) == expected


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ("0.500000", "0.5"),
        ("1200", "1200"),
        ("1200.000", "1200"),
        ("1E+9", "1000000000"),
        ("1E-6", "0.000001"),
        ("0E-6", "0"),
        ("-0", "0"),
        ("-0.00", "0"),
        ("-3.10", "-3.1"),
        ("0.0000000001", "0.0000000001"),
        ("10", "10"),
    ],
)
def test_digits_are_plain(value: str, text: str) -> None:
    """R-2.2: decimals print plain, without trailing zeros."""
    assert plain(Decimal(value)) == text
