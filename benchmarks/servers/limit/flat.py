"""The flat trace of an order, read level by level and put together by hand."""

from __future__ import annotations

from base64 import urlsafe_b64encode
from typing import Any

from benchmarks.servers.limit.rows import Row, Transaction, plain

ORDER = """
SELECT o.id, o.number, o.status, c.name
FROM orders o
LEFT JOIN customers c ON c.bakery_id = o.bakery_id AND c.id = o.customer_id
WHERE o.bakery_id = %s AND o.number = %s
"""
LINKS = """
SELECT a.batch_id, a.quantity FROM allocations a
WHERE a.bakery_id = %s AND a.order_id = %s AND a.freed_at IS NULL
ORDER BY a.id
"""
LEVEL = """
SELECT b.id, b.code, b.produced_on::text, p.name, coalesce(m.unit, 'each'),
       c.id, c.quantity, i.unit, c.source, i.name,
       l.id, l.code, l.supplier_lot_number, l.expires_on::text, l.origin_batch_id, l.quantity_received,
       s.id, s.name, s.email
FROM production_batches b
JOIN products p ON p.bakery_id = b.bakery_id AND p.id = b.product_id
LEFT JOIN ingredients m ON m.bakery_id = p.bakery_id AND m.id = p.makes_ingredient_id
JOIN consumptions c ON c.bakery_id = b.bakery_id AND c.batch_id = b.id
JOIN ingredients i ON i.bakery_id = c.bakery_id AND i.id = c.ingredient_id
LEFT JOIN lots l ON l.bakery_id = c.bakery_id AND l.id = c.lot_id
LEFT JOIN suppliers s ON s.bakery_id = l.bakery_id AND s.id = l.supplier_id
WHERE b.bakery_id = %s AND b.id = ANY(%s) AND b.status = 'CONFIRMED'
"""
LINES = """
SELECT p.name, coalesce(m.unit, 'each'), l.quantity - coalesce((
           SELECT sum(a.quantity) FROM allocations a
           WHERE a.bakery_id = l.bakery_id AND a.order_line_id = l.id AND a.freed_at IS NULL), 0)::bigint,
       EXISTS (SELECT 1 FROM recipe_lines r WHERE r.bakery_id = p.bakery_id AND r.product_id = p.id)
FROM order_lines l
JOIN products p ON p.bakery_id = l.bakery_id AND p.id = l.product_id
LEFT JOIN ingredients m ON m.bakery_id = p.bakery_id AND m.id = p.makes_ingredient_id
WHERE l.bakery_id = %s AND l.order_id = %s
ORDER BY l.id
"""
REASONS = {
    "UNTRACKED": "stock that no lot explains",
    "UNACCOUNTED": "not in the books when it was used",
    "NO_RECIPE": "bought in, without a recipe",
    "UNLINKED_LINE": "not linked to a production batch",
}


def global_id(kind: str, number: int) -> str:
    return urlsafe_b64encode(f"{kind}:{number}".encode()).decode()


async def order_trace(transaction: Transaction, number: str) -> dict[str, Any]:
    bakery = transaction.bakery_id
    found = await transaction.rows(ORDER, bakery, number)
    if not found:
        return {"order": None}
    [(order_id, number, status, customer)] = found
    links = await transaction.rows(LINKS, bakery, order_id)
    steps = await _walk(transaction, list(dict.fromkeys(batch_id for batch_id, _ in links)))
    lines = await transaction.rows(LINES, bakery, order_id)
    batches = _batches(steps)
    lots = {step[10]: step for step in sorted(steps, key=lambda step: step[10] or 0) if step[10] is not None}
    gaps = [*_input_gaps(steps), *_line_gaps(lines, number, status)]
    edges = _edges(steps, lots, links, order_id)
    verdict = ("POSSIBLE" if edges else "UNKNOWN") if gaps else "PROVEN"
    suppliers = {
        step[16]: {"id": global_id("Supplier", step[16]), "name": step[17], "email": step[18]}
        for step in lots.values()
        if step[16] is not None
    }
    trace = {
        "verdict": verdict,
        "gaps": gaps,
        "batches": [batches[batch_id] for batch_id in sorted(batches)],
        "lots": [_lot(step) for step in lots.values()],
        "suppliers": list(suppliers.values()),
        "edges": edges,
        "truncated": False,
    }
    return {
        "order": {
            "id": global_id("Order", order_id),
            "number": number,
            "status": status,
            "customer": None if customer is None else {"name": customer},
            "trace": trace,
        }
    }


async def _walk(transaction: Transaction, batch_ids: list[int]) -> list[Row]:
    """The consumptions of the batches, of those that made what they used, and so on, in the order of recording."""
    steps: list[Row] = []
    seen = set(batch_ids)
    while batch_ids:
        level = await transaction.rows(LEVEL, transaction.bakery_id, batch_ids)
        steps += level
        batch_ids = list({step[14] for step in level if step[14] is not None and step[14] not in seen})
        seen.update(batch_ids)
    steps.sort(key=lambda step: step[5])
    return steps


def _batches(steps: list[Row]) -> dict[int, dict[str, Any]]:
    batches: dict[int, dict[str, Any]] = {}
    for step in steps:
        batch = batches.get(step[0])
        if batch is None:
            batch = batches[step[0]] = {
                "id": global_id("ProductionBatch", step[0]),
                "code": step[1],
                "producedOn": step[2],
                "product": {"name": step[3]},
                "consumptions": [],
            }
        lot = None
        if step[10] is not None:
            lot = {
                "code": step[11],
                "supplierLotNumber": step[12],
                "expiresOn": step[13],
                "supplier": None if step[16] is None else {"name": step[17]},
            }
        batch["consumptions"].append(
            {
                "quantity": plain[step[6]],
                "unit": step[7],
                "source": step[8],
                "ingredient": {"name": step[9]},
                "lot": lot,
            }
        )
    return batches


def _lot(step: Row) -> dict[str, Any]:
    return {
        "id": global_id("Lot", step[10]),
        "code": step[11],
        "supplierLotNumber": step[12],
        "expiresOn": step[13],
        "ingredient": {"name": step[9]},
        "supplier": None if step[16] is None else {"id": global_id("Supplier", step[16]), "name": step[17]},
    }


def _edges(steps: list[Row], lots: dict[int, Row], links: list[Row], order_id: int) -> list[dict[str, str]]:
    units = {step[0]: step[4] for step in steps}
    sums: dict[tuple[str, int, str, int], tuple[int, str]] = {}
    for step in steps:
        if step[10] is not None:
            key = ("Lot", step[10], "ProductionBatch", step[0])
            sums[key] = (sums.get(key, (0, ""))[0] + step[6], step[7])
    for lot_id, step in lots.items():
        if step[14] in units:
            sums["ProductionBatch", step[14], "Lot", lot_id] = (step[15], step[7])
    for batch_id, quantity in links:
        if batch_id in units:
            key = ("ProductionBatch", batch_id, "Order", order_id)
            sums[key] = (sums.get(key, (0, ""))[0] + quantity, units[batch_id])
    return [
        {
            "from": global_id(source, source_id),
            "to": global_id(target, target_id),
            "quantity": plain[quantity],
            "unit": unit,
        }
        for (source, source_id, target, target_id), (quantity, unit) in sums.items()
    ]


def _input_gaps(steps: list[Row]) -> list[dict[str, str]]:
    return [
        _gap(step[8], step[6], step[7], f"{step[9]} in {step[1]}: {REASONS[step[8]]}.")
        for step in steps
        if step[8] != "LOT"
    ]


def _line_gaps(lines: list[Row], number: str, status: str) -> list[dict[str, str]]:
    gaps = []
    for product, unit, unlinked, has_recipe in lines:
        if unlinked > 0 and status != "CANCELLED":
            kind = "UNLINKED_LINE" if has_recipe else "NO_RECIPE"
            gaps.append(_gap(kind, unlinked, unit, f"{product} in order {number}: {REASONS[kind]}."))
    return gaps


def _gap(kind: str, quantity: int, unit: str, description: str) -> dict[str, str]:
    return {"kind": kind, "quantity": plain[quantity], "unit": unit, "description": description}
