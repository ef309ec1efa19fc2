"""Orders, their status, and their links to production batches, by the contract's documents (R-7.1, R-7.3)."""

from dataclasses import dataclass
from datetime import date, timedelta
from itertools import pairwise
from typing import Any

import pytest

from plans import Role
from tests.api.bakeries import Bakery
from tests.api.in_process import InProcessApi
from tests.api.reading import ledger, linked

FORWARD = ["DRAFT", "CONFIRMED", "IN_PRODUCTION", "READY", "COMPLETED"]


@dataclass(frozen=True)
class Shop:
    """A bakery whose bread and rolls need nothing that could run out, but flour of which there is plenty."""

    bakery: Bakery
    bread: str
    rolls: str


@pytest.fixture
def shop(bakery: Bakery) -> Shop:
    flour = bakery.ingredient("Flour", openingStock="100000")
    bread = bakery.product("Bread", {flour: "0.5"}, shelfLifeDays=2)
    return Shop(bakery, bread, bakery.product("Rolls", {flour: "0.05"}))


def test_an_order_begins_as_a_draft(shop: Shop) -> None:
    """R-7.1, R-4.5: with its customer and lines; without a number it gets the day's next."""
    bakery = shop.bakery
    cafe = bakery.customer("Café Nord")

    order = bakery.order({shop.bread: "12", shop.rolls: "40.5"}, number="N-1", customerId=cafe, dueOn="2026-03-05")
    assert order == order | {"number": "N-1", "status": "DRAFT", "customer": {"id": cafe}}
    assert [(line["product"]["id"], line["quantity"]) for line in order["lines"]] == [
        (shop.bread, "12"),
        (shop.rolls, "40.5"),
    ]
    counter_sale = bakery.order({shop.bread: "1"})
    assert (counter_sale["number"], counter_sale["customer"]) == ("ORD-260302-001", None)


def test_a_number_is_given_once(shop: Shop) -> None:
    """R-7.1: also where somebody used the number that would come next."""
    bakery = shop.bakery
    bakery.order({shop.bread: "1"}, number="ORD-260302-001")

    with bakery.nothing_changes():
        refusal = bakery.owner.tries(
            "CreateOrder", number="ORD-260302-001", lines=[{"productId": shop.bread, "quantity": "1"}]
        )
    assert refusal["__typename"] == "InvalidInput"
    assert "number" in refusal["message"]
    assert bakery.order({shop.bread: "1"})["number"] == "ORD-260302-002"


# ── status ────────────────────────────────────────────────────────────────────────────────────────────────────────────
@pytest.mark.parametrize("steps", [FORWARD[1:], ["READY", "COMPLETED"], ["COMPLETED"], ["IN_PRODUCTION", "CANCELLED"]])
def test_an_order_moves_forward_and_may_skip_steps(shop: Shop, steps: list[str]) -> None:
    """R-7.1"""
    order = shop.bakery.order({shop.bread: "1"})
    for step in steps:
        assert shop.bakery.move(order, step)["status"] == step


def test_no_way_back_and_nothing_after_the_end(shop: Shop) -> None:
    """R-7.1: completed and cancelled are final."""
    bakery = shop.bakery
    for earlier, later in pairwise(FORWARD):
        order = bakery.order({shop.bread: "1"})
        bakery.move(order, later)
        assert bakery.owner.is_refused("SetOrderStatus", orderId=order["id"], status=earlier) == "InvalidInput"
    for end in ("COMPLETED", "CANCELLED"):
        order = bakery.order({shop.bread: "1"})
        bakery.move(order, end)
        with bakery.nothing_changes():
            for status in {*FORWARD, "CANCELLED"} - {end}:
                assert bakery.owner.is_refused("SetOrderStatus", orderId=order["id"], status=status) == "InvalidInput"


def test_staff_move_orders_forward_but_do_not_cancel(shop: Shop) -> None:
    """R-1.5"""
    order = shop.bakery.order({shop.bread: "1"})
    shop.bakery.staff.does("SetOrderStatus", orderId=order["id"], status="READY")
    with shop.bakery.nothing_changes():
        assert shop.bakery.staff.is_refused("SetOrderStatus", orderId=order["id"], status="CANCELLED") == "RoleRequired"


def test_a_step_happens_today_or_earlier_but_not_before_the_last(shop: Shop) -> None:
    """R-7.1"""
    order = shop.bakery.order({shop.bread: "1"})
    shop.bakery.move(order, "CONFIRMED", on="2026-02-27")
    with shop.bakery.nothing_changes():
        for day in ("2026-03-03", "2026-02-26"):
            refusal = shop.bakery.owner.tries("SetOrderStatus", orderId=order["id"], status="READY", on=day)
            assert refusal["__typename"] == "InvalidInput"
            assert "`on`" in refusal["message"]
    shop.bakery.move(order, "READY", on="2026-02-27")


# ── links ─────────────────────────────────────────────────────────────────────────────────────────────────────────────
def test_ready_links_each_line_to_the_oldest_batches(shop: Shop) -> None:
    """R-7.1: by day of production, then recording, up to what each has left; other products stay alone."""
    bakery = shop.bakery
    second = bakery.bake(shop.bread, "10")["code"]
    third = bakery.bake(shop.bread, "10")["code"]
    first = bakery.bake(shop.bread, "4", producedOn="2026-03-01")["code"]
    rolls = bakery.bake(shop.rolls, "100")["code"]

    order = bakery.move(bakery.order({shop.bread: "15", shop.rolls: "30"}), "READY")

    assert linked(order) == [{first: "4", second: "10", third: "1"}, {rolls: "30"}]
    assert [line["linkedQuantity"] for line in order["lines"]] == ["15", "30"]
    batch = bakery.owner.ask("ProductionBatchDetail", code=third)
    assert (batch["quantityAllocated"], batch["quantity"]) == ("1", "10")
    assert batch["allocations"] == [{"quantity": "1", "batch": {"code": third}, "order": {"number": order["number"]}}]


def test_nothing_links_before_ready(shop: Shop) -> None:
    """R-7.1"""
    shop.bakery.bake(shop.bread, "10")
    order = shop.bakery.order({shop.bread: "1"})
    for step in ("CONFIRMED", "IN_PRODUCTION"):
        assert linked(shop.bakery.move(order, step)) == [{}]


def test_too_old_and_too_new_batches_are_left_alone(shop: Shop) -> None:
    """R-7.1: made on or before the day of the step, and not older than the shelf life, two days for bread."""
    bakery = shop.bakery
    days = [date(2026, 2, 24) + timedelta(days=n) for n in range(7)]
    baked = {str(day): bakery.bake(shop.bread, "1", producedOn=str(day))["code"] for day in days}

    order = bakery.move(bakery.order({shop.bread: "10"}), "READY", on="2026-02-27")

    assert linked(order) == [{baked["2026-02-25"]: "1", baked["2026-02-26"]: "1", baked["2026-02-27"]: "1"}]


def test_what_keeps_for_ever_links_however_old(shop: Shop) -> None:
    """R-7.1: only a product with `shelfLifeDays` grows too old."""
    old = shop.bakery.bake(shop.rolls, "1", producedOn="1999-12-31")["code"]
    assert linked(shop.bakery.move(shop.bakery.order({shop.rolls: "1"}), "READY")) == [{old: "1"}]


def test_completing_links_only_the_rest(shop: Shop) -> None:
    """R-7.1: again at `COMPLETED`, only what is still unlinked; it never links twice."""
    bakery = shop.bakery
    morning = bakery.bake(shop.bread, "6")["code"]
    order = bakery.order({shop.bread: "10"})
    assert linked(bakery.move(order, "READY")) == [{morning: "6"}]

    noon = bakery.bake(shop.bread, "6")["code"]
    assert linked(bakery.move(order, "READY")) == [{morning: "6"}]  # the status it has already changes nothing
    assert linked(bakery.move(order, "COMPLETED")) == [{morning: "6", noon: "4"}]
    assert linked(bakery.move(order, "COMPLETED")) == [{morning: "6", noon: "4"}]


def test_a_batch_gives_what_it_has_and_no_more(shop: Shop) -> None:
    """R-7.1: lines of one order and of the next share what a batch has left."""
    bakery = shop.bakery
    batch = bakery.bake(shop.bread, "10")["code"]
    lines = [{"productId": shop.bread, "quantity": quantity} for quantity in ("4", "4", "4")]
    order = bakery.owner.does("CreateOrder", lines=lines)["order"]

    assert linked(bakery.move(order, "COMPLETED")) == [{batch: "4"}, {batch: "4"}, {batch: "2"}]
    assert linked(bakery.move(bakery.order({shop.bread: "1"}), "READY")) == [{}]


def test_cancelling_frees_what_the_order_held(shop: Shop) -> None:
    """R-7.3: for the next order to have."""
    bakery = shop.bakery
    batch = bakery.bake(shop.bread, "10")["code"]
    order = bakery.order({shop.bread: "10"})
    bakery.move(order, "READY")

    cancelled = bakery.move(order, "CANCELLED")

    assert (linked(cancelled), cancelled["lines"][0]["linkedQuantity"]) == ([{}], "0")
    assert bakery.owner.ask("ProductionBatchDetail", code=batch)["quantityAllocated"] == "0"
    assert linked(bakery.move(bakery.order({shop.bread: "7"}), "READY")) == [{batch: "7"}]


# ── intermediates that are sold as they are ───────────────────────────────────────────────────────────────────────────
@dataclass(frozen=True)
class DoughShop:
    """A bakery that bakes rolls of its dough, and sells the dough as well."""

    bakery: Bakery
    dough: str
    product: str
    rolls: str


@pytest.fixture
def dough_shop(bakery: Bakery) -> DoughShop:
    bakery.tracks_lots()
    dough = bakery.ingredient("Dough")
    flour = bakery.ingredient("Flour", openingStock="1000")
    product = bakery.product("Dough", {flour: "1"}, makesIngredientId=dough)
    return DoughShop(bakery, dough, product, bakery.product("Rolls", {dough: "0.1"}))


def test_selling_an_intermediate_takes_it_from_lot_and_stock(dough_shop: DoughShop) -> None:
    """R-4.4, R-2.4: by a `SALE`, counted as consumed; cancelling gives it back by a `REVERSAL`."""
    bakery, dough = dough_shop.bakery, dough_shop.dough
    lot = bakery.bake(dough_shop.product, "10")["outputLot"]["code"]
    order = bakery.order({dough_shop.product: "4"})

    bakery.move(order, "READY")
    assert bakery.stock(dough) == ("6", "6", "0")
    assert ledger(bakery, dough)[0] == ("SALE", "-4", lot)
    assert bakery.owner.ask("LotDetail", code=lot)["balance"] == {
        "received": "10",
        "adjusted": "0",
        "consumed": "4",
        "writtenOff": "0",
        "remaining": "6",
        "closes": True,
    }

    bakery.move(order, "CANCELLED")
    assert bakery.stock(dough) == ("10", "10", "0")
    assert ledger(bakery, dough)[0] == ("REVERSAL", "4", lot)
    assert bakery.owner.ask("LotDetail", code=lot)["balance"]["consumed"] == "0"


@pytest.mark.parametrize("how", ["used", "written off", "counted away"])
def test_batch_and_lot_share_one_remainder(dough_shop: DoughShop, how: str) -> None:
    """R-4.4: what was taken from the lot cannot be sold from the batch."""
    bakery = dough_shop.bakery
    batch = bakery.bake(dough_shop.product, "10")
    match how:
        case "used":
            bakery.bake(dough_shop.rolls, "70")
        case "written off":
            bakery.owner.does("WriteOffLot", lotId=batch["outputLot"]["id"], quantity="7", reason="OTHER")
        case _:
            bakery.owner.does("AdjustStock", ingredientId=dough_shop.dough, countedQuantity="3")

    order = bakery.move(bakery.order({dough_shop.product: "5"}), "READY")

    assert linked(order) == [{batch["code"]: "3"}]
    assert bakery.stock(dough_shop.dough) == ("0", "0", "0")


def test_what_was_made_untracked_is_sold_from_untracked_stock(dough_shop: DoughShop) -> None:
    """R-4.4, R-2.5: a batch without a lot gives no more than untracked stock holds, and takes it back."""
    bakery = dough_shop.bakery
    bakery.tracks_lots(False)
    batch = bakery.bake(dough_shop.product, "10")["code"]
    bakery.bake(dough_shop.rolls, "70")
    bakery.tracks_lots()
    order = bakery.order({dough_shop.product: "5"})

    assert linked(bakery.move(order, "READY")) == [{batch: "3"}]
    assert bakery.stock(dough_shop.dough) == ("0", "0", "0")
    bakery.move(order, "CANCELLED")
    assert bakery.stock(dough_shop.dough) == ("3", "0", "3")


def test_staff_see_who_ordered_and_nothing_more(shop: Shop) -> None:
    """R-1.5: the customer's name only, and orders with their links."""
    bakery = shop.bakery
    bakery.bake(shop.bread, "1")
    cafe = bakery.customer("Café Nord", email="nord@example.com", phone="555")
    bakery.move(bakery.order({shop.bread: "1"}, number="N-1", customerId=cafe), "READY")

    answer = bakery.caller(Role.STAFF).answer("OrderTrace", number="N-1")

    assert answer.root["customer"] == {"name": "Café Nord"}
    assert (answer.root["trace"], answer.codes) == (None, ["FORBIDDEN"])


def test_a_link_made_later_uses_todays_clock(shop: Shop, api: InProcessApi) -> None:
    """R-7.1: `on` defaults to the bakery's today, so bread of three days ago is too old."""
    order: Any = shop.bakery.order({shop.bread: "1"})
    shop.bakery.bake(shop.bread, "1")
    api.days_pass(3)
    assert linked(shop.bakery.move(order, "READY")) == [{}]
