"""Bakery, people, features and navigation."""

from __future__ import annotations

from datetime import datetime

import strawberry

from bakery.catalogue import Bakery as BakeryRecord
from bakery.catalogue import Member as MemberRecord
from bakery.catalogue import MemberStatus
from graphql_api.auth import Caller
from graphql_api.resolvers import access
from graphql_api.resolvers import viewer as resolvers
from graphql_api.schema.access import AccessToken
from graphql_api.schema.fields import Connection, Node, connection, field, view
from graphql_api.schema.gates import EVERYBODY, OWNER, OWNER_OR_MANAGER, STAFF_AND_UP
from plans import Plan, Role


@view(BakeryRecord, "A bakery: the tenant that everything belongs to.", node=EVERYBODY)
class Bakery(Node):
    name: str = field("Its name.")
    plan: Plan = field("What it has bought.")
    time_zone: str = field("IANA name of the time zone that its days are counted in.")
    currency: str = field("ISO 4217 code of the currency of all its costs.")


@view(MemberRecord, "A person of the bakery.", node=OWNER_OR_MANAGER)
class Member(Node):
    name: str = field("Their name.")
    role: Role = field("What they are in the bakery.")
    status: MemberStatus = field("Whether they were invited, have come, or were removed.")
    email: str | None = field("Where to write to; null once they were removed.", gate=OWNER)
    joined_at: datetime | None = field("When they first accepted an invitation; null until they have.")
    removed_at: datetime | None = field("When they were removed; null while they are a member.")
    invitation_expires_at: datetime | None = field("Until when they can accept; null where no invitation waits.")
    access_tokens: Connection[AccessToken] | None = connection(
        "The tokens that were issued to them, newest first.", resolver=access.tokens_of_member, gate=OWNER
    )


@view(resolvers.FeatureState, "A feature as it is for the caller.")
class Feature:
    key: str = field("Its name in gates and errors.")
    available: bool = field("Whether the bakery's plan has it.")
    enabled: bool = field("Whether it acts: available and switched on.")
    required_plan: Plan = field("The least plan that has it.")
    can_switch: bool = field("Whether it is available and the caller's role may switch it.")


@view(resolvers.NavigationNode, "A place in the apps' navigation.")
class NavigationItem:
    label: str = field("What it is called.")
    path: str = field("Where it leads within an app.")
    children: list[NavigationItem] = field("What stands below it.")


@view(Caller, "Whoever is signed in.", node=EVERYBODY)
class Viewer(Node):
    name: str = field("The name of the person or of the API key.")
    role: Role = field("What they are in the bakery.")
    bakery: Bakery = field("The bakery they are signed in to.")
    access_tokens: Connection[AccessToken] | None = connection(
        "The person's own tokens, newest first; those that ended, too.",
        resolver=access.tokens_of_viewer,
        gate=STAFF_AND_UP,
    )
    features: list[Feature] = field("Every feature, with what it is for the caller.", resolver=resolvers.features)
    navigation: list[NavigationItem] = field(
        "What the features add to the apps' navigation for the caller.", resolver=resolvers.navigation
    )


@strawberry.type
class PeopleQueries:
    viewer: Viewer | None = field("Whoever is signed in.", resolver=resolvers.viewer, gate=EVERYBODY)
