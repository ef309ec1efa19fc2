"""Waste of production batches (R-6.4): unsold bread, and intermediates that share one remainder with their lot."""

from typing import Any

import pytest

from plans import Plan
from tests.api.bakeries import Bakery
from tests.api.in_process import InProcessApi
from tests.api.reading import balance, gaps, ledger, linked


def waste(bakery: Bakery, batch: Any, quantity: str | None = None, **details: Any) -> Any:
    given = {"reason": "EXPIRED", **details} | ({"quantity": quantity} if quantity else {})
    return bakery.owner.does("WriteOffBatch", batchId=batch["id"], **given)["batch"]


def is_refused(bakery: Bakery, batch: Any, quantity: str | None = None) -> str:
    """The path and the message of the refusal; nothing has changed."""
    with bakery.nothing_changes():
        refusal = bakery.owner.tries("WriteOffBatch", batchId=batch["id"], reason="OTHER", quantity=quantity)
    [problem] = refusal["fields"]
    return f"{problem['path']}: {problem['message']}"


def test_unsold_bread_is_written_off(bakery: Bakery, api: InProcessApi) -> None:
    """R-6.4: all that is left unless said otherwise; how much, why, who and when is kept; flour does not move."""
    flour = bakery.ingredient("Flour", openingStock="9")
    bread = bakery.product("Bread", {flour: "0.1"})
    batch = bakery.bake(bread, "10")
    bakery.move(bakery.order({bread: "6"}), "READY")
    before = ledger(bakery, flour)

    assert waste(bakery, batch, "1.5", reason="DAMAGED", note=" Fell down ")["quantityWrittenOff"] == "1.5"
    api.days_pass(1)
    assert bakery.manager.does("WriteOffBatch", batchId=batch["id"], reason="EXPIRED")["batch"] == {
        "id": batch["id"],
        "code": batch["code"],
        "quantity": "10",
        "quantityAllocated": "6",
        "quantityWrittenOff": "4",
        "outputLot": None,
    }

    assert ledger(bakery, flour) == before
    kept = bakery.owner.ask("ProductionBatchHistory", code=batch["code"])["writeOffs"]
    assert [(row["quantity"], row["reason"], row["note"], row["happenedAt"][:10]) for row in kept] == [
        ("1.5", "DAMAGED", "Fell down", "2026-03-02"),
        ("2.5", "EXPIRED", None, "2026-03-03"),
    ]
    assert [row["actor"]["name"] for row in kept] == [
        caller.ask("Viewer")["name"] for caller in (bakery.owner, bakery.manager)
    ]
    assert is_refused(bakery, batch) == f"quantity: {batch['code']} has nothing left to write off."


def test_what_was_written_off_is_not_sold(bakery: Bakery) -> None:
    """R-6.4, R-7.1, R-7.5: neither linked nor a gap."""
    bakery.tracks_lots()
    flour = bakery.ingredient("Flour")
    lot = bakery.restock(flour, "10")
    bread = bakery.product("Bread", {flour: "1"})
    batch = bakery.bake(bread, "10")
    waste(bakery, batch, "7")

    assert linked(bakery.move(bakery.order({bread: "9"}), "READY")) == [{batch["code"]: "3"}]
    found = bakery.owner.ask("LotTrace", code=lot["code"])["trace"]
    assert gaps(found) == [("UNLINKED_LINE", "6", "each")]
    shares = bakery.owner.ask("LotShares", code=lot["code"])["trace"]["shares"]
    assert (shares["inOrders"], shares["wasted"], shares["rest"]) == ("3", "7", "0")


def test_no_more_is_written_off_than_is_left(bakery: Bakery) -> None:
    """R-6.4: neither what an order has, nor what was written off before; nothing of a reversed run."""
    bread = bakery.product("Bread", {bakery.ingredient("Flour", openingStock="9"): "0.1"})
    batch, other = bakery.bake(bread, "10"), bakery.bake(bread, "1")
    bakery.move(bakery.order({bread: "6"}), "READY")
    waste(bakery, batch, "1")

    assert (
        is_refused(bakery, batch, "3.000001") == f"quantity: {batch['code']} has 3 each left; write off that or less."
    )
    bakery.owner.does("ReverseProduction", batchId=other["id"], reason="Mistyped")
    assert is_refused(bakery, other).startswith("batchId: ")


# ── intermediates ─────────────────────────────────────────────────────────────────────────────────────────────────────
@pytest.mark.parametrize("operation", ["WriteOffBatch", "WriteOffLot"])
def test_batch_and_lot_keep_step(bakery: Bakery, operation: str) -> None:
    """R-6.4, R-4.4, R-2.4: whichever is written off, the other says the same, and stock goes down once."""
    bakery.tracks_lots()
    dough, flour = bakery.ingredient("Dough"), bakery.ingredient("Flour", openingStock="10")
    batch = bakery.bake(bakery.product("Dough", {flour: "1"}, makesIngredientId=dough), "10")
    bakery.bake(bakery.product("Rolls", {dough: "1"}), "2")
    lot = batch["outputLot"]
    which = {"batchId": batch["id"]} if operation == "WriteOffBatch" else {"lotId": lot["id"]}

    bakery.owner.does(operation, **which, quantity="3", reason="DAMAGED", note="Dropped")

    assert balance(bakery, lot["code"]) == balance(bakery, lot["code"]) | {"writtenOff": "3", "remaining": "5"}
    found = bakery.owner.ask("ProductionBatchHistory", code=batch["code"])
    assert (found["quantityWrittenOff"], found["writeOffs"]) == ("3", [])
    assert bakery.stock(dough) == ("5", "5", "0")
    assert ledger(bakery, dough)[0] == ("WRITE_OFF", "-3", lot["code"])
    assert "5 kg" in is_refused(bakery, batch, "5.1")
    assert waste(bakery, batch)["outputLot"]["quantityRemaining"] == "0"


@pytest.mark.parametrize("plan", [Plan.ESSENTIALS, Plan.GROWTH])
def test_it_works_on_every_plan_with_lot_tracking_off(bakery: Bakery, plan: Plan) -> None:
    """R-1.8, R-6.4: production works everywhere; an expired and held lot is written off as well (R-6.3)."""
    bakery.tracks_lots()
    dough, flour = bakery.ingredient("Dough"), bakery.ingredient("Flour", openingStock="10")
    product = bakery.product("Dough", {flour: "1"}, makesIngredientId=dough, shelfLifeDays=1)
    batch = bakery.bake(product, "4", producedOn="2026-02-01")
    bakery.owner.does("HoldLot", lotId=batch["outputLot"]["id"], reason="Odd smell")
    bakery.tracks_lots(False)
    bakery.set_plan(plan)

    waste(bakery, batch, "1")
    assert bakery.stock(dough) == ("3", "3", "0")


def test_untracked_intermediates_leave_untracked_stock(bakery: Bakery) -> None:
    """R-6.4, R-4.4, R-2.5: no more than is there, and the ledger names the reason."""
    dough, flour = bakery.ingredient("Dough"), bakery.ingredient("Flour", openingStock="10")
    batch = bakery.bake(bakery.product("Dough", {flour: "1"}, makesIngredientId=dough), "10")
    bakery.bake(bakery.product("Rolls", {dough: "1"}), "8")

    assert "2 kg" in is_refused(bakery, batch, "3")
    assert waste(bakery, batch, "1.5")["quantityWrittenOff"] == "1.5"
    assert bakery.stock(dough) == ("0.5", "0", "0.5")
    assert ledger(bakery, dough)[0] == ("WRITE_OFF", "-1.5", None)
