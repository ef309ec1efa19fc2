"""Bakeries, their people, and the tokens that prove who calls.

Tokens and keys are stored as keyed hashes only; finding one is the single look-up that crosses bakeries, since it is
what tells the bakery.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Select, insert, literal, null, or_, select, union_all, update

from bakery.catalogue import Bakery, Member
from bakery.store import tables
from bakery.store.session import BakeryId, Session


@dataclass(frozen=True, slots=True)
class SignIn:
    """Whom a token stands for. A machine has `scopes` and no membership: `member_id` is None."""

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

    @property
    def bakery(self) -> Bakery:
        return Bakery(self.bakery_id, self.bakery_name, self.plan, self.time_zone, self.currency)


async def find_sign_in(session: Session, token_hash: str, now: datetime) -> SignIn | None:
    """Whom the token of this hash stands for now; None if it is unknown, expired or revoked."""
    bakeries, members = tables.bakeries.c, tables.members.c
    tokens, keys = tables.access_tokens.c, tables.api_keys.c
    bakery_columns = (
        bakeries.id,
        bakeries.name,
        bakeries.plan,
        bakeries.time_zone,
        bakeries.currency,
    )
    people = (
        select(*bakery_columns, members.id, null(), members.name, members.role, null())
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
        select(*bakery_columns, null(), keys.id, keys.name, literal("PARTNER"), keys.scopes)
        .select_from(tables.api_keys)
        .join(tables.bakeries, bakeries.id == keys.bakery_id)
        .where(
            keys.key_hash == token_hash,
            keys.revoked_at.is_(None),
            or_(keys.expires_at.is_(None), keys.expires_at > now),
        )
    )
    return await session.record(SignIn, union_all(people, machines))


async def add_bakery(
    session: Session, *, name: str, plan: str, time_zone: str, currency: str, now: datetime
) -> BakeryId:
    bakery_id = BakeryId(await session.number())
    await session.execute(
        insert(tables.bakeries).values(
            id=bakery_id, name=name, plan=plan, time_zone=time_zone, currency=currency, recorded_at=now
        )
    )
    return bakery_id


async def find_bakery(session: Session, bakery_id: int) -> BakeryId | None:
    found = await session.scalar(select(tables.bakeries.c.id).where(tables.bakeries.c.id == bakery_id))
    return None if found is None else BakeryId(found)


async def all_bakeries(session: Session) -> Sequence[Bakery]:
    columns = tables.bakeries.c
    return await session.records(
        Bakery,
        select(columns.id, columns.name, columns.plan, columns.time_zone, columns.currency).order_by(columns.id),
    )


@dataclass(frozen=True)
class People:
    session: Session

    def _members(self) -> Select[tuple[int, str, str]]:
        columns = tables.members.c
        return select(columns.id, columns.name, columns.role).where(columns.bakery_id == self.session.bakery_id)

    async def add_member(self, name: str, role: str, now: datetime) -> Member:
        member = Member(await self.session.number(), name, role)
        await self.session.execute(
            insert(tables.members).values(
                bakery_id=self.session.bakery_id, id=member.id, name=name, role=role, recorded_at=now
            )
        )
        return member

    async def by_ids(self, ids: Sequence[int]) -> list[Member]:
        chosen = self.session.among(tables.members.c.id, ids)
        return await self.session.records(Member, self._members().where(chosen))

    async def first_with_role(self, role: str) -> Member | None:
        columns = tables.members.c
        statement = self._members().where(columns.role == role).order_by(columns.id).limit(1)
        return await self.session.record(Member, statement)

    async def set_plan(self, plan: str) -> None:
        await self.session.execute(
            update(tables.bakeries).where(tables.bakeries.c.id == self.session.bakery_id).values(plan=plan)
        )

    async def add_token(self, member_id: int, token_hash: str, now: datetime, expires_at: datetime | None) -> None:
        await self.session.execute(
            insert(tables.access_tokens).values(
                bakery_id=self.session.bakery_id,
                id=await self.session.number(),
                member_id=member_id,
                token_hash=token_hash,
                recorded_at=now,
                expires_at=expires_at,
            )
        )

    async def add_api_key(
        self, name: str, key_hash: str, scopes: Sequence[str], now: datetime, expires_at: datetime | None
    ) -> None:
        await self.session.execute(
            insert(tables.api_keys).values(
                bakery_id=self.session.bakery_id,
                id=await self.session.number(),
                name=name,
                key_hash=key_hash,
                scopes=" ".join(scopes),
                recorded_at=now,
                expires_at=expires_at,
            )
        )
