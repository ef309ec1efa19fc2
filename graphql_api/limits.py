"""How much one caller may ask: the limits, as operators set them, and how it is told that one was met (docs/limits.md).

LimitExceeded               which limit, how much it was, how much is allowed
├── BodyRefused             413 or 408: the body was too large, or did not come in time
├── BudgetSpent             429: the key's budget has too little left just now
├── Busy                    503: all places are taken
└── TimedOut                504: the operation was stopped
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pydantic import Field
from pydantic_settings import BaseSettings, SettingsConfigDict


class Limits(BaseSettings):
    """Every limit is a variable `BAKETRACE_MAX_…` of the environment, and a whole number of 1 or more."""

    model_config = SettingsConfigDict(env_prefix="BAKETRACE_", env_ignore_empty=True, frozen=True)

    # ── of a request, before it is read as GraphQL ────────────────────────────────────────────────────────────────
    max_body_bytes: int = Field(default=1_000_000, ge=1)
    max_body_seconds: int = Field(default=10, ge=1)
    """In which a body has to arrive."""
    max_running: int = Field(default=64, ge=1)
    """Operations that one process works on at once."""
    max_waiting: int = Field(default=512, ge=1)
    """Requests that are still arriving, or wait for a place, in one process."""
    max_wait_seconds: int = Field(default=30, ge=1)
    """In which a waiting request has to get a place."""
    max_operation_seconds: int = Field(default=30, ge=1)
    """After which an operation, and what the database does for it, is stopped."""

    # ── of a document, before it is validated ─────────────────────────────────────────────────────────────────────
    max_document_characters: int = Field(default=50_000, ge=1)
    max_tokens: int = Field(default=2_500, ge=1)
    max_depth: int = Field(default=50, ge=1)
    max_root_fields: int = Field(default=50, ge=1)
    max_fields: int = Field(default=1_500, ge=1)
    """Fields of one operation with every fragment written out in each of its places."""
    max_aliases: int = Field(default=100, ge=1)
    max_directives: int = Field(default=100, ge=1)

    # ── of variables ──────────────────────────────────────────────────────────────────────────────────────────────
    max_variable_depth: int = Field(default=20, ge=1)
    max_variable_values: int = Field(default=10_000, ge=1)
    """Entries of lists and fields of objects, counted together."""
    max_variable_characters: int = Field(default=100_000, ge=1)
    """Of one text or number."""

    # ── of what an operation may cost ─────────────────────────────────────────────────────────────────────────────
    max_cost: int = Field(default=10_000, ge=1)
    growth_budget: int = Field(default=50_000, ge=0)
    """What one partner key may spend at once where the bakery is on Growth; 0 for no budget at all."""
    growth_refill: int = Field(default=500, ge=1)
    """How much of it comes back in a second."""
    scale_budget: int = Field(default=200_000, ge=0)
    scale_refill: int = Field(default=2_000, ge=1)


class LimitExceeded(Exception):
    """`limit` is the name of the limit as clients are told it, and `allowed` what it is set to.

    `actual` is what was asked for; where counting ended as soon as there was too much, the least that it is.
    """

    code = "LIMIT_EXCEEDED"
    status: int | None = None
    """The status of the answer; None where it is that of any document which cannot be executed."""
    retry_after_seconds: int | None = None

    def __init__(self, limit: str, message: str, *, actual: int, allowed: int) -> None:
        self.limit = limit
        self.actual = actual
        self.allowed = allowed
        super().__init__(message)

    @property
    def extensions(self) -> dict[str, Any]:
        return {"code": self.code, "limit": self.limit, "actual": self.actual, "allowed": self.allowed}

    @property
    def told(self) -> dict[str, Any]:
        """As an error that has no place in an answer."""
        return {"message": str(self), "extensions": self.extensions}

    @property
    def headers(self) -> Mapping[str, str]:
        return {} if self.retry_after_seconds is None else {"Retry-After": str(self.retry_after_seconds)}


class BodyRefused(LimitExceeded):
    """The rest of the body is not read, so the connection can serve no other request."""

    def __init__(self, limit: str, message: str, *, actual: int, allowed: int, status: int) -> None:
        self.status = status
        super().__init__(limit, message, actual=actual, allowed=allowed)

    @property
    def headers(self) -> Mapping[str, str]:
        return {**super().headers, "Connection": "close"}


class Busy(LimitExceeded):
    code = "SERVICE_UNAVAILABLE"
    status = 503
    retry_after_seconds = 1


class TimedOut(LimitExceeded):
    """`outcomes` tells what became of the mutations that were begun, by the names under which they are answered."""

    code = "TIMEOUT"
    status = 504

    def __init__(self, message: str, *, seconds: int, outcomes: Mapping[str, str]) -> None:
        self.outcomes = outcomes
        super().__init__("operationSeconds", message, actual=seconds, allowed=seconds)

    @property
    def extensions(self) -> dict[str, Any]:
        told = {"code": self.code, "limit": self.limit, "allowed": self.allowed}
        match list(self.outcomes.values()):
            case []:
                return told
            case [outcome]:
                return {**told, "outcome": outcome}
        return {**told, "outcomes": dict(self.outcomes)}


class BudgetSpent(LimitExceeded):
    """`cost` is what `extensions.cost` tells of the budget."""

    code = "RATE_LIMITED"
    status = 429

    def __init__(self, message: str, *, cost: Mapping[str, Any], wait_seconds: int) -> None:
        self.cost = cost
        self.retry_after_seconds = wait_seconds
        super().__init__("budget", message, actual=cost["requested"], allowed=cost["remaining"])

    @property
    def extensions(self) -> dict[str, Any]:
        return {**super().extensions, "cost": dict(self.cost), "retryAfterSeconds": self.retry_after_seconds}


def many(count: int) -> str:
    return f"{count:,}"
