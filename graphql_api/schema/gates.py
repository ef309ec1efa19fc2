"""The gates of what belongs to no feature (R-1.5, R-1.6, R-9.1). A field names one; what it asks stands here once.

The gates of a feature come from its declaration: `LOT_TRACKING.gate("addLot")`.
"""

from __future__ import annotations

from plans import CUSTOMERS_READ, LOTS_READ, ORDERS_READ, PARTNER_PLAN, TRACE_READ, Gate, Role
from plans.tiers import LEADERS, PEOPLE

EVERYBODY = Gate((*PEOPLE, Role.PARTNER))
"""Anybody signed in, machines too."""

STAFF_AND_UP = Gate(PEOPLE)
"""Everybody who works in the bakery."""

OWNER = Gate((Role.OWNER,))
"""What is the owner's alone, since it tells of managers, too."""

PARTNER_KEYS = Gate((Role.OWNER,), plan=PARTNER_PLAN)
"""Letting partners in, on the plans that have them."""

OWNER_OR_MANAGER = Gate(LEADERS)
"""What staff neither see nor do."""

TRACES = Gate((*LEADERS, Role.PARTNER), scopes=(TRACE_READ,))
"""Where goods came from and went; recorded facts, so whatever the plan and the switch (R-1.6)."""

TRACES_AND_STAFF = Gate((*PEOPLE, Role.PARTNER), scopes=(TRACE_READ,))
"""What staff see of production and orders, and partners as part of a trace."""

LOTS = Gate((*PEOPLE, Role.PARTNER), scopes=(LOTS_READ,))
"""Lists of lots, with nothing of where they came from and went."""

A_LOT = Gate((*PEOPLE, Role.PARTNER), scopes=(TRACE_READ, LOTS_READ))
"""One lot: a trace begins at it, and a list leads to it."""

ORDERS = Gate((*PEOPLE, Role.PARTNER), scopes=(ORDERS_READ,))
"""Lists of orders."""

AN_ORDER = Gate((*PEOPLE, Role.PARTNER), scopes=(TRACE_READ, ORDERS_READ))
"""One order, likewise."""

CONTACT_DETAILS = Gate((*LEADERS, Role.PARTNER), scopes=(CUSTOMERS_READ,))
"""How to reach a customer."""
