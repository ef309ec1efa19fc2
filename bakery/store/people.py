"""Bakeries, their people, and the tokens that prove who calls.

Tokens and keys are stored as keyed hashes only; finding one is the single look-up that crosses bakeries, since it is
what tells the bakery.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Executable, bindparam, func, literal, null, or_, select, union_all, update

from bakery.catalogue import Bakery, Member
from bakery.store import tables
from bakery.store.given import among
from bakery.store.session import BakeryId, Session
from bakery.store.statement import OURS, records


def bakery_columns() -> list[ColumnElement[Any]]:
    """The fields of a `Bakery`, in order."""
    columns = tables.bakeries.c
    return [columns.id, columns.name, columns.plan, columns.time_zone, columns.currency]


@dataclass(frozen=True, slots=True)
class SignIn:
    """Whom a token stands for, and the features whose switch is on in the bakery, parted by blanks.

    A machine has `scopes` and no membership: `member_id` is None.
    """

    bakery_id: int
    bakery_name: str
    plan: str
    time_zone: str
    currency: str
    member_id: int | None
    key_id: int | None
    name: str
    role: str
    scopes: str | None
    switched_on: str | None

    @property
    def bakery(self) -> Bakery:
        return Bakery(self.bakery_id, self.bakery_name, self.plan, self.time_zone, self.currency)


def _sign_in() -> Executable:
    bakeries, members = tables.bakeries.c, tables.members.c
    tokens, keys = tables.access_tokens.c, tables.api_keys.c
    token_hash = bindparam("token_hash", type_=tokens.token_hash.type)
    now = bindparam("now", type_=tokens.expires_at.type)
    switches = tables.feature_switches.c
    switched_on = (
        select(func.aggregate_strings(switches.feature, " "))
        .where(switches.bakery_id == bakeries.id, switches.enabled.is_(True))
        .scalar_subquery()
    )
    people = (
        select(*bakery_columns(), members.id, null(), members.name, members.role, null(), switched_on)
        .select_from(tables.access_tokens)
        .join(tables.bakeries, bakeries.id == tokens.bakery_id)
        .join(tables.members, (members.bakery_id == tokens.bakery_id) & (members.id == tokens.member_id))
        .where(
            tokens.token_hash == token_hash,
            tokens.revoked_at.is_(None),
            or_(tokens.expires_at.is_(None), tokens.expires_at > now),
        )
    )
    machines = (
        select(*bakery_columns(), null(), keys.id, keys.name, literal("PARTNER"), keys.scopes, switched_on)
        .select_from(tables.api_keys)
        .join(tables.bakeries, bakeries.id == keys.bakery_id)
        .where(
            keys.key_hash == token_hash,
            keys.revoked_at.is_(None),
            or_(keys.expires_at.is_(None), keys.expires_at > now),
        )
    )
    return union_all(people, machines)


_SIGN_IN = records(_sign_in(), SignIn)


async def find_sign_in(session: Session, token_hash: str, now: datetime) -> SignIn | None:
    """Whom the token of this hash stands for now; None if it is unknown, expired or revoked."""
    return await session.first(_SIGN_IN, token_hash=token_hash, now=now)


async def add_bakery(
    session: Session, *, name: str, plan: str, time_zone: str, currency: str, now: datetime
) -> BakeryId:
    bakery_id = BakeryId(await session.number())
    bakery = Bakery(bakery_id, name, plan, time_zone, currency)
    await session.for_bakery(bakery_id).insert(tables.bakeries, [{**asdict(bakery), "recorded_at": now}])
    return bakery_id


async def find_bakery(session: Session, bakery_id: int) -> BakeryId | None:
    """The bakery of this id, for who need not sign in; `session` is not bound by it."""
    bound = session.for_bakery(BakeryId(bakery_id))
    found = await bound.scalar(select(tables.bakeries.c.id).where(tables.bakeries.c.id == bakery_id))
    return None if found is None else BakeryId(found)


async def all_bakeries(session: Session) -> Sequence[Bakery]:
    """Those that the session may see: all of them in one that works across bakeries, else its own."""
    return await session.read(_BAKERIES)


_BAKERIES = records(select(*bakery_columns()).order_by(tables.bakeries.c.id), Bakery)
_MEMBERS = select(tables.members.c.id, tables.members.c.name, tables.members.c.role).where(
    tables.members.c.bakery_id == OURS
)
_MEMBERS_BY_IDS = records(_MEMBERS.where(among(tables.members.c.id, "ids")), Member)


@dataclass(frozen=True)
class People:
    session: Session

    async def add_member(self, name: str, role: str, now: datetime) -> Member:
        member = Member(await self.session.number(), name, role)
        row = {"bakery_id": self.session.bakery_id, **asdict(member), "recorded_at": now}
        await self.session.insert(tables.members, [row])
        return member

    async def by_ids(self, ids: Sequence[int]) -> list[Member]:
        return await self.session.read(_MEMBERS_BY_IDS, ids=ids)

    async def first_with_role(self, role: str) -> Member | None:
        columns = tables.members.c
        statement = _MEMBERS.where(columns.role == role).order_by(columns.id).limit(1)
        return await self.session.record(Member, statement)

    async def set_plan(self, plan: str) -> None:
        await self.session.execute(
            update(tables.bakeries).where(tables.bakeries.c.id == self.session.bakery_id).values(plan=plan)
        )

    async def add_token(self, member_id: int, token_hash: str, now: datetime, expires_at: datetime | None) -> None:
        row = {
            "bakery_id": self.session.bakery_id,
            "id": await self.session.number(),
            "member_id": member_id,
            "token_hash": token_hash,
            "recorded_at": now,
            "expires_at": expires_at,
        }
        await self.session.insert(tables.access_tokens, [row])

    async def add_api_key(
        self, name: str, key_hash: str, scopes: Sequence[str], now: datetime, expires_at: datetime | None
    ) -> None:
        row = {
            "bakery_id": self.session.bakery_id,
            "id": await self.session.number(),
            "name": name,
            "key_hash": key_hash,
            "scopes": " ".join(scopes),
            "recorded_at": now,
            "expires_at": expires_at,
        }
        await self.session.insert(tables.api_keys, [row])
