"""The replay's books and the traces worked out from them, on a bakery small enough to follow by eye.

Flour F1 and F2 → dough (PB-1, makes D1) → loaves (PB-2, makes B1, sold and baked on) → sandwiches (PB-3).
"""

from datetime import date
from decimal import Decimal

import pytest

from tests.real.catalogue import Ingredient, Product
from tests.real.facts import edges_apart, facts_apart, gaps_apart
from tests.real.recomputed import Recomputation
from tests.real.records import BatchBook, Books, Consumption, LotBook, OrderBook, Person, recorded_order
from tests.real.shelf import picks

DAY = date(2016, 10, 30)
FLOUR = Ingredient("flour", "Flour", "g")
DOUGH = Ingredient("dough", "Dough", "g")
LOAF = Ingredient("loaf", "Loaf", "each")
DOUGH_BASE = Product("dough", "Dough", Decimal(1), makes=DOUGH)
BREAD = Product("bread", "Bread", Decimal(1), makes=LOAF)
SANDWICH = Product("sandwich", "Sandwich", Decimal(1))


def decimals(*values: int) -> list[Decimal]:
    return [Decimal(value) for value in values]


def lot(code: str, ingredient: Ingredient, received: int, expires_on: date | None = None) -> LotBook:
    return LotBook(f"id-{code}", code, ingredient, Decimal(received), DAY, expires_on)


def batch(books: Books, code: str, product: Product, quantity: int, *used: tuple[str, int]) -> BatchBook:
    consumptions = [
        Consumption(books.lots[lot_code].ingredient, lot_code, Decimal(taken), "LOT") for lot_code, taken in used
    ]
    made = BatchBook(f"id-{code}", code, product, DAY, Decimal(quantity), consumptions)
    books.add_batch(made)
    if product.makes:
        made.output_lot = lot(f"LOT-161030-{100 + int(code[-3:])}", product.makes, quantity)
        made.output_lot.made_by = made
        books.add_lot(made.output_lot)
    return made


def order(books: Books, number: int, customer: str, **allocations: int) -> OrderBook:
    made = OrderBook(f"id-{number}", number, DAY, Person(customer, customer, f"{customer}@example.org"), {})
    books.orders[number] = made
    books.link(made, {f"PB-161030-{code[1:]}": Decimal(quantity) for code, quantity in allocations.items()})
    return made


@pytest.fixture
def books() -> Books:
    books = Books()
    books.add_lot(lot("LOT-161030-001", FLOUR, 1000))
    books.add_lot(lot("LOT-161030-002", FLOUR, 500))
    batch(books, "PB-161030-001", DOUGH_BASE, 1200, ("LOT-161030-001", 1000), ("LOT-161030-002", 100))
    batch(books, "PB-161030-002", BREAD, 10, ("LOT-161030-101", 1150))
    batch(books, "PB-161030-003", SANDWICH, 8, ("LOT-161030-102", 2))
    order(books, 1, "ann", b002=4)
    order(books, 2, "bob", b002=1, b003=5)
    return books


def test_batch_and_lot_share_one_remainder(books: Books) -> None:
    loaves = books.lots["LOT-161030-102"]
    assert [loaves.consumed, loaves.sold, loaves.remaining] == decimals(2, 5, 3)
    assert books.batches["PB-161030-002"].left == 3
    assert books.batches["PB-161030-003"].left == 3
    assert list(books.on_hand(LOAF)) == decimals(3, 0)
    books.link(books.orders[1], {})
    assert loaves.remaining == 7


def test_forward_meets_everything_once(books: Books) -> None:
    trace = Recomputation(books).forward(books.lots["LOT-161030-001"])
    assert set(trace.batches) == {"PB-161030-001", "PB-161030-002", "PB-161030-003"}
    assert set(trace.lots) == {"LOT-161030-001", "LOT-161030-101", "LOT-161030-102"}
    assert set(trace.orders) == {1, 2}
    assert trace.edges == {
        ("lot LOT-161030-001", "batch PB-161030-001"): 1000,
        ("batch PB-161030-001", "lot LOT-161030-101"): 1200,
        ("lot LOT-161030-101", "batch PB-161030-002"): 1150,
        ("batch PB-161030-002", "lot LOT-161030-102"): 10,
        ("batch PB-161030-002", "order 1"): 4,
        ("batch PB-161030-002", "order 2"): 1,
        ("lot LOT-161030-102", "batch PB-161030-003"): 2,
        ("batch PB-161030-003", "order 2"): 5,
    }


def test_a_lot_that_is_sold_as_it_is_reaches_its_orders(books: Books) -> None:
    trace = Recomputation(books).forward(books.lots["LOT-161030-102"])
    assert set(trace.batches) == {"PB-161030-003"}
    assert trace.edges == {
        ("lot LOT-161030-102", "batch PB-161030-003"): 2,
        ("batch PB-161030-003", "order 2"): 5,
        ("lot LOT-161030-102", "order 1"): 4,
        ("lot LOT-161030-102", "order 2"): 1,
    }


def test_backward_meets_lots_at_every_depth(books: Books) -> None:
    trace = Recomputation(books).backward(books.orders[2])
    assert set(trace.batches) == {"PB-161030-001", "PB-161030-002", "PB-161030-003"}
    assert set(trace.lots) == {"LOT-161030-001", "LOT-161030-002", "LOT-161030-101", "LOT-161030-102"}
    assert trace.edges["batch PB-161030-002", "order 2"] == 1
    assert trace.edges["batch PB-161030-002", "lot LOT-161030-102"] == 10


def test_the_widest_and_the_deepest(books: Books) -> None:
    recomputation = Recomputation(books)
    assert recomputation.lot_with_most_orders().code == "LOT-161030-001"
    assert recomputation.order_with_most_lots().number == 2


def test_lots_are_used_soonest_to_expire_first_then_what_no_lot_explains() -> None:
    lots = [
        lot("LOT-161030-1000", FLOUR, 10),
        lot("LOT-161030-999", FLOUR, 10),
        lot("LOT-161030-001", FLOUR, 10, date(2016, 11, 2)),
        lot("LOT-161030-002", FLOUR, 10, date(2016, 10, 30)),
        lot("LOT-161030-003", FLOUR, 10, date(2016, 10, 29)),
    ]
    chosen, untracked, missing = picks(lots, Decimal(5), Decimal(47), DAY)
    assert [entry.code[-3:] for entry, _ in chosen] == ["002", "001", "999", "000"]
    assert [quantity for _, quantity in chosen] == decimals(10, 10, 10, 10)
    assert [untracked, missing] == decimals(5, 2)
    assert recorded_order("LOT-161030-1000") > recorded_order("LOT-161030-999")


def told(*edges: tuple[str, str, str]) -> dict[str, object]:
    return {
        "batches": [{"id": "id-PB-161030-003", "code": "PB-161030-003"}],
        "lots": [],
        "orders": [{"id": f"id-{number}", "number": str(number)} for number in (1, 2)],
        "edges": [{"from": source, "to": target, "quantity": quantity} for source, target, quantity in edges],
        "gaps": [{"kind": "UNALLOCATED", "quantity": "3"}, {"kind": "UNALLOCATED", "quantity": "1.5"}],
    }


def test_a_sale_may_be_told_of_the_lot_or_of_its_batch(books: Books) -> None:
    trace = Recomputation(books).forward(books.lots["LOT-161030-102"])
    root = {"id-LOT-161030-102": "lot LOT-161030-102"}
    used = ("id-LOT-161030-102", "id-PB-161030-003", "2")
    baked = ("id-PB-161030-003", "id-2", "5.0")
    for seller in ("id-LOT-161030-102", "id-PB-161030-002"):
        assert edges_apart(told(used, baked, (seller, "id-1", "4"), (seller, "id-2", "1")), trace, root) == []
    apart = edges_apart(told(used, baked, ("id-LOT-161030-102", "id-1", "4")), trace, root)
    assert apart == ["edges: only the books has these, 1 in all: lot LOT-161030-102 order 2 1"]
    assert edges_apart(told(used, baked, ("x", "y", "1")), trace, root)[-1].endswith("1 in all: x y")


def test_both_sides_of_a_difference_are_shown() -> None:
    assert facts_apart("lots", [("a",), ("b",)], [("b",), ("a",)]) == []
    assert facts_apart("lots", [("a",), ("a",)], [("b",)]) == [
        "lots: the server tells 1 twice",
        "lots: only the server has these, 1 in all: a",
        "lots: only the books has these, 1 in all: b",
    ]
    assert gaps_apart(told(), {"UNALLOCATED": Decimal("4.5"), "ADJUSTED": Decimal(0)}) == []
    assert len(gaps_apart(told(), {"UNALLOCATED": Decimal(4)})) == 2
