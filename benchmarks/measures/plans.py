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
from graphql import DocumentNode, GraphQLObjectType, GraphQLSchema, build_schema, parse, validate

from bakery.store.engine import POSTGRESQL
from bakery.store.fences import SETTING, TAKE_ROLE
from benchmarks.data.databases import Books
from benchmarks.measures.asking import Asking
from benchmarks.measures.tap import Tap, tapped
from graphql_api.schema import roots
from plans import Role
from tests.api.bakeries import Bakery
from tests.api.documents import document, operation_names
from tests.api.in_process import InProcessApi
from tests.api.world import World

GROWN_ROWS = 1000
# To make a Bloom filter, SQLite reads the whole table.
SQLITE_SCAN = re.compile(r"(?:SCAN|BLOOM FILTER ON) (\w+)")
ALIAS_NUMBER = re.compile(r"_\d+$")


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
    with tapped() as tap, closing(InProcessApi(books.url)) as api:
        bakery = Bakery(api, books.bakery_id, {})
        bakery.tokens[Role.OWNER] = bakery.new_token(Role.OWNER)
        asked = _Asked(books, World.made(bakery), tap)
        return asked.explained()


class _Asked:
    def __init__(self, books: Books, world: World, tap: Tap) -> None:
        self._books = books
        self._tap = tap
        self._world = world
        self._schema: GraphQLSchema = build_schema(roots.build().as_str())
        self._asking = Asking(books, self._schema)
        self._sent: dict[str, list[str]] = {}
        self._refused: list[str] = []
        self._left_out: list[str] = []

    def explained(self) -> Plans:
        for name in operation_names():
            text = parse(document(name))
            variables = None if validate(self._schema, text) else self._asking.variables(text, self._world)
            if variables is None:
                self._left_out.append(name)
                continue
            self._sent[name] = [
                statement for given in variables for statement in self._statements_of(name, text, given)
            ]
        explain = _explain_sqlite if self._books.is_sqlite else _explain_postgresql
        with explain(self._books) as scanned:
            scans = {
                Scan(name, table, " ".join(statement.split()))
                for name, sent in self._sent.items()
                for statement in dict.fromkeys(sent)
                for table in scanned(statement)
            }
        return Plans(
            "sqlite" if self._books.is_sqlite else "postgresql",
            len({statement for sent in self._sent.values() for statement in sent}),
            tuple(self._sent),
            tuple(self._refused),
            tuple(self._left_out),
            tuple(sorted(scans, key=lambda scan: (scan.document, scan.table, scan.statement))),
        )

    def _statements_of(self, name: str, text: DocumentNode, variables: dict[str, Any]) -> list[str]:
        """What the document sends. A mutation that others left nothing to do for is asked by a neighbour instead."""
        self._tap.take()
        if self._succeeds(self._world, name, variables):
            return self._tap.take()
        neighbour = World.made(Bakery.opened(self._world.bakery.api))
        again = self._asking.variables(text, neighbour)
        assert again
        self._tap.take()
        if not self._succeeds(neighbour, name, again[0]):
            self._refused.append(name)
        return self._tap.take()

    def _succeeds(self, world: World, name: str, variables: dict[str, Any]) -> bool:
        answer = world.bakery.owner.send(document(name), variables)
        root = next(iter((answer.body.get("data") or {}).values()), None)
        kind = root.get("__typename", "") if isinstance(root, dict) else ""
        return not answer.errors and root is not None and not self._is_error(kind)

    def _is_error(self, name: str) -> bool:
        kind = self._schema.type_map.get(name)
        return isinstance(kind, GraphQLObjectType) and any(part.name == "Error" for part in kind.interfaces)


# ── what the plans say ────────────────────────────────────────────────────────────────────────────────────────────────
Scanned = Callable[[str], set[str]]
"""The tables that the plan of a statement scans, of those that grow."""


@contextmanager
def _explain_postgresql(books: Books) -> Iterator[Scanned]:
    # As the product connects and plans; in its role, and fenced in.
    with psycopg.connect(books.url, autocommit=True, options=POSTGRESQL["options"]) as connection:
        connection.execute(TAKE_ROLE)
        connection.execute("SELECT set_config(%s, %s, false)", [SETTING, str(books.bakery_id)])
        large = {
            name
            for (name,) in connection.execute(
                "SELECT relname FROM pg_class WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace"
                " AND reltuples >= %s",
                [GROWN_ROWS],
            ).fetchall()
        }

        def scanned(statement: str) -> set[str]:
            places = max((int(place) for place in re.findall(r"\$(\d+)", statement)), default=0)
            given = f"({', '.join(['NULL'] * places)})" if places else ""
            connection.execute(f"PREPARE asked AS {statement}".encode())
            explained = connection.execute(f"EXPLAIN (FORMAT JSON) EXECUTE asked {given}".encode()).fetchone()
            connection.execute("DEALLOCATE asked")
            assert explained
            nodes = _nodes(explained[0][0]["Plan"])
            return {node["Relation Name"] for node in nodes if node["Node Type"] == "Seq Scan"} & large

        yield scanned


def _nodes(plan: dict[str, Any]) -> Iterator[dict[str, Any]]:
    yield plan
    for part in plan.get("Plans", []):
        yield from _nodes(part)


@contextmanager
def _explain_sqlite(books: Books) -> Iterator[Scanned]:
    with closing(sqlite3.connect(books.url.removeprefix("sqlite:///"))) as connection:
        large = {
            table
            for table, stat in connection.execute("SELECT tbl, stat FROM sqlite_stat1")
            if int(stat.split()[0]) >= GROWN_ROWS
        }

        def scanned(statement: str) -> set[str]:
            unbound = [None] * statement.count("?")
            steps = [row[3] for row in connection.execute(f"EXPLAIN QUERY PLAN {statement}", unbound)]
            names = {match[1] for step in steps if (match := SQLITE_SCAN.match(step))}
            return {ALIAS_NUMBER.sub("", name) for name in names} & large

        yield scanned
