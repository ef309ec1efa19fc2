"""How it is told over HTTP that a limit was met: as every error, and by the status and headers of its kind."""

from __future__ import annotations

from collections.abc import Iterable

from graphql import GraphQLError
from starlette.responses import JSONResponse, Response

from graphql_api.limits import LimitExceeded


def refusal_of(errors: Iterable[GraphQLError]) -> LimitExceeded | None:
    """The limit for which an operation was not answered; it stands alone among the errors."""
    return next((error.original_error for error in errors if isinstance(error.original_error, LimitExceeded)), None)


def refused(refusal: LimitExceeded) -> Response:
    """A request that never became an operation."""
    return JSONResponse({"errors": [refusal.told]}, status_code=refusal.status or 400, headers=refusal.headers)
