"""Whatever has a global id, by that id."""

from __future__ import annotations

from typing import Any

from graphql_api.context import Info
from graphql_api.refs import Ref


async def node(info: Info, ref: Ref) -> Any:
    """The record of a reference; None where the caller's bakery has no such record."""
    caller = info.context.caller
    match ref.kind:
        case "Viewer":
            return caller if ref.id == caller.id else None
        case "Bakery":
            return caller.bakery if ref.id == caller.bakery_id else None
        case _:
            return await info.context.loaders.node(ref)
