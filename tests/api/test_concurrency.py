"""Many at once, over HTTP, on two worker processes (R-5.10, R-4.5, R-7.1).

What a test counts is exact, however the requests fall: no two requests take the same grams, and nobody is refused
what is there.
"""

from collections import defaultdict
from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import pytest

from bakery.store.proof import foreign_rows
from graphql_api.refs import parse_global_id
from tests.api.bakeries import Bakery
from tests.api.databases import Templates
from tests.api.reading import linked
from tests.api.served import ServedApi, served, types


@pytest.fixture(scope="session")
def served_api(engine: str, templates: Templates, tmp_path_factory: pytest.TempPathFactory) -> Iterator[ServedApi]:
    folder = tmp_path_factory.mktemp("served")
    with templates.copy(engine, folder) as url, served(url, folder) as api:
        yield api
        assert api.prove(foreign_rows) == []  # of all tests' bakeries


@pytest.fixture
def crowded(served_api: ServedApi) -> Iterator[Bakery]:
    """A bakery that many work in at once; its books must close all the same."""
    opened = Bakery.opened(served_api)
    opened.tracks_lots()
    yield opened
    assert opened.breaches() == []


def assert_gapless(codes: list[str]) -> None:
    """Codes of each day are counted from 001 without a gap; a test may run across midnight."""
    by_day: dict[str, list[str]] = defaultdict(list)
    for code in codes:
        by_day[code.rpartition("-")[0]].append(code.rpartition("-")[2])
    for numbers in by_day.values():
        assert sorted(numbers) == [f"{number:03d}" for number in range(1, len(numbers) + 1)]


def number_of(record: Any) -> int:
    ref = parse_global_id(record["id"])
    assert ref
    return ref.id


@pytest.mark.parametrize("tracking", [True, False], ids=["lot", "untracked"])
def test_the_last_grams_are_taken_once(served_api: ServedApi, crowded: Bakery, tracking: bool) -> None:
    """R-5.10: of 32 runs for the last 7.5 kg of one lot, exactly the 15 possible succeed; the rest say what is short,
    and the batches' codes have no gap where they failed (R-4.5)."""
    flour = crowded.ingredient("Flour")
    crowded.tracks_lots(tracking)
    lot = crowded.restock(flour, "7.5")
    bread = crowded.product("Bread", {flour: "0.5"})
    run = {"productId": bread, "quantity": "1"}

    outcomes = served_api.at_once(crowded.owner, "ConfirmProduction", [run] * 32)

    assert types(outcomes) == {"ConfirmProductionSuccess": 15, "InsufficientStock": 17}
    batches = [outcome["batch"] for outcome in outcomes if "batch" in outcome]
    for batch in batches:
        [used] = batch["consumptions"]
        assert (used["quantity"], used["lot"] and used["lot"]["code"]) == ("0.5", lot and lot["code"])
    for outcome in outcomes:
        if "batch" not in outcome:
            [short] = outcome["shortfalls"]
            assert (short["missing"], short["reason"]) == ("0.5", "NOT_ENOUGH")
    assert_gapless([batch["code"] for batch in batches])
    assert crowded.stock(flour) == ("0", "0", "0")


def test_one_key_sent_by_twenty_is_done_once(served_api: ServedApi, crowded: Bakery) -> None:
    """R-5.10: all of them get the one batch, though the stock is gone with it."""
    flour = crowded.ingredient("Flour")
    crowded.restock(flour, "1")
    bread = crowded.product("Bread", {flour: "1"})
    run = {"productId": bread, "quantity": "1", "idempotencyKey": "once"}

    outcomes = served_api.at_once(crowded.owner, "ConfirmProduction", [run] * 20)

    assert types(outcomes) == {"ConfirmProductionSuccess": 20}
    assert {outcome["batch"]["id"] for outcome in outcomes} == {outcomes[0]["batch"]["id"]}
    assert crowded.owner.ask("ProductionBatches")["totalCount"] == 1
    assert crowded.stock(flour) == ("0", "0", "0")


def test_one_key_with_two_inputs_is_done_once_and_conflicts_for_the_other(
    served_api: ServedApi, crowded: Bakery
) -> None:
    """R-5.10: whichever comes first; never half of each."""
    flour = crowded.ingredient("Flour")
    inputs = [{"ingredientId": flour, "quantity": str(1 + n % 2), "idempotencyKey": "k"} for n in range(20)]

    outcomes = served_api.at_once(crowded.owner, "QuickRestock", inputs)

    assert types(outcomes) == {"IdempotencyConflict": 10, "QuickRestockSuccess": 10}
    assert len({outcome["lot"]["id"] for outcome in outcomes if "lot" in outcome}) == 1
    assert crowded.stock(flour)[0] in ("1", "2")


def test_codes_have_no_gaps_and_follow_the_order_of_recording(served_api: ServedApi, crowded: Bakery) -> None:
    """R-4.5: counted in the order of recording, over different ingredients and past refusals."""
    ingredients = [crowded.ingredient(f"Ingredient {n}") for n in range(6)]
    inputs = [{"ingredientId": ingredients[n % 6], "quantity": str(n % 4)} for n in range(32)]

    outcomes = served_api.at_once(crowded.owner, "QuickRestock", inputs)

    assert types(outcomes) == {"InvalidInput": 8, "QuickRestockSuccess": 24}
    lots = sorted((outcome["lot"] for outcome in outcomes if "lot" in outcome), key=number_of)
    assert_gapless([lot["code"] for lot in lots])
    assert [lot["code"] for lot in lots] == sorted(lot["code"] for lot in lots)


def test_runs_that_share_ingredients_in_other_orders_do_not_block_each_other(
    served_api: ServedApi, crowded: Bakery
) -> None:
    """session.py: ingredients are locked in one order, whatever the recipe's; nobody waits for ever."""
    ingredients = [crowded.ingredient(f"Ingredient {n}") for n in range(4)]
    for ingredient in ingredients:
        crowded.restock(ingredient, "100")
    there = crowded.product("There", dict.fromkeys(ingredients, "1"))
    back = crowded.product("Back", dict.fromkeys(reversed(ingredients), "1"))
    runs = [{"productId": product, "quantity": "1"} for product in (there, back) * 12]

    outcomes = served_api.at_once(crowded.owner, "ConfirmProduction", runs)

    assert types(outcomes) == {"ConfirmProductionSuccess": 24}
    assert {crowded.stock(ingredient)[0] for ingredient in ingredients} == {"76"}


def test_a_batch_is_never_given_away_twice(served_api: ServedApi, crowded: Bakery) -> None:
    """R-7.1: 24 orders want 12 loaves of one batch of ten."""
    flour = crowded.ingredient("Flour", openingStock="100")
    bread = crowded.product("Bread", {flour: "1"})
    batch = crowded.bake(bread, "10")["code"]
    orders = [crowded.order({bread: "0.5"}) for _ in range(24)]

    outcomes = served_api.at_once(
        crowded.owner, "SetOrderStatus", [{"orderId": order["id"], "status": "READY"} for order in orders]
    )

    assert types(outcomes) == {"SetOrderStatusSuccess": 24}
    links = [linked(outcome["order"]) for outcome in outcomes]
    assert (links.count([{batch: "0.5"}]), links.count([{}])) == (20, 4)
    assert crowded.owner.ask("ProductionBatchDetail", code=batch)["quantityAllocated"] == "10"


def test_an_order_is_linked_once(served_api: ServedApi, crowded: Bakery) -> None:
    """R-7.1: the same step taken by sixteen at once."""
    flour = crowded.ingredient("Flour", openingStock="100")
    bread = crowded.product("Bread", {flour: "1"})
    batch = crowded.bake(bread, "10")["code"]
    order = crowded.order({bread: "4"})

    outcomes = served_api.at_once(
        crowded.owner, "SetOrderStatus", [{"orderId": order["id"], "status": "COMPLETED"}] * 16
    )

    assert types(outcomes) == {"SetOrderStatusSuccess": 16}
    assert {str(linked(outcome["order"])) for outcome in outcomes} == {str([{batch: "4"}])}


def test_relinks_that_cross_do_not_block_each_other(served_api: ServedApi, crowded: Bakery) -> None:
    """R-7.2, session.py: orders that trade their batches lock them in one order; nothing is given away twice."""
    flour = crowded.ingredient("Flour", openingStock="100")
    dough = crowded.ingredient("Dough")
    made = crowded.product("Dough", {flour: "1"}, makesIngredientId=dough)
    batches = [crowded.bake(made, "4") for _ in range(4)]
    orders = [crowded.order({made: "2"}) for _ in range(6)]
    for order in orders:
        crowded.move(order, "READY")
    inputs: list[dict[str, Any]] = []
    for n in range(24):
        order, batch = orders[n % 6], batches[-1 - n % 4]
        link = {"lineId": order["lines"][0]["id"], "batchId": batch["id"], "quantity": "2"}
        links = [link] if n % 3 else []
        inputs.append({"orderId": order["id"], "reason": "Other tray", "links": links})

    outcomes = served_api.at_once(crowded.owner, "RelinkOrder", inputs)

    assert set(types(outcomes)) <= {"RelinkOrderSuccess", "InvalidInput"}
    found = [crowded.owner.ask("ProductionBatchDetail", code=batch["code"]) for batch in batches]
    assert sum(Decimal(batch["quantityAllocated"]) for batch in found) + Decimal(crowded.stock(dough)[0]) == 16


def test_a_run_is_reversed_once_and_never_under_an_order(served_api: ServedApi, crowded: Bakery) -> None:
    """R-5.9, R-5.10: eight reversals, eight uses of what it made and eight orders at once; whoever comes first."""
    flour, dough = crowded.ingredient("Flour"), crowded.ingredient("Dough")
    crowded.restock(flour, "10")
    made = crowded.product("Dough", {flour: "1"}, makesIngredientId=dough)
    rolls = crowded.product("Rolls", {dough: "0.5"})
    batch = crowded.bake(made, "10")
    changes: list[tuple[str, dict[str, Any]]] = []
    for _ in range(8):
        order = crowded.order({made: "0.5"})
        changes += [
            ("ReverseProduction", {"batchId": batch["id"], "reason": "Mistyped"}),
            ("ConfirmProduction", {"productId": rolls, "quantity": "1"}),
            ("SetOrderStatus", {"orderId": order["id"], "status": "READY"}),
        ]

    outcomes = served_api.all_at_once(crowded.owner, changes)

    found = crowded.owner.ask("ProductionBatchDetail", code=batch["code"])
    reversals = types(outcomes).get("ReverseProductionSuccess", 0)
    assert reversals == (found["status"] == "REVERSED") <= 1
    if reversals:
        assert (found["quantityAllocated"], crowded.stock(flour), crowded.stock(dough)[0]) == (
            "0",
            ("10", "10", "0"),
            "0",
        )
    else:
        assert crowded.stock(dough)[0] == "2"


def test_a_delivery_is_received_once(served_api: ServedApi, crowded: Bakery) -> None:
    """R-4.1: without a key, the first receives all and the rest find it `RECEIVED`."""
    flour = crowded.ingredient("Flour")
    line = {"ingredientId": flour, "quantity": "10"}
    order = crowded.owner.does("CreatePurchaseOrder", supplierId=crowded.supplier(), lines=[line])["purchaseOrder"]
    received = {
        "purchaseOrderId": order["id"],
        "lines": [{"lineId": order["lines"][0]["id"], "quantity": "10"}],
    }

    outcomes = served_api.at_once(crowded.owner, "ReceivePurchaseOrder", [received] * 12)

    assert types(outcomes) == {"InvalidInput": 11, "ReceivePurchaseOrderSuccess": 1}
    assert crowded.stock(flour) == ("10", "10", "0")


def test_a_lot_is_not_wasted_beyond_its_last_gram(served_api: ServedApi, crowded: Bakery) -> None:
    """R-6.3, R-2.4: sixteen write-offs of 1 kg each for a lot of 10."""
    flour = crowded.ingredient("Flour")
    lot = crowded.restock(flour, "10")
    waste = {"lotId": lot["id"], "quantity": "1", "reason": "OTHER"}

    outcomes = served_api.at_once(crowded.owner, "WriteOffLot", [waste] * 16)

    assert types(outcomes) == {"InvalidInput": 6, "WriteOffLotSuccess": 10}
    left = sorted(Decimal(outcome["lot"]["quantityRemaining"]) for outcome in outcomes if "lot" in outcome)
    assert left[0] == 0
    assert crowded.stock(flour) == ("0", "0", "0")


def test_a_lot_is_held_once(served_api: ServedApi, crowded: Bakery) -> None:
    """R-4.8: one manual hold stands at most."""
    lot = crowded.restock(crowded.ingredient("Flour"), "10")
    hold = {"lotId": lot["id"], "reason": "Odd smell"}
    assert types(served_api.at_once(crowded.owner, "HoldLot", [hold] * 8)) == {"HoldLotSuccess": 1, "InvalidInput": 7}


def test_a_number_is_given_to_one_order(served_api: ServedApi, crowded: Bakery) -> None:
    """R-7.1: of twelve orders with one number, one is recorded; the rest are told which field to change."""
    bread = crowded.product("Bread")
    lines = [{"productId": bread, "quantity": "1"}]

    outcomes = served_api.at_once(crowded.owner, "CreateOrder", [{"number": "N-1", "lines": lines}] * 12)
    assert types(outcomes) == {"CreateOrderSuccess": 1, "InvalidInput": 11}

    outcomes = served_api.at_once(crowded.owner, "CreateOrder", [{"lines": lines}] * 12)
    assert types(outcomes) == {"CreateOrderSuccess": 12}
    assert_gapless([outcome["order"]["number"] for outcome in outcomes])


def test_a_run_goes_by_one_recipe(served_api: ServedApi, crowded: Bakery) -> None:
    """R-5.2: a product that is changed meanwhile was never half changed: yield and recipe are of one moment."""
    flour = crowded.ingredient("Flour", openingStock="100")
    bread = crowded.product("Bread", {flour: "0.5"})
    small, large = (
        {"productId": bread, "yieldQuantity": made, "recipe": [{"ingredientId": flour, "quantity": quantity}]}
        for made, quantity in (("1", "0.5"), ("10", "5"))
    )
    run = {"productId": bread, "quantity": "1"}
    changes: list[tuple[str, Any]] = [("UpdateProduct", small), ("UpdateProduct", large), ("ConfirmProduction", run)]

    outcomes = served_api.all_at_once(crowded.owner, changes * 8)

    assert types(outcomes) == {"ConfirmProductionSuccess": 8, "UpdateProductSuccess": 16}
    made = [outcome["batch"] for outcome in outcomes if "batch" in outcome]
    assert {item["quantity"] for batch in made for item in batch["consumptions"]} == {"0.5"}


def test_what_a_product_makes_does_not_change_under_a_run(served_api: ServedApi, crowded: Bakery) -> None:
    """R-4.4: either it changes before the first batch, or not at all."""
    flour = crowded.ingredient("Flour", openingStock="100")
    dough, batter = crowded.ingredient("Dough"), crowded.ingredient("Batter")
    for _ in range(4):
        base = crowded.product("Base", {flour: "1"}, makesIngredientId=dough)
        change = {"productId": base, "makesIngredientId": batter}
        run = {"productId": base, "quantity": "1"}

        [*made, changed] = served_api.all_at_once(
            crowded.owner, [*[("ConfirmProduction", run)] * 3, ("UpdateProduct", change)]
        )

        assert types(made) == {"ConfirmProductionSuccess": 3}
        lots = [crowded.owner.ask("LotDetail", code=each["batch"]["outputLot"]["code"]) for each in made]
        expected = batter if changed["__typename"] == "UpdateProductSuccess" else dough
        assert {lot["ingredient"]["id"] for lot in lots} == {expected}


def test_a_lot_is_added_or_refused_while_lot_tracking_is_switched(served_api: ServedApi, crowded: Bakery) -> None:
    """R-1.8, R-4.3: the gate and the lot go by the same switch, whoever turns it meanwhile."""
    flour = crowded.ingredient("Flour")
    changes: list[tuple[str, Any]] = []
    for n in range(12):
        changes += [("AddLot", {"ingredientId": flour, "quantity": "1"})] * 3
        changes.append(("UpdateLotTrackingSettings", {"enabled": n % 2 == 1}))

    outcomes = types(served_api.all_at_once(crowded.owner, changes))

    assert set(outcomes) <= {"AddLotSuccess", "FeatureDisabled", "UpdateLotTrackingSettingsSuccess"}
    assert outcomes["UpdateLotTrackingSettingsSuccess"] == 12
    added = str(outcomes.get("AddLotSuccess", 0))
    assert crowded.stock(flour) == (added, added, "0")


def test_all_kinds_of_changes_at_once_leave_books_that_close(served_api: ServedApi, crowded: Bakery) -> None:
    """R-2.3, R-2.4, R-5.10: counts, waste, deliveries, holds, runs and sales of one ingredient; nothing is an accident,
    and what remains follows from the ledger."""
    dough, flour = crowded.ingredient("Dough"), crowded.ingredient("Flour", openingStock="500")
    made = crowded.product("Dough", {flour: "1"}, makesIngredientId=dough)
    rolls = crowded.product("Rolls", {dough: "0.1", flour: "0.1"})
    lots = [crowded.bake(made, "5")["outputLot"] for _ in range(4)]
    orders = [crowded.order({made: "2"}) for _ in range(6)]
    changes: list[tuple[str, dict[str, Any]]] = []
    for n in range(6):
        changes += [
            ("ConfirmProduction", {"productId": rolls, "quantity": "7"}),
            ("ConfirmProduction", {"productId": made, "quantity": "1"}),
            ("SetOrderStatus", {"orderId": orders[n]["id"], "status": "COMPLETED"}),
            ("QuickRestock", {"ingredientId": dough, "quantity": "1"}),
            ("AdjustStock", {"ingredientId": dough, "countedQuantity": str(10 + n)}),
            ("WriteOffLot", {"lotId": lots[n % 4]["id"], "quantity": "0.5", "reason": "OTHER"}),
            ("HoldLot", {"lotId": lots[n % 4]["id"], "reason": "Odd smell"}),
        ]

    outcomes = served_api.all_at_once(crowded.owner, changes)

    assert len(outcomes) == len(changes)
    on_hand, tracked, untracked = (Decimal(figure) for figure in crowded.stock(dough))
    assert on_hand == tracked + untracked
    assert tracked == sum(Decimal(left) for left in crowded.remaining(dough).values())
