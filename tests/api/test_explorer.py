"""The explorer's pages and assets as they are served; how they look and work is tested by `make browser`."""

import asyncio
import json
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest
from graphql import build_schema, parse, validate
from starlette.applications import Starlette

from graphql_api.app import create_app
from graphql_api.config import Settings
from graphql_api.explorer.assets import Assets
from graphql_api.explorer.routes import routes
from tests.api.explorer_shelf import DOCUMENTS, SHELF
from tests.real.shared import REPOSITORY

BROWSER = {"Accept": "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"}
SCHEMA = build_schema((REPOSITORY / "graphql_api" / "schema.graphql").read_text(encoding="utf-8"))
MANIFEST = """{"pages": {
    "explorer": {"script": "explorer-1A.js", "styles": ["explorer-2B.css"], "parts": ["part-3C.js"]},
    "trace": {"script": "trace-4D.js", "styles": [], "parts": []}},
  "assets": ["explorer-1A.js", "explorer-2B.css", "part-3C.js", "trace-4D.js", "icon-5E.svg"]}"""


@dataclass(frozen=True)
class Received:
    """An answer as it came over the wire, still compressed where it is."""

    status_code: int
    headers: httpx.Headers
    content: bytes

    @property
    def text(self) -> str:
        return self.content.decode()

    def json(self) -> Any:
        return json.loads(self.content)


@dataclass(frozen=True)
class Site:
    """An application that is asked in this process."""

    app: Starlette

    def get(self, path: str, **options: Any) -> Received:
        return self.request("GET", path, **options)

    def request(self, method: str, path: str, **options: Any) -> Received:
        async def received() -> Received:
            transport = httpx.ASGITransport(self.app)
            async with (
                httpx.AsyncClient(transport=transport, base_url="http://bakery.test") as client,
                client.stream(method, path, **options) as answer,
            ):
                content = b"".join([part async for part in answer.aiter_raw()])
            return Received(answer.status_code, answer.headers, content)

        return asyncio.run(received())


@pytest.fixture
def built(tmp_path: Path) -> Assets:
    """A folder as the build leaves it, of small files."""
    folder = tmp_path / "built"
    folder.mkdir()
    (folder / "manifest.json").write_text(MANIFEST)
    for name in ("explorer-1A.js", "explorer-2B.css", "part-3C.js", "trace-4D.js", "icon-5E.svg"):
        (folder / name).write_text(f"raw {name}")
    (folder / "explorer-1A.js.br").write_bytes(b"smallest")
    (folder / "explorer-1A.js.gz").write_bytes(b"small")
    (tmp_path / "secret.js").write_text("not an asset")
    assets = Assets.built(folder)
    assert assets
    return assets


@pytest.fixture
def pages(built: Assets) -> Site:
    return Site(Starlette(routes=list(routes(built))))


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> dict[bool, Site]:
    """The application with the explorer, and without it."""
    url = f"sqlite:///{tmp_path_factory.mktemp('explorer') / 'nobody.db'}"
    return {flag: Site(create_app(Settings(database_url=url, explorer=flag), seals=False)) for flag in (True, False)}


def test_the_start_page_leads_browsers_to_the_explorer(pages: Site) -> None:
    answer = pages.get("/", headers=BROWSER)
    assert (answer.status_code, answer.headers["location"]) == (307, "/graphql")


def test_a_page_begins_with_its_assets_and_holds_nothing_else(pages: Site) -> None:
    answer = pages.get("/graphql", headers=BROWSER)
    assert answer.status_code == 200
    assert re.findall(r'(?:src|href)="([^"]+)"', answer.text) == [
        "/assets/explorer-2B.css",
        "/assets/part-3C.js",
        "/assets/icon-5E.svg",
        "/assets/explorer-1A.js",
    ]
    assert answer.headers["cache-control"] == "no-store"


@pytest.mark.parametrize("path", ["/graphql", "/trace/LOT-261123-001", "/trace/ORDER-A%2F17"])
def test_a_page_may_use_its_own_origin_only(pages: Site, path: str) -> None:
    first, second = (pages.get(path, headers=BROWSER) for _ in range(2))
    policy = dict(part.split(" ", 1) for part in first.headers["content-security-policy"].split("; "))
    assert policy["default-src"] == policy["base-uri"] == policy["form-action"] == policy["frame-ancestors"] == "'none'"
    for kind in ("script-src", "connect-src", "worker-src", "font-src"):
        assert policy[kind] == "'self'"
    is_editor = path == "/graphql"
    # Only the code editor needs style elements, by a nonce that is another each time, style attributes, and pictures
    # inside of styles.
    [nonce] = re.findall(r'nonce="([\w-]{20,})"', first.text)
    assert policy["style-src"] == (f"'self' 'nonce-{nonce}'" if is_editor else "'self'")
    assert policy["img-src"] == ("'self' data:" if is_editor else "'self'")
    assert policy.get("style-src-attr") == ("'unsafe-inline'" if is_editor else None)
    assert nonce not in second.text
    assert "<script>" not in first.text


@pytest.mark.parametrize(
    ("accepted", "encoding", "content"),
    [
        ("gzip, deflate, br", "br", b"smallest"),
        ("gzip", "gzip", b"small"),
        ("br;q=0, identity", None, b"raw explorer-1A.js"),
        ("", None, b"raw explorer-1A.js"),
    ],
)
def test_assets_are_kept_for_ever_and_come_compressed(
    built: Assets, pages: Site, accepted: str, encoding: str | None, content: bytes
) -> None:
    assert built.file("explorer-1A.js", accepted)[1] == encoding
    answer = pages.get("/assets/explorer-1A.js", headers={"Accept-Encoding": accepted})
    assert answer.content == content
    assert answer.headers.get("content-encoding") == encoding
    assert answer.headers["cache-control"] == "public, max-age=31536000, immutable"
    assert answer.headers["content-type"].startswith("text/javascript")
    assert answer.headers["vary"] == "Accept-Encoding"


@pytest.mark.parametrize(
    "name", ["manifest.json", "..%2Fsecret.js", "%2e%2e/secret.js", "explorer-1A.js.br", "none.js"]
)
def test_nothing_else_is_an_asset(pages: Site, name: str) -> None:
    assert pages.get(f"/assets/{name}").status_code == 404


def test_where_it_was_not_built_it_says_how(tmp_path: Path) -> None:
    assert Assets.built(tmp_path) is None
    answer = Site(Starlette(routes=list(routes(None)))).get("/graphql", headers=BROWSER)
    assert answer.status_code == 503
    assert "make explorer" in answer.text


def test_clients_of_the_api_meet_the_api(whole: dict[bool, Site]) -> None:
    """GET and POST of programs are what they are without the explorer, also where they list HTML last."""
    for accepted in ("application/json", "application/graphql-response+json", "*/*", "application/json, text/html"):
        asked = {"query": "{ __typename }"}
        answers = [
            whole[flag].request(method, "/graphql", headers={"Accept": accepted}, **options)
            for flag in (True, False)
            for method, options in (("GET", {"params": asked}), ("POST", {"json": asked}))
        ]
        assert [answer.json()["data"] for answer in answers] == [{"__typename": "Query"}] * 4
    assert whole[True].request("POST", "/graphql", headers=BROWSER, json={"query": "{ __typename }"}).json()["data"]
    assert "GraphQL API" in whole[True].get("/").text


def test_where_it_is_off_there_is_none(whole: dict[bool, Site]) -> None:
    assert "BakeTrace" in whole[True].get("/graphql", headers=BROWSER).text
    assert "<html" not in whole[False].get("/graphql", headers=BROWSER).text
    assert whole[False].get("/trace/LOT-261123-001", headers=BROWSER).status_code == 404
    assert whole[False].get("/assets/explorer-1A.js").status_code == 404


@pytest.mark.parametrize("name", DOCUMENTS)
def test_every_document_of_the_shelf_fits_the_schema(name: str) -> None:
    assert validate(SCHEMA, parse(DOCUMENTS[name])) == []


def test_the_shelf_fills_in_what_its_documents_need() -> None:
    assert len(SHELF) >= 7
    for ready in SHELF:
        assert ready.names <= set(ready.template), ready.task
