"""The audit log, as the owner reads it (docs/audit.md)."""

from __future__ import annotations

from datetime import date, datetime

import strawberry
from strawberry import UNSET

from bakery.audit import AuditEntry as AuditEntryRecord
from bakery.audit import AuditKind, AuditOutcome
from graphql_api.resolvers import audit as resolvers
from graphql_api.schema.fields import Connection, Node, connection, field, reference, view
from graphql_api.schema.gates import OWNER
from graphql_api.schema.people import Member
from plans import Role


@view(resolvers.Thing, "Something that an entry of the audit log is about.")
class AuditThing:
    kind: str = field("The name of its type, such as `Lot`.")
    id: strawberry.ID | None = field("Its global id; null where it was asked for by its code and there was no id.")
    code: str | None = field(
        "Its code, number or name as it is now, or by which it was asked for; null where it has none, or where this "
        "bakery has no such thing.",
        resolver=resolvers.code_of_thing,
    )


@view(AuditEntryRecord, "One thing that somebody did, or tried to do. It never changes.", node=OWNER)
class AuditEntry(Node):
    recorded_at: datetime = field("When it was done.")
    kind: AuditKind = field("What it was.")
    actor: str = field("Who it was: the name of the member or of the API key, as it was then.")
    role: Role | None = field("The role they had then; null for a command.", resolver=resolvers.role)
    member: Member | None = reference("The member; null for a partner and a command.", "Member", "member_id")
    action: str = field("The mutation, the field that a partner read, or the command.")
    outcome: AuditOutcome = field("How it ended.")
    code: str | None = field(
        "Why it did not succeed: the type of the error that the mutation answered, or the `code` of a read's error."
    )
    arguments: str = field(
        "What was asked, as JSON; without secrets, e-mail addresses and telephone numbers, and of what is too long "
        "only a digest."
    )
    things: list[AuditThing] = field(
        "What it was about: what was made or changed, and what the arguments name.", resolver=resolvers.things
    )
    address: str | None = field("The network address that it came from.")
    user_agent: str | None = field("The program that asked, as it called itself.")
    seal_number: int | None = field("Its place in the bakery's chain; null for less than a second.")
    previous_hash: str | None = field("The hash of the seal before, 64 zeros for the first; null until it is sealed.")
    hash: str | None = field("SHA-256 over the entry, its place and the hash before; null until it is sealed.")
    sealed_at: datetime | None = field("When it was sealed; null until it is.")


@strawberry.input(description="Which entries of the audit log; an entry must fit all that is given.")
class AuditFilter:
    member: strawberry.ID | None = strawberry.field(default=UNSET, description="Done by this member.")
    action: str | None = strawberry.field(
        default=UNSET, description="The mutation, field or command, as it is written; up to 200 characters."
    )
    outcome: AuditOutcome | None = strawberry.field(default=UNSET, description="Ended like this.")
    first_day: date | None = strawberry.field(
        name="from", default=UNSET, description="Done on this day of the bakery or later."
    )
    last_day: date | None = strawberry.field(
        name="to", default=UNSET, description="Done on this day of the bakery or earlier."
    )
    thing: str | None = strawberry.field(
        default=UNSET,
        description="About this: a global id, the code of a lot or production batch, or the number of an order.",
    )


@strawberry.type
class AuditQueries:
    audit_log: Connection[AuditEntry] | None = connection(
        "Who did what, when, from where, to which thing: every mutation, refused ones too, and every partner's read; "
        "newest first.",
        resolver=resolvers.listing,
        gate=OWNER,
        filter=AuditFilter,
    )
