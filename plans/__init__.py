"""Who may do what: plans, roles, features and one decision. Nothing else of the product is imported here."""

from plans.access import (
    PARTNER_PLAN,
    BakeryRequired,
    Caller,
    Denied,
    FeatureDisabled,
    PlanRequired,
    RoleRequired,
    Unauthenticated,
    decide,
    is_on,
)
from plans.feature import SET_FEATURE, Feature, Gate, NavigationItem, Needs, Operation
from plans.features import BUILT_IN, LOT_TRACKING
from plans.scopes import CUSTOMERS_READ, LOTS_READ, ORDERS_READ, SCOPES, TRACE_READ
from plans.tiers import Plan, Role

__all__ = [
    "BUILT_IN",
    "CUSTOMERS_READ",
    "LOTS_READ",
    "LOT_TRACKING",
    "ORDERS_READ",
    "PARTNER_PLAN",
    "SCOPES",
    "SET_FEATURE",
    "TRACE_READ",
    "BakeryRequired",
    "Caller",
    "Denied",
    "Feature",
    "FeatureDisabled",
    "Gate",
    "NavigationItem",
    "Needs",
    "Operation",
    "Plan",
    "PlanRequired",
    "Role",
    "RoleRequired",
    "Unauthenticated",
    "decide",
    "is_on",
]
