"""All that the API tells of a bakery, and all that the oracle says it must tell."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from datetime import date, timedelta
from fractions import Fraction
from typing import Any

from tests.api.bakeries import Bakery as Tenant
from tests.oracle.books import Ingredient, Lot, Wasted
from tests.oracle.orders import Bakery
from tests.oracle.traces import Tracer, consumed
from tests.oracle.values import rounded, text

TRACE = """
fragment Whole on Trace {
  verdict truncated
  lots { id code } batches { id code } orders { id number } customers { name } suppliers { name }
  gaps { kind quantity unit } edges { from to quantity unit }
}
"""

STOCK = """
query Stock($from: Date!, $to: Date!) {
  ingredients(first: 100) { edges { node {
    name onHand tracked untracked
    movements(first: 100) { totalCount edges { node { kind quantity lot { code } } } }
  } } }
  purchaseOrders(first: 100) { edges { node { code status lines { quantityReceived } } } }
  inventoryDashboard { expiringCount expiredCount expiringValue expiredValue lowStock { name } }
  wasteReport(from: $from, to: $to, groupBy: [REASON, INGREDIENT, SUPPLIER, DAY]) {
    groups {
      firstDay reason ingredient { name } product { name } supplier { name } cost
      quantities { quantity unit } withoutCost { quantity unit }
    }
  }
}
"""

LOTS = """
query Lots {
  lots(first: 100) { totalCount edges { node {
    code ingredient { name } source status expiryStatus receivedOn expiresOn unitCost supplier { name }
    supplierLotNumber originBatch { code } holds { liftedAt } expiryHistory { oldExpiresOn newExpiresOn }
    balance { received adjusted consumed writtenOff remaining closes }
    trace { ...Whole }
  } } }
}
"""

RUNS = """
query Runs {
  productionBatches(first: 100) { totalCount edges { node {
    code product { name } producedOn quantity quantityAllocated quantityWrittenOff status outputLot { code }
    consumptions { ingredient { name } quantity unit source lot { code } }
    trace { ...Whole }
  } } }
  orders(first: 100) { totalCount edges { node {
    number status customer { name }
    lines { product { name } quantity linkedQuantity allocations { quantity batch { code } } }
    trace { ...Whole }
  } } }
}
"""


def nodes(connection: Any) -> list[Any]:
    found = [edge["node"] for edge in connection["edges"]]
    assert connection.get("totalCount", len(found)) == len(found), "a history is too long to be read in one page"
    return found


def asked(tenant: Tenant, document: str, **variables: str) -> Any:
    answer = tenant.owner.send(document, variables)
    assert not answer.errors, answer.errors
    return answer.body["data"]


# ── what the API tells ────────────────────────────────────────────────────────────────────────────────────────────────
def told(tenant: Tenant, first_day: date, today: date) -> dict[str, Any]:
    stock = asked(tenant, STOCK, **{"from": str(first_day), "to": str(today)})
    lots, runs = asked(tenant, LOTS + TRACE), asked(tenant, RUNS + TRACE)
    return {
        "stock": {item["name"]: _stock(item) for item in nodes(stock["ingredients"])},
        "purchases": {
            item["code"]: (item["status"], [line["quantityReceived"] for line in item["lines"]])
            for item in nodes(stock["purchaseOrders"])
        },
        "dashboard": {
            **stock["inventoryDashboard"],
            "lowStock": [item["name"] for item in stock["inventoryDashboard"]["lowStock"]],
        },
        "waste": {_waste(group) for group in stock["wasteReport"]["groups"]},
        "lots": [_lot(lot) for lot in nodes(lots["lots"])],
        "batches": [_batch(batch) for batch in nodes(runs["productionBatches"])],
        "orders": [_order(order) for order in nodes(runs["orders"])],
    }


def _stock(item: Any) -> Any:
    ledger: dict[tuple[str, str | None], Fraction] = {}
    for node in nodes(item["movements"]):
        key = node["kind"], node["lot"] and node["lot"]["code"]
        ledger[key] = ledger.get(key, Fraction(0)) + Fraction(node["quantity"])
    return item["onHand"], item["tracked"], item["untracked"], {key: text(value) for key, value in ledger.items()}


def _waste(group: Any) -> tuple[Any, ...]:
    amounts = (tuple((a["quantity"], a["unit"]) for a in group[name]) for name in ("quantities", "withoutCost"))
    names = ((group[name] or {}).get("name") for name in ("ingredient", "product", "supplier"))
    return group["firstDay"], group["reason"], *names, group["cost"], *amounts


def _lot(lot: Any) -> dict[str, Any]:
    return {
        **lot,
        "ingredient": lot["ingredient"]["name"],
        "supplier": lot["supplier"] and lot["supplier"]["name"],
        "originBatch": lot["originBatch"] and lot["originBatch"]["code"],
        "holds": [hold["liftedAt"] is None for hold in lot["holds"]],
        "expiryHistory": [(edit["oldExpiresOn"], edit["newExpiresOn"]) for edit in lot["expiryHistory"]],
        "trace": _trace(lot["trace"]),
    }


def _batch(batch: Any) -> dict[str, Any]:
    return {
        **batch,
        "product": batch["product"]["name"],
        "outputLot": batch["outputLot"] and batch["outputLot"]["code"],
        "consumptions": Counter(
            (
                part["ingredient"]["name"],
                part["quantity"],
                part["unit"],
                part["source"],
                (part["lot"] or {}).get("code"),
            )
            for part in batch["consumptions"]
        ),
        "trace": _trace(batch["trace"]),
    }


def _order(order: Any) -> dict[str, Any]:
    return {
        **order,
        "customer": order["customer"] and order["customer"]["name"],
        "lines": [
            (
                line["product"]["name"],
                line["quantity"],
                line["linkedQuantity"],
                {(link["batch"]["code"], link["quantity"]) for link in line["allocations"]},
            )
            for line in order["lines"]
        ],
        "trace": _trace(order["trace"]),
    }


def _trace(trace: Any) -> dict[str, Any]:
    assert trace["truncated"] is False
    names = {
        item["id"]: item.get("code") or item["number"] for kind in ("lots", "batches", "orders") for item in trace[kind]
    }
    return {
        "verdict": trace["verdict"],
        "lots": {item["code"] for item in trace["lots"]},
        "batches": {item["code"] for item in trace["batches"]},
        "orders": {item["number"] for item in trace["orders"]},
        "customers": {item["name"] for item in trace["customers"]},
        "suppliers": {item["name"] for item in trace["suppliers"]},
        "edges": {(names[e["from"]], names[e["to"]], e["unit"], e["quantity"]) for e in trace["edges"]},
        "gaps": Counter((gap["kind"], gap["quantity"], gap["unit"]) for gap in trace["gaps"]),
    }


# ── what it must tell ─────────────────────────────────────────────────────────────────────────────────────────────────
def expected(bakery: Bakery) -> dict[str, Any]:
    tracer = Tracer(bakery)
    return {
        "stock": {ingredient.name: _expected_stock(ingredient) for ingredient in bakery.ingredients.values()},
        "purchases": {
            purchase.code: (purchase.status, [text(line.received) for line in purchase.lines])
            for purchase in bakery.purchases
        },
        "dashboard": _expected_dashboard(bakery),
        "waste": _expected_waste(bakery),
        "lots": [_expected_lot(bakery, lot, tracer) for lot in _newest_first(bakery.lots)],
        "batches": [
            {
                "code": batch.code,
                "product": batch.product.name,
                "producedOn": str(batch.produced_on),
                "quantity": text(batch.quantity),
                "quantityAllocated": text(bakery.allocated(batch)),
                "quantityWrittenOff": text(batch.wasted),
                "status": "REVERSED" if batch.reversed else "CONFIRMED",
                "outputLot": batch.output and batch.output.code,
                "consumptions": Counter(
                    (part.ingredient, text(part.quantity), part.unit, part.source, part.lot and part.lot.code)
                    for part in consumed(batch)
                ),
                "trace": tracer.of_batch(batch),
            }
            for batch in reversed(bakery.batches)
        ],
        "orders": [
            {
                "number": order.number,
                "status": order.status,
                "customer": order.customer,
                "lines": [
                    (
                        line.product.name,
                        text(line.quantity),
                        text(line.quantity - line.unlinked),
                        {(batch.code, text(quantity)) for batch, quantity in line.links},
                    )
                    for line in order.lines
                ],
                "trace": tracer.of_order(order),
            }
            for order in reversed(bakery.orders)
        ],
    }


def _newest_first(lots: list[Lot]) -> list[Lot]:
    """By code: a history is too short for a day of a thousand lots."""
    return sorted(lots, key=lambda lot: lot.code, reverse=True)


def _expected_stock(ingredient: Ingredient) -> Any:
    assert ingredient.on_hand == ingredient.tracked + ingredient.untracked
    ledger: dict[tuple[str, str | None], Fraction] = {}
    for kind, quantity, lot in ingredient.ledger:
        key = kind, None if lot is None else lot.code
        ledger[key] = ledger.get(key, Fraction(0)) + quantity
    figures = (text(figure) for figure in (ingredient.on_hand, ingredient.tracked, ingredient.untracked))
    return *figures, {key: text(value) for key, value in ledger.items()}


def _expected_lot(bakery: Bakery, lot: Lot, tracer: Tracer) -> dict[str, Any]:
    received, adjusted, used, wasted, left = lot.balance
    assert left == received + adjusted - used - wasted
    assert left >= 0
    return {
        "code": lot.code,
        "ingredient": lot.of.name,
        "source": lot.source,
        "status": lot.status,
        "expiryStatus": lot.expiry_status(bakery.today),
        "receivedOn": str(lot.received_on),
        "expiresOn": _day(lot.expires_on),
        "unitCost": None if lot.unit_cost is None else text(lot.unit_cost),
        "supplier": lot.supplier,
        "supplierLotNumber": lot.supplier_number,
        "originBatch": next((batch.code for batch in bakery.batches if batch.output is lot), None),
        "holds": lot.holds[::-1],
        "expiryHistory": [(_day(old), _day(new)) for old, new in reversed(lot.dates)],
        "balance": {
            "received": text(received),
            "adjusted": text(adjusted),
            "consumed": text(used),
            "writtenOff": text(wasted),
            "remaining": text(left),
            "closes": True,
        },
        "trace": tracer.of_lot(lot),
    }


def _expected_dashboard(bakery: Bakery) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for status in ("EXPIRING", "EXPIRED"):
        lots = [lot for lot in bakery.lots if lot.left > 0 and lot.expiry_status(bakery.today) == status]
        found[f"{status.lower()}Count"] = len(lots)
        value = sum((lot.left * lot.unit_cost for lot in lots if lot.unit_cost is not None), Fraction(0))
        found[f"{status.lower()}Value"] = text(rounded(value, 2))
    found["lowStock"] = [
        ingredient.name
        for ingredient in bakery.ingredients.values()
        if ingredient.reorder_point is not None and ingredient.on_hand <= ingredient.reorder_point
    ]
    return found


def _expected_waste(bakery: Bakery) -> set[tuple[Any, ...]]:
    found: dict[tuple[Any, ...], list[Wasted]] = {}
    for item in bakery.waste:
        key = str(item.on), item.reason, item.ingredient, item.product, item.supplier
        found.setdefault(key, []).append(item)
    groups = set()
    for key, items in found.items():
        known = sum((item.unit_cost * item.quantity for item in items if item.unit_cost is not None), Fraction(0))
        unknown = sum((item.quantity for item in items if item.unit_cost is None), Fraction(0))
        whole, unit = sum((item.quantity for item in items), Fraction(0)), items[0].unit
        without_cost = ((text(unknown), unit),) if unknown else ()
        groups.add((*key, text(rounded(known, 2)), ((text(whole), unit),), without_cost))
    return groups


def differences(place: str, must: Any, tells: Any) -> Iterator[str]:
    """Where what is told is not what must be, as deep as both have the same parts."""
    if isinstance(must, dict) and isinstance(tells, dict) and not isinstance(must, Counter):
        for name in must.keys() | tells.keys():
            yield from differences(f"{place}.{name}", must.get(name), tells.get(name))
    elif isinstance(must, list) and isinstance(tells, list) and len(must) == len(tells):
        for number, (one, other) in enumerate(zip(must, tells, strict=True)):
            yield from differences(f"{place}[{number}]", one, other)
    elif must != tells:
        yield f"{place} must be {must}, is told as {tells}"


def _day(day: date | None) -> str | None:
    return None if day is None else str(day)


def first_day(today: date) -> date:
    """Early enough for all that a history did."""
    return today - timedelta(days=300)
