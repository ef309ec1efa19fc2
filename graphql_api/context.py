"""What one operation works with: its caller, its clock, its snapshot to read and its transactions to write."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from enum import Enum
from typing import Any, NamedTuple, TypeAlias

from strawberry.types import Info as StrawberryInfo

from bakery.audit import Act, Origin
from bakery.catalogue import LotTrackingSettings
from bakery.days import Clock, instant_of, local_day
from bakery.store import Database, Session, Store, outages
from bakery.store.audit import Audit
from bakery.store.fences import Presented
from bakery.store.turns import next_turn
from graphql_api.auth import Caller, Mint, is_ours, sign_in, sign_in_subject, token_hash
from graphql_api.identity.provider import Provider
from graphql_api.identity.uses import KeyUses
from graphql_api.loaders import Loaders
from graphql_api.observing import notes
from graphql_api.plugins import Plugins
from graphql_api.refs import parse_global_id
from plans import LOT_TRACKING, Role, Unauthenticated


@dataclass(frozen=True)
class Work:
    """One writing transaction: a root mutation field's, committed on return and rolled back on any exception.

    `tracking` is lot tracking as it acts: switched on and in the plan (R-1.6).
    """

    store: Store
    caller: Caller
    now: datetime
    settings: LotTrackingSettings
    plugins: Plugins = field(default_factory=Plugins)
    mint: Mint = field(default_factory=lambda: Mint(""))

    @property
    def today(self) -> date:
        return local_day(self.now, self.caller.bakery.time_zone)

    @property
    def actor_id(self) -> int:
        if self.caller.member_id is None:
            raise RuntimeError("a machine does not write")
        return self.caller.member_id

    @property
    def tracking(self) -> bool:
        return self.settings.enabled and self.caller.plan.includes(LOT_TRACKING.plan)

    def instant_of(self, day: date) -> datetime:
        return instant_of(day, self.now, self.caller.bakery.time_zone)


class Fate(Enum):
    """What became of a mutation: what a client has to know whose answer an outage of the database took away."""

    NOT_DONE = "NOT_DONE"
    UNKNOWN = "UNKNOWN"
    DONE = "DONE"


class ExpiryWarning(NamedTuple):
    """What an expiry date is judged by: the bakery's day, and how many days ahead it warns."""

    today: date
    days: int


class Context:
    """One operation of one caller. Whoever makes it closes it."""

    def __init__(
        self,
        database: Database,
        clock: Clock,
        secret_key: str,
        plugins: Plugins,
        origin: Origin | None = None,
        *,
        provider: Provider | None = None,
        key_uses: KeyUses | None = None,
    ) -> None:
        self._database = database
        self._clock = clock
        self._secret_key = secret_key
        self._provider = provider
        self._key_uses = key_uses
        self.subject: str | None = None
        """The hash of whom the identity provider says it is, a member or not."""
        self.plugins = plugins
        self.origin = origin or Origin()
        self.partner_reads: dict[str, Act] = {}
        self._line = database.line()
        self._reader: Session | None = None
        self._store: Store | None = None
        self._settings: LotTrackingSettings | None = None
        self._opening = asyncio.Lock()
        self._caller: Caller | None = None
        self.is_large = False
        self.fates: dict[str, Fate] = {}
        """What became of each mutation so far, by the name under which its answer stands."""
        self._generations = 1
        self.loaders = self._new_loaders()

    def expect(self, generations: int) -> None:
        """Be told how many steps from run to run the operation takes: what they reach is read together."""
        if generations != self._generations:
            self._generations = generations
            self.loaders = self._new_loaders()

    def _new_loaders(self) -> Loaders:
        return Loaders(self.reading, self.plugins.nodes, self._generations)

    async def turn(self) -> None:
        """Wait for a turn to write the next slice of an answer that is too large for one."""
        self.is_large = True
        await next_turn()

    @property
    def now(self) -> datetime:
        return self._clock()

    @property
    def today(self) -> date:
        return local_day(self.now, self.caller.bakery.time_zone)

    @property
    def signed_in(self) -> Caller | None:
        return self._caller

    @property
    def caller(self) -> Caller:
        """Who is signed in. Raises `Unauthenticated`; behind a gate somebody always is."""
        if self._caller is None:
            raise Unauthenticated
        return self._caller

    @property
    def mint(self) -> Mint:
        return Mint(self._secret_key)

    def hash_of(self, token: str) -> str:
        """As what it is kept."""
        return token_hash(token, self._secret_key)

    @property
    def has_provider(self) -> bool:
        """Whether people come by an identity provider, and so get no tokens of ours by themselves."""
        return self._provider is not None

    async def sign_in(self, token: str, bakeries: Sequence[str] = ()) -> None:
        """Find out who calls; the snapshot this is read from goes on as the operation's.

        `bakeries` are the ids that the caller named: one, where they belong to several. Raises `BakeryRequired`.
        """
        ref = parse_global_id(bakeries[0]) if bakeries else None
        if bakeries and (ref is None or ref.kind != "Bakery" or len(bakeries) > 1):
            return
        chosen = ref and ref.id
        caller = await (self._by_token(token) if is_ours(token) else self._by_provider(token, chosen))
        if caller is None or chosen not in (None, caller.bakery_id):
            return
        assert self._reader is not None
        self._caller, self._store = caller, Store(self._reader)
        if note := notes.current():
            note.bakery, note.role = caller.bakery_id, caller.role.value
            note.caller = "machine" if caller.member_id is None else "person"
        if caller.member_id is None and self._key_uses is not None:
            self._key_uses.note(caller.bakery_id, caller.id, self.now)

    async def _by_token(self, token: str) -> Caller | None:
        hashed = self.hash_of(token)
        self._reader = await self._database.begin_reading(presented=Presented.token(hashed), line=self._line)
        return await sign_in(self._reader, hashed, self.now)

    async def _by_provider(self, token: str, chosen: int | None) -> Caller | None:
        if self._provider is None:
            return None
        self.subject = await self._provider.subject_of(token, self.now)
        if self.subject is None:
            return None
        presented = Presented.subject(self.subject, chosen)
        self._reader = await self._database.begin_reading(presented=presented, line=self._line)
        return await sign_in_subject(self._reader, self.subject, chosen)

    async def reading(self) -> Store:
        """The operation's snapshot: every field of it sees the same moment."""
        async with self._opening:
            if self._store is None:
                self._reader = await self._database.begin_reading(self.caller.bakery_id, line=self._line)
                self._store = Store(self._reader)
            return self._store

    async def lot_tracking(self) -> LotTrackingSettings:
        """The settings of lot tracking, read once for the snapshot."""
        store = await self.reading()
        async with self._opening:
            if self._settings is None:
                self._settings = await store.features.lot_tracking()
            return self._settings

    async def expiry_warning(self) -> ExpiryWarning:
        return ExpiryWarning(self.today, (await self.lot_tracking()).expiry_warning_days)

    @asynccontextmanager
    async def writing(self) -> AsyncIterator[Work]:
        """A transaction; the snapshot read so far ends before it, and fields after it read anew."""
        caller = self.caller
        await self._leave_snapshot()
        async with self._database.writing(caller.bakery_id, self._line) as session:
            store = Store(session)
            # Gates and lots go by one reading of the switches: somebody may turn one while we read the settings.
            switches, settings = await store.features.standing()
            caller = replace(caller, switches=switches)
            yield Work(store, caller, self.now, settings, self.plugins, self.mint)
            if store.features.switched:
                caller = replace(caller, switches=await store.features.switched_on())
            if store.people.changed and caller.member_id is not None:
                member = await store.people.find(caller.member_id)
                assert member is not None
                caller = replace(caller, name=member.name, role=Role(member.role))
        # What was switched, and what the caller is, acts from the next field of the same operation on.
        self._caller = caller

    @asynccontextmanager
    async def entering(self, invitation: str) -> AsyncIterator[Session]:
        """A transaction of whoever has an invitation, in the bakery of that; bound once the invitation is found."""
        await self._leave_snapshot()
        presented = Presented.invitation(self.hash_of(invitation))
        async with self._database.writing(line=self._line, presented=presented) as session:
            yield session

    @asynccontextmanager
    async def recording(self) -> AsyncIterator[Audit]:
        """A transaction of the audit log's own, for what is no part of another."""
        async with self.aside() as session:
            yield Audit(session)

    @asynccontextmanager
    async def aside(self) -> AsyncIterator[Session]:
        """A transaction of its own, for what is no part of what the operation reads and changes."""
        caller = self.caller
        await self._leave_snapshot()
        async with self._database.writing(caller.bakery_id, self._line) as session:
            yield session

    def interrupt(self) -> None:
        """Stop what the database does for the operation's snapshot; nothing more can be read from it."""
        if self._reader is not None:
            self._reader.interrupt()

    async def close(self) -> None:
        """End the snapshot and give the connection back."""
        await self._leave_snapshot()
        with outages.ignored():
            await self._line.close()

    async def _leave_snapshot(self) -> None:
        """End the snapshot; what is read after it is read anew, on the same connection."""
        reader, self._reader, self._store, self._settings = self._reader, None, None, None
        self.loaders.forget()
        self.loaders = self._new_loaders()
        if reader is not None:
            with outages.ignored():
                await reader.close()


Info: TypeAlias = StrawberryInfo[Context, Any]
