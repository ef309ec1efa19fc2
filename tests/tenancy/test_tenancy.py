"""No bakery reads or writes another's, whatever it asks with (R-1.1): a short run of `make tenancy`.

With the application's own filter taken out, on PostgreSQL, the database alone holds the same (`unfiltered.py`).
"""

from collections.abc import Iterator
from dataclasses import replace
from random import Random
from typing import Any

import psycopg
import pytest
from graphql import GraphQLObjectType, GraphQLSchema, build_schema, get_named_type

from bakery.store import fences, tables
from graphql_api.refs import parse_global_id
from graphql_api.schema import roots
from plans import Role
from tests.api.databases import LOGGED, Templates, snapshot
from tests.api.in_process import InProcessApi
from tests.tenancy.attack import Attack, Town
from tests.tenancy.bakeries import KEYED, Seen, Tenant, everything_of
from tests.tenancy.places import Place, changing, kind_of
from tests.tenancy.rows import open_rows, tables_of_bakeries
from tests.tenancy.unfiltered import unfiltered

SCHEMA: GraphQLSchema = build_schema(roots.build().as_str())
SEED = 1888
PLACES_EACH = 30
"""That managers and staff attack; owners attack all."""

# A guard against hanging only: `make tenancy` is the run that is judged.
pytestmark = pytest.mark.timeout(900)


@pytest.fixture(scope="module")
def town(engine: str, templates: Templates, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Town]:
    with templates.copy(engine, tmp_path_factory.mktemp("town")) as url:
        api = InProcessApi(url, growth_budget=10**9, scale_budget=10**9)
        yield Town.settled(api, SCHEMA, 2)
        api.close()


def sample(town: Town, random: Random) -> Town:
    """Each place once: of a list's orders one, chosen by chance."""
    by_field: dict[str, list[Place]] = {}
    for place in town.places:
        by_field.setdefault(place.where.partition(")")[0], []).append(place)
    return replace(town, places=[random.choice(alike) for alike in by_field.values()])


def test_another_bakerys_things_are_like_none(town: Town, engine: str) -> None:
    """R-1.1, R-1.5: at every place of the schema, by answers that are equal byte for byte, for whoever asks.

    The rows are as they were. Partners attack in `make tenancy` alone: all that they ask for stands in the log of their
    own bakery, where the tests below would meet it.
    """
    random = Random(SEED)
    attack = Attack(sample(town, random), random, tries_each=1)
    attack.run(*town.tenants)
    if engine == "postgresql":  # SQLite has no row-level security: there the filter is all there is
        with unfiltered():
            attack.run(*town.tenants)
    print(f"seed {SEED}: {attack.findings}")
    assert attack.findings.leaks == []
    assert attack.findings.tries == len(attack.town.places) * (2 if engine == "postgresql" else 1) > 100
    for role in (Role.MANAGER, Role.STAFF):
        few = replace(town, places=random.sample(town.places, PLACES_EACH))
        attack = Attack(few, random, tries_each=1, role=role)
        attack.run(*town.tenants)
        assert attack.findings.leaks == []


@pytest.mark.parametrize("engine", ["postgresql"], indirect=True)
def test_without_filter_and_fence_everything_leaks(town: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    """So that the attack is known to find what it is there to find, and taking the filter out to take it out."""
    monkeypatch.setattr(fences, "TAKE_ROLE", "SELECT 1")
    api = InProcessApi(town.api.database_url)
    read = [place for place in town.places if place.kind == "id" and not place.where.startswith("Mutation")]
    attack = Attack(replace(town, api=api, places=read), Random(SEED), tries_each=3)
    with unfiltered():
        attack.run(*town.tenants)
    api.close()
    leaking = {leak.partition(" ")[0] for leak in attack.findings.leaks}
    assert {"Query.node(id:)", "Query.nodes(ids:)"} <= leaking
    assert len(attack.findings.leaks) > 5


# ── the database by itself ────────────────────────────────────────────────────────────────────────────────────────────
ON_POSTGRESQL = pytest.mark.parametrize("engine", ["postgresql"], indirect=True)


@ON_POSTGRESQL
def test_no_row_of_another_bakery_can_be_read_or_written(town: Town) -> None:
    """R-1.1: in each table with rows of bakeries, by what PostgreSQL does for the server's role."""
    one, other = (tenant.bakery.id for tenant in town.tenants)
    with psycopg.connect(town.api.database_url) as connection:
        assert open_rows(connection, tables.metadata, one, other) == []
        assert len(tables_of_bakeries(tables.metadata, connection)) > 25


@ON_POSTGRESQL
@pytest.mark.parametrize(
    ("gap", "found"),
    [
        (
            "ALTER TABLE suppliers DISABLE ROW LEVEL SECURITY",
            {"SELECT", "SELECT without a bakery", "UPDATE", "DELETE", "UPDATE to another bakery", "INSERT"},
        ),
        ("CREATE POLICY gap ON suppliers FOR SELECT USING (true)", {"SELECT", "SELECT without a bakery"}),
        ("CREATE POLICY gap ON suppliers FOR INSERT WITH CHECK (true)", {"INSERT"}),
        ("CREATE POLICY gap ON suppliers FOR UPDATE USING (false) WITH CHECK (true)", {"UPDATE to another bakery"}),
        ("CREATE TABLE unknown (bakery_id bigint)", {"unknown: bakery {} has no row to try it with"}),
    ],
    ids=["no fence", "reading", "adding", "giving away", "a table that nobody knows"],
)
def test_a_gap_in_the_fence_is_seen(town: Town, gap: str, found: set[str]) -> None:
    """Whatever the policies are called."""
    one, other = (tenant.bakery.id for tenant in town.tenants)
    with psycopg.connect(town.api.database_url) as connection, connection.transaction(force_rollback=True):
        connection.execute(gap.encode())
        told = open_rows(connection, tables.metadata, one, other)
    assert {line.removeprefix("suppliers: ") for line in told} == {line.format(other) for line in found}


# ── that nothing is forgotten ─────────────────────────────────────────────────────────────────────────────────────────
def test_every_place_that_takes_an_id_is_attacked(town: Town) -> None:
    """Whatever argument or input field of type `ID` the SDL has, by another count than the attack's own."""
    found = 0
    for kind in SCHEMA.type_map.values():
        if isinstance(kind, GraphQLObjectType) and not kind.name.startswith("__"):
            for name, declared in kind.fields.items():
                taken = roots_of(declared, f"{kind.name}.{name}")
                found += len(taken)
                assert taken <= {place.where.partition(" ")[0].replace("[0]", "") for place in town.places}
    assert found > 80


def roots_of(declared: Any, where: str) -> set[str]:
    """Every scalar that a field takes and by which something is looked up, as places name it."""

    def below(kind: Any, way: tuple[str, ...]) -> Iterator[tuple[str, ...]]:
        inner = get_named_type(kind)
        if not hasattr(inner, "fields"):
            if kind_of(way[-1], inner.name):
                yield way
            return
        for name, given in inner.fields.items():
            yield from below(given.type, (*way, name))

    ways = [way for name, argument in declared.args.items() for way in below(argument.type, (name,))]
    if where.startswith("Mutation."):
        ways = [way[1:] for way in ways]
    return {f"{where}({'.'.join(way)}:)" for way in ways}


def test_a_text_that_nobody_has_thought_of_is_told() -> None:
    """A new text argument has to be said to be a code, a search, or nothing of the kind."""
    with pytest.raises(AssertionError, match="barcode"):
        kind_of("barcode", "String")


def test_every_id_that_is_told_is_the_bakerys_own(town: Town) -> None:
    """R-1.1: at each field of type `ID`, and each cursor, of each type: a number of a row of the bakery that asks."""
    one, other = town.tenants
    own_numbers = numbers_of(town, one) | {one.bakery.id}
    seen: Seen = everything_of(one.bakery, SCHEMA, one.world.ids.values())
    places = {
        f"{kind.name}.{name}"
        for kind in SCHEMA.type_map.values()
        if isinstance(kind, GraphQLObjectType)
        for name, declared in kind.fields.items()
        if get_named_type(declared.type).name == "ID"
    }
    assert places - seen.fields.keys() == set()
    for place in places:
        for id in seen.fields[place]:
            ref = parse_global_id(id)
            assert ref
            assert ref.id in own_numbers, (place, id)
    foreign = {ref.id for id in other.all_ids if (ref := parse_global_id(id))}
    assert foreign
    assert not foreign & own_numbers


def numbers_of(town: Town, tenant: Tenant) -> set[int]:
    """The numbers of all rows of the bakery, read past the product. Keys of tables begin with the bakery."""
    return {
        row[1]
        for rows in snapshot(town.api.database_url, LOGGED - {"audit_entries"}).values()
        for row in rows
        if len(row) > 1 and row[0] == tenant.bakery.id and isinstance(row[1], int)
    }


# ── keys ──────────────────────────────────────────────────────────────────────────────────────────────────────────────
def test_a_key_is_each_bakerys_own(town: Town) -> None:
    """R-5.10, R-1.1: under another's key a change is done anew, and the other's repeat answers as it did."""
    one, other = town.tenants
    assert set(other.keys) == set(KEYED)
    supplies = {"name": "Salt", "unit": "g", "openingStock": "5", "idempotencyKey": "a key that both have"}
    shown = "__typename ... on CreateIngredientSuccess { ingredient { id } }"
    text = changing("createIngredient").replace("__typename", shown)
    first, second = (tenant.bakery.owner.send(text, {"input": supplies}).root for tenant in (one, other))
    assert first["__typename"] == second["__typename"] == "CreateIngredientSuccess"
    assert first["ingredient"]["id"] != second["ingredient"]["id"]
    assert one.bakery.owner.send(text, {"input": supplies}).root == first
    used = one.bakery.owner.send(text, {"input": {**supplies, "openingStock": "6"}}).root
    assert used["__typename"] == "IdempotencyConflict"
