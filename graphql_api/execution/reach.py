"""How far a document walks: from one production batch to the next, generation by generation."""

from __future__ import annotations

from graphql import (
    DocumentNode,
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    OperationDefinitionNode,
    SelectionSetNode,
)

STEP = "consumptions"
"""The field that leads from a lot to the runs that used it, and from a run to the lots that it used."""


def generations(document: DocumentNode) -> int:
    """How many steps the deepest path of a valid document takes, and 1 if it takes none."""
    fragments = {
        node.name.value: node.selection_set for node in document.definitions if isinstance(node, FragmentDefinitionNode)
    }
    known: dict[str, int] = {}

    def depth(selections: SelectionSetNode | None) -> int:
        return max(map(step, selections.selections), default=0) if selections else 0

    def step(node: object) -> int:
        if isinstance(node, FragmentSpreadNode):
            name = node.name.value
            if name not in known:
                known[name] = depth(fragments[name])
            return known[name]
        own = isinstance(node, FieldNode) and node.name.value == STEP
        return own + depth(getattr(node, "selection_set", None))

    operations = (node for node in document.definitions if isinstance(node, OperationDefinitionNode))
    return max((1, *(depth(operation.selection_set) for operation in operations)))
