"""The only place that knows SQL: tables, transactions, one repository a noun."""

from bakery.store.session import BakeryId, Database, Session
from bakery.store.store import Store

__all__ = ["BakeryId", "Database", "Session", "Store"]
