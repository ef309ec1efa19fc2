"""`baketrace import`: CSV files become a bakery's books."""

import asyncio
import json
import re
import unicodedata
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Table

import graphql_api.demo
from bakery.store import BakeryId, Database
from bakery.store.bulk import BulkOrders, BulkSession, Overtaken
from bakery.store.drivers import Operation
from bakery.store.session import Session
from bakery.store.transaction import Transaction
from graphql_api.importing.forms import FORMS
from tests.api.bakeries import Bakery
from tests.api.importing import INGREDIENTS, ON_SQLITE, WHOLE, Importing
from tests.api.in_process import InProcessApi
from tests.real.shared import REPOSITORY


@pytest.fixture
def importing(api: InProcessApi, bakery: Bakery, tmp_path: Path) -> Importing:
    return Importing(api, bakery, tmp_path)


def books_of(bakery: Bakery) -> dict[str, list[dict[str, Any]]]:
    """Everything that an import can make, by noun, without ids."""
    lists = {
        "suppliers": "name email",
        "ingredients": "name unit density onHand tracked untracked",
        "customers": "name email phone",
        "products": "name unit yieldQuantity shelfLifeDays inheritExpiry makesIngredient { name } "
        "recipe { ingredient { name } quantity unit }",
        "orders": "number status dueOn customer { name } lines { product { name } quantity }",
    }
    found = {}
    for noun, fields in lists.items():
        answer = bakery.owner.send(f"{{ {noun}(first: 100) {{ edges {{ node {{ {fields} }} }} }} }}")
        found[noun] = [edge["node"] for edge in answer.root["edges"]]
    return found


# ── what is taken ─────────────────────────────────────────────────────────────────────────────────────────────────────
def test_all_files_become_books(importing: Importing, bakery: Bakery) -> None:
    result = importing.run(**WHOLE)
    assert result.exit_code == 0, result.stderr
    assert result.stdout.split("\n") == [
        "1 suppliers",
        "4 ingredients",
        "1 customers",
        "3 recipes",
        "2 orders",
        "",
    ]
    books = books_of(bakery)
    assert books["suppliers"] == [{"name": "Hillside Mill", "email": "orders@hillside-mill.example"}]
    assert books["customers"] == [
        {"name": "Corner Café", "email": "kitchen@corner-cafe.example", "phone": "+44 1632 960101"}
    ]
    assert [(item["name"], item["unit"], item["untracked"], item["density"]) for item in books["ingredients"]] == [
        ("Flour", "kg", "35", None),
        ("Cream", "l", "1", "1.01"),
        ("Eggs", "each", "24", None),
        ("Levain", "kg", "0", None),
    ]
    levain, loaf, coffee = books["products"]
    assert levain == {
        "name": "Levain refresh",
        "unit": "kg",
        "yieldQuantity": "1",
        "shelfLifeDays": 3,
        "inheritExpiry": True,
        "makesIngredient": {"name": "Levain"},
        "recipe": [
            {"ingredient": {"name": "Levain"}, "quantity": "100", "unit": "g"},
            {"ingredient": {"name": "Flour"}, "quantity": "450", "unit": "g"},
        ],
    }
    assert [line["ingredient"]["name"] for line in loaf["recipe"]] == ["Flour", "Levain"]
    assert (loaf["yieldQuantity"], loaf["recipe"][1]["unit"]) == ("10", "kg")
    assert coffee["recipe"] == []
    assert sorted(books["orders"], key=lambda order: order["number"]) == [
        {
            "number": "W-1",
            "status": "DRAFT",
            "dueOn": "2026-03-05",
            "customer": {"name": "Corner Café"},
            "lines": [
                {"product": {"name": "Country loaf"}, "quantity": "5"},
                {"product": {"name": "Coffee"}, "quantity": "2"},
            ],
        },
        {
            "number": "W-2",
            "status": "DRAFT",
            "dueOn": None,
            "customer": None,
            "lines": [{"product": {"name": "Coffee"}, "quantity": "1"}],
        },
    ]


def test_opening_stock_is_the_owners_adjustment_without_a_lot(importing: Importing, bakery: Bakery) -> None:
    importing.run(ingredients=INGREDIENTS)
    [flour, *_] = [edge["node"] for edge in bakery.owner.ask("Ingredients")["edges"]]
    [movement] = [edge["node"] for edge in bakery.owner.ask("StockLedger", id=flour["id"])["movements"]["edges"]]
    assert (movement["kind"], movement["quantity"], movement["lot"]) == ("ADJUSTMENT", "35", None)
    assert movement["actor"]["role"] == "OWNER"


def test_files_may_refer_to_what_the_bakery_has(importing: Importing, bakery: Bakery) -> None:
    bakery.ingredient("Flour")
    recipes = "product,ingredient,quantity\nLoaf,flour,1\n"
    importing.takes(recipes=recipes)
    importing.takes(orders="number,product,quantity\n1,Loaf,2\n")
    importing.takes(orders="number,product,quantity\n2,Loaf,2\n")


def test_names_are_found_whatever_case_spaces_and_encoding_of_accents(importing: Importing) -> None:
    decomposed = unicodedata.normalize("NFD", "CORNER  café")
    orders = f"number,product,quantity,customer\n1,country LOAF,2,{decomposed}\n"
    importing.takes(**WHOLE | {"orders": orders})


@ON_SQLITE
@pytest.mark.parametrize(
    "text",
    [
        pytest.param("\ufeffname,email\nMill,\n", id="byte order mark"),
        pytest.param("name,email\r\nMill,\r\n", id="CRLF"),
        pytest.param("name,email\rMill,\r", id="CR"),
        pytest.param("name,email\nMill,", id="no line end"),
        pytest.param("\n,\nname,email\n\nMill,\n,\n", id="empty rows"),
        pytest.param('email," Name "\n,"Mill"\n', id="other order"),
        pytest.param("name\nMill\n", id="without the optional column"),
    ],
)
def test_files_come_in_many_shapes(importing: Importing, bakery: Bakery, text: str) -> None:
    importing.takes(suppliers=text)
    assert books_of(bakery)["suppliers"] == [{"name": "Mill", "email": None}]


def test_quotes_hold_commas_quotes_and_spaces(importing: Importing, bakery: Bakery) -> None:
    importing.takes(suppliers='name,email\n"Butter, Eggs & ""Co""",\n12" Tins,\n')
    assert [supplier["name"] for supplier in books_of(bakery)["suppliers"]] == ['Butter, Eggs & "Co"', '12" Tins']


def test_a_header_alone_is_a_file_without_rows(importing: Importing) -> None:
    assert json.loads(importing.run("--json", suppliers="name,email\n").stdout) == {"suppliers": 0}


def test_it_prints_json_for_programs(importing: Importing) -> None:
    assert json.loads(importing.run("--json", **WHOLE).stdout) == {
        "suppliers": 1,
        "ingredients": 4,
        "customers": 1,
        "recipes": 3,
        "orders": 2,
    }
    result = importing.run("--json", suppliers="name,email\nMill,nowhere\n")
    [problem] = json.loads(result.stdout)["problems"]
    assert result.exit_code == 1
    assert (Path(problem.pop("file")).name, problem) == (
        "suppliers.csv",
        {
            "line": 2,
            "column": "email",
            "message": "This is not an e-mail address. Write one like name@example.com.",
        },
    )


# ── many rows ─────────────────────────────────────────────────────────────────────────────────────────────────────────
def test_rows_cost_no_statement_each(database_url: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    reads, sizes = [], []
    fetch, insertion = Transaction.fetch, Session._insertion

    async def counted_fetch(transaction: Transaction, operation: Operation) -> None:
        reads.append(operation)
        await fetch(transaction, operation)

    def counted_insertion(session: Session, table: Table, rows: Sequence[Mapping[str, Any]]) -> Operation:
        sizes.append(len(rows))
        return insertion(session, table, rows)

    api = InProcessApi(database_url)
    importing = Importing(api, Bakery.opened(api), tmp_path)
    customers = "name\n" + "".join(f"Customer {number}\n" for number in range(1000))
    orders = "number,product,quantity,customer\n" + "".join(
        f"W-{number // 2},Coffee,1,Customer {number // 2}\n" for number in range(2000)
    )
    with monkeypatch.context() as patched:
        patched.setattr(Transaction, "fetch", counted_fetch)
        patched.setattr(Session, "_insertion", counted_insertion)
        importing.takes(recipes="product\nCoffee\n", customers=customers, orders=orders)
    assert len(reads) < 50
    # Customers, the one product, orders, and their lines: each table at once (see `BulkSession`).
    assert sizes == [1000, 1, 1000, 2000]
    assert importing.bakery.owner.ask("Orders", first=1)["totalCount"] == 1000
    api.close()


def test_what_somebody_recorded_meanwhile_undoes_a_bulk(api: InProcessApi, bakery: Bakery) -> None:
    """The numbers that an import read beforehand are not all: another took one since."""
    coffee = bakery.product("Coffee")
    bakery.order({coffee: "1"}, number="W-1")

    async def add_again() -> None:
        database = Database(api.database_url)
        try:
            async with database.writing() as session:
                bulk = BulkSession(session.for_bakery(BakeryId(bakery.id)))
                orders = BulkOrders(bulk, frozenset())
                assert await orders.add(number="W-1", customer_id=None, due_on=None, lines=[], now=api.now)
                await bulk.flush()
        finally:
            await database.dispose()

    with bakery.nothing_changes(), pytest.raises(Overtaken):
        asyncio.run(add_again())


# ── what is written about it ──────────────────────────────────────────────────────────────────────────────────────────
def _sections() -> Mapping[str, str]:
    text = (REPOSITORY / "docs" / "import.md").read_text(encoding="utf-8")
    parts = re.split(r"^## (.+)$", text, flags=re.MULTILINE)[1:]
    return dict(zip(parts[::2], parts[1::2], strict=True))


def test_the_documentation_has_every_column() -> None:
    for form in FORMS:
        rows = re.findall(r"^\| `(\w+)` \| (yes)?", _sections()[form.noun], re.MULTILINE)
        assert sorted(column for column, _ in rows) == sorted(form.columns)
        assert {column for column, required in rows if required} == set(form.required)


def test_the_documentations_examples_are_taken(importing: Importing) -> None:
    examples = {}
    for form in FORMS:
        block = re.search(r"^```csv\n(.*?)^```", _sections()[form.noun], re.MULTILINE | re.DOTALL)
        assert block
        examples[form.noun] = block[1]
    result = importing.run(**examples)
    assert result.exit_code == 0, result.stderr


def test_the_demos_books_are_of_the_documented_form(importing: Importing) -> None:
    folder = Path(graphql_api.demo.__file__).parent / "data"
    nouns = ("suppliers", "ingredients", "customers", "recipes")
    result = importing.run(**{noun: (folder / f"{noun}.csv").read_text(encoding="utf-8") for noun in nouns})
    assert result.exit_code == 0, result.stderr
