"""What people and partners sign in with (R-1.10, R-1.11)."""

from __future__ import annotations

from datetime import date, datetime

import strawberry
from strawberry import UNSET

from bakery.catalogue import AccessToken as AccessTokenRecord
from bakery.catalogue import ApiKey as ApiKeyRecord
from graphql_api.resolvers import access as resolvers
from graphql_api.schema.errors import PlanRequired
from graphql_api.schema.fields import Connection, Node, connection, field, view
from graphql_api.schema.gates import OWNER, PARTNER_KEYS, STAFF_AND_UP
from graphql_api.schema.mutations import mutation, outcome, shown_once, success

PREFIX = "How it begins, to tell it from others; empty for one that was made before that was kept."
REVOKED = "When it was ended before its time; null if it was not."


@view(AccessTokenRecord, "A token that was issued to a person, less its secret.", node=OWNER)
class AccessToken(Node):
    prefix: str = field(PREFIX)
    recorded_at: datetime = field("When it was issued.")
    expires_at: datetime | None = field("When it ends by itself; null for never.")
    revoked_at: datetime | None = field(REVOKED)


@view(ApiKeyRecord, "A partner's key, less its secret.", node=OWNER)
class ApiKey(Node):
    name: str = field("Whom or what it is for.")
    prefix: str = field(PREFIX)
    scopes: list[str] = field("What it may read (R-1.11).", resolver=resolvers.scopes_of)
    recorded_at: datetime = field("When it was made.")
    expires_at: datetime | None = field("When it ends by itself; null for never.")
    revoked_at: datetime | None = field(REVOKED)
    last_used_at: datetime | None = field("When it was last used, to about a minute; null if it never was.")


@strawberry.input(description="A key for a partner's machine.")
class CreateApiKeyInput:
    name: str = strawberry.field(description="Whom or what it is for; up to 200 characters.")
    scopes: list[str] = strawberry.field(
        description="What it may read, at least one of: `trace:read`, lots, production batches and orders by their "
        "code, with their traces and suppliers; `lots:read`, the list of lots; `orders:read`, the list of orders; "
        "`customers:read`, customers' e-mail addresses and telephone numbers wherever a customer is shown."
    )
    last_day: date | None = strawberry.field(
        default=UNSET,
        description="The last day of the bakery on which it works; a year from today if left out, five years at most.",
    )


@success("The key was made.")
class CreateApiKeySuccess:
    api_key: ApiKey = outcome("The new key.")
    key: str = shown_once("The key itself, `bt_live_…`. It is shown this once, and kept nowhere.")


@strawberry.input(description="A key to end.")
class RevokeApiKeyInput:
    api_key_id: strawberry.ID = strawberry.field(description="The key.")


@success("The key is good no more.")
class RevokeApiKeySuccess:
    api_key: ApiKey = outcome("The key as it is now.")


@strawberry.input(description="A token to end.")
class RevokeAccessTokenInput:
    access_token_id: strawberry.ID = strawberry.field(
        description="The token: one of your own; the owner may end anybody's."
    )


@success("The token is good no more.")
class RevokeAccessTokenSuccess:
    access_token: AccessToken = outcome("The token as it is now.")


@strawberry.type
class AccessQueries:
    api_keys: Connection[ApiKey] | None = connection(
        "The keys of partners, newest first; those that ended, too.", resolver=resolvers.api_keys, gate=OWNER
    )


@strawberry.type
class AccessMutations:
    create_api_key = mutation(
        "Let a partner's machine read, by a key that is shown once.",
        resolver=resolvers.create_api_key,
        input=CreateApiKeyInput,
        success=CreateApiKeySuccess,
        gate=PARTNER_KEYS,
        errors=(PlanRequired,),
    )
    revoke_api_key = mutation(
        "End a partner's key, from the next request on.",
        resolver=resolvers.revoke_api_key,
        input=RevokeApiKeyInput,
        success=RevokeApiKeySuccess,
        gate=OWNER,
    )
    revoke_access_token = mutation(
        "End one of your tokens, from the next request on. The owner may end anybody's.",
        resolver=resolvers.revoke_access_token,
        input=RevokeAccessTokenInput,
        success=RevokeAccessTokenSuccess,
        gate=STAFF_AND_UP,
    )
