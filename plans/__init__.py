"""Who may do what: plans, roles, features and one decision. Nothing else of the product is imported here."""

from plans.access import (
    Caller,
    Denied,
    FeatureDisabled,
    Gate,
    PlanRequired,
    RoleRequired,
    Unauthenticated,
    decide,
)
from plans.features import BUILT_IN, LOT_TRACKING, Feature
from plans.tiers import Plan, Role

__all__ = [
    "BUILT_IN",
    "LOT_TRACKING",
    "Caller",
    "Denied",
    "Feature",
    "FeatureDisabled",
    "Gate",
    "Plan",
    "PlanRequired",
    "Role",
    "RoleRequired",
    "Unauthenticated",
    "decide",
]
