"""The product under test: one bakery on each database, told the same things."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from fractions import Fraction
from typing import Any

from tests.api.bakeries import Bakery
from tests.api.in_process import InProcessApi
from tests.oracle.values import text

SHOWN = {
    "updateLotTrackingSettings": "settings { enabled consumptionOrder }",
    "quickRestock": "lot { id code }",
    "addLot": "lot { id code }",
    "createPurchaseOrder": "purchaseOrder { id code lines { id } }",
    "receivePurchaseOrder": "purchaseOrder { status } lots { id code }",
    "setPurchaseOrderStatus": "purchaseOrder { status }",
    "adjustStock": "ingredient { onHand tracked untracked }",
    "confirmProduction": "batch { id code outputLot { id code } consumptions { quantity source lot { code } } }",
    "reverseProduction": "batch { id status }",
    "writeOffBatch": "batch { id quantityWrittenOff }",
    "writeOffLot": "lot { quantityRemaining }",
    "holdLot": "lot { status }",
    "releaseLot": "lot { status }",
    "editLotExpiry": "lot { expiresOn }",
    "createOrder": "order { id number lines { id } }",
    "setOrderStatus": "order { status }",
    "relinkOrder": "order { id }",
}
"""What of each mutation's success is read."""

WITHOUT_A_KEY = {
    "updateLotTrackingSettings",
    "createPurchaseOrder",
    "setPurchaseOrderStatus",
    "holdLot",
    "releaseLot",
    "editLotExpiry",
    "createOrder",
}


def name_of(mutation: str) -> str:
    return mutation[0].upper() + mutation[1:]


def document(mutation: str) -> str:
    short = "... on InsufficientStock { shortfalls { ingredient { name } required available missing unit reason } }"
    return (
        f"mutation ($input: {name_of(mutation)}Input!) {{ {mutation}(input: $input) {{ __typename "
        f"... on {name_of(mutation)}Success {{ {SHOWN[mutation]} }} ... on InvalidInput {{ fields {{ path }} }} "
        f"... on Error {{ message }} {short if mutation == 'confirmProduction' else ''} }} }}"
    )


@dataclass
class Side:
    """One bakery on one database. `ids` are the global ids of what the oracle knows by its own objects."""

    api: InProcessApi
    bakery: Bakery
    ids: dict[Any, str] = field(default_factory=dict)

    def send(self, mutation: str, input: Mapping[str, Any], role: str) -> Any:
        caller = self.bakery.staff if role == "STAFF" else self.bakery.owner
        answer = caller.send(document(mutation), {"input": self.written(input)})
        assert not answer.errors, answer.errors
        return answer.root

    def create(self, things: Mapping[Any, tuple[str, Mapping[str, Any]]]) -> None:
        """Make many things in one request, and keep their ids."""
        declared, asked, variables = [], [], {}
        for place, (mutation, input) in enumerate(things.values()):
            noun = mutation.removeprefix("create")
            declared.append(f"$input{place}: {name_of(mutation)}Input!")
            shown = f"... on {name_of(mutation)}Success {{ made: {noun.lower()} {{ id }} }}"
            asked.append(f"made{place}: {mutation}(input: $input{place}) {{ {shown} }}")
            variables[f"input{place}"] = self.written(input)
        answer = self.bakery.owner.send(f"mutation ({', '.join(declared)}) {{ {' '.join(asked)} }}", variables)
        assert not answer.errors, answer.errors
        for place, thing in enumerate(things):
            self.ids[thing] = answer.body["data"][f"made{place}"]["made"]["id"]

    def written(self, value: Any) -> Any:
        """As a client writes it: objects by their ids, fractions by their digits."""
        if isinstance(value, Mapping):
            return {name: self.written(part) for name, part in value.items()}
        if isinstance(value, list):
            return [self.written(part) for part in value]
        if isinstance(value, Fraction):
            return text(value)
        if isinstance(value, date):
            return str(value)
        return self.ids.get(value, value)
