"""docs/http.md: every curl line on it answers what stands below it."""

import json
import os
import re
import shutil
import subprocess
from hashlib import sha256

import pytest

from tests.api.doors import SECONDS_MAX, Door
from tests.api.test_documents import trust
from tests.real.shared import REPOSITORY

PAGE = (REPOSITORY / "docs" / "http.md").read_text(encoding="utf-8")
EXAMPLES = re.findall(r"```sh\n(curl .*?)```\n\n```(json|text)\n(.*?)```", PAGE, re.S)
TRUSTED = "query { viewer { role } }"


def test_every_curl_line_has_its_answer() -> None:
    assert len(EXAMPLES) == PAGE.count("\ncurl ") == 6


@pytest.mark.skipif(shutil.which("curl") is None, reason="this machine has no curl")
@pytest.mark.parametrize("engine", ["sqlite"], indirect=True)
@pytest.mark.parametrize("example", range(len(EXAMPLES)))
def test_a_curl_line_answers_what_stands_below_it(door: Door, example: int) -> None:
    command, kind, shown = EXAMPLES[example]
    trust(door.database_url, TRUSTED)
    told = {
        "URL": door.base_url,
        "TOKEN": str(door.bakery.owner.token),
        "HASH": sha256(TRUSTED.encode()).hexdigest(),
    }
    done = subprocess.run(
        ["bash", "-c", command], env=os.environ | told, capture_output=True, text=True, timeout=SECONDS_MAX, check=True
    )
    if kind == "json":
        assert json.loads(done.stdout) == json.loads(shown)
    else:
        assert [line.rstrip() for line in done.stdout.rstrip().splitlines()] == shown.rstrip().splitlines()
