"""Orders that are linked anew (R-7.2), by the contract's documents."""

from typing import Any

import pytest

from tests.api.bakeries import Bakery
from tests.api.in_process import InProcessApi
from tests.api.reading import ledger, linked


def relink(bakery: Bakery, order: Any, *links: tuple[Any, str], line: int = 0, reason: str = "Other tray") -> Any:
    """The order after it was linked to batch and quantity each, or by the rule."""
    given = {"links": wanted(order, *links, line=line)} if links else {}
    return bakery.owner.does("RelinkOrder", orderId=order["id"], reason=reason, **given)["order"]


def wanted(order: Any, *links: tuple[Any, str], line: int = 0) -> list[dict[str, str]]:
    return [
        {"lineId": order["lines"][line]["id"], "batchId": batch["id"], "quantity": quantity}
        for batch, quantity in links
    ]


def is_refused(bakery: Bakery, order: Any, *links: tuple[Any, str], line: int = 0) -> list[str]:
    """The paths that the refusal names; nothing has changed."""
    with bakery.nothing_changes():
        refusal = bakery.owner.tries(
            "RelinkOrderByHand", orderId=order["id"], reason="Oops", links=wanted(order, *links, line=line)
        )
    assert refusal["__typename"] == "InvalidInput", refusal
    return [problem["path"] for problem in refusal["fields"]]


@pytest.fixture
def bread(bakery: Bakery) -> str:
    """Bread, of which there is never a lack of flour; it is sold for two days."""
    bakery.tracks_lots()
    return bakery.product("Bread", {bakery.ingredient("Flour", openingStock="1000"): "0.5"}, shelfLifeDays=2)


def test_an_order_is_linked_to_chosen_batches(bakery: Bakery, bread: str) -> None:
    """R-7.2: to all of them and nothing else; what it had is free for others."""
    first, second, third = (bakery.bake(bread, "10") for _ in range(3))
    order = bakery.order({bread: "10"})
    assert linked(bakery.move(order, "READY")) == [{first["code"]: "10"}]

    relinked = relink(bakery, order, (second, "3"), (third, "5"), (second, "1"))

    assert linked(relinked) == [{second["code"]: "4", third["code"]: "5"}]
    assert len(relinked["lines"][0]["allocations"]) == 2  # a batch that is named twice is linked once
    assert linked(relink(bakery, order, (second, "4"), (third, "5"), reason="x" * 2000)) == linked(relinked)
    assert linked(bakery.move(bakery.order({bread: "12"}), "READY")) == [{first["code"]: "10", second["code"]: "2"}]
    # At COMPLETED only what is still unlinked is.
    assert bakery.move(order, "COMPLETED")["lines"][0]["linkedQuantity"] == "10"
    assert [
        bakery.owner.ask("ProductionBatchDetail", code=item["code"])["quantityAllocated"] for item in (second, third)
    ] == [
        "7",
        "5",
    ]


def test_who_when_why_and_the_links_before_are_kept(bakery: Bakery, bread: str, api: InProcessApi) -> None:
    """R-7.2: oldest first; also of a relink that found the order without any."""
    order = bakery.order({bread: "4"}, number="N-1")
    bakery.move(order, "READY")
    batch = bakery.bake(bread, "4", producedOn="2026-03-01")
    relink(bakery, order, reason="Tuesday's bread came into the books late")
    api.days_pass(1)
    bakery.manager.does(
        "RelinkOrder", orderId=order["id"], links=wanted(order, (batch, "3")), reason="  One was given away  "
    )

    history = bakery.owner.ask("OrderLinkHistory", number="N-1")["linkHistory"]
    assert [(item["automatic"], item["reason"], item["recordedAt"][:10]) for item in history] == [
        (True, "Tuesday's bread came into the books late", "2026-03-02"),
        (False, "One was given away", "2026-03-03"),
    ]
    assert [item["actor"]["name"] for item in history] == [
        caller.ask("Viewer")["name"] for caller in (bakery.owner, bakery.manager)
    ]
    line = {"id": order["lines"][0]["id"], "product": {"name": "Bread"}}
    assert [item["linksBefore"] for item in history] == [
        [],
        [{"quantity": "4", "line": line, "batch": {"id": batch["id"], "code": batch["code"]}}],
    ]


def test_automatic_again_is_what_the_rule_would_have_done(bakery: Bakery, bread: str, api: InProcessApi) -> None:
    """R-7.2, R-7.1: as of the day it became ready, from what was young enough then; as of the other day the rest."""
    second = bakery.bake(bread, "3")
    order = bakery.order({bread: "10"})
    bakery.move(order, "READY")
    api.days_pass(3)
    fresh = bakery.bake(bread, "20")
    assert linked(bakery.move(order, "COMPLETED")) == [{second["code"]: "3", fresh["code"]: "7"}]
    first = bakery.bake(bread, "2", producedOn="2026-02-28")
    too_old = bakery.bake(bread, "9", producedOn="2026-02-27")

    relinked = relink(bakery, order)

    assert linked(relinked) == [{first["code"]: "2", second["code"]: "3", fresh["code"]: "5"}]
    assert linked(relink(bakery, order)) == linked(relinked)  # it never links twice
    assert bakery.owner.ask("ProductionBatchDetail", code=too_old["code"])["quantityAllocated"] == "0"
    assert bakery.owner.ask("ProductionBatchDetail", code=fresh["code"])["quantityAllocated"] == "5"


def test_links_that_cannot_be_are_refused(bakery: Bakery, bread: str, api: InProcessApi) -> None:
    """R-7.2: other products, foreign lines and batches, more than is left or ordered, reversed batches, later ones."""
    rolls = bakery.product("Rolls", {bakery.ingredient("Rye", openingStock="1000"): "0.1"})
    good, small, of_rolls, gone = (
        bakery.bake(bread, "10"),
        bakery.bake(bread, "2"),
        bakery.bake(rolls, "10"),
        bakery.bake(bread, "10"),
    )
    bakery.owner.does("ReverseProduction", batchId=gone["id"], reason="Mistyped")
    order = bakery.order({bread: "6", rolls: "1"})
    bakery.move(order, "READY")
    taken = bakery.order({bread: "5"})
    bakery.move(taken, "READY")
    api.days_pass(1)
    later = bakery.bake(bread, "10")
    other_line = {"lines": taken["lines"], "id": order["id"]}

    assert is_refused(bakery, order, (of_rolls, "1")) == ["links[0].batchId"]
    assert is_refused(bakery, order, (good, "1"), line=1) == ["links[0].batchId"]
    assert is_refused(bakery, other_line, (good, "1")) == ["links[0].lineId"]
    assert is_refused(bakery, order, (good, "3"), (good, "3"), (small, "0.5")) == ["links[2].quantity"]
    assert is_refused(bakery, order, (small, "1"), (small, "1.5")) == ["links[1].quantity"]
    assert is_refused(bakery, order, (gone, "1")) == ["links[0].batchId"]
    assert is_refused(bakery, order, (later, "1")) == ["links[0].batchId"]
    # The other order has 5 of the ten; what this one has itself is as good as free.
    assert linked(relink(bakery, taken, (good, "4"), (small, "1"))) == [{good["code"]: "4", small["code"]: "1"}]
    assert is_refused(bakery, taken, (small, "2.5")) == ["links[0].quantity"]


@pytest.mark.parametrize("status", ["DRAFT", "CONFIRMED", "IN_PRODUCTION", "CANCELLED"])
def test_only_what_was_filled_is_linked_anew(bakery: Bakery, bread: str, status: str) -> None:
    """R-7.2, R-7.1"""
    batch = bakery.bake(bread, "1")
    order = bakery.order({bread: "1"})
    if status == "CANCELLED":
        bakery.move(order, "READY")
    if status != "DRAFT":
        bakery.move(order, status)
    assert is_refused(bakery, order, (batch, "1")) == ["orderId"]


def test_it_needs_lot_tracking(bakery: Bakery, bread: str) -> None:
    """R-1.8: on, and in the plan."""
    order = bakery.order({bread: "1"})
    bakery.move(order, "READY")
    bakery.tracks_lots(False)
    assert bakery.owner.is_refused("RelinkOrder", orderId=order["id"], reason="Other tray") == "FeatureDisabled"


# ── intermediates that are sold as they are ───────────────────────────────────────────────────────────────────────────
def test_intermediates_go_back_to_their_lots_and_leave_others(bakery: Bakery, api: InProcessApi) -> None:
    """R-7.2, R-4.4, R-2.4: by `REVERSAL` and `SALE`, both of the day on which the order was filled."""
    bakery.tracks_lots()
    dough = bakery.ingredient("Dough")
    product = bakery.product("Dough", {bakery.ingredient("Flour", openingStock="99"): "1"}, makesIngredientId=dough)
    first, second = bakery.bake(product, "10"), bakery.bake(product, "10")
    order = bakery.order({product: "4"})
    bakery.move(order, "READY")
    api.days_pass(2)

    relink(bakery, order, (second, "3"))

    one, other = first["outputLot"]["code"], second["outputLot"]["code"]
    assert bakery.remaining(dough) == {one: "10", other: "7"}
    assert bakery.stock(dough) == ("17", "17", "0")
    assert ledger(bakery, dough)[:3] == [("SALE", "-3", other), ("REVERSAL", "4", one), ("SALE", "-4", one)]
    edges = bakery.owner.ask("StockLedger", id=dough, first=2)["movements"]["edges"]
    assert {edge["node"]["happenedAt"][:10] for edge in edges} == {"2026-03-02"}
    bakery.bake(bakery.product("Rolls", {dough: "1"}), "9")
    assert is_refused(bakery, order, (first, "2")) == ["links[0].quantity"]


def test_untracked_intermediates_share_what_is_left(bakery: Bakery) -> None:
    """R-7.2, R-4.4: two batches without lots give no more together than untracked stock has."""
    dough = bakery.ingredient("Dough")
    product = bakery.product("Dough", {bakery.ingredient("Flour", openingStock="99"): "1"}, makesIngredientId=dough)
    first, second = bakery.bake(product, "10"), bakery.bake(product, "10")
    bakery.bake(bakery.product("Rolls", {dough: "1"}), "15")
    bakery.tracks_lots()
    order = bakery.order({product: "9"})
    assert linked(bakery.move(order, "READY")) == [{first["code"]: "5"}]

    assert is_refused(bakery, order, (first, "3"), (second, "3")) == ["links[1].quantity"]
    assert linked(relink(bakery, order, (first, "3"), (second, "2"))) == [{first["code"]: "3", second["code"]: "2"}]
    assert bakery.stock(dough) == ("0", "0", "0")
