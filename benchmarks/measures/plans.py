"""How the databases run the product's statements: no plan may scan a table that grows (of a thousand rows or more).

Every shipped document is asked in this process. The statements are taken where the drivers send them, so none is
copied by hand, and the database is asked for the plan of each.
"""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from typing import Any

import psycopg
from graphql import GraphQLSchema, OperationDefinitionNode, build_schema, parse, validate

from benchmarks.data.databases import Books
from graphql_api.refs import Ref, global_id
from graphql_api.schema import roots
from plans import Role
from tests.api.bakeries import Bakery
from tests.api.documents import document, operation_names
from tests.api.in_process import InProcessApi
from tests.api.world import World

GROWN_ROWS = 1000
EXPLAINABLE = re.compile(r"\s*(SELECT|INSERT|UPDATE|DELETE|WITH)\b", re.IGNORECASE)
SQLITE_SCAN = re.compile(r"SCAN (\w+)")
ALIAS_NUMBER = re.compile(r"_\d+$")
LOT_FILTERS: tuple[dict[str, Any], ...] = (
    {"expiryStatus": "EXPIRED"}, {"status": "ON_HOLD"}, {"source": "RESTOCK"}, {"search": "LOT-250"},
    {"hasRemaining": True},
)  # fmt: skip

Statement = tuple[str, Any]
"""A statement as the driver was given it, and its parameters."""


@dataclass(frozen=True)
class Scan:
    """A statement whose plan scans a table that grows."""

    document: str
    table: str
    statement: str


@dataclass(frozen=True)
class Plans:
    """What became of the shipped documents on one database."""

    engine: str
    statements: int
    documents: tuple[str, ...]
    refused: tuple[str, ...]
    """Documents that were asked and did not succeed: only a part of their statements was seen."""
    left_out: tuple[str, ...]
    """Documents that the schema does not have yet, or that nothing is known to ask with."""
    scans: tuple[Scan, ...]


def plans(books: Books) -> Plans:
    """The plans of all that the shipped documents send. `books` are changed by it."""
    with _tapped() as tap, closing(InProcessApi(books.url)) as api:
        bakery = Bakery(api, books.bakery_id, {})
        bakery.tokens[Role.OWNER] = bakery.new_token(Role.OWNER)
        asked = _Asked(books, World.made(bakery), tap)
        return asked.explained()


class _Asked:
    def __init__(self, books: Books, world: World, tap: _Tap) -> None:
        self._books = books
        self._tap = tap
        self._world = world
        self._schema: GraphQLSchema = build_schema(roots.build().as_str())
        self._sent: dict[str, list[Statement]] = {}
        self._refused: list[str] = []
        self._left_out: list[str] = []

    def explained(self) -> Plans:
        # A count takes the stock away that other documents are about.
        for name in sorted(operation_names(), key=lambda name: name == "AdjustStock"):
            variables = self._variables(name)
            if variables is None:
                self._left_out.append(name)
            else:
                self._sent[name] = [statement for given in variables for statement in self._statements_of(name, given)]
        explain = _explain_sqlite if self._books.is_sqlite else _explain_postgresql
        with explain(self._books.url) as scanned:
            scans = {
                Scan(name, table, " ".join(statement.split()))
                for name, sent in self._sent.items()
                for statement, parameters in dict(sent).items()
                for table in scanned(statement, parameters)
            }
        return Plans(
            "sqlite" if self._books.is_sqlite else "postgresql",
            len({statement for sent in self._sent.values() for statement, _ in sent}),
            tuple(self._sent),
            tuple(self._refused),
            tuple(self._left_out),
            tuple(sorted(scans, key=lambda scan: (scan.document, scan.table, scan.statement))),
        )

    def _statements_of(self, name: str, variables: dict[str, Any]) -> list[Statement]:
        self._tap.take()
        answer = self._world.bakery.owner.send(document(name), variables)
        root = next(iter((answer.body.get("data") or {}).values()), None)
        failed = answer.errors or root is None or "Success" not in root.get("__typename", "Success")
        if failed and name not in self._refused:
            self._refused.append(name)
        return self._tap.take()

    # ── what to ask with ──────────────────────────────────────────────────────────────────────────────────────────
    def _variables(self, name: str) -> list[dict[str, Any]] | None:
        """Sets of variables to ask a document with; None where it cannot be asked."""
        text = parse(document(name))
        if validate(self._schema, text):
            return None
        operation = next(node for node in text.definitions if isinstance(node, OperationDefinitionNode))
        root = operation.selection_set.selections[0].to_dict()["name"]["value"]
        given: dict[str, Any] = {}
        for variable in operation.variable_definitions or ():
            value = self._value(variable.variable.name.value, root)
            if value is not None:
                given[variable.variable.name.value] = value
            elif variable.type.kind == "non_null_type":
                return None
        if root == "lots":
            ids = {"ingredientId": self._world.ids["Ingredient"], "supplierId": self._world.ids["Supplier"]}
            filters = [*LOT_FILTERS, *({key: value} for key, value in ids.items())]
            return [given, *({**given, "filter": chosen} for chosen in filters)]
        return [given]

    def _value(self, variable: str, root: str) -> Any:
        facts = self._books.facts
        match variable, root:
            case "first", _:
                return 50
            case "code", "lot":
                return facts.typical_code
            case "code", "productionBatch":
                return facts.batch_code
            case "number", "order":
                return facts.order_number
            case "id", "ingredient":
                return global_id(Ref("Ingredient", facts.ids["Ingredient"]))
            case "id", _:
                return self._world.ids.get(root[:1].upper() + root[1:])
            case "input", "previewProduction":
                return {"productId": global_id(Ref("Product", facts.filled_product)), "quantity": "2"}
            case "input", _:
                return self._input(root)
        return None

    def _input(self, root: str) -> Any:
        """The correct input that the tests know for the mutation, under a key that was not used before."""
        known = self._world.inputs.get(root)
        if known is None:
            return None
        kept = len(self._sent)
        return {
            name: f"{value}-{kept}" if name in ("idempotencyKey", "number", "name") else value
            for name, value in known.items()
        }


# ── where statements are taken ────────────────────────────────────────────────────────────────────────────────────────
class _Tap:
    """What the drivers were given since it was last taken."""

    def __init__(self) -> None:
        self._sent: list[Statement] = []

    def take(self) -> list[Statement]:
        sent, self._sent = self._sent, []
        return [(statement, parameters) for statement, parameters in sent if EXPLAINABLE.match(statement)]

    def note(self, statement: Any, parameters: Any = None) -> None:
        text = statement.decode() if isinstance(statement, bytes) else str(statement)
        self._sent.append((text, parameters))


@contextmanager
def _tapped() -> Iterator[_Tap]:
    """Connections that are made while the block runs tell what they are given, by whatever road it comes."""
    tap = _Tap()
    connect = sqlite3.connect
    execute, execute_many = psycopg.AsyncCursor.execute, psycopg.AsyncCursor.executemany

    def connect_tapped(*arguments: Any, **options: Any) -> sqlite3.Connection:
        connection: sqlite3.Connection = connect(*arguments, **options)
        # SQLite tells its statements with the parameters written into them.
        connection.set_trace_callback(tap.note)
        return connection

    async def execute_tapped(self: Any, query: Any, parameters: Any = None, **options: Any) -> Any:
        tap.note(query, parameters)
        return await execute(self, query, parameters, **options)

    async def execute_many_tapped(self: Any, query: Any, parameters: Any, **options: Any) -> Any:
        rows = list(parameters)
        if rows:
            tap.note(query, rows[0])
        return await execute_many(self, query, rows, **options)

    with _replaced(
        (sqlite3, "connect", connect_tapped),
        (psycopg.AsyncCursor, "execute", execute_tapped),
        (psycopg.AsyncCursor, "executemany", execute_many_tapped),
    ):
        yield tap


@contextmanager
def _replaced(*places: tuple[Any, str, Any]) -> Iterator[None]:
    """Other attributes while the block runs."""
    before = [(owner, name, getattr(owner, name)) for owner, name, _ in places]
    for owner, name, value in places:
        setattr(owner, name, value)
    try:
        yield
    finally:
        for owner, name, value in before:
            setattr(owner, name, value)


# ── what the plans say ────────────────────────────────────────────────────────────────────────────────────────────────
Scanned = Callable[[str, Any], set[str]]
"""The tables that the plan of a statement scans, of those that grow."""


@contextmanager
def _explain_postgresql(url: str) -> Iterator[Scanned]:
    with psycopg.connect(url, autocommit=True) as connection:
        large = {
            name
            for (name,) in connection.execute(
                "SELECT relname FROM pg_class WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace"
                " AND reltuples >= %s",
                [GROWN_ROWS],
            ).fetchall()
        }

        def scanned(statement: str, parameters: Any) -> set[str]:
            explained = connection.execute(f"EXPLAIN (FORMAT JSON) {statement}".encode(), parameters).fetchone()
            assert explained
            nodes = _nodes(explained[0][0]["Plan"])
            return {node["Relation Name"] for node in nodes if node["Node Type"] == "Seq Scan"} & large

        yield scanned


def _nodes(plan: dict[str, Any]) -> Iterator[dict[str, Any]]:
    yield plan
    for part in plan.get("Plans", []):
        yield from _nodes(part)


@contextmanager
def _explain_sqlite(url: str) -> Iterator[Scanned]:
    with closing(sqlite3.connect(url.removeprefix("sqlite:///"))) as connection:
        large = {
            table
            for table, stat in connection.execute("SELECT tbl, stat FROM sqlite_stat1")
            if int(stat.split()[0]) >= GROWN_ROWS
        }

        def scanned(statement: str, _parameters: Any) -> set[str]:
            steps = [row[3] for row in connection.execute(f"EXPLAIN QUERY PLAN {statement}")]
            names = {match[1] for step in steps if (match := SQLITE_SCAN.match(step))}
            return {ALIAS_NUMBER.sub("", name) for name in names} & large

        yield scanned
