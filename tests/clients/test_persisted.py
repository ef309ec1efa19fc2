"""Persisted queries as Apollo Client and urql send them, where all is taken and where trusted documents alone are."""

import json
import subprocess
from hashlib import sha256
from pathlib import Path

import pytest

from tests.clients.serving import CLIENT_SECONDS_MAX, Configured, Served
from tests.real.server import COMMAND
from tests.real.shared import REPOSITORY

CLIENTS = ("apollo.js", "urql.js")


@pytest.mark.parametrize("client", CLIENTS)
def test_a_client_sends_its_text_where_the_hash_is_not_known(served: Served, client: str) -> None:
    """Automatic persisted queries: the hash alone first, then hash and text. Workers do not share what they learn."""
    found = served.runs(client)["answers"]
    assert {each["role"] for each in found.values()} == {"OWNER"}, found
    for name, each in found.items():
        first, *rest = each["sent"]
        assert first["query"] is None
        assert first["method"] == name.split()[0]
        assert [bool(request["query"]) for request in rest] in ([True], [])
    assert len(found["POST first"]["sent"]) == 2
    assert all("json" in request["type"] for each in found.values() for request in each["sent"])


def register(database: str, texts: set[str], folder: Path) -> None:
    operations = [
        {"id": sha256(text.encode()).hexdigest(), "name": "", "type": "query", "body": text} for text in texts
    ]
    manifest = {"format": "apollo-persisted-query-manifest", "version": 1, "operations": operations}
    (folder / "persisted-query-manifest.json").write_text(json.dumps(manifest), encoding="utf-8")
    done = subprocess.run(
        [*COMMAND, "documents", "add", str(folder)],
        cwd=REPOSITORY,
        env=Configured(database).environment,
        capture_output=True,
        text=True,
        timeout=CLIENT_SECONDS_MAX,
        check=False,
    )
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("client", CLIENTS)
def test_a_client_whose_documents_are_trusted_never_sends_one(
    database: str, served: Served, served_strictly: Served, client: str, tmp_path: Path
) -> None:
    """Registered when the app was built, its hashes are enough, by POST and by GET."""
    folder = tmp_path / "build"
    folder.mkdir()
    register(database, set(served.runs(client)["texts"]), folder)
    found = served_strictly.runs(client)["answers"]
    assert {each["role"] for each in found.values()} == {"OWNER"}, found
    assert [request["query"] for each in found.values() for request in each["sent"] if request["query"]] == []
    assert {len(each["sent"]) for each in found.values()} == {1}
