"""Lists: filtered, sorted, and paged exactly, both ways, whatever comes in between."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import pytest

from plans import Role
from tests.api.bakeries import Bakery
from tests.api.in_process import InProcessApi

Node = dict[str, Any]


def page_of(bakery: Bakery, operation: str, variables: Mapping[str, Any]) -> Any:
    """The connection that a shipped query asks for, wherever in its answer it is."""
    found = bakery.owner.ask(operation, **variables)
    while "edges" not in found:
        [found] = [value for value in found.values() if isinstance(value, dict)]
    return found


def walk(
    bakery: Bakery,
    operation: str,
    variables: Mapping[str, Any],
    size: int,
    *,
    backwards: bool = False,
    between: Callable[[], object] = lambda: None,
) -> list[Node]:
    """All of a list in pages of `size`, in its order; `between` happens after the first page."""
    count, cursor, end, more = (
        ("last", "before", "startCursor", "hasPreviousPage")
        if backwards
        else ("first", "after", "endCursor", "hasNextPage")
    )
    seen: list[Node] = []
    place = None
    while True:
        page = page_of(bakery, operation, {**variables, count: size, cursor: place})
        nodes = [edge["node"] for edge in page["edges"]]
        seen = [*nodes, *seen] if backwards else [*seen, *nodes]
        info = page["pageInfo"]
        assert [info["startCursor"], info["endCursor"]] == [page["edges"][n]["cursor"] for n in (0, -1)]
        if not info[more]:
            return seen
        assert len(nodes) == size
        if place is None:
            between()
        place = info[end]


def assert_pages(bakery: Bakery, operation: str, ids: Sequence[str], **variables: Any) -> None:
    """The list has exactly these, in this order, in pages of any size, from either end."""
    for size in range(1, len(ids) + 2):
        for backwards in (False, True):
            seen = walk(bakery, operation, variables, size, backwards=backwards)
            assert [node["id"] for node in seen] == list(ids), (size, backwards)
    assert page_of(bakery, operation, variables)["totalCount"] == len(ids)


# ── orders of lists ───────────────────────────────────────────────────────────────────────────────────────────────────
# Received and expiry date of lots, in the order of recording: with ties in each, and some undated.
LOTS: list[tuple[str, str | None]] = [
    ("2026-03-01", None),
    ("2026-03-02", "2026-03-09"),
    ("2026-02-27", "2026-03-09"),
    ("2026-03-01", None),
    ("2026-02-27", "2026-03-05"),
    ("2026-03-01", "2026-03-09"),
]
NEVER = "9999-12-31"


def lots_of(bakery: Bakery, flour: str, supplier: str) -> list[str]:
    return [
        bakery.restock(flour, "1", receivedOn=received, expiresOn=expires, supplierId=supplier)["id"]
        for received, expires in LOTS
    ]


def in_order(ids: Sequence[str], sort: str) -> list[str]:
    """The ids of `LOTS` as a list of this sort has them; worked out here by hand."""
    numbered = [(received, expires or NEVER, n) for n, (received, expires) in enumerate(LOTS)]
    keys: dict[str, Callable[[tuple[str, str, int]], Any]] = {
        "NEWEST": lambda lot: -lot[2],
        "EXPIRY": lambda lot: (lot[1], lot[0], lot[2]),
        "RECEIVED": lambda lot: (lot[0], lot[1], lot[2]),
    }
    return [ids[n] for _, _, n in sorted(numbered, key=keys[sort])]


@pytest.mark.parametrize("sort", ["NEWEST", "EXPIRY", "RECEIVED"])
def test_lots_page_exactly_in_every_order(bakery: Bakery, sort: str) -> None:
    """R-5.3: by expiry, undated last, and by receipt; also of one ingredient and of one supplier."""
    bakery.tracks_lots()
    flour, mill = bakery.ingredient("Flour"), bakery.supplier()
    ids = lots_of(bakery, flour, mill)
    assert_pages(bakery, "FindLots", in_order(ids, sort), sort=sort)
    bakery.restock(bakery.ingredient("Salt"), "1", supplierId=bakery.supplier("Salina"))
    assert [node["id"] for node in walk(bakery, "IngredientLots", {"id": flour, "sort": sort}, 10)] == in_order(
        ids, sort
    )
    found = bakery.owner.ask("SupplierDetail", id=mill, sort=sort)
    assert [edge["node"]["id"] for edge in found["lots"]["edges"]] == in_order(ids, sort)


def test_an_ingredients_lots_come_in_the_order_of_use(bakery: Bakery) -> None:
    """R-5.3: when no other order is asked for."""
    bakery.tracks_lots()
    flour = bakery.ingredient("Flour")
    ids = lots_of(bakery, flour, bakery.supplier())
    lots = bakery.owner.ask("IngredientLots", id=flour)["lots"]
    assert [edge["node"]["id"] for edge in lots["edges"]] == in_order(ids, "EXPIRY")


@pytest.mark.parametrize("backwards", [False, True])
@pytest.mark.parametrize("size", [1, 2, 4])
def test_what_comes_in_between_moves_nothing(bakery: Bakery, size: int, backwards: bool) -> None:
    """Keyset pages: what sorts behind the cursor is seen, what sorts before it is not, and nothing twice or never."""
    bakery.tracks_lots()
    flour = bakery.ingredient("Flour")
    ids = lots_of(bakery, flour, bakery.supplier())
    came: list[str] = []

    def two_more() -> None:
        first = bakery.restock(flour, "1", receivedOn="2026-01-01", expiresOn="2026-03-02")
        last = bakery.restock(flour, "1", receivedOn="2026-03-02")
        came.extend([first["id"], last["id"]])

    seen = [
        node["id"] for node in walk(bakery, "FindLots", {"sort": "EXPIRY"}, size, backwards=backwards, between=two_more)
    ]
    first, last = came
    expected = in_order(ids, "EXPIRY")
    assert seen == ([first, *expected] if backwards else [*expected, last])


def test_orders_page_exactly_by_due_date(bakery: Bakery) -> None:
    """Nullable and not unique: those without a day last, ties by recording; also of one customer."""
    bread, cafe = bakery.product("Bread"), bakery.customer()
    days = [None, "2026-03-05", "2026-03-04", "2026-03-05", None]
    ids = [bakery.order({bread: "1"}, dueOn=day, customerId=cafe)["id"] for day in days]
    by_due = [ids[n] for n in (2, 1, 3, 0, 4)]
    assert_pages(bakery, "FindOrders", by_due, sort="DUE_DATE")
    assert_pages(bakery, "FindOrders", ids[::-1], sort="NEWEST")
    bakery.order({bread: "1"}, customerId=bakery.customer("Hotel"))
    assert [node["id"] for node in walk(bakery, "CustomerDetail", {"id": cafe, "sort": "DUE_DATE"}, 9)] == by_due


def test_batches_page_exactly_by_day(bakery: Bakery) -> None:
    """Made last comes first; ties by recording; also of one product."""
    flour = bakery.ingredient("Flour", openingStock="100")
    bread = bakery.product("Bread", {flour: "0.1"})
    days = ["2026-03-01", "2026-03-02", "2026-02-28", "2026-03-01"]
    ids = [bakery.bake(bread, "1", producedOn=day)["id"] for day in days]
    by_day = [ids[n] for n in (1, 3, 0, 2)]
    assert_pages(bakery, "FindProductionBatches", by_day, sort="PRODUCED_ON")
    assert_pages(bakery, "FindProductionBatches", ids[::-1], sort="NEWEST")
    bakery.bake(bakery.product("Rolls", {flour: "0.1"}), "1")
    assert [node["id"] for node in walk(bakery, "ProductBatches", {"id": bread}, 9)] == by_day


NAMES = ["Zopf", "apple", "Äpfel", "apple", "Banane", "éclair"]
MAKERS: dict[str, Callable[[Bakery, str], str]] = {
    "FindSuppliers": Bakery.supplier,
    "FindCustomers": Bakery.customer,
    "FindIngredients": Bakery.ingredient,
    "FindProducts": Bakery.product,
}


@pytest.mark.parametrize("operation", MAKERS)
def test_names_sort_and_are_found_whatever_their_case_and_accents(bakery: Bakery, operation: str) -> None:
    """The same on both databases; equal names by recording."""
    ids = [MAKERS[operation](bakery, name) for name in NAMES]
    by_name = [ids[n] for n in (2, 1, 3, 4, 5, 0)]
    assert_pages(bakery, operation, by_name, sort="NAME")
    assert_pages(bakery, operation, ids, sort="RECORDED")
    for search, expected in (
        ("APFEL", [2]),
        ("äp", [1, 2, 3]),
        ("app", [1, 3]),
        ("clai", [5]),
        ("100%", []),
        ("_", []),
    ):
        page = page_of(bakery, operation, {"sort": "RECORDED", "filter": {"search": search}})
        assert [edge["node"]["id"] for edge in page["edges"]] == [ids[n] for n in expected], search
        assert page["totalCount"] == len(expected)


# ── filters ───────────────────────────────────────────────────────────────────────────────────────────────────────────
def found(bakery: Bakery, operation: str, label: str, filter: dict[str, Any], **variables: Any) -> list[str]:
    """Codes or numbers of what fits a filter, sorted; the count says the same."""
    page = page_of(bakery, operation, {"filter": filter, **variables})
    assert page["totalCount"] == len(page["edges"])
    return sorted(edge["node"][label] for edge in page["edges"])


def test_lots_are_found_by_all_that_a_screen_asks(bakery: Bakery, api: InProcessApi) -> None:
    """By ingredient, supplier, expiry, status, source, text and what remains; all that is given must fit."""
    bakery.tracks_lots()
    flour, salt, mill = bakery.ingredient("Flour"), bakery.ingredient("Salt"), bakery.supplier()
    fresh = bakery.restock(flour, "1", supplierId=mill, supplierLotNumber="M-77", expiresOn="2026-12-31")
    expiring = bakery.restock(flour, "1", expiresOn="2026-03-04")
    added = bakery.owner.does("AddLot", ingredientId=salt, quantity="1")["lot"]
    used_up = bakery.restock(salt, "1")
    bakery.owner.does("WriteOffLot", lotId=used_up["id"], reason="OTHER")
    bakery.owner.does("HoldLot", lotId=added["id"], reason="Odd smell")
    a, b, c, d = (lot["code"] for lot in (fresh, expiring, added, used_up))
    cases: list[tuple[dict[str, Any], list[str]]] = [
        ({}, [a, b, c, d]),
        ({"ingredientId": flour}, [a, b]),
        ({"supplierId": mill}, [a]),
        ({"expiryStatus": "EXPIRING"}, [b]),
        ({"expiryStatus": "UNDATED"}, [c, d]),
        ({"status": "ON_HOLD"}, [c]),
        ({"status": "DEPLETED"}, [d]),
        ({"source": "MANUAL"}, [c]),
        ({"search": "m-7"}, [a]),
        ({"search": "LOT-260302"}, [a, b, c, d]),
        ({"hasRemaining": False}, [d]),
        ({"hasRemaining": True, "ingredientId": salt}, [c]),
        ({"ingredientId": salt, "supplierId": mill}, []),
    ]
    for filter, expected in cases:
        assert found(bakery, "FindLots", "code", filter, sort="NEWEST") == expected, filter
    mine = bakery.owner.ask("SupplierDetail", id=mill, lots={"ingredientId": salt})
    assert mine["lots"]["totalCount"] == 0


def test_orders_are_found_by_status_customer_day_and_number(bakery: Bakery) -> None:
    """Several statuses at once; days inclusive; orders without a day are in no range."""
    bread, cafe = bakery.product("Bread"), bakery.customer()
    for number, day, customer, status in (
        ("A-1", "2026-03-04", cafe, None),
        ("A-2", "2026-03-05", None, "CONFIRMED"),
        ("B-10", None, cafe, "CANCELLED"),
        ("ÄPFEL-3", None, None, None),
    ):
        order = bakery.order({bread: "1"}, number=number, dueOn=day, customerId=customer)
        if status:
            bakery.move(order, status)
    cases: list[tuple[dict[str, Any], list[str]]] = [
        ({"status": ["DRAFT", "CONFIRMED"], "dueFrom": "2026-01-01"}, ["A-1", "A-2"]),
        ({"status": []}, ["A-1", "A-2", "B-10", "ÄPFEL-3"]),
        ({"customerId": cafe}, ["A-1", "B-10"]),
        ({"dueFrom": "2026-03-05"}, ["A-2"]),
        ({"dueTo": "2026-03-04"}, ["A-1"]),
        ({"dueFrom": "2026-03-04", "dueTo": "2026-03-05"}, ["A-1", "A-2"]),
        ({"search": "a-"}, ["A-1", "A-2"]),
        ({"search": "äpfel"}, ["ÄPFEL-3"]),
        ({"search": "APFEL-"}, ["ÄPFEL-3"]),
        ({"search": "1", "customerId": cafe, "status": ["CANCELLED"]}, ["B-10"]),
    ]
    for filter, expected in cases:
        for sort in ("NEWEST", "DUE_DATE"):
            assert found(bakery, "FindOrders", "number", filter, sort=sort) == expected, filter


def test_batches_and_purchase_orders_are_found(bakery: Bakery) -> None:
    """Batches by product, day and status; purchase orders by supplier, status and code."""
    flour, mill = bakery.ingredient("Flour", openingStock="9"), bakery.supplier()
    bread, rolls = bakery.product("Bread", {flour: "1"}), bakery.product("Rolls", {flour: "1"})
    a = bakery.bake(bread, "1", producedOn="2026-03-01")["code"]
    b = bakery.bake(rolls, "1")["code"]
    batches: list[tuple[dict[str, Any], list[str]]] = [
        ({"productId": bread}, [a]),
        ({"producedFrom": "2026-03-02"}, [b]),
        ({"producedTo": "2026-03-01"}, [a]),
        ({"status": "CONFIRMED"}, [a, b]),
        ({"status": "REVERSED"}, []),
    ]
    for filter, expected in batches:
        assert found(bakery, "FindProductionBatches", "code", filter, sort="NEWEST") == expected, filter

    line = {"ingredientId": flour, "quantity": "1"}
    drafts = [
        bakery.owner.does("CreatePurchaseOrder", supplierId=supplier, lines=[line], draft=draft)["purchaseOrder"]
        for supplier, draft in ((mill, True), (mill, False), (bakery.supplier("Other"), True))
    ]
    c, d, e = (order["code"] for order in drafts)
    purchases: list[tuple[dict[str, Any], list[str]]] = [
        ({"supplierId": mill}, [c, d]),
        ({"status": ["DRAFT"]}, [c, e]),
        ({"status": ["DRAFT", "ORDERED"], "supplierId": mill}, [c, d]),
        ({"search": "-002"}, [d]),
    ]
    for filter, expected in purchases:
        assert found(bakery, "FindPurchaseOrders", "code", filter) == expected, filter
    orders = bakery.owner.ask("SupplierDetail", id=mill, orders={"status": ["ORDERED"]})["purchaseOrders"]
    assert [edge["node"]["code"] for edge in orders["edges"]] == [d]


# ── what a count or a cursor may not do ───────────────────────────────────────────────────────────────────────────────
def test_a_count_tells_staff_nothing_of_suppliers(bakery: Bakery) -> None:
    """R-1.5: neither by a supplier's lot number, nor by a supplier."""
    bakery.tracks_lots()
    mill = bakery.supplier()
    bakery.restock(bakery.ingredient("Flour"), "1", supplierId=mill, supplierLotNumber="M-77")
    lots = bakery.staff.ask("FindLots", sort="EXPIRY", filter={"search": "M-77"})
    assert (lots["totalCount"], lots["edges"]) == (0, [])
    refused = bakery.staff.answer("FindLots", sort="EXPIRY", filter={"supplierId": mill})
    assert (refused.root, refused.codes) == (None, ["FORBIDDEN"])
    assert bakery.caller(Role.OWNER).ask("FindLots", sort="EXPIRY", filter={"search": "M-77"})["totalCount"] == 1


@pytest.mark.parametrize(
    ("sort", "cursor"),
    [
        ("RECEIVED", None),  # a good one, of another order
        ("NAME", "WyJcdTAwMDAiLDEsIk5BTUUiXQ=="),  # ["\u0000",1,"NAME"]
        ("NAME", "WyJcdWQ4MDAiLDEsIk5BTUUiXQ=="),  # ["\ud800",1,"NAME"]
        ("NAME", "WyJhIiwxXQ=="),  # ["a",1]
        ("EXPIRY", "WyIyMDI2LTAyLTMwIiwiMjAyNi0wMy0wMSIsMSwiRVhQSVJZIl0="),  # 30 February
    ],
)
def test_a_cursor_is_of_one_order_of_one_list(bakery: Bakery, sort: str, cursor: str | None) -> None:
    bakery.tracks_lots()
    bakery.restock(bakery.ingredient("Flour"), "1", expiresOn="2026-03-09")
    if cursor is None:
        cursor = page_of(bakery, "FindLots", {"sort": "EXPIRY"})["pageInfo"]["endCursor"]
    operation = "FindSuppliers" if sort == "NAME" else "FindLots"
    answer = bakery.owner.answer(operation, sort=sort, after=cursor)
    assert answer.root is None
    assert answer.codes == ["BAD_USER_INPUT"]
    assert [problem["path"] for problem in answer.errors[0]["extensions"]["fields"]] == ["after"]
