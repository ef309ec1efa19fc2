"""Which pages may ask from a browser: those of the origins that are listed, with a token, and never with cookies."""

from __future__ import annotations

from collections.abc import Collection

from starlette.datastructures import Headers
from starlette.responses import JSONResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

METHODS = "GET, POST"
REQUEST_HEADERS = (
    "Accept, Accept-Language, Authorization, BakeTrace-Bakery, Content-Type, X-Requested-With, Traceparent, "
    "Tracestate, Apollo-Require-Preflight, Apollographql-Client-Name, Apollographql-Client-Version, "
    "X-Apollo-Operation-Id, X-Apollo-Operation-Name"
)
ANSWER_HEADERS = b"Retry-After, X-Request-Id"
PREFLIGHT_SECONDS = "7200"
"""For how long a browser need not ask again: the most that any keeps it."""

REFUSED = (
    "Pages of this origin may not ask this server. Whoever runs it lists those that may in BAKETRACE_CORS_ORIGINS."
)
VARY = (b"vary", b"Origin")


class CrossOrigin:
    """Answers preflights, and tells browsers which answers a page of another origin may read."""

    def __init__(self, app: ASGIApp, origins: Collection[str]) -> None:
        self._app = app
        self._origins = origins

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        headers = Headers(scope=scope)
        origin = headers.get("origin")
        if origin is not None and scope["method"] == "OPTIONS" and "access-control-request-method" in headers:
            await self._preflight(origin)(scope, receive, send)
            return
        # Whoever keeps an answer must know that another origin would get another one, also where this one had none.
        added = [VARY]
        if origin in self._origins:
            assert origin is not None
            added += [
                (b"access-control-allow-origin", origin.encode()),
                (b"access-control-expose-headers", ANSWER_HEADERS),
            ]

        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                message["headers"] = [*message.get("headers", ()), *added]
            await send(message)

        await self._app(scope, receive, send_with_headers)

    def _preflight(self, origin: str) -> Response:
        if origin not in self._origins:
            body = {"errors": [{"message": REFUSED, "extensions": {"code": "FORBIDDEN"}}]}
            return JSONResponse(body, status_code=403, headers={"Vary": "Origin"})
        return Response(
            status_code=204,
            headers={
                "Access-Control-Allow-Origin": origin,
                "Access-Control-Allow-Methods": METHODS,
                "Access-Control-Allow-Headers": REQUEST_HEADERS,
                "Access-Control-Max-Age": PREFLIGHT_SECONDS,
                "Vary": "Origin",
            },
        )
