"""The schema: what the nouns and the features add to each type, put together."""

from __future__ import annotations

from collections.abc import Iterable
from functools import cache

import strawberry
from strawberry.exceptions import DuplicatedTypeName
from strawberry.schema.config import StrawberryConfig
from strawberry.types.base import StrawberryObjectDefinition, StrawberryOptional
from strawberry.types.field import StrawberryField

from graphql_api import plugins as found
from graphql_api.config import Settings
from graphql_api.execution import pipeline
from graphql_api.limits import Limits
from graphql_api.plugins import OURS, ClaimedTwice, Plugin, PluginError, Plugins
from graphql_api.schema.access import AccessMutations, AccessQueries
from graphql_api.schema.archive import ArchiveMutations
from graphql_api.schema.audit import AuditQueries
from graphql_api.schema.features import BUILT_IN
from graphql_api.schema.fields import RequiresFeature
from graphql_api.schema.ingredients import IngredientMutations, IngredientQueries
from graphql_api.schema.inventory import InventoryQueries
from graphql_api.schema.lots import LotMutations, LotQueries
from graphql_api.schema.members import MemberMutations, MemberQueries
from graphql_api.schema.nodes import NodeQueries
from graphql_api.schema.orders import OrderMutations, OrderQueries
from graphql_api.schema.partners import PartnerMutations, PartnerQueries
from graphql_api.schema.people import PeopleQueries
from graphql_api.schema.production import ProductionMutations, ProductionQueries
from graphql_api.schema.products import ProductMutations, ProductQueries
from graphql_api.schema.purchases import PurchaseMutations, PurchaseQueries
from graphql_api.schema.scalars import SCALARS
from graphql_api.schema.switches import SwitchMutations

QUERIES = (
    PeopleQueries,
    NodeQueries,
    MemberQueries,
    AccessQueries,
    PartnerQueries,
    IngredientQueries,
    ProductQueries,
    PurchaseQueries,
    LotQueries,
    InventoryQueries,
    ProductionQueries,
    OrderQueries,
    AuditQueries,
)
MUTATIONS = (
    SwitchMutations,
    MemberMutations,
    AccessMutations,
    PartnerMutations,
    IngredientMutations,
    ProductMutations,
    PurchaseMutations,
    LotMutations,
    ProductionMutations,
    OrderMutations,
    ArchiveMutations,
)


OPEN = {"the field Mutation.acceptInvitation"}
"""What is there for who is not signed in yet; everything else at the roots has a gate."""


@strawberry.type(description="What can be read.")
class Query:
    pass


@strawberry.type(description="What can be changed: each takes one `input` and answers its success or an error.")
class Mutation:
    pass


class Schema(pipeline.Schema):
    """Its types have the fields of their own classes and those that are added to them, by the name of the type."""

    def __init__(
        self,
        plugins: Plugins,
        *,
        compiled: bool = True,
        introspection: bool = True,
        limits: Limits | None = None,
        subscription: type | None = None,
    ) -> None:
        self.plugins = plugins
        self._added: dict[str, dict[str, type]] = {}
        for owner, types in (("Query", QUERIES), ("Mutation", MUTATIONS)):
            self._added[owner] = {f"{OURS} ({added.__name__})": added for added in types}
        for plugin in plugins:
            for owner, added in plugin.extends.items():
                self._added.setdefault(owner, {})[plugin.origin] = added
        super().__init__(
            query=Query,
            mutation=Mutation,
            subscription=subscription,
            compiled=compiled,
            introspection=introspection,
            limits=limits,
            config=StrawberryConfig(scalar_map=SCALARS),
        )

    def get_fields(self, type_definition: StrawberryObjectDefinition) -> list[StrawberryField]:
        """Raises `ClaimedTwice` where two add a field of the same name; Strawberry would let the last one win."""
        found = {self._name(field): (OURS, field) for field in super().get_fields(type_definition)}
        if type_definition.concrete_of is None and not type_definition.is_input:
            for origin, added in self._added.get(type_definition.name, {}).items():
                for field in _fields_of(added):
                    name = self._name(field)
                    claim = f"the field {type_definition.name}.{name}"
                    if name in found:
                        raise ClaimedTwice(claim, found[name][0], origin)
                    if claim not in OPEN and not _is_gated(field):
                        raise PluginError(f"{claim} of {origin} needs a gate, and a type that may be null")
                    found[name] = (origin, field)
        return [field for _, field in found.values()]

    def _name(self, field: StrawberryField) -> str:
        return self.config.name_converter.get_graphql_name(field)


def build(
    plugins: Iterable[Plugin] | None = None,
    *,
    compiled: bool = True,
    introspection: bool = True,
    limits: Limits | None = None,
    subscription: type | None = None,
) -> Schema:
    """The one schema, the same for every bakery: with the plug-ins that are installed, or only with those given.

    Raises `PluginError`.
    """
    used = found.installed(BUILT_IN) if plugins is None else Plugins(plugins)
    try:
        schema = Schema(used, compiled=compiled, introspection=introspection, limits=limits, subscription=subscription)
    except DuplicatedTypeName as error:
        # The name of the type stands in its message only.
        claim = f"the type {error.message.removeprefix('Type ').partition(' ')[0]}"
        first, second = sorted(_whose(kind, used) for kind in (error.first_cls, error.second_cls))
        raise ClaimedTwice(claim, first, second) from error
    except TypeError as error:
        # What is raised while types are put together arrives wrapped, once for each type on the way.
        if (cause := _cause(error)) is None:
            raise
        raise cause from error
    for plugin in used:
        for owner in plugin.extends:
            if schema.get_type_by_name(owner) is None:
                raise PluginError(f"{plugin.origin} adds to the type {owner}, which is not in the schema")
    return schema


@cache
def installed(settings: Settings | None = None) -> Schema:
    """The schema with the plug-ins that are installed, as it is served under these settings.

    A process has it once, and its copies have it from there. Raises `PluginError`.
    """
    if settings is None:
        return build()
    return build(compiled=settings.compiled, introspection=bool(settings.introspection), limits=settings)


def _fields_of(added: type) -> list[StrawberryField]:
    definition: StrawberryObjectDefinition = added.__strawberry_definition__  # type: ignore[attr-defined]
    return definition.fields


def _is_gated(field: StrawberryField) -> bool:
    """Whether a field asks who calls, and can be null where it refuses (R-1.7)."""
    asks = any(isinstance(directive, RequiresFeature) for directive in field.directives)
    return asks and isinstance(field.type, StrawberryOptional)


def _whose(kind: type | None, plugins: Plugins) -> str:
    """The plug-in whose package a class comes from."""
    if kind is None:
        return OURS
    package = kind.__module__.partition(".")[0]
    for plugin in plugins:
        if package in {added.__module__.partition(".")[0] for added in plugin.extends.values()}:
            return f"{plugin.origin} ({kind.__module__})"
    return f"{OURS} ({kind.__module__})"


def _cause(error: BaseException | None) -> PluginError | None:
    while error is not None and not isinstance(error, PluginError):
        error = error.__cause__
    return error
