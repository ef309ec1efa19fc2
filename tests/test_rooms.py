"""SQL is in two rooms, `bakery/store` and `migrations`: whatever stands elsewhere would be past the fences (R-1.1)."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

REPOSITORY = Path(__file__).parents[1]
PRODUCT = ("bakery", "plans", "graphql_api", "migrations")
ROOMS = ("bakery/store", "migrations")
DATABASE = {"sqlalchemy", "alembic", "psycopg", "psycopg_pool", "sqlite3", "aiosqlite", "asyncpg"}
RUNS_SQL = {"exec_driver_sql", "executescript", "execute", "executemany", "fetchval"}
SQL = re.compile(
    r"\s*(SELECT\s.+\sFROM\s|INSERT\s+INTO\s|UPDATE\s+\w+\s+SET\s|DELETE\s+FROM\s|WITH\s+\w+\s+AS\s*\(|"
    r"(CREATE|ALTER|DROP)\s+(TABLE|INDEX|ROLE|POLICY)\s|SET\s+(LOCAL|ROLE)\s|TRUNCATE\s)",
    re.IGNORECASE | re.DOTALL,
)


def sql_in(source: str) -> Iterator[str]:
    """What of a module speaks to a database: imports of drivers, calls that run SQL, and texts that are SQL."""
    for node in ast.walk(ast.parse(source)):
        where = f"line {getattr(node, 'lineno', 0)}"
        if isinstance(node, ast.Import):
            yield from (f"{where}: import {name.name}" for name in node.names if name.name.split(".")[0] in DATABASE)
        elif isinstance(node, ast.ImportFrom) and (node.module or "").split(".")[0] in DATABASE:
            yield f"{where}: from {node.module} import"
        elif isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and _runs_sql(node):
            yield f"{where}: {node.func.attr}("
        elif isinstance(node, ast.Constant) and isinstance(node.value, str) and SQL.match(node.value):
            yield f"{where}: {node.value[:60]!r}"


def _runs_sql(node: ast.Call) -> bool:
    """`execute` is also what a GraphQL schema has: there it is given a document, by name."""
    assert isinstance(node.func, ast.Attribute)
    if node.func.attr not in RUNS_SQL:
        return False
    return not (
        node.func.attr == "execute" and isinstance(node.func.value, ast.Name | ast.Attribute) and _is_schema(node)
    )


def _is_schema(node: ast.Call) -> bool:
    owner = node.func.value  # type: ignore[attr-defined]
    return (owner.id if isinstance(owner, ast.Name) else owner.attr).lstrip("_") in ("schema", "pipeline", "super")


def modules() -> list[Path]:
    return [
        file
        for room in PRODUCT
        for file in sorted((REPOSITORY / room).rglob("*.py"))
        if not file.relative_to(REPOSITORY).as_posix().startswith(ROOMS)
    ]


def test_no_sql_outside_its_rooms() -> None:
    assert len(modules()) > 80
    found = {
        str(file.relative_to(REPOSITORY)): spoken
        for file in modules()
        if (spoken := list(sql_in(file.read_text(encoding="utf-8"))))
    }
    assert found == {}


@pytest.mark.parametrize(
    "source",
    [
        "from sqlalchemy import text",
        "import psycopg",
        "connection.exec_driver_sql(statement)",
        "cursor.execute(statement)",
        "QUERY = 'SELECT id FROM lots'",
        "QUERY = '''\n  with found as (select 1) select * from found'''",
        "QUERY = f'UPDATE lots SET code = {code}'",
        "async def f():\n    import sqlite3",
    ],
)
def test_each_way_to_speak_sql_is_seen(source: str) -> None:
    assert list(sql_in(source))
