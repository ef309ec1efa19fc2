"""Many values in one statement: ids that a column may have, and whole rows to join, insert or update from.

PostgreSQL takes each column as an array, SQLite the whole as JSON. Neither has a limit, as lists of parameters have.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import ARRAY, BigInteger, BindParameter, ColumnElement, FromClause, bindparam, column
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.functions import FunctionElement
from sqlalchemy.types import TypeEngine, UserDefinedType


class GivenRows(UserDefinedType[Sequence[Sequence[Any]]]):
    """The type of a parameter of whole rows: SQLite's."""

    cache_ok = True

    def __init__(self, types: Sequence[TypeEngine[Any]]) -> None:
        self.types = tuple(types)


def among(column: ColumnElement[Any], ids: str | Sequence[int]) -> ColumnElement[bool]:
    """`column` is one of the ids of the parameter of this name, or of these ids."""
    many = ARRAY(BigInteger)
    listed: BindParameter[Any] = (
        bindparam(ids, type_=many) if isinstance(ids, str) else bindparam(None, value=list(ids), type_=many)
    )
    chosen: ColumnElement[bool] = column.bool_op("")(_OneOf(listed))
    return chosen


def given(name: str, /, **types: TypeEngine[Any]) -> FromClause:
    """The rows of the parameter `name`, with columns of these types, to select from."""
    return _Rows(name, types).table_valued(*(column(key, kind) for key, kind in types.items()), name=name)


class _OneOf(FunctionElement[Any]):
    """The right side of a comparison with any of an array's items."""

    name = "one_of"
    inherit_cache = True


@compiles(_OneOf, "postgresql")
def _postgresql_one_of(element: _OneOf, compiler: SQLCompiler, **options: Any) -> str:
    return f"= ANY ({compiler.process(element.clauses, **options)})"


@compiles(_OneOf, "sqlite")
def _sqlite_one_of(element: _OneOf, compiler: SQLCompiler, **options: Any) -> str:
    return f"IN (SELECT value FROM json_each({compiler.process(element.clauses, **options)}))"  # noqa: S608 - a parameter's place


class _Rows(FunctionElement[Any]):
    """Rows out of an array a column, or out of one JSON text."""

    name = "given_rows"
    inherit_cache = False

    def __init__(self, name: str, types: dict[str, TypeEngine[Any]]) -> None:
        self.columns_given = list(types)
        self.whole: BindParameter[Any] = bindparam(name, type_=GivenRows(list(types.values())))
        arrays = [bindparam(f"{name}__{place}", type_=ARRAY(kind)) for place, kind in enumerate(types.values())]
        super().__init__(*arrays)


@compiles(_Rows, "postgresql")
def _postgresql_rows(element: _Rows, compiler: SQLCompiler, **options: Any) -> str:
    arrays = compiler.process(element.clauses, **options)
    return f"(SELECT * FROM unnest({arrays}) AS _ ({', '.join(element.columns_given)}))"  # noqa: S608 - our names


@compiles(_Rows, "sqlite")
def _sqlite_rows(element: _Rows, compiler: SQLCompiler, **options: Any) -> str:
    values = (f"json_extract(value, '$[{place}]') AS {key}" for place, key in enumerate(element.columns_given))
    return f"(SELECT {', '.join(values)} FROM json_each({compiler.process(element.whole, **options)}))"  # noqa: S608 - our names
