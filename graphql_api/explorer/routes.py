"""Where browsers meet the server: `/` and `/graphql` lead to the explorer, `/trace/…` to a picture."""

from __future__ import annotations

from collections.abc import Iterator

from starlette.requests import Request
from starlette.responses import FileResponse, PlainTextResponse, RedirectResponse, Response
from starlette.routing import BaseRoute, Match, Route
from starlette.types import Scope

from graphql_api.explorer.assets import Assets, media_type
from graphql_api.explorer.page import PREFIX, page

FOR_EVER = "public, max-age=31536000, immutable"


class ForBrowsers(Route):
    """A route that only a browser's request for a page takes; all others go on to the next route."""

    def matches(self, scope: Scope) -> tuple[Match, Scope]:
        if scope["type"] == "http" and _wants_page(scope):
            return super().matches(scope)
        return Match.NONE, {}


def routes(assets: Assets | None) -> Iterator[BaseRoute]:
    """The explorer's routes; they stand before the API's."""

    async def explorer(_request: Request) -> Response:
        return page(assets, "explorer")

    async def trace(_request: Request) -> Response:
        return page(assets, "trace")

    async def asset(request: Request) -> Response:
        name = request.path_params["name"]
        if assets is None or name not in assets.names:
            return PlainTextResponse("There is no such asset.\n", status_code=404)
        file, encoding = assets.file(name, request.headers.get("accept-encoding", ""))
        headers = {"Cache-Control": FOR_EVER, "Vary": "Accept-Encoding", "X-Content-Type-Options": "nosniff"}
        if encoding is not None:
            headers["Content-Encoding"] = encoding
        return FileResponse(file, media_type=media_type(name), headers=headers)

    yield ForBrowsers("/", _to_explorer, methods=["GET"])
    yield ForBrowsers("/graphql", explorer, methods=["GET"])
    yield ForBrowsers("/trace/{subject:path}", trace, methods=["GET"])
    yield Route(PREFIX + "/{name}", asset, methods=["GET"])


async def _to_explorer(_request: Request) -> Response:
    return RedirectResponse("/graphql", status_code=307)


def _wants_page(scope: Scope) -> bool:
    """Whether a person's browser asks: it lists HTML, and neither of the types that clients of the API list."""
    accepted = next((value for name, value in scope["headers"] if name == b"accept"), b"").lower()
    return scope["method"] in ("GET", "HEAD") and b"text/html" in accepted and b"json" not in accepted
