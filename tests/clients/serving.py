"""The served API, and a client that asks it."""

import json
import os
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from plans import Role
from tests.real.server import CommandLine

FOLDER = Path(__file__).parent
CLIENT_SECONDS_MAX = 100


@dataclass(frozen=True)
class Configured(CommandLine):
    """The product's commands under settings of the test's own."""

    settings: Mapping[str, str] = field(default_factory=dict)

    @property
    def environment(self) -> dict[str, str]:
        return {**super().environment, **self.settings}


@dataclass(frozen=True)
class Served:
    """The API as it is served, and somebody who may ask it."""

    node: Path
    url: str
    tokens: Mapping[str, str]

    def runs(self, client: str, role: Role = Role.OWNER) -> Any:
        """What a client found."""
        done = subprocess.run(
            [self.node, FOLDER / client],
            cwd=FOLDER,
            env=os.environ | {"BAKETRACE_URL": f"{self.url}/graphql", "BAKETRACE_TOKEN": self.tokens[role.value]},
            capture_output=True,
            text=True,
            timeout=CLIENT_SECONDS_MAX,
            check=False,
        )
        assert done.returncode == 0, done.stderr
        return json.loads(done.stdout)
