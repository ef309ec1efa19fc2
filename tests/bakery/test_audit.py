"""The audit log's form and its chain: what is kept of a request, and that no later change goes unseen."""

import hashlib
import json
from collections.abc import Callable
from dataclasses import fields, replace
from datetime import UTC, datetime, timedelta
from random import Random

import pytest

from bakery.audit import (
    NO_HASH,
    NOT_KEPT,
    AuditEntry,
    AuditKind,
    AuditOutcome,
    Chain,
    Head,
    Seal,
    hash_of,
    kept_arguments,
    kept_origin,
    kept_things,
    lost_heads,
    sealed,
)
from bakery.proof import Breach

BAKERY = 7
NOW = datetime(2026, 3, 2, 8, 0, tzinfo=UTC)
TAMPERINGS = 1_000
LENGTH = 15

Log = list[tuple[Seal, AuditEntry | None]]
"""A chain as it is read back: each seal with its entry."""


def entry(number: int, **others: object) -> AuditEntry:
    usual = AuditEntry(
        id=number,
        recorded_at=NOW + timedelta(seconds=number),
        kind=AuditKind.CHANGE,
        member_id=3,
        key_id=None,
        actor="Owner",
        role="OWNER",
        action="quickRestock",
        outcome=AuditOutcome.DONE,
        code=None,
        things=f'["Lot:{number}"]',
        arguments='{"quantity":"5"}',
        address="127.0.0.1",
        user_agent="Scales/3.1",
    )
    return replace(usual, **others)  # type: ignore[arg-type]


def logged(length: int = LENGTH) -> Log:
    entries = [entry(number * 3) for number in range(1, length + 1)]
    return list(zip(sealed(BAKERY, Head(), entries, NOW), entries, strict=True))


def breaches(log: Log, *published: str) -> list[Breach]:
    chain = Chain(BAKERY, frozenset(published))
    for seal, sealed_entry in log:
        chain.follow(seal, sealed_entry)
    return chain.breaches + lost_heads(published, chain.met)


# ── what is kept ──────────────────────────────────────────────────────────────────────────────────────────────────────
def test_secrets_and_contact_details_are_left_out_at_any_depth() -> None:
    given = {
        "name": "Nord",
        "email": "a@b.c",
        "lines": [{"phone": "1", "newPassword": "2", "quantity": "3"}],
        "apiKey": "4",
        "accessToken": None,
        "idempotencyKey": "kept",
    }
    assert json.loads(kept_arguments(given)) == {
        "name": "Nord",
        "email": NOT_KEPT,
        "lines": [{"phone": NOT_KEPT, "newPassword": NOT_KEPT, "quantity": "3"}],
        "apiKey": NOT_KEPT,
        "accessToken": None,
        "idempotencyKey": "kept",
    }


def test_things_stand_once_and_in_their_order() -> None:
    assert kept_things(["Lot:2", "Lot:1", "Lot:2"]) == '["Lot:2","Lot:1"]'


def test_what_comes_from_outside_is_cut_to_what_can_be_kept() -> None:
    origin = kept_origin("::1", "a\0b\n" + "x" * 1000)
    assert origin.address == "::1"
    assert origin.user_agent is not None
    assert origin.user_agent.startswith("abx")
    assert len(origin.user_agent) == 300
    assert kept_origin("", "\n") == kept_origin(None, None)


# ── the hash ──────────────────────────────────────────────────────────────────────────────────────────────────────────
def test_the_hash_is_what_the_page_says() -> None:
    """docs/audit.md: anybody can compute it again, so it may never change for what is sealed already."""
    canonical = (
        '["baketrace-audit-1",7,1,"0000000000000000000000000000000000000000000000000000000000000000",'
        '"2026-03-02T08:00:00.000000+00:00",3,"2026-03-02T08:00:03.000000+00:00","CHANGE",3,null,"Owner","OWNER",'
        '"quickRestock","DONE",null,"[\\"Lot:3\\"]","{\\"quantity\\":\\"5\\"}","127.0.0.1","Scales/3.1"]'
    )
    assert hash_of(BAKERY, 1, NO_HASH, NOW, entry(3)) == hashlib.sha256(canonical.encode()).hexdigest()


@pytest.mark.parametrize("name", [declared.name for declared in fields(AuditEntry)][:14])
def test_the_hash_is_of_each_part_of_an_entry(name: str) -> None:
    usual = entry(3)
    other: dict[str, object] = {
        "id": 4,
        "recorded_at": usual.recorded_at + timedelta(microseconds=1),
        "kind": AuditKind.READ,
        "outcome": AuditOutcome.REPEATED,
    }
    changed = replace(usual, **{name: other.get(name, "other")})  # type: ignore[arg-type]
    assert hash_of(BAKERY, 1, NO_HASH, NOW, changed) != hash_of(BAKERY, 1, NO_HASH, NOW, usual)


def test_the_hash_is_of_the_place_in_the_chain() -> None:
    usual = hash_of(BAKERY, 1, NO_HASH, NOW, entry(3))
    later = NOW + timedelta(microseconds=1)
    others = [
        hash_of(BAKERY + 1, 1, NO_HASH, NOW, entry(3)),
        hash_of(BAKERY, 2, NO_HASH, NOW, entry(3)),
        hash_of(BAKERY, 1, usual, NOW, entry(3)),
        hash_of(BAKERY, 1, NO_HASH, later, entry(3)),
    ]
    assert len({usual, *others}) == 5


def test_no_two_entries_have_the_same_form() -> None:
    """What stands in one field cannot be moved to the next."""
    first, second = entry(3, address="ab", user_agent="c"), entry(3, address="a", user_agent="bc")
    assert hash_of(BAKERY, 1, NO_HASH, NOW, first) != hash_of(BAKERY, 1, NO_HASH, NOW, second)


# ── the chain ─────────────────────────────────────────────────────────────────────────────────────────────────────────
def test_a_chain_holds_as_it_grows() -> None:
    """An old head stays in it."""
    first, second = [entry(1), entry(2)], [entry(3)]
    seals = sealed(BAKERY, Head(), first, NOW)
    head = Head(seals[-1].number, seals[-1].hash)
    log: Log = list(zip(seals + sealed(BAKERY, head, second, NOW), first + second, strict=True))
    assert breaches(log, head.hash) == []
    assert [seal.number for seal, _ in log] == [1, 2, 3]


def test_an_entry_of_a_lower_number_may_be_sealed_later() -> None:
    """Its transaction committed later: the order of a chain is that of sealing, gaps are of those that rolled back."""
    entries = [entry(10), entry(4), entry(12)]
    assert breaches(list(zip(sealed(BAKERY, Head(), entries, NOW), entries, strict=True))) == []


def test_a_head_that_never_was_is_told() -> None:
    [breach] = breaches(logged(), "f" * 64)
    assert breach.subject == "head " + "f" * 64


# ── tampering ─────────────────────────────────────────────────────────────────────────────────────────────────────────
def edited(log: Log, random: Random) -> Log:
    place = random.randrange(len(log))
    seal, found = log[place]
    assert found
    changed = [
        (replace(seal, hash=f"{random.getrandbits(256):064x}"), found),
        (replace(seal, previous_hash=f"{random.getrandbits(256):064x}"), found),
        (replace(seal, sealed_at=seal.sealed_at + timedelta(seconds=random.randint(1, 99))), found),
        (replace(seal, number=seal.number + random.choice((-1, 1, 1000))), found),
        (seal, replace(found, arguments='{"quantity":"6"}')),
        (seal, replace(found, actor="Somebody else")),
        (seal, replace(found, member_id=None)),
        (seal, replace(found, recorded_at=found.recorded_at - timedelta(hours=random.randint(1, 9)))),
        (seal, replace(found, outcome=AuditOutcome.REFUSED, code="InvalidInput")),
        (seal, replace(found, address=None)),
    ]
    return [*log[:place], random.choice(changed), *log[place + 1 :]]


def deleted(log: Log, random: Random) -> Log:
    place = random.randrange(len(log) - 1)
    seal, _ = log[place]
    rest = log[place + 1 :]
    renumbered: Log = [(replace(other, number=other.number - 1), found) for other, found in rest]
    return [*log[:place], *random.choice(([(seal, None), *rest], rest, renumbered))]


def swapped(log: Log, random: Random) -> Log:
    first, second = sorted(random.sample(range(len(log)), 2))
    (one, one_entry), (other, other_entry) = log[first], log[second]
    changed = list(log)
    if random.random() < 0.5:
        changed[first], changed[second] = (one, other_entry), (other, one_entry)
    else:
        changed[first], changed[second] = (other, other_entry), (one, one_entry)
    return changed


def inserted(log: Log, random: Random) -> Log:
    """With a hash that is right for its place, and the numbers after it moved on."""
    place = random.randrange(len(log) - 1)
    before, _ = log[place]
    [seal] = sealed(BAKERY, Head(before.number, before.hash), [entry(1000)], NOW)
    rest: Log = [(replace(other, number=other.number + 1), found) for other, found in log[place + 1 :]]
    return [*log[: place + 1], (seal, entry(1000)), *rest]


def cut(log: Log, random: Random) -> Log:
    return log[: random.randrange(len(log))]


def rewritten(log: Log, random: Random) -> Log:
    """Changed, with all hashes from there on made anew: a chain that holds, but not the one that was published."""
    place = random.randrange(len(log))
    entries = [found for _, found in log if found]
    action = random.choice(("edit", "delete", "insert"))
    if action == "delete":
        del entries[place]
    elif action == "insert":
        entries.insert(place, entry(1000))
    else:
        entries[place] = replace(entries[place], actor="Somebody else")
    return list(zip(sealed(BAKERY, Head(), entries, NOW), entries, strict=True))


@pytest.mark.parametrize("tamper", [edited, deleted, swapped, inserted])
def test_a_thousand_of_a_thousand_changes_break_the_chain(tamper: Callable[[Log, Random], Log]) -> None:
    """Issue 5, point 6: without any published head."""
    assert unseen(tamper) == []


@pytest.mark.parametrize("tamper", [edited, deleted, swapped, inserted, cut, rewritten])
def test_a_thousand_of_a_thousand_changes_lose_the_published_head(tamper: Callable[[Log, Random], Log]) -> None:
    """Issue 5, point 6: cuts of the tail, too, and chains that were made anew from some entry on."""
    assert unseen(tamper, logged()[-1][0].hash) == []


def unseen(tamper: Callable[[Log, Random], Log], *published: str) -> list[int]:
    """The seeds of changes that nothing told of."""
    log = logged()
    assert breaches(log, *published) == []
    return [seed for seed in range(TAMPERINGS) if not breaches(tamper(log, Random(seed)), *published)]
