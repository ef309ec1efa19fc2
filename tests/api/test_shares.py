"""What lots contributed to orders, by the documents that ship (R-7.6); the arithmetic is in tests/bakery."""

from collections.abc import Iterator
from contextlib import contextmanager
from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy import Engine, event

from bakery.store import BakeryId, Store
from graphql_api.administration import Administration
from graphql_api.refs import parse_global_id
from tests.api.bakeries import Bakery
from tests.api.reading import codes, edges


def contributions(bakery: Bakery, order: Any) -> list[tuple[str, str, str]]:
    """Lot, quantity and unit of what went into an order."""
    trace = bakery.owner.ask("OrderContributions", number=order["number"])["trace"]
    return [(item["lot"]["code"], item["quantity"], item["unit"]) for item in trace["contributions"]]


def shares(bakery: Bakery, lot: Any) -> tuple[dict[str, str], Any]:
    """What of the lot is in each order, and where all of it is."""
    trace = bakery.owner.ask("LotShares", code=lot["code"])["trace"]
    assert {item["lot"]["code"] for item in trace["contributions"]} <= {lot["code"]}
    sums = trace["shares"]
    parts = (Decimal(sums[name]) for name in ("inOrders", "inLots", "wasted", "rest"))
    assert Decimal(sums["used"]) == sum(parts)
    return {item["order"]["number"]: item["quantity"] for item in trace["contributions"]}, sums


def test_a_share_follows_a_levain_over_days(bakery: Bakery) -> None:
    """R-7.6, R-7.4, R-4.4: the levain feeds the next day's, and bread has flour by itself and within it."""
    bakery.tracks_lots()
    flour, levain = bakery.ingredient("Flour", "g"), bakery.ingredient("Levain", "g")
    sack, mother = bakery.restock(flour, "10000"), bakery.restock(levain, "100")
    starter = bakery.product("Starter", {flour: "900", levain: "100"}, yieldQuantity="1000", makesIngredientId=levain)
    bread = bakery.product("Bread", {flour: "500", levain: "100"})
    first = bakery.bake(starter, "1000", producedOn="2026-03-02")  # 900 g of the sack
    second = bakery.bake(starter, "1000")  # 900 g of the sack, and 100 of the first with 90
    bakery.bake(bread, "9")  # 4500 g of the sack, and all that the first has left, 900 with 810
    order = bakery.order({bread: "2"}, number="N-1")
    bakery.move(order, "COMPLETED")

    in_orders, sums = shares(bakery, sack)
    assert in_orders == {"N-1": "1180"}  # two ninths of 4500 + 810
    assert sums == {
        "unit": "g",
        "used": "6300",
        "inOrders": "1180",
        "inLots": "990",
        "wasted": "0",
        "rest": "4130",
    }
    assert shares(bakery, mother)[0] == {"N-1": "20"}
    assert contributions(bakery, order) == [
        (sack["code"], "1180", "g"),
        (mother["code"], "20", "g"),
        (first["outputLot"]["code"], "200", "g"),
    ]
    assert second["outputLot"]["code"] not in codes(bakery.owner.ask("OrderTrace", number="N-1")["trace"]["lots"])


def test_shares_of_orders_waste_and_rest_sum_to_what_was_used(bakery: Bakery) -> None:
    """R-7.6, R-2.2: splitting never loses the last digit."""
    bakery.tracks_lots()
    flour = bakery.ingredient("Flour")
    lot = bakery.restock(flour, "10")
    bread = bakery.product("Bread", {flour: "1"}, yieldQuantity="0.7")
    batch = bakery.bake(bread, "7")
    for number in range(3):
        bakery.move(bakery.order({bread: "1"}, number=f"N-{number}"), "READY")
    bakery.owner.does("WriteOffBatch", batchId=batch["id"], quantity="1", reason="OTHER")

    in_orders, sums = shares(bakery, lot)
    # A seventh of 10 kg is 1.42857142…: what is lost by cutting goes to those that lost most.
    assert sorted(in_orders.values()) == ["1.428571", "1.428572", "1.428572"]
    assert (sums["used"], sums["wasted"], sums["rest"]) == ("10", "1.428571", "4.285714")


def test_what_was_sold_as_it_is_went_into_the_order(bakery: Bakery) -> None:
    """R-7.6, R-7.4, R-4.4: the lot of dough is in the order's trace as the order is in the lot's."""
    bakery.tracks_lots()
    flour = bakery.ingredient("Flour")
    sack = bakery.restock(flour, "10")
    dough = bakery.product("Dough", {flour: "0.6"}, makesIngredientId=bakery.ingredient("Dough"))
    batch = bakery.bake(dough, "5")
    order = bakery.order({dough: "2"}, number="D-1")
    bakery.move(order, "READY")

    lot = batch["outputLot"]
    assert contributions(bakery, order) == [(sack["code"], "1.2", "kg"), (lot["code"], "2", "kg")]
    assert shares(bakery, lot)[0] == {"D-1": "2"}
    assert shares(bakery, sack) == (
        {"D-1": "1.2"},
        {"unit": "kg", "used": "3", "inOrders": "1.2", "inLots": "1.8", "wasted": "0", "rest": "0"},
    )
    assert edges(bakery.owner.ask("OrderTrace", number="D-1")["trace"]) == {
        (sack["code"], batch["code"], "3", "kg"),
        (batch["code"], lot["code"], "5", "kg"),
        (batch["code"], order["id"], "2", "kg"),
    }


def test_a_batchs_trace_has_no_shares(bakery: Bakery) -> None:
    """R-7.6: they are asked of a lot or of an order."""
    batch = bakery.bake(bakery.product("Bread", {bakery.ingredient("Flour", openingStock="1"): "1"}), "1")
    answer = bakery.owner.send(
        "query ($code: String!) "
        "{ productionBatch(code: $code) { trace { contributions { quantity } shares { used } } } }",
        {"code": batch["code"]},
    )
    assert answer.root["trace"] == {"contributions": None, "shares": None}


# ── how it is read ────────────────────────────────────────────────────────────────────────────────────────────────────
@contextmanager
def statements() -> Iterator[list[str]]:
    """The statements that any database runs meanwhile."""
    ran: list[str] = []

    def note(_connection: Any, _cursor: Any, statement: str, *_: Any) -> None:
        ran.append(statement)

    event.listen(Engine, "before_cursor_execute", note)
    yield ran
    event.remove(Engine, "before_cursor_execute", note)


def levels(bakery: Bakery, count: int) -> tuple[Any, Any, Any]:
    """A lot, the last batch and the order of a chain of intermediates, in which each feeds the next."""
    bakery.tracks_lots()
    used = bakery.ingredient("Level 0")
    lot = bakery.restock(used, "1")
    for level in range(1, count):
        makes = bakery.ingredient(f"Level {level}")
        bakery.bake(bakery.product(f"Level {level}", {used: "1"}, makesIngredientId=makes), "1")
        used = makes
    bread = bakery.product("Bread", {used: "1"})
    batch = bakery.bake(bread, "1")
    order = bakery.order({bread: "1"})
    bakery.move(order, "READY")
    return lot, batch, order


@pytest.mark.parametrize("depth", [1, 6])
def test_a_trace_takes_eight_statements_at_most(bakery: Bakery, depth: int) -> None:
    """R-7.5: however deep it is, shares and all: they are computed from what the trace has."""
    lot, batch, order = levels(bakery, depth)

    async def count(administration: Administration) -> list[int]:
        session = await administration.database.begin_reading(BakeryId(bakery.id))
        counts = []
        traces = Store(session).traces
        for read, record in ((traces.of_lot, lot), (traces.of_batch, batch), (traces.of_order, order)):
            ref = parse_global_id(record["id"])
            assert ref
            with statements() as ran:
                found = await read(ref.id)
            assert len(found.batches) == depth
            counts.append(len(ran))
        await session.close()
        return counts

    assert max(bakery.api.administer(count)) <= 8
    with statements() as ran:
        bakery.owner.ask("LotTrace", code=lot["code"])
    with statements() as with_shares:
        bakery.owner.ask("LotShares", code=lot["code"])
    assert len(with_shares) <= len(ran)


def test_a_cut_trace_says_so(bakery: Bakery, monkeypatch: pytest.MonkeyPatch) -> None:
    """R-7.5, R-7.6: never proven; what lies behind the cut is in the rest, and an order is not said to have all."""
    lot, batch, order = levels(bakery, 4)
    assert shares(bakery, lot)[0] == {order["number"]: "1"}
    monkeypatch.setattr("bakery.store.traces.LINK_LIMIT", 3)

    trace = bakery.owner.ask("LotTrace", code=lot["code"])["trace"]
    assert (trace["truncated"], trace["verdict"], len(trace["batches"])) == (True, "POSSIBLE", 3)
    in_orders, sums = shares(bakery, lot)
    assert (in_orders, sums["used"], sums["rest"]) == ({}, "1", "1")
    for asked in (
        bakery.owner.ask("OrderTrace", number=order["number"]),
        bakery.owner.ask("ProductionBatchDetail", code=batch["code"]),
    ):
        assert asked["trace"]["truncated"] is True
