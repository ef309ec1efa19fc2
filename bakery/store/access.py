"""What was issued to people and partners to sign in with: kept by its keyed hash and how it begins, never itself.

The hash is looked up by an index. What that comparison takes tells nothing about a secret: whoever does not know the
server's key cannot choose what a guess is hashed to.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import BigInteger, bindparam, or_, select, update

from bakery.catalogue import AccessToken, ApiKey
from bakery.store import tables
from bakery.store.given import among
from bakery.store.paging import Listing
from bakery.store.session import Session
from bakery.store.statement import OURS, records, tuples

_ID = bindparam("wanted", type_=BigInteger())
_TOKEN, _KEY = tables.access_tokens.c, tables.api_keys.c

_TOKENS = select(
    _TOKEN.id, _TOKEN.member_id, _TOKEN.prefix, _TOKEN.recorded_at, _TOKEN.expires_at, _TOKEN.revoked_at
).where(_TOKEN.bakery_id == OURS)
_ALL_TOKENS = records(_TOKENS.order_by(_TOKEN.id), AccessToken)
_TOKENS_BY_IDS = records(_TOKENS.where(among(_TOKEN.id, "ids")), AccessToken)
_LOCK_TOKEN = records(_TOKENS.where(_TOKEN.id == _ID).with_for_update(key_share=True), AccessToken)

_KEYS = select(
    _KEY.id,
    _KEY.name,
    _KEY.prefix,
    _KEY.scopes,
    _KEY.recorded_at,
    _KEY.expires_at,
    _KEY.revoked_at,
    _KEY.last_used_at,
).where(_KEY.bakery_id == OURS)
_ALL_KEYS = records(_KEYS.order_by(_KEY.id), ApiKey)
_KEYS_BY_IDS = records(_KEYS.where(among(_KEY.id, "ids")), ApiKey)
_LOCK_KEY = records(_KEYS.where(_KEY.id == _ID).with_for_update(key_share=True), ApiKey)

_USED = bindparam("used_at", type_=_KEY.last_used_at.type)
_BEFORE = bindparam("before", type_=_KEY.last_used_at.type)
_NOTE_USE = tuples(
    update(tables.api_keys)
    .where(_KEY.bakery_id == OURS, _KEY.id == _ID, or_(_KEY.last_used_at.is_(None), _KEY.last_used_at < _BEFORE))
    .values(last_used_at=_USED)
)


@dataclass(frozen=True, slots=True)
class Secret:
    """What is kept of a token or key that was just made."""

    hash: str
    prefix: str


@dataclass(frozen=True)
class AccessTokens:
    session: Session

    async def add(self, member_id: int, secret: Secret, now: datetime, expires_at: datetime | None) -> int:
        number = await self.session.number()
        row = {
            "bakery_id": self.session.bakery_id,
            "id": number,
            "member_id": member_id,
            "token_hash": secret.hash,
            "prefix": secret.prefix,
            "recorded_at": now,
            "expires_at": expires_at,
        }
        await self.session.insert(tables.access_tokens, [row])
        return number

    async def all(self) -> list[AccessToken]:
        return await self.session.read(_ALL_TOKENS)

    async def by_ids(self, ids: Sequence[int]) -> list[AccessToken]:
        return await self.session.read(_TOKENS_BY_IDS, ids=ids)

    async def lock(self, token_id: int) -> AccessToken | None:
        return await self.session.first(_LOCK_TOKEN, wanted=token_id)

    async def revoke(self, token_id: int, now: datetime) -> None:
        """End it; one that was revoked already stays as it is."""
        await self.session.execute(
            update(tables.access_tokens)
            .where(_TOKEN.bakery_id == self.session.bakery_id, _TOKEN.id == token_id, _TOKEN.revoked_at.is_(None))
            .values(revoked_at=now)
        )

    def listing(self, member_id: int | None = None) -> Listing[AccessToken]:
        """Newest first: a member's, or everybody's."""
        statement = _TOKENS if member_id is None else _TOKENS.where(_TOKEN.member_id == member_id)
        return Listing(self.session, AccessToken, statement, [_TOKEN.id], descending=True)


@dataclass(frozen=True)
class ApiKeys:
    session: Session

    async def add(
        self, name: str, secret: Secret, scopes: Iterable[str], now: datetime, expires_at: datetime | None
    ) -> int:
        number = await self.session.number()
        row = {
            "bakery_id": self.session.bakery_id,
            "id": number,
            "name": name,
            "key_hash": secret.hash,
            "prefix": secret.prefix,
            "scopes": " ".join(scopes),
            "recorded_at": now,
            "expires_at": expires_at,
        }
        await self.session.insert(tables.api_keys, [row])
        return number

    async def all(self) -> list[ApiKey]:
        return await self.session.read(_ALL_KEYS)

    async def by_ids(self, ids: Sequence[int]) -> list[ApiKey]:
        return await self.session.read(_KEYS_BY_IDS, ids=ids)

    async def lock(self, key_id: int) -> ApiKey | None:
        return await self.session.first(_LOCK_KEY, wanted=key_id)

    async def revoke(self, key_id: int, now: datetime) -> None:
        """End it; one that was revoked already stays as it is."""
        await self.session.execute(
            update(tables.api_keys)
            .where(_KEY.bakery_id == self.session.bakery_id, _KEY.id == key_id, _KEY.revoked_at.is_(None))
            .values(revoked_at=now)
        )

    async def note_uses(self, uses: Mapping[int, datetime], step: timedelta) -> None:
        """When each key was last used, where what stands there is older by more than a `step`."""
        for key_id, used_at in sorted(uses.items()):
            await self.session.write(_NOTE_USE, wanted=key_id, used_at=used_at, before=used_at - step)

    def listing(self) -> Listing[ApiKey]:
        """Newest first."""
        return Listing(self.session, ApiKey, _KEYS, [_KEY.id], descending=True)
