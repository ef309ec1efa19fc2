"""The audit log: who did what, when, from where, to which thing; and the chain of hashes that tells if it was touched.

Every entry gets a seal, which binds it to the one sealed before it in the same bakery: a number that counts from 1, the
hash of the seal before, and a hash over both and all that the entry says. Whoever changes, removes, adds or swaps
entries afterwards breaks the chain, or has to make anew every hash from there on. Then a hash that was published before
is in the chain no more. docs/audit.md tells what that proves and what it does not.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from enum import Enum
from typing import Any

from bakery.proof.records import Breach

FORM = "baketrace-audit-1"
"""Stands first in what is hashed: should an entry ever say more, old hashes are still told from new ones."""

NO_HASH = "0" * 64
"""Stands for the hash before the first."""

RULE = "audit"
"""What a broken chain is listed under, among the breaches of rules."""

NOT_KEPT = "(not kept)"
SECRETS = ("password", "secret", "token", "apikey", "invitation")
CONTACT_DETAILS = {"email", "phone"}

MAX_ARGUMENTS_LENGTH = 32_000
MAX_THINGS = 2_000
MAX_USER_AGENT_LENGTH = 300
MAX_ADDRESS_LENGTH = 64


class AuditKind(Enum):
    """What an entry is of: a mutation, a partner's read, or a command of the operator's."""

    CHANGE = "CHANGE"
    READ = "READ"
    COMMAND = "COMMAND"


class AuditOutcome(Enum):
    """How it ended. Only `DONE` changed anything, or read it."""

    DONE = "DONE"
    REPEATED = "REPEATED"
    REFUSED = "REFUSED"
    FAILED = "FAILED"


@dataclass(frozen=True, slots=True)
class Actor:
    """Who it was, under the name and the role of then: a member, a partner's key, or neither for a command."""

    name: str
    role: str | None = None
    member_id: int | None = None
    key_id: int | None = None


OPERATOR = Actor("command line")


@dataclass(frozen=True, slots=True)
class Origin:
    """From where it was asked."""

    address: str | None = None
    user_agent: str | None = None


@dataclass(frozen=True, slots=True)
class Act:
    """What was asked for and what came of it; `code` is what a refusal is called, `arguments` and `things` are JSON."""

    kind: AuditKind
    action: str
    outcome: AuditOutcome
    code: str | None = None
    arguments: str = "{}"
    things: str = "[]"


@dataclass(frozen=True, slots=True)
class AuditEntry:
    """An entry as it stands in the log; what begins with `seal_number` is none while it waits for its seal."""

    id: int
    recorded_at: datetime
    kind: AuditKind
    member_id: int | None
    key_id: int | None
    actor: str
    role: str | None
    action: str
    outcome: AuditOutcome
    code: str | None
    things: str
    arguments: str
    address: str | None
    user_agent: str | None
    seal_number: int | None = None
    previous_hash: str | None = None
    hash: str | None = None
    sealed_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Seal:
    """The place of an entry in its bakery's chain."""

    number: int
    entry_id: int
    previous_hash: str
    hash: str
    sealed_at: datetime


@dataclass(frozen=True, slots=True)
class Head:
    """The last seal of a chain; `NO_HASH` under number 0 while nothing is sealed."""

    number: int = 0
    hash: str = NO_HASH


# ── what is kept of a request ─────────────────────────────────────────────────────────────────────────────────────
def kept_arguments(arguments: Mapping[str, Any]) -> str:
    """Arguments as JSON: without secrets and contact details, and of what is too long only a digest.

    An entry can never be changed again, so nothing goes into it that somebody may have a right to see erased; that
    it was given stays on record.
    """
    text = _json(_without_secrets(arguments))
    if len(text) <= MAX_ARGUMENTS_LENGTH:
        return text
    digest = hashlib.sha256(text.encode()).hexdigest()
    return _json({"tooLong": len(text), "sha256": digest, "fields": sorted(arguments)[:100]})


def _without_secrets(value: Any, name: str = "") -> Any:
    if isinstance(value, Mapping):
        return {key: _without_secrets(part, key) for key, part in value.items()}
    if isinstance(value, list | tuple):
        return [_without_secrets(part, name) for part in value]
    plain = name.replace("_", "").lower()
    # The id of a token or key is none of its secrets.
    hidden = plain in CONTACT_DETAILS or (any(secret in plain for secret in SECRETS) and not plain.endswith("id"))
    return NOT_KEPT if hidden and value is not None else value


def named(kind: str, number: int) -> str:
    """A record in the log's form."""
    return f"{kind}:{number}"


def asked_for(kind: str, code: str) -> str:
    """In the log's form, what was asked for by its code, and may not have been there."""
    return f"{kind}={code}"


def kept_things(things: Iterable[str]) -> str:
    """What it was about, each once: `Lot:12` by its number, `Lot=LOT-261123-001` by the code that was given."""
    return _json(list(dict.fromkeys(things))[:MAX_THINGS])


def things_of(text: str) -> list[str]:
    found: list[str] = json.loads(text)
    return found


def in_things(thing: str) -> str:
    """How the thing stands in the text of all."""
    return _json(thing)


def kept_origin(address: str | None, user_agent: str | None) -> Origin:
    """What is told from outside, cut to what can be kept."""

    def printable(text: str | None, length: int) -> str | None:
        cleaned = "".join(sign for sign in text or "" if sign.isprintable())
        return cleaned[:length] or None

    return Origin(printable(address, MAX_ADDRESS_LENGTH), printable(user_agent, MAX_USER_AGENT_LENGTH))


def _json(value: Any) -> str:
    """In one form only, and in ASCII, which both databases and every later reader hold alike."""
    return json.dumps(value, ensure_ascii=True, separators=(",", ":"))


# ── the chain ─────────────────────────────────────────────────────────────────────────────────────────────────────
def hash_of(bakery_id: int, number: int, previous_hash: str, sealed_at: datetime, entry: AuditEntry) -> str:
    """SHA-256 over the canonical form: a JSON list of the place in the chain and all that the entry says."""
    content = [
        FORM,
        bakery_id,
        number,
        previous_hash,
        _instant(sealed_at),
        entry.id,
        _instant(entry.recorded_at),
        _name(entry.kind),
        entry.member_id,
        entry.key_id,
        entry.actor,
        entry.role,
        entry.action,
        _name(entry.outcome),
        entry.code,
        entry.things,
        entry.arguments,
        entry.address,
        entry.user_agent,
    ]
    return hashlib.sha256(_json(content).encode()).hexdigest()


def _instant(moment: datetime | str) -> str:
    """A moment, or what somebody put in the place of one."""
    return moment if isinstance(moment, str) else moment.astimezone(UTC).isoformat(timespec="microseconds")


def _name(value: Enum | str) -> str:
    return value if isinstance(value, str) else str(value.value)


def sealed(bakery_id: int, head: Head, entries: Sequence[AuditEntry], now: datetime) -> list[Seal]:
    """The seals of the entries, in their order, behind the head."""
    seals = []
    for entry in entries:
        number = head.number + 1
        seal = Seal(number, entry.id, head.hash, hash_of(bakery_id, number, head.hash, now, entry), now)
        seals.append(seal)
        head = Head(seal.number, seal.hash)
    return seals


@dataclass
class Chain:
    """Follows a bakery's chain seal by seal, and collects what is wrong with it.

    After a break it goes on from what stands there, so that each is told once. `published` are hashes that were heads
    once; those that it comes by are `met`.
    """

    bakery_id: int
    published: frozenset[str] = frozenset()
    met: set[str] = field(default_factory=set)
    breaches: list[Breach] = field(default_factory=list)
    head: Head = Head()
    count: int = 0

    def follow(self, seal: Seal, entry: AuditEntry | None) -> None:
        """The next seal by number, and the entry that it seals, if that is there."""
        self.count += 1
        due = self.head.number + 1
        subject = f"seal {seal.number}"
        if seal.number != due:
            self._tell(subject, f"It stands where number {due} has to be.")
        if seal.previous_hash != self.head.hash:
            self._tell(subject, "It does not follow from the seal before it.")
        if entry is None:
            self._tell(subject, f"Entry {seal.entry_id}, which it seals, is gone.")
        elif hash_of(self.bakery_id, seal.number, seal.previous_hash, seal.sealed_at, entry) != seal.hash:
            self._tell(subject, f"Its hash is not that of entry {entry.id} as it stands there: either was changed.")
        if seal.hash in self.published:
            self.met.add(seal.hash)
        self.head = Head(seal.number, seal.hash)

    def unsealed(self, entry_ids: Iterable[int]) -> None:
        """Entries that have no seal and do not wait for one."""
        for entry_id in entry_ids:
            self._tell(f"entry {entry_id}", "It has no seal and does not wait for one: it was put there by hand.")

    def _tell(self, subject: str, message: str) -> None:
        self.breaches.append(Breach(RULE, subject, message))


def lost_heads(published: Iterable[str], met: Iterable[str]) -> list[Breach]:
    """Published heads that no chain has: what led to them was cut off, or written anew."""
    missing = sorted(set(published) - set(met))
    return [
        Breach(RULE, f"head {head}", "No chain has it: the log was cut or written anew before it.") for head in missing
    ]
