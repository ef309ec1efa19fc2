"""The tables. Every table of a bakery has the key `(bakery_id, id)`, and every reference carries the bakery with it,
so the database itself refuses a row that points across bakeries (R-1.1).

`id` is drawn from one sequence for all tables: it is the order of recording that the rules speak of. Quantities are
counts of millionths of the ingredient's stock unit (see `columns.Exact`).
"""

from __future__ import annotations

from bakery.store.tables.audit import audit_entries, audit_seals, audit_waiting
from bakery.store.tables.bookkeeping import code_counters, idempotency_keys, key_budgets
from bakery.store.tables.catalogue import (
    customers,
    ingredients,
    products,
    purchase_order_lines,
    purchase_orders,
    recipe_lines,
    suppliers,
)
from bakery.store.tables.documents import trusted_document_ids, trusted_documents
from bakery.store.tables.parts import (
    BATCH_OPEN,
    EMAIL_LENGTH,
    KEY_LENGTH,
    LOT_IN_STOCK,
    NAME_LENGTH,
    NAMES_OF_CONSTRAINTS,
    NOTE_LENGTH,
    NUMBER_LENGTH,
    OWNER_MARK,
    PHONE_LENGTH,
    SORTED_DUE,
    SORTED_EXPIRY,
    UNDATED,
    WASTE,
    bakeries,
    bakery_key,
    bakery_row,
    metadata,
    owner_of,
    record_number,
    record_number_counter,
)
from bakery.store.tables.people import access_tokens, api_keys, feature_switches, lot_tracking_settings, members
from bakery.store.tables.production import batch_reversals, batch_write_offs, consumptions, production_batches
from bakery.store.tables.sales import (
    allocations,
    order_lines,
    order_relinks,
    order_status_changes,
    orders,
    relinked_allocations,
)
from bakery.store.tables.stock import lot_expiry_edits, lot_holds, lots, movements

__all__ = [
    "BATCH_OPEN",
    "EMAIL_LENGTH",
    "KEY_LENGTH",
    "LOT_IN_STOCK",
    "NAMES_OF_CONSTRAINTS",
    "NAME_LENGTH",
    "NOTE_LENGTH",
    "NUMBER_LENGTH",
    "OWNER_MARK",
    "PHONE_LENGTH",
    "SORTED_DUE",
    "SORTED_EXPIRY",
    "UNDATED",
    "WASTE",
    "access_tokens",
    "allocations",
    "api_keys",
    "audit_entries",
    "audit_seals",
    "audit_waiting",
    "bakeries",
    "bakery_key",
    "bakery_row",
    "batch_reversals",
    "batch_write_offs",
    "code_counters",
    "consumptions",
    "customers",
    "feature_switches",
    "idempotency_keys",
    "ingredients",
    "key_budgets",
    "lot_expiry_edits",
    "lot_holds",
    "lot_tracking_settings",
    "lots",
    "members",
    "metadata",
    "movements",
    "order_lines",
    "order_relinks",
    "order_status_changes",
    "orders",
    "owner_of",
    "production_batches",
    "products",
    "purchase_order_lines",
    "purchase_orders",
    "recipe_lines",
    "record_number",
    "record_number_counter",
    "relinked_allocations",
    "suppliers",
    "trusted_document_ids",
    "trusted_documents",
]
