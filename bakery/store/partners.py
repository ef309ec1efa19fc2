"""Suppliers and customers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Select, insert, select, update

from bakery.catalogue import Customer, Supplier
from bakery.lists import ArchivedFilter, NameSort
from bakery.names import folded
from bakery.store import tables
from bakery.store.named import named
from bakery.store.paging import Listing
from bakery.store.session import Session


@dataclass(frozen=True)
class Suppliers:
    session: Session

    def _select(self) -> Select[Any]:
        columns = tables.suppliers.c
        return select(columns.id, columns.name, columns.email, columns.archived_at).where(
            columns.bakery_id == self.session.bakery_id
        )

    async def add(self, name: str, email: str | None, now: datetime) -> Supplier:
        supplier = Supplier(await self.session.number(), name, email)
        await self.session.execute(
            insert(tables.suppliers).values(
                bakery_id=self.session.bakery_id,
                id=supplier.id,
                name=name,
                folded_name=folded(name),
                email=email,
                recorded_at=now,
            )
        )
        return supplier

    async def lock(self, supplier_id: int) -> Supplier | None:
        chosen = self._select().where(tables.suppliers.c.id == supplier_id)
        return await self.session.record(Supplier, chosen.with_for_update(key_share=True))

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
        chosen = self.session.among(tables.suppliers.c.id, ids)
        return await self.session.records(Supplier, self._select().where(chosen))

    def listing(
        self,
        *,
        search: str | None = None,
        archived: ArchivedFilter = ArchivedFilter.INCLUDED,
        sort: NameSort = NameSort.RECORDED,
    ) -> Listing[Supplier]:
        return named(self.session, Supplier, self._select(), tables.suppliers, search, archived, sort)


@dataclass(frozen=True)
class Customers:
    session: Session

    def _select(self) -> Select[Any]:
        columns = tables.customers.c
        return select(columns.id, columns.name, columns.email, columns.phone, columns.archived_at).where(
            columns.bakery_id == self.session.bakery_id
        )

    async def add(self, name: str, email: str | None, phone: str | None, now: datetime) -> Customer:
        customer = Customer(await self.session.number(), name, email, phone)
        await self.session.execute(
            insert(tables.customers).values(
                bakery_id=self.session.bakery_id,
                id=customer.id,
                name=name,
                folded_name=folded(name),
                email=email,
                phone=phone,
                recorded_at=now,
            )
        )
        return customer

    async def lock(self, customer_id: int) -> Customer | None:
        chosen = self._select().where(tables.customers.c.id == customer_id)
        return await self.session.record(Customer, chosen.with_for_update(key_share=True))

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
        chosen = self.session.among(tables.customers.c.id, ids)
        return await self.session.records(Customer, self._select().where(chosen))

    def listing(
        self,
        *,
        search: str | None = None,
        archived: ArchivedFilter = ArchivedFilter.INCLUDED,
        sort: NameSort = NameSort.RECORDED,
    ) -> Listing[Customer]:
        return named(self.session, Customer, self._select(), tables.customers, search, archived, sort)
