"""The documents that clients hold: the contract's, and those that this project has shipped itself."""

from functools import cache
from pathlib import Path

from graphql import (
    DocumentNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    OperationDefinitionNode,
    Visitor,
    parse,
    print_ast,
    visit,
)

FOLDER = Path(__file__).parents[1] / "contract"


@cache
def operation_names() -> tuple[str, ...]:
    return tuple(_operations())


@cache
def document(name: str) -> str:
    """The operation of this name with the fragments that it uses."""
    operation, fragments = _operations()[name]
    used = {name: fragments[name] for name in _spreads(operation)}
    return print_ast(DocumentNode(definitions=(operation, *used.values())))


@cache
def _operations() -> dict[str, tuple[OperationDefinitionNode, dict[str, FragmentDefinitionNode]]]:
    """Each operation, with the fragments of its file."""
    found: dict[str, tuple[OperationDefinitionNode, dict[str, FragmentDefinitionNode]]] = {}
    for file in sorted(FOLDER.glob("*.graphql")):
        definitions = parse(file.read_text(encoding="utf-8")).definitions
        fragments = {node.name.value: node for node in definitions if isinstance(node, FragmentDefinitionNode)}
        for node in definitions:
            if isinstance(node, OperationDefinitionNode):
                assert node.name
                assert node.name.value not in found, f"two documents are called {node.name.value}"
                found[node.name.value] = (node, fragments)
    return found


def _spreads(operation: OperationDefinitionNode) -> set[str]:
    names: set[str] = set()

    class Collector(Visitor):
        def enter_fragment_spread(self, node: FragmentSpreadNode, *_: object) -> None:
            names.add(node.name.value)

    visit(operation, Collector())
    return names
