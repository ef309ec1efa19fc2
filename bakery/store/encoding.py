"""Values on their way to the drivers and back.

Each driver takes and gives what it takes and gives best: psycopg Python's own values and lists of them, SQLite texts,
numbers and JSON. What comes back again and again, such as days and quantities, is made once.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass, fields
from datetime import UTC, date, datetime
from decimal import Decimal
from functools import cache, lru_cache
from typing import Any, Generic, TypeVar

from sqlalchemy import ARRAY, Boolean, Date, Enum
from sqlalchemy.engine import Dialect
from sqlalchemy.types import TypeEngine

from bakery.store.columns import Exact, Instant
from bakery.store.drivers import Row
from bakery.store.given import GivenRows

R = TypeVar("R")

Encode = Callable[[Any], Any]

VALUES_KEPT = 1 << 14


# ── parameters ────────────────────────────────────────────────────────────────────────────────────────────────────────
def encoder(kind: TypeEngine[Any], dialect: Dialect) -> Encode:
    """What turns a parameter of this type into what the dialect's driver takes."""
    if isinstance(kind, GivenRows):
        return _json_rows_of([_plain(part, dialect) for part in kind.types])
    if isinstance(kind, ARRAY):
        items = _list_of(_plain(kind.item_type, dialect))
        return (lambda values: json.dumps(items(values))) if dialect.name == "sqlite" else items
    return _plain(kind, dialect) or (lambda value: value)


def _plain(kind: TypeEngine[Any], dialect: Dialect) -> Encode | None:
    """The dialect's own notion of a value, such as a count for an exact decimal; None where it is the value itself."""
    return kind.dialect_impl(dialect).bind_processor(dialect)


def _list_of(encode: Encode | None) -> Encode:
    return (lambda values: [encode(value) for value in values]) if encode else list


def _json_rows_of(encoders: Sequence[Encode | None]) -> Encode:
    def encode(rows: Sequence[Sequence[Any]]) -> str:
        return json.dumps(
            [
                [value if plain is None else plain(value) for plain, value in zip(encoders, row, strict=True)]
                for row in rows
            ]
        )

    return encode


# ── rows ──────────────────────────────────────────────────────────────────────────────────────────────────────────────
@dataclass(frozen=True, slots=True)
class Decoder(Generic[R]):
    """Makes a result of rows: begins with an `empty` one and `add`s to it, all rows at once or slice by slice."""

    empty: Callable[[], R]
    add: Callable[[Sequence[Row], R], None]


def decoder(kinds: Sequence[TypeEngine[Any]], records: Sequence[type], dialect: Dialect) -> Decoder[Any]:
    """What turns rows of columns of these types into tuples, into records, or into records and what is joined to them.

    It is written out as Python for these very columns: a loop over columns for each row costs more than the records.
    """
    conversions = {f"c{place}": _conversion(kind, dialect) for place, kind in enumerate(kinds)}
    row = "".join(f"v{place}, " for place in range(len(kinds)))
    values = [f"c{place}(v{place})" if conversions[f"c{place}"] else f"v{place}" for place in range(len(kinds))]
    if not records:
        if not any(conversions.values()):
            return Decoder(list, lambda rows, found: found.extend(rows))
        return Decoder(list, _written([f" found.extend([({', '.join(values)},) for {row}in rows])"], conversions))
    widths = [len(fields(record)) for record in records]
    if sum(widths) != len(kinds):
        raise TypeError(f"{len(kinds)} columns do not make {' and '.join(record.__name__ for record in records)}")
    scope = conversions | {f"r{place}": record for place, record in enumerate(records)}
    if len(records) == 1:
        return Decoder(list, _written([f" found.extend([r0({', '.join(values)}) for {row}in rows])"], scope))
    lines = [f" {', '.join(f'd{place}' for place in range(len(records)))} = found", f" for {row}in rows:"]
    for place, width in enumerate(widths):
        start = sum(widths[:place])
        made = f"r{place}({', '.join(values[start : start + width])})"
        if place == 0:
            lines.append(f"  d0.append({made})")
        else:
            lines.append(f"  if v{start} is not None and v{start} not in d{place}: d{place}[v{start}] = {made}")
    return Decoder(lambda: ([], *({} for _ in records[1:])), _written(lines, scope))


def _written(lines: Sequence[str], scope: dict[str, Any]) -> Callable[[Sequence[Row], Any], None]:
    exec("\n".join(["def add(rows, found):", *lines]), scope)  # noqa: S102 - made of numbers alone
    add: Callable[[Sequence[Row], Any], None] = scope["add"]
    return add


def _conversion(kind: TypeEngine[Any], dialect: Dialect) -> Encode | None:
    """What makes a value of this type of what the driver gives; None where it is one already."""
    if isinstance(kind, Exact):
        return exact(kind.decimals)
    if isinstance(kind, Enum) and kind.enum_class is not None:
        return {None: None, **{member.value: member for member in kind.enum_class}}.__getitem__
    if dialect.name != "sqlite":
        return None
    if isinstance(kind, Date):
        return _day
    if isinstance(kind, Instant):
        return _instant
    if isinstance(kind, Boolean):
        return {None: None, 0: False, 1: True}.__getitem__
    return None


@cache
def exact(decimals: int) -> Callable[[Any], Decimal | None]:
    """Counts of a last digit to decimals."""

    @lru_cache(maxsize=VALUES_KEPT)
    def decimal(counted: int | Decimal | None) -> Decimal | None:
        # PostgreSQL sums integers to NUMERIC, which arrives as Decimal already.
        return None if counted is None else Decimal(counted).scaleb(-decimals)

    return decimal


@lru_cache(maxsize=VALUES_KEPT)
def _day(text: str | None) -> date | None:
    return None if text is None else date.fromisoformat(text)


@lru_cache(maxsize=VALUES_KEPT)
def _instant(text: str | None) -> datetime | None:
    return None if text is None else datetime.fromisoformat(text).replace(tzinfo=UTC)
