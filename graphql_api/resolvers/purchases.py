"""Purchase orders and their receipt (R-4.1)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from typing import Any, Protocol, cast

import strawberry
from strawberry import Parent

from bakery.catalogue import Ingredient, PurchaseOrder, PurchaseOrderLine, PurchaseOrderStatus, Supplier
from bakery.codes import CodeKind
from bakery.lots import LotSource, MovementKind
from bakery.quantity import MAX_QUANTITY, ZERO, IncompatibleUnits, Unit, convert, plain
from bakery.store.paging import Listing
from bakery.store.purchases import NewLine
from bakery.store.tables import NAME_LENGTH
from graphql_api.context import Info, Work
from graphql_api.refs import Outcome, Ref
from graphql_api.resolvers.checks import Checks
from graphql_api.resolvers.stock import MAX_STOCK, Receipt, bring_in, check_room


class OrderedLineInput(Protocol):
    ingredient_id: str
    quantity: Decimal
    unit: Unit | None
    unit_cost: Decimal | None


class ReceivedLineInput(Protocol):
    line_id: str
    quantity: Decimal
    unit: Unit | None
    unit_cost: Decimal | None
    supplier_lot_number: str | None
    expires_on: date | None


async def create_purchase_order(
    work: Work, *, supplier_id: str, lines: Sequence[OrderedLineInput], draft: bool | None
) -> Outcome:
    """A line keeps the unit and the cost it was ordered in: they are what its receipt defaults to."""
    checks = Checks()
    supplier = checks.id("supplierId", supplier_id, "Supplier")
    found_suppliers = await work.store.suppliers.by_ids([supplier])
    checks.in_use("supplierId", next(iter(found_suppliers), None), supplier, "Supplier")
    lines = checks.lines("lines", lines)
    ids = [checks.id(f"lines[{i}].ingredientId", line.ingredient_id, "Ingredient") for i, line in enumerate(lines)]
    found = {ingredient.id: ingredient for ingredient in await work.store.ingredients.by_ids(ids)}
    ordered = []
    for index, (line, ingredient_id) in enumerate(zip(lines, ids, strict=True)):
        path = f"lines[{index}]"
        quantity = checks.quantity(f"{path}.quantity", line.quantity)
        cost = checks.unit_cost(f"{path}.unitCost", line.unit_cost)
        ingredient = checks.in_use(f"{path}.ingredientId", found.get(ingredient_id), ingredient_id, "Ingredient")
        if ingredient is not None:
            checks.in_stock_unit(f"{path}.quantity", quantity, line.unit, ingredient)
            checks.cost_per_stock_unit(f"{path}.unitCost", cost, line.unit, ingredient)
            ordered.append(NewLine(ingredient_id, quantity, line.unit or ingredient.unit, cost))
    checks.done()
    [code] = await work.store.codes.next(CodeKind.PURCHASE_ORDER, work.today)
    status = PurchaseOrderStatus.DRAFT if draft else PurchaseOrderStatus.ORDERED
    order = await work.store.purchases.add(code, supplier, status, ordered, work.now)
    return Outcome(purchase_order=Ref("PurchaseOrder", order.id))


async def set_purchase_order_status(work: Work, *, purchase_order_id: str, status: PurchaseOrderStatus) -> Outcome:
    """Order a draft, or cancel what is not yet received in full; what was received stays (R-4.1).

    The status that it has already changes nothing.
    """
    checks = Checks()
    wanted = checks.id("purchaseOrderId", purchase_order_id, "PurchaseOrder")
    order = checks.require("purchaseOrderId", await work.store.purchases.lock(wanted), wanted, "PurchaseOrder")
    if status is not order.status:
        if not order.status.may_be_set_to(status):
            checks.refuse(
                "status",
                f"{order.code} is {order.status.value} and cannot be set to {status.value}. A draft can be ordered, "
                "and what is not yet received in full can be cancelled; receiving sets the rest.",
            )
        if status is PurchaseOrderStatus.ORDERED:
            [supplier] = await work.store.suppliers.by_ids([order.supplier_id])
            checks.in_use("purchaseOrderId", supplier, supplier.id, "Supplier")
        checks.done()
        await work.store.purchases.set_status(order.id, status)
    return Outcome(purchase_order=Ref("PurchaseOrder", order.id))


async def receive_purchase_order(
    work: Work, *, purchase_order_id: str, received_on: date | None, lines: Sequence[ReceivedLineInput]
) -> Outcome:
    """Each received line becomes one lot while lot tracking is on. More than ordered may come, and in parts."""
    checks = Checks()
    wanted = checks.id("purchaseOrderId", purchase_order_id, "PurchaseOrder")
    order = checks.require("purchaseOrderId", await work.store.purchases.lock(wanted), wanted, "PurchaseOrder")
    received = checks.past_day("receivedOn", received_on, work.today)
    lines = checks.lines("lines", lines)
    if order.status not in (PurchaseOrderStatus.ORDERED, PurchaseOrderStatus.PARTIALLY_RECEIVED):
        checks.refuse(
            "purchaseOrderId",
            f"{order.code} is {order.status.value}; only one that is ORDERED or PARTIALLY_RECEIVED can be received.",
        )
    ordered = {line.id: line for line in await work.store.purchases.lines([order.id])}
    stock = await work.store.ingredients.lock(sorted({line.ingredient_id for line in ordered.values()}))
    receipts, received_by_line = [], dict.fromkeys(ordered, ZERO)
    for index, line in enumerate(lines):
        path = f"lines[{index}]"
        line_id = checks.id(f"{path}.lineId", line.line_id, "PurchaseOrderLine")
        ordered_line = checks.exists(f"{path}.lineId", ordered.get(line_id), line_id, "PurchaseOrderLine")
        if ordered_line is None:
            continue
        ingredient = stock[ordered_line.ingredient_id]
        checks.in_use(f"{path}.lineId", ingredient, ingredient.id, "Ingredient")
        receipt = _receipt(checks, path, line, ordered_line, order, ingredient, received)
        receipts.append(receipt)
        # From the input, not from the rounded stock quantity: what was ordered as a pound is received as a pound.
        came = _in_line_unit(line, ordered_line, receipt.ingredient)
        received_by_line[line_id] += came
        if ordered_line.quantity_received + received_by_line[line_id] > MAX_STOCK:
            checks.refuse(f"{path}.quantity", f"More than {plain(MAX_STOCK)} of this line would have come.")
    checks.done()
    short = any(line.quantity_received + received_by_line[line.id] < line.quantity_ordered for line in ordered.values())
    status = PurchaseOrderStatus.PARTIALLY_RECEIVED if short else PurchaseOrderStatus.RECEIVED
    await work.store.purchases.receive(
        order.id, status, {line_id: quantity for line_id, quantity in received_by_line.items() if quantity}
    )
    lot_ids = await bring_in(work, receipts)
    return Outcome(purchase_order=Ref("PurchaseOrder", order.id), lots=[Ref("Lot", lot_id) for lot_id in lot_ids])


def _in_line_unit(line: ReceivedLineInput, ordered: PurchaseOrderLine, ingredient: Ingredient) -> Decimal:
    """What came, in the unit of the ordered line. An input that was refused already counts as nothing."""
    if line.quantity > MAX_QUANTITY:
        return ZERO
    try:
        return convert(line.quantity, line.unit or ordered.unit, ordered.unit, ingredient.density)
    except IncompatibleUnits:
        return ZERO


def _receipt(
    checks: Checks,
    path: str,
    line: ReceivedLineInput,
    ordered: PurchaseOrderLine,
    order: PurchaseOrder,
    ingredient: Ingredient,
    received_on: date,
) -> Receipt:
    """A received line in the ingredient's stock unit; unit and cost default to those of the ordered line."""
    unit = line.unit or ordered.unit
    quantity = checks.quantity(f"{path}.quantity", line.quantity)
    quantity = checks.in_stock_unit(f"{path}.quantity", quantity, unit, ingredient)
    check_room(checks, f"{path}.quantity", ingredient, quantity)
    if line.unit_cost is None:
        cost = checks.cost_per_stock_unit(f"{path}.unitCost", ordered.unit_cost, ordered.unit, ingredient)
    else:
        given = checks.unit_cost(f"{path}.unitCost", line.unit_cost)
        cost = checks.cost_per_stock_unit(f"{path}.unitCost", given, unit, ingredient)
    return Receipt(
        kind=MovementKind.PURCHASE,
        source=LotSource.PURCHASE_ORDER,
        ingredient=ingredient,
        quantity=quantity,
        received_on=received_on,
        expires_on=checks.expiry(f"{path}.expiresOn", line.expires_on, received_on),
        unit_cost=cost,
        supplier_id=order.supplier_id,
        supplier_lot_number=checks.text(f"{path}.supplierLotNumber", line.supplier_lot_number, NAME_LENGTH),
        purchase_order_line_id=ordered.id,
    )


# ── reads ─────────────────────────────────────────────────────────────────────────────────────────────────────────────
async def listing(root: object, info: Info, **filter: Any) -> Listing[PurchaseOrder]:
    return await _listing(info, **filter)


async def of_supplier(supplier: Parent[Supplier], info: Info, **filter: Any) -> Listing[PurchaseOrder]:
    return await _listing(info, of_supplier=supplier.id, **filter)


async def _listing(
    info: Info,
    *,
    supplier_id: str | None = None,
    status: Sequence[PurchaseOrderStatus] | None = None,
    search: str | None = None,
    of_supplier: int | None = None,
) -> Listing[PurchaseOrder]:
    checks = Checks()
    supplier = checks.optional_id("filter.supplierId", supplier_id, "Supplier")
    search = checks.search(search)
    checks.done()
    return (await info.context.reading()).purchases.listing(
        supplier_id=supplier, status=status or (), search=search, of_supplier=of_supplier
    )


async def by_id(root: object, info: Info, id: strawberry.ID) -> PurchaseOrder | None:
    return cast("PurchaseOrder | None", await info.context.loaders.by_id("PurchaseOrder", id))
