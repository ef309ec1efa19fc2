"""Finds values that cannot be read as what they must be, before anything tries to read them.

The database refuses them, but for SQLite, which keeps a word in a column of numbers, and for constraints that somebody
switched off.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from sqlalchemy import (
    Boolean,
    CheckConstraint,
    Column,
    ColumnElement,
    Date,
    Enum,
    String,
    Table,
    TextClause,
    cast,
    extract,
    false,
    func,
    or_,
    select,
    text,
    type_coerce,
)
from sqlalchemy.types import NullType

from bakery.proof import Breach
from bakery.store import tables
from bakery.store.annex import Annex
from bakery.store.columns import Instant
from bakery.store.session import Session

FIRST_YEAR, LAST_YEAR = 2, 9998
"""Python's, but for a year at either end: a moment must also be one in another time zone."""

EXAMPLES_MAX = 20
"""Of one column; where there are more, they are likely to be of one kind."""

FORM = "form"
"""Stands where a breach has its rule: before a value can be read, no rule can be held against it."""


async def unreadable(
    session: Session, *, plans: Collection[str], roles: Collection[str], annexes: Sequence[Annex] = ()
) -> list[Breach]:
    """Values of any bakery's rows that are not of their column's type; in tables of plug-ins, too.

    `plans` and `roles` are texts to the store.
    """
    found: list[Breach] = []
    for table in tables_of(session, annexes):
        strays = {column: _is_stray(column, is_sqlite=session.is_sqlite) for column in table.columns}
        if await session.scalar(select(1).select_from(table).where(or_(*strays.values())).limit(1)):
            for column, is_stray in strays.items():
                found += await _strays(session, table, column, is_stray)
    if found:
        return found
    return [
        *await _time_zones(session),
        *await _none_of(session, tables.bakeries.c.plan, plans),
        *await _none_of(session, tables.members.c.role, roles),
    ]


async def forbidden(session: Session, *, annexes: Sequence[Annex] = ()) -> list[Breach]:
    """Rows of any bakery that break a condition of their table; in tables of plug-ins, too."""
    found = []
    for table in tables_of(session, annexes):
        for constraint in table.constraints:
            # The others came with the types of their columns, and are looked into by `unreadable`.
            if isinstance(constraint, CheckConstraint) and isinstance(constraint.sqltext, TextClause):
                condition = constraint.sqltext.text
                broken = select(*_key(table)).where(text(f"NOT ({condition})")).limit(EXAMPLES_MAX)
                found += [
                    Breach(FORM, name_of(table, list(row)), f"It breaks a condition of its table: {condition}.")
                    for row in await session.rows(broken)
                ]
    return found


def tables_of(session: Session, annexes: Sequence[Annex]) -> Iterator[Table]:
    """All tables of the database that the session reads, those of plug-ins last."""
    dialect = "sqlite" if session.is_sqlite else "postgresql"
    for metadata in (tables.metadata, *(annex.metadata for annex in annexes)):
        for table in metadata.sorted_tables:
            if table.info.get("only_on", dialect) == dialect:
                yield table


def _key(table: Table) -> list[ColumnElement[Any]]:
    """The columns of the key as the database has them."""
    return [type_coerce(part, NullType()) for part in table.primary_key.columns]


async def _none_of(session: Session, column: Column[str], known: Collection[str]) -> list[Breach]:
    rows = await session.rows(select(*_key(column.table), column).where(column.not_in(known)).limit(EXAMPLES_MAX))
    return [
        Breach(
            FORM,
            name_of(column.table, key_values),
            f"Its {column.name} is {value!r}: no one of {', '.join(known)}.",
        )
        for *key_values, value in rows
    ]


async def _strays(
    session: Session, table: Table, column: Column[Any], is_stray: ColumnElement[bool]
) -> Sequence[Breach]:
    rows = await session.rows(
        select(*_key(table), cast(type_coerce(column, NullType()), String)).where(is_stray).limit(EXAMPLES_MAX)
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
        case Date() | Instant() as kind:
            # PostgreSQL has longer years, and infinity.
            in_range = extract("year", column).between(FIRST_YEAR, LAST_YEAR)
            return ~_is_written(raw, kind) if is_sqlite else ~in_range
        case String():
            return func.typeof(raw) != "text" if is_sqlite else false()
    return func.typeof(raw) != "integer" if is_sqlite else false()


def _is_written(raw: ColumnElement[Any], kind: Date | Instant) -> ColumnElement[bool]:
    """That a text is a day or a moment as we write it: SQLite itself reads numbers and 30 February as days, too."""
    day, time, fraction = func.substr(raw, 1, 10), func.substr(raw, 12, 8), func.substr(raw, 20)
    # With something to add, even nothing, the day is counted out.
    is_day = day == func.strftime("%Y-%m-%d", day, "+0 days")
    in_range = day.between(f"{FIRST_YEAR:04}", f"{LAST_YEAR + 1:04}")
    is_time = (time == func.time(time)) & fraction.op("GLOB")("." + "[0-9]" * 6)
    rest = raw == day if isinstance(kind, Date) else (func.substr(raw, 11, 1) == " ") & is_time
    return func.coalesce((func.typeof(raw) == "text") & is_day & in_range & rest, false())


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
