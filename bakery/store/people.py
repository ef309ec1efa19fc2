"""Bakeries, their people, and who it is that calls.

Finding whom a token, a key, an invitation or a subject stands for is what crosses bakeries, since it is what tells the
bakery: by hashes, each in one statement.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from typing import Any

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    Executable,
    bindparam,
    literal,
    null,
    or_,
    select,
    union_all,
    update,
)

from bakery.catalogue import Bakery, Member, MemberStatus
from bakery.store import tables
from bakery.store.features import SWITCHED_ON
from bakery.store.given import among
from bakery.store.paging import Listing
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
    people = (
        select(*bakery_columns(), members.id, null(), members.name, members.role, null(), SWITCHED_ON)
        .select_from(tables.access_tokens)
        .join(tables.bakeries, bakeries.id == tokens.bakery_id)
        .join(tables.members, (members.bakery_id == tokens.bakery_id) & (members.id == tokens.member_id))
        .where(
            tokens.token_hash == token_hash,
            tokens.revoked_at.is_(None),
            members.removed_at.is_(None),
            or_(tokens.expires_at.is_(None), tokens.expires_at > now),
        )
    )
    machines = (
        select(*bakery_columns(), null(), keys.id, keys.name, literal("PARTNER"), keys.scopes, SWITCHED_ON)
        .select_from(tables.api_keys)
        .join(tables.bakeries, bakeries.id == keys.bakery_id)
        .where(
            keys.key_hash == token_hash,
            keys.revoked_at.is_(None),
            or_(keys.expires_at.is_(None), keys.expires_at > now),
        )
    )
    return union_all(people, machines)


def _subject() -> Executable:
    """The memberships of a subject, or the one that is chosen. Of a bakery that is not fenced in to only its number."""
    bakeries, members = tables.bakeries.c, tables.members.c
    subject_hash = bindparam("subject_hash", type_=members.subject_hash.type)
    chosen = bindparam("chosen", type_=members.bakery_id.type)
    [_, *rest] = bakery_columns()
    return (
        select(members.bakery_id, *rest, members.id, null(), members.name, members.role, null(), SWITCHED_ON)
        .select_from(tables.members)
        .outerjoin(tables.bakeries, bakeries.id == members.bakery_id)
        .where(
            members.subject_hash == subject_hash,
            members.removed_at.is_(None),
            or_(chosen.is_(None), members.bakery_id == chosen),
        )
        .order_by(members.bakery_id)
    )


_SIGN_IN = records(_sign_in(), SignIn)
_SUBJECT = records(_subject(), SignIn)


async def find_sign_in(session: Session, token_hash: str, now: datetime) -> SignIn | None:
    """Whom the token of this hash stands for now; None if it is unknown, expired or revoked."""
    return await session.first(_SIGN_IN, token_hash=token_hash, now=now)


async def find_subject(session: Session, subject_hash: str, bakery_id: int | None) -> list[SignIn]:
    """The memberships of the subject of this hash: in the bakery, if one is chosen, else all of them.

    Where there are several, only `bakery_id` of each is to be relied on.
    """
    return await session.read(_SUBJECT, subject_hash=subject_hash, chosen=bakery_id)


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
_COLUMNS = tables.members.c
_ID = bindparam("wanted", type_=BigInteger())
_FIELDS = (
    _COLUMNS.id,
    _COLUMNS.name,
    _COLUMNS.role,
    _COLUMNS.email,
    _COLUMNS.joined_at,
    _COLUMNS.removed_at,
    _COLUMNS.invitation_expires_at,
)
_MEMBERS = select(*_FIELDS).where(_COLUMNS.bakery_id == OURS)
_MEMBERS_BY_IDS = records(_MEMBERS.where(among(_COLUMNS.id, "ids")), Member)
_LOCK_OWNER = records(_MEMBERS.where(_COLUMNS.role == "OWNER").with_for_update(key_share=True), Member)
_MEMBER = records(_MEMBERS.where(_COLUMNS.id == _ID), Member)
_OF_SUBJECT = records(
    _MEMBERS.where(_COLUMNS.subject_hash == bindparam("subject_hash", type_=_COLUMNS.subject_hash.type)), Member
)


@dataclass(frozen=True, slots=True)
class Invited:
    """Whom an invitation is for, and the bakery that it is to."""

    bakery_id: int
    bakery_name: str
    plan: str
    time_zone: str
    currency: str
    member_id: int

    @property
    def bakery(self) -> Bakery:
        return Bakery(self.bakery_id, self.bakery_name, self.plan, self.time_zone, self.currency)


_INVITED = records(
    select(*bakery_columns(), _COLUMNS.id)
    .select_from(tables.members)
    .join(tables.bakeries, tables.bakeries.c.id == _COLUMNS.bakery_id)
    .where(
        _COLUMNS.invitation_hash == bindparam("invitation_hash", type_=_COLUMNS.invitation_hash.type),
        _COLUMNS.invitation_expires_at > bindparam("now", type_=_COLUMNS.invitation_expires_at.type),
        _COLUMNS.removed_at.is_(None),
    ),
    Invited,
)


async def find_invited(session: Session, invitation_hash: str, now: datetime) -> Invited | None:
    """Whom the invitation of this hash is for now; None if it is unknown, expired, withdrawn or used."""
    return await session.first(_INVITED, invitation_hash=invitation_hash, now=now)


@dataclass
class People:
    """`changed` tells whether somebody was made something else in this transaction."""

    session: Session
    changed: bool = False

    async def add_member(
        self, name: str, role: str, now: datetime, *, email: str | None = None, has_joined: bool = True
    ) -> Member:
        member = Member(await self.session.number(), name, role, email, now if has_joined else None)
        row = {"bakery_id": self.session.bakery_id, **asdict(member), "recorded_at": now}
        await self.session.insert(tables.members, [row])
        return member

    async def by_ids(self, ids: Sequence[int]) -> list[Member]:
        return await self.session.read(_MEMBERS_BY_IDS, ids=ids)

    def listing(self, status: MemberStatus | None = None) -> Listing[Member]:
        statement = _MEMBERS
        match status:
            case MemberStatus.INVITED:
                statement = statement.where(_COLUMNS.joined_at.is_(None), _COLUMNS.removed_at.is_(None))
            case MemberStatus.ACTIVE:
                statement = statement.where(_COLUMNS.joined_at.is_not(None), _COLUMNS.removed_at.is_(None))
            case MemberStatus.REMOVED:
                statement = statement.where(_COLUMNS.removed_at.is_not(None))
        return Listing(self.session, Member, statement, [_COLUMNS.id])

    async def first_with_role(self, role: str) -> Member | None:
        statement = _MEMBERS.where(_COLUMNS.role == role, _COLUMNS.removed_at.is_(None))
        return await self.session.record(Member, statement.order_by(_COLUMNS.id).limit(1))

    async def find(self, member_id: int) -> Member | None:
        """As it is at this moment; after `lock_owner` nobody changes it any more."""
        return await self.session.first(_MEMBER, wanted=member_id)

    async def lock_owner(self) -> Member | None:
        """The owner, whose row is the lock of all members."""
        # Somebody else may have become it while we waited; the second statement sees who.
        owner = await self.session.first(_LOCK_OWNER)
        if owner is None:
            owner = await self.session.first(_LOCK_OWNER)
        return owner

    async def keep(self, member: Member) -> None:
        """Make a member what the record says, while the owner is locked."""
        self.changed = True
        values = {name: value for name, value in asdict(member).items() if name != "id"}
        await self._set(member.id, **values)

    async def invite(self, member: Member, invitation_hash: str, expires_at: datetime) -> None:
        """The member's invitation from now on: one that was given before is good no more."""
        await self.keep(replace(member, invitation_expires_at=expires_at))
        await self._set(member.id, invitation_hash=invitation_hash)

    async def remove(self, member: Member, now: datetime) -> None:
        """End the membership with all by which the member could sign in. What the ledger refers to stays."""
        await self.keep(replace(member, removed_at=now, email=None, invitation_expires_at=None))
        await self._set(member.id, invitation_hash=None, subject_hash=None)
        tokens = tables.access_tokens.c
        await self.session.execute(
            update(tables.access_tokens)
            .where(
                tokens.bakery_id == self.session.bakery_id,
                tokens.member_id == member.id,
                tokens.revoked_at.is_(None),
            )
            .values(revoked_at=now)
        )

    async def let_in(self, member: Member, now: datetime, subject_hash: str | None) -> Member:
        """Use up the member's invitation, and bind the member to a subject, if one is given."""
        joined = replace(member, joined_at=member.joined_at or now, invitation_expires_at=None)
        await self.keep(joined)
        await self._set(member.id, invitation_hash=None)
        if subject_hash is not None:
            await self._set(member.id, subject_hash=subject_hash)
        return joined

    async def of_subject(self, subject_hash: str) -> Member | None:
        """Who of the bakery is bound to the subject of this hash."""
        return await self.session.first(_OF_SUBJECT, subject_hash=subject_hash)

    async def set_plan(self, plan: str) -> None:
        await self.session.execute(
            update(tables.bakeries).where(tables.bakeries.c.id == self.session.bakery_id).values(plan=plan)
        )

    async def _set(self, member_id: int, **values: Any) -> None:
        await self.session.execute(
            update(tables.members)
            .where(_COLUMNS.bakery_id == self.session.bakery_id, _COLUMNS.id == member_id)
            .values(**values)
        )
