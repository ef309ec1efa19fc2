"""Reading lots: filters, pages, and what is about to expire (R-6.1, R-4.7)."""

from datetime import date, timedelta
from typing import Any

import pytest

from tests.api.bakeries import Bakery
from tests.api.in_process import InProcessApi

TODAY = date(2026, 3, 2)


def found(bakery: Bakery, **filters: Any) -> list[str]:
    """The codes of the lots that fit, newest first."""
    lots = bakery.owner.ask("Lots", filter=filters)
    assert lots["totalCount"] == len(lots["edges"])
    return [edge["node"]["code"] for edge in lots["edges"]]


def in_days(days: int) -> str:
    return str(TODAY + timedelta(days=days))


def test_lots_are_filtered_by_all_that_is_given(bakery: Bakery) -> None:
    """R-1.6, R-4.7, R-4.8: by ingredient, supplier, source, status, remainder, and part of code or supplier number."""
    bakery.tracks_lots()
    mill, dairy = bakery.supplier("Mill"), bakery.supplier("Dairy")
    flour, milk = bakery.ingredient("Flour"), bakery.ingredient("Milk", "l")
    first = bakery.restock(flour, "1", supplierId=mill, supplierLotNumber="M-77/a")
    second = bakery.restock(milk, "1", supplierId=dairy, supplierLotNumber="m-77/B")
    third = bakery.owner.does("AddLot", ingredientId=flour, quantity="1")["lot"]
    fourth = bakery.restock(flour, "1", supplierId=mill)
    bakery.owner.does("HoldLot", lotId=second["id"], reason="Odd smell")
    bakery.owner.does("WriteOffLot", lotId=fourth["id"], reason="OTHER")
    first, second, third, fourth = (lot["code"] for lot in (first, second, third, fourth))

    assert found(bakery) == [fourth, third, second, first]
    assert found(bakery, ingredientId=flour) == [fourth, third, first]
    assert found(bakery, supplierId=mill) == [fourth, first]
    assert found(bakery, source="MANUAL") == [third]
    assert found(bakery, status="ON_HOLD") == [second]
    assert found(bakery, status="DEPLETED") == [fourth]
    assert found(bakery, status="AVAILABLE") == [third, first]
    assert found(bakery, hasRemaining=True) == [third, second, first]
    assert found(bakery, hasRemaining=False) == [fourth]
    assert found(bakery, search="m-77") == [second, first]
    assert found(bakery, search=third[-6:]) == [third]
    assert found(bakery, ingredientId=flour, supplierId=mill, hasRemaining=True) == [first]
    assert found(bakery, ingredientId=milk, supplierId=mill) == []


@pytest.mark.parametrize("search", ["%", "_", "'", '"', "\\", "a%b", "';--", "٪", "💥"])
def test_a_search_takes_every_character_for_itself(bakery: Bakery, search: str) -> None:
    """R-4.7: nothing in a search is a wildcard or ends a string."""
    bakery.tracks_lots()
    flour = bakery.ingredient("Flour")
    bakery.restock(flour, "1", supplierLotNumber="plain")
    odd = bakery.restock(flour, "1", supplierLotNumber=f"x{search}y")
    assert found(bakery, search=search) == [odd["code"]]


@pytest.mark.parametrize(
    ("printed", "typed"),
    [
        ("M-77/a", "m77A"),
        ("M-77/a", "M 77 A"),
        ("  L 2026 . 03–02  ", "l20260302"),
        ("CHÂTEAU-Ö9", "chateau ö9"),
        ("ÄB-1", "äb1"),
        ("ﬁ-№5", "FI-no5"),
        ("١٢-٣", "١٢٣"),
        ("4711", "4711"),
    ],
)
def test_a_number_is_found_as_people_type_it(bakery: Bakery, printed: str, typed: str) -> None:
    """R-4.7: by its letters and digits, whatever case, accents and signs; on both databases the same."""
    bakery.tracks_lots()
    flour = bakery.ingredient("Flour")
    bakery.restock(flour, "1", supplierLotNumber="X-1234")
    lot = bakery.restock(flour, "1", supplierLotNumber=printed)["code"]
    assert found(bakery, search=typed) == [lot]
    assert found(bakery, search=f"{typed}x") == []
    assert found(bakery, search=lot.replace("-", "").lower()) == [lot]


@pytest.mark.parametrize("window", [0, 3, 7])
def test_the_filter_and_the_field_tell_the_same_expiry_status(bakery: Bakery, window: int) -> None:
    """R-6.1, R-3.1: `EXPIRED` before today, `EXPIRING` from today to the window's end, then `FRESH`."""
    bakery.tracks_lots(expiryWarningDays=window)
    flour = bakery.ingredient("Flour")
    dates = [None, *(in_days(days) for days in range(-2, 10))]
    by_date = {day: bakery.restock(flour, "1", receivedOn="2026-01-01", expiresOn=day)["code"] for day in dates}

    def status(day: str | None) -> str:
        if day is None:
            return "UNDATED"
        if day < in_days(0):
            return "EXPIRED"
        return "EXPIRING" if day <= in_days(window) else "FRESH"

    for wanted in ("EXPIRED", "EXPIRING", "FRESH", "UNDATED"):
        lots = bakery.owner.ask("Lots", filter={"expiryStatus": wanted})["edges"]
        assert {edge["node"]["expiryStatus"] for edge in lots} == {wanted}
        assert {edge["node"]["code"] for edge in lots} == {
            code for day, code in by_date.items() if status(day) == wanted
        }


def test_expiring_lots_come_soonest_first(bakery: Bakery) -> None:
    """R-6.1: expiring and expired lots with stock left; the days are negative once expired."""
    bakery.tracks_lots()
    milk = bakery.ingredient("Milk", "l")
    days = [7, 8, 0, -3]
    at_the_end, later, today, expired = (
        bakery.restock(milk, "2", receivedOn="2026-01-01", expiresOn=in_days(offset)) for offset in days
    )
    gone = bakery.restock(milk, "1", expiresOn=in_days(1))
    bakery.owner.does("WriteOffLot", lotId=gone["id"], reason="OTHER")

    expiring = bakery.owner.ask("ExpiringLots")

    assert expiring["totalCount"] == 3
    assert [edge["node"] for edge in expiring["edges"]] == [
        {
            "code": lot["code"],
            "expiryStatus": status,
            "daysUntilExpiry": offset,
            "quantityRemaining": "2",
            "unit": "l",
            "ingredient": {"name": "Milk"},
        }
        for lot, status, offset in ((expired, "EXPIRED", -3), (today, "EXPIRING", 0), (at_the_end, "EXPIRING", 7))
    ]
    assert later["code"] not in str(expiring)


def test_an_ingredients_lots_stand_in_the_order_of_use(bakery: Bakery) -> None:
    """R-5.3: by expiry, undated last, then by receipt and recording; its ledger newest first (R-2.1)."""
    bakery.tracks_lots()
    flour = bakery.ingredient("Flour", openingStock="1")
    undated = bakery.restock(flour, "2")["code"]
    late = bakery.restock(flour, "3", expiresOn="2026-05-01")["code"]
    early = bakery.restock(flour, "4", expiresOn="2026-05-01", receivedOn="2026-02-01")["code"]

    detail = bakery.owner.ask("IngredientDetail", id=flour)

    assert detail == detail | {"name": "Flour", "unit": "kg", "onHand": "10", "tracked": "9", "untracked": "1"}
    assert [edge["node"] for edge in detail["lots"]["edges"]] == [
        {"code": early, "quantityRemaining": "4", "expiresOn": "2026-05-01"},
        {"code": late, "quantityRemaining": "3", "expiresOn": "2026-05-01"},
        {"code": undated, "quantityRemaining": "2", "expiresOn": None},
    ]
    movements = [edge["node"] for edge in detail["movements"]["edges"]]
    assert [(item["kind"], item["quantity"], (item["lot"] or {}).get("code")) for item in movements] == [
        ("RESTOCK", "4", early),
        ("RESTOCK", "3", late),
        ("RESTOCK", "2", undated),
        ("ADJUSTMENT", "1", None),
    ]
    assert movements[0] == movements[0] | {
        "unit": "kg",
        "actor": {"name": "Owner"},
        "happenedAt": "2026-02-01T00:00:00+00:00",
        "recordedAt": "2026-03-02T08:00:00+00:00",
    }
    assert movements[3]["note"] == "Opening stock"


# ── pages ─────────────────────────────────────────────────────────────────────────────────────────────────────────────
@pytest.mark.parametrize("size", [1, 2, 3, 100])
def test_pages_follow_each_other_without_gap_or_repeat(bakery: Bakery, size: int) -> None:
    """The contract's connections: by cursor, over equal keys too, also while new entries come in."""
    bakery.tracks_lots()
    flour = bakery.ingredient("Flour")
    made = [bakery.restock(flour, "1", expiresOn=in_days(n % 2))["code"] for n in range(5)]

    for operation, expected in (("Lots", made[::-1]), ("ExpiringLots", made[0::2] + made[1::2])):
        seen: list[str] = []
        after = None
        while True:
            page = pages(bakery, operation, size, after)
            assert page["totalCount"] >= 5
            seen += [edge["node"]["code"] for edge in page["edges"]]
            if not page["pageInfo"]["hasNextPage"]:
                break
            assert len(page["edges"]) == size
            after = page["pageInfo"]["endCursor"]
        assert seen == expected


def pages(bakery: Bakery, operation: str, size: int, after: str | None) -> Any:
    field = {"Lots": "lots", "ExpiringLots": "expiringLots"}[operation]
    answer = bakery.owner.send(
        f"query ($first: Int, $after: String) {{ {field}(first: $first, after: $after) {{ totalCount "
        "pageInfo { hasNextPage endCursor } edges { cursor node { code } } } }",
        {"first": size, "after": after},
    )
    assert not answer.errors
    return answer.root


def test_pages_backwards(bakery: Bakery) -> None:
    """Relay: `last` and `before` read from the end."""
    names = [f"Supplier {n}" for n in range(5)]
    for name in names:
        bakery.supplier(name)

    page = bakery.owner.ask("Suppliers", last=2)
    assert [edge["node"]["name"] for edge in page["edges"]] == names[3:]
    assert (page["pageInfo"]["hasPreviousPage"], page["pageInfo"]["hasNextPage"]) == (True, False)
    page = bakery.owner.ask("Suppliers", last=2, before=page["pageInfo"]["startCursor"])
    assert [edge["node"]["name"] for edge in page["edges"]] == names[1:3]
    assert page["totalCount"] == 5


def test_a_page_has_at_most_a_hundred_entries(bakery: Bakery, api: InProcessApi) -> None:
    """house.md: `first` is clamped; asking for more is no error."""
    suppliers = [f'a{n}: createSupplier(input: {{name: "S{n}"}}) {{ __typename }}' for n in range(101)]
    assert not bakery.owner.send(f"mutation {{ {' '.join(suppliers)} }}").errors
    page = bakery.owner.ask("Suppliers", first=1000)
    assert (len(page["edges"]), page["pageInfo"]["hasNextPage"], page["totalCount"]) == (100, True, 101)
