"""A bakery with as much as is wanted of all that one operation can touch, and every shipped document for it."""

from typing import Any

from tests.api.bakeries import Bakery
from tests.api.documents import operation_names
from tests.api.statements import statements_sent
from tests.api.test_contract import NOT_YET
from tests.api.world import World

SHIPPED = [name for name in operation_names() if name not in NOT_YET]


class Shelves:
    """A bakery with `size` of everything that one operation can touch: ingredients, lots, runs, orders, lines."""

    def __init__(self, bakery: Bakery, size: int) -> None:
        self.bakery, self.size = bakery, size
        self.world = World.made(bakery)
        times = range(size)
        self.supplier = bakery.supplier("Mill")
        self.customers = [bakery.customer(f"Café {number}") for number in times]
        self.grains = [bakery.ingredient(f"Grain {number}", reorderPoint="1") for number in times]
        self.lots = [self.deliver(grain) for grain in self.grains for _ in "ab"]
        levain = bakery.ingredient("Levain")
        share = dict.fromkeys(self.grains, "1")
        self.starter = bakery.product("Starter", share, makesIngredientId=levain, shelfLifeDays=5)
        self.bread = bakery.product("Rye", {**share, levain: "0.1"})
        self.rolls = [bakery.product(f"Roll {number}", share) for number in times]
        self.starters = [bakery.bake(self.starter, "1") for _ in times]
        self.breads = [bakery.bake(self.bread, "2") for _ in times]
        self.orders = [
            bakery.move(bakery.order({self.bread: "2"}, number=f"O-{number}", customerId=customer), "COMPLETED")
            for number, customer in enumerate(self.customers)
        ]
        self.bought = self.buy()

    def buy(self) -> Any:
        lines = self.some_of_each_grain
        return self.bakery.owner.does("CreatePurchaseOrder", supplierId=self.supplier, lines=lines)["purchaseOrder"]

    def order_of_rolls(self) -> Any:
        """An order of a roll of each kind, which are there."""
        for roll in self.rolls:
            self.bakery.bake(roll, "1")
        return self.bakery.order(dict.fromkeys(self.rolls, "1"))

    def filled_order(self) -> Any:
        return self.bakery.move(self.order_of_rolls(), "READY")

    def fresh_batch(self) -> str:
        return str(self.bakery.bake(self.rolls[0], "1")["id"])

    def somebody(self) -> str:
        return str(self.bakery.owner.does("InviteMember", name="Somebody", role="STAFF")["member"]["id"])

    def archived_customer(self) -> str:
        customer = self.bakery.customer("Gone")
        self.bakery.owner.does("Archive", id=customer)
        return customer

    def links_by_hand(self) -> dict[str, Any]:
        order = self.order_of_rolls()
        batches = [self.bakery.bake(roll, "1")["id"] for roll in self.rolls]
        links = [
            {"lineId": line["id"], "batchId": batch, "quantity": "1"}
            for line, batch in zip(self.bakery.move(order, "READY")["lines"], batches, strict=True)
        ]
        return {"orderId": order["id"], "links": links, "reason": "The other tray"}

    def other_lines(self) -> dict[str, Any]:
        order = self.bakery.order(dict.fromkeys(self.rolls, "1"))
        lines = [{"lineId": line["id"], "productId": line["product"]["id"], "quantity": "2"} for line in order["lines"]]
        return {"orderId": order["id"], "lines": lines}

    @property
    def some_of_each_grain(self) -> list[dict[str, str]]:
        return [{"ingredientId": grain, "quantity": "1"} for grain in self.grains]

    def deliver(self, grain: str) -> Any:
        return self.bakery.restock(grain, "300", supplierId=self.supplier, expiresOn="2026-03-06")

    def variables(self, name: str) -> dict[str, Any]:
        """What makes a shipped document touch as much as there is."""
        if name in READS:
            return dict(READS[name](self))
        mutation = MUTATIONS.get(name, name[0].lower() + name[1:])
        sample = self.world.inputs.get(mutation)
        if sample is None:
            return {}
        key = {"idempotencyKey": name} if "idempotencyKey" in sample else {}
        return {"input": {**(WRITES[name](self) if name in WRITES else sample), **key}}

    def statements(self, name: str) -> list[str]:
        """What the document sends, in no order: siblings are read in any."""
        variables = self.variables(name)
        with statements_sent() as sent:
            answer = self.bakery.owner.answer(name, **variables)
        assert not answer.errors, answer.errors
        assert all(answer.body["data"].values()), name
        if name not in READS and "input" in variables:
            assert answer.root["__typename"].endswith("Success"), answer.root
        if name == "HandOverOwnership":  # and back
            self.bakery.manager.does(name, memberId=answer.root["previousOwner"]["id"])
        return sorted(sent)


MUTATIONS = {
    "RestockOnce": "quickRestock",
    "ReverseRun": "reverseProduction",
    "RelinkOrderByHand": "relinkOrder",
}
"""What documents change whose name is not the mutation's."""

BY_NAME = {"sort": "NAME"}
OF_LOT = ("LotUsage", "LotTrace", "LotDetail", "LotHistory", "LotLedger", "LotShares")
OF_BATCH = ("ProductionBatchDetail", "ProductionBatchHistory")
OF_ORDER = ("OrderTrace", "OrderContributions", "OrderLinkHistory")
READS: dict[str, Any] = {
    **dict.fromkeys(OF_LOT, lambda shelves: {"code": shelves.lots[0]["code"]}),
    **dict.fromkeys(OF_BATCH, lambda shelves: {"code": shelves.starters[0]["code"]}),
    **dict.fromkeys(OF_ORDER, lambda shelves: {"number": "O-0"}),
    **dict.fromkeys(("IngredientDetail", "StockLedger", "IngredientLots"), lambda shelves: {"id": shelves.grains[0]}),
    **dict.fromkeys(("ProductDetail", "ProductBatches"), lambda shelves: {"id": shelves.bread}),
    "PurchaseOrderDetail": lambda shelves: {"id": shelves.bought["id"]},
    "SupplierDetail": lambda shelves: {"id": shelves.supplier},
    "CustomerDetail": lambda shelves: {"id": shelves.customers[0]},
    "PreviewProduction": lambda shelves: {"input": {"productId": shelves.bread, "quantity": "1"}},
    "WasteReport": lambda shelves: {"from": "2026-01-01", "to": "2026-03-31"},
    "RecordedIds": lambda shelves: {"batch": shelves.breads[0]["code"], "order": "O-0"},
    "MemberDetail": lambda shelves: {"id": shelves.world.ids["Member"]},
    "Anything": lambda shelves: {"id": shelves.lots[0]["id"]},
    "Several": lambda shelves: {"ids": [*shelves.grains, *shelves.customers, *(lot["id"] for lot in shelves.lots)]},
    **dict.fromkeys(("FindSuppliers", "FindCustomers", "FindIngredients", "FindProducts"), lambda shelves: BY_NAME),
    "FindLots": lambda shelves: {"sort": "EXPIRY", "filter": {"status": "AVAILABLE"}},
    "FindOrders": lambda shelves: {"sort": "DUE_DATE"},
    "FindProductionBatches": lambda shelves: {"sort": "PRODUCED_ON"},
}
WRITES: dict[str, Any] = {
    "AcceptInvitation": lambda shelves: {"invitation": shelves.world.invitation},
    "RemoveMember": lambda shelves: {"memberId": shelves.somebody()},
    "ConfirmProduction": lambda shelves: {"productId": shelves.bread, "quantity": "1"},
    "CreateOrder": lambda shelves: {"lines": [{"productId": roll, "quantity": "1"} for roll in shelves.rolls]},
    "CreateProduct": lambda shelves: {"name": "Mix", "recipe": shelves.some_of_each_grain},
    "CreatePurchaseOrder": lambda shelves: {"supplierId": shelves.supplier, "lines": shelves.some_of_each_grain},
    "ReceivePurchaseOrder": lambda shelves: {
        "purchaseOrderId": shelves.bought["id"],
        "lines": [{"lineId": line["id"], "quantity": "1"} for line in shelves.bought["lines"]],
    },
    "SetOrderStatus": lambda shelves: {"orderId": shelves.order_of_rolls()["id"], "status": "READY"},
    "WriteOffLot": lambda shelves: {"lotId": shelves.lots[0]["id"], "quantity": "1", "reason": "DAMAGED"},
    "WriteOffBatch": lambda shelves: {"batchId": shelves.fresh_batch(), "reason": "OTHER"},
    **dict.fromkeys(
        ("ReverseProduction", "ReverseRun"), lambda shelves: {"batchId": shelves.fresh_batch(), "reason": "Twice"}
    ),
    "RelinkOrder": lambda shelves: {"orderId": shelves.filled_order()["id"], "reason": "Again"},
    "RelinkOrderByHand": lambda shelves: shelves.links_by_hand(),
    "UpdateOrder": lambda shelves: shelves.other_lines(),
    "UpdateProduct": lambda shelves: {
        "productId": shelves.bakery.product("Cake", dict.fromkeys(shelves.grains, "1")),
        "recipe": shelves.some_of_each_grain,
    },
    "Archive": lambda shelves: {"id": shelves.bakery.customer("Gone")},
    "Restore": lambda shelves: {"id": shelves.archived_customer()},
    "SetPurchaseOrderStatus": lambda shelves: {"purchaseOrderId": shelves.buy()["id"], "status": "CANCELLED"},
}

FORWARD = "code allocations { quantity order { number customer { name } } } outputLot { code supplier { name } %s }"
BACKWARD = "code product { name } consumptions { quantity ingredient { name } lot { code supplier { name } %s } }"
LINES = "lines { quantity allocations { quantity batch { %s } } }"


def nested_traces(shelves: Shelves, depth: int) -> list[str]:
    """Documents that follow a lot forward and an order backward, through `depth` runs."""
    forward, backward = "", ""
    for _ in range(depth):
        forward = f"consumptions {{ quantity batch {{ product {{ name }} {FORWARD % forward} }} }}"
        backward = f"originBatch {{ {BACKWARD % backward} }}"
    return [
        f'{{ lot(code: "{shelves.lots[0]["code"]}") {{ code ingredient {{ name }} {forward} }} }}',
        f'{{ order(number: "O-0") {{ number customer {{ name }} {LINES % (BACKWARD % backward)} }} }}',
    ]
