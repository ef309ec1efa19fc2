"""Bakeries side by side on one database, each with one record of everything, and what each could lose."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

from graphql import GraphQLSchema

from bakery.store.audit import seal_waiting
from graphql_api.execution.costs import MAX_PAGE_SIZE
from graphql_api.refs import parse_global_id
from plans import SCOPES, Role
from tests.api.bakeries import Bakery
from tests.api.callers import Caller
from tests.api.in_process import MONDAY_MORNING, InProcessApi
from tests.api.world import World
from tests.tenancy.places import CODES, ONLY, changing, selected

BELOW = 1
TEXTS = {*CODES, "supplierLotNumber", "name"}
KEYED = (
    "addLot",
    "createIngredient",
    "quickRestock",
    "receivePurchaseOrder",
    "confirmProduction",
    "writeOffBatch",
    "reverseProduction",
    "setOrderStatus",
    "relinkOrder",
    "writeOffLot",
    "adjustStock",
)
"""The mutations that take a key, in an order in which each leaves the next something to do."""


@dataclass(frozen=True)
class Tenant:
    """A bakery, and all of it that another could ask for."""

    world: World
    ids: dict[str, list[str]]
    """By type, every id that the API gave its owner."""
    texts: set[str]
    """Codes, numbers and names."""
    keys: dict[str, str]
    """An idempotency key that was used, by mutation."""
    partner: Caller
    """Whose key may read all that a partner's may."""

    @property
    def bakery(self) -> Bakery:
        return self.world.bakery

    def token(self, role: Role) -> str:
        """What somebody of the bakery signs in with; a partner's key has every scope."""
        return str((self.partner if role is Role.PARTNER else self.bakery.caller(role)).token)

    @property
    def own(self) -> dict[str, str]:
        """One id a type."""
        return {kind: ids[0] for kind, ids in self.ids.items()} | self.world.ids

    @property
    def all_ids(self) -> list[str]:
        return sorted(id for ids in self.ids.values() for id in ids)


def settled(api: InProcessApi, schema: GraphQLSchema, number: int) -> Tenant:
    """Tenant `number`, from 1: each writes on a day of its own, so that no two have all codes in common."""
    api.now = MONDAY_MORNING
    world = World.made(Bakery.opened(api))
    bakery, ids = world.bakery, world.ids
    keys = {}
    api.days_pass(number)
    for mutation in KEYED:
        keys[mutation] = f"key {number} of {mutation}"
        sample = {**world.inputs[mutation], "idempotencyKey": keys[mutation]}
        if mutation == "reverseProduction":
            sample["batchId"] = bakery.bake(ids["Product"], "1")["id"]
        answer = bakery.owner.send(changing(mutation), {"input": sample})
        assert answer.root["__typename"].endswith("Success"), (mutation, answer.root)
    bakery.owner.does("EditLotExpiry", lotId=ids["HeldLot"], expiresOn="2026-07-01", reason="The label was misread")
    flour = bakery.ingredient(f"Rye {number}", reorderPoint="100")
    mill = bakery.supplier(f"Mill {number}")
    label = f"X-{number}/{number}{number}"
    bakery.restock(flour, "3", supplierId=mill, supplierLotNumber=label, expiresOn="2026-03-08")
    bakery.restock(flour, "3", receivedOn="2026-03-01", expiresOn="2026-03-02")
    bread, inn = bakery.product(f"Rye bread {number}", {flour: "0.1"}), bakery.customer(f"Inn {number}")
    bakery.order({bread: "1"}, customerId=inn)
    bakery.owner.does("CreatePurchaseOrder", supplierId=mill, lines=[{"ingredientId": flour, "quantity": "9"}])
    api.administer(lambda administration: seal_waiting(administration.database, lambda: administration.now))
    seen = everything_of(bakery, schema, ids.values())
    partner = bakery.partner_with(*SCOPES)
    partner.send("{ viewer { id } }")  # so that it has spent something
    return Tenant(world, seen.by_kind(), seen.texts, keys, partner)


def everything_of(bakery: Bakery, schema: GraphQLSchema, ids: Iterable[str]) -> Seen:
    """What the bakery's owner is told of these things, of what they lead to, and so on."""
    seen = Seen()
    seen.note(bakery.owner.send(f"query {{ viewer {selected(schema, schema.type_map['Viewer'], BELOW)} }}").body)
    log = f"auditLog(first: {MAX_PAGE_SIZE}, filter: {{{ONLY['auditLog']}}})"
    seen.note(bakery.owner.send(f"{{ {log} {selected(schema, schema.type_map['AuditEntryConnection'], BELOW)} }}").body)
    asked: set[str] = set()
    while new := ({*ids, *(id for _, id in seen.ids)} - asked):
        asked |= new
        for kind, of_kind in _by_kind(new).items():
            thing = f"... on {kind} {selected(schema, schema.type_map[kind], BELOW)}"
            for start in range(0, len(of_kind), MAX_PAGE_SIZE):
                listed = {"ids": of_kind[start : start + MAX_PAGE_SIZE]}
                seen.note(bakery.owner.send(f"query ($ids: [ID!]!) {{ nodes(ids: $ids) {{ {thing} }} }}", listed).body)
    return seen


def _by_kind(ids: Iterable[str]) -> dict[str, list[str]]:
    found: dict[str, list[str]] = defaultdict(list)
    for id in sorted(ids):
        ref = parse_global_id(id)
        assert ref, id
        found[ref.kind].append(id)
    return dict(found)


@dataclass
class Seen:
    """What answers of `everything_below` hold: ids, texts and cursors, by `Type.field`."""

    ids: set[tuple[str, str]] = field(default_factory=set)
    texts: set[str] = field(default_factory=set)
    fields: dict[str, set[str]] = field(default_factory=lambda: defaultdict(set))

    def note(self, answer: Any) -> None:
        assert "errors" not in answer, answer["errors"][:3]
        for kind, name, value in _values(answer.get("data")):
            self.fields[f"{kind}.{name}"].add(value)
            # The log also names what is no Node.
            if name == "id" and kind != "AuditThing" and (ref := parse_global_id(value)):
                self.ids.add((ref.kind, value))
            if name in TEXTS:
                self.texts.add(value)

    def by_kind(self) -> dict[str, list[str]]:
        return _by_kind(id for _, id in self.ids)


def _values(value: Any) -> Iterator[tuple[str, str, str]]:
    """Type, field and text of everything in an answer that is a text."""
    if isinstance(value, list):
        for item in value:
            yield from _values(item)
    elif isinstance(value, dict):
        for alias, inner in value.items():
            kind, is_aliased, name = alias.partition("_")
            if is_aliased and isinstance(inner, str) and not alias.startswith("_"):
                yield kind, name, inner
            yield from _values(inner)
