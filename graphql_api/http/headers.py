"""What every answer says to browsers of how it may be used, whether it is data, a refusal or a page."""

from __future__ import annotations

from starlette.types import ASGIApp, Message, Receive, Scope, Send

CONTENT_POLICY = (b"content-security-policy", b"default-src 'none'; frame-ancestors 'none'")
"""Of what is no page. A page says itself what it needs."""

HEADERS = (
    (b"x-content-type-options", b"nosniff"),
    CONTENT_POLICY,
    (b"referrer-policy", b"no-referrer"),
    # Answers are somebody's, and are never kept on the way; files that are everybody's say otherwise.
    (b"cache-control", b"no-store"),
)

STAY_SECURE = (b"strict-transport-security", b"max-age=31536000")
"""For a year, of this host alone: what else its domain has is not ours to decide. Only said where it came by HTTPS."""


class SecurityHeaders:
    """Adds each header that an answer does not have itself."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        wanted = (*HEADERS, STAY_SECURE) if scope["scheme"] == "https" else HEADERS

        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = list(message.get("headers", ()))
                said = {name.lower() for name, _ in headers}
                headers += [header for header in wanted if header[0] not in said]
                message["headers"] = headers
            await send(message)

        await self._app(scope, receive, send_with_headers)
