"""Plans and roles (R-1.2, R-1.3)."""

from __future__ import annotations

from enum import Enum


class Plan(Enum):
    """What a bakery has bought, in order: each plan has all of the one before."""

    ESSENTIALS = "ESSENTIALS"
    GROWTH = "GROWTH"
    SCALE = "SCALE"

    def includes(self, required: Plan) -> bool:
        order = list(Plan)
        return order.index(self) >= order.index(required)


class Role(Enum):
    """Who calls. A partner is a machine with an API key; it only reads."""

    OWNER = "OWNER"
    MANAGER = "MANAGER"
    STAFF = "STAFF"
    PARTNER = "PARTNER"


PEOPLE = (Role.OWNER, Role.MANAGER, Role.STAFF)
LEADERS = (Role.OWNER, Role.MANAGER)
