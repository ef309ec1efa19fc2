"""The inventory dashboard and the waste report, by their shipped documents (R-6.2, R-6.3)."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from plans import Plan
from tests.api.bakeries import Bakery
from tests.api.in_process import InProcessApi

TODAY = date(2026, 3, 2)


def in_days(days: int) -> str:
    return str(TODAY + timedelta(days=days))


def dashboard(bakery: Bakery) -> Any:
    return bakery.owner.ask("InventoryDashboardDetail")


def wasted(bakery: Bakery, lot: Any, quantity: str | None = None, reason: str = "DAMAGED") -> None:
    bakery.owner.does("WriteOffLot", lotId=lot["id"], quantity=quantity, reason=reason)


def reported(bakery: Bakery, *by: str, days: tuple[str, str] = ("2026-03-01", "2026-03-31")) -> Any:
    return bakery.owner.ask("WasteReport", **{"from": days[0], "to": days[1]}, groupBy=list(by))


def gist(group: Any) -> tuple[Any, ...]:
    """What a group is of, and what it sums."""
    common = (group["reason"], *((group[name] or {}).get("name") for name in ("ingredient", "product", "supplier")))
    amounts = [
        " ".join(f"{amount['quantity']} {amount['unit']}" for amount in group[name])
        for name in ("quantities", "withoutCost")
    ]
    return tuple(part for part in common if part), amounts[0], group["cost"], amounts[1]


# ── the dashboard ─────────────────────────────────────────────────────────────────────────────────────────────────────
def test_the_dashboard_counts_and_values_what_is_about_to_be_lost(bakery: Bakery) -> None:
    """R-6.2: expiring and expired with stock left; a lot without cost is counted, and told, but adds no value."""
    bakery.tracks_lots(expiryWarningDays=3)
    milk, eggs = bakery.ingredient("Milk", "l"), bakery.ingredient("Eggs", "each")

    def lot(ingredient: str, quantity: str, days: int | None, cost: str | None) -> Any:
        expires = None if days is None else in_days(days)
        return bakery.restock(ingredient, quantity, receivedOn="2026-01-01", expiresOn=expires, unitCost=cost)

    today, at_the_end = lot(milk, "3", 0, "0.335"), lot(eggs, "7", 3, None)
    old, older = lot(milk, "2.5", -1, "1.1"), lot(milk, "1", -30, "1.1")
    for days in (4, None):
        lot(milk, "100", days, "9")
    wasted(bakery, lot(milk, "5", 1, "9"))
    bakery.owner.does("HoldLot", lotId=old["id"], reason="Sour")

    told = dashboard(bakery)

    assert bakery.owner.ask("InventoryDashboard") == {
        "expiringCount": 2,
        "expiredCount": 2,
        "expiringValue": "1",  # 3 × 0.335 = 1.005, half-even
        "expiredValue": "3.85",
        "lowStock": [],
    }
    assert (told["currency"], told["expiringWithoutCost"], told["expiredWithoutCost"]) == ("GBP", 1, 0)
    for name, lots in (("expiringLots", (today, at_the_end)), ("expiredLots", (older, old))):
        assert told[name]["totalCount"] == len(lots)
        assert [edge["node"]["code"] for edge in told[name]["edges"]] == [each["code"] for each in lots]


@pytest.mark.parametrize(("currency", "value"), [("JPY", "2"), ("GBP", "1.54"), ("KWD", "1.543")])
def test_a_value_is_rounded_to_the_currency(api: InProcessApi, currency: str, value: str) -> None:
    """R-2.2: at the end; a yen has no decimals, a Kuwaiti dinar three."""
    bakery = Bakery.opened(api, currency=currency)
    bakery.tracks_lots()
    milk = bakery.ingredient("Milk", "l")
    lots = [bakery.restock(milk, "1", unitCost="0.5143", expiresOn=in_days(0)) for _ in range(3)]
    assert bakery.owner.ask("InventoryDashboard")["expiringValue"] == value
    for lot in lots:
        wasted(bakery, lot)
    assert (reported(bakery)["total"]["cost"], reported(bakery)["currency"]) == (value, currency)


def test_what_runs_low(bakery: Bakery) -> None:
    """R-6.2: on hand at or below the reorder point, lots and untracked stock together, below zero too;
    nothing without a point, nothing that is archived."""
    bakery.tracks_lots()
    at, above = bakery.ingredient("At", reorderPoint="5"), bakery.ingredient("Above", reorderPoint="5")
    below = bakery.ingredient("Below", "g", reorderPoint="5.5", openingStock="5.499999")
    none_left, no_point = bakery.ingredient("None left", reorderPoint="0"), bakery.ingredient("No point")
    for ingredient, quantity in ((at, "5"), (above, "5.000001"), (none_left, "1"), (no_point, "1")):
        bakery.restock(ingredient, quantity)
    bread = bakery.product("Bread", {none_left: "2", no_point: "2"})
    bakery.bake(bread, "1", allowShortfall=True)

    archived = bakery.ingredient("Archived", reorderPoint="5")
    bakery.owner.does("Archive", id=archived)

    assert dashboard(bakery)["lowStock"] == [
        {"id": at, "name": "At", "onHand": "5", "reorderPoint": "5", "unit": "kg"},
        {"id": below, "name": "Below", "onHand": "5.499999", "reorderPoint": "5.5", "unit": "g"},
        {"id": none_left, "name": "None left", "onHand": "-1", "reorderPoint": "0", "unit": "kg"},
    ]


def test_the_dashboard_of_a_bakery_that_has_nothing(bakery: Bakery) -> None:
    """R-6.2, R-1.6: on every plan, with the switch off."""
    bakery.set_plan(Plan.ESSENTIALS)
    told = bakery.owner.ask("InventoryDashboard")
    assert told == {"expiringCount": 0, "expiredCount": 0, "expiringValue": "0", "expiredValue": "0", "lowStock": []}
    assert bakery.staff.answer("InventoryDashboard").codes == ["FORBIDDEN"]


# ── the waste report ──────────────────────────────────────────────────────────────────────────────────────────────────
def test_waste_by_reason_ingredient_and_supplier(bakery: Bakery) -> None:
    """R-6.3: quantity and cost of each; what was made here has no supplier, and what has no cost is told."""
    bakery.tracks_lots()
    mill, dairy = bakery.supplier("Mill"), bakery.supplier("Dairy")
    flour, milk, dough = bakery.ingredient("Flour"), bakery.ingredient("Milk", "l"), bakery.ingredient("Dough")
    flour_lot = bakery.restock(flour, "10", unitCost="0.8", supplierId=mill)
    milk_lot = bakery.restock(milk, "10", supplierId=dairy)
    makes_dough = bakery.product("Dough", {flour: "1"}, makesIngredientId=dough)
    dough_lot = bakery.bake(makes_dough, "2")["outputLot"]
    wasted(bakery, flour_lot, "2.5")
    wasted(bakery, flour_lot, "1", "EXPIRED")
    wasted(bakery, milk_lot, None, "EXPIRED")
    wasted(bakery, dough_lot, "0.5", "CONTAMINATED")
    bakery.owner.does("AdjustStock", ingredientId=flour, countedQuantity="1")  # a correction is no waste

    told = reported(bakery)
    assert (told["firstDay"], told["lastDay"], told["groups"]) == ("2026-03-01", "2026-03-31", [])
    assert gist(told["total"]) == ((), "4 kg 10 l", "3.2", "10 l")
    assert [gist(group) for group in reported(bakery, "REASON")["groups"]] == [
        (("DAMAGED",), "2.5 kg", "2", ""),
        (("EXPIRED",), "1 kg 10 l", "0.8", "10 l"),
        (("CONTAMINATED",), "0.5 kg", "0.4", ""),
    ]
    assert [gist(group) for group in reported(bakery, "INGREDIENT")["groups"]] == [
        (("Flour",), "3.5 kg", "2.8", ""),
        (("Dough",), "0.5 kg", "0.4", ""),
        (("Milk",), "10 l", "0", "10 l"),
    ]
    assert [gist(group) for group in reported(bakery, "SUPPLIER")["groups"]] == [
        (("Mill",), "3.5 kg", "2.8", ""),
        ((), "0.5 kg", "0.4", ""),
        (("Dairy",), "10 l", "0", "10 l"),
    ]
    assert [gist(group) for group in reported(bakery, "SUPPLIER", "REASON", "INGREDIENT")["groups"]] == [
        (("DAMAGED", "Flour", "Mill"), "2.5 kg", "2", ""),
        (("EXPIRED", "Flour", "Mill"), "1 kg", "0.8", ""),
        (("CONTAMINATED", "Dough"), "0.5 kg", "0.4", ""),
        (("EXPIRED", "Milk", "Dairy"), "10 l", "0", "10 l"),
    ]


def test_unsold_bread_is_waste_at_what_went_in(bakery: Bakery) -> None:
    """R-6.3, R-6.4: finished products by piece, beside ingredients; unknown where the cost of any input is."""
    bakery.tracks_lots()
    flour, water = bakery.ingredient("Flour"), bakery.ingredient("Water", "l", openingStock="9")
    lot = bakery.restock(flour, "10", unitCost="0.8")
    bread, soup = bakery.product("Bread", {flour: "0.5"}), bakery.product("Soup", {flour: "0.1", water: "1"})
    dough = bakery.product("Dough", {flour: "1"}, makesIngredientId=bakery.ingredient("Dough"))
    for product, quantity, wasted_quantity in (
        (bread, "10", "3"),
        (bread, "2", "1"),
        (soup, "1", "1"),
        (dough, "2", "1"),
    ):
        batch = bakery.bake(product, quantity)
        bakery.owner.does("WriteOffBatch", batchId=batch["id"], quantity=wasted_quantity, reason="EXPIRED")
    wasted(bakery, lot, "0.5")
    bakery.owner.does("EditLotExpiry", lotId=lot["id"], expiresOn=in_days(9), reason="A label")

    assert gist(reported(bakery)["total"]) == ((), "1.5 kg 5 each", "2.8", "1 each")
    assert [gist(group) for group in reported(bakery, "INGREDIENT", "REASON")["groups"]] == [
        (("EXPIRED", "Bread"), "4 each", "1.6", ""),
        (("EXPIRED", "Dough"), "1 kg", "0.8", ""),
        (("DAMAGED", "Flour"), "0.5 kg", "0.4", ""),
        (("EXPIRED", "Soup"), "1 each", "0", "1 each"),
    ]


@pytest.mark.parametrize(
    ("time_zone", "midnight"),
    [
        ("Pacific/Kiritimati", datetime(2026, 3, 2, 10, tzinfo=UTC)),
        ("America/Los_Angeles", datetime(2026, 3, 3, 8, tzinfo=UTC)),
    ],
)
def test_waste_by_the_bakerys_own_days(api: InProcessApi, time_zone: str, midnight: datetime) -> None:
    """R-5.6, R-6.3: a moment before local midnight is yesterday's waste; a report ends with its last local day."""
    bakery = Bakery.opened(api, time_zone=time_zone)
    bakery.tracks_lots()
    lot = bakery.restock(bakery.ingredient("Flour"), "10", unitCost="1", receivedOn="2026-01-01")
    for moment, quantity in ((-timedelta(microseconds=1), "1"), (timedelta(), "2"), (timedelta(hours=24), "4")):
        api.now = midnight + moment
        wasted(bakery, lot, quantity)

    def told(*by: str, first: str = "2026-03-02", last: str = "2026-03-03") -> list[tuple[str, str, str]]:
        groups = reported(bakery, *by, days=(first, last))["groups"]
        return [(group["firstDay"], group["lastDay"], group["cost"]) for group in groups]

    assert told("DAY") == [("2026-03-02", "2026-03-02", "1"), ("2026-03-03", "2026-03-03", "2")]
    assert told("WEEK") == [("2026-03-02", "2026-03-03", "3")]
    assert told("DAY", last="2026-03-02") == [("2026-03-02", "2026-03-02", "1")]
    assert told("MONTH", first="2026-02-01", last="2026-12-31") == [("2026-03-01", "2026-03-31", "7")]
    assert told("DAY", first="2026-02-01", last="2026-03-01") == []


@pytest.mark.parametrize(
    ("variables", "path", "word"),
    [
        ({"from": "2026-03-02", "to": "2026-03-01"}, "to", "is before"),
        ({"from": "2025-03-02", "to": "2026-03-03"}, "to", "At most 366 days"),
        ({"from": "0001-01-01", "to": "0001-01-02"}, "from", "1970-01-01"),
        ({"from": "9999-12-30", "to": "9999-12-31"}, "to", "2999-12-31"),
        ({"from": "2026-03-01", "to": "2026-03-01", "groupBy": ["DAY", "MONTH"]}, "groupBy", "at most one of DAY"),
        ({"from": "2026-03-01", "to": "2026-03-01", "groupBy": ["REASON", "REASON"]}, "groupBy", "each grouping once"),
    ],
)
def test_a_report_that_cannot_be_is_refused(bakery: Bakery, variables: Any, path: str, word: str) -> None:
    """R-6.3: with the argument, and what is right."""
    answer = bakery.owner.answer("WasteReport", **variables)
    assert (answer.codes, answer.root) == (["BAD_USER_INPUT"], None)
    assert f"`{path}`" in answer.errors[0]["message"]
    assert word in answer.errors[0]["message"]


def test_waste_is_each_bakerys_own(bakery: Bakery) -> None:
    """R-1.1"""
    stranger = Bakery.opened(bakery.api)
    stranger.tracks_lots()
    wasted(stranger, stranger.restock(stranger.ingredient("Flour"), "10", unitCost="1", expiresOn=in_days(1)), "4")
    assert gist(reported(bakery)["total"]) == ((), "", "0", "")
    assert bakery.owner.ask("InventoryDashboard")["expiringCount"] == 0
    assert stranger.owner.ask("InventoryDashboard")["expiringValue"] == "6"
