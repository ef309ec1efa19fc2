"""`baketrace import`: every problem is told by file, line and column, and nothing is taken then."""

from dataclasses import replace
from pathlib import Path

import pytest

from graphql_api.importing import forms
from graphql_api.importing.files import read
from tests.api.bakeries import Bakery
from tests.api.importing import INGREDIENTS, ON_SQLITE, ORDERS, SUPPLIERS, WHOLE, Importing
from tests.api.in_process import InProcessApi


@pytest.fixture
def importing(api: InProcessApi, bakery: Bakery, tmp_path: Path) -> Importing:
    return Importing(api, bakery, tmp_path)


def test_every_bad_row_is_told_by_file_line_and_column(importing: Importing) -> None:
    problems = importing.refuses(
        suppliers="name,email\n,nowhere\nMill,\n",
        ingredients="name,unit,opening_stock,density\nFlour,pounds,-1,1.1234567\nEggs,each,2,500\nCream,,,\nMilk,l,,\n",
        recipes="product,yield_quantity,shelf_life_days,makes_ingredient,inherit_expiry,ingredient,quantity,unit\n"
        'Loaf,0,-3,Leaven,maybe,Flour,"1,5",\n'
        "Loaf,,,,,Eggs,3,kg\n"
        "Loaf,1,,,,Eggs,,\n"
        "Roll,,1.5,,,,2,\n",
        orders="number,product,quantity,due_on,customer\n"
        "1,Milk,1,2026-02-30,\n"
        "1,,0,,\n"
        ",Loaf,1,1950-01-01,\n"
        f"{'9' * 65},Roll,1e3,,Nobody\n",
    )
    expected = [
        ("suppliers.csv:2: name", "It is empty. Give a name."),
        ("suppliers.csv:2: email", "This is not an e-mail address."),
        ("ingredients.csv:2: unit", "“pounds” is no unit. Use one of g, kg, oz, lb, ml, l, floz, gal, each."),
        ("ingredients.csv:2: opening_stock", "It is -1; it must be 0 or more."),
        ("ingredients.csv:2: density", "It has 7 decimals; at most 6 are allowed."),
        ("ingredients.csv:3: density", "It is more than 100 g/ml."),
        ("ingredients.csv:4: unit", "It is empty. Give one of"),
        ("recipes.csv:2: quantity", "“1,5” is no number. Write digits, with a point before decimals, such as 12.5."),
        ("recipes.csv:2: yield_quantity", "It is 0; it must be more than 0."),
        ("recipes.csv:2: shelf_life_days", "It is -3; it must be from 0 to 3650."),
        ("recipes.csv:2: makes_ingredient", "There is no ingredient “Leaven”, in the bakery or in these files."),
        ("recipes.csv:2: inherit_expiry", "“maybe” is neither yes nor no."),
        ("recipes.csv:4: quantity", "It is empty. Give a number such as 12.5."),
        ("recipes.csv:4: yield_quantity", "It says “1”, line 2 “0” of the same product."),
        ("recipes.csv:5: ingredient", "It is empty. Say what the quantity is of."),
        ("recipes.csv:5: shelf_life_days", "“1.5” is no whole number."),
        ("orders.csv:2: product", "There is no product “Milk”"),
        ("orders.csv:2: due_on", "“2026-02-30” is no day. Write it as YYYY-MM-DD, such as 2026-06-21."),
        ("orders.csv:3: product", "It is empty. Give the name of a product."),
        ("orders.csv:3: quantity", "It is 0; it must be more than 0."),
        ("orders.csv:4: number", "It is empty. Give a name."),
        ("orders.csv:4: due_on", "1950-01-01 is out of range"),
        ("orders.csv:5: number", "It has 65 characters; at most 64 are allowed."),
        ("orders.csv:5: quantity", "“1e3” is no number."),
        ("orders.csv:5: customer", "There is no customer “Nobody”"),
    ]
    assert sorted(problem.partition(": ")[0] for problem in problems) == sorted(
        place.partition(": ")[0] for place, _ in expected
    )
    for place, message in expected:
        assert any(problem.startswith(f"{place}: {message}") for problem in problems), (place, problems)


def test_a_unit_must_fit_its_ingredient(importing: Importing) -> None:
    recipes = "product,ingredient,quantity,unit\nLoaf,Flour,1,l\nLoaf,Cream,80,g\nLoaf,Eggs,1,g\n"
    flour, eggs = importing.refuses(ingredients=INGREDIENTS, recipes=recipes)
    assert flour.startswith("recipes.csv:2: unit: l converts to kg only for an ingredient with a density")
    assert eggs.startswith("recipes.csv:4: unit: g cannot be converted to each")


def test_one_bad_row_in_one_file_keeps_all_files_out(importing: Importing) -> None:
    assert importing.refuses(**WHOLE | {"orders": f"{ORDERS}W-3,,,Croissant,1\n"}) == [
        "orders.csv:5: product: There is no product “Croissant”, in the bakery or in these files."
    ]


def test_what_refers_to_a_refused_row_is_not_told_as_well(importing: Importing) -> None:
    [problem] = importing.refuses(**WHOLE | {"ingredients": INGREDIENTS.replace("Flour,kg,35", "Flour,kg,35.1234567")})
    assert problem == "ingredients.csv:2: opening_stock: It has 7 decimals; at most 6 are allowed."


def test_the_line_is_the_physical_one_on_which_a_row_begins(importing: Importing) -> None:
    text = '\ufeff\r\nname,email\r\n"Mill\r\nand\r\nSons",\r\n\r\nDairy,nowhere\r\n'
    assert importing.refuses(suppliers=text) == [
        "suppliers.csv:3: name: It has several lines. Give a name on one line.",
        "suppliers.csv:7: email: This is not an e-mail address. Write one like name@example.com.",
    ]


def test_rows_have_a_cell_for_each_column(importing: Importing) -> None:
    short, long = importing.refuses(
        ingredients="name,unit\nFlour\nButter, unsalted,kg\nSalt,kg\n",
        recipes="product,ingredient,quantity\nA,Flour,1\n",
    )
    assert short.startswith("ingredients.csv:2: It has 1 cells, the header has 2. Give each column a cell")
    assert long.startswith("ingredients.csv:3: It has 3 cells, the header has 2.")


@ON_SQLITE
@pytest.mark.parametrize("text", ["=SUM(A1:A3)", "+A1", "-1", "@home", " =1"])
def test_formulas_are_no_names(importing: Importing, text: str) -> None:
    [problem] = importing.refuses(suppliers=f"name\n{text}\n")
    begins = text.strip()[0]
    assert problem == f"suppliers.csv:2: name: It begins with “{begins}”, as a formula does. Give the text itself."


def test_formulas_are_no_numbers_and_no_telephones(importing: Importing) -> None:
    assert [problem.rpartition(": ")[0] for problem in importing.refuses(customers="name,phone\nA,+1+cmd|x\n")] == [
        "customers.csv:2: phone"
    ]
    assert importing.refuses(ingredients="name,unit,opening_stock\nA,kg,=B2*2\n")[0].startswith(
        "ingredients.csv:2: opening_stock: “=B2*2” is no number."
    )


def test_control_characters_are_refused_and_never_printed(importing: Importing) -> None:
    name, unit = importing.refuses(ingredients="name,unit\nFl\x1bour,kg\nSalt,k\x1b[2Jg\n")
    assert name == "ingredients.csv:2: name: It has control characters. Use plain text."
    assert "\x1b" not in unit


@pytest.mark.parametrize(
    ("content", "problems"),
    [
        pytest.param(b"", [": It is empty. Begin with a header of the columns, such as name,email."], id="empty"),
        pytest.param(b"\n\n", [": It is empty. Begin with a header"], id="blank lines"),
        pytest.param("name\nCafé\n".encode("latin-1"), [":2: It is not UTF-8. Save it as “CSV UTF-8”."], id="Latin 1"),
        pytest.param("name\nMill\n".encode("utf-16"), [":1: It is not UTF-8."], id="UTF-16"),
        pytest.param(b"email\na@b.example\n", [":1: name: The column is missing; it is required."], id="missing"),
        pytest.param(
            b"name,fax\nA,\n", [":1: fax: There is no such column; suppliers have name, email."], id="unknown"
        ),
        pytest.param(b"name,Name,email\nA,,\n", [":1: name: The column is there twice. Take one out."], id="duplicate"),
        pytest.param(b"name,,email\nA,,\n", [":1: Column 2 has no name. Name it, or take it out."], id="unnamed"),
        pytest.param(b"name;email\nA;\n", [":1: Its columns are not separated by commas."], id="semicolons"),
        pytest.param(b"name\tfax\nA\t\n", [":1: Its columns are not separated by commas."], id="tabs"),
        pytest.param(b'name\nA\n"B\nC\n', [":3: The row that begins here is no CSV"], id="open quote"),
        pytest.param(b'name\n"A"B\n', [":2: The row that begins here is no CSV"], id="text behind a quote"),
        pytest.param(b"fax,phone\n", [":1: fax: ", ":1: phone: ", ":1: name: "], id="several"),
    ],
)
def test_files_that_cannot_be_read(tmp_path: Path, content: bytes, problems: list[str]) -> None:
    path = tmp_path / "suppliers.csv"
    path.write_bytes(content)
    sheet = read(path, forms.SUPPLIERS)
    assert (sheet.rows, sheet.problems.unreadable) == ([], True)
    for problem, begins in zip(sheet.problems.in_order(), problems, strict=True):
        assert str(problem).startswith(f"{path}{begins}")


def test_a_file_that_cannot_be_read_keeps_all_files_out(importing: Importing) -> None:
    assert importing.refuses(**WHOLE | {"ingredients": ""}) == [
        "ingredients.csv: It is empty. Begin with a header of the columns, such as "
        "name,unit,opening_stock,density,reorder_point."
    ]


def test_files_that_are_not_there(importing: Importing, bakery: Bakery, tmp_path: Path) -> None:
    result = importing.run("--suppliers", str(tmp_path / "none.csv"), "--customers", str(tmp_path), orders=ORDERS)
    assert result.problems == [
        "none.csv: It cannot be read: No such file or directory.",
        f"{tmp_path.name}: It cannot be read: Is a directory.",
        "baketrace: Nothing was imported: 2 problems to put right first.",
    ]


def test_a_name_belongs_to_one_record(importing: Importing, bakery: Bakery) -> None:
    bakery.customer("Harbour Deli")
    twice, there = importing.refuses(customers="name\nCorner Café\ncorner café\nHARBOUR DELI\n")
    assert twice == "customers.csv:3: name: “corner café” is on line 2 already. Give each customer its own name."
    assert there.startswith("customers.csv:4: name: The bakery has “HARBOUR DELI” already.")


def test_the_same_files_twice_make_nothing_twice(importing: Importing) -> None:
    importing.run(**WHOLE)
    problems = importing.refuses(**WHOLE)
    assert len(problems) == 1 + 4 + 1 + 3 + 2
    assert problems[-1] == "orders.csv:4: number: There is an order W-2 already. Give another number."


def test_a_name_that_several_records_bear_is_ambiguous(importing: Importing, bakery: Bakery) -> None:
    importing.run(**WHOLE | {"orders": "number,product,quantity\n"})
    bakery.customer("Two Sisters")
    bakery.customer("Two sisters")
    assert importing.refuses(orders="number,product,quantity,customer\n1,Coffee,1,Two Sisters\n") == [
        "orders.csv:2: customer: 2 customers are called “Two Sisters”: the row does not say which."
    ]


def test_an_order_says_its_customer_and_day_once(importing: Importing, bakery: Bakery) -> None:
    bakery.product("Coffee")
    bakery.customer("Café Nord")
    bakery.customer("Café Süd")
    customer, day = importing.refuses(
        orders="number,product,quantity,customer,due_on\n"
        "1,Coffee,1,Café Nord,\n1,Coffee,1,Café Süd,2026-03-05\n1,Coffee,1,Café Nord,2026-03-06\n"
    )
    assert customer.startswith("orders.csv:3: customer: It says “Café Süd”, line 2 “Café Nord” of the same number.")
    assert day.startswith("orders.csv:4: due_on: It says “2026-03-06”, line 3 “2026-03-05” of the same number.")


def test_an_order_has_at_most_a_thousand_lines(importing: Importing, bakery: Bakery) -> None:
    bakery.product("Coffee")
    problems = importing.refuses(orders="number,product,quantity\n" + "1,Coffee,1\n" * 1001)
    assert problems == ["orders.csv:2: product: It has 1001 lines; at most 1000 are allowed."]


def test_another_bakerys_names_are_nobodys(importing: Importing, bakery: Bakery) -> None:
    other = Bakery.opened(bakery.api)
    other.product("Coffee")
    [problem] = importing.refuses(orders="number,product,quantity\n1,Coffee,1\n")
    assert problem.startswith("orders.csv:2: product: There is no product “Coffee”")
    replace(importing, bakery=other).takes(orders="number,product,quantity\n1,Coffee,1\n")
    assert bakery.owner.ask("Orders")["totalCount"] == 0


def test_an_unknown_bakery_is_refused(importing: Importing) -> None:
    nobody = replace(importing, bakery=Bakery(importing.api, 999_999_999, {}))
    assert nobody.run(suppliers=SUPPLIERS).problems == ["baketrace: There is no bakery 999999999."]
