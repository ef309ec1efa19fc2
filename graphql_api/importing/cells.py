"""A cell to a value. A cell that cannot be read is told, and None or a stand-in is returned so that reading goes on.

Only what a text can mean is decided here; whether the value is right is the resolvers' to say.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any, TypeVar

from graphql import GraphQLError

from bakery.quantity import Unit
from graphql_api.importing.files import Row
from graphql_api.importing.problems import FileProblems, quoted
from graphql_api.schema.scalars import SCALARS

T = TypeVar("T")

STAND_IN = Decimal(1)

_WHOLE = re.compile(r"[+-]?[0-9]{1,9}")
_FORMULA = re.compile(r"[=+\-@]")
_PHONE = re.compile(r"\+?[0-9 ()./-]+")
_TRUTHS = {"yes": True, "true": True, "no": False, "false": False}


@dataclass(frozen=True, slots=True)
class Cells:
    """One row's cells as values."""

    row: Row
    problems: FileProblems

    def text(self, column: str) -> str | None:
        """The text as it stands; None for an empty cell. A formula is refused: a spreadsheet would run it."""
        text = self.row[column]
        if _FORMULA.match(text) and not (column == "phone" and _PHONE.fullmatch(text)):
            self.refuse(column, f"It begins with “{text[0]}”, as a formula does. Give the text itself.")
            return None
        return text or None

    def name(self, column: str) -> str:
        """As `text`, for what needs one: empty where there is none, so that the resolver refuses it."""
        return self.text(column) or ""

    def decimal(self, column: str) -> Decimal | None:
        return self._read(column, _decimal, "is no number. Write digits, with a point before decimals, such as 12.5.")

    def required_decimal(self, column: str) -> Decimal:
        if not self.row[column]:
            self.refuse(column, "It is empty. Give a number such as 12.5.")
        value = self.decimal(column)
        return STAND_IN if value is None else value

    def whole(self, column: str) -> int | None:
        return self._read(column, _whole, "is no whole number. Write digits only, such as 3.")

    def day(self, column: str) -> date | None:
        return self._read(column, _day, "is no day. Write it as YYYY-MM-DD, such as 2026-06-21.")

    def truth(self, column: str) -> bool | None:
        return self._read(column, lambda text: _TRUTHS[text.lower()], "is neither yes nor no.")

    def unit(self, column: str) -> Unit | None:
        units = ", ".join(unit.value for unit in Unit)
        return self._read(column, lambda text: Unit(text.lower()), f"is no unit. Use one of {units}.")

    def required_unit(self, column: str) -> Unit:
        if not self.row[column]:
            self.refuse(column, f"It is empty. Give one of {', '.join(unit.value for unit in Unit)}.")
        return self.unit(column) or Unit.g

    def refuse(self, column: str, message: str) -> None:
        self.problems.of_cell(self.row.line, column, message)

    def _read(self, column: str, parse: Callable[[str], T], wrong: str) -> T | None:
        text = self.row[column]
        if not text:
            return None
        try:
            return parse(text)
        except (ValueError, KeyError, GraphQLError):
            self.refuse(column, f"{quoted(text)} {wrong}")
            return None


def _whole(text: str) -> int:
    if not _WHOLE.fullmatch(text):
        raise ValueError("not a whole number")
    return int(text)


def _decimal(text: str) -> Decimal:
    value: Decimal = _as_the_api_reads(Decimal, text)
    return value


def _day(text: str) -> date:
    day: date = _as_the_api_reads(date, text)
    return day


def _as_the_api_reads(kind: type, text: str) -> Any:
    """The value of a scalar's text. Raises `GraphQLError`."""
    parse = SCALARS[kind].parse_value
    assert parse is not None
    return parse(text)
