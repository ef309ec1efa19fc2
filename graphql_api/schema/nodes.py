"""Relay's way to read anything again: by its global id, behind the gate that its type declares."""

from __future__ import annotations

import asyncio
from typing import Any

import strawberry

from bakery.errors import InvalidInput
from graphql_api.context import Info
from graphql_api.execution.costs import MAX_PAGE_SIZE, costs
from graphql_api.refs import parse_global_id
from graphql_api.resolvers import nodes as resolvers
from graphql_api.schema.fields import Node, field
from graphql_api.schema.gates import EVERYBODY
from plans import Denied, Gate, decide


async def _node(root: object, info: Info, id: strawberry.ID) -> Any:
    """The gate is asked before anything is looked up: a denial does not tell whether there is such a thing."""
    ref = parse_global_id(id)
    gate = None if ref is None else _gate_of(info, ref.kind)
    if ref is None or gate is None:
        return None
    if denial := decide(gate, info.context.signed_in):
        raise denial
    return await resolvers.node(info, ref)


def _gate_of(info: Info, kind: str) -> Gate | None:
    """Who may read a type by `node`; None for what is no type with an id."""
    definition = info.schema.get_type_by_name(kind)
    return getattr(getattr(definition, "origin", None), "node_gate", None)


async def _nodes(root: object, info: Info, ids: list[strawberry.ID]) -> list[Any]:
    if len(ids) > MAX_PAGE_SIZE:
        raise InvalidInput.at("ids", f"It has {len(ids)} ids; at most {MAX_PAGE_SIZE} are allowed.")
    found = await asyncio.gather(*(_node(root, info, id) for id in ids), return_exceptions=True)
    for outcome in found:
        if isinstance(outcome, BaseException) and not isinstance(outcome, Denied):
            raise outcome
    # A denial among the nodes becomes a null with an error at its place.
    return found


@strawberry.type
class NodeQueries:
    node: Node | None = field(
        "Anything by its global id; null if this bakery has no such thing, and null with an error where its type is "
        "not for the caller: see `@requiresFeature` at the type.",
        resolver=_node,
        gate=EVERYBODY,
    )
    nodes: list[Node | None] | None = field(
        "The same for several at once, in the order of their ids; up to 100.",
        resolver=_nodes,
        gate=EVERYBODY,
        arguments={"ids": "Global ids, as the API gave them."},
        cost=costs(by=["ids"]),
    )
