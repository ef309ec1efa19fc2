"""The public keys of the identity provider, fetched off the event loop and kept.

They are read again when they are old, and when a token names one that is not among them: a provider changes its keys
by such tokens. Not more often than the floor, though, so that whoever sends made-up names cannot have us flood it. What
the provider says then is all there is: a key that it took out is good no more. While it is away, its last word counts.
"""

from __future__ import annotations

import asyncio
import json
import logging
import time
from collections.abc import Mapping
from datetime import datetime, timedelta
from pathlib import Path
from typing import IO, Any
from urllib.request import HTTPRedirectHandler, Request, build_opener

from joserfc.errors import JoseError
from joserfc.jwk import ECKey, Key, OKPKey, RSAKey, import_key

logger = logging.getLogger(__name__)

OLD_AFTER = timedelta(minutes=10)
FLOOR = timedelta(seconds=30)
KEPT_AT_MOST = timedelta(hours=24)
"""How long the last word counts while the provider is away. Its tokens end long before."""

FETCH_SECONDS_MAX = 5.0
PATIENCE_SECONDS = 2.0
"""How long a request waits for keys that are being fetched; who comes later finds them."""

BYTES_MAX = 1_000_000
KEYS_MAX = 100
RSA_BITS_MIN = 2048
PUBLIC = ("RSA", "EC", "OKP")


class KeysUnavailable(Exception):
    """The keys could not be read; the message says why."""


class _NoRedirect(HTTPRedirectHandler):
    """Keys come from where they are configured to come from, and from nowhere else."""

    def redirect_request(self, *_: object, **__: object) -> None:
        return None


class Keys:
    """The keys by their names, of one source."""

    def __init__(self, source: str) -> None:
        self._source = source
        self._known: Mapping[str | None, Key] = {}
        self._read_at: datetime | None = None
        self._tried_at: datetime | None = None
        self._fetching: asyncio.Task[None] | None = None

    async def find(self, name: str | None, now: datetime) -> Key | None:
        """The key of this name; without a name the only one there is. None where there is no such key."""
        if self._age(now) >= OLD_AFTER:
            await self._read(now)
        found = self._named(name, now)
        if found is None and await self._read(now):
            found = self._named(name, now)
        return found

    def _named(self, name: str | None, now: datetime) -> Key | None:
        if self._age(now) >= KEPT_AT_MOST:
            return None
        if name is None:
            return next(iter(self._known.values())) if len(self._known) == 1 else None
        return self._known.get(name)

    def _age(self, now: datetime) -> timedelta:
        return timedelta.max if self._read_at is None else now - self._read_at

    async def _read(self, now: datetime) -> bool:
        """Read the keys anew, if it is not too soon; whether they were. All who wait, wait for one reading."""
        if self._fetching is None:
            if self._tried_at is not None and self._tried_at <= now < self._tried_at + FLOOR:
                return False
            self._tried_at = now
            self._fetching = asyncio.create_task(self._fetch(now))
        try:
            async with asyncio.timeout(PATIENCE_SECONDS):
                await asyncio.shield(self._fetching)
        except TimeoutError:
            return False
        return True

    async def _fetch(self, now: datetime) -> None:
        try:
            self._known = keys_of(await asyncio.to_thread(_bytes_of, self._source))
            self._read_at = now
        except Exception as error:  # noqa: BLE001 - whatever it is, the last good keys go on
            logger.warning("the identity provider's keys cannot be read, and the last ones go on: %s", error)
        finally:
            self._fetching = None


def keys_of(document: bytes) -> Mapping[str | None, Key]:
    """The keys of a JWK set that can check signatures, by name. Raises `KeysUnavailable` for what is no set of keys."""
    try:
        listed = json.loads(document)["keys"]
    except (ValueError, LookupError, TypeError, RecursionError) as error:
        raise KeysUnavailable("it is no JSON Web Key Set") from error
    if not isinstance(listed, list) or len(listed) > KEYS_MAX:
        raise KeysUnavailable(f"it is no list of up to {KEYS_MAX} keys")
    return {key.kid: key for data in listed if (key := _key_of(data)) is not None}


def _key_of(data: Any) -> Key | None:
    """The key, or None for one that is of no use here: secret, private, too short, or for something else."""
    if not isinstance(data, dict) or data.get("kty") not in PUBLIC or "d" in data or data.get("use", "sig") != "sig":
        return None
    try:
        key = import_key(data)
        assert isinstance(key, RSAKey | ECKey | OKPKey)
        if isinstance(key, RSAKey) and key.raw_value.key_size < RSA_BITS_MIN:
            return None
    except (JoseError, ValueError, TypeError, AttributeError, AssertionError):
        return None
    return key


def _bytes_of(source: str) -> bytes:
    """Reads the file or the URL, in a thread. Raises whatever keeps it from being read in time."""
    if "://" not in source:
        with Path(source).open("rb") as file:
            return _limited(file)
    request = Request(source, headers={"Accept": "application/json"})  # noqa: S310 - the scheme was checked (trust.py)
    with build_opener(_NoRedirect).open(request, timeout=FETCH_SECONDS_MAX) as answer:
        return _limited(answer)


def _limited(stream: IO[bytes]) -> bytes:
    deadline, parts, size = time.monotonic() + FETCH_SECONDS_MAX, [], 0
    while part := stream.read(65_536):
        parts.append(part)
        size += len(part)
        if size > BYTES_MAX:
            raise KeysUnavailable(f"they have more than {BYTES_MAX:,} bytes")
        if time.monotonic() > deadline:
            raise KeysUnavailable(f"they take longer than {FETCH_SECONDS_MAX:.0f} s")
    return b"".join(parts)
