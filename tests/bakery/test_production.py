"""What a run needs and makes (R-2.2, R-4.4, R-5.2)."""

from datetime import date
from decimal import Decimal

import pytest

from bakery.catalogue import Ingredient, Product, RecipeLine
from bakery.production import needs, output_expiry, output_unit_cost
from bakery.quantity import IncompatibleUnits, Unit, plain
from tests.bakery.ledger import BY_RECEIPT, ingredient, stock

FLOUR, MILK, EGG = 1, 2, 3
BAKED_ON = "2026-03-01"


def product(*, makes: str = "1", shelf_life: int | None = None, inherits: bool = False) -> Product:
    return Product(
        id=1,
        name="brioche",
        yield_quantity=Decimal(makes),
        unit=Unit.each,
        shelf_life_days=shelf_life,
        makes_ingredient_id=None,
        inherit_expiry=inherits,
    )


def pantry(*, flour: Unit = Unit.g, milk: Unit = Unit.ml, milk_density: str | None = None) -> dict[int, Ingredient]:
    return {
        MILK: ingredient("milk", number=MILK, unit=milk, density=milk_density),
        EGG: ingredient("egg", number=EGG, unit=Unit.each),
        FLOUR: ingredient("flour", number=FLOUR, unit=flour),
    }


def recipe(lines: str) -> list[RecipeLine]:
    """Lines such as `flour 500 g | egg 2 each`."""
    ids = {"flour": FLOUR, "milk": MILK, "egg": EGG}
    words = [line.split() for line in lines.split("|")]
    return [RecipeLine(1, ids[name], Decimal(quantity), Unit(unit)) for name, quantity, unit in words]


def needed(lines: str, quantity: str, *, makes: str = "1", stocked: dict[int, Ingredient] | None = None) -> str:
    names = {FLOUR: "flour", MILK: "milk", EGG: "egg"}
    found = needs(product(makes=makes), recipe(lines), Decimal(quantity), stocked or pantry())
    return " | ".join(f"{names[number]} {plain(need)}" for number, need in found.items())


# ── needs ─────────────────────────────────────────────────────────────────────────────────────────────────────
def test_a_need_is_line_times_quantity_over_yield() -> None:
    """R-5.2: quantity counts product units; ingredients stand in the order of the recipe."""
    assert needed("flour 500 g | egg 2 each", "10", makes="20") == "flour 250 | egg 1"
    assert needed("egg 2 each | flour 500 g", "40", makes="20") == "egg 4 | flour 1000"
    assert needed("egg 1 each", "1", makes="2") == "egg 0.5"


def test_a_need_is_told_in_the_stock_unit() -> None:
    """R-2.2: a line may be written in another unit of the dimension, or bridged by a density."""
    assert needed("flour 1 lb | milk 1 floz", "2", stocked=pantry(flour=Unit.kg)) == "flour 0.907185 | milk 59.147059"
    by_weight = pantry(milk=Unit.kg, milk_density="1.03")
    assert needed("milk 500 ml", "2", stocked=by_weight) == "milk 1.03"
    assert needed("milk 515 g", "2", stocked=pantry(milk_density="1.03")) == "milk 1000"


def test_a_need_that_does_not_convert_is_refused() -> None:
    """R-2.2: mass and volume convert only where the ingredient has a density."""
    with pytest.raises(IncompatibleUnits, match="density"):
        needed("milk 500 g", "1")


def test_the_lines_of_an_ingredient_are_summed_and_rounded_once() -> None:
    """R-5.2: the sum over its lines, rounded once; each line rounded by itself would give another last digit."""
    assert needed("flour 1 g | egg 1 each | flour 1 g", "1", makes="3") == "flour 0.666667 | egg 0.333333"
    assert needed("flour 1 g | flour 1 g | flour 1 g", "1", makes="3") == "flour 1"
    assert needed("flour 0.000001 g | flour 0.000001 g", "1", makes="2") == "flour 0.000001"
    assert needed("flour 1 oz | flour 0.5 g", "1", makes="7") == "flour 4.12136"


@pytest.mark.parametrize(
    ("quantity", "need"), [("1", "0"), ("3", "0.000002"), ("5", "0.000002"), ("7", "0.000004"), ("2", "0.000001")]
)
def test_a_need_is_rounded_half_even(quantity: str, need: str) -> None:
    """R-2.2: a scaled quantity is rounded once, half-even, to 6 decimals."""
    assert needed("flour 0.000001 g", quantity, makes="2") == f"flour {need}"


def test_neither_line_nor_factor_is_rounded_on_the_way() -> None:
    """R-2.2: a third of a batch, three million times, is a million batches."""
    assert needed("flour 1 g", "3000000", makes="9") == "flour 333333.333333"
    assert needed("flour 0.000001 oz", "1000000", stocked=pantry(flour=Unit.lb)) == "flour 0.0625"
    assert needed("flour 1 lb", "1000000", makes="1000000", stocked=pantry(flour=Unit.g)) == "flour 453.59237"


# ── expiry of what is made ────────────────────────────────────────────────────────────────────────────────────
@pytest.mark.parametrize(
    ("shelf_life", "inherits", "lots", "expires_on"),
    [
        # shelf life alone
        (3, False, "A 5 exp 2026-03-02", "2026-03-04"),
        (0, False, "A 5", "2026-03-01"),
        (None, False, "A 5 exp 2026-03-02", None),
        # the earliest of what went in
        (3, True, "A 5 exp 2026-03-02", "2026-03-02"),
        (3, True, "A 5 exp 2026-03-01", "2026-03-01"),
        (3, True, "A 5 exp 2026-03-04", "2026-03-04"),
        (3, True, "A 5 exp 2026-03-09", "2026-03-04"),
        (3, True, "A 5", "2026-03-04"),
        (3, True, "A 2 exp 2026-03-03 | B 3 exp 2026-03-02", "2026-03-02"),
        (None, True, "A 5 exp 2026-03-09", "2026-03-09"),
        (None, True, "A 2 | B 3 exp 2026-03-09", "2026-03-09"),
        (None, True, "A 5", None),
        # only what went in counts
        (9, True, "A 5 exp 2026-03-04 | B 5 exp 2026-03-05", "2026-03-04"),
        (9, True, "A 5 exp 2026-03-02 held | B 5 exp 2026-03-05", "2026-03-05"),
        (9, True, "A 0 exp 2026-03-02 | B 5 exp 2026-03-05", "2026-03-05"),
    ],
)
def test_when_what_is_made_expires(shelf_life: int | None, inherits: bool, lots: str, expires_on: str | None) -> None:
    """R-4.4: `shelfLifeDays` after the day of production, or earlier with what went in if the product inherits."""
    use = stock(lots).use("5", on=BAKED_ON)
    made = output_expiry(product(shelf_life=shelf_life, inherits=inherits), date.fromisoformat(BAKED_ON), [use])
    assert (made and made.isoformat()) == expires_on


def test_the_earliest_of_all_ingredients_is_inherited() -> None:
    """R-4.4: the earliest of what went in, whichever ingredient it was; untracked stock has no date."""
    uses = [
        stock("A 5 exp 2026-03-09").use("5", on=BAKED_ON),
        stock("B 5 exp 2026-03-03 | C 5 exp 2026-03-02", untracked="1").use("11", on=BAKED_ON),
        stock(untracked="5").use("5", on=BAKED_ON),
    ]
    assert output_expiry(product(inherits=True), date(2026, 3, 1), uses) == date(2026, 3, 2)


def test_an_expiry_crosses_months_and_leap_days() -> None:
    """R-4.4: days of the calendar."""
    assert output_expiry(product(shelf_life=1), date(2028, 2, 28), []) == date(2028, 2, 29)
    assert output_expiry(product(shelf_life=365), date(2026, 12, 31), []) == date(2027, 12, 31)


# ── cost of what is made ──────────────────────────────────────────────────────────────────────────────────────
def cost_of(quantity: str, *stocks: str, need: str = "5", untracked: str = "0") -> str | None:
    uses = [stock(lots, untracked=untracked).use(need, on=BAKED_ON, order=BY_RECEIPT) for lots in stocks]
    cost = output_unit_cost(Decimal(quantity), uses)
    return None if cost is None else plain(cost)


def test_the_unit_cost_is_the_inputs_cost_over_the_quantity() -> None:
    """R-4.4: the sum of its inputs' cost; only what was taken counts."""
    assert cost_of("10", "A 5 cost 2") == "1"
    assert cost_of("10", "A 2 cost 2 | B 9 cost 3 | C 9") == "1.3"
    assert cost_of("10", "A 5 cost 2", "B 5 cost 0.5") == "1.25"
    assert cost_of("10", "A 5 cost 0") == "0"


def test_the_unit_cost_is_rounded_once_to_ten_decimals() -> None:
    """R-2.2: neither each input's share nor their sum is rounded on the way."""
    assert cost_of("15", "A 5 cost 1") == "0.3333333333"
    assert cost_of("30", "A 5 cost 1", "B 5 cost 1", "C 5 cost 1", "D 5 cost 1") == "0.6666666667"
    assert cost_of("1", "A 5 cost 0.00000000005", need="1") == "0"
    assert cost_of("1", "A 5 cost 0.00000000005", "B 5 cost 0.00000000005", need="1") == "0.0000000001"
    assert cost_of("0.5", "A 5 cost 0.0000000001", need="0.5") == "0.0000000001"


@pytest.mark.parametrize("unknown", ["B 5", "B 4.999999 cost 1 | C 5"])
def test_the_unit_cost_is_unknown_if_a_lots_is(unknown: str) -> None:
    """R-4.4: unknown if any is unknown, down to the last digit that was taken of it."""
    assert cost_of("10", "A 5 cost 2", unknown) is None
    assert cost_of("10", unknown, "A 5 cost 2") is None


def test_the_unit_cost_is_unknown_where_no_lot_explains_an_input() -> None:
    """R-4.4: untracked and unaccounted inputs have no cost."""
    assert cost_of("10", "A 4 cost 2", untracked="1") is None
    assert cost_of("10", "A 4 cost 2") is None
    assert cost_of("10", "A 5 cost 2", untracked="1") == "1"


def test_a_unit_cost_that_is_too_large_to_keep_is_unknown() -> None:
    """R-4.4, R-2.2: unit costs go up to 10⁸ for each stock unit; a dear input of a tiny yield may exceed that."""
    assert cost_of("0.5", "A 5 cost 10000000") == "100000000"
    assert cost_of("0.5", "A 5 cost 10000000.0000000001") is None
