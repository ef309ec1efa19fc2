"""Runs that are taken back (R-5.9), by the contract's documents."""

from typing import Any

import pytest

from plans import Plan
from tests.api.bakeries import Bakery
from tests.api.in_process import InProcessApi
from tests.api.reading import balance, codes, ledger, linked, picked, used


def reverse(bakery: Bakery, batch: Any, reason: str = "Entered twice") -> Any:
    return bakery.owner.does("ReverseProduction", batchId=batch["id"], reason=reason)["batch"]


def is_refused(bakery: Bakery, batch: Any) -> str:
    """What a reversal is told at `batchId`; nothing has changed."""
    with bakery.nothing_changes():
        refusal = bakery.owner.tries("ReverseRun", batchId=batch["id"], reason="Oops")
    assert refusal["__typename"] == "InvalidInput", refusal
    assert {problem["path"] for problem in refusal["fields"]} == {"batchId"}
    return str(refusal["message"])


def books(bakery: Bakery, *ingredients: str) -> list[Any]:
    """Stock and lots of the ingredients."""
    return [(bakery.stock(ingredient), bakery.remaining(ingredient)) for ingredient in ingredients]


def test_what_a_run_took_goes_back_to_the_very_same_lots(bakery: Bakery, api: InProcessApi) -> None:
    """R-5.9, R-2.4: lots, untracked and unaccounted parts, by an opposite of each movement; the record stays."""
    flour = bakery.ingredient("Flour", openingStock="1")
    bakery.tracks_lots()
    soon, late = bakery.restock(flour, "2", expiresOn="2026-03-09", unitCost="0.8"), bakery.restock(flour, "3")
    before = books(bakery, flour)
    bread = bakery.product("Bread", {flour: "1"})
    batch = bakery.bake(bread, "8", allowShortfall=True)
    assert bakery.stock(flour)[0] == "-2"

    api.days_pass(1)
    assert reverse(bakery, batch)["status"] == "REVERSED"

    assert books(bakery, flour) == before
    assert ledger(bakery, flour)[:4] == [
        ("REVERSAL", "2", None),
        ("REVERSAL", "1", None),
        ("REVERSAL", "3", late["code"]),
        ("REVERSAL", "2", soon["code"]),
    ]
    newest = bakery.owner.ask("StockLedger", id=flour)["movements"]["edges"][3]["node"]
    assert (newest["unitCost"], newest["note"], newest["happenedAt"][:10]) == ("0.8", "Entered twice", "2026-03-03")
    assert balance(bakery, soon["code"]) == {
        "received": "2",
        "adjusted": "0",
        "consumed": "0",
        "writtenOff": "0",
        "remaining": "2",
        "closes": True,
    }
    assert used(bakery.owner.ask("ProductionBatchDetail", code=batch["code"])) == used(batch)


def test_who_reversed_a_run_when_and_why_is_kept(bakery: Bakery) -> None:
    """R-5.9"""
    bread = bakery.product("Bread", {bakery.ingredient("Flour", openingStock="9"): "1"})
    batch, other = bakery.bake(bread, "1"), bakery.bake(bread, "1")
    bakery.manager.does("ReverseProduction", batchId=batch["id"], reason="  It was Tuesday's  ")

    kept = bakery.owner.ask("ProductionBatchHistory", code=batch["code"])
    assert (kept["status"], kept["reversal"]["reason"]) == ("REVERSED", "It was Tuesday's")
    assert kept["reversal"]["recordedAt"] == "2026-03-02T08:00:00+00:00"
    assert kept["reversal"]["actor"]["name"] == bakery.manager.ask("Viewer")["name"]
    assert bakery.owner.ask("ProductionBatchHistory", code=other["code"])["reversal"] is None
    assert "already" in is_refused(bakery, batch)


def test_a_lot_takes_back_whatever_it_is_by_now(bakery: Bakery, api: InProcessApi) -> None:
    """R-5.9: expired, held, emptied: it is a record of what never left."""
    bakery.tracks_lots()
    flour = bakery.ingredient("Flour")
    lot = bakery.restock(flour, "5", expiresOn="2026-03-04")
    batch = bakery.bake(bakery.product("Bread", {flour: "1"}), "2")
    bakery.owner.does("HoldLot", lotId=lot["id"], reason="Odd smell")
    bakery.owner.does("WriteOffLot", lotId=lot["id"], reason="CONTAMINATED")
    api.days_pass(9)

    reverse(bakery, batch)

    assert bakery.owner.ask("LotDetail", code=lot["code"])["status"] == "ON_HOLD"
    assert bakery.stock(flour) == ("2", "2", "0")


@pytest.mark.parametrize("plan", [Plan.ESSENTIALS, Plan.GROWTH])
def test_a_run_is_reversed_on_every_plan_with_lot_tracking_off(bakery: Bakery, plan: Plan) -> None:
    """R-1.8, R-5.9, R-3.5: production works everywhere; a run of before the switch goes back to its lots."""
    bakery.tracks_lots()
    flour = bakery.ingredient("Flour")
    lot = bakery.restock(flour, "5")
    batch = bakery.bake(bakery.product("Bread", {flour: "1"}), "2")
    bakery.tracks_lots(False)
    bakery.set_plan(plan)

    reverse(bakery, batch)

    assert bakery.remaining(flour) == {lot["code"]: "5"}


# ── what it made ──────────────────────────────────────────────────────────────────────────────────────────────────────
def test_a_run_that_an_order_holds_stays(bakery: Bakery) -> None:
    """R-5.9: until the order lets go of it."""
    bread = bakery.product("Bread", {bakery.ingredient("Flour", openingStock="9"): "1"})
    batch = bakery.bake(bread, "2")
    order = bakery.order({bread: "1"})
    bakery.move(order, "READY")

    assert "1 each" in is_refused(bakery, batch)
    bakery.move(order, "CANCELLED")
    reverse(bakery, batch)


def test_the_lot_that_a_run_made_is_taken_back(bakery: Bakery) -> None:
    """R-5.9, R-4.4, R-2.4: emptied by a `REVERSAL`; its balance closes."""
    bakery.tracks_lots()
    flour, dough = bakery.ingredient("Flour"), bakery.ingredient("Dough")
    bakery.restock(flour, "5")
    before = books(bakery, flour)
    batch = bakery.bake(bakery.product("Dough", {flour: "1"}, makesIngredientId=dough), "4")

    reverse(bakery, batch)

    lot = batch["outputLot"]["code"]
    assert books(bakery, flour) == before
    assert (bakery.stock(dough), bakery.remaining(dough)) == (("0", "0", "0"), {lot: "0"})
    assert ledger(bakery, dough) == [("REVERSAL", "-4", lot), ("OUTPUT", "4", lot)]
    assert bakery.owner.ask("LotDetail", code=lot)["status"] == "DEPLETED"
    assert balance(bakery, lot)["closes"] is True


@pytest.mark.parametrize("how", ["used", "sold", "written off", "written off by batch", "counted"])
def test_a_run_whose_lot_was_touched_stays(bakery: Bakery, how: str) -> None:
    """R-5.9: used, sold, wasted or counted away; what can be undone itself no longer stands in the way."""
    bakery.tracks_lots()
    flour, dough = bakery.ingredient("Flour", openingStock="9"), bakery.ingredient("Dough")
    product = bakery.product("Dough", {flour: "1"}, makesIngredientId=dough)
    batch = bakery.bake(product, "4")
    match how:
        case "used":
            rolls = bakery.bake(bakery.product("Rolls", {dough: "1"}), "1")
            assert "used" in is_refused(bakery, batch)
            reverse(bakery, rolls)
        case "sold":
            order = bakery.order({product: "1"})
            bakery.move(order, "COMPLETED")
            assert "allocated" in is_refused(bakery, batch)
            return
        case "written off":
            bakery.owner.does("WriteOffLot", lotId=batch["outputLot"]["id"], quantity="1", reason="OTHER")
            assert "written off" in is_refused(bakery, batch)
            return
        case "written off by batch":
            bakery.owner.does("WriteOffBatch", batchId=batch["id"], quantity="1", reason="OTHER")
            assert "written off" in is_refused(bakery, batch)
            return
        case _:
            bakery.owner.does("AdjustStock", ingredientId=dough, countedQuantity="3")
            assert "count" in is_refused(bakery, batch)
            return
    reverse(bakery, batch)


def test_waste_of_a_batch_proves_that_it_was_made(bakery: Bakery) -> None:
    """R-5.9, R-6.4: what was thrown away was there."""
    bread = bakery.product("Bread", {bakery.ingredient("Flour", openingStock="9"): "1"})
    batch = bakery.bake(bread, "2")
    bakery.owner.does("WriteOffBatch", batchId=batch["id"], reason="OTHER")
    assert "written off" in is_refused(bakery, batch)


def test_a_starter_that_was_fed_with_itself_is_reversed(bakery: Bakery) -> None:
    """R-5.9, R-4.4: the last generation first, each giving back to the one before."""
    bakery.tracks_lots()
    flour, levain = bakery.ingredient("Flour", openingStock="9"), bakery.ingredient("Levain")
    bakery.restock(levain, "0.1")
    before = books(bakery, levain, flour)
    starter = bakery.product("Starter", {flour: "0.9", levain: "0.1"}, makesIngredientId=levain)
    first, second = bakery.bake(starter, "1"), bakery.bake(starter, "1")

    assert "used" in is_refused(bakery, first)
    reverse(bakery, second)
    reverse(bakery, first)

    assert [stock for stock, _ in books(bakery, levain, flour)] == [stock for stock, _ in before]


# ── lot tracking off ──────────────────────────────────────────────────────────────────────────────────────────────────
def test_corrections_of_lots_are_undone_by_corrections(bakery: Bakery) -> None:
    """R-5.9, R-2.5, R-2.4: what a use with lot tracking off took out of lots is back in them, and no gap is left."""
    flour = bakery.ingredient("Flour", openingStock="1")
    bakery.tracks_lots()
    lot = bakery.restock(flour, "5")
    before = books(bakery, flour)
    bakery.tracks_lots(False)
    batch = bakery.bake(bakery.product("Bread", {flour: "1"}), "3")
    assert balance(bakery, lot["code"])["adjusted"] == "-2"

    reverse(bakery, batch)

    assert books(bakery, flour) == before
    assert ledger(bakery, flour)[:3] == [
        ("REVERSAL", "3", None),
        ("ADJUSTMENT", "-2", None),
        ("ADJUSTMENT", "2", lot["code"]),
    ]
    assert balance(bakery, lot["code"]) == balance(bakery, lot["code"]) | {"adjusted": "0", "consumed": "0"}
    assert bakery.owner.ask("LotTrace", code=lot["code"])["trace"]["gaps"] == []


def test_a_shortfall_that_stands_is_neither_repaid_nor_deepened(bakery: Bakery) -> None:
    """R-2.5, R-5.9: lots give to a use with lot tracking off while stock is below zero, and get it back."""
    bakery.tracks_lots()
    flour = bakery.ingredient("Flour")
    bread = bakery.product("Bread", {flour: "1"})
    short = bakery.bake(bread, "5", allowShortfall=True)
    lot = bakery.restock(flour, "3")
    bakery.tracks_lots(False)
    batch = bakery.bake(bread, "2")
    assert bakery.stock(flour) == ("-4", "1", "-5")

    reverse(bakery, batch)
    assert (bakery.stock(flour), bakery.remaining(flour)) == (("-2", "3", "-5"), {lot["code"]: "3"})
    reverse(bakery, short)
    assert bakery.stock(flour) == ("3", "3", "0")


def test_untracked_output_goes_back_as_far_as_it_is_there(bakery: Bakery) -> None:
    """R-5.9, R-4.4, R-2.5: untracked stock never falls below zero for it."""
    flour, dough = bakery.ingredient("Flour", openingStock="9"), bakery.ingredient("Dough")
    batch = bakery.bake(bakery.product("Dough", {flour: "1"}, makesIngredientId=dough), "4")
    rolls = bakery.bake(bakery.product("Rolls", {dough: "1"}), "1")

    assert "used" in is_refused(bakery, batch)
    reverse(bakery, rolls)
    reverse(bakery, batch)

    assert (bakery.stock(flour)[0], bakery.stock(dough)[0]) == ("9", "0")


def test_untracked_output_that_a_shortfall_took_is_told_as_it_is(bakery: Bakery) -> None:
    """R-5.9, R-2.5: nothing of it is left, though no run used it; the run that was short can be reversed first."""
    flour, dough = bakery.ingredient("Flour", openingStock="9"), bakery.ingredient("Dough")
    short = bakery.bake(bakery.product("Rolls", {dough: "1"}), "5", allowShortfall=True)
    batch = bakery.bake(bakery.product("Dough", {flour: "1"}, makesIngredientId=dough), "4")
    assert bakery.stock(dough) == ("-1", "0", "-1")

    told = is_refused(bakery, batch)
    assert "made 4 kg of Dough without a lot, and -1 is left untracked" in told
    assert "went into an earlier shortfall" in told
    reverse(bakery, short)
    reverse(bakery, batch)

    assert (bakery.stock(flour)[0], bakery.stock(dough)[0]) == ("9", "0")


# ── what was archived since ───────────────────────────────────────────────────────────────────────────────────────────
def test_what_comes_back_to_something_archived_is_stock_as_any(bakery: Bakery) -> None:
    """R-5.9: a reversal says what never left; it is counted, can be wasted, and is used again once restored."""
    bakery.tracks_lots()
    flour, dough = bakery.ingredient("Flour"), bakery.ingredient("Dough")
    lot = bakery.restock(flour, "2")
    makes_dough = bakery.product("Dough", {flour: "1"}, makesIngredientId=dough)
    batch = bakery.bake(makes_dough, "2")
    for thing in (makes_dough, flour):
        bakery.owner.does("Archive", id=thing)

    reverse(bakery, batch)

    assert bakery.stock(flour) == ("2", "2", "0")
    bakery.owner.does("WriteOffLot", lotId=lot["id"], quantity="0.5", reason="OTHER")
    bakery.owner.does("Restore", id=flour)
    bakery.bake(bakery.product("Flatbread", {flour: "1"}), "1")
    assert bakery.remaining(flour) == {lot["code"]: "0.5"}


# ── where it is no more ───────────────────────────────────────────────────────────────────────────────────────────────
def test_a_reversed_run_is_in_no_trace_no_link_and_no_preview(bakery: Bakery) -> None:
    """R-5.9, R-7.4: flat or nested; its bread is not there to be sold, and its flour is there to be used."""
    bakery.tracks_lots()
    flour, dough = bakery.ingredient("Flour"), bakery.ingredient("Dough")
    lot = bakery.restock(flour, "4")
    bread = bakery.product("Bread", {flour: "1"})
    made = bakery.product("Dough", {flour: "1"}, makesIngredientId=dough)
    reversed_runs = [bakery.bake(bread, "2"), bakery.bake(made, "2")]
    for batch in reversed_runs:
        reverse(bakery, batch)

    trace = bakery.owner.ask("LotTrace", code=lot["code"])["trace"]
    assert (trace["verdict"], trace["batches"], trace["edges"], codes(trace["lots"])) == (
        "PROVEN",
        [],
        [],
        [lot["code"]],
    )
    assert bakery.owner.ask("LotUsage", code=lot["code"])["consumptions"] == []
    for batch in reversed_runs:
        trace = bakery.owner.ask("ProductionBatchDetail", code=batch["code"])["trace"]
        assert (trace["batches"], trace["lots"], trace["edges"]) == ([], [], [])
    order = bakery.move(bakery.order({bread: "1", made: "1"}), "READY")
    assert linked(order) == [{}, {}]
    [use] = bakery.owner.ask("PreviewProduction", input={"productId": bread, "quantity": "4"})["ingredients"]
    assert picked(use) == [(lot["code"], "4")]


def test_nothing_is_reached_through_a_reversed_run(bakery: Bakery) -> None:
    """R-5.9, R-7.5: what it used came from batches that stand, but none of it went into it."""
    bakery.tracks_lots()
    flour, dough = bakery.ingredient("Flour"), bakery.ingredient("Dough")
    bakery.restock(flour, "10", supplierId=bakery.supplier())
    makes_dough = bakery.product("Dough", {flour: "1"}, makesIngredientId=dough)
    roll = bakery.product("Roll", {dough: "1"})
    bakery.bake(makes_dough, "5")
    batch = bakery.bake(roll, "2")
    bakery.owner.does("ReverseProduction", batchId=batch["id"], reason="Never baked")

    trace = bakery.owner.ask("ProductionBatchDetail", code=batch["code"])["trace"]

    assert (trace["verdict"], trace["batches"], trace["lots"], trace["suppliers"]) == ("PROVEN", [], [], [])


def test_a_batch_beside_a_reversed_one_keeps_its_trace(bakery: Bakery) -> None:
    """R-5.9, R-7.5: the sums of the trace are those of the runs that stand."""
    bakery.tracks_lots()
    flour = bakery.ingredient("Flour")
    lot = bakery.restock(flour, "4")
    bread = bakery.product("Bread", {flour: "1"})
    reverse(bakery, bakery.bake(bread, "1"))
    stands = bakery.bake(bread, "2")

    trace = bakery.owner.ask("LotShares", code=lot["code"])["trace"]
    assert (trace["shares"]["used"], trace["shares"]["rest"]) == ("2", "2")
    assert codes(bakery.owner.ask("LotTrace", code=lot["code"])["trace"]["batches"]) == [stands["code"]]
