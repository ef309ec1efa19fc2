"""The demo's books: what lies in `data`, as inputs of the API."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Iterator
from functools import cache
from importlib.resources import files
from itertools import groupby
from operator import itemgetter
from typing import Any

Line = dict[str, str]
"""A row of a file, by column."""


@cache
def lines_of(name: str) -> tuple[Line, ...]:
    text = (files("graphql_api.demo") / "data" / f"{name}.csv").read_text(encoding="utf-8")
    return tuple(csv.DictReader(text.splitlines()))


def on_day(name: str, days_ago: int) -> list[Line]:
    """The lines of a file that belong to one day, in their order."""
    return [line for line in lines_of(name) if int(line["days_ago"]) == days_ago]


def together(lines: Iterable[Line], *columns: str) -> Iterator[list[Line]]:
    """Neighbouring lines that have the same in these columns: what makes one order, one product, one delivery."""
    for _, group in groupby(lines, itemgetter(*columns)):
        yield list(group)


def filled(**fields: Any) -> dict[str, Any]:
    """An input without the fields that the books leave empty."""
    return {name: value for name, value in fields.items() if value not in ("", None, [])}
