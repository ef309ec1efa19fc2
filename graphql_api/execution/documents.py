"""The document pipeline: from a text to what of its answer is the same every time."""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass, field
from typing import Any

from graphql import (
    DirectiveNode,
    DocumentNode,
    FieldNode,
    GraphQLError,
    GraphQLIncludeDirective,
    GraphQLSchema,
    GraphQLSkipDirective,
    VariableNode,
    Visitor,
    parse,
    specified_rules,
    validate,
    visit,
)
from graphql.pyutils import Undefined
from strawberry.schema.validation_rules.maybe_null import MaybeNullValidationRule
from strawberry.schema.validation_rules.one_of import OneOfInputValidationRule

from graphql_api.execution.compiler import Writers
from graphql_api.execution.reach import generations

MAX_DOCUMENTS = 1_000
MAX_CHARACTERS = 1_000_000
"""What is kept at most: a parsed document takes some fifty times the memory of its text."""

MAX_LENGTH = 50_000
"""A longer text is not kept: it would push out many others, and no client asks it twice."""

MAX_VARIANTS = 64
"""For how many choices of `@skip` and `@include` the writers of a document are kept."""

RULES = (*specified_rules, MaybeNullValidationRule, OneOfInputValidationRule)

INTROSPECTION = ("__schema", "__type")
"""The fields that tell what is in the schema; `__typename` is none of them."""


@dataclass
class Document:
    """A text, parsed and validated; or the errors that either found. `switches` are the variables that decide which
    of its fields are asked for; `generations` is how far it walks from run to run (`reach.py`); `introspects` is
    whether it asks for what is in the schema."""

    parsed: DocumentNode | None
    syntax_error: GraphQLError | None = None
    errors: list[GraphQLError] = field(default_factory=list)
    switches: tuple[str, ...] = ()
    generations: int = 1
    introspects: bool = False
    _writers: dict[tuple[Any, ...], Writers] = field(default_factory=dict)

    def writers(self, variables: dict[str, Any]) -> Writers:
        """What has been compiled of it for these variables."""
        chosen = tuple(variables.get(name, Undefined) for name in self.switches)
        if chosen not in self._writers and len(self._writers) >= MAX_VARIANTS:
            self._writers.clear()
        return self._writers.setdefault(chosen, {})


class Documents:
    """The documents that were asked for last, by their text. Bounded in number and in length."""

    def __init__(self, schema: GraphQLSchema) -> None:
        self._schema = schema
        self._kept: OrderedDict[str, Document] = OrderedDict()
        self._characters = 0
        self.hits = 0
        self.misses = 0

    def __len__(self) -> int:
        return len(self._kept)

    def get(self, text: str) -> Document:
        document = self._kept.get(text)
        if document is not None:
            self.hits += 1
            self._kept.move_to_end(text)
            return document
        self.misses += 1
        document = self._made(text)
        if len(text) <= MAX_LENGTH:
            self._kept[text] = document
            self._characters += len(text)
            while len(self._kept) > MAX_DOCUMENTS or self._characters > MAX_CHARACTERS:
                dropped, _ = self._kept.popitem(last=False)
                self._characters -= len(dropped)
        return document

    def _made(self, text: str) -> Document:
        try:
            parsed = parse(text)
        except GraphQLError as error:
            return Document(None, syntax_error=error)
        # Whoever may know what is in the schema asks the schema itself: no error suggests a name.
        errors = validate(self._schema, parsed, RULES, hide_suggestions=True)
        if errors:
            return Document(parsed, errors=errors)
        switches, introspects = _looked_through(parsed)
        return Document(parsed, switches=switches, generations=generations(parsed), introspects=introspects)


def _looked_through(document: DocumentNode) -> tuple[tuple[str, ...], bool]:
    """The variables that stand in `@skip` and `@include`, and whether any field asks for what is in the schema."""
    names: dict[str, None] = {}
    introspects = False

    class Collector(Visitor):
        def enter_field(self, node: FieldNode, *_: object) -> None:
            nonlocal introspects
            introspects = introspects or node.name.value in INTROSPECTION

        def enter_directive(self, node: DirectiveNode, *_: object) -> None:
            if node.name.value in (GraphQLSkipDirective.name, GraphQLIncludeDirective.name):
                for argument in node.arguments or ():
                    if isinstance(argument.value, VariableNode):
                        names[argument.value.name.value] = None

    visit(document, Collector())
    return tuple(names), introspects
