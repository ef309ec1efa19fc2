"""One of everything, and a correct input of every mutation that uses all of its fields."""

from dataclasses import dataclass, field
from typing import Any

from tests.api.bakeries import Bakery

OPEN = "acceptInvitation"
"""The mutation for who is not signed in yet: for whoever has an invitation (R-1.9)."""


@dataclass(frozen=True)
class World:
    """A bakery with one record of every kind, and a stranger's if asked for; ids by the name of the type."""

    bakery: Bakery
    ids: dict[str, str]
    foreign: dict[str, str] = field(default_factory=dict)

    @property
    def invitation(self) -> str:
        """A new one, for the invited member."""
        return str(self.bakery.owner.does("RenewInvitation", memberId=self.ids["Member"])["invitation"])

    @classmethod
    def made(cls, bakery: Bakery, *, with_a_stranger: bool = False) -> "World":
        stranger = furnished(Bakery.opened(bakery.api)) if with_a_stranger else {}
        return cls(bakery, furnished(bakery), stranger)

    def correct(self, mutation: str) -> dict[str, Any]:
        """An input that succeeds now; of an invitation, too, which is good only once."""
        sample = self.inputs[mutation]
        return {"invitation": self.invitation} if mutation == OPEN else sample

    @property
    def inputs(self) -> dict[str, dict[str, Any]]:
        """By the name of the mutation. Each would succeed once, but for the invitation: `correct` has one."""
        ids = self.ids
        receipt = {
            "ingredientId": ids["Ingredient"],
            "quantity": "2",
            "unit": "kg",
            "unitCost": "0.8",
            "supplierId": ids["Supplier"],
            "supplierLotNumber": "M-1",
            "expiresOn": "2026-06-01",
            "receivedOn": "2026-03-01",
            "idempotencyKey": "key",
        }
        return {
            "updateLotTrackingSettings": {
                "enabled": True,
                "expiryWarningDays": 9,
                "consumptionOrder": "EXPIRY_DATE",
            },
            "inviteMember": {"name": "Robin", "role": "STAFF", "email": "robin@example.com"},
            "renewInvitation": {"memberId": ids["Member"]},
            "acceptInvitation": {"invitation": "bt_invite_" + "x" * 43},
            "updateMember": {
                "memberId": ids["Member"],
                "name": "Robin",
                "role": "MANAGER",
                "email": "robin@example.com",
            },
            "removeMember": {"memberId": ids["Member"]},
            "createApiKey": {"name": "Café Nord", "scopes": ["trace:read", "orders:read"], "lastDay": "2026-12-31"},
            "revokeApiKey": {"apiKeyId": ids["ApiKey"]},
            "revokeAccessToken": {"accessTokenId": ids["AccessToken"]},
            "setFeature": {"feature": "TASTINGS", "enabled": True},
            "createSupplier": {"name": "Dairy", "email": "dairy@example.com"},
            "updateSupplier": {"supplierId": ids["Supplier"], "name": "Old Mill", "email": "mill@example.com"},
            "updateCustomer": {
                "customerId": ids["Customer"],
                "name": "Café Süd",
                "email": "sued@example.com",
                "phone": "556",
            },
            "updateIngredient": {
                "ingredientId": ids["Ingredient"],
                "name": "White flour",
                "unit": "kg",
                "density": "0.6",
                "reorderPoint": "25",
            },
            "updateProduct": {
                "productId": ids["NewProduct"],
                "name": "Sponge",
                "yieldQuantity": "3",
                "recipe": [{"ingredientId": ids["Ingredient"], "quantity": "1", "unit": "kg"}],
                "shelfLifeDays": 3,
                "makesIngredientId": ids["Ingredient"],
                "inheritExpiry": True,
            },
            "archive": {"id": ids["NewProduct"]},
            "restore": {"id": ids["NewProduct"]},
            "createCustomer": {"name": "Hotel", "email": "hotel@example.com", "phone": "555"},
            "createIngredient": {
                "name": "Salt",
                "unit": "g",
                "openingStock": "5",
                "density": "2.17",
                "reorderPoint": "1",
                "idempotencyKey": "key",
            },
            "adjustStock": {
                "ingredientId": ids["Ingredient"],
                "countedQuantity": "5",
                "unit": "kg",
                "note": "Friday's count",
                "idempotencyKey": "key",
            },
            "createProduct": {
                "name": "Dough",
                "yieldQuantity": "2",
                "recipe": [{"ingredientId": ids["Ingredient"], "quantity": "1", "unit": "kg"}],
                "shelfLifeDays": 2,
                "makesIngredientId": ids["Ingredient"],
                "inheritExpiry": True,
            },
            "createPurchaseOrder": {
                "supplierId": ids["Supplier"],
                "lines": [{"ingredientId": ids["Ingredient"], "quantity": "9", "unit": "kg", "unitCost": "0.8"}],
                "draft": False,
            },
            "setPurchaseOrderStatus": {"purchaseOrderId": ids["PurchaseOrder"], "status": "CANCELLED"},
            "receivePurchaseOrder": {
                "purchaseOrderId": ids["PurchaseOrder"],
                "receivedOn": "2026-03-01",
                "lines": [
                    {
                        "lineId": ids["PurchaseOrderLine"],
                        "quantity": "2",
                        "unit": "kg",
                        "unitCost": "0.8",
                        "supplierLotNumber": "M-1",
                        "expiresOn": "2026-06-01",
                    }
                ],
                "idempotencyKey": "key",
            },
            "quickRestock": receipt,
            "addLot": receipt,
            "writeOffLot": {
                "lotId": ids["Lot"],
                "quantity": "0.5",
                "reason": "DAMAGED",
                "note": "Mice",
                "idempotencyKey": "key",
            },
            "editLotExpiry": {
                "lotId": ids["Lot"],
                "expiresOn": "2026-06-01",
                "undated": False,
                "reason": "The label was misread",
            },
            "holdLot": {"lotId": ids["Lot"], "reason": "Odd smell"},
            "releaseLot": {"lotId": ids["HeldLot"], "reason": "It was the cheese"},
            "confirmProduction": {
                "productId": ids["Product"],
                "quantity": "2",
                "producedOn": "2026-03-02",
                "lotChoices": [{"ingredientId": ids["Ingredient"], "lotId": ids["Lot"], "quantity": "0.5"}],
                "allowShortfall": False,
                "idempotencyKey": "key",
            },
            "reverseProduction": {
                "batchId": ids["UnsoldProductionBatch"],
                "reason": "Entered twice",
                "idempotencyKey": "key",
            },
            "writeOffBatch": {
                "batchId": ids["ProductionBatch"],
                "quantity": "0.5",
                "reason": "OTHER",
                "note": "Stale",
                "idempotencyKey": "key",
            },
            "createOrder": {
                "number": "N-2",
                "customerId": ids["Customer"],
                "lines": [{"productId": ids["Product"], "quantity": "3"}],
                "dueOn": "2026-03-05",
            },
            "updateOrder": {
                "orderId": ids["Order"],
                "number": "N-3",
                "customerId": ids["Customer"],
                "dueOn": "2026-03-06",
                "lines": [{"lineId": ids["OrderLine"], "productId": ids["Product"], "quantity": "4"}],
            },
            "setOrderStatus": {
                "orderId": ids["Order"],
                "status": "READY",
                "on": "2026-03-02",
                "idempotencyKey": "key",
            },
            "relinkOrder": {
                "orderId": ids["FilledOrder"],
                "links": [
                    {"lineId": ids["FilledOrderLine"], "batchId": ids["UnsoldProductionBatch"], "quantity": "0.5"},
                ],
                "reason": "Taken from the other tray",
                "idempotencyKey": "key",
            },
            # Last, since the owner is the owner no more.
            "handOverOwnership": {"memberId": ids["JoinedMember"]},
        }


def furnished(bakery: Bakery) -> dict[str, str]:
    """The ids of one record of each kind: flour in kilograms without a density, and what is made of it and with it."""
    bakery.tracks_lots()
    supplier, customer = bakery.supplier(), bakery.customer(email="nord@example.com", phone="555")
    flour = bakery.ingredient("Flour")
    lot, held = bakery.restock(flour, "10", receivedOn="2026-03-01", supplierId=supplier), bakery.restock(flour, "10")
    bakery.owner.does("HoldLot", lotId=held["id"], reason="Odd smell")
    bread = bakery.product("Bread", {flour: "0.5"})
    line = {"ingredientId": flour, "quantity": "9"}
    bought = bakery.owner.does("CreatePurchaseOrder", supplierId=supplier, lines=[line])["purchaseOrder"]
    order = bakery.order({bread: "1"}, number="N-1", customerId=customer)
    bakery.move(order, "CONFIRMED", on="2026-03-01")
    batch, unsold = bakery.bake(bread, "2"), bakery.bake(bread, "2")
    filled = bakery.order({bread: "1"}, number="N-0", customerId=customer)
    bakery.move(filled, "READY")
    key = bakery.owner.does("CreateApiKey", name="Laboratory", scopes=["lots:read"])
    people = bakery.owner.ask("Members")["edges"]
    invited = bakery.owner.does("InviteMember", name="Sam", role="STAFF")
    bakery.nobody.does("AcceptInvitation", invitation=invited["invitation"])
    [token] = bakery.owner.ask("MemberDetail", id=invited["member"]["id"])["accessTokens"]["edges"]
    return {
        "Member": invited["member"]["id"],
        "JoinedMember": next(edge["node"]["id"] for edge in people if edge["node"]["role"] == "MANAGER"),
        "ApiKey": key["apiKey"]["id"],
        "AccessToken": token["node"]["id"],
        "Supplier": supplier,
        "Customer": customer,
        "Ingredient": flour,
        "Product": bread,
        "NewProduct": bakery.product("Poolish", {flour: "0.5"}),
        "PurchaseOrder": bought["id"],
        "PurchaseOrderLine": bought["lines"][0]["id"],
        "Order": order["id"],
        "OrderLine": order["lines"][0]["id"],
        "Lot": lot["id"],
        "HeldLot": held["id"],
        "ProductionBatch": batch["id"],
        "UnsoldProductionBatch": unsold["id"],
        "FilledOrder": filled["id"],
        "FilledOrderLine": filled["lines"][0]["id"],
    }
