"""Goods in and goods wasted: what happens on the first trading day of a week, before the ovens."""

from datetime import date
from decimal import Decimal

from tests.real import documents
from tests.real.bakery_plan import STOCK_UNITS_A_PURCHASE_UNIT, Delivery, PlannedWeek
from tests.real.client import Json, Role
from tests.real.records import LotBook
from tests.real.shelf import is_expired
from tests.real.shop import Shop, plain

RECEIPT_SENT_TWICE_CHANCE = 0.1


async def start_week(shop: Shop, week: PlannedWeek) -> None:
    """Waste what has expired, then receive what was ordered."""
    day = week.days[0].day
    await write_off_expired(shop, day)
    shop.books.forget_empty_lots()
    for delivery in week.deliveries:
        await _order_and_receive(shop, week.number, delivery, day)


async def write_off_expired(shop: Shop, day: date) -> None:
    """Write off the rest of each lot whose last usable day is past."""
    lots = [lot for open_lots in shop.books.open_lots.values() for lot in open_lots.values()]
    for lot in sorted(lots, key=lambda entry: entry.recorded):
        if lot.remaining > 0 and is_expired(lot, day):
            await _write_off(shop, lot, day)


async def _write_off(shop: Shop, lot: LotBook, day: date) -> None:
    quantity = lot.remaining
    entry: Json = {
        "lotId": lot.id,
        "quantity": plain(quantity),
        "reason": "EXPIRED",
        "note": f"week's clearing of {day}",
        "idempotencyKey": shop.key("waste", lot.code),
    }
    answer = (await shop.client.ask(documents.WRITE_OFF_LOT, {"input": entry}, Role.MANAGER))["lot"]
    lot.written_off += quantity
    balance = answer["balance"]
    names = ("received", "adjusted", "consumed", "writtenOff", "remaining")
    found = [Decimal(balance[name]) for name in names]
    expected = [lot.received, Decimal(0), lot.consumed + lot.sold, lot.written_off, Decimal(0)]
    shop.books.expect(
        found == expected and balance["closes"] is True and Decimal(answer["quantityRemaining"]) == 0,
        f"the balance of {lot.code} after its write-off is {answer}, not {expected}",
    )


async def _order_and_receive(shop: Shop, week_number: int, delivery: Delivery, day: date) -> None:
    entry: Json = {
        "supplierId": shop.books.suppliers[delivery.supplier].id,
        "lines": [
            {
                "ingredientId": shop.books.ingredient_ids[line.ingredient],
                "quantity": plain(line.quantity),
                "unit": line.kind.purchase_unit,
                "unitCost": plain(line.unit_cost),
            }
            for line in delivery.lines
        ],
    }
    answer = await shop.client.ask(documents.CREATE_PURCHASE_ORDER, {"input": entry}, Role.MANAGER)
    order = answer["purchaseOrder"]
    shop.books.expect(order["status"] == "ORDERED", f"a new purchase order is {order['status']}")
    line_ids = {line["ingredient"]["id"]: line["id"] for line in order["lines"]}
    for van in range(delivery.vans):
        await _receive(shop, (week_number, van), delivery, order["id"], line_ids, day)


async def _receive(
    shop: Shop,
    week_and_van: tuple[int, int],
    delivery: Delivery,
    order_id: str,
    line_ids: dict[str, str],
    day: date,
) -> None:
    """Receive what one van brings, a lot for each line."""
    week_number, van = week_and_van
    lines = [
        {
            "lineId": line_ids[shop.books.ingredient_ids[line.ingredient]],
            "quantity": plain(line.parts[van].quantity),
            "unit": line.kind.purchase_unit,
            "unitCost": plain(line.unit_cost),
            "supplierLotNumber": line.parts[van].supplier_lot_number,
            "expiresOn": expires_on.isoformat() if (expires_on := line.parts[van].expires_on) else None,
        }
        for line in delivery.lines
    ]
    entry: Json = {
        "purchaseOrderId": order_id,
        "receivedOn": day.isoformat(),
        "lines": lines,
        "idempotencyKey": shop.key("receipt", week_number, delivery.supplier, van),
    }
    answer = await shop.client.ask(documents.RECEIVE_PURCHASE_ORDER, {"input": entry}, Role.MANAGER)
    status = "RECEIVED" if van == delivery.vans - 1 else "PARTIALLY_RECEIVED"
    found_status = answer["purchaseOrder"]["status"]
    shop.books.expect(found_status == status, f"{entry['idempotencyKey']}: {found_status}, not {status}")
    _book_lots(shop, delivery, van, answer["lots"], day)
    if shop.random("again", entry["idempotencyKey"]).random() < RECEIPT_SENT_TWICE_CHANCE:
        again = await shop.client.ask(documents.RECEIVE_PURCHASE_ORDER, {"input": entry}, Role.MANAGER)
        shop.books.expect(again == answer, f"{entry['idempotencyKey']} sent again: {again}, not {answer}")


def _book_lots(shop: Shop, delivery: Delivery, van: int, lots: list[Json], day: date) -> None:
    """Book the lots of a receipt after comparing them with what the van brought."""
    found: dict[str, Json] = {lot["ingredient"]["id"]: lot for lot in lots}
    shop.books.expect(
        len(found) == len(lots) == len(delivery.lines),
        f"{len(delivery.lines)} received lines made {len(lots)} lots of {len(found)} ingredients",
    )
    supplier = shop.books.suppliers[delivery.supplier]
    for line in delivery.lines:
        part = line.parts[van]
        answer = found[shop.books.ingredient_ids[line.ingredient]]
        lot = LotBook(
            answer["id"],
            answer["code"],
            line.ingredient,
            part.quantity * STOCK_UNITS_A_PURCHASE_UNIT,
            day,
            part.expires_on,
            supplier,
            part.supplier_lot_number,
        )
        shop.books.add_lot(lot)
        expected = {
            "supplierLotNumber": part.supplier_lot_number,
            "unit": line.ingredient.unit,
            "expiresOn": part.expires_on.isoformat() if part.expires_on else None,
            "receivedOn": day.isoformat(),
            "supplier": {"id": supplier.id},
        }
        is_right = all(answer[name] == value for name, value in expected.items())
        shop.books.expect(
            is_right and Decimal(answer["quantityReceived"]) == lot.received,
            f"received {answer}, not {expected} and {lot.received}",
        )
