"""Example packages, really installed by pip into folders of their own, and processes that see them."""

import os
import shutil
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import pytest

HERE = Path(__file__).parent
SECONDS_MAX = 100


@dataclass(frozen=True)
class Process:
    """How a fresh Python process went."""

    code: int
    output: str
    errors: str


@dataclass(frozen=True)
class Installed:
    """A folder that pip has installed packages to."""

    folder: Path

    def install(self, package: str) -> None:
        """Offline, from a copy of the sources: building leaves files behind."""
        source = self.folder.parent / f"{package} sources"
        shutil.copytree(HERE / package, source, ignore=shutil.ignore_patterns("__pycache__"))
        options = ["--no-index", "--no-deps", "--no-build-isolation", "--disable-pip-version-check", "--no-compile"]
        done = subprocess.run(
            [sys.executable, "-m", "pip", "install", "--quiet", *options, "--target", str(self.folder), str(source)],
            capture_output=True,
            text=True,
            timeout=SECONDS_MAX,
        )
        assert done.returncode == 0, done.stderr

    def run(self, module: str, *arguments: str, environment: Mapping[str, str] | None = None) -> Process:
        """Run a module in a process that has the installed packages."""
        inherited = {name: value for name, value in os.environ.items() if not name.startswith("BAKETRACE_")}
        paths = f"{self.folder}{os.pathsep}{HERE.parents[1]}"
        done = subprocess.run(
            [sys.executable, "-m", module, *arguments],
            capture_output=True,
            text=True,
            timeout=SECONDS_MAX,
            env=inherited | {"PYTHONPATH": paths} | dict(environment or {}),
        )
        return Process(done.returncode, done.stdout, done.stderr)

    def baketrace(self, *arguments: str, database_url: str = "") -> Process:
        """A command of the product."""
        return self.run("graphql_api", *arguments, environment={"BAKETRACE_DATABASE_URL": database_url})


@pytest.fixture(scope="session")
def with_allergens(tmp_path_factory: pytest.TempPathFactory) -> Installed:
    made = Installed(tmp_path_factory.mktemp("allergens") / "site with blanks")
    made.install("allergens")
    return made


@pytest.fixture(scope="session")
def with_both(tmp_path_factory: pytest.TempPathFactory, with_allergens: Installed) -> Installed:
    made = Installed(tmp_path_factory.mktemp("both") / "site")
    shutil.copytree(with_allergens.folder, made.folder)
    made.install("twin")
    return made
