"""`confirmProduction` as raw statements: the locks, then all of the run in one set-based statement.

It does what the product does: sign-in, product and recipe, ingredients locked in the order of their ids, the oldest
usable lots first, untracked stock after them, nothing at all where it does not suffice; batch, consumptions, ledger,
lots, stock figures, the gapless code, the entry in the audit log; and it answers what the contract's document asks.
"""

from __future__ import annotations

from base64 import urlsafe_b64decode
from decimal import Decimal
from typing import Any

import orjson

from benchmarks.servers.limit.flat import global_id
from benchmarks.servers.limit.rows import Transaction, plain

SETTINGS = """
SELECT s.enabled, l.expiry_warning_days, l.consumption_order
FROM feature_switches s JOIN lot_tracking_settings l ON l.bakery_id = s.bakery_id
WHERE s.bakery_id = %s AND s.feature = 'LOT_TRACKING'
"""
RECIPE = """
SELECT p.name, p.yield_quantity, r.ingredient_id, r.quantity
FROM products p JOIN recipe_lines r ON r.bakery_id = p.bakery_id AND r.product_id = p.id
WHERE p.bakery_id = %s AND p.id = %s
ORDER BY r.id
"""
LOCK = """
SELECT id, name, unit, tracked, untracked FROM ingredients
WHERE bakery_id = %s AND id = ANY(%s) ORDER BY id FOR NO KEY UPDATE
"""
RUN = """
WITH need AS (
    SELECT * FROM unnest(%(ingredients)s::bigint[], %(needs)s::bigint[]) AS need (ingredient_id, quantity)
), counter AS (
    INSERT INTO code_counters AS kept (bakery_id, kind, day, last_number)
    VALUES (%(bakery)s, 'PB', %(today)s::date, 1)
    ON CONFLICT (bakery_id, kind, day) DO UPDATE SET last_number = kept.last_number + 1
    RETURNING last_number, day
), candidate AS (
    SELECT l.id, l.code, l.ingredient_id, l.unit_cost, l.quantity_remaining, n.quantity AS need,
           sum(l.quantity_remaining) OVER (
               PARTITION BY l.ingredient_id ORDER BY l.expires_on NULLS LAST, l.received_on, l.id
           ) AS reached
    FROM need n
    JOIN lots l ON l.bakery_id = %(bakery)s AND l.ingredient_id = n.ingredient_id
    WHERE l.quantity_remaining > 0 AND l.received_on <= %(today)s::date
      AND (l.expires_on IS NULL OR l.expires_on >= %(today)s::date)
      AND NOT EXISTS (SELECT 1 FROM lot_holds h
                      WHERE h.bakery_id = l.bakery_id AND h.lot_id = l.id AND h.lift_number IS NULL)
), pick AS (
    SELECT id AS lot_id, code, ingredient_id, unit_cost,
           least(quantity_remaining, need - (reached - quantity_remaining))::bigint AS quantity
    FROM candidate WHERE reached - quantity_remaining < need
), batch AS (
    INSERT INTO production_batches (bakery_id, id, code, product_id, quantity, quantity_allocated,
                                    quantity_written_off, produced_on, status, consumption_order, actor_id, recorded_at)
    SELECT %(bakery)s, nextval('record_number'),
           'PB-' || to_char(day, 'YYMMDD-') || lpad(last_number::text, greatest(3, length(last_number::text)), '0'),
           %(product)s, %(quantity)s, 0, 0, day, 'CONFIRMED', 'EXPIRY_DATE', %(actor)s, now()
    FROM counter
    RETURNING id, code, produced_on
), booked AS (
    INSERT INTO consumptions (bakery_id, id, batch_id, ingredient_id, lot_id, source, quantity, chosen)
    SELECT %(bakery)s, nextval('record_number'), batch.id, ingredient_id, lot_id, 'LOT', quantity, false
    FROM batch, pick
    RETURNING id, ingredient_id, lot_id, quantity
), used AS (
    UPDATE lots l SET quantity_consumed = quantity_consumed + pick.quantity,
                      quantity_remaining = quantity_remaining - pick.quantity
    FROM pick WHERE l.bakery_id = %(bakery)s AND l.id = pick.lot_id
), stock AS (
    UPDATE ingredients i SET tracked = tracked - taken.quantity
    FROM (SELECT ingredient_id, sum(quantity)::bigint AS quantity FROM pick GROUP BY ingredient_id) taken
    WHERE i.bakery_id = %(bakery)s AND i.id = taken.ingredient_id
), ledger AS (
    INSERT INTO movements (bakery_id, id, ingredient_id, lot_id, kind, quantity, unit_cost, batch_id, actor_id,
                           happened_at, recorded_at)
    SELECT %(bakery)s, nextval('record_number'), ingredient_id, lot_id, 'PRODUCTION', -quantity, unit_cost, batch.id,
           %(actor)s, now(), now()
    FROM batch, pick
), audited AS (
    INSERT INTO audit_entries (bakery_id, id, recorded_at, kind, member_id, actor, role, action, outcome, things,
                               arguments, address, user_agent)
    SELECT %(bakery)s, nextval('record_number'), now(), 'CHANGE', %(actor)s, %(name)s, %(role)s, 'confirmProduction',
           'DONE', '["ProductionBatch:' || batch.id || '","Product:' || %(product)s::text || '"]', %(arguments)s,
           '127.0.0.1', NULL
    FROM batch
)
SELECT batch.id, batch.code, batch.produced_on::text, pick.ingredient_id, pick.lot_id, pick.code, pick.quantity
FROM batch, pick
"""

MILLION = 10**6


async def confirm_production(transaction: Transaction, wanted: dict[str, Any]) -> dict[str, Any]:
    bakery = transaction.bakery_id
    product_id = int(urlsafe_b64decode(wanted["productId"]).partition(b":")[2])
    quantity = int(Decimal(wanted["quantity"]) * MILLION)
    await transaction.rows(SETTINGS, bakery)
    recipe = await transaction.rows(RECIPE, bakery, product_id)
    needs = {ingredient_id: line * quantity // made for _, made, ingredient_id, line in recipe}
    ingredients = {row[0]: row for row in await transaction.rows(LOCK, bakery, list(needs))}
    rows = await transaction.rows_by_name(
        RUN,
        {
            "bakery": bakery,
            "product": product_id,
            "quantity": quantity,
            "actor": transaction.member_id,
            "name": transaction.member_name,
            "role": transaction.role,
            "arguments": orjson.dumps(wanted).decode(),
            "today": transaction.today,
            "ingredients": list(needs),
            "needs": list(needs.values()),
        },
    )
    taken = dict.fromkeys(needs, 0)
    for row in rows:
        taken[row[3]] += row[6]
    if taken != needs:
        raise RuntimeError("the books of the benchmark ran out of stock")
    await transaction.commit()
    batch_id, code, produced_on = rows[0][:3]
    return {
        "confirmProduction": {
            "__typename": "ConfirmProductionSuccess",
            "batch": {
                "id": global_id("ProductionBatch", batch_id),
                "code": code,
                "status": "CONFIRMED",
                "producedOn": produced_on,
                "quantity": plain[quantity],
                "product": {"id": global_id("Product", product_id), "name": recipe[0][0]},
                "consumptions": [
                    {
                        "ingredient": {
                            "id": global_id("Ingredient", ingredient_id), "name": ingredients[ingredient_id][1]
                        },
                        "lot": {"id": global_id("Lot", lot_id), "code": lot_code},
                        "quantity": plain[used],
                        "unit": ingredients[ingredient_id][2],
                        "source": "LOT",
                    }
                    for _, _, _, ingredient_id, lot_id, lot_code, used in rows
                ],
                "outputLot": None,
            },
        }
    }  # fmt: skip
