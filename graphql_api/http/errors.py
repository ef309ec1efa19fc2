"""Errors as clients see them: every one has `extensions.code`, and none shows our insides.

An outage of the database is told as such, and of a mutation also what became of it: a client that knows can send it
again without doing it twice.
"""

from __future__ import annotations

import logging
import secrets
from collections.abc import Mapping
from typing import Any

from graphql import GraphQLError

import bakery.errors
import plans
from bakery.store import outages
from graphql_api.context import Fate
from graphql_api.limits import LimitExceeded
from graphql_api.observing import notes

logger = logging.getLogger(__name__)

UNAVAILABLE = "SERVICE_UNAVAILABLE"
AWAY = "The database cannot be used just now. Send the request again in a moment."
FATES: Mapping[Fate | None, str] = {
    Fate.NOT_DONE: "The database cannot be used just now, and nothing was changed. Send it again in a moment.",
    Fate.UNKNOWN: "The database was lost while it recorded the change, which is there now or is not. Send it again "
    "with the same idempotencyKey, and it is done once; without a key, look first.",
    Fate.DONE: "The change was made, but the database was lost before its answer was read. Send it again with the "
    "same idempotencyKey to have the answer; without a key, do not send it again.",
}


def formatted(error: GraphQLError, fates: Mapping[str, Fate]) -> dict[str, Any]:
    """An error of an operation as JSON: message, path, locations, and `extensions` with the code and its data.

    A refusal keeps its message and data. Anything unforeseen is logged under an id, and only the id is told. `fates`
    are what became of the operation's mutations.
    """
    shown: dict[str, Any] = dict(error.formatted)
    cause = error.original_error
    match cause:
        case bakery.errors.BakeryError() | plans.Denied():
            shown["extensions"] = {"code": cause.code, **_data(cause)}
        case LimitExceeded():
            shown["extensions"] = cause.extensions
        case None | GraphQLError():
            # Raised by GraphQL itself: the document or its variables do not fit the schema.
            shown["extensions"] = {**shown.get("extensions", {}), "code": "BAD_USER_INPUT"}
        case _:
            place = str(error.path[0]) if error.path else ""
            return shown | accident(cause, error.path, fates.get(place))
    notes.add_code(shown["extensions"]["code"])
    return shown


def accident(cause: Exception, where: object, fate: Fate | None = None) -> dict[str, Any]:
    """What is told of an exception that is no refusal: of an outage what to do, of all else only an id."""
    at = notes.bounded(str(where))
    if outages.is_outage(cause):
        if fate is Fate.NOT_DONE and outages.leaves_open(cause):
            fate = Fate.UNKNOWN
        logger.warning("the database cannot be used", extra={"at": at, "reason": outages.reason(cause)})
        notes.add_code(UNAVAILABLE)
        data = {} if fate is None else {"outcome": fate.value}
        return {"message": FATES.get(fate, AWAY), "extensions": {"code": UNAVAILABLE, **data}}
    incident = secrets.token_hex(8)
    logger.error("incident", extra={"incident": incident, "at": at}, exc_info=cause)
    notes.add_code("INTERNAL")
    return {
        "message": f"Something went wrong on our side. Tell us the id {incident}.",
        "extensions": {"code": "INTERNAL", "id": incident},
    }


def denied(cause: plans.Denied) -> dict[str, Any]:
    """A refusal of the whole request, before it became an operation."""
    return {"message": cause.message, "extensions": {"code": cause.code, **_data(cause)}}


def _data(cause: Exception) -> dict[str, Any]:
    match cause:
        case bakery.errors.InvalidInput():
            return {"fields": [{"path": problem.path, "message": problem.message} for problem in cause.fields]}
        case plans.RoleRequired():
            return {
                "requiredRoles": [role.value for role in cause.required_roles],
                "currentRole": cause.current_role.value,
            }
        case plans.PlanRequired():
            return {"requiredPlan": cause.required_plan.value, "currentPlan": cause.current_plan.value}
        case plans.BakeryRequired():
            return {"bakeries": list(cause.bakeries)}
        case plans.FeatureDisabled():
            return {"feature": cause.feature}
    return {}
