"""The things a bakery has: partners, ingredients, products and their recipes, and what it has ordered."""

from __future__ import annotations

from sqlalchemy import BigInteger, Boolean, CheckConstraint, Column, Index, Integer, String, UniqueConstraint

from bakery.catalogue import PurchaseOrderStatus
from bakery.quantity import Unit
from bakery.store.columns import Instant, Quantity, UnitCost, one_of
from bakery.store.tables.parts import EMAIL_LENGTH, NAME_LENGTH, PHONE_LENGTH, archived_at, folded, of_bakery, to

suppliers = of_bakery(
    "suppliers",
    Column("name", String(NAME_LENGTH), nullable=False),
    folded("name"),
    Column("email", String(EMAIL_LENGTH)),
    Column("recorded_at", Instant, nullable=False),
    archived_at(),
    Index(None, "bakery_id", "folded_name", "id"),
)

customers = of_bakery(
    "customers",
    Column("name", String(NAME_LENGTH), nullable=False),
    folded("name"),
    Column("email", String(EMAIL_LENGTH)),
    Column("phone", String(PHONE_LENGTH)),
    Column("recorded_at", Instant, nullable=False),
    archived_at(),
    Index(None, "bakery_id", "folded_name", "id"),
)

ingredients = of_bakery(
    "ingredients",
    Column("name", String(NAME_LENGTH), nullable=False),
    folded("name"),
    Column("unit", one_of(Unit, "unit"), nullable=False),
    Column("density", Quantity),
    Column("reorder_point", Quantity),
    Column("tracked", Quantity, nullable=False),
    Column("untracked", Quantity, nullable=False),
    Column("recorded_at", Instant, nullable=False),
    archived_at(),
    CheckConstraint("density > 0", name="density_positive"),
    CheckConstraint("tracked >= 0", name="tracked_not_negative"),
    Index(None, "bakery_id", "folded_name", "id"),
)

products = of_bakery(
    "products",
    Column("name", String(NAME_LENGTH), nullable=False),
    folded("name"),
    Column("yield_quantity", Quantity, nullable=False),
    Column("shelf_life_days", Integer),
    Column("makes_ingredient_id", BigInteger),
    Column("inherit_expiry", Boolean(create_constraint=True, name="inherit_expiry"), nullable=False),
    Column("recorded_at", Instant, nullable=False),
    archived_at(),
    to("ingredients", "makes_ingredient_id"),
    CheckConstraint("yield_quantity > 0", name="yield_positive"),
    CheckConstraint("shelf_life_days >= 0", name="shelf_life_not_negative"),
    Index(None, "bakery_id", "makes_ingredient_id"),
    Index(None, "bakery_id", "folded_name", "id"),
)

recipe_lines = of_bakery(
    "recipe_lines",
    Column("product_id", BigInteger, nullable=False),
    Column("ingredient_id", BigInteger, nullable=False),
    Column("quantity", Quantity, nullable=False),
    Column("unit", one_of(Unit, "unit"), nullable=False),
    to("products", "product_id"),
    to("ingredients", "ingredient_id"),
    CheckConstraint("quantity > 0", name="quantity_positive"),
    Index(None, "bakery_id", "product_id"),
    Index(None, "bakery_id", "ingredient_id"),
)

purchase_orders = of_bakery(
    "purchase_orders",
    Column("code", String(32), nullable=False),
    Column("supplier_id", BigInteger, nullable=False),
    Column("status", one_of(PurchaseOrderStatus, "status"), nullable=False),
    Column("recorded_at", Instant, nullable=False),
    to("suppliers", "supplier_id"),
    UniqueConstraint("bakery_id", "code"),
    Index(None, "bakery_id", "supplier_id", "id"),
    Index(None, "bakery_id", "status", "id"),
)

purchase_order_lines = of_bakery(
    "purchase_order_lines",
    Column("purchase_order_id", BigInteger, nullable=False),
    Column("ingredient_id", BigInteger, nullable=False),
    Column("unit", one_of(Unit, "unit"), nullable=False),
    Column("unit_cost", UnitCost),
    Column("quantity_ordered", Quantity, nullable=False),
    Column("quantity_received", Quantity, nullable=False),
    to("purchase_orders", "purchase_order_id"),
    to("ingredients", "ingredient_id"),
    CheckConstraint("quantity_ordered > 0 AND quantity_received >= 0", name="quantities"),
    Index(None, "bakery_id", "purchase_order_id"),
    Index(None, "bakery_id", "ingredient_id"),
)
