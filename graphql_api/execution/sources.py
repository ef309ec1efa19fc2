"""Where a field gets its value from, as far as that can be known before any record is there.

Whatever is not said here, the executor leaves to graphql-core: fields with arguments, connections, mutations,
resolvers of any other kind.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any, TypeAlias, cast

from strawberry.extensions import FieldExtension
from strawberry.types.field import StrawberryField

from graphql_api.auditing import note_read
from graphql_api.context import Context, Info
from graphql_api.loaders import Loader, Loaders
from plans import Gate, decide

SOURCE = "source"
"""The key in a field's metadata under which its source stands."""


@dataclass(frozen=True)
class Attribute:
    """The record's attribute."""

    name: str


@dataclass(frozen=True)
class Computed:
    """A pure function of the record."""

    function: Callable[[Any], Any]


@dataclass(frozen=True)
class Derived:
    """A pure function of the record and one fact that holds for the whole operation, such as today's date."""

    rule: Callable[[Any, Any], Any]
    fact: Callable[[Context], Awaitable[Any]]

    async def value(self, record: Any, context: Context) -> Any:
        return self.rule(record, await self.fact(context))


@dataclass(frozen=True)
class Loaded:
    """What a loader has under the record's attribute `key`; null where that is null."""

    loader: Callable[[Loaders], Loader[Any]]
    key: str

    async def value(self, record: Any, context: Context) -> Any:
        key = getattr(record, self.key)
        return None if key is None else await self.loader(context.loaders).load(key)


Source: TypeAlias = Attribute | Computed | Derived | Loaded


class Guard(FieldExtension):
    """Asks a field's gate before the field is resolved, and notes what partners read."""

    def __init__(self, gate: Gate) -> None:
        self.gate = gate

    def resolve(self, next_: Callable[..., Any], source: Any, info: Info, **arguments: Any) -> Any:
        self._ask(info, arguments)
        return next_(source, info, **arguments)

    async def resolve_async(self, next_: Callable[..., Any], source: Any, info: Info, **arguments: Any) -> Any:
        self._ask(info, arguments)
        return await next_(source, info, **arguments)

    def _ask(self, info: Info, arguments: Mapping[str, Any]) -> None:
        note_read(info, arguments)
        if denial := decide(self.gate, info.context.signed_in):
            raise denial


def source_of(field: StrawberryField) -> Source | None:
    """The source of a field behind its gates; None where only its resolver knows."""
    if not all(type(extension) is Guard for extension in field.extensions):
        return None
    resolver = field.base_resolver
    if resolver is None:
        return Attribute(field.python_name)
    if SOURCE in field.metadata:
        source: Source = field.metadata[SOURCE]
        return source
    parent = resolver.parent_parameter or resolver.root_parameter
    if parent is None or len(resolver.signature.parameters) > 1 or resolver.is_async:
        return None
    return Computed(cast("Callable[[Any], Any]", resolver.wrapped_func))


def gates_of(field: StrawberryField) -> list[Gate]:
    return [extension.gate for extension in field.extensions if isinstance(extension, Guard)]
