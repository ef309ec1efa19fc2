"""The document pipeline: from a text to what of its answer is the same every time."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
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
    GraphQLSyntaxError,
    OperationDefinitionNode,
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
from graphql_api.execution.costs import Costs
from graphql_api.execution.limits import (
    MAX_ERRORS,
    check_document,
    check_text,
    parser_gave_up,
    validation_gave_up,
)
from graphql_api.execution.reach import generations
from graphql_api.kept import Kept
from graphql_api.limits import LimitExceeded, Limits

MAX_DOCUMENTS = 1_000
MAX_CHARACTERS = 250_000
"""What is kept at most: a parsed document takes some fifty times the memory of its text."""

MAX_OTHERS = 100
MAX_OTHER_CHARACTERS = 200_000
"""What is kept at most of documents that were refused, or that nobody asked who is signed in: apart from the others, so
that they cannot push them out."""

MAX_LENGTH = 50_000
"""A longer text is not kept: it would push out many others, and no client asks it twice."""

SHORT = 200
"""Characters that are read at once; a longer text may take so long that others should not wait for it."""

MAX_VARIANTS = 64
"""For how many choices of `@skip` and `@include` the writers of a document are kept, and for how many sizes of lists
its costs."""

RULES = (*specified_rules, MaybeNullValidationRule, OneOfInputValidationRule)

INTROSPECTION = ("__schema", "__type")
"""The fields that tell what is in the schema; `__typename` is none of them."""


@dataclass
class Document:
    """A text, parsed and validated; or the errors that either found, or the limit that it exceeds. `switches` are the
    variables that decide which of its fields are asked for; `generations` is how far it walks from run to run
    (`reach.py`); `introspects` is whether it asks for what is in the schema."""

    parsed: DocumentNode | None
    syntax_error: GraphQLError | None = None
    errors: list[GraphQLError] = field(default_factory=list)
    refusal: LimitExceeded | None = None
    switches: tuple[str, ...] = ()
    generations: int = 1
    introspects: bool = False
    _writers: dict[tuple[Any, ...], Writers] = field(default_factory=dict)
    _sizes: dict[str | None, tuple[str, ...]] = field(default_factory=dict)
    _costs: dict[tuple[Any, ...], int] = field(default_factory=dict)

    @property
    def is_good(self) -> bool:
        return self.parsed is not None and not self.errors

    def writers(self, variables: dict[str, Any]) -> Writers:
        """What has been compiled of it for these variables."""
        chosen = tuple(variables.get(name, Undefined) for name in self.switches)
        if chosen not in self._writers and len(self._writers) >= MAX_VARIANTS:
            self._writers.clear()
        return self._writers.setdefault(chosen, {})

    def cost(self, costs: Costs, name: str | None, variables: Mapping[str, Any]) -> int:
        """What its operation of this name costs: counted anew only where lists are asked for in other sizes."""
        sized_by = self._sizes.get(name)
        if sized_by is not None:
            known = self._costs.get((name, *_sizes(sized_by, variables)))
            if known is not None:
                return known
        assert self.parsed is not None
        operation = next(
            node
            for node in self.parsed.definitions
            if isinstance(node, OperationDefinitionNode) and (node.name.value if node.name else None) == name
        )
        cost, names = costs.of(self.parsed, operation, variables)
        if len(self._costs) >= MAX_VARIANTS:
            self._costs.clear()
        self._sizes[name] = sized_by = tuple(sorted(names))
        self._costs[name, *_sizes(sized_by, variables)] = cost
        return cost


def _sizes(names: tuple[str, ...], variables: Mapping[str, Any]) -> list[Any]:
    """What of the variables a cost depends on: a number, or how many a list has."""
    values = [variables.get(name, Undefined) for name in names]
    return [len(one) if isinstance(one, list) else one if type(one) is int else str(type(one)) for one in values]


class Documents:
    """The documents that were asked for last, by their text. Bounded in number and in length."""

    def __init__(self, schema: GraphQLSchema, limits: Limits) -> None:
        self._schema = schema
        self._limits = limits
        self._good = Kept[Document](MAX_DOCUMENTS, MAX_CHARACTERS)
        self._others = Kept[Document](MAX_OTHERS, MAX_OTHER_CHARACTERS)
        # One at a time: more would only take from each other, and from whoever asks for what is known.
        self._reader = ThreadPoolExecutor(1, "documents")
        self.hits = 0
        self.misses = 0

    def __len__(self) -> int:
        return len(self._good) + len(self._others)

    def get(self, text: str, *, is_known: bool = True) -> Document:
        """The document of a text; `is_known` says whether whoever asks is signed in."""
        return self._known(text) or self._keep(text, self._made(text), is_known)

    async def ask(self, text: str, *, is_known: bool) -> Document:
        """The same; while a long text is read for the first time, others go on."""
        if len(text) <= SHORT:
            return self.get(text, is_known=is_known)
        document = self._known(text)
        if document is None:
            made = await asyncio.get_running_loop().run_in_executor(self._reader, self._made, text)
            document = self._keep(text, made, is_known)
        return document

    def _known(self, text: str) -> Document | None:
        document = self._good.get(text) or self._others.get(text)
        self.hits += document is not None
        return document

    def _keep(self, text: str, document: Document, is_known: bool) -> Document:
        self.misses += 1
        kept = self._good if is_known and document.is_good else self._others
        if len(text) <= MAX_LENGTH:
            kept.keep(text, document, len(text))
        return document

    def _made(self, text: str) -> Document:
        parsed: DocumentNode | None = None
        # An error is kept without where it was raised: that would keep all that was there at the time.
        try:
            check_text(text, self._limits)
            parsed = parse(text, max_lexical_tokens=self._limits.max_tokens, max_comments=self._limits.max_tokens)
            _unlink_tokens(parsed)
            check_document(parsed, self._limits)
            # Whoever may know what is in the schema asks the schema itself: no error suggests a name.
            errors = validate(self._schema, parsed, RULES, max_errors=MAX_ERRORS, hide_suggestions=True)
        except LimitExceeded as exceeded:
            return Document(None, refusal=exceeded.with_traceback(None))
        except GraphQLSyntaxError as error:
            gave_up = parser_gave_up(error, self._limits)
            return Document(None, syntax_error=None if gave_up else error.with_traceback(None), refusal=gave_up)
        except GraphQLError as error:
            return Document(parsed, errors=[error.with_traceback(None)])
        if errors:
            refusal = validation_gave_up(errors)
            return Document(None, refusal=refusal) if refusal else Document(parsed, errors=errors)
        switches, introspects = _looked_through(parsed)
        return Document(parsed, switches=switches, generations=generations(parsed), introspects=introspects)


def _unlink_tokens(document: DocumentNode) -> None:
    """Take the tokens of a text apart, which refer to each other in a chain both ways: only the collector would find
    them, and it would go through all that is kept."""
    token = document.loc.start_token if document.loc else None
    while token is not None:
        following = token.next
        token.prev = token.next = None
        token = following


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
