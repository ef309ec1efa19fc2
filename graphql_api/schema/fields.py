"""How fields, views and connections are declared: each one line, with its gate where it has one.

A gate stands at its field and nowhere else. It is enforced there, and printed there as `@requiresFeature`.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import fields
from enum import Enum
from typing import Any, Generic, Optional, TypeVar

import strawberry
from strawberry import UNSET
from strawberry.annotation import StrawberryAnnotation
from strawberry.extensions import FieldExtension
from strawberry.schema_directive import Location
from strawberry.types.arguments import StrawberryArgument
from strawberry.types.field import StrawberryField

from bakery.errors import InvalidInput
from bakery.store.paging import Listing, Page, Window
from graphql_api.context import Context, Info
from graphql_api.execution.costs import DEFAULT_PAGE_SIZE, MAX_PAGE_SIZE, PAGED, Cost, costs
from graphql_api.execution.sources import SOURCE, Derived, Guard, Loaded
from graphql_api.loaders import Loader, Loaders
from graphql_api.refs import Ref, global_id
from graphql_api.resolvers.changes import KEEP
from graphql_api.schema.cursors import cursor_of, key_of
from plans import Gate, Plan, Role

T = TypeVar("T")
Input = TypeVar("Input")
C = TypeVar("C", bound=type)

# What an argument means wherever it has this name.
ARGUMENTS = {
    "id": "Its global id, as the API gave it.",
    "code": "Its code, as people read it out.",
    "number": "Its number, as the bakery writes it.",
    "filter": "Which of them; all if left out.",
    "sort": "In which order.",
    "input": "What is asked.",
}


# Strawberry prints no descriptions of a directive's arguments, so its own explains them.
@strawberry.schema_directive(
    locations=[Location.FIELD_DEFINITION, Location.OBJECT],
    name="requiresFeature",
    description="Who may use a field: the caller's role is one of `roles`; where a `feature` is named, the bakery has "
    "its `plan` or above, and it is switched on. On a type: who may read it by `node`.",
)
class RequiresFeature:
    feature: str | None = strawberry.directive_field(name="feature", default=UNSET)
    plan: Plan | None = strawberry.directive_field(name="plan", default=UNSET)
    roles: list[Role] = strawberry.directive_field(name="roles", default=())


def directives_of(gate: Gate | None) -> list[RequiresFeature]:
    """The gate as it stands in the SDL."""
    if gate is None:
        return []
    feature = gate.feature
    return [
        RequiresFeature(
            feature=feature.key if feature else UNSET,
            plan=(feature.plan if feature else gate.plan) or UNSET,
            roles=list(gate.roles),
        )
    ]


LEFT_OUT = "left_out"
"""Under this name a field of an input keeps what a resolver gets for it when it is left out, if that is not None."""


def change(description: str) -> Any:
    """A field of an update's input: left out, it changes nothing; null takes an optional value away."""
    return strawberry.field(default=UNSET, description=description, metadata={LEFT_OUT: KEEP})


def given(value: Input) -> Input:
    """An input with None for what was left out, at any depth: left out and null are the same, but to an update."""
    if isinstance(value, list):
        for item in value:
            given(item)
    for name, declared in getattr(value, "__dataclass_fields__", {}).items():
        part = getattr(value, name)
        setattr(value, name, declared.metadata.get(LEFT_OUT) if part is UNSET else given(part))
    return value


def field(
    description: str,
    *,
    resolver: Callable[..., Any] | None = None,
    gate: Gate | None = None,
    name: str | None = None,
    arguments: Mapping[str, str] | None = None,
    extensions: list[FieldExtension] | None = None,
    source: Derived | Loaded | None = None,
    cost: Sequence[Cost] = (),
) -> Any:
    """A field of a view: the record's attribute of the same name, or what `resolver` makes of the record.

    `arguments` describes what `ARGUMENTS` does not, and `cost` is made by `costs`.
    """
    # The extension listed last runs first: nothing is done before the gate has been asked.
    guarded = [*(extensions or []), *([Guard(gate)] if gate else [])]
    options: dict[str, Any] = {"resolver": resolver} if resolver else {}
    if source:
        options["metadata"] = {SOURCE: source}
    declared: Any = strawberry.field(
        description=description, name=name, extensions=guarded, directives=[*directives_of(gate), *cost], **options
    )
    for argument in declared.arguments:
        argument.description = {**ARGUMENTS, **(arguments or {})}.get(argument.python_name)
    return declared


def _sourced(description: str, source: Derived | Loaded, gate: Gate | None, cost: Sequence[Cost] = ()) -> Any:
    """A field with a source that the executor also knows, so that it can ask for a whole set of records at once."""

    async def resolve(root: Any, info: Info) -> Any:
        return await source.value(root, info.context)

    return field(description, resolver=resolve, gate=gate, source=source, cost=cost)


def reference(description: str, kind: str, attribute: str, *, gate: Gate | None = None) -> Any:
    """A field that shows the record whose id stands in the view's `attribute`; null where that is null."""
    return _sourced(description, Loaded(lambda loaders: loaders.by_kind[kind], attribute), gate)


def loaded(
    description: str, loader: Callable[[Loaders], Loader[Any]], *, gate: Gate | None = None, size: int | None = None
) -> Any:
    """A field that shows what a loader has under the record's id: the records that refer to it, some `size` of them."""
    return _sourced(description, Loaded(loader, "id"), gate, costs(size=size))


def derived(
    description: str,
    rule: Callable[[Any, Any], Any],
    fact: Callable[[Context], Awaitable[Any]],
    *,
    gate: Gate | None = None,
) -> Any:
    """A field that follows from the record and from one fact of the whole operation."""
    return _sourced(description, Derived(rule, fact), gate)


@strawberry.interface(description="Anything with a global id.")
class Node:
    id: strawberry.ID = strawberry.field(description="Opaque and the same for ever.")


def view(record: type, description: str, *, node: Gate | None = None) -> Callable[[C], C]:
    """Declares a GraphQL type that shows records of one class; with `node`, by their global id to whom that gate lets.

    That is the gate at which the type is otherwise come by, or a narrower one.
    """

    def declare(cls: C) -> C:
        def is_type_of(candidate: Any, _info: Any) -> bool:
            return isinstance(candidate, record)

        is_type_of.record = record  # type: ignore[attr-defined]
        cls.is_type_of = staticmethod(is_type_of)  # type: ignore[attr-defined]
        if node is not None:
            cls.node_gate = node  # type: ignore[attr-defined]
            cls.__annotations__ = {"id": strawberry.ID, **cls.__annotations__}
            cls.id = strawberry.field(  # type: ignore[attr-defined]
                resolver=_id_of(cls.__name__), description="Opaque and the same for ever."
            )
        return strawberry.type(cls, description=description, directives=directives_of(node))

    return declare


def _id_of(kind: str) -> Callable[[Any], strawberry.ID]:
    def resolve(root: Any) -> strawberry.ID:
        return strawberry.ID(global_id(Ref(kind, root.id)))

    return resolve


# ── connections ───────────────────────────────────────────────────────────────────────────────────────────────────
@strawberry.type(description="Where a page stands in its list.")
class PageInfo:
    has_next_page: bool = strawberry.field(description="Whether there is more after this page.")
    has_previous_page: bool = strawberry.field(description="Whether there is more before this page.")
    start_cursor: str | None = strawberry.field(description="The cursor of the first edge.")
    end_cursor: str | None = strawberry.field(description="The cursor of the last edge; give it as `after`.")


@strawberry.type(description="One entry of a list.")
class Edge(Generic[T]):
    cursor: str = strawberry.field(description="Where the entry stands; opaque.")
    node: T = strawberry.field(description="The entry.")


async def _total_count(root: Any) -> int:
    listing: Listing[Any] = root.listing
    return await listing.count()


@strawberry.type(description="A page of a list, by keyset cursors.")
class Connection(Generic[T]):
    edges: list[Edge[T]] = strawberry.field(description="The entries of this page.", directives=costs(weight=0))
    page_info: PageInfo = strawberry.field(description="Where the page stands.", directives=costs(weight=0))
    total_count: int = strawberry.field(
        description="How many entries the whole list has.", resolver=_total_count, directives=costs(weight=5)
    )
    listing: strawberry.Private[Listing[Any]]


class _Paging(FieldExtension):
    """Adds the Relay arguments to a field whose resolver gives a `Listing`, and reads the page they ask for."""

    def apply(self, field: StrawberryField) -> None:
        described = {
            "first": f"How many to read from the start; up to {MAX_PAGE_SIZE}, {DEFAULT_PAGE_SIZE} if left out.",
            "after": "Read only what stands after this cursor.",
            "last": f"How many to read from the end; up to {MAX_PAGE_SIZE}.",
            "before": "Read only what stands before this cursor.",
        }
        field.arguments = [
            *field.arguments,
            *(
                StrawberryArgument(
                    python_name=name,
                    graphql_name=None,
                    type_annotation=StrawberryAnnotation(int | None if name in ("first", "last") else str | None),
                    default=UNSET,
                    description=description,
                )
                for name, description in described.items()
            ),
        ]

    async def resolve_async(
        self,
        next_: Callable[..., Any],
        source: Any,
        info: Info,
        *,
        first: int | None = None,
        after: str | None = None,
        last: int | None = None,
        before: str | None = None,
        **arguments: Any,
    ) -> Connection[Any]:
        listing: Listing[Any] = await next_(source, info, **arguments)
        window = Window(
            size=_page_size(first, last),
            after=key_of("after", after, listing.key_types, listing.sort),
            before=key_of("before", before, listing.key_types, listing.sort),
            from_end=first is None and last is not None,
        )
        return _connection(listing, await listing.page(window))


def connection(
    description: str,
    *,
    resolver: Callable[..., Any],
    gate: Gate | None = None,
    filter: type | None = None,
    sort: Enum | None = None,
    arguments: Mapping[str, str] | None = None,
) -> Any:
    """A field that pages through the `Listing` that `resolver` gives.

    With `filter` it has an argument of that type, whose fields the resolver gets by name; with `sort`, an argument of
    that enum, which is the default.
    """
    if filter is not None:
        if "archived" in {choice.name for choice in fields(filter)}:
            arguments = {"filter": "Which of them; all that are not archived if left out.", **(arguments or {})}
        resolver = _chosen(resolver, filter) if sort is None else _sorted(resolver, filter, sort)
    return field(
        description, resolver=resolver, gate=gate, arguments=arguments, extensions=[_Paging()], cost=costs(**PAGED)
    )


def _chosen(resolver: Callable[..., Any], filter_type: type) -> Callable[..., Any]:
    async def resolve(root: Any, info: Info, filter: Any = UNSET) -> Any:
        return await resolver(root, info, **_by_name(filter))

    resolve.__annotations__["filter"] = Optional[filter_type]  # noqa: UP045 - the type is a variable
    return resolve


def _sorted(resolver: Callable[..., Any], filter_type: type, default: Enum) -> Callable[..., Any]:
    async def resolve(root: Any, info: Info, filter: Any = UNSET, sort: Any = default) -> Any:
        return await resolver(root, info, sort=sort, **_by_name(filter))

    resolve.__annotations__ |= {"filter": Optional[filter_type], "sort": type(default)}  # noqa: UP045
    return resolve


def _by_name(filter: Any) -> dict[str, Any]:
    return {name: getattr(filter, name) for name in vars(given(filter))} if filter else {}


def _page_size(first: int | None, last: int | None) -> int:
    if first is not None and last is not None:
        raise InvalidInput.at("last", "Give first or last, not both.")
    for name, size in (("first", first), ("last", last)):
        if size is not None:
            if size < 1:
                raise InvalidInput.at(name, f"It is {size}; it must be from 1 to {MAX_PAGE_SIZE}.")
            return min(size, MAX_PAGE_SIZE)
    return DEFAULT_PAGE_SIZE


def _connection(listing: Listing[Any], page: Page[Any]) -> Connection[Any]:
    cursors = [cursor_of(key, listing.sort) for key in page.keys]
    return Connection(
        edges=[Edge(cursor=cursor, node=node) for cursor, node in zip(cursors, page.records, strict=True)],
        page_info=PageInfo(
            has_next_page=page.has_next,
            has_previous_page=page.has_previous,
            start_cursor=cursors[0] if cursors else None,
            end_cursor=cursors[-1] if cursors else None,
        ),
        listing=listing,
    )
