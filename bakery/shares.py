"""What a lot contributed to an order: its proportional share, through batches and derived lots at any depth (R-7.6).

A batch is one mixture: whoever has a tenth of it has a tenth of all that went into it. So the share of a lot in an
order is what the batch took of the lot, times what the order got of the batch, over what the batch made; and so on
through what is made of it.

Shares are computed in whole numbers of a millionth of a millionth of a unit, so that many generations of a starter cost
no more than one, and rounded once at the end. A lot's shares are rounded together: they sum to what was used of it, to
the last digit.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal

from bakery.lots import Lot
from bakery.orders import Order
from bakery.production import ProductionBatch
from bakery.quantity import QUANTITY_DECIMALS, Unit
from bakery.trace import Trace

_FINER = 10**12
"""How many parts of a computation make one millionth, the last digit of a quantity."""


@dataclass(frozen=True, slots=True)
class Contribution:
    """What of `lot` is in `order`, in the lot's `unit`."""

    lot: Lot
    order: Order
    quantity: Decimal
    unit: Unit


@dataclass(frozen=True, slots=True)
class LotShares:
    """Where what was used of a lot is: `used = in_orders + in_lots + wasted + rest`, in its `unit`.

    `in_lots` is still in stock, in lots that were made of it; `rest` is what the records do not explain: batches that
    are neither linked nor written off, and what counts took.
    """

    unit: Unit
    used: Decimal
    in_orders: Decimal
    in_lots: Decimal
    wasted: Decimal
    rest: Decimal


@dataclass(frozen=True, slots=True)
class Spread:
    """A lot's shares: the sums, and what of it is in each order."""

    shares: LotShares
    contributions: tuple[Contribution, ...]


# ── forward ───────────────────────────────────────────────────────────────────────────────────────────────────────────
def spread(lot: Lot, trace: Trace) -> Spread:
    """How what was used of a lot, in the trace that looks forward from it, is spread over where it went.

    Of a trace that a limit cut, what lies behind the cut is in the rest.
    """
    flow = _Flow(trace)
    in_orders: dict[int, int] = {}
    in_batches: dict[int, int] = {}
    in_lots = wasted = rest = 0

    def add(to: dict[int, int], ends: Sequence[tuple[int, int]], parts: Iterable[int]) -> None:
        for (end, _), part in zip(ends, parts, strict=False):
            to[end] = to.get(end, 0) + part

    users = flow.users_of(lot)
    add(in_batches, users, (quantity * _FINER for _, quantity in users))
    if lot.origin_batch_id is not None:
        # An intermediate that was sold as it is went to the order itself, undivided.
        buyers = flow.given_to.get(lot.origin_batch_id, [])
        add(in_orders, buyers, (quantity * _FINER for _, quantity in buyers))
    used = (sum(in_batches.values()) + sum(in_orders.values())) // _FINER
    for batch in flow.batches:
        amount, output = in_batches.get(batch.id, 0), flow.output_of.get(batch.id)
        if not amount:
            continue
        buyers = flow.given_to.get(batch.id, [])
        users = flow.users_of(output) if output else []
        waste, left = _count(batch.quantity_written_off), _count(output.quantity_remaining) if output else 0
        weights = [*(quantity for _, quantity in (*buyers, *users)), waste, left]
        *parts, to_waste, to_lots, to_rest = _split(amount, weights, _count(batch.quantity))
        add(in_orders, buyers, parts)
        add(in_batches, users, parts[len(buyers) :])
        wasted, in_lots, rest = wasted + to_waste, in_lots + to_lots, rest + to_rest
    *each, in_lots, wasted, rest = _rounded_together([*in_orders.values(), in_lots, wasted, rest])
    shares = LotShares(lot.unit, *map(_quantity, (used, sum(each), in_lots, wasted, rest)))
    by_order = dict(zip(in_orders, each, strict=True))
    contributions = tuple(
        Contribution(lot, order, _quantity(by_order[order.id]), lot.unit)
        for order in trace.orders
        if order.id in by_order
    )
    return Spread(shares, contributions)


def _split(amount: int, weights: Sequence[int], whole: int) -> list[int]:
    """`amount` in parts by weight, of a `whole`, and the rest of it last; the parts sum to the amount."""
    whole = max(whole, sum(weights))
    parts: list[int] = []
    weighed = given = 0
    for weight in weights:
        weighed += weight
        until = amount * weighed // whole
        parts.append(until - given)
        given = until
    return [*parts, amount - given]


def _rounded_together(parts: Sequence[int]) -> list[int]:
    """The parts in millionths. Each is the next one below or above, and they sum to what they summed to.

    What is lost by cutting is given back to those that lost most; of those that lost the same, to the first.
    """
    whole = [part // _FINER for part in parts]
    lost = (sum(parts) - sum(whole) * _FINER) // _FINER
    for index in sorted(range(len(parts)), key=lambda index: -(parts[index] % _FINER))[:lost]:
        whole[index] += 1
    return whole


# ── backward ──────────────────────────────────────────────────────────────────────────────────────────────────────────
def contributions_to(order: Order, trace: Trace) -> tuple[Contribution, ...]:
    """What each lot of an order's trace contributed to it, each rounded once.

    A lot and what was made of it are both listed, each in its own unit: they contributed one within the other. Makers
    come after their users, one pass, so that no circle of records can keep it going.
    """
    flow = _Flow(trace)
    in_order = {
        batch_id: sum(quantity for order_id, quantity in given if order_id == order.id) * _FINER
        for batch_id, given in flow.given_to.items()
    }
    contributed: dict[int, int] = {}
    for batch in reversed(flow.batches):
        amount = in_order.get(batch.id, 0)
        output = flow.output_of.get(batch.id)
        if output is not None and amount:
            contributed[output.id] = amount
        for lot, quantity in flow.used_of.get(batch.id, ()):
            part, maker = amount * quantity // _count(batch.quantity), lot.origin_batch_id
            if maker is None or maker not in flow.made:
                contributed[lot.id] = contributed.get(lot.id, 0) + part
            else:
                in_order[maker] = in_order.get(maker, 0) + part
    return tuple(
        Contribution(lot, order, _quantity(_half_even(contributed[lot.id])), lot.unit)
        for lot in trace.lots
        if lot.id in contributed
    )


def _half_even(part: int) -> int:
    """The nearest millionth, half-even."""
    whole, beyond = divmod(part, _FINER)
    return whole + (2 * beyond > _FINER or (2 * beyond == _FINER and whole % 2 == 1))


# ── the graph ─────────────────────────────────────────────────────────────────────────────────────────────────────────
class _Flow:
    """The edges of a trace by their ends, in millionths. Batches are in the order of recording, as are lots."""

    def __init__(self, trace: Trace) -> None:
        self.batches: Sequence[ProductionBatch] = sorted(trace.batches, key=lambda batch: batch.id)
        self.made = {batch.id for batch in self.batches}
        self.output_of = {lot.origin_batch_id: lot for lot in trace.lots if lot.origin_batch_id in self.made}
        self.used_by: dict[int, list[tuple[int, int]]] = {}
        self.used_of: dict[int, list[tuple[Lot, int]]] = {}
        self.given_to: dict[int, list[tuple[int, int]]] = {}
        lots = {lot.id: lot for lot in trace.lots}
        for edge in trace.edges:
            (kind, source), (target_kind, target), quantity = edge.source, edge.target, _count(edge.quantity)
            if kind == "Lot":
                self.used_by.setdefault(source, []).append((target, quantity))
                self.used_of.setdefault(target, []).append((lots[source], quantity))
            elif target_kind == "Order":
                self.given_to.setdefault(source, []).append((target, quantity))

    def users_of(self, lot: Lot) -> list[tuple[int, int]]:
        """The batches that used a lot, and how much.

        A lot is used after it was made; what says otherwise is no record of ours, and would lead in circles.
        """
        return [user for user in self.used_by.get(lot.id, ()) if user[0] > (lot.origin_batch_id or 0)]


def _count(quantity: Decimal) -> int:
    """A quantity in millionths."""
    return int(quantity.scaleb(QUANTITY_DECIMALS))


def _quantity(count: int) -> Decimal:
    return Decimal(f"{count}E-{QUANTITY_DECIMALS}")
