"""A plug-in from outside this repository, installed by pip: with it all that it adds, without it no trace of it."""

import re

from bakery.store.migration import check, migrate
from bakery.store.standing import is_current
from graphql_api.schema import roots
from tests.api.databases import Snapshot, snapshot
from tests.plugins.conftest import Installed


def test_with_it_its_fields_are_in_the_schema_and_gated(with_allergens: Installed) -> None:
    """R-1.4: types, fields on our types, queries and mutations; what was there before is there unchanged."""
    printed = with_allergens.baketrace("sdl")
    assert printed.code == 0, printed.errors
    assert "allergens: [LotAllergen!] @requiresFeature(roles: [OWNER, MANAGER, STAFF])" in printed.output
    gate = r'SetLotAllergensResult @requiresFeature\(feature: "ALLERGENS", plan: GROWTH, roles: \[OWNER, MANAGER\]\)'
    assert re.search(gate, printed.output)
    assert set(roots.build().as_str().splitlines()) <= set(printed.output.splitlines())


def test_without_it_the_schema_has_no_trace_of_it() -> None:
    """R-1.4"""
    assert "llergen" not in roots.build().as_str()


def test_it_works_from_end_to_end(with_allergens: Installed, database_url: str) -> None:
    """R-1.4, R-1.7: its story is told in a process that has it; `allergens_story.py` has the assertions."""
    told = with_allergens.run("tests.plugins.allergens_story", "tell", database_url)
    assert told.code == 0, told.errors

    # It is uninstalled, with its tables and what is in them left behind: nothing of ours minds.
    left_behind = tables_of_the_plugin(database_url)
    assert len(left_behind["allergens__on_lots"]) > 0
    migrate(database_url)
    assert is_current(database_url)
    check(database_url)
    assert tables_of_the_plugin(database_url) == left_behind

    # Installed again, it goes on from there, until its tables are wanted no longer.
    told = with_allergens.run("tests.plugins.allergens_story", "leave", database_url)
    assert told.code == 0, told.errors
    assert not any(tables_of_the_plugin(database_url).values())


def tables_of_the_plugin(database_url: str) -> Snapshot:
    return {name: rows for name, rows in snapshot(database_url).items() if name.startswith("allergens__")}


def test_two_that_claim_one_name_fail_at_start_with_both_names(with_both: Installed) -> None:
    """R-1.4: in one line, and before a database is touched."""
    refused = with_both.baketrace("serve", database_url="sqlite:////nonexistent/never.db")
    assert refused.code == 1
    [line] = refused.errors.splitlines()
    names = ("Lot.allergens", "baketrace-allergens:allergens", "baketrace-twin:twin")
    assert [name for name in names if name not in line] == []
