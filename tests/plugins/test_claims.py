"""Names that two plug-ins claim, and what else is wrong with a plug-in: told at start, with both names (R-1.4)."""

from collections.abc import Callable
from dataclasses import replace
from enum import Enum
from importlib.metadata import EntryPoint
from typing import Any

import pytest
import strawberry
from sqlalchemy import Column, Integer, Table

import graphql_api.plugins
from bakery.store.annex import Annex
from graphql_api.plugins import Plugin, PluginError, Plugins, installed
from graphql_api.resolvers.stock import add_lot
from graphql_api.schema import roots
from graphql_api.schema.features import BUILT_IN
from graphql_api.schema.features.lot_tracking import AddLotInput, AddLotSuccess
from graphql_api.schema.fields import field
from graphql_api.schema.gates import EVERYBODY
from graphql_api.schema.mutations import mutation
from plans import BUILT_IN as FEATURES
from plans import LOT_TRACKING, Feature, Gate, Plan
from plans.tiers import LEADERS

GATE = Gate(LEADERS)
SAME = Feature(key="SAME", name="Same", plan=Plan.GROWTH)


def plugin(origin: str, **adds: Any) -> Plugin:
    feature = Feature(key=origin.upper(), name=origin, plan=Plan.GROWTH)
    return replace(Plugin(feature, origin=origin), **adds)


def adding(name: str, result: Any = str, gate: Gate | None = GATE, nullable: bool = True) -> type:
    """A class that adds one field."""
    resolver: Callable[[], Any] = lambda: None  # noqa: E731
    resolver.__annotations__["return"] = result | None if nullable else result
    made = type("Added", (), {"__annotations__": {}, name: field("Something.", resolver=resolver, gate=gate)})
    return strawberry.type(made)


def named(name: str) -> type:
    """A type of this name; made anew each time."""
    return strawberry.type(type(name, (), {"__annotations__": {"made_of": str}}), description="Something.")


def with_table(prefix: str) -> Annex:
    annex = Annex(prefix, migrations="nowhere")
    annex.of_bakery("things", Column("size", Integer))
    return annex


@pytest.mark.parametrize(
    ("claim", "first", "second"),
    [
        ("the field Lot.colour", {"extends": {"Lot": adding("colour")}}, {"extends": {"Lot": adding("colour")}}),
        ("the field Query.shade", {"extends": {"Query": adding("shade")}}, {"extends": {"Query": adding("shade")}}),
        (
            "the field Mutation.setColour",
            {"extends": {"Mutation": adding("set_colour")}},
            {"extends": {"Mutation": adding("setColour")}},
        ),
        ("the type Colour", {"nodes": {"Colour": None}}, {"nodes": {"Colour": None}}),
        ("the tables colours__…", {"annex": with_table("colours")}, {"annex": with_table("colours")}),
        (
            "the feature SAME",
            {"feature": SAME},
            {"feature": replace(SAME, plan=Plan.SCALE)},
        ),
    ],
)
def test_two_plugins_cannot_claim_one_name(claim: str, first: dict[str, Any], second: dict[str, Any]) -> None:
    with pytest.raises(PluginError) as refused:
        roots.build([*BUILT_IN, plugin("one", **first), plugin("two", **second)])
    assert claim in str(refused.value)
    assert "one and two" in str(refused.value)


@pytest.mark.parametrize(
    ("claim", "adds"),
    [
        ("the field Lot.code", {"extends": {"Lot": adding("code")}}),
        ("the field Query.lots", {"extends": {"Query": adding("lots")}}),
        ("the field Mutation.quickRestock", {"extends": {"Mutation": adding("quick_restock")}}),
        ("the field Mutation.addLot", {"extends": {"Mutation": adding("add_lot")}}),
        ("the feature LOT_TRACKING", {"feature": LOT_TRACKING}),
    ],
)
def test_a_plugin_cannot_claim_what_is_ours(claim: str, adds: dict[str, Any]) -> None:
    with pytest.raises(PluginError, match="BakeTrace") as refused:
        roots.build([*BUILT_IN, plugin("one", **adds)])
    assert claim in str(refused.value)
    assert "one" in str(refused.value)


def test_two_types_of_one_name_are_told_by_where_they_come_from() -> None:
    """Strawberry finds these; its error does not name the plug-ins."""
    first, second = adding("colour", named("Colour")), adding("shade", named("Colour"))
    first.__module__, second.__module__ = "package_one.schema", "package_two.schema"
    for added, package in ((first, "package_one"), (second, "package_two")):
        kind: Any = added.__strawberry_definition__.fields[0].type  # type: ignore[attr-defined]
        kind.of_type.__module__ = f"{package}.schema"
    with pytest.raises(PluginError) as refused:
        roots.build([*BUILT_IN, plugin("one", extends={"Lot": first}), plugin("two", extends={"Order": second})])
    for name in ("the type Colour", "one (package_one.schema)", "two (package_two.schema)"):
        assert name in str(refused.value)


def test_a_type_of_ours_cannot_be_defined_again() -> None:
    class Severity(Enum):
        LOW = "LOW"

    for kind in (named("Lot"), strawberry.enum(Severity, name="Role", description="Something.")):
        with pytest.raises(PluginError, match=r"BakeTrace \(.*both claim the type"):
            roots.build([*BUILT_IN, plugin("one", extends={"Query": adding("colours", kind)})])


def test_a_table_is_named_after_its_plugin() -> None:
    """So that nobody's table is taken for another's."""
    annex = with_table("colours")
    Table("lots", annex.metadata, Column("size", Integer))
    with pytest.raises(PluginError, match="the table lots of one"):
        roots.build([*BUILT_IN, plugin("one", annex=annex)])
    for prefix in ("", "Colours", "a__b", "a_", "1"):
        with pytest.raises(ValueError, match="no prefix"):
            Annex(prefix, migrations="nowhere")


@pytest.mark.parametrize(
    ("adds", "word"),
    [
        ({"extends": {"Lot": adding("colour", gate=None)}}, "Lot.colour of one needs a gate"),
        ({"extends": {"Lot": adding("colour", nullable=False)}}, "a type that may be null"),
        ({"extends": {"Loot": adding("colour")}}, "Loot, which is not in the schema"),
    ],
)
def test_what_a_plugin_adds_must_fit(adds: dict[str, Any], word: str) -> None:
    """R-1.7: a field that asks nobody who calls, or cannot be null where it refuses, is no field."""
    with pytest.raises(PluginError, match=word):
        roots.build([*BUILT_IN, plugin("one", **adds)])


def test_no_mutation_is_for_partners() -> None:
    """R-1.3: a machine only reads."""
    with pytest.raises(ValueError, match="only reads"):
        mutation("Anything.", resolver=add_lot, input=AddLotInput, success=AddLotSuccess, gate=EVERYBODY)


@pytest.mark.parametrize(("value", "word"), [("nowhere.at.all:PLUGIN", "cannot be loaded"), ("plans:Plan", "is no")])
def test_an_entry_point_that_is_no_plugin_is_told(monkeypatch: pytest.MonkeyPatch, value: str, word: str) -> None:
    found = [EntryPoint("broken", value, graphql_api.plugins.GROUP)]
    monkeypatch.setattr(graphql_api.plugins, "entry_points", lambda group: found)
    with pytest.raises(PluginError, match=f"broken.* {word}"):
        installed(BUILT_IN)


def test_fields_are_added_to_one_schema_only() -> None:
    """R-1.4: a schema without the plug-in has no trace of it, also in the process that made one with it."""
    assert "colour: String" in roots.build([*BUILT_IN, plugin("one", extends={"Lot": adding("colour")})]).as_str()
    assert "colour" not in roots.build(BUILT_IN).as_str()


def test_every_built_in_feature_is_a_plugin() -> None:
    """R-1.4: what is declared is offered, in the same order."""
    assert Plugins(BUILT_IN).features == FEATURES
