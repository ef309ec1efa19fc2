"""The bakery's own days: the clock is set by the test, the time zone by the bakery (R-5.6, R-4.5, R-6.1)."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from tests.api.bakeries import Bakery
from tests.api.in_process import InProcessApi
from tests.api.reading import linked

A_MOMENT = timedelta(microseconds=1)


def bakery_in(api: InProcessApi, time_zone: str) -> Bakery:
    opened = Bakery.opened(api, time_zone=time_zone)
    opened.tracks_lots()
    return opened


# Local midnight at the end of 20 June 2026, in UTC: the earliest and a late place of the world, and a half hour.
MIDNIGHTS = {
    "Pacific/Kiritimati": datetime(2026, 6, 20, 10, 0, tzinfo=UTC),  # UTC+14
    "Asia/Kolkata": datetime(2026, 6, 20, 18, 30, tzinfo=UTC),  # UTC+5:30
    "America/Los_Angeles": datetime(2026, 6, 21, 7, 0, tzinfo=UTC),  # UTC−7
    "Pacific/Pago_Pago": datetime(2026, 6, 21, 11, 0, tzinfo=UTC),  # UTC−11
}


@pytest.mark.parametrize(("time_zone", "midnight"), MIDNIGHTS.items())
def test_a_lot_is_good_until_the_end_of_its_last_local_day(
    api: InProcessApi, time_zone: str, midnight: datetime
) -> None:
    """R-5.6, R-6.1: used today, refused tomorrow; preview, confirmation, status and list agree at every moment."""
    api.now = midnight - A_MOMENT
    bakery = bakery_in(api, time_zone)
    milk = bakery.ingredient("Milk", "l")
    lot = bakery.restock(milk, "10", receivedOn="2026-06-01", expiresOn="2026-06-20")
    custard = bakery.product("Custard", {milk: "1"})
    run = {"productId": custard, "quantity": "1"}

    def standing() -> tuple[Any, ...]:
        [use] = bakery.owner.ask("PreviewProduction", input=run)["ingredients"]
        detail = bakery.owner.ask("LotDetail", code=lot["code"])
        [expiring] = bakery.owner.ask("ExpiringLots")["edges"]
        outcome = bakery.owner.tries("ConfirmProduction", **run)
        return (
            [skipped["reason"] for skipped in use["skipped"]],
            (detail["expiryStatus"], detail["daysUntilExpiry"]),
            expiring["node"]["expiryStatus"],
            outcome["__typename"],
        )

    assert standing() == ([], ("EXPIRING", 0), "EXPIRING", "ConfirmProductionSuccess")
    api.now = midnight
    assert standing() == (["EXPIRED"], ("EXPIRED", -1), "EXPIRED", "InsufficientStock")
    assert bakery.bake(custard, "1", producedOn="2026-06-20")["producedOn"] == "2026-06-20"
    assert bakery.stock(milk)[0] == "8"


# The end of a local day in UTC, by the day, around both changes of the clocks: on the Sunday itself, the night before
# and the one after. Written by hand from the rules of these places.
NIGHTS = [
    ("Pacific/Kiritimati", "2026-12-31", datetime(2026, 12, 31, 10, 0, tzinfo=UTC)),
    ("Europe/London", "2026-03-28", datetime(2026, 3, 29, 0, 0, tzinfo=UTC)),
    ("Europe/London", "2026-03-29", datetime(2026, 3, 29, 23, 0, tzinfo=UTC)),
    ("Europe/London", "2026-03-30", datetime(2026, 3, 30, 23, 0, tzinfo=UTC)),
    ("Europe/London", "2026-10-24", datetime(2026, 10, 24, 23, 0, tzinfo=UTC)),
    ("Europe/London", "2026-10-25", datetime(2026, 10, 26, 0, 0, tzinfo=UTC)),
    ("Europe/London", "2026-10-26", datetime(2026, 10, 27, 0, 0, tzinfo=UTC)),
    ("America/Los_Angeles", "2026-03-07", datetime(2026, 3, 8, 8, 0, tzinfo=UTC)),
    ("America/Los_Angeles", "2026-03-08", datetime(2026, 3, 9, 7, 0, tzinfo=UTC)),
    ("America/Los_Angeles", "2026-10-31", datetime(2026, 11, 1, 7, 0, tzinfo=UTC)),
    ("America/Los_Angeles", "2026-11-01", datetime(2026, 11, 2, 8, 0, tzinfo=UTC)),
]


@pytest.mark.parametrize(("time_zone", "day", "midnight"), NIGHTS)
def test_a_lot_expiring_today_is_used_today_and_refused_tomorrow(
    api: InProcessApi, time_zone: str, day: str, midnight: datetime
) -> None:
    """R-5.6, R-5.8, R-6.1 to R-6.3: by run, by choice, on the dashboard, as waste, and over every change of clocks."""
    bakery = bakery_in(api, time_zone)
    milk = bakery.ingredient("Milk", "l")
    custard = bakery.product("Custard", {milk: "1"})
    run = {"productId": custard, "quantity": "1"}
    api.now = midnight - timedelta(hours=12)
    lot = bakery.restock(milk, "20", receivedOn="2026-01-05", expiresOn=day, unitCost="1")
    by_hand = {**run, "lotChoices": [{"ingredientId": milk, "lotId": lot["id"], "quantity": "1"}]}

    def used() -> tuple[str, str]:
        return tuple(bakery.owner.tries("ConfirmProduction", **each)["__typename"] for each in (run, by_hand))

    def dashboard() -> tuple[int, int]:
        told = bakery.owner.ask("InventoryDashboard")
        return told["expiringCount"], told["expiredCount"]

    for hours in (11, 2, 1):
        api.now = midnight - timedelta(hours=hours)
        assert used() == ("ConfirmProductionSuccess",) * 2
    api.now = midnight - A_MOMENT
    assert (used(), dashboard()) == (("ConfirmProductionSuccess",) * 2, (1, 0))
    bakery.owner.does("WriteOffLot", lotId=lot["id"], quantity="1", reason="OTHER")
    api.now = midnight
    assert (used(), dashboard()) == (("InsufficientStock", "InvalidInput"), (0, 1))
    bakery.owner.does("WriteOffLot", lotId=lot["id"], quantity="2", reason="EXPIRED")
    bakery.bake(custard, "1", producedOn=day)

    waste = bakery.owner.ask(
        "WasteReport", **{"from": day, "to": str(date.fromisoformat(day) + timedelta(days=1))}, groupBy=["DAY"]
    )
    assert [(group["firstDay"] == day, group["cost"]) for group in waste["groups"]] == [(True, "1"), (False, "2")]
    assert bakery.stock(milk)[0] == "8"


@pytest.mark.parametrize(("time_zone", "midnight"), MIDNIGHTS.items())
def test_codes_are_dated_and_counted_by_the_local_day(api: InProcessApi, time_zone: str, midnight: datetime) -> None:
    """R-4.5: of the day on which they are recorded, from 001 each day, whenever the thing itself happened."""
    api.now = midnight - A_MOMENT
    bakery = bakery_in(api, time_zone)
    flour = bakery.ingredient("Flour")
    bread = bakery.product("Bread", {flour: "1"})

    def a_days_codes() -> list[str]:
        lots = [bakery.restock(flour, "1")["code"], bakery.restock(flour, "1", receivedOn="2026-01-01")["code"]]
        line = {"ingredientId": flour, "quantity": "1"}
        bought = bakery.owner.does("CreatePurchaseOrder", supplierId=bakery.supplier(), lines=[line])["purchaseOrder"]
        baked = bakery.bake(bread, "1", producedOn="2026-02-02")
        return [*lots, bought["code"], baked["code"], bakery.order({bread: "1"})["number"]]

    assert a_days_codes() == [
        "LOT-260620-001",
        "LOT-260620-002",
        "PO-260620-001",
        "PB-260620-001",
        "ORD-260620-001",
    ]
    api.now = midnight
    assert a_days_codes() == [
        "LOT-260621-001",
        "LOT-260621-002",
        "PO-260621-001",
        "PB-260621-001",
        "ORD-260621-001",
    ]


def test_codes_go_on_with_four_digits(bakery: Bakery) -> None:
    """R-4.5: after 999."""
    bakery.tracks_lots()
    flour = bakery.ingredient("Flour")
    line = {"ingredientId": flour, "quantity": "1"}
    order = bakery.owner.does("CreatePurchaseOrder", supplierId=bakery.supplier(), lines=[line] * 998)["purchaseOrder"]
    received = [{"lineId": line["id"], "quantity": "1"} for line in order["lines"]]
    bakery.owner.does("ReceivePurchaseOrder", purchaseOrderId=order["id"], lines=received)
    assert [bakery.restock(flour, "1")["code"] for _ in range(3)] == [
        "LOT-260302-999",
        "LOT-260302-1000",
        "LOT-260302-1001",
    ]


@pytest.mark.parametrize(
    ("time_zone", "now", "today", "tomorrow"),
    [
        ("Pacific/Kiritimati", datetime(2026, 6, 20, 10, 0, tzinfo=UTC), "2026-06-21", "2026-06-22"),
        ("America/Los_Angeles", datetime(2026, 6, 21, 6, 59, tzinfo=UTC), "2026-06-20", "2026-06-21"),
    ],
)
def test_the_future_begins_tomorrow_in_the_bakery(
    api: InProcessApi, time_zone: str, now: datetime, today: str, tomorrow: str
) -> None:
    """R-4.6, R-5.7, R-7.1: today is allowed and the default, tomorrow is refused, whatever day it is in London."""
    api.now = now
    bakery = bakery_in(api, time_zone)
    flour = bakery.ingredient("Flour")
    bread = bakery.product("Bread", {flour: "1"})
    order = bakery.order({bread: "1"})

    lot = bakery.restock(flour, "10")["code"]
    assert bakery.owner.ask("LotDetail", code=lot)["receivedOn"] == today
    assert bakery.bake(bread, "1")["producedOn"] == today
    bakery.restock(flour, "1", receivedOn=today)
    with bakery.nothing_changes():
        restock = {"ingredientId": flour, "quantity": "1", "receivedOn": tomorrow}
        run = {"productId": bread, "quantity": "1", "producedOn": tomorrow}
        step = {"orderId": order["id"], "status": "READY", "on": tomorrow}
        assert bakery.owner.is_refused("QuickRestock", **restock) == "InvalidInput"
        assert bakery.owner.is_refused("ConfirmProduction", **run) == "InvalidInput"
        assert bakery.owner.is_refused("SetOrderStatus", **step) == "InvalidInput"
    bakery.move(order, "READY", on=today)


@pytest.mark.parametrize(
    ("last_night", "next_night"),
    [
        (datetime(2026, 3, 28, 23, 59, 59, tzinfo=UTC), datetime(2026, 3, 29, 23, 0, tzinfo=UTC)),  # 23 hours
        (datetime(2026, 10, 24, 22, 59, 59, tzinfo=UTC), datetime(2026, 10, 26, 0, 0, tzinfo=UTC)),  # 25 hours
    ],
    ids=["spring", "autumn"],
)
def test_a_day_of_23_or_25_hours_is_one_day(api: InProcessApi, last_night: datetime, next_night: datetime) -> None:
    """R-5.6: daylight saving or not; here in London, where the clocks change on a Sunday."""
    api.now = last_night
    bakery = bakery_in(api, "Europe/London")
    milk = bakery.ingredient("Milk", "l")
    saturday = last_night.date() if last_night.month == 3 else (last_night + timedelta(hours=1)).date()
    sunday = saturday + timedelta(days=1)
    lot = bakery.restock(milk, "9", expiresOn=str(sunday))["code"]

    def days_left() -> int:
        left: int = bakery.owner.ask("LotDetail", code=lot)["daysUntilExpiry"]
        return left

    assert days_left() == 1
    api.now = last_night + timedelta(seconds=1)
    assert days_left() == 0
    api.now = next_night - A_MOMENT
    assert days_left() == 0
    api.now = next_night
    assert days_left() == -1


@pytest.mark.parametrize(
    ("time_zone", "happened_at"),
    [
        ("Europe/London", "2026-06-19T23:00:00+00:00"),
        ("Pacific/Kiritimati", "2026-06-19T10:00:00+00:00"),
        ("America/Sao_Paulo", "2026-06-20T03:00:00+00:00"),
    ],
)
def test_what_is_backdated_happened_in_that_local_day(api: InProcessApi, time_zone: str, happened_at: str) -> None:
    """R-2.1, R-5.7: the ledger keeps when it happened apart from when it was recorded."""
    api.now = datetime(2026, 6, 25, 12, 0, tzinfo=UTC)
    bakery = bakery_in(api, time_zone)
    flour = bakery.ingredient("Flour")
    bakery.restock(flour, "1", receivedOn="2026-06-20")
    [movement] = bakery.owner.ask("StockLedger", id=flour)["movements"]["edges"]
    assert (movement["node"]["happenedAt"], movement["node"]["recordedAt"]) == (
        happened_at,
        "2026-06-25T12:00:00+00:00",
    )


def test_bread_grows_too_old_at_local_midnight(api: InProcessApi) -> None:
    """R-7.1, R-5.6: shelf life counts local days as well."""
    midnight = MIDNIGHTS["America/Los_Angeles"]
    api.now = midnight - A_MOMENT
    bakery = bakery_in(api, "America/Los_Angeles")
    flour = bakery.ingredient("Flour", openingStock="10")
    bread = bakery.product("Bread", {flour: "1"}, shelfLifeDays=0)
    batch = bakery.bake(bread, "2")["code"]
    today, tomorrow = bakery.order({bread: "1"}), bakery.order({bread: "1"})

    assert linked(bakery.move(today, "READY")) == [{batch: "1"}]
    api.now = midnight
    assert linked(bakery.move(tomorrow, "READY")) == [{}]
