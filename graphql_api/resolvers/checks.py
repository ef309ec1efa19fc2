"""Checks of a mutation's input: every problem is collected, and told with its field and what is right."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Protocol, TypeVar

from bakery.catalogue import Ingredient
from bakery.errors import FieldProblem, InvalidInput, NotFound
from bakery.quantity import (
    COST_DECIMALS,
    MAX_QUANTITY,
    MAX_UNIT_COST,
    QUANTITY_DECIMALS,
    ZERO,
    IncompatibleUnits,
    Unit,
    convert,
    cost_per,
    plain,
)
from bakery.store.tables import EMAIL_LENGTH, KEY_LENGTH, NAME_LENGTH, NOTE_LENGTH
from graphql_api.refs import Ref, parse_global_id

R = TypeVar("R")


class _Archivable(Protocol):
    @property
    def name(self) -> str: ...

    @property
    def archived_at(self) -> datetime | None: ...


A = TypeVar("A", bound=_Archivable)

FIRST_DAY = date(1970, 1, 1)
LAST_DAY = date(2999, 12, 31)
MAX_LINES = 1000
MAX_SEARCH_LENGTH = 200
NOWHERE = 0
"""Stands for the id of something that does not exist while the rest of an input is checked."""

_UNPRINTABLE = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff]")
_EMAIL = re.compile(r"[^@\s]+@[^@\s]+")


def storable(text: str) -> bool:
    """Whether both databases can hold the text: no control characters, no half characters."""
    return _UNPRINTABLE.search(text) is None


class Checks:
    """Collects what is wrong with one input. Values come back usable, so that checking can go on; `done` raises."""

    def __init__(self) -> None:
        self._problems: list[FieldProblem] = []
        self._missing = 0

    def done(self) -> None:
        """Raises `InvalidInput` with all problems found so far, `NotFound` if all are unknown ids."""
        if self._problems:
            kind = NotFound if self._missing == len(self._problems) else InvalidInput
            raise kind(self._problems)

    def refuse(self, path: str, message: str) -> None:
        self._problems.append(FieldProblem(path, message))

    # ── texts ─────────────────────────────────────────────────────────────────────────────────────────────────────
    def name(self, path: str, value: str | None, limit: int = NAME_LENGTH) -> str:
        value = value or ""
        if not any(unicodedata.category(character)[0] in "LNPS" for character in value):
            self.refuse(path, "It is empty. Give a name.")
            return ""
        if len(value.strip().splitlines()) > 1:
            self.refuse(path, "It has several lines. Give a name on one line.")
            return ""
        return self.text(path, value, limit) or ""

    def reason(self, path: str, value: str) -> str:
        text = self.text(path, value, NOTE_LENGTH)
        if text is None and not value.strip():
            self.refuse(path, "It is empty. Say why; it stays on record.")
        return text or ""

    def text(self, path: str, value: str | None, limit: int = NOTE_LENGTH) -> str | None:
        """The text without outer white space; None for none or an empty one."""
        text = (value or "").strip()
        if len(text) > limit:
            self.refuse(path, f"It has {len(text)} characters; at most {limit} are allowed.")
            return None
        if not storable(text):
            self.refuse(path, "It has control characters. Use plain text.")
            return None
        return text or None

    def search(self, value: str | None) -> str | None:
        """What to look for in a list, as its filter has it."""
        return self.text("filter.search", value, MAX_SEARCH_LENGTH)

    def email(self, path: str, value: str | None) -> str | None:
        text = self.text(path, value, EMAIL_LENGTH)
        if text is not None and not _EMAIL.fullmatch(text):
            self.refuse(path, "This is not an e-mail address. Write one like name@example.com.")
        return text

    def key(self, path: str, value: str | None) -> str | None:
        if value is None:
            return None
        if not value or len(value) > KEY_LENGTH or not storable(value):
            self.refuse(path, f"An idempotency key has 1 to {KEY_LENGTH} printable characters.")
        return value

    # ── numbers ───────────────────────────────────────────────────────────────────────────────────────────────────
    def quantity(self, path: str, value: Decimal, *, zero: bool = False) -> Decimal:
        """A quantity above zero (or from zero), of at most six decimals and 10⁹."""
        return self._number(path, value, MAX_QUANTITY, QUANTITY_DECIMALS, zero=zero)

    def unit_cost(self, path: str, value: Decimal | None) -> Decimal | None:
        """A cost per unit from zero up, of at most ten decimals and 10⁸."""
        return None if value is None else self._number(path, value, MAX_UNIT_COST, COST_DECIMALS, zero=True)

    def _number(self, path: str, value: Decimal, most: Decimal, decimals: int, *, zero: bool) -> Decimal:
        decimals_given = len(plain(value).partition(".")[2])
        if value < 0 or (value == 0 and not zero):
            self.refuse(path, f"It is {plain(value)}; it must be {'0 or more' if zero else 'more than 0'}.")
        elif value > most:
            self.refuse(path, f"It is too large; at most {plain(most)} is allowed.")
        elif decimals_given > decimals:
            self.refuse(path, f"It has {decimals_given} decimals; at most {decimals} are allowed.")
        else:
            return value
        return Decimal(1)

    def present(self, path: str, value: R | None, current: R) -> R:
        """A new value of what always has one; the current one stands in for a null, which is refused."""
        if value is None:
            self.refuse(path, "It is null. Give a value, or leave the field out to change nothing.")
            return current
        return value

    def whole(self, path: str, value: int, least: int, most: int) -> int:
        if not least <= value <= most:
            self.refuse(path, f"It is {value}; it must be from {least} to {most}.")
            return least
        return value

    def in_stock_unit(self, path: str, quantity: Decimal, unit: Unit | None, ingredient: Ingredient) -> Decimal:
        """`quantity` converted to the ingredient's stock unit; without a unit it is in it already."""
        if unit is None:
            return quantity
        try:
            converted = convert(quantity, unit, ingredient.unit, ingredient.density)
        except IncompatibleUnits as error:
            self.refuse(_sibling(path, "unit"), str(error))
            return Decimal(1)
        if converted > MAX_QUANTITY:
            self.refuse(path, f"It is too large; at most {plain(MAX_QUANTITY)} {ingredient.unit.value} is allowed.")
            return Decimal(1)
        if converted == ZERO < quantity:
            self.refuse(path, f"It is less than a millionth of a {ingredient.unit.value}, the unit of its stock.")
            return Decimal(1)
        return converted

    def cost_per_stock_unit(
        self, path: str, unit_cost: Decimal | None, unit: Unit | None, ingredient: Ingredient
    ) -> Decimal | None:
        """A cost per `unit` as a cost per stock unit. An incompatible unit is told by the quantity beside it."""
        if unit_cost is None or unit is None:
            return unit_cost
        try:
            converted = cost_per(unit_cost, unit, ingredient.unit, ingredient.density)
        except IncompatibleUnits:
            return None
        if converted > MAX_UNIT_COST:
            self.refuse(path, f"It is more than {plain(MAX_UNIT_COST)} a {ingredient.unit.value}.")
            return None
        return converted

    # ── days ──────────────────────────────────────────────────────────────────────────────────────────────────────
    def past_day(self, path: str, value: date | None, today: date) -> date:
        """A day that has begun in the bakery; today if none is given."""
        day = value or today
        if day > today:
            self.refuse(path, f"{day} is in the future; today is {today} in the bakery.")
        elif day < FIRST_DAY:
            self.refuse(path, f"{day} is too long ago; days begin with {FIRST_DAY}.")
        else:
            return day
        return today

    def expiry(self, path: str, value: date | None, received_on: date) -> date | None:
        """The last usable day of something received on `received_on`."""
        if value is None:
            return None
        if value < received_on:
            self.refuse(path, f"{value} is before the day it was received, {received_on}.")
            return received_on
        return self.calendar_day(path, value)

    def calendar_day(self, path: str, value: date | None) -> date | None:
        if value is not None and not FIRST_DAY <= value <= LAST_DAY:
            self.refuse(path, f"{value} is out of range; days run from {FIRST_DAY} to {LAST_DAY}.")
            return None
        return value

    # ── references and lists ──────────────────────────────────────────────────────────────────────────────────────
    def id(self, path: str, value: str, kind: str) -> int:
        """The number behind the global id of a `kind`; `NOWHERE` for another's or nobody's."""
        ref = parse_global_id(value)
        if ref is None or ref.kind != kind:
            self.not_found(path, kind)
            return NOWHERE
        return ref.id

    def any_id(self, path: str, value: str, kinds: Sequence[str]) -> Ref:
        """What a global id of one of the kinds refers to."""
        ref = parse_global_id(value)
        if ref is None or ref.kind not in kinds:
            listed = ", ".join(words_of(kind) for kind in kinds)
            self._missing += 1
            self.refuse(path, f"This bakery has nothing with this id that is one of these: {listed}.")
            return Ref(kinds[0], NOWHERE)
        return ref

    def optional_id(self, path: str, value: str | None, kind: str) -> int | None:
        return None if value is None else self.id(path, value, kind)

    def exists(self, path: str, record: R | None, record_id: int | None, kind: str) -> R | None:
        """Passes on what was looked up under an id; an id that was refused already is not refused twice."""
        if record is None and record_id not in (None, NOWHERE):
            self.not_found(path, kind)
        return record

    def in_use(self, path: str, record: A | None, record_id: int | None, kind: str) -> A | None:
        """As `exists`, and refuses what is archived; it is passed on all the same, so that checking can go on."""
        found = self.exists(path, record, record_id, kind)
        if found is not None and found.archived_at is not None:
            self.refuse(path, f"{found.name} is archived. Restore it first, or choose another {words_of(kind)}.")
        return found

    def require(self, path: str, record: R | None, record_id: int, kind: str) -> R:
        """The record that everything after depends on. Raises with all that was found so far where there is none."""
        if self.exists(path, record, record_id, kind) is None:
            self.done()
        assert record is not None
        return record

    def not_found(self, path: str, kind: str) -> None:
        self._missing += 1
        self.refuse(path, f"This bakery has no {words_of(kind)} with this id. Use an `id` that the API gave you.")

    def lines(self, path: str, values: Sequence[R], *, empty: bool = False) -> Sequence[R]:
        if not values and not empty:
            self.refuse(path, "It is empty. Give at least one line.")
        if len(values) > MAX_LINES:
            self.refuse(path, f"It has {len(values)} lines; at most {MAX_LINES} are allowed.")
            return []
        return values


def words_of(kind: str) -> str:
    """The name of a type as people write it: `purchase order line`."""
    return re.sub(r"(?<=.)([A-Z])", r" \1", kind).lower()


def _sibling(path: str, field: str) -> str:
    """The path of another field of the same input object."""
    parent, dot, _ = path.rpartition(".")
    return f"{parent}{dot}{field}"
