"""The audit log in the database: entries are added, sealed in a chain for each bakery, and verified.

Whoever writes an entry does so by one INSERT at the end of its own transaction, and waits for nobody. The sealer comes
after the commit: it takes what is there by now, in the order of the record numbers, and appends it to the chain. An
entry that commits later than one with a higher number is sealed after it: the order of a chain is that of sealing.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import (
    BigInteger,
    Executable,
    Select,
    String,
    bindparam,
    delete,
    exists,
    func,
    insert,
    literal,
    or_,
    select,
    type_coerce,
)

from bakery.audit import (
    Act,
    Actor,
    AuditEntry,
    AuditOutcome,
    Chain,
    Head,
    Origin,
    Seal,
    in_things,
    lost_heads,
    sealed,
)
from bakery.days import Clock
from bakery.proof import Breach
from bakery.store import tables
from bakery.store.paging import Listing
from bakery.store.people import all_bakeries
from bakery.store.session import BakeryId, Database, Session
from bakery.store.statement import OURS, tuples

ENTRIES_AT_ONCE = 200
"""How many entries of a bakery are sealed at once: on SQLite, whoever writes waits meanwhile."""

ROWS_AT_ONCE = 1_000

SEALER_LOCK = literal(0x62616B6574726163, BigInteger)
"""Whoever holds this advisory lock seals, on PostgreSQL. SQLite has one writer at a time anyway."""

_ENTRIES, _SEALS, _WAITING = tables.audit_entries, tables.audit_seals, tables.audit_waiting
_GIVEN = tuple(column.name for column in _ENTRIES.c if column.name not in ("bakery_id", "id"))


def _recorded(dialect: str) -> Executable:
    """One INSERT, which takes the next record number by itself; on SQLite a trigger counts it."""
    counter = tables.record_number_counter.c.last_number
    number = select(counter + 1).scalar_subquery() if dialect == "sqlite" else tables.record_number.next_value()
    given = {name: bindparam(name, type_=_ENTRIES.c[name].type) for name in _GIVEN}
    return insert(_ENTRIES).values(bakery_id=OURS, id=number, **given)


_RECORDED = tuples(_recorded)


@dataclass(frozen=True)
class Audit:
    """The log of one bakery."""

    session: Session

    async def record(self, acts: Sequence[Act], *, actor: Actor, origin: Origin, now: datetime) -> None:
        """Append what was done, as the last thing that its transaction does."""
        for act in acts:
            await self.session.write(
                _RECORDED,
                recorded_at=now,
                kind=act.kind,
                member_id=actor.member_id,
                key_id=actor.key_id,
                actor=actor.name,
                role=actor.role,
                action=act.action,
                outcome=act.outcome,
                code=act.code,
                things=act.things,
                arguments=act.arguments,
                address=origin.address,
                user_agent=origin.user_agent,
            )

    # ── reading ───────────────────────────────────────────────────────────────────────────────────────────────────
    async def by_ids(self, ids: Sequence[int]) -> list[AuditEntry]:
        chosen = self.session.among(_ENTRIES.c.id, ids)
        return await self.session.records(AuditEntry, self._select().where(chosen))

    def listing(
        self,
        *,
        member_id: int | None = None,
        action: str | None = None,
        outcome: AuditOutcome | None = None,
        since: datetime | None = None,
        before: datetime | None = None,
        things: Sequence[str] | None = None,
    ) -> Listing[AuditEntry]:
        """Entries that fit all that is given, newest first. `things` are names of one thing, in the log's form."""
        columns, statement = _ENTRIES.c, self._select()
        if member_id is not None:
            statement = statement.where(columns.member_id == member_id)
        if action is not None:
            statement = statement.where(columns.action == action)
        if outcome is not None:
            statement = statement.where(columns.outcome == outcome)
        if since is not None:
            statement = statement.where(columns.recorded_at >= since)
        if before is not None:
            statement = statement.where(columns.recorded_at < before)
        if things is not None:
            named = [columns.things.contains(in_things(thing), autoescape=True) for thing in things]
            statement = statement.where(or_(*named))
        return Listing(self.session, AuditEntry, statement, [columns.id], descending=True)

    def _select(self) -> Select[Any]:
        """The fields of an `AuditEntry`, in order."""
        seals = _SEALS.c
        return (
            select(*_entry_columns(), seals.number, seals.previous_hash, seals.hash, seals.sealed_at)
            .outerjoin(_SEALS, _sealed_one())
            .where(_ENTRIES.c.bakery_id == self.session.bakery_id)
        )

    # ── sealing ───────────────────────────────────────────────────────────────────────────────────────────────────
    async def seal(self, now: datetime) -> int:
        """Seal what waits, or the beginning of it; returns how many. Only the sealer may."""
        waiting, ours = _WAITING.c, self.session.bakery_id
        ids = [
            row[0]
            for row in await self.session.rows(
                select(waiting.entry_id)
                .where(waiting.bakery_id == ours)
                .order_by(waiting.entry_id)
                .limit(ENTRIES_AT_ONCE)
            )
        ]
        # One that has a seal already waits no longer, however it came to wait again.
        unsealed = self._select().where(self.session.among(_ENTRIES.c.id, ids), _SEALS.c.number.is_(None))
        entries = await self.session.records(AuditEntry, unsealed.order_by(_ENTRIES.c.id))
        seals = sealed(ours, await self.head(), entries, now)
        await self.session.insert(
            _SEALS,
            [
                {
                    "bakery_id": ours,
                    "number": seal.number,
                    "entry_id": seal.entry_id,
                    "previous_hash": seal.previous_hash,
                    "hash": seal.hash,
                    "sealed_at": seal.sealed_at,
                }
                for seal in seals
            ],
        )
        await self.session.execute(
            delete(_WAITING).where(waiting.bakery_id == ours, self.session.among(waiting.entry_id, ids))
        )
        return len(ids)

    async def head(self) -> Head:
        """The last seal of the chain."""
        last = (
            select(_SEALS.c.number, _SEALS.c.hash)
            .where(_SEALS.c.bakery_id == self.session.bakery_id)
            .order_by(_SEALS.c.number.desc())
            .limit(1)
        )
        return await self.session.record(Head, last) or Head()

    # ── verifying ─────────────────────────────────────────────────────────────────────────────────────────────────
    async def chain(self, published: Iterable[str] = ()) -> Chain:
        """The whole chain followed seal by seal, with what is wrong with it."""
        chain = Chain(self.session.bakery_id, frozenset(published))
        async for seal, entry in self.sealed_entries():
            chain.follow(seal, entry)
        chain.unsealed([row[0] for row in await self.session.rows(self._put_there_by_hand())])
        return chain

    async def sealed_entries(self) -> AsyncIterator[tuple[Seal, AuditEntry | None]]:
        """Each seal in the order of the chain, with its entry; read as they are, whatever somebody made of them."""
        seals = _SEALS.c
        width = 5
        statement = (
            select(
                seals.number,
                seals.entry_id,
                seals.previous_hash,
                seals.hash,
                _as_it_is(seals.sealed_at),
                *_entry_columns(as_they_are=True),
            )
            .outerjoin(_ENTRIES, _sealed_one())
            .where(seals.bakery_id == self.session.bakery_id)
            .order_by(seals.number)
            .limit(ROWS_AT_ONCE)
        )
        rows = await self.session.rows(statement)
        while rows:
            for row in rows:
                number, entry_id, previous_hash, hash_, sealed_at = row[:width]
                seal = Seal(number, entry_id, previous_hash, hash_, _moment(sealed_at))
                yield seal, None if row[width] is None else _raw_entry(*row[width:])
            rows = await self.session.rows(statement.where(seals.number > rows[-1][0]))

    def _put_there_by_hand(self) -> Select[Any]:
        entries, waiting = _ENTRIES.c, _WAITING.c
        waits = (waiting.bakery_id == entries.bakery_id) & (waiting.entry_id == entries.id)
        return (
            select(entries.id)
            .where(
                entries.bakery_id == self.session.bakery_id,
                ~exists().where(_sealed_one()),
                ~exists().where(waits),
            )
            .order_by(entries.id)
        )


def _sealed_one() -> Any:
    return (_SEALS.c.bakery_id == _ENTRIES.c.bakery_id) & (_SEALS.c.entry_id == _ENTRIES.c.id)


def _entry_columns(*, as_they_are: bool = False) -> list[Any]:
    columns = _ENTRIES.c
    as_it_is: Callable[[Any], Any] = _as_it_is if as_they_are else lambda column: column
    return [
        columns.id,
        as_it_is(columns.recorded_at),
        as_it_is(columns.kind),
        columns.member_id,
        columns.key_id,
        columns.actor,
        columns.role,
        columns.action,
        as_it_is(columns.outcome),
        columns.code,
        columns.things,
        columns.arguments,
        columns.address,
        columns.user_agent,
    ]


# ── what stands there, unread ─────────────────────────────────────────────────────────────────────────────────────────
def _as_it_is(column: Any) -> Any:
    """The column as the driver gives it: nothing in it may stop a verification."""
    return type_coerce(column, String)


def _raw_entry(number: Any, recorded_at: Any, *others: Any) -> AuditEntry:
    return AuditEntry(number, _moment(recorded_at), *others)


def _moment(value: Any) -> Any:
    """A moment in UTC, as SQLite writes it or PostgreSQL gives it; anything else as it is."""
    if isinstance(value, str):
        try:
            value = datetime.fromisoformat(value)
        except ValueError:
            return value
    if not isinstance(value, datetime):
        return str(value)
    return value.replace(tzinfo=UTC) if value.tzinfo is None else value


# ── all bakeries ──────────────────────────────────────────────────────────────────────────────────────────────────────
async def seal_waiting(database: Database, clock: Clock) -> int:
    """Seal all that waits by now, in any bakery, unless somebody else is at it; returns how many entries.

    A transaction for each part, so that nobody who writes on SQLite waits for more than one part.
    """
    total = count = await _seal_part(database, clock)
    # What comes in meanwhile is for the next time: a part of its own for each entry would cost as much as the writing.
    while count >= ENTRIES_AT_ONCE:
        count = await _seal_part(database, clock)
        total += count
    return total


async def _seal_part(database: Database, clock: Clock) -> int:
    async with database.reading() as session:
        if not await session.rows(select(_WAITING.c.bakery_id).limit(1)):
            return 0
    async with database.writing() as session:
        if not session.is_sqlite and not await session.scalar(select(func.pg_try_advisory_xact_lock(SEALER_LOCK))):
            return 0
        count = 0
        # What others sealed meanwhile, the next statement sees.
        for (bakery_id,) in await session.rows(select(_WAITING.c.bakery_id).distinct().limit(ENTRIES_AT_ONCE)):
            count += await Audit(session.for_bakery(BakeryId(bakery_id))).seal(clock())
            if count >= ENTRIES_AT_ONCE:
                break
        return count


async def waiting_count(session: Session) -> int:
    """How many entries of all bakeries have no seal yet."""
    return int(await session.scalar(select(func.count()).select_from(_WAITING)))


async def heads_of_all(session: Session) -> list[tuple[int, Head]]:
    """The last seal of each bakery's chain, by the bakery's id; none of a bakery whose log is empty."""
    found = [
        (bakery.id, await Audit(session.for_bakery(BakeryId(bakery.id))).head())
        for bakery in await all_bakeries(session)
    ]
    return [(bakery_id, head) for bakery_id, head in found if head.number]


@dataclass(frozen=True)
class Verification:
    """How many entries are in the chains and how many wait to be, and what is wrong, with whose it is."""

    sealed: int
    waiting: int
    breaches: list[tuple[str, Breach]]

    @property
    def summary(self) -> str:
        found = f"{len(self.breaches)} breaches" if self.breaches else "No breaches"
        return f"{found}; {self.sealed} entries are sealed, {self.waiting} wait for their seal."


async def verified(session: Session, published: Sequence[str] = ()) -> Verification:
    """Follows the chains of all bakeries; each `published` head must be in one of them."""
    count, met, found = 0, set[str](), []
    for bakery in await all_bakeries(session):
        chain = await Audit(session.for_bakery(BakeryId(bakery.id))).chain(published)
        count += chain.count
        met |= chain.met
        found += [(f"bakery {bakery.id}", breach) for breach in chain.breaches]
    found += [("database", breach) for breach in lost_heads(published, met)]
    return Verification(count, await waiting_count(session), found)
