"""All repositories of one session."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from bakery.store.access import AccessTokens, ApiKeys
from bakery.store.audit import Audit
from bakery.store.catalogue import Ingredients, Products
from bakery.store.codes import Codes
from bakery.store.documents import TrustedDocuments
from bakery.store.features import Features
from bakery.store.idempotency import IdempotencyKeys
from bakery.store.inventory import Inventory
from bakery.store.ledger import Ledger
from bakery.store.lots import Lots
from bakery.store.orders import Orders
from bakery.store.partners import Customers, Suppliers
from bakery.store.people import People
from bakery.store.production import Production
from bakery.store.purchases import Purchases
from bakery.store.session import Session
from bakery.store.traces import Traces

Repository = TypeVar("Repository")


class Store:
    """The repositories over one transaction of one bakery."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self.people = People(session)
        self.access_tokens = AccessTokens(session)
        self.api_keys = ApiKeys(session)
        self.features = Features(session)
        self.suppliers = Suppliers(session)
        self.customers = Customers(session)
        self.ingredients = Ingredients(session)
        self.products = Products(session)
        self.purchases = Purchases(session)
        self.lots = Lots(session)
        self.ledger = Ledger(session)
        self.inventory = Inventory(session)
        self.production = Production(session)
        self.orders = Orders(session)
        self.codes = Codes(session)
        self.idempotency = IdempotencyKeys(session)
        self.traces = Traces(session)
        self.audit = Audit(session)
        self.documents = TrustedDocuments(session)

    async def reserve(self, numbers: int) -> None:
        """Draw so many record numbers at once, for what is recorded next. The locks are held."""
        await self._session.reserve(numbers)

    def of(self, repository: Callable[[Session], Repository]) -> Repository:
        """A plug-in's repository over the same transaction."""
        return repository(self._session)
