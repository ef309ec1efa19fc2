"""A store that answers from memory what thousands of rows ask again and again: what is there under an id or number.

The rows of an import run in one transaction, so what it has read or added once stays as it is. The resolvers ask the
same repositories as ever and do not know the difference.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from typing import Protocol, TypeVar

from bakery.catalogue import Customer, Ingredient, Product
from bakery.store import Session, Store
from bakery.store.bulk import BulkOrders
from bakery.store.catalogue import Ingredients, Products
from bakery.store.partners import Customers


class _HasId(Protocol):
    @property
    def id(self) -> int: ...


R = TypeVar("R", bound=_HasId)


class KnownStore(Store):
    """The repositories of one import. `order_numbers` are all that the bakery has.

    Of an ingredient, unit and density are what is asked for; its stock figures stay as they were first read.
    """

    def __init__(self, session: Session, order_numbers: frozenset[str]) -> None:
        super().__init__(session)
        self.customers = _Customers(session)
        self.ingredients = _Ingredients(session)
        self.products = _Products(session)
        self.orders = BulkOrders(session, order_numbers)


async def _remembered(
    known: dict[int, R], ids: Sequence[int], read: Callable[[Sequence[int]], Awaitable[list[R]]]
) -> list[R]:
    missing = [record_id for record_id in dict.fromkeys(ids) if record_id not in known]
    if missing:
        known |= {record.id: record for record in await read(missing)}
    return [known[record_id] for record_id in dict.fromkeys(ids) if record_id in known]


@dataclass(frozen=True)
class _Customers(Customers):
    known: dict[int, Customer] = field(default_factory=dict)

    async def by_ids(self, ids: Sequence[int]) -> list[Customer]:
        return await _remembered(self.known, ids, super().by_ids)


@dataclass(frozen=True)
class _Ingredients(Ingredients):
    known: dict[int, Ingredient] = field(default_factory=dict)

    async def by_ids(self, ids: Sequence[int]) -> list[Ingredient]:
        return await _remembered(self.known, ids, super().by_ids)


@dataclass(frozen=True)
class _Products(Products):
    known: dict[int, Product] = field(default_factory=dict)

    async def by_ids(self, ids: Sequence[int]) -> list[Product]:
        return await _remembered(self.known, ids, super().by_ids)
