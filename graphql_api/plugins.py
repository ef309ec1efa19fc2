"""Features as plug-ins: what one adds to the schema and the database, and which of them are installed.

Ours are a tuple (`schema/features`); a package outside this repository adds its own by an entry point of the group
`baketrace.features` (docs/plugins.md). Nothing is taken on trust: a name that two of them claim ends the start.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from importlib.metadata import EntryPoint, entry_points
from typing import Any

from bakery.store.annex import Annex
from graphql_api.loaders import Fetch
from plans import SCOPES, Feature

GROUP = "baketrace.features"
OURS = "BakeTrace"


class PluginError(Exception):
    """The installed plug-ins cannot be used together; the message names them and what is wrong."""


class ClaimedTwice(PluginError):
    """Two plug-ins, or one and the product itself, claim the same name."""

    def __init__(self, claim: str, first: str, second: str) -> None:
        super().__init__(f"{first} and {second} both claim {claim}; uninstall one of them, or rename it in one.")


@dataclass(frozen=True)
class Plugin:
    """A feature, and what it adds.

    `extends` is by the name of a type, `Query` and `Mutation` among them: a `strawberry.type` whose fields the type
    gains. `nodes` says how the records of each new type that has a global id are read, by the type's name. `annex` has
    its tables. `origin` is filled in when it is found: what people know it by.
    """

    feature: Feature
    extends: Mapping[str, type] = field(default_factory=dict)
    nodes: Mapping[str, Fetch[Any]] = field(default_factory=dict)
    annex: Annex | None = None
    origin: str = OURS

    @property
    def claims(self) -> Iterator[str]:
        """The names that nobody else may have, as people call them; fields are told apart when the schema is built."""
        yield f"the feature {self.feature.key}"
        yield from (f"the type {kind}" for kind in self.nodes)
        if self.annex is not None:
            yield f"the tables {self.annex.prefix}__…"
            yield from (f"the table {name}" for name in self.annex.metadata.tables)


class Plugins(tuple[Plugin, ...]):
    """Plug-ins that do not claim each other's names. Raises `PluginError`."""

    __slots__ = ()

    def __new__(cls, plugins: Iterable[Plugin] = ()) -> Plugins:
        made = super().__new__(cls, plugins)
        claimed: dict[str, str] = {}
        for plugin in made:
            for claim in plugin.claims:
                if claim in claimed:
                    raise ClaimedTwice(claim, claimed[claim], plugin.origin)
                claimed[claim] = plugin.origin
            for stray in plugin.annex.strays if plugin.annex else ():
                raise PluginError(f"the table {stray} of {plugin.origin} has another's name; make it by its `Annex`")
        return made

    @property
    def features(self) -> tuple[Feature, ...]:
        return tuple(plugin.feature for plugin in self)

    @property
    def scopes(self) -> list[str]:
        """What a partner's key may be allowed: what is built in, and what features have declared beside."""
        declared = (each.scope for feature in self.features for each in feature.operations.values())
        return list(dict.fromkeys([*SCOPES, *filter(None, declared)]))

    @property
    def nodes(self) -> dict[str, Fetch[Any]]:
        return {kind: fetch for plugin in self for kind, fetch in plugin.nodes.items()}

    @property
    def annexes(self) -> tuple[Annex, ...]:
        return tuple(plugin.annex for plugin in self if plugin.annex is not None)

    def feature(self, key: str) -> Feature | None:
        return next((feature for feature in self.features if feature.key == key), None)


def installed(built_in: Iterable[Plugin]) -> Plugins:
    """Ours and those of the packages that are installed here. Raises `PluginError`."""
    found = sorted(entry_points(group=GROUP), key=_origin)
    return Plugins([*built_in, *map(_loaded, found)])


def _loaded(entry_point: EntryPoint) -> Plugin:
    origin = _origin(entry_point)
    try:
        plugin = entry_point.load()
    except Exception as error:
        raise PluginError(f"the plug-in {origin} cannot be loaded: {error!r}") from error
    if not isinstance(plugin, Plugin):
        raise PluginError(f"the plug-in {origin} is no graphql_api.plugins.Plugin: {plugin!r}")
    return replace(plugin, origin=origin)


def _origin(entry_point: EntryPoint) -> str:
    """The package, and which of its entry points."""
    package = entry_point.dist.name if entry_point.dist else entry_point.value
    return f"{package}:{entry_point.name}"
