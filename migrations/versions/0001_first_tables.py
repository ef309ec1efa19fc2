"""The first tables.

One file for all of them, since none makes sense without the others. Movements are made append-only by triggers.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


# Numbers every record: PostgreSQL by a sequence, SQLite, which has one writer at a time, by a row.
SQLITE_UP = (
    "CREATE TABLE record_number_counter (only_row INTEGER NOT NULL, last_number BIGINT NOT NULL, "
    "CONSTRAINT pk_record_number_counter PRIMARY KEY (only_row))",
    "INSERT INTO record_number_counter VALUES (1, 0)",
    "CREATE TRIGGER movements_unchanged BEFORE UPDATE ON movements "
    "BEGIN SELECT RAISE(ABORT, 'movements are never changed'); END",
    "CREATE TRIGGER movements_kept BEFORE DELETE ON movements "
    "BEGIN SELECT RAISE(ABORT, 'movements are never deleted'); END",
    # INSERT OR REPLACE deletes without a word to the trigger above.
    "CREATE TRIGGER movements_not_replaced BEFORE INSERT ON movements "
    "WHEN EXISTS (SELECT 1 FROM movements WHERE bakery_id = NEW.bakery_id AND id = NEW.id) "
    "BEGIN SELECT RAISE(ABORT, 'movements are never replaced'); END",
)
SQLITE_DOWN = ("DROP TABLE record_number_counter",)
POSTGRESQL_UP = (
    "CREATE SEQUENCE record_number",
    "CREATE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS "
    "$$ BEGIN RAISE EXCEPTION '% are never changed or deleted', TG_TABLE_NAME; END $$",
    "CREATE TRIGGER movements_unchanged BEFORE UPDATE OR DELETE OR TRUNCATE ON movements "
    "FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()",
)
POSTGRESQL_DOWN = ("DROP FUNCTION refuse_change()", "DROP SEQUENCE record_number")


def upgrade() -> None:
    op.create_table(
        "bakeries",
        sa.Column("id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("plan", sa.String(length=32), nullable=False),
        sa.Column("time_zone", sa.String(length=64), nullable=False),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_bakeries")),
    )
    op.create_table(
        "api_keys",
        sa.Column("bakery_id", sa.BigInteger(), nullable=False),
        sa.Column("id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("key_hash", sa.String(length=64), nullable=False),
        sa.Column("scopes", sa.String(length=200), nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("revoked_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["bakery_id"], ["bakeries.id"], name=op.f("fk_api_keys_bakery_id")),
        sa.PrimaryKeyConstraint("bakery_id", "id", name=op.f("pk_api_keys")),
        sa.UniqueConstraint("key_hash", name=op.f("uq_api_keys_key_hash")),
    )
    op.create_table(
        "code_counters",
        sa.Column("bakery_id", sa.BigInteger(), nullable=False),
        sa.Column(
            "kind",
            sa.Enum("LOT", "PB", "PO", "ORD", "RC", name="kind", native_enum=False, create_constraint=True, length=32),
            nullable=False,
        ),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("last_number", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["bakery_id"], ["bakeries.id"], name=op.f("fk_code_counters_bakery_id")),
        sa.PrimaryKeyConstraint("bakery_id", "kind", "day", name=op.f("pk_code_counters")),
    )
    op.create_table(
        "customers",
        sa.Column("bakery_id", sa.BigInteger(), nullable=False),
        sa.Column("id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("email", sa.String(length=254), nullable=True),
        sa.Column("phone", sa.String(length=50), nullable=True),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["bakery_id"], ["bakeries.id"], name=op.f("fk_customers_bakery_id")),
        sa.PrimaryKeyConstraint("bakery_id", "id", name=op.f("pk_customers")),
    )
    op.create_table(
        "feature_switches",
        sa.Column("bakery_id", sa.BigInteger(), nullable=False),
        sa.Column("feature", sa.String(length=64), nullable=False),
        sa.Column("enabled", sa.Boolean(create_constraint=True, name="enabled"), nullable=False),
        sa.ForeignKeyConstraint(["bakery_id"], ["bakeries.id"], name=op.f("fk_feature_switches_bakery_id")),
        sa.PrimaryKeyConstraint("bakery_id", "feature", name=op.f("pk_feature_switches")),
    )
    op.create_table(
        "idempotency_keys",
        sa.Column("bakery_id", sa.BigInteger(), nullable=False),
        sa.Column("key", sa.String(length=200), nullable=False),
        sa.Column("mutation", sa.String(length=64), nullable=False),
        sa.Column("input_hash", sa.String(length=64), nullable=False),
        sa.Column("result", sa.String(), nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["bakery_id"], ["bakeries.id"], name=op.f("fk_idempotency_keys_bakery_id")),
        sa.PrimaryKeyConstraint("bakery_id", "key", name=op.f("pk_idempotency_keys")),
    )
    op.create_table(
        "ingredients",
        sa.Column("bakery_id", sa.BigInteger(), nullable=False),
        sa.Column("id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column(
            "unit",
            sa.Enum(
                "g",
                "kg",
                "oz",
                "lb",
                "ml",
                "l",
                "floz",
                "gal",
                "each",
                name="unit",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("density", sa.BigInteger(), nullable=True),
        sa.Column("reorder_point", sa.BigInteger(), nullable=True),
        sa.Column("tracked", sa.BigInteger(), nullable=False),
        sa.Column("untracked", sa.BigInteger(), nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("density > 0", name=op.f("ck_ingredients_density_positive")),
        sa.CheckConstraint("tracked >= 0", name=op.f("ck_ingredients_tracked_not_negative")),
        sa.ForeignKeyConstraint(["bakery_id"], ["bakeries.id"], name=op.f("fk_ingredients_bakery_id")),
        sa.PrimaryKeyConstraint("bakery_id", "id", name=op.f("pk_ingredients")),
    )
    op.create_table(
        "lot_tracking_settings",
        sa.Column("bakery_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("expiry_warning_days", sa.Integer(), nullable=False),
        sa.Column(
            "consumption_order",
            sa.Enum(
                "EXPIRY_DATE",
                "RECEIVED_DATE",
                name="consumption_order",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.CheckConstraint(
            "expiry_warning_days BETWEEN 0 AND 365", name=op.f("ck_lot_tracking_settings_expiry_warning_days")
        ),
        sa.ForeignKeyConstraint(["bakery_id"], ["bakeries.id"], name=op.f("fk_lot_tracking_settings_bakery_id")),
        sa.PrimaryKeyConstraint("bakery_id", name=op.f("pk_lot_tracking_settings")),
    )
    op.create_table(
        "members",
        sa.Column("bakery_id", sa.BigInteger(), nullable=False),
        sa.Column("id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("role", sa.String(length=32), nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["bakery_id"], ["bakeries.id"], name=op.f("fk_members_bakery_id")),
        sa.PrimaryKeyConstraint("bakery_id", "id", name=op.f("pk_members")),
    )
    op.create_index(
        "uq_members_owner",
        "members",
        ["bakery_id"],
        unique=True,
        postgresql_where=sa.text("role = 'OWNER'"),
        sqlite_where=sa.text("role = 'OWNER'"),
    )
    op.create_table(
        "suppliers",
        sa.Column("bakery_id", sa.BigInteger(), nullable=False),
        sa.Column("id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("email", sa.String(length=254), nullable=True),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["bakery_id"], ["bakeries.id"], name=op.f("fk_suppliers_bakery_id")),
        sa.PrimaryKeyConstraint("bakery_id", "id", name=op.f("pk_suppliers")),
    )
    op.create_table(
        "access_tokens",
        sa.Column("bakery_id", sa.BigInteger(), nullable=False),
        sa.Column("id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("member_id", sa.BigInteger(), nullable=False),
        sa.Column("token_hash", sa.String(length=64), nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("revoked_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["bakery_id", "member_id"],
            ["members.bakery_id", "members.id"],
            name=op.f("fk_access_tokens_bakery_id_member_id"),
        ),
        sa.ForeignKeyConstraint(["bakery_id"], ["bakeries.id"], name=op.f("fk_access_tokens_bakery_id")),
        sa.PrimaryKeyConstraint("bakery_id", "id", name=op.f("pk_access_tokens")),
        sa.UniqueConstraint("token_hash", name=op.f("uq_access_tokens_token_hash")),
    )
    op.create_table(
        "orders",
        sa.Column("bakery_id", sa.BigInteger(), nullable=False),
        sa.Column("id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("number", sa.String(length=64), nullable=False),
        sa.Column("customer_id", sa.BigInteger(), nullable=True),
        sa.Column(
            "status",
            sa.Enum(
                "DRAFT",
                "CONFIRMED",
                "IN_PRODUCTION",
                "READY",
                "COMPLETED",
                "CANCELLED",
                name="status",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("status_on", sa.Date(), nullable=True),
        sa.Column("due_on", sa.Date(), nullable=True),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["bakery_id", "customer_id"],
            ["customers.bakery_id", "customers.id"],
            name=op.f("fk_orders_bakery_id_customer_id"),
        ),
        sa.ForeignKeyConstraint(["bakery_id"], ["bakeries.id"], name=op.f("fk_orders_bakery_id")),
        sa.PrimaryKeyConstraint("bakery_id", "id", name=op.f("pk_orders")),
        sa.UniqueConstraint("bakery_id", "number", name=op.f("uq_orders_bakery_id_number")),
    )
    op.create_index(op.f("ix_orders_bakery_id_customer_id"), "orders", ["bakery_id", "customer_id"], unique=False)
    op.create_table(
        "products",
        sa.Column("bakery_id", sa.BigInteger(), nullable=False),
        sa.Column("id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("yield_quantity", sa.BigInteger(), nullable=False),
        sa.Column("shelf_life_days", sa.Integer(), nullable=True),
        sa.Column("makes_ingredient_id", sa.BigInteger(), nullable=True),
        sa.Column("inherit_expiry", sa.Boolean(create_constraint=True, name="inherit_expiry"), nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("shelf_life_days >= 0", name=op.f("ck_products_shelf_life_not_negative")),
        sa.CheckConstraint("yield_quantity > 0", name=op.f("ck_products_yield_positive")),
        sa.ForeignKeyConstraint(
            ["bakery_id", "makes_ingredient_id"],
            ["ingredients.bakery_id", "ingredients.id"],
            name=op.f("fk_products_bakery_id_makes_ingredient_id"),
        ),
        sa.ForeignKeyConstraint(["bakery_id"], ["bakeries.id"], name=op.f("fk_products_bakery_id")),
        sa.PrimaryKeyConstraint("bakery_id", "id", name=op.f("pk_products")),
    )
    op.create_index(
        op.f("ix_products_bakery_id_makes_ingredient_id"),
        "products",
        ["bakery_id", "makes_ingredient_id"],
        unique=False,
    )
    op.create_table(
        "purchase_orders",
        sa.Column("bakery_id", sa.BigInteger(), nullable=False),
        sa.Column("id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("code", sa.String(length=32), nullable=False),
        sa.Column("supplier_id", sa.BigInteger(), nullable=False),
        sa.Column(
            "status",
            sa.Enum(
                "DRAFT",
                "ORDERED",
                "PARTIALLY_RECEIVED",
                "RECEIVED",
                "CANCELLED",
                name="status",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["bakery_id", "supplier_id"],
            ["suppliers.bakery_id", "suppliers.id"],
            name=op.f("fk_purchase_orders_bakery_id_supplier_id"),
        ),
        sa.ForeignKeyConstraint(["bakery_id"], ["bakeries.id"], name=op.f("fk_purchase_orders_bakery_id")),
        sa.PrimaryKeyConstraint("bakery_id", "id", name=op.f("pk_purchase_orders")),
        sa.UniqueConstraint("bakery_id", "code", name=op.f("uq_purchase_orders_bakery_id_code")),
    )
    op.create_index(
        op.f("ix_purchase_orders_bakery_id_supplier_id"), "purchase_orders", ["bakery_id", "supplier_id"], unique=False
    )
    op.create_table(
        "order_lines",
        sa.Column("bakery_id", sa.BigInteger(), nullable=False),
        sa.Column("id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("order_id", sa.BigInteger(), nullable=False),
        sa.Column("product_id", sa.BigInteger(), nullable=False),
        sa.Column("quantity", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("quantity > 0", name=op.f("ck_order_lines_quantity_positive")),
        sa.ForeignKeyConstraint(
            ["bakery_id", "order_id"], ["orders.bakery_id", "orders.id"], name=op.f("fk_order_lines_bakery_id_order_id")
        ),
        sa.ForeignKeyConstraint(
            ["bakery_id", "product_id"],
            ["products.bakery_id", "products.id"],
            name=op.f("fk_order_lines_bakery_id_product_id"),
        ),
        sa.ForeignKeyConstraint(["bakery_id"], ["bakeries.id"], name=op.f("fk_order_lines_bakery_id")),
        sa.PrimaryKeyConstraint("bakery_id", "id", name=op.f("pk_order_lines")),
    )
    op.create_index(op.f("ix_order_lines_bakery_id_order_id"), "order_lines", ["bakery_id", "order_id"], unique=False)
    op.create_index(
        op.f("ix_order_lines_bakery_id_product_id"), "order_lines", ["bakery_id", "product_id"], unique=False
    )
    op.create_table(
        "order_status_changes",
        sa.Column("bakery_id", sa.BigInteger(), nullable=False),
        sa.Column("id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("order_id", sa.BigInteger(), nullable=False),
        sa.Column(
            "status",
            sa.Enum(
                "DRAFT",
                "CONFIRMED",
                "IN_PRODUCTION",
                "READY",
                "COMPLETED",
                "CANCELLED",
                name="status",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("happened_on", sa.Date(), nullable=False),
        sa.Column("actor_id", sa.BigInteger(), nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["bakery_id", "actor_id"],
            ["members.bakery_id", "members.id"],
            name=op.f("fk_order_status_changes_bakery_id_actor_id"),
        ),
        sa.ForeignKeyConstraint(
            ["bakery_id", "order_id"],
            ["orders.bakery_id", "orders.id"],
            name=op.f("fk_order_status_changes_bakery_id_order_id"),
        ),
        sa.ForeignKeyConstraint(["bakery_id"], ["bakeries.id"], name=op.f("fk_order_status_changes_bakery_id")),
        sa.PrimaryKeyConstraint("bakery_id", "id", name=op.f("pk_order_status_changes")),
    )
    op.create_index(
        op.f("ix_order_status_changes_bakery_id_order_id"),
        "order_status_changes",
        ["bakery_id", "order_id"],
        unique=False,
    )
    op.create_table(
        "production_batches",
        sa.Column("bakery_id", sa.BigInteger(), nullable=False),
        sa.Column("id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("code", sa.String(length=32), nullable=False),
        sa.Column("product_id", sa.BigInteger(), nullable=False),
        sa.Column("quantity", sa.BigInteger(), nullable=False),
        sa.Column("quantity_allocated", sa.BigInteger(), nullable=False),
        sa.Column("quantity_written_off", sa.BigInteger(), nullable=False),
        sa.Column("produced_on", sa.Date(), nullable=False),
        sa.Column(
            "status",
            sa.Enum("CONFIRMED", "REVERSED", name="status", native_enum=False, create_constraint=True, length=32),
            nullable=False,
        ),
        sa.Column(
            "consumption_order",
            sa.Enum(
                "EXPIRY_DATE",
                "RECEIVED_DATE",
                name="consumption_order",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=True,
        ),
        sa.Column("actor_id", sa.BigInteger(), nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "quantity > 0 AND quantity_allocated >= 0 AND quantity_written_off >= 0",
            name=op.f("ck_production_batches_quantities"),
        ),
        sa.CheckConstraint(
            "quantity_allocated + quantity_written_off <= quantity",
            name=op.f("ck_production_batches_not_more_than_made"),
        ),
        sa.ForeignKeyConstraint(
            ["bakery_id", "actor_id"],
            ["members.bakery_id", "members.id"],
            name=op.f("fk_production_batches_bakery_id_actor_id"),
        ),
        sa.ForeignKeyConstraint(
            ["bakery_id", "product_id"],
            ["products.bakery_id", "products.id"],
            name=op.f("fk_production_batches_bakery_id_product_id"),
        ),
        sa.ForeignKeyConstraint(["bakery_id"], ["bakeries.id"], name=op.f("fk_production_batches_bakery_id")),
        sa.PrimaryKeyConstraint("bakery_id", "id", name=op.f("pk_production_batches")),
        sa.UniqueConstraint("bakery_id", "code", name=op.f("uq_production_batches_bakery_id_code")),
    )
    op.create_index(
        op.f("ix_production_batches_bakery_id_product_id_produced_on_id"),
        "production_batches",
        ["bakery_id", "product_id", "produced_on", "id"],
        unique=False,
    )
    op.create_index(
        "ix_production_batches_open",
        "production_batches",
        ["bakery_id", "product_id", "produced_on", "id"],
        unique=False,
        postgresql_where=sa.text("status = 'CONFIRMED' AND quantity_allocated + quantity_written_off < quantity"),
        sqlite_where=sa.text("status = 'CONFIRMED' AND quantity_allocated + quantity_written_off < quantity"),
    )
    op.create_table(
        "purchase_order_lines",
        sa.Column("bakery_id", sa.BigInteger(), nullable=False),
        sa.Column("id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("purchase_order_id", sa.BigInteger(), nullable=False),
        sa.Column("ingredient_id", sa.BigInteger(), nullable=False),
        sa.Column(
            "unit",
            sa.Enum(
                "g",
                "kg",
                "oz",
                "lb",
                "ml",
                "l",
                "floz",
                "gal",
                "each",
                name="unit",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("unit_cost", sa.BigInteger(), nullable=True),
        sa.Column("quantity_ordered", sa.BigInteger(), nullable=False),
        sa.Column("quantity_received", sa.BigInteger(), nullable=False),
        sa.CheckConstraint(
            "quantity_ordered > 0 AND quantity_received >= 0", name=op.f("ck_purchase_order_lines_quantities")
        ),
        sa.ForeignKeyConstraint(
            ["bakery_id", "ingredient_id"],
            ["ingredients.bakery_id", "ingredients.id"],
            name=op.f("fk_purchase_order_lines_bakery_id_ingredient_id"),
        ),
        sa.ForeignKeyConstraint(
            ["bakery_id", "purchase_order_id"],
            ["purchase_orders.bakery_id", "purchase_orders.id"],
            name=op.f("fk_purchase_order_lines_bakery_id_purchase_order_id"),
        ),
        sa.ForeignKeyConstraint(["bakery_id"], ["bakeries.id"], name=op.f("fk_purchase_order_lines_bakery_id")),
        sa.PrimaryKeyConstraint("bakery_id", "id", name=op.f("pk_purchase_order_lines")),
    )
    op.create_index(
        op.f("ix_purchase_order_lines_bakery_id_ingredient_id"),
        "purchase_order_lines",
        ["bakery_id", "ingredient_id"],
        unique=False,
    )
    op.create_index(
        op.f("ix_purchase_order_lines_bakery_id_purchase_order_id"),
        "purchase_order_lines",
        ["bakery_id", "purchase_order_id"],
        unique=False,
    )
    op.create_table(
        "recipe_lines",
        sa.Column("bakery_id", sa.BigInteger(), nullable=False),
        sa.Column("id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("product_id", sa.BigInteger(), nullable=False),
        sa.Column("ingredient_id", sa.BigInteger(), nullable=False),
        sa.Column("quantity", sa.BigInteger(), nullable=False),
        sa.Column(
            "unit",
            sa.Enum(
                "g",
                "kg",
                "oz",
                "lb",
                "ml",
                "l",
                "floz",
                "gal",
                "each",
                name="unit",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.CheckConstraint("quantity > 0", name=op.f("ck_recipe_lines_quantity_positive")),
        sa.ForeignKeyConstraint(
            ["bakery_id", "ingredient_id"],
            ["ingredients.bakery_id", "ingredients.id"],
            name=op.f("fk_recipe_lines_bakery_id_ingredient_id"),
        ),
        sa.ForeignKeyConstraint(
            ["bakery_id", "product_id"],
            ["products.bakery_id", "products.id"],
            name=op.f("fk_recipe_lines_bakery_id_product_id"),
        ),
        sa.ForeignKeyConstraint(["bakery_id"], ["bakeries.id"], name=op.f("fk_recipe_lines_bakery_id")),
        sa.PrimaryKeyConstraint("bakery_id", "id", name=op.f("pk_recipe_lines")),
    )
    op.create_index(
        op.f("ix_recipe_lines_bakery_id_ingredient_id"), "recipe_lines", ["bakery_id", "ingredient_id"], unique=False
    )
    op.create_index(
        op.f("ix_recipe_lines_bakery_id_product_id"), "recipe_lines", ["bakery_id", "product_id"], unique=False
    )
    op.create_table(
        "allocations",
        sa.Column("bakery_id", sa.BigInteger(), nullable=False),
        sa.Column("id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("order_id", sa.BigInteger(), nullable=False),
        sa.Column("order_line_id", sa.BigInteger(), nullable=False),
        sa.Column("batch_id", sa.BigInteger(), nullable=False),
        sa.Column("quantity", sa.BigInteger(), nullable=False),
        sa.Column("linked_by", sa.BigInteger(), nullable=False),
        sa.Column("linked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("freed_by", sa.BigInteger(), nullable=True),
        sa.Column("freed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("free_reason", sa.String(length=2000), nullable=True),
        sa.CheckConstraint("quantity > 0", name=op.f("ck_allocations_quantity_positive")),
        sa.ForeignKeyConstraint(
            ["bakery_id", "batch_id"],
            ["production_batches.bakery_id", "production_batches.id"],
            name=op.f("fk_allocations_bakery_id_batch_id"),
        ),
        sa.ForeignKeyConstraint(
            ["bakery_id", "freed_by"],
            ["members.bakery_id", "members.id"],
            name=op.f("fk_allocations_bakery_id_freed_by"),
        ),
        sa.ForeignKeyConstraint(
            ["bakery_id", "linked_by"],
            ["members.bakery_id", "members.id"],
            name=op.f("fk_allocations_bakery_id_linked_by"),
        ),
        sa.ForeignKeyConstraint(
            ["bakery_id", "order_id"], ["orders.bakery_id", "orders.id"], name=op.f("fk_allocations_bakery_id_order_id")
        ),
        sa.ForeignKeyConstraint(
            ["bakery_id", "order_line_id"],
            ["order_lines.bakery_id", "order_lines.id"],
            name=op.f("fk_allocations_bakery_id_order_line_id"),
        ),
        sa.ForeignKeyConstraint(["bakery_id"], ["bakeries.id"], name=op.f("fk_allocations_bakery_id")),
        sa.PrimaryKeyConstraint("bakery_id", "id", name=op.f("pk_allocations")),
    )
    op.create_index(
        op.f("ix_allocations_bakery_id_order_line_id"), "allocations", ["bakery_id", "order_line_id"], unique=False
    )
    op.create_index(
        "ix_allocations_batch",
        "allocations",
        ["bakery_id", "batch_id", "order_id"],
        unique=False,
        postgresql_where=sa.text("freed_at IS NULL"),
        sqlite_where=sa.text("freed_at IS NULL"),
    )
    op.create_index(
        "ix_allocations_order",
        "allocations",
        ["bakery_id", "order_id"],
        unique=False,
        postgresql_where=sa.text("freed_at IS NULL"),
        sqlite_where=sa.text("freed_at IS NULL"),
    )
    op.create_table(
        "lots",
        sa.Column("bakery_id", sa.BigInteger(), nullable=False),
        sa.Column("id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("code", sa.String(length=32), nullable=False),
        sa.Column("ingredient_id", sa.BigInteger(), nullable=False),
        sa.Column(
            "source",
            sa.Enum(
                "PURCHASE_ORDER",
                "RESTOCK",
                "MANUAL",
                "PRODUCTION",
                name="source",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("supplier_id", sa.BigInteger(), nullable=True),
        sa.Column("supplier_lot_number", sa.String(length=200), nullable=True),
        sa.Column("purchase_order_line_id", sa.BigInteger(), nullable=True),
        sa.Column("origin_batch_id", sa.BigInteger(), nullable=True),
        sa.Column("received_on", sa.Date(), nullable=False),
        sa.Column("expires_on", sa.Date(), nullable=True),
        sa.Column("unit_cost", sa.BigInteger(), nullable=True),
        sa.Column("quantity_received", sa.BigInteger(), nullable=False),
        sa.Column("quantity_adjusted", sa.BigInteger(), nullable=False),
        sa.Column("quantity_consumed", sa.BigInteger(), nullable=False),
        sa.Column("quantity_written_off", sa.BigInteger(), nullable=False),
        sa.Column("quantity_remaining", sa.BigInteger(), nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("expires_on >= received_on", name=op.f("ck_lots_expires_after_receipt")),
        sa.CheckConstraint(
            "quantity_remaining = quantity_received + quantity_adjusted - quantity_consumed - quantity_written_off",
            name=op.f("ck_lots_balance_closes"),
        ),
        sa.CheckConstraint("quantity_remaining >= 0", name=op.f("ck_lots_remaining_not_negative")),
        sa.ForeignKeyConstraint(
            ["bakery_id", "ingredient_id"],
            ["ingredients.bakery_id", "ingredients.id"],
            name=op.f("fk_lots_bakery_id_ingredient_id"),
        ),
        sa.ForeignKeyConstraint(
            ["bakery_id", "origin_batch_id"],
            ["production_batches.bakery_id", "production_batches.id"],
            name=op.f("fk_lots_bakery_id_origin_batch_id"),
        ),
        sa.ForeignKeyConstraint(
            ["bakery_id", "purchase_order_line_id"],
            ["purchase_order_lines.bakery_id", "purchase_order_lines.id"],
            name=op.f("fk_lots_bakery_id_purchase_order_line_id"),
        ),
        sa.ForeignKeyConstraint(
            ["bakery_id", "supplier_id"],
            ["suppliers.bakery_id", "suppliers.id"],
            name=op.f("fk_lots_bakery_id_supplier_id"),
        ),
        sa.ForeignKeyConstraint(["bakery_id"], ["bakeries.id"], name=op.f("fk_lots_bakery_id")),
        sa.PrimaryKeyConstraint("bakery_id", "id", name=op.f("pk_lots")),
        sa.UniqueConstraint("bakery_id", "code", name=op.f("uq_lots_bakery_id_code")),
    )
    op.create_index(
        op.f("ix_lots_bakery_id_ingredient_id_id"), "lots", ["bakery_id", "ingredient_id", "id"], unique=False
    )
    op.create_index(op.f("ix_lots_bakery_id_supplier_id_id"), "lots", ["bakery_id", "supplier_id", "id"], unique=False)
    op.create_index(
        op.f("ix_lots_bakery_id_supplier_lot_number"), "lots", ["bakery_id", "supplier_lot_number"], unique=False
    )
    op.create_index(
        "ix_lots_expiring",
        "lots",
        ["bakery_id", "expires_on", "id"],
        unique=False,
        postgresql_where=sa.text("quantity_remaining > 0"),
        sqlite_where=sa.text("quantity_remaining > 0"),
    )
    op.create_index(
        "ix_lots_in_stock",
        "lots",
        ["bakery_id", "ingredient_id"],
        unique=False,
        postgresql_where=sa.text("quantity_remaining > 0"),
        sqlite_where=sa.text("quantity_remaining > 0"),
    )
    op.create_index(
        "ix_lots_origin",
        "lots",
        ["bakery_id", "origin_batch_id"],
        unique=False,
        postgresql_where=sa.text("origin_batch_id IS NOT NULL"),
        sqlite_where=sa.text("origin_batch_id IS NOT NULL"),
    )
    op.create_table(
        "consumptions",
        sa.Column("bakery_id", sa.BigInteger(), nullable=False),
        sa.Column("id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("batch_id", sa.BigInteger(), nullable=False),
        sa.Column("ingredient_id", sa.BigInteger(), nullable=False),
        sa.Column("lot_id", sa.BigInteger(), nullable=True),
        sa.Column(
            "source",
            sa.Enum(
                "LOT", "UNTRACKED", "UNACCOUNTED", name="source", native_enum=False, create_constraint=True, length=32
            ),
            nullable=False,
        ),
        sa.Column("quantity", sa.BigInteger(), nullable=False),
        sa.Column("chosen", sa.Boolean(create_constraint=True, name="chosen"), nullable=False),
        sa.CheckConstraint("(source = 'LOT') = (lot_id IS NOT NULL)", name=op.f("ck_consumptions_lot_where_from_lot")),
        sa.CheckConstraint("quantity > 0", name=op.f("ck_consumptions_quantity_positive")),
        sa.ForeignKeyConstraint(
            ["bakery_id", "batch_id"],
            ["production_batches.bakery_id", "production_batches.id"],
            name=op.f("fk_consumptions_bakery_id_batch_id"),
        ),
        sa.ForeignKeyConstraint(
            ["bakery_id", "ingredient_id"],
            ["ingredients.bakery_id", "ingredients.id"],
            name=op.f("fk_consumptions_bakery_id_ingredient_id"),
        ),
        sa.ForeignKeyConstraint(
            ["bakery_id", "lot_id"], ["lots.bakery_id", "lots.id"], name=op.f("fk_consumptions_bakery_id_lot_id")
        ),
        sa.ForeignKeyConstraint(["bakery_id"], ["bakeries.id"], name=op.f("fk_consumptions_bakery_id")),
        sa.PrimaryKeyConstraint("bakery_id", "id", name=op.f("pk_consumptions")),
    )
    op.create_index(op.f("ix_consumptions_bakery_id_batch_id"), "consumptions", ["bakery_id", "batch_id"], unique=False)
    op.create_index(
        "ix_consumptions_lot",
        "consumptions",
        ["bakery_id", "lot_id", "batch_id"],
        unique=False,
        postgresql_where=sa.text("lot_id IS NOT NULL"),
        sqlite_where=sa.text("lot_id IS NOT NULL"),
    )
    op.create_table(
        "lot_holds",
        sa.Column("bakery_id", sa.BigInteger(), nullable=False),
        sa.Column("id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("lot_id", sa.BigInteger(), nullable=False),
        sa.Column(
            "cause",
            sa.Enum("MANUAL", "RECALL", name="cause", native_enum=False, create_constraint=True, length=32),
            nullable=False,
        ),
        sa.Column("reason", sa.String(length=2000), nullable=False),
        sa.Column("placed_by", sa.BigInteger(), nullable=False),
        sa.Column("placed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("lift_number", sa.BigInteger(), nullable=True),
        sa.Column("lift_reason", sa.String(length=2000), nullable=True),
        sa.Column("lifted_by", sa.BigInteger(), nullable=True),
        sa.Column("lifted_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["bakery_id", "lifted_by"],
            ["members.bakery_id", "members.id"],
            name=op.f("fk_lot_holds_bakery_id_lifted_by"),
        ),
        sa.ForeignKeyConstraint(
            ["bakery_id", "lot_id"], ["lots.bakery_id", "lots.id"], name=op.f("fk_lot_holds_bakery_id_lot_id")
        ),
        sa.ForeignKeyConstraint(
            ["bakery_id", "placed_by"],
            ["members.bakery_id", "members.id"],
            name=op.f("fk_lot_holds_bakery_id_placed_by"),
        ),
        sa.ForeignKeyConstraint(["bakery_id"], ["bakeries.id"], name=op.f("fk_lot_holds_bakery_id")),
        sa.PrimaryKeyConstraint("bakery_id", "id", name=op.f("pk_lot_holds")),
    )
    op.create_index(op.f("ix_lot_holds_bakery_id_lot_id"), "lot_holds", ["bakery_id", "lot_id"], unique=False)
    op.create_index(
        "uq_lot_holds_manual",
        "lot_holds",
        ["bakery_id", "lot_id"],
        unique=True,
        postgresql_where=sa.text("cause = 'MANUAL' AND lift_number IS NULL"),
        sqlite_where=sa.text("cause = 'MANUAL' AND lift_number IS NULL"),
    )
    op.create_table(
        "movements",
        sa.Column("bakery_id", sa.BigInteger(), nullable=False),
        sa.Column("id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("ingredient_id", sa.BigInteger(), nullable=False),
        sa.Column("lot_id", sa.BigInteger(), nullable=True),
        sa.Column(
            "kind",
            sa.Enum(
                "PURCHASE",
                "RESTOCK",
                "MANUAL_LOT",
                "PRODUCTION",
                "OUTPUT",
                "SALE",
                "WRITE_OFF",
                "ADJUSTMENT",
                "REVERSAL",
                name="kind",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("quantity", sa.BigInteger(), nullable=False),
        sa.Column("unit_cost", sa.BigInteger(), nullable=True),
        sa.Column(
            "write_off_reason",
            sa.Enum(
                "EXPIRED",
                "DAMAGED",
                "CONTAMINATED",
                "RECALLED",
                "OTHER",
                name="write_off_reason",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=True,
        ),
        sa.Column("batch_id", sa.BigInteger(), nullable=True),
        sa.Column("order_id", sa.BigInteger(), nullable=True),
        sa.Column("actor_id", sa.BigInteger(), nullable=False),
        sa.Column("happened_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("note", sa.String(length=2000), nullable=True),
        sa.CheckConstraint(
            "(kind = 'WRITE_OFF') = (write_off_reason IS NOT NULL)", name=op.f("ck_movements_reason_of_write_off")
        ),
        sa.ForeignKeyConstraint(
            ["bakery_id", "actor_id"], ["members.bakery_id", "members.id"], name=op.f("fk_movements_bakery_id_actor_id")
        ),
        sa.ForeignKeyConstraint(
            ["bakery_id", "batch_id"],
            ["production_batches.bakery_id", "production_batches.id"],
            name=op.f("fk_movements_bakery_id_batch_id"),
        ),
        sa.ForeignKeyConstraint(
            ["bakery_id", "ingredient_id"],
            ["ingredients.bakery_id", "ingredients.id"],
            name=op.f("fk_movements_bakery_id_ingredient_id"),
        ),
        sa.ForeignKeyConstraint(
            ["bakery_id", "lot_id"], ["lots.bakery_id", "lots.id"], name=op.f("fk_movements_bakery_id_lot_id")
        ),
        sa.ForeignKeyConstraint(
            ["bakery_id", "order_id"], ["orders.bakery_id", "orders.id"], name=op.f("fk_movements_bakery_id_order_id")
        ),
        sa.ForeignKeyConstraint(["bakery_id"], ["bakeries.id"], name=op.f("fk_movements_bakery_id")),
        sa.PrimaryKeyConstraint("bakery_id", "id", name=op.f("pk_movements")),
    )
    op.create_index(
        op.f("ix_movements_bakery_id_ingredient_id_id"), "movements", ["bakery_id", "ingredient_id", "id"], unique=False
    )
    op.create_index(
        "ix_movements_lot",
        "movements",
        ["bakery_id", "lot_id", "id"],
        unique=False,
        postgresql_where=sa.text("lot_id IS NOT NULL"),
        sqlite_where=sa.text("lot_id IS NOT NULL"),
    )
    for statement in SQLITE_UP if op.get_bind().dialect.name == "sqlite" else POSTGRESQL_UP:
        op.execute(statement)


def downgrade() -> None:
    op.drop_table("movements")
    op.drop_table("lot_holds")
    op.drop_table("consumptions")
    op.drop_table("lots")
    op.drop_table("allocations")
    op.drop_table("recipe_lines")
    op.drop_table("purchase_order_lines")
    op.drop_table("production_batches")
    op.drop_table("order_status_changes")
    op.drop_table("order_lines")
    op.drop_table("purchase_orders")
    op.drop_table("products")
    op.drop_table("orders")
    op.drop_table("access_tokens")
    op.drop_table("suppliers")
    op.drop_table("members")
    op.drop_table("lot_tracking_settings")
    op.drop_table("ingredients")
    op.drop_table("idempotency_keys")
    op.drop_table("feature_switches")
    op.drop_table("customers")
    op.drop_table("code_counters")
    op.drop_table("api_keys")
    op.drop_table("bakeries")
    for statement in SQLITE_DOWN if op.get_bind().dialect.name == "sqlite" else POSTGRESQL_DOWN:
        op.execute(statement)
