"""Writes a bakery's books as rows, in the order of recording, so that they hold together: `baketrace check` is clean.

Quantities are counts of millionths, as the tables keep them. Rows are plain values that both databases take.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from bakery.codes import CodeKind, code

MILLION = 10**6
UNIT_COST = 12_500_000  # of 10⁻¹⁰: an eighth of a cent a gram
ROWS_AT_ONCE = 20_000

COLUMNS = {
    "suppliers": "bakery_id id name email recorded_at",
    "customers": "bakery_id id name email phone recorded_at",
    "ingredients": "bakery_id id name unit tracked untracked recorded_at",
    "products": "bakery_id id name yield_quantity shelf_life_days makes_ingredient_id inherit_expiry recorded_at",
    "recipe_lines": "bakery_id id product_id ingredient_id quantity unit",
    "purchase_orders": "bakery_id id code supplier_id status recorded_at",
    "purchase_order_lines": (
        "bakery_id id purchase_order_id ingredient_id unit unit_cost quantity_ordered quantity_received"
    ),
    "production_batches": (
        "bakery_id id code product_id quantity quantity_allocated quantity_written_off produced_on status"
        " consumption_order actor_id recorded_at"
    ),
    "lots": (
        "bakery_id id code ingredient_id source supplier_id supplier_lot_number purchase_order_line_id origin_batch_id"
        " received_on expires_on unit_cost quantity_received quantity_adjusted quantity_consumed quantity_written_off"
        " quantity_remaining recorded_at"
    ),
    "lot_holds": ("bakery_id id lot_id cause reason placed_by placed_at lift_number lift_reason lifted_by lifted_at"),
    "consumptions": "bakery_id id batch_id ingredient_id lot_id source quantity chosen",
    "orders": "bakery_id id number folded_number customer_id status status_on due_on recorded_at",
    "order_lines": "bakery_id id order_id product_id quantity",
    "order_status_changes": "bakery_id id order_id status happened_on actor_id recorded_at",
    "allocations": "bakery_id id order_id order_line_id batch_id quantity linked_by linked_at",
    "movements": (
        "bakery_id id ingredient_id lot_id kind quantity unit_cost batch_id order_id actor_id happened_at recorded_at"
    ),
    "code_counters": "bakery_id kind day last_number",
    "idempotency_keys": "bakery_id key mutation input_hash result recorded_at",
}
"""The columns that are written of each table, in the order of the rows."""

Row = tuple[Any, ...]
Write = Callable[[str, Sequence[Row]], None]
"""Takes the next rows of a table."""


@dataclass(slots=True)
class OpenLot:
    """A lot that is still used; its row is written when it is closed."""

    id: int
    code: str
    ingredient_id: int
    source: str
    received_on: str
    received: int
    supplier_id: int | None = None
    purchase_order_line_id: int | None = None
    origin_batch_id: int | None = None
    expires_on: str | None = None
    consumed: int = 0


@dataclass(slots=True)
class OpenBatch:
    """A batch that orders are still given of; its row is written when it is closed."""

    id: int
    code: str
    product_id: int
    quantity: int
    produced_on: str
    allocated: int = 0


@dataclass
class Scribe:
    bakery_id: int
    actor_id: int
    number: int
    """The last record number that was drawn."""
    write: Write
    day: date = date(2025, 1, 1)
    _rows: dict[str, list[Row]] = field(default_factory=lambda: defaultdict(list))
    _counters: dict[tuple[CodeKind, date], int] = field(default_factory=lambda: defaultdict(int))
    _tracked: dict[int, int] = field(default_factory=lambda: defaultdict(int))
    _ingredients: list[tuple[int, str]] = field(default_factory=list)

    @property
    def moment(self) -> str:
        """Noon of the day: the same local day in any zone that a bakery of these books is in."""
        return f"{self.day} 12:00:00.000000"

    def next_number(self) -> int:
        self.number += 1
        return self.number

    def _add(self, table: str, *values: Any) -> None:
        rows = self._rows[table]
        rows.append((self.bakery_id, *values))
        if len(rows) >= ROWS_AT_ONCE:
            self.write(table, rows)
            rows.clear()

    def _code(self, kind: CodeKind) -> str:
        self._counters[kind, self.day] += 1
        return code(kind, self.day, self._counters[kind, self.day])

    # ── the things a bakery has ───────────────────────────────────────────────────────────────────────────────────
    def supplier(self, name: str) -> int:
        number = self.next_number()
        self._add("suppliers", number, name, f"orders{number}@example.com", self.moment)
        return number

    def customer(self, name: str) -> int:
        number = self.next_number()
        self._add("customers", number, name, f"customer{number}@example.com", f"+44 20 {number:08d}", self.moment)
        return number

    def ingredient(self, name: str) -> int:
        number = self.next_number()
        self._ingredients.append((number, name))
        return number

    def product(self, name: str, recipe: dict[int, int], makes: int | None = None) -> int:
        number = self.next_number()
        self._add("products", number, name, MILLION, None, makes, False, self.moment)
        for ingredient_id, quantity in recipe.items():
            self._add("recipe_lines", self.next_number(), number, ingredient_id, quantity, "g")
        return number

    # ── stock ─────────────────────────────────────────────────────────────────────────────────────────────────────
    def receive(
        self,
        ingredient_id: int,
        quantity: int,
        supplier_id: int,
        *,
        ordered: bool = False,
        expires_on: str | None = None,
    ) -> OpenLot:
        """A delivery, by a purchase order if `ordered`."""
        line_id = None
        if ordered:
            order_id, line_id = self.next_number(), self.next_number()
            code = self._code(CodeKind.PURCHASE_ORDER)
            self._add("purchase_orders", order_id, code, supplier_id, "RECEIVED", self.moment)
            self._add("purchase_order_lines", line_id, order_id, ingredient_id, "g", UNIT_COST, quantity, quantity)
        lot = OpenLot(
            self.next_number(),
            self._code(CodeKind.LOT),
            ingredient_id,
            "PURCHASE_ORDER" if ordered else "RESTOCK",
            str(self.day),
            quantity,
            supplier_id=supplier_id,
            purchase_order_line_id=line_id,
            expires_on=expires_on,
        )
        self._move("PURCHASE" if ordered else "RESTOCK", lot, quantity)
        self._add(
            "idempotency_keys",
            f"delivery {lot.id}",
            "quickRestock",
            "0" * 64,
            f'{{"lot":["Lot",{lot.id}]}}',
            self.moment,
        )
        return lot

    def hold(self, lot: OpenLot, *, lifted: bool) -> None:
        placed = self.next_number()
        lift = (self.next_number(), "Looked at it", self.actor_id, self.moment) if lifted else (None,) * 4
        self._add("lot_holds", placed, lot.id, "MANUAL", "Odd smell", self.actor_id, self.moment, *lift)

    def _move(self, kind: str, lot: OpenLot, quantity: int, batch_id: int | None = None) -> None:
        self._tracked[lot.ingredient_id] += quantity
        moment = self.moment
        self._add(
            "movements", self.next_number(), lot.ingredient_id, lot.id, kind, quantity, UNIT_COST, batch_id, None,
            self.actor_id, moment, moment,
        )  # fmt: skip

    # ── production ────────────────────────────────────────────────────────────────────────────────────────────────
    def bake(self, product_id: int, quantity: int, uses: Sequence[tuple[OpenLot, int]]) -> OpenBatch:
        batch = OpenBatch(
            self.next_number(), self._code(CodeKind.PRODUCTION_BATCH), product_id, quantity, str(self.day)
        )
        for lot, used in uses:
            lot.consumed += used
            self._add("consumptions", self.next_number(), batch.id, lot.ingredient_id, lot.id, "LOT", used, False)
            self._move("PRODUCTION", lot, -used, batch.id)
        return batch

    def output(self, batch: OpenBatch, ingredient_id: int) -> OpenLot:
        """The lot that a run of an intermediate made; nothing of the batch is given to orders."""
        lot = OpenLot(
            self.next_number(),
            self._code(CodeKind.LOT),
            ingredient_id,
            "PRODUCTION",
            str(self.day),
            batch.quantity,
            origin_batch_id=batch.id,
        )
        self._move("OUTPUT", lot, batch.quantity, batch.id)
        self.close_batch(batch)
        return lot

    # ── orders ────────────────────────────────────────────────────────────────────────────────────────────────────
    def order(self, customer_id: int | None, lines: Sequence[tuple[OpenBatch, int]]) -> str:
        """A completed order with a line for each batch that it was filled from; returns its number."""
        order_id, day = self.next_number(), str(self.day)
        number = f"A-{order_id}"
        self._add("orders", order_id, number, number.lower(), customer_id, "COMPLETED", day, day, self.moment)
        self._add("order_status_changes", self.next_number(), order_id, "COMPLETED", day, self.actor_id, self.moment)
        for batch, quantity in lines:
            line_id = self.next_number()
            batch.allocated += quantity
            self._add("order_lines", line_id, order_id, batch.product_id, quantity)
            self._add(
                "allocations", self.next_number(), order_id, line_id, batch.id, quantity, self.actor_id, self.moment
            )
        return number

    # ── closing ───────────────────────────────────────────────────────────────────────────────────────────────────
    def close_lot(self, lot: OpenLot) -> None:
        number = None if lot.supplier_id is None else f"S-{lot.id}"
        self._add(
            "lots", lot.id, lot.code, lot.ingredient_id, lot.source, lot.supplier_id, number,
            lot.purchase_order_line_id, lot.origin_batch_id, lot.received_on, lot.expires_on, UNIT_COST,
            lot.received, 0, lot.consumed, 0, lot.received - lot.consumed, f"{lot.received_on} 12:00:00.000000",
        )  # fmt: skip

    def close_batch(self, batch: OpenBatch) -> None:
        self._add(
            "production_batches", batch.id, batch.code, batch.product_id, batch.quantity, batch.allocated, 0,
            batch.produced_on, "CONFIRMED", "EXPIRY_DATE", self.actor_id, f"{batch.produced_on} 12:00:00.000000",
        )  # fmt: skip

    def close(self) -> None:
        """Write what is left: the stock figures, the counters of codes, and all rows that wait."""
        for ingredient_id, name in self._ingredients:
            self._add("ingredients", ingredient_id, name, "g", self._tracked[ingredient_id], 0, self.moment)
        for (kind, day), last in self._counters.items():
            self._add("code_counters", kind.value, str(day), last)
        for table, rows in self._rows.items():
            self.write(table, rows)
        self._rows.clear()
