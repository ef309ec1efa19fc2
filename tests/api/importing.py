"""Imports by the command line, and what they tell."""

import re
from dataclasses import dataclass
from pathlib import Path

import pytest
from typer.testing import CliRunner

from graphql_api.cli import app
from tests.api.bakeries import Bakery
from tests.api.in_process import InProcessApi

SUPPLIERS = "name,email\nHillside Mill,orders@hillside-mill.example\n"
INGREDIENTS = "name,unit,opening_stock,density\nFlour,kg,35,\nCream,l,1,1.01\nEggs,each,24,\nLevain,kg,,\n"
CUSTOMERS = "name,email,phone\nCorner Café,kitchen@corner-cafe.example,+44 1632 960101\n"
RECIPES = """\
product,yield_quantity,shelf_life_days,makes_ingredient,inherit_expiry,ingredient,quantity,unit
Levain refresh,1,3,Levain,yes,Levain,100,g
Country loaf,10,2,,,Flour,5200,g
Levain refresh,,,,,Flour,450,g
Country loaf,,,,,Levain,0.9,
Coffee,,,,,,,
"""
ORDERS = """\
number,customer,due_on,product,quantity
W-1,Corner Café,2026-03-05,Country loaf,5
W-1,,,Coffee,2
W-2,,,Coffee,1
"""
WHOLE = {
    "suppliers": SUPPLIERS,
    "ingredients": INGREDIENTS,
    "customers": CUSTOMERS,
    "recipes": RECIPES,
    "orders": ORDERS,
}

ON_SQLITE = pytest.mark.parametrize("engine", ["sqlite"], indirect=True)
"""For what does not reach the database, and so is the same on each."""


@dataclass(frozen=True)
class Result:
    """What the command printed, and how it ended."""

    exit_code: int
    stdout: str
    stderr: str

    @property
    def problems(self) -> list[str]:
        """The problems told, with the files' names less their folders; the closing line last."""
        assert self.exit_code == 1
        return [re.sub(r"^\S*/", "", line) for line in self.stderr.splitlines()]


@dataclass(frozen=True)
class Importing:
    """Imports files, given by noun as text or bytes, into a bakery; they are written to `folder`."""

    api: InProcessApi
    bakery: Bakery
    folder: Path

    def run(self, *options: str, **files: str | bytes) -> Result:
        arguments = ["import", "--bakery", str(self.bakery.id), *options]
        for noun, content in files.items():
            path = self.folder / f"{noun}.csv"
            path.write_bytes(content.encode() if isinstance(content, str) else content)
            arguments += [f"--{noun}", str(path)]
        done = CliRunner(env={"BAKETRACE_DATABASE_URL": self.api.database_url}).invoke(app, arguments)
        if done.exception and not isinstance(done.exception, SystemExit):
            raise done.exception
        return Result(done.exit_code, done.stdout, done.stderr)

    def takes(self, **files: str | bytes) -> Result:
        result = self.run(**files)
        assert result.exit_code == 0, result.stderr
        return result

    def refuses(self, **files: str | bytes) -> list[str]:
        """The problems without the closing line; nothing is changed by such an import."""
        with self.bakery.nothing_changes():
            result = self.run(**files)
        *problems, closing = result.problems
        count = f"{len(problems)} problem{'' if len(problems) == 1 else 's'}"
        assert closing == f"baketrace: Nothing was imported: {count} to put right first."
        return problems
