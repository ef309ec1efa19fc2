"""The ORM's view of the tables."""

from __future__ import annotations

from sqlalchemy.orm import DeclarativeBase

from bakery.store import tables


class Base(DeclarativeBase):
    metadata = tables.metadata


class LotRow(Base):
    __table__ = tables.lots


class IngredientRow(Base):
    __table__ = tables.ingredients


class SupplierRow(Base):
    __table__ = tables.suppliers


class CustomerRow(Base):
    __table__ = tables.customers


class ProductRow(Base):
    __table__ = tables.products


class BatchRow(Base):
    __table__ = tables.production_batches


class ConsumptionRow(Base):
    __table__ = tables.consumptions


class OrderRow(Base):
    __table__ = tables.orders


class OrderLineRow(Base):
    __table__ = tables.order_lines


class AllocationRow(Base):
    __table__ = tables.allocations
