"""Two tellings of a trace laid side by side: plain facts from each, and what only one of them says."""

from collections.abc import Iterable, Iterator, Mapping
from decimal import Decimal
from typing import TypeVar

from tests.real.client import Json
from tests.real.recomputed import Edges, Trace, batch_node, lot_node, order_node
from tests.real.records import BatchBook, Books, LotBook, Person
from tests.real.shop import plain

SHOWN_MAX = 10

FactT = TypeVar("FactT", bound=tuple[object, ...])


def facts_apart(name: str, told: Iterable[FactT], known: Iterable[FactT]) -> list[str]:
    """What only the server tells or only the books know, and what the server tells twice."""
    told_facts, known_facts = list(told), set(known)
    apart: list[str] = []
    twice = len(told_facts) - len(set(told_facts))
    if twice:
        apart.append(f"{name}: the server tells {twice} twice")
    for side, facts in (
        ("the server", set(told_facts) - known_facts),
        ("the books", known_facts - set(told_facts)),
    ):
        if facts:
            shown = "; ".join(sorted(_shown(fact) for fact in facts)[:SHOWN_MAX])
            apart.append(f"{name}: only {side} has these, {len(facts)} in all: {shown}")
    return apart


def _shown(fact: tuple[object, ...]) -> str:
    return " ".join(plain(part) if isinstance(part, Decimal) else str(part) for part in fact)


def told_batch(entry: Json) -> tuple[str, str, str, str]:
    """A batch of a trace as the server tells it."""
    return entry["id"], entry["code"], entry["producedOn"], entry["product"]["name"]


def known_batch(batch: BatchBook) -> tuple[str, str, str, str]:
    """The same of the books."""
    return batch.id, batch.code, batch.produced_on.isoformat(), batch.product.name


def told_lot(entry: Json) -> tuple[str | None, ...]:
    """A lot of an order's trace as the server tells it."""
    supplier = (entry["supplier"] or {}).get("id")
    name = entry["ingredient"]["name"]
    return entry["id"], entry["code"], entry["supplierLotNumber"], entry["expiresOn"], name, supplier


def known_lot(lot: LotBook) -> tuple[str | None, ...]:
    """The same of the books."""
    expires_on = lot.expires_on.isoformat() if lot.expires_on else None
    supplier = lot.supplier.id if lot.supplier else None
    return lot.id, lot.code, lot.supplier_lot_number, expires_on, lot.ingredient.name, supplier


def told_inputs(told: Json) -> Iterator[tuple[object, ...]]:
    """What each batch of an order's trace took, as the server tells it."""
    for batch in told["batches"]:
        for entry in batch["consumptions"]:
            lot = entry["lot"] or {}
            supplier = (lot.get("supplier") or {}).get("name")
            of_lot = (lot.get("code"), lot.get("supplierLotNumber"), lot.get("expiresOn"), supplier)
            quantity = Decimal(entry["quantity"])
            yield batch["code"], entry["ingredient"]["name"], entry["source"], quantity, entry["unit"], *of_lot


def known_inputs(books: Books, trace: Trace) -> Iterator[tuple[object, ...]]:
    """The same of the books."""
    for batch in trace.batches.values():
        for entry in batch.consumptions:
            of_lot: tuple[str | None, ...] = (None, None, None, None)
            if entry.lot_code:
                lot = books.lots[entry.lot_code]
                _, code, number, expires_on, _, _ = known_lot(lot)
                of_lot = (code, number, expires_on, lot.supplier.name if lot.supplier else None)
            ingredient = entry.ingredient
            yield batch.code, ingredient.name, entry.source, entry.quantity, ingredient.unit, *of_lot


def person_id(person: Person | None) -> str | None:
    """Whose it is; nobody's for a counter sale."""
    return person.id if person else None


def customers_of(trace: Trace) -> dict[str, Person]:
    """The customers of a trace's orders, by id."""
    return {order.customer.id: order.customer for order in trace.orders.values() if order.customer}


def edge_facts(edges: Edges) -> set[tuple[str, str, Decimal]]:
    """Edges with their quantities."""
    return {(source, target, quantity) for (source, target), quantity in edges.items()}


def edges_apart(told: Json, trace: Trace, root: Mapping[str, str]) -> list[str]:
    """The flat graph's edges; `root` names the node of the traced thing itself by its id.

    The goods' way may also be told to its ends, from a supplier and to a customer. The contract leaves it open, so
    such edges need not be there, but must be right.
    """
    nodes = {**root, **trace.stand_ins}
    nodes |= {entry["id"]: batch_node(entry["code"]) for entry in told["batches"] if entry["id"] not in nodes}
    nodes |= {entry["id"]: lot_node(entry["code"]) for entry in told["lots"]}
    nodes |= {entry["id"]: order_node(entry["number"]) for entry in told.get("orders", [])}
    ends: set[tuple[str | None, str | None]] = {
        (order_node(order.number), person_id(order.customer)) for order in trace.orders.values()
    }
    ends |= {(person_id(lot.supplier), lot_node(lot.code)) for lot in trace.lots.values()}
    optional = {lot.id for lot in trace.optional_lots.values()}
    edges: Edges = {}
    strange: list[tuple[str, str]] = []
    for edge in told["edges"]:
        source, target = nodes.get(edge["from"]), nodes.get(edge["to"])
        if optional & {edge["from"], edge["to"]} or (source and source == target):
            continue
        if source and target:
            edges[source, target] = edges.get((source, target), Decimal(0)) + Decimal(edge["quantity"])
        elif (source or edge["from"], target or edge["to"]) not in ends:
            strange.append((edge["from"], edge["to"]))
    return [
        *facts_apart("edges", edge_facts(edges), edge_facts(trace.edges)),
        *facts_apart("edges between what the trace does not list", strange, ()),
    ]


def gaps_apart(told: Json, known: Mapping[str, Decimal]) -> list[str]:
    """Gaps of the given kinds, summed: the contract leaves open whether gaps of a kind are told one by one."""
    sums = {
        kind: sum((Decimal(gap["quantity"]) for gap in told["gaps"] if gap["kind"] == kind), Decimal(0))
        for kind in known
    }
    return facts_apart("gaps", sums.items(), known.items())


def verdict_apart(told: Json) -> list[str]:
    """What R-7.5 makes of the gaps and the links that the trace itself tells; and whether it is whole."""
    links = bool(told["edges"])
    verdict = "PROVEN" if not told["gaps"] else "POSSIBLE" if links else "UNKNOWN"
    apart = facts_apart("verdict", [(told["verdict"],)], [(verdict,)])
    return [*apart, *facts_apart("truncated", [(told["truncated"],)], [(False,)])]
