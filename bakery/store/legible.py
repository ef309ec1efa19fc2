"""Finds values that cannot be read as what they must be, before anything tries to read them.

The database refuses them, but for SQLite, which keeps a word in a column of numbers, and for constraints that somebody
switched off.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from sqlalchemy import (
    Boolean,
    Column,
    ColumnElement,
    Date,
    Enum,
    String,
    Table,
    cast,
    extract,
    false,
    func,
    or_,
    select,
    type_coerce,
)
from sqlalchemy.types import NullType

from bakery.proof import Breach
from bakery.store import tables
from bakery.store.annex import Annex
from bakery.store.columns import Instant
from bakery.store.session import Session

EXAMPLES_MAX = 20
"""Of one column; where there are more, they are likely to be of one kind."""

FORM = "form"
"""Stands where a breach has its rule: before a value can be read, no rule can be held against it."""


async def unreadable(session: Session, *, annexes: Sequence[Annex] = ()) -> list[Breach]:
    """Values of any bakery's rows that are not of their column's type; in tables of plug-ins, too."""
    metadatas = [tables.metadata, *(annex.metadata for annex in annexes)]
    dialect = "sqlite" if session.is_sqlite else "postgresql"
    found: list[Breach] = []
    for table in [table for metadata in metadatas for table in metadata.sorted_tables]:
        if table.info.get("only_on", dialect) != dialect:
            continue
        strays = {column: _is_stray(column, is_sqlite=session.is_sqlite) for column in table.columns}
        if await session.scalar(select(1).select_from(table).where(or_(*strays.values())).limit(1)):
            for column, is_stray in strays.items():
                found += await _strays(session, table, column, is_stray)
    return found or await _time_zones(session)


async def _strays(
    session: Session, table: Table, column: Column[Any], is_stray: ColumnElement[bool]
) -> Sequence[Breach]:
    key = [type_coerce(part, NullType()) for part in table.primary_key.columns]
    rows = await session.rows(
        select(*key, cast(type_coerce(column, NullType()), String)).where(is_stray).limit(EXAMPLES_MAX)
    )
    return [
        Breach(
            FORM,
            name_of(table, key_values),
            f"Its {column.name} is missing."
            if value is None
            else f"Its {column.name} is {value!r}: no {_words(column)}.",
        )
        for *key_values, value in rows
    ]


async def _time_zones(session: Session) -> list[Breach]:
    """Time zones are texts to the database."""
    columns = tables.bakeries.c
    return [
        Breach(FORM, name_of(tables.bakeries, [bakery_id]), f"Its time_zone is {name!r}: no time zone.")
        for bakery_id, name in await session.rows(select(columns.id, columns.time_zone))
        if not _is_time_zone(name)
    ]


def _is_time_zone(name: str) -> bool:
    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return False
    return True


def _is_stray(column: Column[Any], *, is_sqlite: bool) -> ColumnElement[bool]:
    """That a value is missing where there must be one, or is of another type than its column's."""
    wrong = _is_other(column, type_coerce(column, NullType()), is_sqlite=is_sqlite) & column.is_not(None)
    return wrong if column.nullable else wrong | column.is_(None)


def _is_other(column: Column[Any], raw: ColumnElement[Any], *, is_sqlite: bool) -> ColumnElement[bool]:
    match column.type:
        case Enum() as kind:
            return type_coerce(column, String()).not_in(kind.enums)
        case Date() | Instant():
            # Python's years; PostgreSQL has longer ones, and infinity.
            return func.strftime("%Y", raw).is_(None) if is_sqlite else ~extract("year", column).between(1, 9999)
        case String():
            return func.typeof(raw) != "text" if is_sqlite else false()
    return func.typeof(raw) != "integer" if is_sqlite else false()


def _words(column: Column[Any]) -> str:
    match column.type:
        case Enum() as kind:
            return f"one of {', '.join(kind.enums)}"
        case Date():
            return "day"
        case Instant():
            return "moment"
        case Boolean():
            return "yes or no"
        case String():
            return "text"
    return "number"


def name_of(table: Table, key: list[object]) -> str:
    """A row by its key: `lots 17 of bakery 2`, or with other parts of the key where a row has no number."""
    parts = {column.name: value for column, value in zip(table.primary_key.columns, key, strict=True)}
    bakery = parts.pop("bakery_id", None)
    own = ", ".join(str(getattr(value, "value", value)) for value in parts.values())
    whose = f"of bakery {bakery}" if bakery is not None else ""
    return " ".join(part for part in (table.name, own, whose) if part)
