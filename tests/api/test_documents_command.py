"""`baketrace documents`: what is read, what is refused with its file and line, and that it is all or nothing."""

import json
from collections.abc import Iterator
from hashlib import md5, sha256
from pathlib import Path
from typing import Any

import pytest

from tests.api.databases import Templates
from tests.api.test_cli import here, printed, process, refusal

VIEWER = "query Viewer { viewer { role } }"
LOTS = "query Lots {\n  lots { totalCount }\n}\n"


@pytest.fixture
def url(templates: Templates, tmp_path: Path) -> Iterator[str]:
    with templates.copy("sqlite", tmp_path) as made:
        yield made


@pytest.fixture
def build(tmp_path: Path) -> Path:
    folder = tmp_path / "build"
    folder.mkdir()
    return folder


def hashed(text: str) -> str:
    return sha256(text.encode()).hexdigest()


def apollo(*bodies: str, ids: tuple[str, ...] = ()) -> str:
    operations = [
        {"id": id, "name": "N", "type": "query", "body": body}
        for id, body in zip(ids or map(hashed, bodies), bodies, strict=True)
    ]
    return json.dumps({"format": "apollo-persisted-query-manifest", "version": 1, "operations": operations}, indent=2)


def listed(url: str) -> dict[str, Any]:
    return {each["sha256"]: each for each in json.loads(printed(here("documents", "list", "--json", url=url)))}


def problems(url: str, path: Path) -> list[str]:
    """What is wrong, each line; nothing is added then."""
    before = listed(url)
    done = here("documents", "add", str(path), url=url)
    assert (done.code, done.stdout) == (1, "")
    *lines, last = done.stderr.splitlines()
    assert last == f"baketrace: {len(lines)} problems; nothing was added"
    assert listed(url) == before
    return lines


@pytest.mark.parametrize("engine", ["sqlite", "postgresql"])
def test_from_a_build_to_the_list_and_out_again(engine: str, templates: Templates, build: Path, tmp_path: Path) -> None:
    """Files as they stand, Apollo's manifest and Relay's, whose ids are MD5; added twice, they are there once."""
    (build / "node_modules").mkdir()
    (build / "node_modules" / "other.graphql").write_text("{ nothing }", encoding="utf-8")
    (build / "queries").mkdir()
    (build / "queries" / "lots.graphql").write_text(LOTS, encoding="utf-8")
    (build / "persisted-query-manifest.json").write_text(apollo(VIEWER), encoding="utf-8")
    relay = md5(VIEWER.encode(), usedforsecurity=False).hexdigest()
    (build / "persisted_queries.json").write_text(json.dumps({relay: VIEWER}), encoding="utf-8")
    with templates.copy(engine, tmp_path) as url:
        shown = printed(process("documents", "add", str(build), url=url))
        assert f"sha256:{hashed(LOTS)}  queries/lots.graphql: Lots\n" in shown
        assert shown.endswith("2 documents are trusted, 2 of them new.\n")
        assert {each["text"]: each["ids"] for each in listed(url).values()} == {LOTS: [], VIEWER: [relay]}
        again = json.loads(printed(here("documents", "add", str(build), "--json", url=url)))
        assert again["persisted_queries.json"] == [
            {"documentId": f"sha256:{hashed(VIEWER)}", "operations": "Viewer", "ids": [relay]}
        ]
        assert printed(here("documents", "list", url=url)) == (
            f"sha256:{hashed(LOTS)}  Lots\nsha256:{hashed(VIEWER)}  Viewer  {relay}\n2 documents.\n"
        )
        assert printed(here("check", url=url)) == "No breaches.\n"

        assert "nothing; none was removed" in refusal(here("documents", "remove", relay, "nothing", url=url))
        assert len(listed(url)) == 2
        printed(here("documents", "remove", relay, f"sha256:{hashed(LOTS)}", url=url))
        assert listed(url) == {}


def test_one_file_is_enough(url: str, build: Path) -> None:
    file = build / "viewer.gql"
    file.write_text(VIEWER, encoding="utf-8")
    assert printed(here("documents", "add", str(file), url=url)).endswith("1 documents are trusted, 1 of them new.\n")


def test_every_bad_document_is_told_by_file_and_line(url: str, build: Path) -> None:
    """Those that are right beside them are not added either."""
    (build / "good.graphql").write_text(VIEWER, encoding="utf-8")
    (build / "syntax.graphql").write_text("query A {\n  viewer {\n}", encoding="utf-8")
    (build / "fields.graphql").write_text("query A {\n  viewer {\n    id\n    hobby\n  }\n  cats\n}", encoding="utf-8")
    (build / "fragment.graphql").write_text("fragment F on Lot { id }", encoding="utf-8")
    (build / "latin.graphql").write_bytes("query A {\n# Café\n viewer { id } }".encode("latin-1"))
    (build / "manifest.json").write_text(apollo(VIEWER, "query B {\n  dogs\n}"), encoding="utf-8")
    found = problems(url, build)
    assert [line.split(": ")[0] for line in found] == [
        "fields.graphql:4",
        "fields.graphql:6",
        "fragment.graphql:1",
        "latin.graphql:2",
        "manifest.json:12",
        "syntax.graphql:3",
    ]
    assert "hobby" in found[0]
    assert "line 2 of the document" in found[4]


@pytest.mark.parametrize(
    ("content", "told"),
    [
        ("{\n  nonsense", "list.json:2: this is not JSON"),
        ("[]", "neither Apollo's manifest nor Relay's"),
        ("{}", "neither Apollo's manifest nor Relay's"),
        ('{"a": 5}', "neither Apollo's manifest nor Relay's"),
        ('{"format": "apollo-persisted-query-manifest", "version": 2, "operations": []}', "version 1"),
        ('{"format": "apollo-persisted-query-manifest", "version": 1}', "`operations` must be a list"),
        ('{"format": "apollo-persisted-query-manifest", "version": 1, "operations": [{}]}', "`operations[0]`"),
        (apollo(VIEWER, ids=("0" * 64,)), f"which is {hashed(VIEWER)}"),
        (apollo(VIEWER, ids=("with blanks",)), "no blanks"),
        (apollo(VIEWER, ids=("x" * 201,)), "no blanks"),
    ],
)
def test_a_manifest_that_is_none_is_told(url: str, build: Path, content: str, told: str) -> None:
    (build / "list.json").write_text(content, encoding="utf-8")
    [problem] = problems(url, build)
    assert told in problem


def test_an_empty_folder_is_a_mistake(url: str, build: Path) -> None:
    assert "there is no document in it" in problems(url, build)[0]
    printed_problems = json.loads(here("documents", "add", str(build), "--json", url=url).stdout)["problems"]
    assert printed_problems[0]["file"] == "build"


def test_an_id_stands_for_one_document(url: str, build: Path) -> None:
    """Within a manifest and across builds: a client would get what it did not ask for."""
    manifest = build / "manifest.json"
    manifest.write_text(apollo(VIEWER, LOTS, ids=("same", "same")), encoding="utf-8")
    assert "same stands for another document" in refusal(here("documents", "add", str(build), url=url))
    assert listed(url) == {}
    manifest.write_text(apollo(VIEWER, ids=("viewer",)), encoding="utf-8")
    printed(here("documents", "add", str(build), url=url))
    manifest.write_text(apollo(LOTS, ids=("viewer",)), encoding="utf-8")
    assert hashed(VIEWER) in refusal(here("documents", "add", str(build), url=url))
    assert set(listed(url)) == {hashed(VIEWER)}
