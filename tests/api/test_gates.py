"""Every gate of the schema, asked by everybody on every plan with the feature on and off (R-1.5 to R-1.8).

`TABLE` is written by hand from the rules, not from the code: whoever moves a gate changes it here as well.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest
from graphql import DirectiveNode, ObjectTypeDefinitionNode, parse

from graphql_api.refs import Ref, global_id
from graphql_api.schema import roots
from plans import Plan, Role
from tests.api.bakeries import Bakery
from tests.api.databases import Templates
from tests.api.in_process import InProcessApi
from tests.api.probes import FIELDS, FIELDS_BEGIN_AT, MUTATIONS
from tests.api.world import World


@dataclass(frozen=True)
class Rule:
    """Who may, by initials; whether lot tracking must be in the plan (`Growth`), and on (`on`)."""

    roles: str
    needs: str = ""
    scope: str = "trace:read"

    def code(self, role: Role, plan: Plan, on: bool) -> str | None:
        """The code that R-1.7 gives this caller."""
        if role.value[0] not in self.roles:
            return "FORBIDDEN"
        if role is Role.PARTNER and self.scope != "trace:read":
            return "FORBIDDEN"  # the partner of these tests has no other scope
        if plan is Plan.ESSENTIALS and (self.needs or role is Role.PARTNER):
            return "PLAN_REQUIRED"
        return "FEATURE_DISABLED" if self.needs == "on" and not on else None

    @property
    def directive(self) -> dict[str, Any]:
        """What the SDL says at the field."""
        roles = [role.value for role in Role if role.value[0] in self.roles]
        return {"roles": roles} | ({"feature": "LOT_TRACKING", "plan": "GROWTH"} if self.needs else {})


TABLE = {
    # everybody may know who they are.
    "Query.viewer": Rule("OMSP"),
    # what staff read, and partners as part of a trace; on every plan, with the switch off.
    "Query.lot": Rule("OMSP"),
    "Query.productionBatch": Rule("OMSP"),
    "Query.order": Rule("OMSP"),
    "Lot.originBatch": Rule("OMSP"),
    "ProductionBatch.consumptions": Rule("OMSP"),
    "ProductionBatch.outputLot": Rule("OMSP"),
    "ProductionBatch.allocations": Rule("OMSP"),
    "OrderLine.linkedQuantity": Rule("OMSP"),
    "OrderLine.allocations": Rule("OMSP"),
    "Query.ingredient": Rule("OMS"),
    "Query.ingredients": Rule("OMS"),
    "Query.product": Rule("OMS"),
    "Query.products": Rule("OMS"),
    "Query.lots": Rule("OMS"),
    "Query.expiringLots": Rule("OMS"),
    "Query.previewProduction": Rule("OMS"),
    "Query.productionBatches": Rule("OMS"),
    "Query.orders": Rule("OMS"),
    "Ingredient.onHand": Rule("OMS"),
    "Ingredient.tracked": Rule("OMS"),
    "Ingredient.untracked": Rule("OMS"),
    "Ingredient.reorderPoint": Rule("OMS"),
    "Ingredient.lots": Rule("OMS"),
    "Product.recipe": Rule("OMS"),
    "Lot.expiryStatus": Rule("OMS"),
    # suppliers and traces are not for staff; contact details need a scope of their own.
    "Lot.supplier": Rule("OMP"),
    "Lot.supplierLotNumber": Rule("OMP"),
    "Lot.consumptions": Rule("OMP"),
    "Lot.trace": Rule("OMP"),
    "ProductionBatch.trace": Rule("OMP"),
    "Order.trace": Rule("OMP"),
    "Customer.email": Rule("OMP", scope="customers:read"),
    "Customer.phone": Rule("OMP", scope="customers:read"),
    # costs, balances and movements are the owner's and the manager's.
    "Lot.unitCost": Rule("OM"),
    "Lot.balance": Rule("OM"),
    "Ingredient.movements": Rule("OM"),
    "Query.lotTrackingSettings": Rule("OM"),
    "Query.suppliers": Rule("OM"),
    "Query.customers": Rule("OM"),
    "Query.purchaseOrder": Rule("OM"),
    "Query.purchaseOrders": Rule("OM"),
    # what changes things. Staff confirm production and move orders.
    "Mutation.confirmProduction": Rule("OMS"),
    "Mutation.setOrderStatus": Rule("OMS"),
    "Mutation.createSupplier": Rule("OM"),
    "Mutation.createCustomer": Rule("OM"),
    "Mutation.createIngredient": Rule("OM"),
    "Mutation.createProduct": Rule("OM"),
    "Mutation.createPurchaseOrder": Rule("OM"),
    "Mutation.receivePurchaseOrder": Rule("OM"),
    "Mutation.quickRestock": Rule("OM"),
    "Mutation.adjustStock": Rule("OM"),
    "Mutation.createOrder": Rule("OM"),
    # the switch is in the plan, on or off.: these need it on.
    "Mutation.updateLotTrackingSettings": Rule("OM", "Growth"),
    "Mutation.addLot": Rule("OM", "on"),
    "Mutation.writeOffLot": Rule("OM", "on"),
    "Mutation.holdLot": Rule("OM", "on"),
    "Mutation.releaseLot": Rule("OM", "on"),
}
"""Each gated field, by type and name."""


def gates_in_the_sdl() -> dict[str, dict[str, Any]]:
    """The arguments of `@requiresFeature` at each field that has it."""
    return {
        f"{kind.name.value}.{field.name.value}": _arguments(directive)
        for kind in parse(roots.build().as_str()).definitions
        if isinstance(kind, ObjectTypeDefinitionNode)
        for field in kind.fields or ()
        for directive in field.directives or ()
        if directive.name.value == "requiresFeature"
    }


def _arguments(directive: DirectiveNode) -> dict[str, Any]:
    def value(node: Any) -> Any:
        return [value(item) for item in node.values] if hasattr(node, "values") else node.value

    return {argument.name.value: value(argument.value) for argument in directive.arguments or ()}


def test_the_sdl_carries_every_gate() -> None:
    """R-1.7, the contract: `@requiresFeature(feature:, plan:, roles:)` at each gated field, as the rules have it."""
    assert gates_in_the_sdl() == {field: rule.directive for field, rule in TABLE.items()}


def test_no_root_field_is_without_a_gate() -> None:
    """R-1.7: whoever is not signed in gets nothing."""
    root_fields = {
        f"{kind.name.value}.{field.name.value}"
        for kind in parse(roots.build().as_str()).definitions
        if isinstance(kind, ObjectTypeDefinitionNode) and kind.name.value in ("Query", "Mutation")
        for field in kind.fields or ()
    }
    assert root_fields <= set(TABLE)


# ── what really happens ───────────────────────────────────────────────────────────────────────────────────────────────
@pytest.fixture(scope="module")
def world(engine: str, templates: Templates, tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    with templates.copy(engine, tmp_path_factory.mktemp("gates")) as url:
        api = InProcessApi(url)
        made = World.made(Bakery.opened(api))
        made.bakery.bake(made.ids["Product"], "4")
        made.bakery.move({"id": made.ids["Order"]}, "READY")
        made.bakery.partner.ask("Viewer")  # its key is made here, and not while nothing may change
        yield made
        api.close()


@pytest.fixture
def on_plan(world: World, plan: Plan, on: bool) -> World:
    world.bakery.set_plan(Plan.GROWTH)
    world.bakery.tracks_lots(on)
    world.bakery.set_plan(plan)
    return world


@pytest.mark.parametrize("on", [True, False], ids=["on", "off"])
@pytest.mark.parametrize("plan", Plan)
def test_every_gate_answers_as_the_rules_say(on_plan: World, plan: Plan, on: bool) -> None:
    """R-1.5 to R-1.8, R-3.1, R-9.1: by role, plan and switch. A refused read is null with an error; a refused mutation
    answers its error type; a permitted mutation gets as far as its input, which is wrong on purpose (R-1.7)."""
    wrong = []
    bakery = on_plan.bakery
    with bakery.nothing_changes():
        for field, rule in TABLE.items():
            for role in Role:
                way = TABLE[FIELDS_BEGIN_AT.get(field, field)]
                expected = way.code(role, plan, on) or rule.code(role, plan, on)
                told = code_at(on_plan, field, role)
                if told != expected:
                    wrong.append((field, role.value, told, expected))
    assert wrong == []


def code_at(world: World, field: str, role: Role) -> str | None:
    """The code with which this field, and no other, refuses the role; None where it does not."""
    kind, name = field.split(".")
    caller = world.bakery.caller(role)
    if kind == "Mutation":
        answer = caller.send(MUTATIONS[name], {"input": unknown(world.inputs[name])})
        if answer.errors:
            assert answer.root is None
            return answer.codes[0]
        return {
            "InvalidInput": None,
            "RoleRequired": "FORBIDDEN",
            "PlanRequired": "PLAN_REQUIRED",
            "FeatureDisabled": "FEATURE_DISABLED",
        }[answer.root["__typename"]]
    # All that leads to the field is open to whoever may have it, so one refusal at most stands on the way to it.
    answer = caller.send(FIELDS[field], world.ids)
    assert {error["extensions"]["code"] for error in answer.errors} == set(answer.codes[:1])
    for error in answer.errors:
        assert at_path(answer.body["data"], error["path"]) is None
    return answer.codes[0] if answer.errors else None


def at_path(data: Any, path: list[Any]) -> Any:
    for step in path:
        data = data[step]
    return data


def unknown(sample: dict[str, Any]) -> dict[str, Any]:
    """An input of which a rule refuses at least one field, with nothing done: ids of nothing, blank names, bad days."""
    made_up = {name: global_id(Ref("Nothing", 1)) for name in sample if name.endswith("Id")}
    blank = {"name": " "} if "name" in sample else {}
    far = {"expiryWarningDays": -1} if "expiryWarningDays" in sample else {}
    return {**sample, **made_up, **blank, **far}
