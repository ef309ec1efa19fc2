"""docs/queries.md: every feature of the README has a query there; that each finds something is in test_demo.py."""

import re
from typing import Any

import pytest
from graphql import build_schema, parse, validate

from tests.api.query_page import HEADINGS, QUERIES
from tests.real.shared import REPOSITORY

README = (REPOSITORY / "README.md").read_text(encoding="utf-8")
SCHEMA = build_schema((REPOSITORY / "graphql_api" / "schema.graphql").read_text(encoding="utf-8"))


def anchor(heading: str) -> str:
    return re.sub(r"[^a-z0-9 -]", "", heading.lower()).replace(" ", "-")


def test_each_feature_of_the_readme_leads_to_its_query() -> None:
    table = README.partition("## What it does")[2].partition("\n## ")[0]
    rows = [line for line in table.splitlines() if line.startswith("| ") and "| by |" not in line]
    assert len(rows) >= len(HEADINGS)
    assert [row for row in rows if "docs/queries.md#" not in row] == []
    linked = {target for row in rows for target in re.findall(r"\(docs/queries\.md#([a-z0-9-]+)\)", row)}
    assert linked == {anchor(heading) for heading in HEADINGS}


@pytest.mark.parametrize(("query", "variables"), QUERIES)
def test_every_query_fits_the_schema(query: str, variables: dict[str, Any]) -> None:
    assert validate(SCHEMA, parse(query)) == []
    assert set(re.findall(r"\$(\w+): \w+!", query)) == set(variables)
