"""Stock in and out by hand: restocks, lots, counts, write-offs and holds."""

from typing import Any

import pytest

from tests.api.bakeries import Bakery
from tests.api.reading import balance, ledger


def counted(bakery: Bakery, ingredient: str, quantity: str, **details: Any) -> None:
    bakery.owner.does("AdjustStock", ingredientId=ingredient, countedQuantity=quantity, **details)


# ── stock in ──────────────────────────────────────────────────────────────────────────────────────────────────────────
def test_opening_stock_is_an_adjustment_without_a_lot(bakery: Bakery) -> None:
    """R-2.1, R-3.3: also while lot tracking is on."""
    bakery.tracks_lots()
    flour = bakery.ingredient("Flour", openingStock="12.5")

    assert bakery.stock(flour) == ("12.5", "0", "12.5")
    assert ledger(bakery, flour) == [("ADJUSTMENT", "12.5", None)]


def test_the_switch_off_changes_nothing_and_makes_no_lots(bakery: Bakery) -> None:
    """R-3.2: a restock works the same, and answers no lot."""
    flour = bakery.ingredient("Flour")

    assert bakery.restock(flour, "10") is None
    assert bakery.stock(flour) == ("10", "0", "10")
    assert ledger(bakery, flour) == [("RESTOCK", "10", None)]
    assert bakery.owner.ask("Lots")["totalCount"] == 0


def test_switching_on_is_not_retroactive_and_off_keeps_the_lots(bakery: Bakery) -> None:
    """R-3.3, R-3.5: only what comes in after switching on becomes lots; off and on again goes on from there."""
    flour = bakery.ingredient("Flour")
    bakery.restock(flour, "1")
    bakery.tracks_lots()
    first = bakery.restock(flour, "2")["code"]
    bakery.tracks_lots(False)
    bakery.restock(flour, "4")
    bakery.tracks_lots()
    second = bakery.restock(flour, "8")["code"]

    assert bakery.remaining(flour) == {first: "2", second: "8"}
    assert bakery.stock(flour) == ("15", "10", "5")


@pytest.mark.parametrize(
    ("operation", "kind", "source"), [("QuickRestock", "RESTOCK", "RESTOCK"), ("AddLot", "MANUAL_LOT", "MANUAL")]
)
def test_a_restock_and_a_lot_by_hand_are_one_lot_each(bakery: Bakery, operation: str, kind: str, source: str) -> None:
    """R-4.2, R-4.3: one lot with all that was said of it, and stock goes up."""
    bakery.tracks_lots()
    milk, dairy = bakery.ingredient("Milk", "l"), bakery.supplier("Dairy")

    made = bakery.owner.does(
        operation,
        ingredientId=milk,
        quantity="2",
        unit="gal",
        unitCost="3.785411784",
        supplierId=dairy,
        supplierLotNumber="D-9",
        expiresOn="2026-03-09",
        receivedOn="2026-03-01",
    )

    lot = bakery.owner.ask("LotDetail", code=made["lot"]["code"])
    assert lot == lot | {
        "code": "LOT-260302-001",
        "status": "AVAILABLE",
        "source": source,
        "quantityReceived": "7.570824",  # 7.570823568, rounded once
        "unit": "l",
        "unitCost": "1",
        "supplier": {"id": dairy, "name": "Dairy"},
        "supplierLotNumber": "D-9",
        "expiresOn": "2026-03-09",
        "receivedOn": "2026-03-01",
        "expiryStatus": "EXPIRING",
        "daysUntilExpiry": 7,
        "originBatch": None,
    }
    assert bakery.stock(milk) == ("7.570824", "7.570824", "0")
    assert ledger(bakery, milk) == [(kind, "7.570824", "LOT-260302-001")]


def test_mass_becomes_volume_by_density(bakery: Bakery) -> None:
    """R-2.2: only where the ingredient has a density, in g/ml."""
    milk = bakery.ingredient("Milk", "l", density="1.03")
    bakery.restock(milk, "1", unit="kg")
    assert bakery.stock(milk)[0] == "0.970874"  # 1 kg ÷ 1.03 kg/l


def test_quantities_print_plain_and_exact(bakery: Bakery) -> None:
    """R-2.2: no binary fraction anywhere: ten times 0.1 is 1, and the smallest and the largest quantity survive."""
    flour = bakery.ingredient("Flour")
    for _ in range(10):
        bakery.restock(flour, "0.10")
    assert bakery.stock(flour)[0] == "1"
    bakery.restock(flour, "0.000001")
    bakery.restock(flour, "999999999.999999")
    assert bakery.stock(flour)[0] == "1000000001"


def test_numbers_in_json_are_read_by_their_digits(bakery: Bakery) -> None:
    """R-2.2: a client that sends 0.1 and not "0.1" means 0.1."""
    flour = bakery.owner.does("CreateIngredient", name="Flour", unit="kg", openingStock=0.1)["ingredient"]
    assert flour["onHand"] == "0.1"
    assert bakery.owner.does("QuickRestock", ingredientId=flour["id"], quantity=2)["ingredient"]["onHand"] == "2.1"


# ── stock counts ──────────────────────────────────────────────────────────────────────────────────────────────────────
def test_a_count_above_the_figure_only_raises_untracked_stock(bakery: Bakery) -> None:
    """R-2.5"""
    bakery.tracks_lots()
    flour = bakery.ingredient("Flour", openingStock="3")
    lot = bakery.restock(flour, "10")["code"]

    counted(bakery, flour, "15")

    assert bakery.stock(flour) == ("15", "10", "5")
    assert bakery.remaining(flour) == {lot: "10"}
    assert ledger(bakery, flour)[0] == ("ADJUSTMENT", "2", None)


def test_a_count_below_takes_untracked_stock_before_lots(bakery: Bakery) -> None:
    """R-2.5: lots are reduced only where untracked stock does not suffice, oldest first, expired and held ones too."""
    bakery.tracks_lots()
    flour = bakery.ingredient("Flour", openingStock="3")
    fresh = bakery.restock(flour, "5", expiresOn="2026-06-01")["code"]
    expired = bakery.restock(flour, "4", expiresOn="2026-02-01", receivedOn="2026-01-15")["code"]

    counted(bakery, flour, "10")
    assert bakery.stock(flour) == ("10", "9", "1")

    counted(bakery, flour, "4", note="After the flood")
    assert bakery.stock(flour) == ("4", "4", "0")
    assert bakery.remaining(flour) == {expired: "0", fresh: "4"}
    assert ledger(bakery, flour)[:3] == [
        ("ADJUSTMENT", "-1", None),
        ("ADJUSTMENT", "-1", fresh),
        ("ADJUSTMENT", "-4", expired),
    ]
    assert balance(bakery, fresh) == {
        "received": "5",
        "adjusted": "-1",
        "consumed": "0",
        "writtenOff": "0",
        "remaining": "4",
        "closes": True,
    }


def test_a_count_in_another_unit_is_converted(bakery: Bakery) -> None:
    """R-2.2, R-2.5"""
    flour = bakery.ingredient("Flour", openingStock="3")
    counted(bakery, flour, "2500", unit="g")
    assert bakery.stock(flour) == ("2.5", "0", "2.5")


def test_a_count_that_agrees_changes_no_figure(bakery: Bakery) -> None:
    """R-2.5: and says so without a movement of nothing."""
    flour = bakery.ingredient("Flour", openingStock="3")
    counted(bakery, flour, "3")
    assert ledger(bakery, flour) == [("ADJUSTMENT", "3", None)]


@pytest.mark.parametrize("count", ["0", "2", "4", "6"])
def test_a_count_clears_an_allowed_shortfall(bakery: Bakery, count: str) -> None:
    """R-2.5: negative untracked stock stays only until a stock count clears it."""
    bakery.tracks_lots()
    flour = bakery.ingredient("Flour")
    bread = bakery.product("Bread", {flour: "1"})
    bakery.bake(bread, "2", allowShortfall=True)
    bakery.restock(flour, "6")
    assert bakery.stock(flour) == ("4", "6", "-2")  # new lots do not repay it

    counted(bakery, flour, count)

    assert bakery.stock(flour) == (count, count, "0")


# ── waste ─────────────────────────────────────────────────────────────────────────────────────────────────────────────
def test_part_of_a_lot_and_then_the_rest_is_written_off(bakery: Bakery) -> None:
    """R-6.3, R-2.4: it leaves the lot and the stock; the balance shows it and closes; the emptied lot is depleted."""
    bakery.tracks_lots()
    flour = bakery.ingredient("Flour")
    lot = bakery.restock(flour, "10")

    part = bakery.owner.does("WriteOffLot", lotId=lot["id"], quantity="2.5", reason="DAMAGED", note="Mice")["lot"]
    assert part["balance"] == {
        "received": "10",
        "adjusted": "0",
        "consumed": "0",
        "writtenOff": "2.5",
        "remaining": "7.5",
        "closes": True,
    }
    assert part["ingredient"]["onHand"] == "7.5"

    rest = bakery.owner.does("WriteOffLot", lotId=lot["id"], reason="EXPIRED")["lot"]
    assert (rest["quantityRemaining"], rest["ingredient"]["onHand"]) == ("0", "0")
    assert bakery.owner.ask("LotDetail", code=lot["code"])["status"] == "DEPLETED"
    assert ledger(bakery, flour)[:2] == [("WRITE_OFF", "-7.5", lot["code"]), ("WRITE_OFF", "-2.5", lot["code"])]


def test_never_more_than_remains_is_written_off(bakery: Bakery) -> None:
    """R-6.3"""
    bakery.tracks_lots()
    lot = bakery.restock(bakery.ingredient("Flour"), "10")

    with bakery.nothing_changes():
        refusal = bakery.owner.tries("WriteOffLot", lotId=lot["id"], quantity="10.000001", reason="OTHER")

    assert refusal["__typename"] == "InvalidInput"
    assert "10 kg left" in refusal["message"]


def test_expired_and_held_lots_may_be_written_off(bakery: Bakery) -> None:
    """R-6.3"""
    bakery.tracks_lots()
    flour = bakery.ingredient("Flour")
    expired = bakery.restock(flour, "1", receivedOn="2026-01-01", expiresOn="2026-02-01")
    held = bakery.restock(flour, "1")
    bakery.owner.does("HoldLot", lotId=held["id"], reason="Odd smell")

    for lot in (expired, held):
        bakery.owner.does("WriteOffLot", lotId=lot["id"], reason="OTHER")

    assert bakery.stock(flour) == ("0", "0", "0")


# ── holds ─────────────────────────────────────────────────────────────────────────────────────────────────────────────
def test_a_lot_is_held_and_released(bakery: Bakery) -> None:
    """R-4.8: on hold while the hold stands, then what it was; a hold takes nothing from stock."""
    bakery.tracks_lots()
    flour = bakery.ingredient("Flour")
    lot = bakery.restock(flour, "10")

    assert bakery.owner.does("HoldLot", lotId=lot["id"], reason="Odd smell")["lot"] == {
        "code": lot["code"],
        "status": "ON_HOLD",
    }
    assert bakery.stock(flour) == ("10", "10", "0")
    assert bakery.owner.is_refused("HoldLot", lotId=lot["id"], reason="Still odd") == "InvalidInput"
    assert bakery.owner.does("ReleaseLot", lotId=lot["id"], reason="It was the cheese")["lot"]["status"] == "AVAILABLE"
    assert bakery.owner.is_refused("ReleaseLot", lotId=lot["id"], reason="Once more") == "InvalidInput"


def test_a_depleted_lot_may_be_held_and_the_hold_is_the_graver(bakery: Bakery) -> None:
    """R-4.8: on hold before depleted; the manual hold is lifted whatever remains."""
    bakery.tracks_lots()
    lot = bakery.restock(bakery.ingredient("Flour"), "10")
    bakery.owner.does("WriteOffLot", lotId=lot["id"], reason="OTHER")

    assert bakery.owner.does("HoldLot", lotId=lot["id"], reason="Evidence")["lot"]["status"] == "ON_HOLD"
    assert bakery.owner.does("ReleaseLot", lotId=lot["id"], reason="Done")["lot"]["status"] == "DEPLETED"
