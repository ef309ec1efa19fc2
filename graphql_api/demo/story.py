"""Three weeks of a bakery, told to the API day by day in the order in which they happened.

The clock stays the machine's: the past is backdated, as the API lets any bakery do. What has no date of its own, such
as a hold or a write-off, happens on the day of loading.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

from graphql_api.demo.books import Line, filled, lines_of, on_day, together
from graphql_api.demo.client import Client

TRACKED_SINCE_DAYS = 14
SUSPICIOUS_FLOUR = "HM-4502"
DROPPED_EGGS = "MD-0614"
MISREAD_YEAST = "TW-77131"
TAKEN_BACK = "White roll"

DELIVERY_DOCUMENTS = {"RESTOCK": "QuickRestock", "BY_HAND": "AddLot"}
STEPS: dict[str, tuple[str, ...]] = {"DRAFT": (), "CANCELLED": ("CONFIRMED", "CANCELLED")}
"""The steps that an order takes to a status; the status itself where nothing else is said."""


def order_that_is(status: str) -> str:
    """The number of the first order that stands at a status when all is told."""
    return next(line["number"] for line in lines_of("sales") if line["status"] == status)


def first_day_ago() -> int:
    """For how many days before the day of loading there are books."""
    return max(int(line["days_ago"]) for name in ("deliveries", "bakes", "sales") for line in lines_of(name))


@dataclass
class Story:
    """Tells it to one bakery that has nothing yet. `today` is its local day; ids are by name, each as the API gave it.

    Everything raises `DemoFailed` at the first refusal.
    """

    client: Client
    today: date
    suppliers: dict[str, str] = field(default_factory=dict)
    customers: dict[str, str] = field(default_factory=dict)
    ingredients: dict[str, str] = field(default_factory=dict)
    products: dict[str, str] = field(default_factory=dict)

    async def tell(self, advance: Callable[[], None]) -> None:
        """All of it; `advance` is called after each day."""
        await self.open()
        for days_ago in range(first_day_ago(), -1, -1):
            if days_ago == TRACKED_SINCE_DAYS:
                await self.client.do("UpdateLotTrackingSettings", enabled=True, expiryWarningDays=7)
            await self.receive(days_ago)
            if days_ago == 0:
                # Before the ovens: today's bread passes the flour over, while what was baked of it is out.
                await self.hold(SUSPICIOUS_FLOUR, "The mill rang: a sieve broke while this lot was ground.")
            await self.bake(days_ago)
            await self.sell(days_ago)
            advance()
        await self.write_off(DROPPED_EGGS, "6", "A tray was dropped.")
        await self.redate(MISREAD_YEAST, self.day(-270), "The label says best before; it was read as use by.")
        await self.put_right()

    def day(self, days_ago: int) -> str:
        return (self.today - timedelta(days=days_ago)).isoformat()

    async def open(self) -> None:
        """What the bakery has on its first day; opening stock is not in any lot."""
        do = self.client.do
        for line in lines_of("suppliers"):
            made = await do("CreateSupplier", name=line["name"], email=line["email"])
            self.suppliers[line["name"]] = made["supplier"]["id"]
        for line in lines_of("customers"):
            made = await do("CreateCustomer", name=line["name"], email=line["email"], phone=line["phone"])
            self.customers[line["name"]] = made["customer"]["id"]
        for line in lines_of("ingredients"):
            fields = filled(
                name=line["name"],
                unit=line["unit"],
                openingStock=line["opening_stock"],
                density=line["density"],
                reorderPoint=line["reorder_point"],
            )
            self.ingredients[line["name"]] = (await do("CreateIngredient", **fields))["ingredient"]["id"]
        for recipe in together(lines_of("recipes"), "product"):
            made = await do("CreateProduct", **self._product(recipe))
            self.products[recipe[0]["product"]] = made["product"]["id"]

    def _product(self, recipe: list[Line]) -> dict[str, Any]:
        first = recipe[0]
        return filled(
            name=first["product"],
            yieldQuantity=first["yield_quantity"],
            shelfLifeDays=int(first["shelf_life_days"]) if first["shelf_life_days"] else None,
            makesIngredientId=self.ingredients.get(first["makes_ingredient"]),
            inheritExpiry=first["inherit_expiry"] == "yes",
            recipe=[
                {
                    "ingredientId": self.ingredients[line["ingredient"]],
                    "quantity": line["quantity"],
                    "unit": line["unit"],
                }
                for line in recipe
                if line["ingredient"]
            ],
        )

    # ── a day ─────────────────────────────────────────────────────────────────────────────────────────────────────────
    async def receive(self, days_ago: int) -> None:
        """The day's deliveries: by purchase order, in full, in part or not yet, or without one."""
        for delivery in together(on_day("deliveries", days_ago), "how", "supplier"):
            if delivery[0]["how"] == "ORDER":
                await self._receive_order(delivery, days_ago)
                continue
            for line in delivery:
                await self.client.do(
                    DELIVERY_DOCUMENTS[line["how"]],
                    **self._goods(line, days_ago),
                    **filled(
                        ingredientId=self.ingredients[line["ingredient"]],
                        supplierId=self.suppliers.get(line["supplier"]),
                        unit=line["unit"],
                        receivedOn=self.day(days_ago),
                    ),
                )

    async def _receive_order(self, delivery: list[Line], days_ago: int) -> None:
        lines = [
            filled(
                ingredientId=self.ingredients[line["ingredient"]],
                quantity=line["ordered"],
                unit=line["unit"],
                unitCost=line["unit_cost"],
            )
            for line in delivery
        ]
        supplier_id = self.suppliers[delivery[0]["supplier"]]
        order = (await self.client.do("CreatePurchaseOrder", supplierId=supplier_id, lines=lines))["purchaseOrder"]
        received = [
            {"lineId": ordered["id"], **self._goods(line, days_ago)}
            for ordered, line in zip(order["lines"], delivery, strict=True)
            if line["received"]
        ]
        if received:
            await self.client.do(
                "ReceivePurchaseOrder", purchaseOrderId=order["id"], receivedOn=self.day(days_ago), lines=received
            )

    def _goods(self, line: Line, days_ago: int) -> dict[str, Any]:
        """What came, and what is printed on it."""
        good_for = line["good_for_days"]
        return filled(
            quantity=line["received"],
            unitCost=line["unit_cost"],
            supplierLotNumber=line["lot_number"],
            expiresOn=self.day(days_ago - int(good_for)) if good_for else None,
        )

    async def bake(self, days_ago: int) -> None:
        for line in on_day("bakes", days_ago):
            await self.client.do(
                "ConfirmProduction",
                productId=self.products[line["product"]],
                quantity=line["quantity"],
                producedOn=self.day(days_ago),
            )

    async def sell(self, days_ago: int) -> None:
        """The day's orders, each moved to the status that it has in the books."""
        for lines in together(on_day("sales", days_ago), "number"):
            first = lines[0]
            made = await self.client.do(
                "CreateOrder",
                **filled(
                    number=first["number"],
                    customerId=self.customers.get(first["customer"]),
                    dueOn=self.day(days_ago - int(first["due_in_days"])),
                    lines=[
                        {"productId": self.products[line["product"]], "quantity": line["quantity"]} for line in lines
                    ],
                ),
            )
            for status in STEPS.get(first["status"], (first["status"],)):
                order_id = made["order"]["id"]
                await self.client.do("SetOrderStatus", orderId=order_id, status=status, on=self.day(days_ago))

    # ── what happens today ────────────────────────────────────────────────────────────────────────────────────────────
    async def hold(self, supplier_lot_number: str, reason: str) -> None:
        await self.client.do("HoldLot", lotId=await self._lot_id(supplier_lot_number), reason=reason)

    async def write_off(self, supplier_lot_number: str, quantity: str, note: str) -> None:
        lot_id = await self._lot_id(supplier_lot_number)
        await self.client.do("WriteOffLot", lotId=lot_id, quantity=quantity, reason="DAMAGED", note=note)

    async def redate(self, supplier_lot_number: str, expires_on: str, reason: str) -> None:
        lot_id = await self._lot_id(supplier_lot_number)
        await self.client.do("EditLotExpiry", lotId=lot_id, expiresOn=expires_on, reason=reason)

    async def put_right(self) -> None:
        """A run that was entered twice is reversed, the café's order linked anew, and one of its rolls fell down."""
        twice = {"productId": self.products[TAKEN_BACK], "quantity": "12", "producedOn": self.day(0)}
        batch = (await self.client.do("ConfirmProduction", **twice))["batch"]
        await self.client.do("ReverseProduction", batchId=batch["id"], reason="Entered twice.")
        order = await self.client.ask("OrderFound", number=order_that_is("READY"))
        await self.client.do("RelinkOrder", orderId=order["id"], reason="Checked against the baker's slip.")
        order = await self.client.ask("OrderFound", number=order_that_is("READY"))
        [rolls] = [line for line in order["lines"] if line["product"]["name"] == TAKEN_BACK]
        batch_id = rolls["allocations"][-1]["batch"]["id"]
        await self.client.do("WriteOffBatch", batchId=batch_id, quantity="1", reason="DAMAGED", note="It fell down.")

    async def _lot_id(self, supplier_lot_number: str) -> str:
        found = await self.client.ask("LotsFound", search=supplier_lot_number)
        return str(found["edges"][0]["node"]["id"])
