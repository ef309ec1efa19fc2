"""The gates of what belongs to no feature (R-1.5, R-1.6, R-9.1). A field names one; what it asks stands here once.

The gates of a feature come from its declaration: `LOT_TRACKING.gate("addLot")`.
"""

from __future__ import annotations

from plans import Gate, Role
from plans.tiers import LEADERS, PEOPLE

EVERYBODY = Gate((*PEOPLE, Role.PARTNER))
"""Anybody signed in, machines too."""

STAFF_AND_UP = Gate(PEOPLE)
"""Everybody who works in the bakery."""

OWNER = Gate((Role.OWNER,))
"""What is the owner's alone, since it tells of managers, too."""

OWNER_OR_MANAGER = Gate(LEADERS)
"""What staff neither see nor do."""

TRACES = Gate((*LEADERS, Role.PARTNER), scope="trace:read")
"""Where goods came from and went; recorded facts, so whatever the plan and the switch (R-1.6)."""

TRACES_AND_STAFF = Gate((*PEOPLE, Role.PARTNER), scope="trace:read")
"""What staff see of production and orders, and partners as part of a trace."""

CONTACT_DETAILS = Gate((*LEADERS, Role.PARTNER), scope="customers:read")
"""How to reach a customer."""
