"""What can be archived: out of lists and of anything new, but still in every record and trace."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import strawberry

from graphql_api.resolvers import archive as resolvers
from graphql_api.schema.fields import Node, field
from graphql_api.schema.gates import OWNER_OR_MANAGER
from graphql_api.schema.mutations import mutation, outcome, success
from plans import Gate


@strawberry.interface(description="Anything that can be archived: suppliers, customers, ingredients, products, orders.")
class Archivable(Node):
    archived_at: datetime | None = strawberry.field(description="When it was archived; null while it is in use.")


def archived_at(gate: Gate) -> Any:
    """The field of the interface, at each type behind the gate of what else stands there."""
    return field("When it was archived; null while it is in use.", gate=gate)


@strawberry.input(description="What to archive.")
class ArchiveInput:
    id: strawberry.ID = strawberry.field(
        description="A supplier, customer, ingredient, product or order. It must not be needed any more: no stock or "
        "live recipe of an ingredient, no open order of a product, customer or supplier."
    )


@success("It is archived: it stays in every record and trace, and is left out of lists and of anything new.")
class ArchiveSuccess:
    archived: Archivable = outcome("What was archived.")


@strawberry.input(description="What to bring back from the archive.")
class RestoreInput:
    id: strawberry.ID = strawberry.field(description="A supplier, customer, ingredient, product or order.")


@success("It is in use again.")
class RestoreSuccess:
    restored: Archivable = outcome("What was brought back.")


@strawberry.type
class ArchiveMutations:
    archive = mutation(
        "Take something out of lists and of anything new, for as long as it is archived. An order is only taken out of "
        "lists: it keeps its status and its links, and can still be moved.",
        resolver=resolvers.archive,
        input=ArchiveInput,
        success=ArchiveSuccess,
        gate=OWNER_OR_MANAGER,
    )
    restore = mutation(
        "Bring something back from the archive.",
        resolver=resolvers.restore,
        input=RestoreInput,
        success=RestoreSuccess,
        gate=OWNER_OR_MANAGER,
    )
