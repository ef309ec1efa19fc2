"""No statement of a shipped document reads a table from end to end that grows with the years."""

import json
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import psycopg
import pytest

from tests.api.bakeries import Bakery
from tests.api.databases import Templates
from tests.api.in_process import InProcessApi
from tests.api.shelves import SHIPPED, Shelves, nested_traces
from tests.api.statements import statements_sent

GROWING = {
    "access_tokens",
    "allocations",
    "code_counters",
    "consumptions",
    "customers",
    "idempotency_keys",
    "lot_holds",
    "lots",
    "movements",
    "order_lines",
    "order_status_changes",
    "orders",
    "production_batches",
    "purchase_order_lines",
    "purchase_orders",
}

FILL = Path(__file__).with_name("ten_thousand_lots.sql")


@pytest.fixture(scope="module")
def texts(shared_api: InProcessApi) -> list[str]:
    """Every statement that shipped documents send, and traces that go deeper than any of them."""
    shelves = Shelves(Bakery.opened(shared_api), 1)
    with statements_sent() as sent:
        for name in SHIPPED:
            shelves.statements(name)
        for document in nested_traces(shelves, 3):
            assert not shelves.bakery.owner.send(document).errors
    return list(dict.fromkeys(sent))


@pytest.fixture(scope="module")
def filled_url(engine: str, templates: Templates, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A database to plan on. SQLite plans by its indexes alone, however much there is."""
    with templates.copy(engine, tmp_path_factory.mktemp("plans")) as url:
        if engine == "postgresql":
            with psycopg.connect(url, autocommit=True) as connection:
                connection.execute(FILL.read_bytes())
        yield url


def test_no_growing_table_is_read_from_end_to_end(engine: str, texts: list[str], filled_url: str) -> None:
    scanned = _scanned_on_sqlite if engine == "sqlite" else _scanned_on_postgresql
    assert len(texts) > 50
    # One string a statement: the whole of it is what has to be looked at.
    found = [f"{tables & GROWING}: {text}" for text, tables in scanned(filled_url, texts) if tables & GROWING]
    assert found == []


def _scanned_on_sqlite(url: str, texts: list[str]) -> Iterator[tuple[str, set[str]]]:
    with closing(sqlite3.connect(Path(url.removeprefix("sqlite:///")))) as connection:
        for text in texts:
            steps = connection.execute(f"EXPLAIN QUERY PLAN {text}", [None] * text.count("?")).fetchall()
            yield text, {detail.split()[1] for *_, detail in steps if detail.startswith("SCAN ")}


def _scanned_on_postgresql(url: str, texts: list[str]) -> Iterator[tuple[str, set[str]]]:
    with psycopg.connect(url, autocommit=True, cursor_factory=psycopg.RawCursor) as connection:
        for text in texts:
            row = connection.execute(f"EXPLAIN (GENERIC_PLAN, FORMAT JSON) {text}").fetchone()
            assert row
            plan = row[0] if isinstance(row[0], list) else json.loads(row[0])
            yield text, set(_sequential(plan[0]["Plan"]))


def _sequential(node: dict[str, Any]) -> Iterator[str]:
    if node["Node Type"] == "Seq Scan":
        yield node["Relation Name"]
    for child in node.get("Plans", ()):
        yield from _sequential(child)
