"""The errors of mutations: each a type with its data, made of the one exception that was raised inside."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import strawberry

import bakery.errors
import plans
from bakery.errors import FieldProblem as FieldProblemRecord
from bakery.errors import Shortfall as ShortfallRecord
from bakery.errors import ShortfallReason
from bakery.quantity import Unit
from graphql_api.schema.fields import field, reference, view
from graphql_api.schema.lazy import LazyIngredient
from plans import Plan, Role


@strawberry.interface(description="Why a mutation was refused. Nothing was changed.")
class Error:
    message: str = strawberry.field(description="What is wrong and what would help, in words for people.")


@view(FieldProblemRecord, "What is wrong with one field of an input.")
class FieldProblem:
    path: str = field("The field as it stands in the input, such as `lines[0].quantity`.")
    message: str = field("What is wrong with it and what is right.")


@strawberry.type(description="The input breaks a rule, or names something that this bakery does not have.")
class InvalidInput(Error):
    fields: list[FieldProblem] = strawberry.field(description="Every problem that was found.")


@view(ShortfallRecord, "An ingredient that does not suffice for a run.")
class Shortfall:
    ingredient: LazyIngredient = reference("The short ingredient.", "Ingredient", "ingredient_id")
    required: Decimal = field("What the run needs, in `unit`.")
    available: Decimal = field("What could be used, in `unit`.")
    missing: Decimal = field("`required` less `available`, in `unit`.")
    unit: Unit = field("The ingredient's stock unit.")
    reason: ShortfallReason = field("Why: a lot that was passed over would have helped, or there is not enough.")


@strawberry.type(description="Eligible lots and untracked stock do not cover the run (R-5.5).")
class InsufficientStock(Error):
    shortfalls: list[Shortfall] = strawberry.field(description="Every short ingredient.")


@strawberry.type(description="The idempotency key was used for another mutation or another input (R-5.10).")
class IdempotencyConflict(Error):
    key: str = strawberry.field(description="The key.")


@strawberry.type(description="The caller's role may not do this.")
class RoleRequired(Error):
    required_roles: list[Role] = strawberry.field(description="Who may.")
    current_role: Role = strawberry.field(description="Who the caller is.")


@strawberry.type(description="The bakery's plan does not have this.")
class PlanRequired(Error):
    required_plan: Plan = strawberry.field(description="The least plan that has it.")
    current_plan: Plan = strawberry.field(description="The plan of the bakery.")


@strawberry.type(description="The feature is switched off.")
class FeatureDisabled(Error):
    feature: str = strawberry.field(description="The key of the feature.")


def as_member(error: Exception) -> Any:
    """The error type that shows a refusal; None where no union has one for it."""
    message = str(error)
    match error:
        case bakery.errors.InvalidInput():
            return InvalidInput(message=message, fields=list(error.fields))  # type: ignore[arg-type]
        case bakery.errors.InsufficientStock():
            return InsufficientStock(message=message, shortfalls=list(error.shortfalls))  # type: ignore[arg-type]
        case bakery.errors.IdempotencyConflict():
            return IdempotencyConflict(message=message, key=error.key)
        case plans.RoleRequired():
            return RoleRequired(
                message=message, required_roles=list(error.required_roles), current_role=error.current_role
            )
        case plans.PlanRequired():
            return PlanRequired(message=message, required_plan=error.required_plan, current_plan=error.current_plan)
        case plans.FeatureDisabled():
            return FeatureDisabled(message=message, feature=error.feature)
    return None
