"""A morning's bakes, one after the other, each compared with what the rules make of the stock in the books."""

from datetime import date, timedelta
from decimal import Decimal

from tests.real import documents
from tests.real.bakery_plan import PlannedDay, Run
from tests.real.catalogue import Ingredient
from tests.real.client import Json, Role
from tests.real.records import BatchBook, Consumption, LotBook
from tests.real.shelf import picks
from tests.real.shop import Shop, plain

RUN_SENT_TWICE_CHANCE = 0.025


async def bake(shop: Shop, planned: PlannedDay) -> None:
    """Confirm the day's runs in their order."""
    for number, run in enumerate(planned.runs):
        await _confirm(shop, planned.day, number, run)


async def _confirm(shop: Shop, day: date, number: int, run: Run) -> None:
    entry: Json = {
        "productId": shop.books.product_ids[run.product.key],
        "quantity": plain(run.quantity),
        "producedOn": day.isoformat(),
        "idempotencyKey": shop.key("run", day.isoformat(), number),
    }
    expected = _expected_consumptions(shop, day, run)
    answer = (await shop.client.ask(documents.CONFIRM_PRODUCTION, {"input": entry}, Role.STAFF))["batch"]
    batch = _book(shop, day, run, answer)
    _compare_consumptions(shop, batch, expected)
    if shop.random("again", entry["idempotencyKey"]).random() < RUN_SENT_TWICE_CHANCE:
        again = await shop.client.ask(documents.CONFIRM_PRODUCTION, {"input": entry}, Role.STAFF)
        shop.books.expect(
            again["batch"] == answer, f"{entry['idempotencyKey']} sent again: {again['batch']}, not {answer}"
        )


def _expected_consumptions(shop: Shop, day: date, run: Run) -> set[Consumption]:
    """What R-5.2 to R-5.4 make of the stock in the books."""
    expected: set[Consumption] = set()
    for ingredient, need in run.product.needs(run.quantity).items():
        lots = shop.books.open_lots.get(ingredient, {}).values()
        untracked_stock = shop.books.untracked.get(ingredient, Decimal(0))
        chosen, untracked, missing = picks(lots, untracked_stock, need, day)
        shop.books.expect(missing == 0, f"by the books {missing} {ingredient.name} are missing on {day}")
        expected |= {Consumption(ingredient, lot.code, quantity, "LOT") for lot, quantity in chosen}
        if untracked:
            expected.add(Consumption(ingredient, None, untracked, "UNTRACKED"))
    return expected


def _compare_consumptions(shop: Shop, batch: BatchBook, expected: set[Consumption]) -> None:
    found = set(batch.consumptions)
    if found != expected or len(batch.consumptions) != len(expected):
        shop.books.differences.append(
            f"{batch.code} of {batch.product.name} on {batch.produced_on} used {_shown(found - expected)} "
            f"where the rules use {_shown(expected - found)}"
        )


def _shown(consumptions: set[Consumption]) -> list[str]:
    return sorted(
        f"{plain(entry.quantity)} {entry.ingredient.unit} {entry.ingredient.name} {entry.lot_code or entry.source}"
        for entry in consumptions
    )


def _book(shop: Shop, day: date, run: Run, answer: Json) -> BatchBook:
    consumptions = [
        Consumption(
            shop.ingredients_by_id[entry["ingredient"]["id"]],
            entry["lot"]["code"] if entry["lot"] else None,
            Decimal(entry["quantity"]),
            entry["source"],
        )
        for entry in answer["consumptions"]
    ]
    batch = BatchBook(answer["id"], answer["code"], run.product, day, run.quantity, consumptions)
    shop.books.expect(
        answer["producedOn"] == day.isoformat() and Decimal(answer["quantity"]) == run.quantity,
        f"{batch.code} is of {answer['producedOn']} and {answer['quantity']}, not {day} and {run.quantity}",
    )
    shop.books.add_batch(batch)
    made, lot = run.product.makes, answer["outputLot"]
    shop.books.expect((lot is None) == (made is None), f"{batch.code} made the lot {lot} of {made}")
    if made and lot:
        _book_output(shop, batch, made, lot)
    return batch


def _book_output(shop: Shop, batch: BatchBook, made: Ingredient, answer: Json) -> None:
    """Book the lot that an intermediate's run made; it may expire with the first of what went in."""
    expires_on = batch.produced_on + timedelta(days=batch.product.shelf_life_days or 0)
    if batch.product.inherits_expiry:
        went_in = (shop.books.lots[entry.lot_code].expires_on for entry in batch.consumptions if entry.lot_code)
        expires_on = min([expires_on, *(day for day in went_in if day)])
    lot = LotBook(answer["id"], answer["code"], made, batch.quantity, batch.produced_on, expires_on, made_by=batch)
    batch.output_lot = lot
    shop.books.add_lot(lot)
    found = (Decimal(answer["quantityReceived"]), answer["receivedOn"], answer["expiresOn"])
    expected = (batch.quantity, batch.produced_on.isoformat(), expires_on.isoformat())
    shop.books.expect(found == expected, f"{batch.code} made {lot.code} with {found}, not {expected}")
