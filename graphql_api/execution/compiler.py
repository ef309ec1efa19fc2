"""From a selection to a function that writes it, for a whole set of records at once.

A `Writer` writes records of one class as their selection wants them. Fields that are scalars become expressions of
its generated function; a field that is a record, or a list of them, becomes a `Column`: the answers of that field for
all records of the set, made by the writer of its own selection before. So a trace of any size is loaded and written
set by set, each record once for each place of the document, however many others refer to it.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Collection, Generator, Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import chain, islice
from operator import attrgetter
from typing import Any, TypeAlias

from graphql import (
    FieldNode,
    GraphQLError,
    GraphQLField,
    GraphQLIncludeDirective,
    GraphQLList,
    GraphQLNonNull,
    GraphQLObjectType,
    GraphQLSkipDirective,
    is_leaf_type,
)
from graphql.execution import Executor
from graphql.execution.collect_fields import FieldDetailsList
from strawberry.schema.schema_converter import GraphQLCoreConverter

from bakery.store.turns import SLICE
from graphql_api.context import Context
from graphql_api.execution.leaves import LISTS, Unusual, expression, list_coercion, unusual
from graphql_api.execution.sources import Attribute, Computed, Derived, Loaded, Source, gates_of, source_of
from plans import Gate

STRAWBERRY = GraphQLCoreConverter.DEFINITION_BACKREF

MAX_FIELDS = 500
"""Fields of one selection; a longer one is no client's way to ask."""

Steps: TypeAlias = Generator[Awaitable[Any], Any, list[Any]]
"""Work that ends with a list, and hands out what must be awaited on the way to it: loads, facts, turns."""

WriterKey: TypeAlias = tuple[str | int, ...]
Writers: TypeAlias = "dict[WriterKey, Writer | None]"
"""Writers by the type and the field nodes whose selection they write; None for what cannot be compiled."""


class Uncompilable(Exception):
    """A selection with something in it that only graphql-core can do."""


@dataclass(frozen=True)
class Writer:
    """`write(records, *columns, *facts)` gives a list of answers, in the order of the records.

    `gates` stand before fields of the selection, at any depth: it may be used where all of them are open.
    """

    write: Callable[..., list[Any]]
    columns: tuple[Column, ...]
    facts: tuple[Callable[[Context], Awaitable[Any]], ...]
    gates: tuple[Gate, ...]

    def written(self, records: Sequence[Any], context: Context) -> Steps:
        columns = []
        for column in self.columns:
            columns.append((yield from column.written(records, context)))
        facts = []
        for fact in self.facts:
            facts.append((yield fact(context)))
        if len(records) <= SLICE:
            return self.write(records, *columns, *facts)
        answers: list[Any] = []
        for start in range(0, len(records), SLICE):
            yield context.turn()
            part = slice(start, start + SLICE)
            answers += self.write(records[part], *(column[part] for column in columns), *facts)
        return answers


@dataclass(frozen=True)
class Column:
    """A field whose values are records of one class or, if `listed`, lists of them."""

    source: Attribute | Computed | Loaded
    writer: Writer
    listed: bool
    nullable: bool

    def written(self, records: Sequence[Any], context: Context) -> Steps:
        """The field's answer for each of the records."""
        if isinstance(self.source, Loaded):
            return self._loaded(self.source, records, context)
        get = attrgetter(self.source.name) if isinstance(self.source, Attribute) else self.source.function
        return self._answers([get(record) for record in records], context)

    def _loaded(self, source: Loaded, records: Sequence[Any], context: Context) -> Steps:
        keys = list(map(attrgetter(source.key), records))
        found = yield source.loader(context.loaders).load_all(key for key in keys if key is not None)
        answers = dict(zip(found, (yield from self._answers(list(found.values()), context)), strict=True))
        if self.nullable:
            return list(map(answers.get, keys))
        return [answers[key] for key in keys]

    def _answers(self, values: Collection[Any], context: Context) -> Steps:
        present = [value for value in values if value is not None]
        if len(present) < len(values) and not self.nullable:
            raise Unusual("null")
        if not self.listed:
            answers = iter((yield from self.writer.written(present, context)))
        else:
            if not all(value.__class__ in LISTS for value in present):
                raise Unusual("no list")
            members = yield from self.writer.written(list(chain.from_iterable(present)), context)
            answers = _regrouped(members, present)
        if len(present) == len(values):
            return list(answers)
        return [None if value is None else next(answers) for value in values]


def _regrouped(members: Iterable[Any], groups: Iterable[Sequence[Any]]) -> Iterator[list[Any]]:
    rest = iter(members)
    return (list(islice(rest, len(group))) for group in groups)


def writer_for(
    executor: Executor[Any], kind: GraphQLObjectType, details: FieldDetailsList, known: Writers
) -> Writer | None:
    """The writer of what `details` select of an object of this type; kept in `known`, where it may be already."""
    key: WriterKey = (kind.name, *(id(detail.node) for detail in details))
    if key not in known:
        try:
            known[key] = _Compiler(executor, known).compiled(kind, details)
        except (Uncompilable, GraphQLError, SyntaxError, RecursionError):
            # What is wrong with the selection itself, graphql-core tells where it meets it, and to whom it may.
            known[key] = None
    return known[key]


class _Compiler:
    """Compiles one selection; what it selects of other objects is compiled by others."""

    def __init__(self, executor: Executor[Any], known: Writers) -> None:
        self._executor = executor
        self._known = known
        self._names: dict[str, Any] = {"unusual": unusual}
        self._columns: list[Column] = []
        self._facts: list[Callable[[Context], Awaitable[Any]]] = []
        self._gates: dict[int, Gate] = {}

    def compiled(self, kind: GraphQLObjectType, details: FieldDetailsList) -> Writer:
        if any(detail.defer_usage or detail.fragment_variable_values for detail in details):
            raise Uncompilable
        selected, deferred, _ = self._executor.collect_subfields(kind, details)
        if deferred or len(selected) > MAX_FIELDS:
            raise Uncompilable
        # Asks for the parts first: each may add a column, a fact or a name to the function's own.
        pairs = [f"{name!r}: {self._value(kind, parts)}" for name, parts in selected.items()]
        record = self._bind(_record_class(kind))
        columns = [f"c{number}" for number in range(len(self._columns))]
        facts = [f"f{number}" for number in range(len(self._facts))]
        values = [f"v{number}" for number in range(len(self._columns))]
        each = f"{', '.join(['r', *values])} in zip({', '.join(['records', *columns])})" if columns else "r in records"
        source = (
            f"def write({', '.join(['records', *columns, *facts])}):\n"
            f"    answers = []\n"
            f"    for {each}:\n"
            f"        if r.__class__ is not {record}: unusual(r)\n"
            f"        answers.append({{{', '.join(pairs)}}})\n"
            f"    return answers\n"
        )
        exec(compile(source, f"<{kind.name}>", "exec"), self._names)  # noqa: S102 - of names the schema knows, only
        return Writer(self._names["write"], tuple(self._columns), tuple(self._facts), tuple(self._gates.values()))

    def _bind(self, value: Any) -> str:
        name = f"n{len(self._names)}"
        self._names[name] = value
        return name

    def _value(self, kind: GraphQLObjectType, details: FieldDetailsList) -> str:
        """The expression for one field of the record `r`."""
        node = details[0].node
        if not all(_has_known_directives(detail.node) for detail in details):
            raise Uncompilable
        if node.name.value == "__typename":
            return repr(kind.name)
        field = kind.fields.get(node.name.value)
        definition = field.extensions.get(STRAWBERRY) if field and not field.args else None
        source = source_of(definition) if definition else None
        if field is None or definition is None or source is None:
            raise Uncompilable
        self._ask(gates_of(definition))
        return self._of_type(field, source, details)

    def _of_type(self, field: GraphQLField, source: Source, details: FieldDetailsList) -> str:
        kind, nullable = _nullable(field.type)
        listed = isinstance(kind, GraphQLList)
        item, item_nullable = _nullable(kind.of_type) if isinstance(kind, GraphQLList) else (kind, nullable)
        if is_leaf_type(item):
            value = self._value_of(source)
            if not listed:
                return expression(item, value, self._bind, nullable=nullable)
            return f"{self._bind(list_coercion(item, nullable=nullable, item_nullable=item_nullable))}({value})"
        if not isinstance(item, GraphQLObjectType) or isinstance(source, Derived):
            raise Uncompilable
        writer = writer_for(self._executor, item, details, self._known)
        if writer is None:
            raise Uncompilable
        self._ask(writer.gates)
        self._columns.append(Column(source, writer, listed, nullable))
        return f"v{len(self._columns) - 1}"

    def _ask(self, gates: Iterable[Gate]) -> None:
        self._gates |= {id(gate): gate for gate in gates}

    def _value_of(self, source: Source) -> str:
        match source:
            case Attribute():
                return f"r.{source.name}"
            case Computed():
                return f"{self._bind(source.function)}(r)"
            case Derived():
                if source.fact not in self._facts:
                    self._facts.append(source.fact)
                return f"{self._bind(source.rule)}(r, f{self._facts.index(source.fact)})"
        raise Uncompilable  # a scalar that is loaded: nothing has one yet


def _record_class(kind: GraphQLObjectType) -> type:
    """The class that all records of a type have."""
    definition = kind.extensions.get(STRAWBERRY)
    viewed: type | None = getattr(kind.is_type_of, "record", None)
    if viewed is not None:
        return viewed
    if definition is None or definition.is_type_of is not None:
        raise Uncompilable
    origin: type = (definition.concrete_of or definition).origin
    return origin


def _nullable(kind: Any) -> tuple[Any, bool]:
    return (kind.of_type, False) if isinstance(kind, GraphQLNonNull) else (kind, True)


def _has_known_directives(node: FieldNode) -> bool:
    known = (GraphQLSkipDirective.name, GraphQLIncludeDirective.name)
    return all(directive.name.value in known for directive in node.directives or ())
