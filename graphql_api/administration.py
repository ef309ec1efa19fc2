"""What the command line does to bakeries and tokens; each in one transaction."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import cache
from typing import Any
from zoneinfo import available_timezones

from babel.core import get_global
from babel.numbers import get_territory_currencies

from bakery.audit import OPERATOR, Act, AuditKind, AuditOutcome, Origin, kept_arguments, kept_things, named
from bakery.catalogue import Member
from bakery.store import BakeryId, Database, Session, Store
from bakery.store.people import add_bakery, find_bakery
from graphql_api.auth import Mint
from graphql_api.resolvers.checks import Checks
from plans import Plan, Role
from plans.tiers import PEOPLE

TOKEN_LIFETIME = timedelta(days=365)
PARTNER_SCOPES = ("trace:read",)

# Who a new bakery begins with; the owner renames, adds and removes people later.
FIRST_PEOPLE = {Role.OWNER: "Owner", Role.MANAGER: "Manager", Role.STAFF: "Staff"}

# Names that the time zone database has for machines, not for places.
NOT_A_PLACE = {"Factory", "localtime", "posixrules"}


@cache
def _time_zones() -> set[str]:
    """Those of places. To list them, the machine's files are gone through: once is enough."""
    return available_timezones() - NOT_A_PLACE


@cache
def _tender(day: date) -> set[str]:
    """The currencies that are legal tender somewhere on `day`."""
    territories = get_global("territory_currencies")
    return {code for territory in territories for code in get_territory_currencies(territory, day, day)}


@dataclass(frozen=True)
class NewBakery:
    id: BakeryId
    tokens: dict[Role, str]


class UnknownBakery(Exception):
    def __init__(self, bakery_id: int) -> None:
        super().__init__(f"There is no bakery {bakery_id}.")


@dataclass(frozen=True)
class Administration:
    """Works on one database, with the secret that its tokens are hashed under."""

    database: Database
    secret_key: str
    now: datetime

    async def create_bakery(self, *, name: str, plan: Plan, time_zone: str, currency: str) -> NewBakery:
        """A bakery with one person in each role and a token for each. Raises `InvalidInput`."""
        checks = Checks()
        name = checks.name("name", name)
        if time_zone not in _time_zones():
            checks.refuse("time-zone", f"“{time_zone}” is no IANA time zone. Use one like Europe/London.")
        currency = currency.upper()
        if currency not in _tender(self.now.date()):
            checks.refuse("currency", f"“{currency}” is no ISO 4217 currency that is in use. Use one like EUR.")
        checks.done()
        async with self.database.writing() as session:
            bakery_id = await add_bakery(
                session, name=name, plan=plan.value, time_zone=time_zone, currency=currency, now=self.now
            )
            session.bind(bakery_id)
            store = Store(session)
            tokens = {}
            for role in PEOPLE:
                member = await store.people.add_member(FIRST_PEOPLE[role], role.value, self.now)
                tokens[role] = await self._new_person_token(store, member, self.now + TOKEN_LIFETIME)
            told = {"name": name, "plan": plan.value, "timeZone": time_zone, "currency": currency}
            await self.record(store, "bakery create", told, named("Bakery", bakery_id))
            return NewBakery(bakery_id, tokens)

    async def set_plan(self, bakery_id: int, plan: Plan) -> None:
        async with self.database.writing() as session:
            store = await self._store(session, bakery_id)
            await store.people.set_plan(plan.value)
            await self.record(store, "bakery set-plan", {"plan": plan.value}, named("Bakery", bakery_id))

    @asynccontextmanager
    async def of_bakery(self, bakery_id: int) -> AsyncIterator[Store]:
        """A transaction in a bakery. Raises `UnknownBakery`."""
        async with self.database.writing() as session:
            yield await self._store(session, bakery_id)

    async def new_token(self, bakery_id: int, role: Role, expires_at: datetime | None) -> str:
        """A token for the first person of the role, or an API key for a partner that may read traces."""
        async with self.database.writing() as session:
            store = await self._store(session, bakery_id)
            expires_at = expires_at or self.now + TOKEN_LIFETIME
            told = {"role": role.value, "expires": expires_at.isoformat()}
            if role is Role.PARTNER:
                key = Mint(self.secret_key).api_key()
                await store.api_keys.add("Partner", key.secret, PARTNER_SCOPES, self.now, expires_at)
                await self.record(store, "token", {**told, "scopes": PARTNER_SCOPES})
                return key.text
            member = await store.people.first_with_role(role.value)
            if member is None:
                member = await store.people.add_member(FIRST_PEOPLE[role], role.value, self.now)
            await self.record(store, "token", told, named("Member", member.id))
            return await self._new_person_token(store, member, expires_at)

    async def record(self, store: Store, command: str, arguments: Mapping[str, Any], *things: str) -> None:
        """In the audit log of the bakery that it was done to."""
        act = Act(
            AuditKind.COMMAND,
            command,
            AuditOutcome.DONE,
            arguments=kept_arguments(arguments),
            things=kept_things(things),
        )
        await store.audit.record([act], actor=OPERATOR, origin=Origin(), now=self.now)

    async def _new_person_token(self, store: Store, member: Member, expires_at: datetime) -> str:
        token = Mint(self.secret_key).person_token()
        await store.access_tokens.add(member.id, token.secret, self.now, expires_at)
        return token.text

    async def _store(self, session: Session, bakery_id: int) -> Store:
        found = await find_bakery(session, bakery_id)
        if found is None:
            raise UnknownBakery(bakery_id)
        session.bind(found)
        return Store(session)
