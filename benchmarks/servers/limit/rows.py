"""Connections and rows: psycopg's own, in one transaction a request as the product opens it."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, date, datetime
from typing import Any
from zoneinfo import ZoneInfo

import psycopg

CONNECTIONS = 20  # as many as the product's pool
MEMO_SIZE_MAX = 200_000

Row = tuple[Any, ...]

SIGN_IN = """
SELECT b.id, b.name, b.plan, b.time_zone, b.currency, m.id, NULL, m.name, m.role, NULL
FROM access_tokens t
JOIN bakeries b ON b.id = t.bakery_id
JOIN members m ON m.bakery_id = t.bakery_id AND m.id = t.member_id
WHERE t.token_hash = %(hash)s AND t.revoked_at IS NULL AND (t.expires_at IS NULL OR t.expires_at > %(now)s)
UNION ALL
SELECT b.id, b.name, b.plan, b.time_zone, b.currency, NULL, k.id, k.name, 'PARTNER', k.scopes
FROM api_keys k
JOIN bakeries b ON b.id = k.bakery_id
WHERE k.key_hash = %(hash)s AND k.revoked_at IS NULL AND (k.expires_at IS NULL OR k.expires_at > %(now)s)
"""
SWITCHES = "SELECT feature FROM feature_switches WHERE bakery_id = %s AND enabled IS TRUE"


class Unauthenticated(Exception):
    """The token proves nobody."""


class Plain(dict[int, str]):
    """Counts of millionths as decimals in words, each worked out once."""

    def __missing__(self, millionths: int) -> str:
        if len(self) > MEMO_SIZE_MAX:
            self.clear()
        sign, digits = "-" if millionths < 0 else "", abs(millionths)
        whole, rest = divmod(digits, 10**6)
        text = f"{sign}{whole}.{rest:06d}".rstrip("0") if rest else f"{sign}{whole}"
        self[millionths] = text
        return text


plain = Plain()


class Transaction:
    """One request's statements."""

    def __init__(self, connection: psycopg.AsyncConnection[Row], signed_in: Sequence[Any], now: datetime) -> None:
        self._connection = connection
        self._now = now
        self.bakery_id: int = signed_in[0]
        self._time_zone: str = signed_in[3]
        self.member_id: int = signed_in[5]
        self.member_name: str = signed_in[7]
        self.role: str = signed_in[8]

    @property
    def today(self) -> date:
        return self._now.astimezone(ZoneInfo(self._time_zone)).date()

    async def rows(self, statement: str, *parameters: Any) -> list[Row]:
        cursor = await self._connection.execute(statement, parameters, prepare=True)
        return await cursor.fetchall()

    async def rows_by_name(self, statement: str, parameters: dict[str, Any]) -> list[Row]:
        cursor = await self._connection.execute(statement, parameters, prepare=True)
        return await cursor.fetchall()

    async def commit(self) -> None:
        await self._connection.commit()


class Connections:
    """The pool, last in first out, and the sign-in that begins every request."""

    def __init__(self, url: str, secret_key: str) -> None:
        self._url = url
        self._secret_key = secret_key.encode()
        self._free: list[psycopg.AsyncConnection[Row]] = []

    async def open(self) -> None:
        for _ in range(CONNECTIONS):
            self._free.append(await psycopg.AsyncConnection.connect(self._url))

    async def close(self) -> None:
        for connection in self._free:
            await connection.close()

    @asynccontextmanager
    async def reading(self, token: bytes) -> AsyncIterator[Transaction]:
        async with self._signed_in(token, psycopg.IsolationLevel.REPEATABLE_READ, read_only=True) as transaction:
            yield transaction

    @asynccontextmanager
    async def writing(self, token: bytes) -> AsyncIterator[Transaction]:
        async with self._signed_in(token, None, read_only=None) as transaction:
            yield transaction

    @asynccontextmanager
    async def _signed_in(
        self, token: bytes, level: psycopg.IsolationLevel | None, *, read_only: bool | None
    ) -> AsyncIterator[Transaction]:
        connection = self._free.pop()
        try:
            await connection.set_isolation_level(level)
            await connection.set_read_only(read_only)
            yield await self._sign_in(connection, token)
            # What was only read ends with a commit, too: on a rollback psycopg forgets what it has prepared.
            await connection.commit()
        finally:
            await connection.rollback()
            self._free.append(connection)

    async def _sign_in(self, connection: psycopg.AsyncConnection[Row], token: bytes) -> Transaction:
        hashed = hmac.new(self._secret_key, token, hashlib.sha256).hexdigest()
        now = datetime.now(UTC)  # noqa: TID251 - a server of its own, with no clock to set
        cursor = await connection.execute(SIGN_IN, {"hash": hashed, "now": now}, prepare=True)
        found: Sequence[Any] | None = await cursor.fetchone()
        if found is None or found[8] not in ("OWNER", "MANAGER"):
            raise Unauthenticated
        await (await connection.execute(SWITCHES, (found[0],), prepare=True)).fetchall()
        return Transaction(connection, found, now)
