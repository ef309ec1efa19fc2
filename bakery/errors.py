"""Refusals that the trade itself knows, each with the data that a client needs to go on.

    BakeryError
    ├── InvalidInput            the input breaks a rule; names each field and says what is right
    │   └── NotFound            an id or code that this bakery does not have
    ├── InsufficientStock       a run that lots and untracked stock do not cover (R-5.5)
    └── IdempotencyConflict     a key that was used for something else (R-5.10)

Denials (who may do what) are raised by `plans`. Each error is raised once and serves both roads: as a member of a
mutation's union, or as a read's error whose `extensions.code` is `code`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from enum import Enum

from bakery.quantity import Unit


class BakeryError(Exception):
    """Base of every refusal by a rule of the trade. `code` stands in a read's `extensions`."""

    code = "BAD_USER_INPUT"

    @property
    def message(self) -> str:
        return str(self)


@dataclass(frozen=True, slots=True)
class FieldProblem:
    """What is wrong with one input field. `path` is as the client wrote it, e.g. `lines[0].quantity`."""

    path: str
    message: str


class InvalidInput(BakeryError):
    """The input breaks a rule; `fields` names every problem that was found, not only the first."""

    def __init__(self, fields: Sequence[FieldProblem]) -> None:
        self.fields = tuple(fields)
        super().__init__(" ".join(f"`{problem.path}`: {problem.message}" for problem in self.fields))

    @classmethod
    def at(cls, path: str, message: str) -> InvalidInput:
        return cls([FieldProblem(path, message)])


class NotFound(InvalidInput):
    """An id or code that does not exist in this bakery; another bakery's is answered the same (R-1.1)."""

    code = "NOT_FOUND"


class ShortfallReason(Enum):
    """Why an ingredient falls short: a lot that would have helped was passed over, or there is not enough."""

    EXPIRED = "EXPIRED"
    ON_HOLD = "ON_HOLD"
    RECALLED = "RECALLED"
    NOT_YET_RECEIVED = "NOT_YET_RECEIVED"
    NOT_ENOUGH = "NOT_ENOUGH"


@dataclass(frozen=True, slots=True)
class Shortfall:
    """One short ingredient; quantities in its stock `unit`, `missing = required − available`."""

    ingredient_id: int
    required: Decimal
    available: Decimal
    missing: Decimal
    unit: Unit
    reason: ShortfallReason


class InsufficientStock(BakeryError):
    """Eligible lots and untracked stock do not cover the run; nothing was changed (R-5.5)."""

    def __init__(self, shortfalls: Sequence[Shortfall]) -> None:
        self.shortfalls = tuple(shortfalls)
        count = len(self.shortfalls)
        noun = "ingredient is" if count == 1 else "ingredients are"
        super().__init__(
            f"{count} {noun} short. Receive or count stock, bake less, "
            "or ask the owner or a manager to allow the shortfall."
        )


class IdempotencyConflict(BakeryError):
    """The idempotency key already belongs to another mutation or another input."""

    def __init__(self, key: str) -> None:
        self.key = key
        super().__init__(
            f"The idempotency key “{key}” was already used for another mutation or input. "
            "Send a new key for a new change."
        )
