"""Statements that are built and compiled once, and run any number of times with parameters.

The SQLAlchemy expression is the one definition, with a `bindparam` for what changes from run to run. For each of the
two dialects it is compiled, when first asked for, to a text, to what turns parameters into what the driver takes, and
to what turns the driver's rows into records. A run then costs what the driver costs.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache
from typing import Any, Generic, TypeVar, overload

from sqlalchemy import BigInteger, BindParameter, Executable, FromClause, Table, bindparam, insert, select
from sqlalchemy.dialects import sqlite
from sqlalchemy.dialects.postgresql import psycopg as postgresql
from sqlalchemy.engine import Dialect
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.util import LRUCache

from bakery.store.drivers import Operation, Row
from bakery.store.encoding import Decoder, Encode, decoder, encoder
from bakery.store.given import given

R = TypeVar("R")
S = TypeVar("S")
S2 = TypeVar("S2")
S3 = TypeVar("S3")

Build = Callable[[str], Executable]
"""Makes the expression for the dialect of a name, where one expression does not serve both."""

DIALECTS: dict[str, Dialect] = {
    "sqlite": sqlite.dialect(paramstyle="qmark"),
    "postgresql": postgresql.dialect(paramstyle="numeric_dollar"),  # type: ignore[no-untyped-call]
}

BUILT_KEPT = 500

OURS: BindParameter[int] = bindparam("bakery_id", type_=BigInteger())
"""The bakery of the session that runs the statement. A session that is bound to none refuses to run it."""


class Statement(Generic[R]):
    """One statement for both dialects. `records` are the classes that its rows are read into; none keeps tuples."""

    def __init__(self, expression: Executable | Build, *records: type) -> None:
        self._expression = expression
        self._records = records
        self._compiled: dict[str, Compiled[R]] = {}

    def on(self, dialect: str) -> Compiled[R]:
        found = self._compiled.get(dialect)
        if found is None:
            expression = self._expression
            chosen = expression if isinstance(expression, Executable) else expression(dialect)
            found = self._compiled[dialect] = compiled(chosen, self._records, dialect)
        return found


def tuples(expression: Executable | Build) -> Statement[list[Row]]:
    """A statement whose rows are wanted as they are, or that has none."""
    return Statement(expression)


def records(expression: Executable | Build, record: Callable[..., S]) -> Statement[list[S]]:
    """Reads each row into a record; the expression selects the record's fields in their order."""
    assert isinstance(record, type)
    return Statement(expression, record)


@overload
def joined(
    expression: Executable | Build, record: Callable[..., S], other: Callable[..., S2], /
) -> Statement[tuple[list[S], dict[int, S2]]]: ...
@overload
def joined(
    expression: Executable | Build, record: Callable[..., S], other: Callable[..., S2], third: Callable[..., S3], /
) -> Statement[tuple[list[S], dict[int, S2], dict[int, S3]]]: ...
def joined(expression: Executable | Build, *parts: Callable[..., Any]) -> Statement[Any]:
    """Reads each row into a record, and what was joined to it into others: each once, by its id, which comes first."""
    assert all(isinstance(part, type) for part in parts)
    return Statement(expression, *parts)  # type: ignore[arg-type]


@dataclass(frozen=True, slots=True)
class Compiled(Generic[R]):
    """A statement for one dialect; of one that `is_kept` the server may keep the plan."""

    text: str
    is_kept: bool
    parameters: tuple[Callable[[Mapping[str, Any]], Any], ...]
    is_ours: bool
    decoder: Decoder[R]

    def operation(self, values: Mapping[str, Any]) -> Operation:
        return Operation(self.text, [parameter(values) for parameter in self.parameters], is_kept=self.is_kept)

    def repeated(self, values: Sequence[Mapping[str, Any]]) -> Operation:
        """The statement once for each set of values."""
        repeats = [[parameter(one) for parameter in self.parameters] for one in values]
        return Operation(self.text, repeats=repeats)


def compiled(
    expression: Executable, records: Sequence[type], dialect: str, changing: Mapping[str, int] | None = None
) -> Compiled[Any]:
    """The expression for the dialect. Its `changing` constants are no constants, but values under these numbers."""
    kind = DIALECTS[dialect]
    found = expression.compile(dialect=kind)  # type: ignore[attr-defined]
    assert isinstance(found, SQLCompiler)
    # Each item of an `IN` list becomes a parameter of its own.
    written = found.construct_expanded_state({bind.key: None for bind in found.binds.values() if bind.required})
    binds = dict(found.binds)
    for whole, items in written.parameter_expansion.items():
        binds |= {item: bindparam(item, written.parameters[item], type_=binds[whole].type) for item in items}
    used = [binds[bind] for bind in written.positiontup or ()]
    selected = list(getattr(expression, "exported_columns", ()))
    return Compiled(
        text=written.statement,
        # What was given as a list is none of them: one of another length is another text.
        is_kept=changing is None or all(bind.required or bind.key in changing for bind in used),
        parameters=tuple(_parameter(bind, encoder(bind.type, kind), changing or {}) for bind in used),
        is_ours=any(bind.key == OURS.key for bind in used),
        decoder=decoder([column.type for column in selected], records, kind),
    )


def _parameter(
    bind: BindParameter[Any], encode: Encode, changing: Mapping[str, int]
) -> Callable[[Mapping[str, Any]], Any]:
    """Finds the parameter's value and encodes it; a constant of the expression is encoded here and now."""
    if bind.key in changing:
        number = str(changing[bind.key])
        return lambda values: encode(values[number])
    if not bind.required:
        constant = encode(bind.effective_value)
        return lambda values: constant
    name, _, position = bind.key.partition("__")
    if not position:
        return lambda values: encode(values[name])
    place = int(position)
    return lambda values: encode([row[place] for row in values[name]])


# ── statements that are built for each run ────────────────────────────────────────────────────────────────────────────
_built: LRUCache[tuple[Any, ...], Compiled[Any]] = LRUCache(BUILT_KEPT)


def built(expression: Executable, dialect: str) -> tuple[Compiled[list[Row]], dict[str, Any]]:
    """An expression that was built for one run, and the values in it.

    Building costs little, compiling ten times as much: so it is compiled once for all that differ in values alone, by
    the key that SQLAlchemy's own engine knows such statements by.
    """
    key = expression._generate_cache_key()  # type: ignore[attr-defined]
    if key is None:
        return replace(compiled(expression, (), dialect), is_kept=False), {}
    found = _built.get((dialect, key.key))
    if found is None:
        changing = {bind.key: place for place, bind in enumerate(key.bindparams) if not bind.required}
        found = compiled(expression, (), dialect, changing)
        if found.is_kept:
            _built[dialect, key.key] = found
    return found, {str(place): bind.effective_value for place, bind in enumerate(key.bindparams) if not bind.required}


# ── whole rows ────────────────────────────────────────────────────────────────────────────────────────────────────────
@cache
def insertion(table: Table, columns: tuple[str, ...]) -> Statement[list[Row]]:
    """Inserts into the columns of the table: the `rows` given on PostgreSQL, one row by its columns on SQLite.

    SQLite runs in our own process, where repeating a statement costs next to nothing.
    """

    def build(dialect: str) -> Executable:
        if dialect == "sqlite":
            values = {column: bindparam(column, type_=table.c[column].type) for column in columns}
            return insert(table).values(values)
        rows: FromClause = given("rows", **{column: table.c[column].type for column in columns})
        return insert(table).inline().from_select(list(columns), select(*rows.c))

    return tuples(build)
