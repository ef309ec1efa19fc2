"""Orders and their links once more (R-7.1 to R-7.3). Nothing of the product is imported here."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from fractions import Fraction

from tests.oracle.runs import Batch, Kitchen, Product
from tests.oracle.values import Refused, invalid

STATUSES = ["DRAFT", "CONFIRMED", "IN_PRODUCTION", "READY", "COMPLETED"]


@dataclass(eq=False)
class Line:
    product: Product
    quantity: Fraction
    links: list[tuple[Batch, Fraction]] = field(default_factory=list)

    @property
    def unlinked(self) -> Fraction:
        return self.quantity - sum((quantity for _, quantity in self.links), Fraction(0))


@dataclass(eq=False)
class Order:
    number: str
    customer: str | None
    lines: list[Line]
    status: str = "DRAFT"
    status_on: date | None = None
    filled_on: list[date] = field(default_factory=list)

    def allocated(self, batch: Batch) -> Fraction:
        return sum((q for line in self.lines for linked, q in line.links if linked is batch), Fraction(0))


@dataclass
class Bakery(Kitchen):
    orders: list[Order] = field(default_factory=list)

    def allocated(self, batch: Batch) -> Fraction:
        return sum((order.allocated(batch) for order in self.orders), Fraction(0))

    def take_order(self, number: str | None, customer: str | None, lines: list[Line]) -> Order:
        if number is not None and any(order.number == number for order in self.orders):
            raise invalid("number")
        order = Order(number or self.code("ORD"), customer, lines)
        self.orders.append(order)
        return order

    def move(self, order: Order, status: str, on: date, role: str = "OWNER") -> None:
        if status == "CANCELLED" and role == "STAFF":
            raise Refused("RoleRequired")
        if on > self.today:
            raise invalid("on")
        if status == order.status:
            return
        if order.status in ("COMPLETED", "CANCELLED"):
            raise invalid("status")
        if status != "CANCELLED" and STATUSES.index(status) < STATUSES.index(order.status):
            raise invalid("status")
        if order.status_on is not None and on < order.status_on:
            raise invalid("on")
        order.status, order.status_on = status, on
        if status in ("READY", "COMPLETED"):
            order.filled_on.append(on)
            self.link(order, on)
        if status == "CANCELLED":
            self.free(order)

    def link(self, order: Order, on: date) -> None:
        """Each line from the oldest batches of its product, up to what each has left."""
        # Untracked stock that one batch of an intermediate may give is not there for the next one.
        fitting = {line: self.fitting(line.product, on) for line in order.lines if line.unlinked > 0}
        supply = {batch: left for batches in fitting.values() for batch, left in batches}
        for line, batches in fitting.items():
            for batch, _ in batches:
                some = min(line.unlinked, supply[batch])
                if some > 0:
                    supply[batch] -= some
                    line.links.append((batch, some))
                    self.sell(batch, some)

    def fitting(self, product: Product, on: date) -> list[tuple[Batch, Fraction]]:
        """Batches that may be linked, oldest first, with what each has left."""
        found = [
            batch
            for batch in self.batches
            if batch.product is product
            and not batch.reversed
            and batch.produced_on <= on
            and (product.shelf_life is None or (on - batch.produced_on).days <= product.shelf_life)
            and self.rest(batch) > 0
        ]
        found.sort(key=lambda batch: (batch.produced_on, self.batches.index(batch)))
        there = Fraction(0) if product.becomes is None else max(product.becomes.untracked, Fraction(0))
        result = []
        for batch in found:
            left = self.rest(batch)
            if product.becomes is not None and batch.output is None:
                left = min(left, there)
                there -= left
            result.append((batch, left))
        return result

    def sell(self, batch: Batch, quantity: Fraction) -> None:
        if batch.product.becomes is not None:
            batch.product.becomes.ledger.append(("SALE", -quantity, batch.output))

    def free(self, order: Order) -> None:
        for line in order.lines:
            for batch, quantity in line.links:
                if batch.product.becomes is not None:
                    batch.product.becomes.ledger.append(("REVERSAL", quantity, batch.output))
            line.links = []

    def relink(self, order: Order, wanted: list[tuple[Line, Batch, Fraction]]) -> None:
        """R-7.2: by the rule again, as of the days on which it was filled, or to chosen batches."""
        self.needs_lot_tracking()
        if order.status not in ("READY", "COMPLETED"):
            raise invalid("orderId")
        self.check_links(order, wanted)
        self.free(order)
        if not wanted:
            for day in order.filled_on:
                self.link(order, day)
        for line, batch, quantity in wanted:
            for place, (linked, already) in enumerate(line.links):
                if linked is batch:
                    line.links[place] = (batch, already + quantity)
                    break
            else:
                line.links.append((batch, quantity))
            self.sell(batch, quantity)

    def check_links(self, order: Order, wanted: list[tuple[Line, Batch, Fraction]]) -> None:
        """Of the line's product, made by then, not reversed; no more than was ordered, nor than the batch has left."""
        wrong: set[str] = set()
        for place, (line, batch, _) in enumerate(wanted):
            earlier = wanted[: place + 1]
            if batch.product is not line.product or batch.produced_on > order.filled_on[-1]:
                wrong.add(f"links[{place}].batchId")
            if sum((q for other, _, q in earlier if other is line), Fraction(0)) > line.quantity:
                wrong.add(f"links[{place}].quantity")
        if wrong:
            raise invalid(*wrong)
        for place, (_, batch, quantity) in enumerate(wanted):
            earlier = wanted[:place]
            left = (
                self.rest(batch) + order.allocated(batch) - sum((q for _, b, q in earlier if b is batch), Fraction(0))
            )
            made = batch.product.becomes
            if made is not None and batch.output is None:
                loose = [(b, q) for line in order.lines for b, q in line.links if b.output is None]
                given_back = sum((q for b, q in loose if b.product.becomes is made), Fraction(0))
                taken = sum((q for _, b, q in earlier if b.output is None and b.product.becomes is made), Fraction(0))
                left = min(left, max(made.untracked + given_back, Fraction(0)) - taken)
            if batch.reversed:
                wrong.add(f"links[{place}].batchId")
            elif quantity > left:
                wrong.add(f"links[{place}].quantity")
        if wrong:
            raise invalid(*wrong)
