"""Documents that no client would write, over the whole schema, as the schema itself allows them.

Whatever type, field or argument is added is drawn from then on: arguments by their types, and by their names from
what the bakery has.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import count
from random import Random
from typing import Any

from graphql import (
    GraphQLArgument,
    GraphQLEnumType,
    GraphQLField,
    GraphQLInputObjectType,
    GraphQLInputType,
    GraphQLInterfaceType,
    GraphQLList,
    GraphQLNonNull,
    GraphQLSchema,
    GraphQLUnionType,
    get_named_type,
    is_composite_type,
)

MAX_DEPTH = 7
MAX_FIELDS = 20


class Name(str):
    """The name of an enum's value: unlike a text, it stands in a document without quotes."""

    __slots__ = ()


@dataclass
class Document:
    """One operation in the making."""

    schema: GraphQLSchema
    samples: Mapping[str, Sequence[str]]
    random: Random
    variables: dict[str, Any] = field(default_factory=dict)
    _declared: list[str] = field(default_factory=list)
    _fragments: list[str] = field(default_factory=list)
    _reusable: list[tuple[str, str]] = field(default_factory=list)
    _fields_left: int = MAX_FIELDS
    _numbers: Any = field(default_factory=lambda: count(1))

    def text(self) -> str:
        query = self.schema.query_type
        assert query
        chosen = self._selection(query, 0)
        declared = f"({', '.join(self._declared)})" if self._declared else ""
        return "\n".join([f"query Generated{declared} {chosen}", *self._fragments])

    # ── selections ────────────────────────────────────────────────────────────────────────────────────────────────
    def _selection(self, kind: Any, depth: int) -> str:
        parts = [self._part(kind, depth) for _ in range(self.random.choice((1, 2, 2, 3, 4)))]
        if self.random.random() < 0.2:
            parts.append(self.random.choice(parts))  # merges with itself
        return "{ " + " ".join(parts) + " }"

    def _part(self, kind: Any, depth: int) -> str:
        """A field, or fields in a fragment of one kind or the other."""
        chance = self.random.random()
        if chance < 0.08 and depth:
            return f"...{self._directives()} {self._selection(kind, depth)}"
        if chance < 0.2 and depth:
            narrower = self.random.choice(self._overlapping(kind))
            return f"... on {narrower.name}{self._directives()} {self._selection(narrower, depth)}"
        if chance < 0.28 and depth:
            return f"...{self._fragment(kind, depth)}{self._directives()}"
        return self._field(kind, depth)

    def _fragment(self, kind: Any, depth: int) -> str:
        fitting = [name for name, on in self._reusable if on == kind.name]
        if fitting and self.random.random() < 0.5:
            return self.random.choice(fitting)
        name = f"F{next(self._numbers)}"
        self._fragments.append(f"fragment {name} on {kind.name} {self._selection(kind, depth)}")
        self._reusable.append((name, kind.name))
        return name

    def _overlapping(self, kind: Any) -> list[Any]:
        """The type itself, what it implements, and what may stand for it."""
        if isinstance(kind, GraphQLInterfaceType | GraphQLUnionType):
            return [kind, *self.schema.get_possible_types(kind)]
        return [kind, *kind.interfaces]

    def _field(self, kind: Any, depth: int) -> str:
        fields = {} if isinstance(kind, GraphQLUnionType) else kind.fields
        self._fields_left -= 1
        deep = depth < MAX_DEPTH and self._fields_left > 0
        usable = [name for name, one in fields.items() if deep or not is_composite_type(get_named_type(one.type))]
        if not usable or self.random.random() < 0.06:
            return self._aliased("__typename", "")
        # Half of what is chosen leads on, where anything does.
        leading = [name for name in usable if is_composite_type(get_named_type(fields[name].type))]
        name = self.random.choice(leading if leading and self.random.random() < 0.5 else usable)
        return self._chosen(name, fields[name], depth)

    def _chosen(self, name: str, chosen: GraphQLField, depth: int) -> str:
        inner = get_named_type(chosen.type)
        selection = f" {self._selection(inner, depth + 1)}" if is_composite_type(inner) else ""
        return self._aliased(name, self._arguments(chosen.args)) + self._directives() + selection

    def _aliased(self, name: str, arguments: str) -> str:
        # Without an alias, the same field with other arguments would not merge.
        if arguments or self.random.random() < 0.15:
            return f"a{next(self._numbers)}: {name}{arguments}"
        return name

    def _directives(self) -> str:
        if self.random.random() < 0.85:
            return ""
        name = self.random.choice(("include", "skip"))
        value = self.random.random() < 0.5
        shown = self._variable("Boolean!", value) if self.random.random() < 0.7 else json.dumps(value)
        return f" @{name}(if: {shown})"

    # ── arguments ─────────────────────────────────────────────────────────────────────────────────────────────────
    def _arguments(self, arguments: Mapping[str, GraphQLArgument]) -> str:
        given = []
        for name, argument in arguments.items():
            if not isinstance(argument.type, GraphQLNonNull) and self.random.random() < 0.8:
                continue
            value = self._value(argument.type, name)
            in_variable = self.random.random() < 0.4
            given.append(f"{name}: {self._variable(str(argument.type), value) if in_variable else literal(value)}")
        return f"({', '.join(given)})" if given else ""

    def _variable(self, kind: str, value: Any) -> str:
        name = f"v{next(self._numbers)}"
        self._declared.append(f"${name}: {kind}")
        self.variables[name] = value
        return f"${name}"

    def _value(self, kind: GraphQLInputType, name: str) -> Any:
        if isinstance(kind, GraphQLNonNull):
            return self._value(kind.of_type, name)
        if isinstance(kind, GraphQLList):
            return [self._value(kind.of_type, name) for _ in range(self.random.choice((0, 1, 2)))]
        if isinstance(kind, GraphQLEnumType):
            return Name(self.random.choice(list(kind.values)))
        if isinstance(kind, GraphQLInputObjectType):
            return {
                inner: self._value(one.type, inner)
                for inner, one in kind.fields.items()
                if isinstance(one.type, GraphQLNonNull) or self.random.random() < 0.4
            }
        return self._scalar(kind.name, name)

    def _scalar(self, kind: str, name: str) -> Any:
        match kind:
            case "Int":
                return self.random.choice((0, 1, 2, 2, 3, 3, 5, 5, 50, 101))
            case "Boolean":
                return self.random.random() < 0.5
            case "Decimal":
                return self.random.choice(("1", "2.5", "0.000001", "-1", "1000"))
            case "Date":
                return self.random.choice(("2026-03-01", "2026-03-02", "2026-04-01"))
            case "DateTime":
                return "2026-03-01T08:00:00+00:00"
        # Mostly what fits by its name, now and then another text of the bakery's.
        samples = self.samples.get(name) if self.random.random() < 0.95 else None
        return self.random.choice(list(samples or [text for texts in self.samples.values() for text in texts]))


def literal(value: Any) -> str:
    """A value as it stands in a document."""
    if isinstance(value, Name):
        return str(value)
    if isinstance(value, dict):
        return "{" + ", ".join(f"{name}: {literal(part)}" for name, part in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(map(literal, value)) + "]"
    return json.dumps(value, ensure_ascii=False)
