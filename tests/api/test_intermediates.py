"""Intermediates: doughs, starters and fillings, which are produced and become stock (R-4.4)."""

from typing import Any

import pytest

from tests.api.bakeries import Bakery
from tests.api.reading import used


def test_an_intermediate_makes_a_lot_of_its_ingredient(bakery: Bakery) -> None:
    """R-4.4: in that ingredient's unit, expiring by shelf life, at the sum of its inputs' cost over its quantity."""
    bakery.tracks_lots()
    flour, water = bakery.ingredient("Flour"), bakery.ingredient("Water", "l")
    bakery.restock(flour, "10", unitCost="0.8")
    bakery.restock(water, "10", unitCost="0.01")
    levain = bakery.ingredient("Levain", "g")
    starter = bakery.product(
        "Starter", {flour: "1", water: "1"}, makesIngredientId=levain, yieldQuantity="2000", shelfLifeDays=3
    )

    batch = bakery.bake(starter, "500", producedOn="2026-03-02")

    lot = bakery.owner.ask("LotDetail", code=batch["outputLot"]["code"])
    assert lot == lot | {
        "source": "PRODUCTION",
        "unit": "g",
        "quantityReceived": "500",
        "receivedOn": "2026-03-02",
        "expiresOn": "2026-03-05",
        "unitCost": "0.000405",  # (0.25 × 0.8 + 0.25 × 0.01) ÷ 500
        "supplier": None,
        "originBatch": {"id": batch["id"], "code": batch["code"]},
    }
    assert bakery.stock(levain) == ("500", "500", "0")
    [output] = bakery.owner.ask("StockLedger", id=levain)["movements"]["edges"]
    assert (output["node"]["kind"], output["node"]["quantity"]) == ("OUTPUT", "500")


@pytest.mark.parametrize(
    ("product", "expires_on"),
    [
        ({}, None),
        ({"shelfLifeDays": 0}, "2026-03-02"),
        ({"inheritExpiry": True}, "2026-03-06"),
        ({"inheritExpiry": True, "shelfLifeDays": 2}, "2026-03-04"),
        ({"inheritExpiry": True, "shelfLifeDays": 9}, "2026-03-06"),
    ],
)
def test_when_an_intermediate_expires(bakery: Bakery, product: dict[str, Any], expires_on: str | None) -> None:
    """R-4.4: shelf life, or earlier with what went in if the product says so; undated without either."""
    bakery.tracks_lots()
    milk = bakery.ingredient("Milk", "l")
    bakery.restock(milk, "1", expiresOn="2026-03-06")
    custard = bakery.product("Custard", {milk: "1"}, makesIngredientId=bakery.ingredient("Custard", "l"), **product)

    made = bakery.bake(custard, "1")["outputLot"]["code"]

    assert bakery.owner.ask("LotDetail", code=made)["expiresOn"] == expires_on


def test_a_cost_of_inputs_that_is_unknown_stays_unknown(bakery: Bakery) -> None:
    """R-4.4: unknown if any input's is."""
    bakery.tracks_lots()
    flour, water = bakery.ingredient("Flour"), bakery.ingredient("Water", "l", openingStock="9")
    bakery.restock(flour, "10", unitCost="0.8")
    dough = bakery.product("Dough", {flour: "1", water: "1"}, makesIngredientId=bakery.ingredient("Dough"))

    made = bakery.bake(dough, "1")["outputLot"]["code"]

    assert bakery.owner.ask("LotDetail", code=made)["unitCost"] is None


def test_a_starter_is_fed_with_itself(bakery: Bakery) -> None:
    """R-4.4: an intermediate may use the ingredient that it makes."""
    bakery.tracks_lots()
    flour, levain = bakery.ingredient("Flour"), bakery.ingredient("Levain")
    bakery.restock(flour, "10")
    mother = bakery.restock(levain, "0.1")
    starter = bakery.product("Starter", {flour: "0.9", levain: "0.1"}, makesIngredientId=levain)

    batch = bakery.bake(starter, "1")

    assert bakery.remaining(levain) == {mother["code"]: "0", batch["outputLot"]["code"]: "1"}
    assert bakery.stock(levain) == ("1", "1", "0")


def test_off_an_intermediate_is_untracked_stock(bakery: Bakery) -> None:
    """R-3.2, R-4.4: no lot, but the stock is there to bake with."""
    flour = bakery.ingredient("Flour", openingStock="10")
    dough_stock = bakery.ingredient("Dough")
    dough = bakery.product("Dough", {flour: "1"}, makesIngredientId=dough_stock)
    roll = bakery.product("Roll", {dough_stock: "0.1"})

    assert bakery.bake(dough, "2")["outputLot"] is None
    assert used(bakery.bake(roll, "15")) == [("Dough", "1.5", "UNTRACKED")]
    assert bakery.stock(dough_stock) == ("0.5", "0", "0.5")
