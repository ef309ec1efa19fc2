"""Suppliers and customers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, ColumnElement, bindparam, select, update

from bakery.catalogue import Customer, Supplier
from bakery.lists import ArchivedFilter, NameSort
from bakery.names import folded
from bakery.store import tables
from bakery.store.given import among
from bakery.store.named import named
from bakery.store.paging import Listing
from bakery.store.session import Session
from bakery.store.statement import OURS, records


def supplier_columns() -> list[ColumnElement[Any]]:
    """The fields of a `Supplier`, in order."""
    columns = tables.suppliers.c
    return [columns.id, columns.name, columns.email, columns.archived_at]


def customer_columns() -> list[ColumnElement[Any]]:
    """The fields of a `Customer`, in order."""
    columns = tables.customers.c
    return [columns.id, columns.name, columns.email, columns.phone, columns.archived_at]


_ID = bindparam("wanted", type_=BigInteger())

_SUPPLIERS = select(*supplier_columns()).where(tables.suppliers.c.bakery_id == OURS)
_SUPPLIERS_BY_IDS = records(_SUPPLIERS.where(among(tables.suppliers.c.id, "ids")), Supplier)
_LOCK_SUPPLIER = records(_SUPPLIERS.where(tables.suppliers.c.id == _ID).with_for_update(key_share=True), Supplier)

_CUSTOMERS = select(*customer_columns()).where(tables.customers.c.bakery_id == OURS)
_CUSTOMERS_BY_IDS = records(_CUSTOMERS.where(among(tables.customers.c.id, "ids")), Customer)
_LOCK_CUSTOMER = records(_CUSTOMERS.where(tables.customers.c.id == _ID).with_for_update(key_share=True), Customer)


@dataclass(frozen=True)
class Suppliers:
    session: Session

    async def add(self, name: str, email: str | None, now: datetime) -> Supplier:
        supplier = Supplier(await self.session.number(), name, email)
        row = {**asdict(supplier), "bakery_id": self.session.bakery_id, "folded_name": folded(name), "recorded_at": now}
        await self.session.insert(tables.suppliers, [row])
        return supplier

    async def lock(self, supplier_id: int) -> Supplier | None:
        return await self.session.first(_LOCK_SUPPLIER, wanted=supplier_id)

    async def keep(self, supplier: Supplier) -> None:
        """Make a locked supplier what the record says."""
        columns = tables.suppliers.c
        await self.session.execute(
            update(tables.suppliers)
            .where(columns.bakery_id == self.session.bakery_id, columns.id == supplier.id)
            .values(
                name=supplier.name,
                folded_name=folded(supplier.name),
                email=supplier.email,
                archived_at=supplier.archived_at,
            )
        )

    async def by_ids(self, ids: Sequence[int]) -> list[Supplier]:
        return await self.session.read(_SUPPLIERS_BY_IDS, ids=ids)

    def listing(
        self,
        *,
        search: str | None = None,
        archived: ArchivedFilter = ArchivedFilter.INCLUDED,
        sort: NameSort = NameSort.RECORDED,
    ) -> Listing[Supplier]:
        return named(self.session, Supplier, _SUPPLIERS, tables.suppliers, search, archived, sort)


@dataclass(frozen=True)
class Customers:
    session: Session

    async def add(self, name: str, email: str | None, phone: str | None, now: datetime) -> Customer:
        customer = Customer(await self.session.number(), name, email, phone)
        row = {**asdict(customer), "bakery_id": self.session.bakery_id, "folded_name": folded(name), "recorded_at": now}
        await self.session.insert(tables.customers, [row])
        return customer

    async def lock(self, customer_id: int) -> Customer | None:
        return await self.session.first(_LOCK_CUSTOMER, wanted=customer_id)

    async def keep(self, customer: Customer) -> None:
        """Make a locked customer what the record says."""
        columns = tables.customers.c
        await self.session.execute(
            update(tables.customers)
            .where(columns.bakery_id == self.session.bakery_id, columns.id == customer.id)
            .values(
                name=customer.name,
                folded_name=folded(customer.name),
                email=customer.email,
                phone=customer.phone,
                archived_at=customer.archived_at,
            )
        )

    async def by_ids(self, ids: Sequence[int]) -> list[Customer]:
        return await self.session.read(_CUSTOMERS_BY_IDS, ids=ids)

    def listing(
        self,
        *,
        search: str | None = None,
        archived: ArchivedFilter = ArchivedFilter.INCLUDED,
        sort: NameSort = NameSort.RECORDED,
    ) -> Listing[Customer]:
        return named(self.session, Customer, _CUSTOMERS, tables.customers, search, archived, sort)
