"""Runs over several levels and days, and with lot tracking switched off and on between them (R-5, R-3.5)."""

from typing import Any

import pytest

from tests.api.bakeries import Bakery
from tests.api.in_process import InProcessApi
from tests.api.reading import balance, codes, edges, gaps, linked, picked, skipped, used


def preview(bakery: Bakery, product: str, quantity: str, **details: Any) -> list[Any]:
    found: list[Any] = bakery.owner.ask(
        "PreviewProduction", input={"productId": product, "quantity": quantity, **details}
    )["ingredients"]
    return found


@pytest.mark.parametrize("order", ["EXPIRY_DATE", "RECEIVED_DATE"])
def test_a_levain_feeds_the_next_days(bakery: Bakery, api: InProcessApi, order: str) -> None:
    """R-4.4, R-5.2, R-5.3, R-5.6, R-7.4: a recipe that uses the very ingredient it makes; the oldest goes first by
    either order, until the day after its last; the trace reaches through all generations."""
    bakery.tracks_lots(consumptionOrder=order)
    flour, levain = bakery.ingredient("Flour"), bakery.ingredient("Levain")
    sack, mother = bakery.restock(flour, "100"), bakery.restock(levain, "0.1", expiresOn="2026-03-03")
    starter = bakery.product(
        "Starter", {flour: "0.9", levain: "0.1"}, makesIngredientId=levain, shelfLifeDays=2, inheritExpiry=False
    )
    bread = bakery.product("Bread", {flour: "0.5", levain: "0.2"})
    made = []
    for _ in range(4):
        made.append(bakery.bake(starter, "1"))
        api.days_pass(1)
    first, second, third, fourth = (batch["outputLot"]["code"] for batch in made)

    assert [used(batch)[1] for batch in made] == [
        ("Levain", "0.1", mother["code"]),
        ("Levain", "0.1", first),
        ("Levain", "0.1", first),
        ("Levain", "0.1", second),  # the first's last day was the 4th
    ]
    [_, need] = preview(bakery, bread, "10")  # the 6th
    assert (picked(need), skipped(need)) == (
        [(third, "1"), (fourth, "1")],
        [(first, "EXPIRED"), (second, "EXPIRED")],
    )
    batch = bakery.bake(bread, "10")
    assert used(batch) == [("Flour", "5", sack["code"]), ("Levain", "1", third), ("Levain", "1", fourth)]
    sold = bakery.order({bread: "10"})
    bakery.move(sold, "COMPLETED")
    trace = bakery.owner.ask("OrderTrace", number=sold["number"])["trace"]
    assert codes(trace["lots"]) == [sack["code"], mother["code"], first, second, third, fourth]
    assert (trace["verdict"], len(trace["edges"])) == ("PROVEN", 4 + 4 + 4 + 3 + 1)


def test_a_backdated_chain_is_judged_day_by_day(bakery: Bakery) -> None:
    """R-5.7, R-4.4, R-5.3: dough of the day before is there for the bread of that day, and not for the day before."""
    bakery.tracks_lots()
    flour, dough = bakery.ingredient("Flour"), bakery.ingredient("Dough")
    bakery.restock(flour, "9", receivedOn="2026-02-20")
    product = bakery.product("Dough", {flour: "1"}, makesIngredientId=dough, shelfLifeDays=1)
    bread = bakery.product("Bread", {dough: "1"})
    lot = bakery.bake(product, "4", producedOn="2026-02-25")["outputLot"]["code"]

    for day, reason in (("2026-02-24", "NOT_YET_RECEIVED"), ("2026-02-27", "EXPIRED")):
        [need] = preview(bakery, bread, "1", producedOn=day)
        assert skipped(need) == [(lot, reason)]
    for day in ("2026-02-25", "2026-02-26"):
        assert used(bakery.bake(bread, "1", producedOn=day)) == [("Dough", "1", lot)]


def test_off_and_on_again_goes_on_from_there(bakery: Bakery) -> None:
    """R-3.5, R-3.2, R-3.3, R-2.5, R-5.2: lots keep their history, what was used meanwhile was taken out of them first
    where untracked stock did not suffice, and runs use what is left of them."""
    bakery.tracks_lots()
    flour, dough = bakery.ingredient("Flour"), bakery.ingredient("Dough")
    product = bakery.product("Dough", {flour: "1"}, makesIngredientId=dough)
    rolls = bakery.product("Rolls", {dough: "1"})
    sack = bakery.restock(flour, "10")
    before = bakery.bake(product, "3")

    bakery.tracks_lots(False)
    bakery.restock(flour, "1")
    meanwhile = bakery.bake(product, "2")  # 1 untracked, 1 out of the sack
    assert (used(meanwhile), meanwhile["outputLot"]) == ([("Flour", "2", "UNTRACKED")], None)
    assert used(bakery.bake(rolls, "1")) == [("Dough", "1", "UNTRACKED")]
    assert (bakery.stock(flour), bakery.stock(dough)) == (("6", "6", "0"), ("4", "3", "1"))

    bakery.tracks_lots()
    lot = before["outputLot"]["code"]
    assert balance(bakery, sack["code"]) == balance(bakery, sack["code"]) | {"adjusted": "-1", "consumed": "3"}
    assert used(bakery.bake(rolls, "4")) == [("Dough", "3", lot), ("Dough", "1", "UNTRACKED")]
    assert used(bakery.bake(product, "6"))[0] == ("Flour", "6", sack["code"])
    trace = bakery.owner.ask("LotTrace", code=sack["code"])["trace"]
    assert [gap for gap in gaps(trace) if gap[0] != "UNALLOCATED"] == [
        ("UNTRACKED", "1", "kg"),
        ("ADJUSTED", "1", "kg"),
    ]
    assert (sack["code"], before["code"], "3", "kg") in edges(trace)


def test_a_shortfall_at_one_level_is_told_at_every_level_above(bakery: Bakery) -> None:
    """R-5.5, R-7.5: the dough is short of flour; the order of bread says so."""
    bakery.tracks_lots()
    flour, dough = bakery.ingredient("Flour"), bakery.ingredient("Dough")
    bakery.restock(flour, "1")
    bakery.bake(bakery.product("Dough", {flour: "1"}, makesIngredientId=dough), "3", allowShortfall=True)
    bread = bakery.product("Bread", {dough: "1"})
    bakery.bake(bread, "3")
    order = bakery.order({bread: "3"})
    bakery.move(order, "READY")

    trace = bakery.owner.ask("OrderTrace", number=order["number"])["trace"]
    assert (trace["verdict"], gaps(trace)) == ("POSSIBLE", [("UNACCOUNTED", "2", "kg")])


# ── orders of earlier days ────────────────────────────────────────────────────────────────────────────────────────────
def test_steps_of_earlier_days_link_as_of_them(bakery: Bakery) -> None:
    """R-7.1: from a draft straight to the end, days ago; what was made since is not what was sold."""
    bread = bakery.product("Bread", {bakery.ingredient("Flour", openingStock="99"): "1"}, shelfLifeDays=3)
    old, new = (bakery.bake(bread, "2", producedOn=day) for day in ("2026-02-25", "2026-02-28"))
    order = bakery.order({bread: "3"})

    assert linked(bakery.move(order, "READY", on="2026-02-26")) == [{old["code"]: "2"}]
    assert linked(bakery.move(order, "COMPLETED", on="2026-02-28")) == [{old["code"]: "2", new["code"]: "1"}]


def test_a_cancellation_of_an_earlier_day_gives_back_as_of_it(bakery: Bakery) -> None:
    """R-7.3, R-7.1, R-4.4: an intermediate is in stock again from that day on."""
    bakery.tracks_lots()
    dough = bakery.ingredient("Dough")
    product = bakery.product("Dough", {bakery.ingredient("Flour", openingStock="9"): "1"}, makesIngredientId=dough)
    bakery.bake(product, "4", producedOn="2026-02-20")
    order = bakery.order({product: "3"})
    bakery.move(order, "READY", on="2026-02-21")
    bakery.move(order, "CANCELLED", on="2026-02-22")

    edges_ = bakery.owner.ask("StockLedger", id=dough)["movements"]["edges"]
    assert [(edge["node"]["kind"], edge["node"]["happenedAt"][:10]) for edge in edges_] == [
        ("REVERSAL", "2026-02-22"),
        ("SALE", "2026-02-21"),
        ("OUTPUT", "2026-02-20"),
    ]
    assert bakery.stock(dough) == ("4", "4", "0")
