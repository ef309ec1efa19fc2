"""Keyset pages: the rows after (or before) a row, by the values it is sorted by.

Unlike an offset, a key stays where it is when rows come in before it, and costs the same on the last page as on the
first.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from sqlalchemy import ColumnElement, Select, and_, func, literal, literal_column, tuple_

from bakery.store.session import Session
from bakery.store.tables import UNDATED

T = TypeVar("T")
Key = tuple[Any, ...]


@dataclass(frozen=True, slots=True)
class Window:
    """Which part of a list: `size` rows after `after`, or the last `size` before `before`."""

    size: int
    after: Key | None = None
    before: Key | None = None
    from_end: bool = False


@dataclass(frozen=True, slots=True)
class Page(Generic[T]):
    """`records` with their `keys`, and whether there are more on either side."""

    records: list[T]
    keys: list[Key]
    has_next: bool
    has_previous: bool


@dataclass(frozen=True)
class Listing(Generic[T]):
    """A list that can be paged: `statement` selects the record's fields, `keys` sort it, all in one direction.

    `sort` names the order where a list has several: a cursor of one is none of another.
    """

    session: Session
    record: Callable[..., T]
    statement: Select[Any]
    keys: Sequence[ColumnElement[Any]]
    descending: bool = False
    sort: str | None = None

    @property
    def key_types(self) -> list[type]:
        return [key.type.python_type for key in self.keys]

    async def page(self, window: Window) -> Page[T]:
        backwards = window.from_end
        rows = list(await self.session.rows(self.statement_of(window)))
        more = len(rows) > window.size
        rows = rows[: window.size]
        if backwards:
            rows.reverse()
        width = len(self.keys)
        return Page(
            records=[self.record(*row[:-width]) for row in rows],
            keys=[tuple(row[-width:]) for row in rows],
            has_next=window.before is not None if backwards else more,
            has_previous=more if backwards else window.after is not None,
        )

    def statement_of(self, window: Window) -> Select[Any]:
        """Reads the window, from whichever end it is counted, and one row more: it tells whether there is more."""
        statement = self.statement
        if window.after is not None:
            statement = statement.where(self._beyond(window.after, forward=True))
        if window.before is not None:
            statement = statement.where(self._beyond(window.before, forward=False))
        descending = self.descending != window.from_end
        statement = statement.order_by(*(key.desc() if descending else key.asc() for key in self.keys))
        return statement.add_columns(*self.keys).limit(window.size + 1)

    async def count(self) -> int:
        counted = self.statement.with_only_columns(func.count(), maintain_column_froms=True)
        return int(await self.session.scalar(counted))

    def _beyond(self, key: Key, *, forward: bool) -> ColumnElement[bool]:
        values = [literal(value, column.type) for value, column in zip(key, self.keys, strict=True)]
        if forward != self.descending:
            return and_(self.keys[0] >= values[0], tuple_(*self.keys) > tuple_(*values))
        # The first comparison says nothing new, but by it SQLite finds its place in an index on an expression.
        return and_(self.keys[0] <= values[0], tuple_(*self.keys) < tuple_(*values))


def or_undated(column: ColumnElement[Any]) -> ColumnElement[Any]:
    """A date to sort by: what has none comes last. As the indexes have it, to the letter."""
    return func.coalesce(column, literal_column(UNDATED), type_=column.type)
