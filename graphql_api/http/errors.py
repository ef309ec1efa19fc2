"""Errors as clients see them: every one has `extensions.code`, and none shows our insides."""

from __future__ import annotations

import logging
import secrets
from typing import Any

from graphql import GraphQLError

import bakery.errors
import plans

logger = logging.getLogger(__name__)


def formatted(error: GraphQLError) -> dict[str, Any]:
    """An error of an operation as JSON: message, path, locations, and `extensions` with the code and its data.

    A refusal keeps its message and data. Anything unforeseen is logged under an id, and only the id is told.
    """
    shown: dict[str, Any] = dict(error.formatted)
    cause = error.original_error
    match cause:
        case bakery.errors.BakeryError() | plans.Denied():
            shown["extensions"] = {"code": cause.code, **_data(cause)}
        case None | GraphQLError():
            # Raised by GraphQL itself: the document or its variables do not fit the schema.
            shown["extensions"] = {**shown.get("extensions", {}), "code": "BAD_USER_INPUT"}
        case _:
            incident = secrets.token_hex(8)
            logger.error("incident %s at %s", incident, error.path, exc_info=cause)
            shown["message"] = f"Something went wrong on our side. Tell us the id {incident}."
            shown["extensions"] = {"code": "INTERNAL", "id": incident}
    return shown


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
        case plans.FeatureDisabled():
            return {"feature": cause.feature}
    return {}
