"""Requests that never become an operation, told like every other error.

`Refused`: the request itself is at fault; it says which status, what is wrong and what to send instead.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from graphql_api.http.errors import UNAVAILABLE, accident, denied
from graphql_api.limits import LimitExceeded
from plans import Denied

BAD_USER_INPUT = "BAD_USER_INPUT"
RETRY_SECONDS = 1


class Refused(Exception):
    """A request that is answered with one error and nothing else."""

    def __init__(
        self, message: str, status: int = 400, code: str = BAD_USER_INPUT, headers: Mapping[str, str] | None = None
    ) -> None:
        super().__init__(message)
        self.status = status
        self.code = code
        self.headers = dict(headers or {})

    @property
    def status_as_json(self) -> int:
        """The status under application/json, where what is wrong with a document rather than a request is told by
        200."""
        return self.status

    @property
    def told(self) -> dict[str, Any]:
        return {"message": str(self), "extensions": {"code": self.code}}


def failure(error: Exception) -> tuple[dict[str, Any], int, dict[str, str]]:
    """What is told of whatever went wrong outside of an operation, such as the sign-in while the database is away:
    the error, the status and the headers."""
    if isinstance(error, Refused):
        return error.told, error.status, error.headers
    if isinstance(error, LimitExceeded):
        return error.told, error.status or 400, dict(error.headers)
    if isinstance(error, Denied):
        return denied(error), 400, {}
    told = accident(error, "sign-in")
    if told["extensions"]["code"] == UNAVAILABLE:
        return told, 503, {"Retry-After": str(RETRY_SECONDS)}
    return told, 500, {}
