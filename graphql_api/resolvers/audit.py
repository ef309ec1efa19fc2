"""Reading the audit log."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from strawberry import Parent

from bakery.audit import AuditEntry, AuditOutcome, asked_for, named, things_of
from bakery.days import start_of
from bakery.store.paging import Listing
from bakery.store.tables import NAME_LENGTH
from graphql_api.context import Info
from graphql_api.loaders import Loaders
from graphql_api.refs import Ref, global_id, parse_global_id
from graphql_api.resolvers.checks import LAST_DAY, Checks
from plans import Role

NAMES = ("code", "number", "name")
"""What people call a thing by, as its record has it."""


@dataclass(frozen=True, slots=True)
class Thing:
    """Something by its number, or by the code under which it was asked for."""

    kind: str
    number: int | None
    asked_code: str | None

    @property
    def id(self) -> str | None:
        return None if self.number is None else global_id(Ref(self.kind, self.number))


def things(entry: Parent[AuditEntry]) -> list[Thing]:
    return [_thing(text) for text in things_of(entry.things)]


def _thing(text: str) -> Thing:
    kind, is_asked, code = text.partition("=")
    if is_asked:
        return Thing(kind, None, code)
    kind, _, number = text.partition(":")
    return Thing(kind, int(number), None)


async def code_of_thing(thing: Parent[Thing], info: Info) -> str | None:
    if thing.number is None:
        return thing.asked_code
    return _name_of(await info.context.loaders.node(Ref(thing.kind, thing.number)))


def _name_of(record: Any) -> str | None:
    return next((str(getattr(record, name)) for name in NAMES if hasattr(record, name)), None)


def role(entry: Parent[AuditEntry]) -> Role | None:
    return None if entry.role is None else Role(entry.role)


async def listing(
    root: object,
    info: Info,
    *,
    member: str | None = None,
    action: str | None = None,
    outcome: AuditOutcome | None = None,
    first_day: date | None = None,
    last_day: date | None = None,
    thing: str | None = None,
) -> Listing[AuditEntry]:
    checks, context = Checks(), info.context
    member_id = checks.optional_id("filter.member", member, "Member")
    action = checks.text("filter.action", action, NAME_LENGTH)
    thing = checks.text("filter.thing", thing, NAME_LENGTH)
    checks.calendar_day("filter.from", first_day)
    checks.calendar_day("filter.to", last_day)
    checks.done()
    zone, store = context.caller.bakery.time_zone, await context.reading()
    return store.audit.listing(
        member_id=member_id,
        action=action,
        outcome=outcome,
        since=None if first_day is None else start_of(first_day, zone),
        before=None if last_day is None else start_of(min(last_day, LAST_DAY) + timedelta(days=1), zone),
        things=None if thing is None else await _names_of(context.loaders, thing),
    )


async def _names_of(loaders: Loaders, text: str) -> Sequence[str]:
    """All names under which the log may have a thing: by its number, and by its code, whichever of them is given."""
    if ref := parse_global_id(text):
        code = _name_of(await loaders.node(ref))
        return [named(ref.kind, ref.id), *([asked_for(ref.kind, code)] if code else [])]
    found = {
        "Lot": await loaders.lot_by_code(text),
        "ProductionBatch": await loaders.batch_by_code(text),
        "Order": await loaders.order_by_number(text),
    }
    numbered = [named(kind, record.id) for kind, record in found.items() if record is not None]
    return [*numbered, *(asked_for(kind, text) for kind in found)]
