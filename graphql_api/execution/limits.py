"""What of a document and its variables is counted before anything is done with them (docs/limits.md).

Validation and execution take a fragment anew in each of its places, so a short text can be made that keeps them busy
for hours. Here each fragment is measured once, and what it measures is added wherever it is spread: one walk, linear
in the text.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, NoReturn

from graphql import (
    DocumentNode,
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    GraphQLError,
    GraphQLSyntaxError,
    InlineFragmentNode,
    OperationDefinitionNode,
    SelectionSetNode,
)
from graphql.validation.rules import overlapping_fields_can_be_merged
from graphql.validation.validate import ValidationAbortedError

from graphql_api.limits import LimitExceeded, Limits, many

MAX_NESTING = 200
"""How many selections are opened within each other, fragments too: as many as the parser takes of one definition."""

MAX_COUNT = 1_000_000_000
"""Counting ends here: fragments that double each other soon make numbers that nobody can read."""

MAX_COMPARISONS = 40_000
"""How much work goes into whether fields of one name mean the same; graphql-core's own bound is twelve times that."""
overlapping_fields_can_be_merged.MAX_COMPLEXITY_BUDGET = MAX_COMPARISONS

MAX_NAMES = 100
"""Of fields in one object of the variables; no input has half as many."""

MAX_LINES = 2_000
"""An error's place is found by counting lines from the top, for each error again."""

MAX_ERRORS = 20
"""More are not looked for."""


def check_text(text: str, limits: Limits) -> None:
    """Raises `LimitExceeded` for what is too long to be parsed."""
    if len(text) > limits.max_document_characters:
        _refuse("documentCharacters", "characters", len(text), limits.max_document_characters)
    lines = 1 + text.count("\n") + text.count("\r")
    if lines > MAX_LINES:
        _refuse("documentLines", "lines", lines, MAX_LINES)


def parser_gave_up(error: GraphQLSyntaxError, limits: Limits) -> LimitExceeded | None:
    """The limit at which the parser stopped, if it was one; it counts no further."""
    if not error.message.endswith("Parsing aborted."):
        return None
    for unit in ("tokens", "comments"):
        if f"{limits.max_tokens} {unit}" in error.message:
            return _exceeded(unit, f"{unit} or more", limits.max_tokens + 1, limits.max_tokens)
    return _exceeded("nesting", "levels within each other, or more", MAX_NESTING + 1, MAX_NESTING)


def validation_gave_up(errors: Sequence[GraphQLError]) -> LimitExceeded | None:
    """The limit at which validation stopped, if it was one other than that of its errors."""
    for error in errors:
        if isinstance(error, ValidationAbortedError) and "error limit" not in error.message:
            what = "comparisons of fields of the same name, or more"
            return _exceeded("comparisons", what, MAX_COMPARISONS + 1, MAX_COMPARISONS)
    return None


@dataclass(frozen=True, slots=True)
class Size:
    """Of a selection, with its fragments written out: how deep it is, how many fields stand side by side in it, and
    how many fields, aliases and directives there are in all of it."""

    depth: int = 0
    width: int = 0
    fields: int = 0
    aliases: int = 0
    directives: int = 0


_LEAF = Size()


def check_document(document: DocumentNode, limits: Limits) -> None:
    """Raises `LimitExceeded`, or a `GraphQLError` for a fragment that leads back to itself."""
    walk = _Walk(document)
    for node in document.definitions:
        if isinstance(node, OperationDefinitionNode):
            size = walk.selected(node.selection_set)
            of_variables = sum(len(one.directives or ()) for one in node.variable_definitions or ())
            _check_size(size, len(node.directives or ()) + of_variables, limits)
        elif isinstance(node, FragmentDefinitionNode):
            # Also where nobody spreads it: validation looks at it all the same.
            _check_size(walk.fragment(node.name.value), len(node.directives or ()), limits, is_operation=False)


def _check_size(size: Size, directives: int, limits: Limits, *, is_operation: bool = True) -> None:
    if size.depth > limits.max_depth:
        _refuse("depth", "levels", size.depth, limits.max_depth)
    if is_operation and size.width > limits.max_root_fields:
        _refuse("rootFields", "root fields", size.width, limits.max_root_fields)
    if size.aliases > limits.max_aliases:
        _refuse("aliases", "aliases", size.aliases, limits.max_aliases)
    if size.directives + directives > limits.max_directives:
        _refuse("directives", "directives", size.directives + directives, limits.max_directives)
    if size.fields > limits.max_fields:
        _refuse("fields", "fields with all fragments written out", size.fields, limits.max_fields)


class _Walk:
    def __init__(self, document: DocumentNode) -> None:
        self._fragments = {
            node.name.value: node for node in document.definitions if isinstance(node, FragmentDefinitionNode)
        }
        self._measured: dict[str, Size] = {}
        self._entered: dict[str, None] = {}
        self._nesting = 0

    def selected(self, selections: SelectionSetNode) -> Size:
        self._nesting += 1
        if self._nesting > MAX_NESTING:
            _refuse("nesting", "selections within each other, or more", self._nesting, MAX_NESTING)
        depth = width = fields = aliases = directives = 0
        for node in selections.selections:
            directives += len(node.directives or ())
            if isinstance(node, FieldNode):
                inner = self.selected(node.selection_set) if node.selection_set else _LEAF
                depth = max(depth, 1 + inner.depth)
                width += 1
                fields += 1
                aliases += node.alias is not None
            else:
                if isinstance(node, FragmentSpreadNode):
                    inner = self.fragment(node.name.value, node)
                else:
                    assert isinstance(node, InlineFragmentNode)
                    inner = self.selected(node.selection_set)
                depth = max(depth, inner.depth)
                width += inner.width
            fields += inner.fields
            aliases += inner.aliases
            directives += inner.directives
        self._nesting -= 1
        return Size(depth, *(min(count, MAX_COUNT) for count in (width, fields, aliases, directives)))

    def fragment(self, name: str, spread: FragmentSpreadNode | None = None) -> Size:
        """What a fragment measures; of one that is not there nothing, since validation tells that."""
        found = self._measured.get(name)
        if found is None:
            if name in self._entered:
                self._refuse_circle(name, spread)
            if name not in self._fragments:
                return _LEAF
            self._entered[name] = None
            found = self._measured[name] = self.selected(self._fragments[name].selection_set)
            del self._entered[name]
        return found

    def _refuse_circle(self, name: str, spread: FragmentSpreadNode | None) -> NoReturn:
        entered = list(self._entered)
        way = entered[entered.index(name) + 1 :]
        via = " via " + ", ".join(f"'{one}'" for one in way[:10]) if way else ""
        raise GraphQLError(f"Cannot spread fragment '{name}' within itself{via}.", spread)


# ── variables ─────────────────────────────────────────────────────────────────────────────────────────────────────────
def check_variables(variables: Mapping[str, Any] | None, limits: Limits) -> None:
    """Raises `LimitExceeded` for what is too much to be coerced. The names of variables are no secret; values are."""
    for name, value in (variables or {}).items():
        level: list[Any] = [value]
        depth = count = 0
        while level:
            if depth > limits.max_variable_depth:
                _refuse("variableDepth", f"levels, or more, in ${name[:40]}", depth, limits.max_variable_depth)
            following: list[Any] = []
            for one in level:
                if isinstance(one, list):
                    following += one
                elif isinstance(one, dict):
                    if len(one) > MAX_NAMES:
                        _refuse("variableNames", f"names in one object of ${name[:40]}", len(one), MAX_NAMES)
                    following += one.values()
                else:
                    _check_scalar(name, one, limits.max_variable_characters)
            count += len(following)
            if count > limits.max_variable_values:
                what = f"values, or more, in ${name[:40]}"
                _refuse("variableValues", what, count, limits.max_variable_values)
            level, depth = following, depth + 1


def _check_scalar(name: str, value: Any, allowed: int) -> None:
    if isinstance(value, str):
        length = len(value)
    elif isinstance(value, Decimal):
        length = len(value.as_tuple().digits)
    else:
        return
    if length > allowed:
        _refuse("variableCharacters", f"characters in one value of ${name[:40]}", length, allowed)


def _refuse(limit: str, what: str, actual: int, allowed: int) -> NoReturn:
    raise _exceeded(limit, what, actual, allowed)


def _exceeded(limit: str, what: str, actual: int, allowed: int) -> LimitExceeded:
    subject = "The variables have" if limit.startswith("variable") else "The document has"
    return LimitExceeded(
        limit, f"{subject} {many(actual)} {what}; {many(allowed)} are allowed.", actual=actual, allowed=allowed
    )
