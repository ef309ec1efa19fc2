"""Takes the application's own filter out: statements go to PostgreSQL without the words that name the bakery.

What is left to keep bakeries apart then is row-level security (`bakery/store/fences.py`).
"""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import psycopg

# A table's bakery, or a bakery's own id, beside a value that was bound: `lots.bakery_id = $1::BIGINT`.
VALUE = r"(\$\d+)(?:::BIGINT)?"
FILTER = re.compile(rf"(?:\w+\.)?bakery_id = {VALUE}|\bbakeries\.id = {VALUE}")
COMPARED = re.compile(r"bakery_id (?:=|IN|in) *\(?\$|\$\d+(?:::BIGINT)? = \w+\.bakery_id")


@dataclass
class Stripped:
    """What was taken out, and statements in which something was left."""

    filters: int = 0
    left: set[str] = field(default_factory=set)

    def strip(self, statement: str) -> str:
        # The parameter stays in the statement, or the database would not know its type.
        bare, count = FILTER.subn(lambda found: f"({found[1] or found[2]}::BIGINT IS NOT NULL)", statement)
        self.filters += count
        if COMPARED.search(bare):
            self.left.add(bare)
        return bare


@contextmanager
def unfiltered() -> Iterator[Stripped]:
    """Statements that are sent while the block runs have lost their filter."""
    stripped = Stripped()
    execute = psycopg.AsyncRawCursor.execute

    async def execute_stripped(self: Any, query: Any, parameters: Any = None, **options: Any) -> Any:
        return await execute(self, stripped.strip(query) if isinstance(query, str) else query, parameters, **options)

    psycopg.AsyncRawCursor.execute = execute_stripped  # type: ignore[method-assign, assignment]
    try:
        yield stripped
    finally:
        psycopg.AsyncRawCursor.execute = execute  # type: ignore[method-assign]
    assert stripped.filters, "no filter was found in any statement: they look otherwise now"
    assert not stripped.left, f"a filter was left in: {sorted(stripped.left)}"
