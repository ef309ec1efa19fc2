"""Traces both ways, nested and flat, with their gaps and verdicts (R-7.4, R-7.5)."""

from dataclasses import dataclass
from typing import Any

import pytest

from tests.api.bakeries import Bakery
from tests.api.reading import codes, edges, gaps


@dataclass(frozen=True)
class Story:
    """Flour of a mill becomes levain, levain and flour become bread, and bread goes to a café and over the counter.

    Nothing of it is unexplained: levain and bread are used up to the last crumb.
    """

    bakery: Bakery
    flour_lot: Any
    starter_batch: Any
    bread_batch: Any
    cafe_order: Any
    counter_sale: Any
    bread: str
    flour: str


@pytest.fixture
def story(bakery: Bakery) -> Story:
    bakery.tracks_lots()
    mill = bakery.supplier("Mill & Sons", email="mill@example.com")
    flour, levain = bakery.ingredient("Flour"), bakery.ingredient("Levain")
    lot = bakery.restock(flour, "10", supplierId=mill, supplierLotNumber="M-77", expiresOn="2026-09-01")
    starter = bakery.product("Starter", {flour: "1"}, makesIngredientId=levain, shelfLifeDays=5)
    bread = bakery.product("Bread", {flour: "0.4", levain: "0.1"})
    starter_batch = bakery.bake(starter, "1")
    bread_batch = bakery.bake(bread, "10")
    cafe = bakery.customer("Café Nord", email="nord@example.com", phone="555")
    cafe_order = bakery.order({bread: "7"}, number="N-1", customerId=cafe, dueOn="2026-03-03")
    counter_sale = bakery.order({bread: "3"}, number="C-1")
    for order in (cafe_order, counter_sale):
        bakery.move(order, "COMPLETED")
    return Story(bakery, lot, starter_batch, bread_batch, cafe_order, counter_sale, bread, flour)


def trace_of_lot(bakery: Bakery, lot: Any) -> Any:
    return bakery.owner.ask("LotTrace", code=lot["code"])["trace"]


def trace_of_order(bakery: Bakery, order: Any) -> Any:
    return bakery.owner.ask("OrderTrace", number=order["number"])["trace"]


def test_the_nested_way_goes_as_deep_as_the_document(story: Story) -> None:
    """R-7.4: batches, orders and customers, through what an intermediate made."""
    used = story.bakery.owner.ask("LotUsage", code=story.flour_lot["code"])
    levain_lot = story.starter_batch["outputLot"]["code"]

    assert used == used | {
        "code": story.flour_lot["code"],
        "supplierLotNumber": "M-77",
        "expiresOn": "2026-09-01",
        "ingredient": {"name": "Flour"},
        "supplier": {"name": "Mill & Sons"},
    }
    into_starter, into_bread = used["consumptions"]
    assert (into_starter["quantity"], into_starter["unit"]) == ("1", "kg")
    [onwards] = into_starter["batch"]["outputLot"]["consumptions"]
    assert into_starter["batch"]["outputLot"]["code"] == levain_lot
    assert (onwards["quantity"], onwards["batch"]["code"]) == ("1", story.bread_batch["code"])
    assert onwards["batch"]["allocations"][0]["order"] == {"number": "N-1", "customer": {"name": "Café Nord"}}
    assert into_bread["batch"]["allocations"] == [
        {
            "quantity": "7",
            "order": {
                "number": "N-1",
                "status": "COMPLETED",
                "dueOn": "2026-03-03",
                "customer": {"name": "Café Nord", "email": "nord@example.com", "phone": "555"},
            },
        },
        {"quantity": "3", "order": {"number": "C-1", "status": "COMPLETED", "dueOn": None, "customer": None}},
    ]


def test_a_lots_trace_looks_forward_at_any_depth(story: Story) -> None:
    """R-7.4, R-7.5: the whole graph once, the lot itself included, edges in the direction of the goods."""
    trace = trace_of_lot(story.bakery, story.flour_lot)
    flour, levain = story.flour_lot["code"], story.starter_batch["outputLot"]["code"]
    starter, bread = story.starter_batch["code"], story.bread_batch["code"]

    assert (trace["verdict"], trace["gaps"], trace["truncated"]) == ("PROVEN", [], False)
    assert codes(trace["lots"]) == [flour, levain]
    assert codes(trace["batches"]) == [starter, bread]
    assert [order["number"] for order in trace["orders"]] == ["N-1", "C-1"]
    assert [(customer["name"], customer["phone"]) for customer in trace["customers"]] == [("Café Nord", "555")]
    assert edges(trace) == {
        (flour, starter, "1", "kg"),
        (flour, bread, "4", "kg"),
        (starter, levain, "1", "kg"),
        (levain, bread, "1", "kg"),
        (bread, "N-1", "7", "each"),
        (bread, "C-1", "3", "each"),
    }
    assert len(trace["edges"]) == 6


def test_an_orders_trace_looks_backward_at_any_depth(story: Story) -> None:
    """R-7.4: batches, lots at any depth, suppliers."""
    trace = trace_of_order(story.bakery, story.cafe_order)
    flour, levain = story.flour_lot["code"], story.starter_batch["outputLot"]["code"]
    starter, bread = story.starter_batch["code"], story.bread_batch["code"]

    assert (trace["verdict"], trace["gaps"], trace["truncated"]) == ("PROVEN", [], False)
    assert codes(trace["lots"]) == [flour, levain]
    assert trace["lots"][0]["supplierLotNumber"] == "M-77"
    assert codes(trace["batches"]) == [starter, bread]
    assert [(supplier["name"], supplier["email"]) for supplier in trace["suppliers"]] == [
        ("Mill & Sons", "mill@example.com")
    ]
    assert edges(trace) == {
        (flour, starter, "1", "kg"),
        (flour, bread, "4", "kg"),
        (starter, levain, "1", "kg"),
        (levain, bread, "1", "kg"),
        (bread, story.cafe_order["id"], "7", "each"),
    }


def test_a_batchs_trace_looks_both_ways(story: Story) -> None:
    """R-7.4"""
    batch = story.bakery.owner.ask("ProductionBatchDetail", code=story.bread_batch["code"])
    trace = batch["trace"]
    flour, levain = story.flour_lot["code"], story.starter_batch["outputLot"]["code"]
    starter, bread = story.starter_batch["code"], story.bread_batch["code"]

    assert (trace["verdict"], trace["gaps"], trace["truncated"]) == ("PROVEN", [], False)
    assert (codes(trace["lots"]), codes(trace["batches"])) == ([flour, levain], [starter, bread])
    assert [customer["name"] for customer in trace["customers"]] == ["Café Nord"]
    assert [supplier["name"] for supplier in trace["suppliers"]] == ["Mill & Sons"]
    assert edges(trace) == {
        (flour, starter, "1", "kg"),
        (flour, bread, "4", "kg"),
        (starter, levain, "1", "kg"),
        (levain, bread, "1", "kg"),
        (bread, "N-1", "7", "each"),
        (bread, "C-1", "3", "each"),
    }


def test_an_edge_bears_the_ids_that_the_lists_bear(story: Story) -> None:
    """R-7.4: `from` and `to` are global ids."""
    found = story.bakery.owner.ask("LotTrace", code=story.flour_lot["code"])
    trace = found["trace"]
    known = {record["id"] for kind in ("lots", "batches", "orders") for record in trace[kind]}
    assert {end for edge in trace["edges"] for end in (edge["from"], edge["to"])} == known
    assert found["id"] in known


def test_a_cancelled_orders_links_are_no_links(story: Story) -> None:
    """R-7.3, R-7.5: the lists hold recorded links only; what was freed is unallocated again."""
    bakery = story.bakery
    batch = bakery.bake(story.bread, "0.000001", allowShortfall=True)["code"]
    order = bakery.order({story.bread: "0.000001"}, number="X-1")
    bakery.move(order, "READY")
    bakery.move(order, "CANCELLED")

    assert "X-1" not in [met["number"] for met in trace_of_lot(bakery, story.flour_lot)["orders"]]
    assert bakery.owner.ask("ProductionBatchDetail", code=batch)["allocations"] == []
    assert (trace_of_order(bakery, order)["batches"], trace_of_order(bakery, order)["edges"]) == ([], [])


# ── verdicts and gaps ─────────────────────────────────────────────────────────────────────────────────────────────────
def test_a_lot_that_was_never_used_is_proven(bakery: Bakery) -> None:
    """R-7.5: and its missing supplier is no gap."""
    bakery.tracks_lots()
    lot = bakery.restock(bakery.ingredient("Flour"), "10")
    trace = trace_of_lot(bakery, lot)
    assert (trace["verdict"], trace["gaps"], codes(trace["lots"]), trace["edges"]) == (
        "PROVEN",
        [],
        [lot["code"]],
        [],
    )


def test_untracked_and_unaccounted_inputs_are_gaps(story: Story) -> None:
    """R-7.5, R-5.5: both ways, with their quantities: `POSSIBLE`."""
    bakery, flour = story.bakery, story.flour
    salt = bakery.ingredient("Salt", "g", openingStock="5")
    rolls = bakery.product("Rolls", {flour: "0.1", salt: "1"})
    bakery.bake(rolls, "8", allowShortfall=True)
    order = bakery.order({rolls: "8"}, number="R-1")
    bakery.move(order, "READY")

    expected = [("UNTRACKED", "5", "g"), ("UNACCOUNTED", "3", "g")]
    for trace in (trace_of_order(bakery, order), trace_of_lot(bakery, story.flour_lot)):
        assert (trace["verdict"], gaps(trace)) == ("POSSIBLE", expected)
        assert all("Salt" in gap["description"] for gap in trace["gaps"])


def test_unlinked_and_bought_in_lines_are_gaps_of_an_order(story: Story) -> None:
    """R-7.5: `UNLINKED_LINE` by what is missing, `NO_RECIPE` for what is bought in; with no link at all: `UNKNOWN`."""
    bakery = story.bakery
    bakery.bake(story.bread, "2", allowShortfall=True)
    coffee = bakery.product("Coffee")
    mixed = bakery.order({story.bread: "5", coffee: "1"}, number="M-1")
    bought_in = bakery.order({coffee: "2"}, number="B-1")
    for order in (mixed, bought_in):
        bakery.move(order, "COMPLETED")

    trace = trace_of_order(bakery, mixed)
    assert trace["verdict"] == "POSSIBLE"
    assert [gap for gap in gaps(trace) if gap[0] in ("UNLINKED_LINE", "NO_RECIPE")] == [
        ("UNLINKED_LINE", "3", "each"),
        ("NO_RECIPE", "1", "each"),
    ]
    trace = trace_of_order(bakery, bought_in)
    assert (trace["verdict"], gaps(trace), trace["edges"]) == ("UNKNOWN", [("NO_RECIPE", "2", "each")], [])


def test_what_was_made_here_is_not_bought_in_once_its_recipe_is_gone(bakery: Bakery) -> None:
    """R-7.5: the record of a filled order does not turn with the catalogue."""
    bread = bakery.product("Bread", {bakery.ingredient("Flour", openingStock="9"): "1"})
    bakery.bake(bread, "2")
    order = bakery.move(bakery.order({bread: "5"}), "COMPLETED")
    before = gaps(bakery.owner.ask("OrderTrace", number=order["number"])["trace"])
    assert ("UNLINKED_LINE", "3", "each") in before

    bakery.owner.does("UpdateProduct", productId=bread, recipe=None)

    assert gaps(bakery.owner.ask("OrderTrace", number=order["number"])["trace"]) == before


def test_corrections_and_leftovers_are_gaps_of_a_lot(bakery: Bakery) -> None:
    """R-7.5: `ADJUSTED` where a count took from the lot, `UNALLOCATED` for what is left of a batch; the order's own
    trace has neither."""
    bakery.tracks_lots()
    flour = bakery.ingredient("Flour")
    lot = bakery.restock(flour, "10")
    bread = bakery.product("Bread", {flour: "0.5"})
    bakery.bake(bread, "10")
    order = bakery.order({bread: "4"})
    bakery.move(order, "READY")
    bakery.owner.does("AdjustStock", ingredientId=flour, countedQuantity="3")

    trace = trace_of_lot(bakery, lot)
    assert (trace["verdict"], gaps(trace)) == ("POSSIBLE", [("ADJUSTED", "2", "kg"), ("UNALLOCATED", "6", "each")])
    assert trace_of_order(bakery, order)["verdict"] == "PROVEN"


def test_gaps_without_a_link_are_unknown(bakery: Bakery) -> None:
    """R-7.5: a lot of which a count took some, and nothing else happened."""
    bakery.tracks_lots()
    flour = bakery.ingredient("Flour")
    lot = bakery.restock(flour, "10")
    bakery.owner.does("AdjustStock", ingredientId=flour, countedQuantity="9")
    trace = trace_of_lot(bakery, lot)
    assert (trace["verdict"], gaps(trace)) == ("UNKNOWN", [("ADJUSTED", "1", "kg")])


def test_waste_is_explained(bakery: Bakery) -> None:
    """R-7.5: what was written off of an intermediate is no gap."""
    bakery.tracks_lots()
    flour = bakery.ingredient("Flour")
    lot = bakery.restock(flour, "1")
    batch = bakery.bake(bakery.product("Dough", {flour: "1"}, makesIngredientId=bakery.ingredient("Dough")), "1")
    assert gaps(trace_of_lot(bakery, lot)) == [("UNALLOCATED", "1", "kg")]
    bakery.owner.does("WriteOffLot", lotId=batch["outputLot"]["id"], reason="DAMAGED")
    assert trace_of_lot(bakery, lot)["verdict"] == "PROVEN"


def test_a_trace_ends_where_a_starter_is_fed_with_itself(bakery: Bakery) -> None:
    """R-7.5: cycle-safe and whole, over many generations."""
    bakery.tracks_lots()
    levain = bakery.ingredient("Levain")
    mother = bakery.restock(levain, "1")
    starter = bakery.product("Starter", {levain: "1"}, makesIngredientId=levain)
    generations = [bakery.bake(starter, "1") for _ in range(12)]
    bread = bakery.product("Bread", {levain: "1"})
    bakery.bake(bread, "1")
    order = bakery.order({bread: "1"})
    bakery.move(order, "READY")

    trace = trace_of_lot(bakery, mother)
    assert codes(trace["lots"]) == [mother["code"], *(batch["outputLot"]["code"] for batch in generations)]
    assert (len(trace["batches"]), len(trace["edges"]), trace["verdict"]) == (13, 26, "PROVEN")
    assert codes(trace_of_order(bakery, order)["lots"]) == codes(trace["lots"])


def test_an_intermediate_sold_as_it_is_traces_to_its_order(bakery: Bakery) -> None:
    """R-4.4, R-7.4: the lot went on from the batch that made it."""
    bakery.tracks_lots()
    flour = bakery.ingredient("Flour")
    lot = bakery.restock(flour, "1")
    dough = bakery.product("Dough", {flour: "1"}, makesIngredientId=bakery.ingredient("Dough"))
    batch = bakery.bake(dough, "1")
    order = bakery.order({dough: "1"}, number="D-1")
    bakery.move(order, "READY")

    for trace in (trace_of_lot(bakery, lot), trace_of_lot(bakery, batch["outputLot"])):
        assert [met["number"] for met in trace["orders"]] == ["D-1"]
        assert trace["verdict"] == "PROVEN"
    assert (batch["code"], order["id"], "1", "kg") in edges(trace_of_order(bakery, order))


def test_traces_stay_in_their_bakery(story: Story) -> None:
    """R-1.1: another bakery's code or number is like one that does not exist."""
    stranger = Bakery.opened(story.bakery.api)
    for operation, names in (
        ("LotTrace", {"code": story.flour_lot["code"]}),
        ("LotUsage", {"code": story.flour_lot["code"]}),
        ("OrderTrace", {"number": "N-1"}),
        ("ProductionBatchDetail", {"code": story.bread_batch["code"]}),
    ):
        assert stranger.owner.ask(operation, **names) is None
