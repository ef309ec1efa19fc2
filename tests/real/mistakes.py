"""Once a week somebody tries what the rules refuse; each try has to be refused, and must leave no trace.

That nothing changed shows at the end, when stock, lots and ledger are compared with the books.
"""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from tests.real import documents
from tests.real.client import Document, Json, Refused, Role
from tests.real.records import LotBook
from tests.real.shop import Shop, plain

FAR_AWAY = date(2999, 1, 1)
FAR_TOO_MANY = "1000000"
BREAD = "Bread"


@dataclass(frozen=True)
class Mistake:
    """A request that has to be refused; `kinds` names the error types that fit, none where any does."""

    document: Document
    entry: Json
    role: Role
    rule: str
    kinds: frozenset[str] = frozenset()


async def make_mistakes(shop: Shop, day: date) -> None:
    """Try each mistake once, on that day's stock and orders."""
    for mistake in _mistakes(shop, day):
        try:
            answer = await shop.client.ask(mistake.document, {"input": mistake.entry}, mistake.role)
        except Refused as refused:
            fits = not mistake.kinds or refused.kind in mistake.kinds
            shop.books.expect(fits, f"{mistake.rule} was refused for another reason: {refused}")
        else:
            shop.books.differences.append(f"{mistake.rule} was not refused: {mistake.entry} → {answer}")


def _mistakes(shop: Shop, day: date) -> list[Mistake]:
    bread = shop.books.product_ids[BREAD]
    invalid = frozenset({"InvalidInput"})
    loaves = {"productId": bread, "quantity": FAR_TOO_MANY, "producedOn": day.isoformat()}
    tomorrows = {"productId": bread, "quantity": "1", "producedOn": FAR_AWAY.isoformat()}
    negative = {"number": f"mistake of {day}", "lines": [{"productId": bread, "quantity": "-1"}]}
    mistakes = [
        Mistake(
            documents.CONFIRM_PRODUCTION,
            loaves | {"idempotencyKey": shop.key("mistake", "loaves", day)},
            Role.STAFF,
            "R-5.5 a bake beyond the stock",
            frozenset({"InsufficientStock"}),
        ),
        Mistake(documents.CONFIRM_PRODUCTION, tomorrows, Role.STAFF, "R-5.7 a bake in the future", invalid),
        Mistake(documents.CREATE_ORDER, negative, Role.MANAGER, "R-2.2 a negative quantity", invalid),
        Mistake(
            documents.CREATE_SUPPLIER,
            {"name": f"Nobody's supplier of {day}", "email": "nobody@example.org"},
            Role.STAFF,
            "R-1.5 a supplier made by staff",
            frozenset({"RoleRequired"}),
        ),
    ]
    lot = _some_lot(shop)
    if lot:
        beyond = {"lotId": lot.id, "quantity": plain(lot.remaining + Decimal("0.000001")), "reason": "DAMAGED"}
        mistakes.append(Mistake(documents.WRITE_OFF_LOT, beyond, Role.MANAGER, "R-6.3 a write-off beyond what remains"))
    completed = next((order for order in shop.books.orders.values() if order.status == "COMPLETED"), None)
    if completed:
        late = {"orderId": completed.id, "status": "CANCELLED", "on": day.isoformat()}
        mistakes.append(Mistake(documents.SET_ORDER_STATUS, late, Role.MANAGER, "R-7.1 a completed order cancelled"))
    return mistakes


def _some_lot(shop: Shop) -> LotBook | None:
    """The lot recorded last that has stock left."""
    lots = reversed(shop.books.lots.values())
    return next((lot for lot in lots if lot.remaining > 0), None)
