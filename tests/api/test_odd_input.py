"""Input that is odd rather than wrong, or wrong only for what it leads to; and odd values in reads."""

from typing import Any

import pytest

from tests.api.bakeries import Bakery
from tests.api.in_process import InProcessApi

ABSURD = "1000000000"


def problems(refusal: Any) -> list[tuple[str, str]]:
    assert refusal["__typename"] == "InvalidInput", refusal
    return [(problem["path"], problem["message"]) for problem in refusal["fields"]]


def restock_problems(bakery: Bakery, **input: Any) -> list[tuple[str, str]]:
    with bakery.nothing_changes():
        return problems(bakery.owner.tries("RestockOnce", **input))


# ── names ─────────────────────────────────────────────────────────────────────────────────────────────────────────────
@pytest.mark.parametrize(
    "name", ["🥐", "Ægir’s «Bröd»", "面包", "a" * 200, "👩‍🍳" * 40, "Robert'); DROP TABLE lots;--"]
)
def test_names_may_be_anything_that_people_write(bakery: Bakery, name: str) -> None:
    """R-2.2 is silent on names: up to 200 characters of plain text, emoji too, come back as they were."""
    flour = bakery.ingredient(name)
    assert bakery.owner.ask("IngredientDetail", id=flour)["name"] == name


def test_white_space_around_a_name_is_not_the_name(bakery: Bakery) -> None:
    assert bakery.owner.ask("IngredientDetail", id=bakery.ingredient("  Flour\n"))["name"] == "Flour"


def test_two_things_may_have_one_name(bakery: Bakery) -> None:
    """Nothing but an order's number is unique."""
    assert bakery.ingredient("Flour") != bakery.ingredient("Flour")


# ── quantities that lead too far ──────────────────────────────────────────────────────────────────────────────────────
def test_a_quantity_counts_in_the_stock_unit(bakery: Bakery) -> None:
    """R-2.2: at most 10⁹, and at least its last digit, also once converted."""
    flour, eggs = bakery.ingredient("Flour", "g"), bakery.ingredient("Eggs", "each")
    salt = bakery.ingredient("Salt", "kg")

    [(path, message)] = restock_problems(bakery, ingredientId=flour, quantity=ABSURD, unit="lb")
    assert (path, "1000000000 g" in message) == ("quantity", True)
    [(path, message)] = restock_problems(bakery, ingredientId=salt, quantity="0.0001", unit="g")
    assert (path, "millionth" in message) == ("quantity", True)
    [(path, message)] = restock_problems(bakery, ingredientId=flour, quantity="1", unit="g", unitCost="100000000.1")
    assert (path, "100000000" in message) == ("unitCost", True)
    [(path, message)] = restock_problems(bakery, ingredientId=salt, quantity="1", unit="g", unitCost="1000000")
    assert (path, "100000000 a kg" in message) == ("unitCost", True)
    for unit in ("g", "ml"):
        [(path, message)] = restock_problems(bakery, ingredientId=eggs, quantity="1", unit=unit)
        assert (path, "use each" in message) == ("unit", True)


def test_a_run_that_needs_too_much_is_told_so(bakery: Bakery) -> None:
    """R-2.2, R-5.2: the quantity is the field to change."""
    flour = bakery.ingredient("Flour")
    bread = bakery.product("Bread", {flour: "2"}, yieldQuantity="0.000001")
    with bakery.nothing_changes():
        [(path, message)] = problems(bakery.owner.tries("ConfirmProduction", productId=bread, quantity="1000"))
    assert (path, "Flour" in message) == ("quantity", True)


def test_a_lot_made_of_very_much_has_a_cost_or_none_but_no_accident(bakery: Bakery) -> None:
    """R-4.4: the sum of the inputs' cost over a tiny quantity passes every bound of a unit cost."""
    bakery.tracks_lots()
    saffron, essence = bakery.ingredient("Saffron", "g"), bakery.ingredient("Essence", "g")
    bakery.restock(saffron, "1000000", unitCost="100000000")
    product = bakery.product("Essence", {saffron: "1000"}, yieldQuantity="0.000001", makesIngredientId=essence)
    outcome = bakery.owner.tries("ConfirmProduction", productId=product, quantity="0.000001")
    assert outcome["__typename"] in ("ConfirmProductionSuccess", "InvalidInput")


def test_the_sum_of_many_absurd_deliveries_is_bounded(bakery: Bakery) -> None:
    """R-2.2: a stock figure stays exact, however much is received."""
    bakery.tracks_lots()
    flour = bakery.ingredient("Flour")
    line = {"ingredientId": flour, "quantity": ABSURD}
    order = bakery.owner.does("CreatePurchaseOrder", supplierId=bakery.supplier(), lines=[line] * 1000)
    received = [{"lineId": line["id"], "quantity": ABSURD} for line in order["purchaseOrder"]["lines"]]
    outcome = bakery.owner.does("ReceivePurchaseOrder", purchaseOrderId=order["purchaseOrder"]["id"], lines=received)
    assert len(outcome["lots"]) == 1000
    assert bakery.stock(flour) == ("1000000000000", "1000000000000", "0")
    [(path, _)] = restock_problems(bakery, ingredientId=flour, quantity="1")
    assert path == "quantity"


# ── lines ─────────────────────────────────────────────────────────────────────────────────────────────────────────────
def test_duplicate_lines_are_lines(bakery: Bakery) -> None:
    """R-4.1, R-5.2, R-7.1: the same thing ordered, bought or used twice counts twice."""
    flour = bakery.ingredient("Flour", openingStock="100")
    twice = {"ingredientId": flour, "quantity": "1"}
    bread = bakery.owner.does("CreateProduct", name="Bread", recipe=[twice, twice])["product"]["id"]
    line = {"productId": bread, "quantity": "1"}
    order = bakery.owner.does("CreateOrder", lines=[line, line])["order"]
    bought = bakery.owner.does("CreatePurchaseOrder", supplierId=bakery.supplier(), lines=[twice, twice])

    assert bakery.bake(bread, "2")["consumptions"][0]["quantity"] == "4"
    assert [line["linkedQuantity"] for line in bakery.move(order, "READY")["lines"]] == ["1", "1"]
    assert len(bought["purchaseOrder"]["lines"]) == 2


def test_a_line_of_another_order_is_no_line_of_this(bakery: Bakery) -> None:
    """R-4.1: also within one bakery."""
    flour, mill = bakery.ingredient("Flour"), bakery.supplier()
    wanted = [{"ingredientId": flour, "quantity": "1"}]
    order, other = (
        bakery.owner.does("CreatePurchaseOrder", supplierId=mill, lines=wanted)["purchaseOrder"] for _ in range(2)
    )
    lines = [{"lineId": other["lines"][0]["id"], "quantity": "1"}]
    with bakery.nothing_changes():
        refusal = bakery.owner.tries("ReceivePurchaseOrder", purchaseOrderId=order["id"], lines=lines)
    assert refusal["__typename"] == "InvalidInput"
    assert "lines[0].lineId" in refusal["message"]


def test_every_wrong_line_is_told(bakery: Bakery) -> None:
    """`fields` names every problem that was found, each by its line."""
    bread = bakery.product("Bread")
    lines = [{"productId": bread, "quantity": quantity} for quantity in ("1", "0", "2", "-3")]
    with bakery.nothing_changes():
        refusal = bakery.owner.tries("CreateOrder", lines=lines, number=" ")
    for path in ("`number`", "`lines[1].quantity`", "`lines[3].quantity`"):
        assert path in refusal["message"]


# ── reads ─────────────────────────────────────────────────────────────────────────────────────────────────────────────
BAD_PAGES = [
    ("first: 0", "first"),
    ("first: -1", "first"),
    ("last: 0", "last"),
    ("first: 1, last: 1", "last"),
    *((f'{name}: "{cursor}"', name) for name in ("after", "before") for cursor in ("", "nonsense", "💥", "bnVsbA==")),
    ('after: "WzFd8J+SpQ=="', "after"),
    ('after: "W10="', "after"),  # []
    ('after: "WzEsMl0="', "after"),  # [1,2]
    ('after: "WyJhIl0="', "after"),  # ["a"]
    ('after: "Wy0xXQ=="', "after"),  # [-1]
    ('after: "Wzk5OTk5OTk5OTk5OTk5OTk5OTk5XQ=="', "after"),  # [99999999999999999999]
    ('after: "W3RydWVd"', "after"),  # [true]
    ('after: "WzEuNV0="', "after"),  # [1.5]
    ('after: "W251bGxd"', "after"),  # [null]
]


@pytest.mark.parametrize("field", ["lots", "expiringLots", "orders", "suppliers"])
def test_a_bad_page_is_told_by_its_argument(bakery: Bakery, field: str) -> None:
    """The contract: null with `BAD_USER_INPUT`, and the argument named."""
    pages = [f"p{n}: {field}({arguments}) {{ totalCount }}" for n, (arguments, _) in enumerate(BAD_PAGES)]
    answer = bakery.owner.send(f"{{ {' '.join(pages)} }}")
    assert set(answer.body["data"].values()) == {None}
    assert answer.codes == ["BAD_USER_INPUT"] * len(BAD_PAGES)
    told = {error["path"][0]: [field["path"] for field in error["extensions"]["fields"]] for error in answer.errors}
    assert told == {f"p{n}": [path] for n, (_, path) in enumerate(BAD_PAGES)}


@pytest.mark.parametrize("text", ["", " ", "nonsense", "a\\u0000b", "💥", "%", "x" * 8_000])
def test_what_does_not_exist_is_null(bakery: Bakery, text: str) -> None:
    """R-1.1: ids, codes and numbers of nothing read as null, whatever they look like."""
    answer = bakery.owner.send(
        f'{{ lot(code: "{text}") {{ id }} productionBatch(code: "{text}") {{ id }} order(number: "{text}") {{ id }} '
        f'ingredient(id: "{text}") {{ id }} product(id: "{text}") {{ id }} purchaseOrder(id: "{text}") {{ id }} }}'
    )
    assert not answer.errors
    assert set(answer.body["data"].values()) == {None}


def test_another_bakerys_things_read_as_nothing(bakery: Bakery) -> None:
    """R-1.1: an id of a stranger's is like one that does not exist, and so is an id of another type."""
    stranger = Bakery.opened(bakery.api)
    flour, bread = stranger.ingredient("Flour"), stranger.product("Bread")
    for operation, id in (("IngredientDetail", flour), ("ProductDetail", bread)):
        assert bakery.owner.ask(operation, id=id) is None
        assert stranger.owner.ask(operation, id=id) is not None
    assert stranger.owner.ask("ProductDetail", id=flour) is None
    for operation in ("Suppliers", "Customers", "Ingredients", "Products", "PurchaseOrders", "Orders", "Lots"):
        assert bakery.owner.ask(operation)["totalCount"] == 0


@pytest.mark.parametrize(
    ("filter", "path"),
    [
        ({"ingredientId": "nonsense"}, "filter.ingredientId"),
        ({"supplierId": ""}, "filter.supplierId"),
        ({"search": "a\0b"}, "filter.search"),
        ({"search": "x" * 10_000}, "filter.search"),
    ],
)
def test_a_bad_filter_is_told_by_its_field(bakery: Bakery, filter: dict[str, str], path: str) -> None:
    answer = bakery.owner.answer("Lots", filter=filter)
    assert answer.root is None
    assert [problem["path"] for problem in answer.errors[0]["extensions"]["fields"]] == [path]


@pytest.mark.parametrize(
    ("input", "path"),
    [
        ({"quantity": "0"}, "quantity"),
        ({"quantity": "-1"}, "quantity"),
        ({"quantity": "1.0000001"}, "quantity"),
        ({"quantity": "1000000001"}, "quantity"),
        ({"producedOn": "2026-03-03"}, "producedOn"),
        ({"producedOn": "0001-01-01"}, "producedOn"),
        ({"productId": "nonsense"}, "productId"),
    ],
)
def test_a_bad_preview_is_told_by_its_field(bakery: Bakery, input: dict[str, str], path: str) -> None:
    """R-5.1: a read's error, with the same data as a mutation's."""
    bread = bakery.product("Bread", {bakery.ingredient("Flour"): "1"})
    answer = bakery.owner.answer("PreviewProduction", input={"productId": bread, "quantity": "1", **input})
    assert answer.root is None
    assert [problem["path"] for problem in answer.errors[0]["extensions"]["fields"]] == [path]
    assert answer.codes == ["NOT_FOUND" if path == "productId" else "BAD_USER_INPUT"]


# ── requests ──────────────────────────────────────────────────────────────────────────────────────────────────────────
@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"nonsense",
        b"[]",
        b"5",
        b'"query"',
        b"{}",
        b'{"query": 5}',
        b'{"query": null}',
        b'{"query": ""}',
        b'{"query": "{"}',
        b'{"query": "{ nothing }"}',
        b'{"query": "{ viewer { id } }", "variables": []}',
        b'{"query": "{ viewer { id } }", "variables": 5}',
        b'{"query": "{ viewer { id } }", "operationName": 5}',
        b'{"query": "{ viewer { id } }", "operationName": "Other"}',
        b'{"query": "{ viewer { id } }", "variables": {"a": NaN}}',
        b'{"query": "{ viewer { id } }", "variables": {"a": 1e999999999999999999999}}',
        b'{"query": "{ viewer { id } }", "variables": {"a": "\\ud800"}}',
        b'{"query": "{ \\ud800 }"}',
        b"\xff\xfe",
        b"[" * 100_000,
        b'{"query": "' + b"{a" * 5_000 + b'"}',
    ],
    ids=range(22),
)
@pytest.mark.parametrize("engine", ["sqlite"], indirect=True)
def test_a_broken_request_is_the_clients_mistake(bakery: Bakery, api: InProcessApi, body: bytes) -> None:
    """Told as JSON with `BAD_USER_INPUT`, or the limit that it met; never a server error."""
    headers = {"Content-Type": "application/json", "Authorization": f"Bearer {bakery.owner.token}"}
    response = api.request("POST", "/graphql", content=body, headers=headers)
    errors = response.json()["errors"]
    assert {error["extensions"]["code"] for error in errors} <= {"BAD_USER_INPUT", "LIMIT_EXCEEDED"}
    assert errors


@pytest.mark.parametrize("quantity", ["1e1000000", "1e999999999", "-1e999999999", "1e-999999999", "1e40"])
@pytest.mark.parametrize("engine", ["sqlite"], indirect=True)
def test_a_number_of_a_billion_digits_is_not_written_out(bakery: Bakery, api: InProcessApi, quantity: str) -> None:
    """R-2.2: a JSON number with an exponent costs what its text costs, and is refused."""
    flour = bakery.ingredient("Flour")
    headers = {"Content-Type": "application/json", "Authorization": f"Bearer {bakery.owner.token}"}
    query = "mutation ($input: QuickRestockInput!) { quickRestock(input: $input) { __typename } }"
    body = f'{{"query": "{query}", "variables": {{"input": {{"ingredientId": "{flour}", "quantity": {quantity}}}}}}}'
    answer = api.request("POST", "/graphql", content=body, headers=headers).json()
    assert "errors" in answer or answer["data"]["quickRestock"]["__typename"] == "InvalidInput"
    assert "INTERNAL" not in str(answer)
    assert bakery.stock(flour)[0] == "0"
