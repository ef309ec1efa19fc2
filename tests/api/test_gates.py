"""Every gate of the schema, asked by everybody on every plan with lot tracking on and off (R-1.5 to R-1.8).

`TABLE` is written by hand from the rules, not from the code: whoever adds or moves a gate changes it here as well.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from itertools import product
from typing import Any

import pytest
from graphql import DirectiveNode, GraphQLSchema, ObjectTypeDefinitionNode, build_schema, parse

from graphql_api.refs import Ref, global_id
from graphql_api.schema import roots
from plans import BUILT_IN, Plan, Role
from tests.api.bakeries import Bakery
from tests.api.callers import Caller
from tests.api.databases import Templates
from tests.api.in_process import InProcessApi
from tests.api.probes import WAYS, changing, reading
from tests.api.world import OPEN, World

Denial = dict[str, Any]
"""A refusal with its data, as a read's error has it in `extensions`; empty where there is none."""

KINDS_OF_CALLER: dict[str, tuple[Role | None, frozenset[str]]] = {
    "owner": (Role.OWNER, frozenset()),
    "manager": (Role.MANAGER, frozenset()),
    "staff": (Role.STAFF, frozenset()),
    "partner": (Role.PARTNER, frozenset({"trace:read", "lots:read", "orders:read", "customers:read"})),
    "partner of traces": (Role.PARTNER, frozenset({"trace:read"})),
    "partner of traces with contacts": (Role.PARTNER, frozenset({"trace:read", "customers:read"})),
    "partner of lots": (Role.PARTNER, frozenset({"lots:read"})),
    "partner of orders": (Role.PARTNER, frozenset({"orders:read"})),
    "partner of orders with contacts": (Role.PARTNER, frozenset({"orders:read", "customers:read"})),
    "partner without scopes": (Role.PARTNER, frozenset()),
    "nobody": (None, frozenset()),
}
"""The role of each, and the scopes of its key."""


@dataclass(frozen=True)
class Rule:
    """Who may, by initials; whether lot tracking must be in the plan (`Growth`), and on (`on`), or the plan alone
    (`plan`); and what scopes a machine needs one of: none for what everybody may know."""

    roles: str
    needs: str = ""
    scopes: str = "trace:read"

    def denial(self, caller: str, plan: Plan, on: bool) -> Denial:
        """What R-1.7 answers this caller."""
        role, scopes = KINDS_OF_CALLER[caller]
        if role is None:
            return {"code": "UNAUTHENTICATED"}
        if role.value[0] not in self.roles:
            return {"code": "FORBIDDEN", "requiredRoles": self.required_roles, "currentRole": role.value}
        if role is Role.PARTNER and self.scopes and not scopes & set(self.scopes.split()):
            return {"code": "FORBIDDEN"}
        if plan is Plan.ESSENTIALS and (self.needs or role is Role.PARTNER):
            return {"code": "PLAN_REQUIRED", "requiredPlan": "GROWTH", "currentPlan": "ESSENTIALS"}
        if self.needs == "on" and not on:
            return {"code": "FEATURE_DISABLED", "feature": "LOT_TRACKING"}
        return {}

    @property
    def required_roles(self) -> list[str]:
        return [role.value for role in Role if role.value[0] in self.roles]

    @property
    def directive(self) -> dict[str, Any]:
        """What the SDL says at the field."""
        feature = {"feature": "LOT_TRACKING"} if self.needs in ("Growth", "on") else {}
        return {"roles": self.required_roles} | feature | ({"plan": "GROWTH"} if self.needs else {})


TABLE = {
    # everybody may know who they are.
    "Query.viewer": Rule("OMSP", scopes=""),
    # whatever `node` finds is behind the gate of its type; test_nodes.py has these.
    "Query.node": Rule("OMSP", scopes=""),
    "Query.nodes": Rule("OMSP", scopes=""),
    # what staff read, and partners as part of a trace; on every plan, with the switch off.
    "Query.lot": Rule("OMSP", scopes="trace:read lots:read"),
    "Query.productionBatch": Rule("OMSP"),
    "Query.order": Rule("OMSP", scopes="trace:read orders:read"),
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
    "Query.lots": Rule("OMSP", scopes="lots:read"),
    "Query.expiringLots": Rule("OMSP", scopes="lots:read"),
    "Query.previewProduction": Rule("OMS"),
    "Query.productionBatches": Rule("OMS"),
    "Query.orders": Rule("OMSP", scopes="orders:read"),
    "Ingredient.onHand": Rule("OMS"),
    "Ingredient.tracked": Rule("OMS"),
    "Ingredient.untracked": Rule("OMS"),
    "Ingredient.reorderPoint": Rule("OMS"),
    "Ingredient.lots": Rule("OMS"),
    "Product.recipe": Rule("OMS"),
    "Product.batches": Rule("OMS"),
    "Product.archivedAt": Rule("OMS"),
    "Ingredient.archivedAt": Rule("OMS"),
    "Order.archivedAt": Rule("OMS"),
    "Lot.expiryStatus": Rule("OMSP", scopes="lots:read"),
    "Lot.holds": Rule("OMS"),
    # suppliers and traces are not for staff; contact details need a scope of their own.
    "Lot.supplier": Rule("OMP"),
    "Lot.supplierLotNumber": Rule("OMP"),
    "Lot.consumptions": Rule("OMP"),
    "Lot.trace": Rule("OMP"),
    "ProductionBatch.trace": Rule("OMP"),
    "Order.trace": Rule("OMP"),
    "Customer.email": Rule("OMP", scopes="customers:read"),
    "Customer.phone": Rule("OMP", scopes="customers:read"),
    # costs, balances and movements are the owner's and the manager's.
    "Lot.unitCost": Rule("OM"),
    "Lot.balance": Rule("OM"),
    "Lot.expiryHistory": Rule("OM"),
    "Ingredient.movements": Rule("OM"),
    "ProductionBatch.reversal": Rule("OM"),
    "ProductionBatch.writeOffs": Rule("OM"),
    "Order.linkHistory": Rule("OM"),
    "Lot.movements": Rule("OM"),
    # staff see the customer's name only, and no supplier: partners what a trace has of them.
    "Supplier.archivedAt": Rule("OM"),
    "Supplier.lots": Rule("OM"),
    "Supplier.purchaseOrders": Rule("OM"),
    "Customer.archivedAt": Rule("OM"),
    "Customer.orders": Rule("OM"),
    "Query.lotTrackingSettings": Rule("OM"),
    "Query.inventoryDashboard": Rule("OM"),
    "Query.wasteReport": Rule("OM"),
    "Query.suppliers": Rule("OM"),
    "Query.customers": Rule("OM"),
    "Query.purchaseOrder": Rule("OM"),
    "Query.purchaseOrders": Rule("OM"),
    # who is in the bakery, and what they sign in with.
    "Query.members": Rule("OM"),
    "Member.email": Rule("O"),
    "Member.accessTokens": Rule("O"),
    "Viewer.accessTokens": Rule("OMS"),
    "Query.apiKeys": Rule("O"),
    "Mutation.inviteMember": Rule("O"),
    "Mutation.renewInvitation": Rule("O"),
    "Mutation.updateMember": Rule("O"),
    "Mutation.removeMember": Rule("O"),
    "Mutation.handOverOwnership": Rule("O"),
    "Mutation.createApiKey": Rule("O", "plan"),
    "Mutation.revokeApiKey": Rule("O"),
    "Mutation.revokeAccessToken": Rule("OMS"),
    # It tells what managers did, too: the owner's alone, on every plan, with the switch off.
    "Query.auditLog": Rule("O"),
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
    "Mutation.updateSupplier": Rule("OM"),
    "Mutation.updateCustomer": Rule("OM"),
    "Mutation.updateIngredient": Rule("OM"),
    "Mutation.updateProduct": Rule("OM"),
    "Mutation.updateOrder": Rule("OM"),
    "Mutation.setPurchaseOrderStatus": Rule("OM"),
    "Mutation.archive": Rule("OM"),
    "Mutation.restore": Rule("OM"),
    # which feature, and so which plan, stands in the input.
    "Mutation.setFeature": Rule("OM"),
    "Mutation.reverseProduction": Rule("OM"),
    "Mutation.writeOffBatch": Rule("OM"),
    # the switch is in the plan, on or off.: these need it on.
    "Mutation.updateLotTrackingSettings": Rule("OM", "Growth"),
    "Mutation.addLot": Rule("OM", "on"),
    "Mutation.writeOffLot": Rule("OM", "on"),
    "Mutation.editLotExpiry": Rule("OM", "on"),
    "Mutation.holdLot": Rule("OM", "on"),
    "Mutation.releaseLot": Rule("OM", "on"),
    "Mutation.relinkOrder": Rule("OM", "on"),
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
    assert root_fields == {field for field in TABLE if field.startswith(("Query.", "Mutation."))} | {f"Mutation.{OPEN}"}


def test_every_feature_has_its_gates_in_the_table() -> None:
    """R-1.4: each operation that a feature declares is a field, and the table says who may."""
    for feature in BUILT_IN:
        fields = {field.partition(".")[2]: rule for field, rule in TABLE.items()}
        assert feature.operations, feature
        for name, operation in feature.operations.items():
            assert fields[name].required_roles == [role.value for role in operation.roles]
    needed = {rule.directive["feature"] for rule in TABLE.values() if rule.needs not in ("", "plan")}
    assert needed == {feature.key for feature in BUILT_IN}


def test_whatever_may_be_refused_may_be_null() -> None:
    """R-1.7: a refused field is null by itself, and takes nothing with it."""
    schema = build_schema(roots.build().as_str())
    for field in TABLE:
        kind, name = field.split(".")
        assert not str(schema.type_map[kind].fields[name].type).endswith("!"), field  # type: ignore[attr-defined]


# ── what really happens ───────────────────────────────────────────────────────────────────────────────────────────────
class Asked:
    """A world in which everybody can ask for everything, and what each is answered."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.bakery = world.bakery
        self.callers = {name: self._caller(*kind) for name, kind in KINDS_OF_CALLER.items()}

    def _caller(self, role: Role | None, scopes: frozenset[str]) -> Caller:
        if role is None:
            return self.bakery.nobody
        return self.bakery.partner_with(*scopes) if role is Role.PARTNER else self.bakery.caller(role)

    @cached_property
    def schema(self) -> GraphQLSchema:
        return build_schema(roots.build().as_str())

    @cached_property
    def query(self) -> str:
        return reading(self.schema, [field for field in TABLE if not field.startswith("Mutation.")], self.world.ids)

    def refused_reads(self, caller: str) -> dict[str, Denial]:
        """What is refused of all that can be read, by the path of the field in the query."""
        answer = self.callers[caller].send(self.query)
        refused: dict[str, Denial] = {}
        for error in answer.errors:
            assert at_path(answer.body["data"], error["path"]) is None
            path = ".".join(step for step in error["path"] if isinstance(step, str))
            assert refused.setdefault(path, error["extensions"]) == error["extensions"]
        return refused

    def refused_changes(self, caller: str) -> dict[str, Denial]:
        """What each mutation refuses before it looks at its input, which is wrong on purpose (R-1.7)."""
        inputs = {name: unknown(input) for name, input in self.world.inputs.items()}
        answer = self.callers[caller].send(*changing(self.schema, inputs))
        errors = {error["path"][0]: error["extensions"] for error in answer.errors}
        return {name: _denial(told, errors.get(name)) for name, told in answer.body["data"].items()}


def _denial(told: dict[str, Any] | None, error: Denial | None) -> Denial:
    if told is None:
        assert error
        return error
    codes = {
        "RoleRequired": {"code": "FORBIDDEN"},
        "PlanRequired": {"code": "PLAN_REQUIRED"},
        "FeatureDisabled": {"code": "FEATURE_DISABLED"},
        "InvalidInput": {},
    }
    return codes[told.pop("__typename")] | told


@pytest.fixture(scope="module")
def asked(engine: str, templates: Templates, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Asked]:
    with templates.copy(engine, tmp_path_factory.mktemp("gates")) as url:
        api = InProcessApi(url)
        world = World.made(Bakery.opened(api))
        world.bakery.bake(world.ids["Product"], "4")
        world.bakery.move({"id": world.ids["Order"]}, "READY")
        yield Asked(world)
        api.close()


@pytest.mark.parametrize(("plan", "on"), list(product(Plan, [True, False])), ids=str)
def test_every_gate_answers_as_the_rules_say(asked: Asked, plan: Plan, on: bool) -> None:
    """R-1.5 to R-1.8, R-3.1, R-9.1: by role, plan and switch. Each field either works or is refused with exactly what
    the table says: a read as null with an error, a change as its error type, and nothing is changed by either."""
    bakery = asked.bakery
    bakery.set_plan(Plan.GROWTH)
    bakery.tracks_lots(on)
    bakery.set_plan(plan)
    for caller in KINDS_OF_CALLER:
        with bakery.nothing_changes():
            refused = asked.refused_reads(caller)
            changes = asked.refused_changes(caller)
        assert refused == expected_of_reads(caller, plan, on), caller
        assert changes == {
            field.removeprefix("Mutation."): rule.denial(caller, plan, on)
            for field, rule in TABLE.items()
            if field.startswith("Mutation.")
        } | {OPEN: {}}, caller


def expected_of_reads(caller: str, plan: Plan, on: bool) -> dict[str, Denial]:
    """What the table refuses, by path. Below what is refused itself nothing is asked any more."""
    refused = {}
    for field, rule in TABLE.items():
        kind, _, name = field.partition(".")
        if kind != "Mutation" and (denial := rule.denial(caller, plan, on)):
            refused[".".join((*WAYS[kind], name))] = denial
    return {path: denial for path, denial in refused.items() if not _parents(path) & refused.keys()}


def _parents(path: str) -> set[str]:
    steps = path.split(".")
    return {".".join(steps[:depth]) for depth in range(1, len(steps))}


def at_path(data: Any, path: list[Any]) -> Any:
    for step in path:
        data = data[step]
    return data


def unknown(sample: dict[str, Any]) -> dict[str, Any]:
    """An input of which a rule refuses at least one field, with nothing done: ids of nothing, blank names, bad days."""
    made_up = {name: global_id(Ref("Nothing", 1)) for name in sample if name == "id" or name.endswith("Id")}
    blank: dict[str, Any] = {name: " " for name in ("name", "feature", "invitation") if name in sample}
    far = {"expiryWarningDays": -1} if "expiryWarningDays" in sample else {}
    return {**sample, **made_up, **blank, **far}
