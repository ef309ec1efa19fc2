"""What the product sends to its databases, as the store tells it, so that no statement is copied."""

from __future__ import annotations

import logging
import re
from collections.abc import Iterator
from contextlib import contextmanager

EXPLAINABLE = re.compile(r"\s*(SELECT|INSERT|UPDATE|DELETE|WITH)\b", re.IGNORECASE)
STATEMENTS = logging.getLogger("bakery.store.statements")


class Tap(logging.Handler):
    """The statements that were sent since they were last taken."""

    def __init__(self) -> None:
        super().__init__()
        self._sent: list[str] = []

    def take(self) -> list[str]:
        sent, self._sent = self._sent, []
        return [statement for statement in sent if EXPLAINABLE.match(statement)]

    def emit(self, record: logging.LogRecord) -> None:
        self._sent.append(record.msg)


@contextmanager
def tapped() -> Iterator[Tap]:
    """All that the stores of this process send while the block runs."""
    tap, level = Tap(), STATEMENTS.level
    STATEMENTS.addHandler(tap)
    STATEMENTS.setLevel(logging.DEBUG)
    try:
        yield tap
    finally:
        STATEMENTS.setLevel(level)
        STATEMENTS.removeHandler(tap)
