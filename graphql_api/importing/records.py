"""Rows to records, by the resolvers of the mutations: what they refuse is told by file, line and column."""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from bakery.errors import InvalidInput
from bakery.quantity import Unit
from graphql_api.context import Work
from graphql_api.importing.cells import Cells
from graphql_api.importing.files import Row, Sheet
from graphql_api.importing.forms import CUSTOMERS, INGREDIENTS, ORDERS, RECIPES, SUPPLIERS, Form
from graphql_api.importing.names import Names, UnusableName
from graphql_api.importing.problems import FileProblems, quoted
from graphql_api.refs import Outcome, Ref
from graphql_api.resolvers import catalogue, orders

NOTHING = ""
"""An id that no record has: stands where a name could not be used, so that the rest of the row is still checked."""

# `recipe[2].ingredientId`: of the third line, the field that the column `ingredient` gives.
_PATH = re.compile(r"(?:\w+\[(?P<line>[0-9]+)\]\.)?(?P<field>\w+?)(?:Id)?")

# Columns that are named otherwise than the field they give.
_COLUMNS = {RECIPES.noun: {"name": "product", "recipe": "product"}, ORDERS.noun: {"lines": "product"}}


@dataclass(frozen=True)
class Entry:
    """The rows of one record, at least one. Those in `lines` are its lines; the others add nothing but themselves."""

    form: Form
    rows: Sequence[Row]
    lines: Sequence[Row]
    problems: FileProblems

    def cells(self, row: Row) -> Cells:
        return Cells(row, self.problems)

    def shared(self, column: str) -> Cells:
        """The row that says what holds for the whole record: the first with the cell filled, which others repeat."""
        given = [row for row in self.rows if row[column]]
        for row in given[1:]:
            if row[column] != given[0][column]:
                told = f"It says {quoted(row[column])}, line {given[0].line} {quoted(given[0][column])}"
                self.cells(row).refuse(column, f"{told} of the same {self.form.key}. Say it once, or the same.")
        return self.cells(given[0] if given else self.rows[0])

    def refuse(self, error: InvalidInput) -> None:
        """Tell each problem of an input at the cell that its path comes from."""
        for problem in error.fields:
            path = _PATH.fullmatch(problem.path)
            assert path is not None
            field = re.sub(r"([A-Z])", r"_\1", path["field"]).lower()
            column = _COLUMNS.get(self.form.noun, {}).get(field, field)
            cells = self.shared(column) if path["line"] is None else self.cells(self.lines[int(path["line"])])
            cells.refuse(column, problem.message)

    @property
    def is_bad(self) -> bool:
        return any(self.problems.is_bad(row.line) for row in self.rows)


@dataclass(frozen=True)
class RecipeLine:
    ingredient_id: str
    quantity: Decimal
    unit: Unit | None


@dataclass(frozen=True)
class OrderLine:
    product_id: str
    quantity: Decimal


@dataclass(frozen=True)
class Records:
    """Makes records in one transaction. `names` has those of each kind that rows refer to."""

    work: Work
    names: Mapping[str, Names]

    async def add(self, sheet: Sheet, advance: Callable[[int], None]) -> int:
        """A record for each entry of the sheet; returns how many. `advance` is told how many rows were done."""
        await self._read_ahead(sheet.form)
        add = _ADDERS[sheet.form]
        count = 0
        for entry in _entries(sheet):
            await add(self, entry)
            advance(len(entry.rows))
            count += 1
        return count

    async def _read_ahead(self, form: Form) -> None:
        """Read what the rows refer to at once: the store remembers it (`known`)."""
        store = self.work.store
        if form is RECIPES:
            await store.ingredients.by_ids(self.names["Ingredient"].ids())
        if form is ORDERS:
            await store.customers.by_ids(self.names["Customer"].ids())
            await store.products.by_ids(self.names["Product"].ids())

    async def add_supplier(self, entry: Entry) -> None:
        cells = entry.cells(entry.rows[0])
        await self._named(entry, "Supplier", catalogue.create_supplier, email=cells.text("email"))

    async def add_customer(self, entry: Entry) -> None:
        cells = entry.cells(entry.rows[0])
        arguments = {"email": cells.text("email"), "phone": cells.text("phone")}
        await self._named(entry, "Customer", catalogue.create_customer, **arguments)

    async def add_ingredient(self, entry: Entry) -> None:
        cells = entry.cells(entry.rows[0])
        await self._named(
            entry,
            "Ingredient",
            catalogue.create_ingredient,
            unit=cells.required_unit("unit"),
            opening_stock=cells.decimal("opening_stock"),
            density=cells.decimal("density"),
            reorder_point=cells.decimal("reorder_point"),
        )

    async def add_product(self, entry: Entry) -> None:
        lines = []
        for row in entry.lines:
            cells = entry.cells(row)
            ingredient = self._id(cells, "ingredient", "Ingredient")
            lines.append(RecipeLine(ingredient or NOTHING, cells.required_decimal("quantity"), cells.unit("unit")))
        for row in entry.rows:
            if not row["ingredient"] and (row["quantity"] or row["unit"]):
                entry.cells(row).refuse("ingredient", "It is empty. Say what the quantity is of.")
        await self._named(
            entry,
            "Product",
            catalogue.create_product,
            yield_quantity=entry.shared("yield_quantity").decimal("yield_quantity"),
            recipe=lines,
            shelf_life_days=entry.shared("shelf_life_days").whole("shelf_life_days"),
            makes_ingredient_id=self._id(entry.shared("makes_ingredient"), "makes_ingredient", "Ingredient"),
            inherit_expiry=entry.shared("inherit_expiry").truth("inherit_expiry"),
        )

    async def add_order(self, entry: Entry) -> None:
        lines = []
        for row in entry.lines:
            cells = entry.cells(row)
            product = self._id(cells, "product", "Product")
            if product is None:
                cells.refuse("product", "It is empty. Give the name of a product.")
            lines.append(OrderLine(product or NOTHING, cells.required_decimal("quantity")))
        await self._create(
            entry,
            orders.create_order,
            number=entry.cells(entry.rows[0]).name("number"),
            customer_id=self._id(entry.shared("customer"), "customer", "Customer"),
            lines=lines,
            due_on=entry.shared("due_on").day("due_on"),
        )

    async def _named(
        self, entry: Entry, kind: str, create: Callable[..., Awaitable[Outcome]], **arguments: Any
    ) -> None:
        """Make a record that others may refer to by its name, which no other of its kind has."""
        row, column = entry.rows[0], entry.form.key
        cells, names = entry.cells(row), self.names[kind]
        name = cells.name(column)
        taken = names.taken(name) if name else None
        if taken:
            cells.refuse(column, taken)
        outcome = await self._create(entry, create, name=name, **arguments)
        made = outcome[kind.lower()] if outcome and not entry.is_bad else None
        if row[column] and not taken:
            names.add(row[column], made.id if isinstance(made, Ref) else None, row.line)

    async def _create(
        self, entry: Entry, create: Callable[..., Awaitable[Outcome]], **arguments: Any
    ) -> Outcome | None:
        try:
            return await create(self.work, **arguments)
        except InvalidInput as error:
            entry.refuse(error)
            return None

    def _id(self, cells: Cells, column: str, kind: str) -> str | None:
        """The global id of what a cell names; None for an empty cell, `NOTHING` where the name cannot be used."""
        name = cells.row[column]
        if not name:
            return None
        try:
            return self.names[kind].global_id(name)
        except UnusableName as error:
            if str(error):
                cells.refuse(column, str(error))
            cells.problems.settle(cells.row.line, column)
            return NOTHING


_ADDERS: dict[Form, Callable[[Records, Entry], Awaitable[None]]] = {
    SUPPLIERS: Records.add_supplier,
    INGREDIENTS: Records.add_ingredient,
    CUSTOMERS: Records.add_customer,
    RECIPES: Records.add_product,
    ORDERS: Records.add_order,
}


def _entries(sheet: Sheet) -> Iterator[Entry]:
    """A record's rows: each row by itself or, in a grouped form, all with the same key, wherever they stand."""
    form = sheet.form
    groups: dict[object, list[Row]] = {}
    for row in sheet.rows:
        # A row without a key is nobody's line: it stands, and is refused, by itself.
        groups.setdefault(row[form.key] if form.grouped and row[form.key] else row.line, []).append(row)
    for rows in groups.values():
        lines = [row for row in rows if row["ingredient"]] if form is RECIPES else rows
        yield Entry(form, rows, lines, sheet.problems)
