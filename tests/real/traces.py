"""Traces as the server tells them against traces as the books tell them, both ways and in both shapes."""

from dataclasses import dataclass
from decimal import Decimal

from tests.real import documents
from tests.real.client import Json
from tests.real.facts import (
    customers_of,
    edge_facts,
    edges_apart,
    facts_apart,
    gaps_apart,
    known_batch,
    known_inputs,
    known_lot,
    person_id,
    told_batch,
    told_inputs,
    told_lot,
    verdict_apart,
)
from tests.real.recomputed import Edges, Recomputation, batch_node, lot_node, order_node
from tests.real.records import LotBook, OrderBook
from tests.real.shop import Shop


@dataclass(frozen=True)
class Compared:
    """What one comparison was of, and each difference; none where both sides say the same."""

    title: str
    size: str
    differences: tuple[str, ...]


async def compare_lot_trace(shop: Shop, recomputation: Recomputation, lot: LotBook) -> Compared:
    """A lot forward, by the contract's LotTrace."""
    trace = recomputation.forward(lot)
    answer = await shop.client.ask(documents.contract_document("LotTrace"), {"code": lot.code})
    told = answer["trace"]
    apart = facts_apart("root", [(answer["id"],)], [(lot.id,)])
    batches = [entry for entry in told["batches"] if entry["id"] not in trace.stand_ins]
    apart += facts_apart("batches", map(told_batch, batches), map(known_batch, trace.batches.values()))
    apart += facts_apart(
        "lots",
        ((entry["id"], entry["code"], entry["ingredient"]["name"]) for entry in told["lots"]),
        ((entry.id, entry.code, entry.ingredient.name) for entry in trace.lots.values()),
    )
    apart += facts_apart(
        "orders",
        (
            (entry["id"], entry["number"], entry["status"], (entry["customer"] or {}).get("id"))
            for entry in told["orders"]
        ),
        ((order.id, str(order.number), order.status, person_id(order.customer)) for order in trace.orders.values()),
    )
    apart += facts_apart(
        "customers",
        ((entry["id"], entry["name"], entry["email"], entry["phone"]) for entry in told["customers"]),
        ((person.id, person.name, person.email, person.phone) for person in customers_of(trace).values()),
    )
    apart += edges_apart(told, trace, {answer["id"]: lot_node(lot.code)})
    left = sum((batch.left for batch in trace.batches.values()), Decimal(0))
    if lot.made_by and len(batches) < len(told["batches"]):
        left += lot.made_by.left
    apart += gaps_apart(told, {"UNALLOCATED": left, "ADJUSTED": Decimal(0)})
    apart += verdict_apart(told)
    size = (
        f"{len(trace.batches)} batches, {len(trace.lots)} lots, {len(trace.orders)} orders, "
        f"{len(customers_of(trace))} customers, {len(trace.edges)} edges"
    )
    return Compared(f"LotTrace of {lot.code} {lot.ingredient.name}", size, tuple(apart))


async def compare_order_trace(shop: Shop, recomputation: Recomputation, order: OrderBook) -> Compared:
    """An order backward, by the contract's OrderTrace."""
    trace = recomputation.backward(order)
    variables: Json = {"number": str(order.number)}
    answer = await shop.client.ask(documents.contract_document("OrderTrace"), variables)
    told = answer["trace"]
    apart = facts_apart(
        "root",
        [(answer["id"], answer["status"], (answer["customer"] or {}).get("name"))],
        [(order.id, order.status, order.customer.name if order.customer else None)],
    )
    apart += facts_apart("batches", map(told_batch, told["batches"]), map(known_batch, trace.batches.values()))
    apart += facts_apart("inputs", told_inputs(told), known_inputs(shop.books, trace))
    lots = [entry for entry in told["lots"] if entry["code"] not in trace.optional_lots]
    apart += facts_apart("lots", map(told_lot, lots), map(known_lot, trace.lots.values()))
    suppliers = {lot.supplier for lot in trace.lots.values() if lot.supplier}
    apart += facts_apart(
        "suppliers",
        ((entry["id"], entry["name"], entry["email"]) for entry in told["suppliers"]),
        ((person.id, person.name, person.email) for person in suppliers),
    )
    apart += edges_apart(told, trace, {answer["id"]: order_node(order.number)})
    is_cancelled = order.status == "CANCELLED"
    bought_in = sum((line.quantity for line in order.lines.values() if not line.product.lines), Decimal(0))
    if not is_cancelled:
        apart += gaps_apart(told, {"NO_RECIPE": bought_in, "UNLINKED_LINE": Decimal(0), "UNACCOUNTED": Decimal(0)})
    inputs = [entry for batch in trace.batches.values() for entry in batch.consumptions]
    apart += facts_apart(
        "gap UNTRACKED",
        [(any(gap["kind"] == "UNTRACKED" for gap in told["gaps"]),)],
        [(any(entry.lot_code is None for entry in inputs),)],
    )
    apart += verdict_apart(told)
    size = f"{len(trace.batches)} batches, {len(trace.lots)} lots, {len(trace.edges)} edges"
    return Compared(f"OrderTrace of {order.number}", size, tuple(apart))


async def compare_lot_usage(shop: Shop, recomputation: Recomputation, lot: LotBook) -> Compared:
    """What a lot was used for, as deep as it goes, by a nested document."""
    trace = recomputation.used(lot)
    answer = await shop.client.ask(documents.LOT_USAGE, {"code": lot.code})
    edges: Edges = {}
    buyers: set[tuple[str, str]] = set()
    _read_usage(answer, edges, buyers)
    known_buyers = {(str(order.number), order.customer.id) for order in trace.orders.values() if order.customer}
    apart = facts_apart("edges", edge_facts(edges), edge_facts(trace.edges))
    apart += facts_apart("buyers", buyers, known_buyers)
    return Compared(f"LotUsage of {lot.code} {lot.ingredient.name}", f"{len(edges)} edges", tuple(apart))


async def compare_contract_usage(shop: Shop, recomputation: Recomputation, lot: LotBook) -> Compared:
    """What a lot was used for by the contract's LotUsage, which goes two batches deep and no further."""
    answer = await shop.client.ask(documents.contract_document("LotUsage"), {"code": lot.code})
    edges: Edges = {}
    _read_usage(answer, edges, set())
    whole = recomputation.used(lot).edges
    near = {lot_node(lot.code)}
    for batch in recomputation.users(lot):
        near.add(batch_node(batch.code))
        if batch.output_lot:
            near.add(lot_node(batch.output_lot.code))
            near |= {batch_node(further.code) for further in recomputation.users(batch.output_lot)}
    known = {
        (source, target): quantity
        for (source, target), quantity in whole.items()
        # The document asks for no quantity between a batch and its lot.
        if source in near and (target in near or target.startswith("order")) and not target.startswith("lot")
    }
    apart = facts_apart("edges", edge_facts(edges), edge_facts(known))
    return Compared(f"LotUsage of the contract of {lot.code}", f"{len(edges)} edges", tuple(apart))


def _read_usage(lot: Json, edges: Edges, buyers: set[tuple[str, str]]) -> None:
    """Collect the edges of a nested answer; what hangs at several places says the same at each."""
    for consumption in lot.get("consumptions", []):
        batch = consumption["batch"]
        edges[lot_node(lot["code"]), batch_node(batch["code"])] = Decimal(consumption["quantity"])
        for allocation in batch["allocations"]:
            order = allocation["order"]
            edges[batch_node(batch["code"]), order_node(order["number"])] = Decimal(allocation["quantity"])
            if "id" in (order["customer"] or {}):
                buyers.add((order["number"], order["customer"]["id"]))
        made = batch.get("outputLot")
        if made:
            if "quantityReceived" in made:
                edges[batch_node(batch["code"]), lot_node(made["code"])] = Decimal(made["quantityReceived"])
            _read_usage(made, edges, buyers)
