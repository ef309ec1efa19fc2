"""The nested documents, read level by level: one statement a level, whatever its width."""

from __future__ import annotations

from collections import defaultdict
from typing import Any

from benchmarks.servers.limit.rows import Transaction, plain

LOT = """
SELECT l.id, l.code, l.supplier_lot_number, l.expires_on::text, i.name, s.name
FROM lots l
JOIN ingredients i ON i.bakery_id = l.bakery_id AND i.id = l.ingredient_id
LEFT JOIN suppliers s ON s.bakery_id = l.bakery_id AND s.id = l.supplier_id
WHERE l.bakery_id = %s AND l.code = %s
"""
USES = """
SELECT c.lot_id, c.quantity, i.unit, b.id, b.code, b.produced_on::text, b.quantity, p.name
FROM consumptions c
JOIN ingredients i ON i.bakery_id = c.bakery_id AND i.id = c.ingredient_id
JOIN production_batches b ON b.bakery_id = c.bakery_id AND b.id = c.batch_id
JOIN products p ON p.bakery_id = b.bakery_id AND p.id = b.product_id
WHERE c.bakery_id = %s AND c.lot_id = ANY(%s)
ORDER BY c.id
"""
OUTPUTS = "SELECT origin_batch_id, id, code FROM lots WHERE bakery_id = %s AND origin_batch_id = ANY(%s)"
LINKS = """
SELECT a.batch_id, a.quantity, o.number, o.status, o.due_on::text, c.name, c.email, c.phone
FROM allocations a
JOIN orders o ON o.bakery_id = a.bakery_id AND o.id = a.order_id
LEFT JOIN customers c ON c.bakery_id = o.bakery_id AND c.id = o.customer_id
WHERE a.bakery_id = %s AND a.batch_id = ANY(%s) AND a.freed_at IS NULL
ORDER BY a.id
"""
FURTHER_LINKS = """
SELECT a.batch_id, a.quantity, o.number, c.name
FROM allocations a
JOIN orders o ON o.bakery_id = a.bakery_id AND o.id = a.order_id
LEFT JOIN customers c ON c.bakery_id = o.bakery_id AND c.id = o.customer_id
WHERE a.bakery_id = %s AND a.batch_id = ANY(%s) AND a.freed_at IS NULL
ORDER BY a.id
"""

ORDER = """
SELECT o.id, o.number, o.status, o.due_on::text, c.name
FROM orders o
LEFT JOIN customers c ON c.bakery_id = o.bakery_id AND c.id = o.customer_id
WHERE o.bakery_id = %s AND o.number = %s
"""
LINES = """
SELECT l.id, l.quantity, p.name
FROM order_lines l
JOIN products p ON p.bakery_id = l.bakery_id AND p.id = l.product_id
WHERE l.bakery_id = %s AND l.order_id = %s
ORDER BY l.id
"""
FILLED_FROM = """
SELECT a.order_line_id, a.quantity, b.id, b.code, b.produced_on::text, p.name
FROM allocations a
JOIN production_batches b ON b.bakery_id = a.bakery_id AND b.id = a.batch_id
JOIN products p ON p.bakery_id = b.bakery_id AND p.id = b.product_id
WHERE a.bakery_id = %s AND a.order_id = %s AND a.freed_at IS NULL
ORDER BY a.id
"""
CONSUMED = """
SELECT c.batch_id, c.quantity, i.unit, c.source, i.name, l.code, l.supplier_lot_number, l.expires_on::text, s.name,
       b.id, b.code, b.produced_on::text, p.name
FROM consumptions c
JOIN ingredients i ON i.bakery_id = c.bakery_id AND i.id = c.ingredient_id
LEFT JOIN lots l ON l.bakery_id = c.bakery_id AND l.id = c.lot_id
LEFT JOIN suppliers s ON s.bakery_id = l.bakery_id AND s.id = l.supplier_id
LEFT JOIN production_batches b ON b.bakery_id = l.bakery_id AND b.id = l.origin_batch_id
LEFT JOIN products p ON p.bakery_id = b.bakery_id AND p.id = b.product_id
WHERE c.bakery_id = %s AND c.batch_id = ANY(%s)
ORDER BY c.id
"""


async def lot_usage(transaction: Transaction, code: str) -> dict[str, Any]:
    bakery = transaction.bakery_id
    found = await transaction.rows(LOT, bakery, code)
    if not found:
        return {"lot": None}
    [(lot_id, code, supplier_number, expires_on, ingredient, supplier)] = found
    uses = await transaction.rows(USES, bakery, [lot_id])
    batch_ids = [use[3] for use in uses]
    links = defaultdict(list)
    for batch_id, quantity, number, status, due_on, name, email, phone in await transaction.rows(
        LINKS, bakery, batch_ids
    ):
        customer = None if name is None else {"name": name, "email": email, "phone": phone}
        order = {"number": number, "status": status, "dueOn": due_on, "customer": customer}
        links[batch_id].append({"quantity": plain[quantity], "order": order})
    outputs = await _outputs(transaction, batch_ids)
    consumptions = [
        {
            "quantity": plain[quantity],
            "unit": unit,
            "batch": {
                "code": batch_code,
                "producedOn": produced_on,
                "quantity": plain[made],
                "product": {"name": product},
                "allocations": links[batch_id],
                "outputLot": outputs.get(batch_id),
            },
        }
        for _, quantity, unit, batch_id, batch_code, produced_on, made, product in uses
    ]
    lot = {
        "code": code,
        "supplierLotNumber": supplier_number,
        "expiresOn": expires_on,
        "ingredient": {"name": ingredient},
        "supplier": None if supplier is None else {"name": supplier},
        "consumptions": consumptions,
    }
    return {"lot": lot}


async def _outputs(transaction: Transaction, batch_ids: list[int]) -> dict[int, dict[str, Any]]:
    """The lot that each batch made, with the batches that used it and their orders."""
    bakery = transaction.bakery_id
    made = await transaction.rows(OUTPUTS, bakery, batch_ids)
    further = await transaction.rows(USES, bakery, [lot_id for _, lot_id, _ in made])
    links = defaultdict(list)
    for batch_id, quantity, number, name in await transaction.rows(FURTHER_LINKS, bakery, [use[3] for use in further]):
        customer = None if name is None else {"name": name}
        links[batch_id].append({"quantity": plain[quantity], "order": {"number": number, "customer": customer}})
    uses = defaultdict(list)
    for lot_id, quantity, _, batch_id, code, _, _, product in further:
        batch = {"code": code, "product": {"name": product}, "allocations": links[batch_id]}
        uses[lot_id].append({"quantity": plain[quantity], "batch": batch})
    return {batch_id: {"code": code, "consumptions": uses[lot_id]} for batch_id, lot_id, code in made}


async def order_backwards(transaction: Transaction, number: str) -> dict[str, Any]:
    bakery = transaction.bakery_id
    found = await transaction.rows(ORDER, bakery, number)
    if not found:
        return {"order": None}
    [(order_id, number, status, due_on, customer)] = found
    lines = await transaction.rows(LINES, bakery, order_id)
    filled = await transaction.rows(FILLED_FROM, bakery, order_id)
    consumed = await transaction.rows(CONSUMED, bakery, [row[2] for row in filled])
    origins = await transaction.rows(CONSUMED, bakery, [row[9] for row in consumed if row[9] is not None])
    further = defaultdict(list)
    for batch_id, quantity, unit, source, ingredient, *lot, _, _, _, _ in origins:
        further[batch_id].append(_consumption(quantity, unit, source, ingredient, _lot(*lot)))
    uses = defaultdict(list)
    for batch_id, quantity, unit, source, ingredient, *lot, origin, code, produced_on, product in consumed:
        shown = _lot(*lot)
        if shown is not None:
            shown["originBatch"] = None if origin is None else _batch(code, produced_on, product, further[origin])
        uses[batch_id].append(_consumption(quantity, unit, source, ingredient, shown))
    links = defaultdict(list)
    for line_id, quantity, batch_id, code, produced_on, product in filled:
        links[line_id].append(
            {"quantity": plain[quantity], "batch": _batch(code, produced_on, product, uses[batch_id])}
        )
    return {
        "order": {
            "number": number,
            "status": status,
            "dueOn": due_on,
            "customer": None if customer is None else {"name": customer},
            "lines": [
                {"quantity": plain[quantity], "product": {"name": product}, "allocations": links[line_id]}
                for line_id, quantity, product in lines
            ],
        }
    }


def _lot(code: str | None, supplier_number: str | None, expires_on: str | None, supplier: str | None) -> Any:
    if code is None:
        return None
    return {
        "code": code,
        "supplierLotNumber": supplier_number,
        "expiresOn": expires_on,
        "supplier": None if supplier is None else {"name": supplier},
    }


def _consumption(quantity: int, unit: str, source: str, ingredient: str, lot: Any) -> dict[str, Any]:
    return {
        "quantity": plain[quantity], "unit": unit, "source": source, "ingredient": {"name": ingredient}, "lot": lot
    }  # fmt: skip


def _batch(code: str, produced_on: str, product: str, consumptions: list[Any]) -> dict[str, Any]:
    return {"code": code, "producedOn": produced_on, "product": {"name": product}, "consumptions": consumptions}
