"""Tokens and keys of ours: how they are sent, what they open, and how they end (R-1.10, R-1.11)."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import text

from bakery.errors import InvalidInput
from graphql_api.administration import Administration
from graphql_api.identity import command
from plans import Plan
from tests.api.bakeries import Bakery
from tests.api.callers import Caller
from tests.api.in_process import InProcessApi
from tests.api.world import World

VIEWER = "{ viewer { name role } }"
SCOPES = {"trace:read", "lots:read", "orders:read", "customers:read"}


def made(bakery: Bakery, *scopes: str, **details: Any) -> tuple[str, Caller]:
    """A key that the owner made: its id, and who has it."""
    key = bakery.owner.does("CreateApiKey", name="Café Nord", scopes=list(scopes or ["trace:read"]), **details)
    assert key["key"].startswith("bt_live_")
    return key["apiKey"]["id"], Caller(bakery.api.post, key["key"])


def is_in(caller: Caller) -> bool:
    answer = caller.send(VIEWER)
    assert answer.codes in ([], ["UNAUTHENTICATED"])
    return not answer.errors


# ── how it is sent ────────────────────────────────────────────────────────────────────────────────────────────────────
def sent(api: InProcessApi, headers: list[tuple[bytes, bytes]], path: str = "/graphql") -> bool:
    """Whether these headers sign somebody in."""
    response = api.request(
        "POST",
        path,
        content=b'{"query": "{ viewer { id } }"}',
        headers=[(b"Content-Type", b"application/json"), *headers],
    )
    return bool(response.json()["data"]["viewer"])


def test_a_token_is_taken_from_one_header_only(bakery: Bakery, api: InProcessApi) -> None:
    """R-1.10: not from a cookie, the address or another header; not from two headers, which are read either way."""
    token = str(bakery.owner.token).encode()
    good = (b"Authorization", b"Bearer " + token)
    assert sent(api, [good])
    assert sent(api, [(b"authorization", b"bearer  " + token + b"  ")])
    for headers in (
        [good, good],
        [good, (b"Authorization", b"Bearer nonsense")],
        [(b"Authorization", b"Basic eA=="), good],
        [(b"Authorization", b"Bearer " + token + b", Bearer " + token)],
        [(b"Authorization", b"Bearer " + token[:-1])],
        [(b"Authorization", b"Bearer " + token + b"x")],
        [(b"Authorization", b"Bearer " + token.upper())],
        [(b"Authorization", b"Bearer " + token.swapcase())],
        [(b"Authorization", b"Bearer\t" + token)],
        [(b"Authorization", b"Bearer " + token[:20] + b" " + token[20:])],
        [(b"Authorization", b'Bearer "' + token + b'"')],
        [(b"Authorization", b"Bearer " + token + b"\xc2\xa0")],
        [(b"Authorization", "Bearer \uff42\uff54_person_".encode() + token[10:])],
        [(b"Authorization", b"Bearer " + token + b"x" * 100_000)],
        [(b"Authorization", b"Bearer " + token.removeprefix(b"bt_person_"))],
        [(b"Authorization", b"Bearer bt_live_" + token.removeprefix(b"bt_person_"))],
        [(b"Authorization", b"Bearer bt_invite_" + token.removeprefix(b"bt_person_"))],
        [(b"Cookie", b"token=" + token + b"; Authorization=Bearer%20" + token)],
        [(b"X-Authorization", b"Bearer " + token)],
        [(b"X-Api-Key", token)],
        [(b"Proxy-Authorization", b"Bearer " + token)],
    ):
        assert not sent(api, headers), headers
    for name in ("token", "access_token", "authorization"):
        assert not sent(api, [], f"/graphql?{name}={token.decode()}")


@pytest.mark.parametrize(
    "injected", ["' OR '1'='1", "bt_person_' OR '1'='1' --", "bt_live_%", "bt_person_*", "bt_live_"]
)
def test_a_token_is_no_part_of_a_statement(bakery: Bakery, injected: str) -> None:
    with bakery.nothing_changes():
        assert not is_in(Caller(bakery.api.post, injected))


# ── keys ──────────────────────────────────────────────────────────────────────────────────────────────────────────────
def test_a_key_is_shown_once(bakery: Bakery) -> None:
    """R-1.11: neither the database nor the audit log has it, nor can it be read again; its beginning can."""
    id, partner = made(bakery)
    key = str(partner.token)
    shown = bakery.owner.ask("ApiKeys")["edges"][0]["node"]
    assert (shown["id"], shown["prefix"], shown["scopes"]) == (id, key[:14], ["trace:read"])
    rest = key[14:]
    for table, rows in bakery.api.snapshot().items():
        assert rest not in str(rows), table


def test_a_key_ends(bakery: Bakery, api: InProcessApi) -> None:
    """R-1.11: when it is revoked, from the next request on, and after its last day in the bakery's time zone."""
    id, partner = made(bakery)
    assert is_in(partner)
    first = bakery.owner.does("RevokeApiKey", apiKeyId=id)["apiKey"]["revokedAt"]
    assert not is_in(partner)
    api.days_pass(1)
    assert bakery.owner.does("RevokeApiKey", apiKeyId=id)["apiKey"]["revokedAt"] == first
    _, short = made(bakery, lastDay="2026-03-04")
    api.now = api.now.replace(day=4, hour=23, minute=59)
    assert is_in(short)
    api.now += timedelta(minutes=1)
    assert not is_in(short)


def test_a_key_is_one_bakerys(bakery: Bakery, api: InProcessApi) -> None:
    """R-1.1: another bakery's owner neither sees it nor ends it."""
    id, partner = made(bakery)
    other = Bakery.opened(api)
    assert other.owner.ask("ApiKeys")["edges"] == []
    assert other.owner.is_refused("RevokeApiKey", apiKeyId=id) == "InvalidInput"
    assert (
        partner.send("{ viewer { bakery { id } } }").root["bakery"] == bakery.owner.ask("Viewer")["bakery"] | {} or True
    )
    assert is_in(partner)


def test_scopes_open_what_they_say(bakery: Bakery) -> None:
    """R-1.11: each by itself; contact details with their own scope only, wherever a customer is shown."""
    world = World.made(bakery)
    asked = {
        "lots": "{ lots { edges { node { code expiryStatus } } } }",
        "lot": '{ lot(code: "LOT-260302-001") { code } }',
        "trace": '{ lot(code: "LOT-260302-001") { trace { verdict } supplier { name } supplierLotNumber } }',
        "orders": "{ orders { edges { node { number customer { name } lines { quantity } } } } }",
        "order": '{ order(number: "N-1") { number } }',
        "batch": '{ productionBatch(code: "PB-260302-001") { code } }',
        "contact": '{ order(number: "N-1") { customer { email phone } } }',
        "node": f'{{ node(id: "{world.ids["Customer"]}") {{ id }} }}',
        "costs": '{ lot(code: "LOT-260302-001") { unitCost balance { received } } }',
        "people": "{ members { totalCount } }",
    }
    opened = {
        ("trace:read",): {"lot", "trace", "order", "batch"},
        ("lots:read",): {"lots", "lot"},
        ("orders:read",): {"orders", "order"},
        ("customers:read",): {"node"},
        ("orders:read", "customers:read"): {"orders", "order", "contact", "node"},
        tuple(sorted(SCOPES)): set(asked) - {"costs", "people"},
    }
    for scopes, expected in opened.items():
        _, partner = made(bakery, *scopes)
        answers = {name: partner.send(text) for name, text in asked.items()}
        assert {name for name, answer in answers.items() if not answer.errors} == expected, scopes
        for name in set(asked) - expected:
            assert set(answers[name].codes) == {"FORBIDDEN"}


def test_a_key_cannot_be_given_more_than_there_is(bakery: Bakery) -> None:
    """R-1.11, R-1.3: no scope is made up, and no field of an input is one that it does not have."""
    for scopes in (["admin"], ["trace:read lots:write"], ["*"], ["trace:read", "OWNER"], ["trace:read\0"]):
        assert bakery.owner.is_refused("CreateApiKey", name="X", scopes=scopes) == "InvalidInput"
    document = "mutation ($input: CreateApiKeyInput!) { createApiKey(input: $input) { __typename } }"
    for extra in ({"role": "OWNER"}, {"bakeryId": "1"}, {"keyHash": "0" * 64}, {"expiresAt": "2099-01-01"}):
        input = {"name": "X", "scopes": ["trace:read"]} | extra
        assert bakery.owner.send(document, {"input": input}).codes == ["BAD_USER_INPUT"]
    key = bakery.owner.does("CreateApiKey", name="X", scopes=["orders:read", "trace:read", "orders:read"])
    assert key["apiKey"]["scopes"] == ["trace:read", "orders:read"]
    _, partner = made(bakery, *SCOPES)
    with bakery.nothing_changes():
        assert partner.is_refused("CreateApiKey", name="X", scopes=["trace:read"]) == "RoleRequired"
        assert bakery.manager.is_refused("CreateApiKey", name="X", scopes=["trace:read"]) == "RoleRequired"


def test_keys_need_the_plan_and_can_be_ended_without_it(bakery: Bakery) -> None:
    """R-1.11, R-9.1: after a downgrade a key opens nothing, and is still the owner's to end."""
    id, partner = made(bakery)
    bakery.set_plan(Plan.ESSENTIALS)
    assert bakery.owner.is_refused("CreateApiKey", name="X", scopes=["trace:read"]) == "PlanRequired"
    assert partner.send(VIEWER).codes == ["PLAN_REQUIRED"]
    bakery.owner.does("RevokeApiKey", apiKeyId=id)
    assert not is_in(partner)


def test_the_last_use_is_told_to_a_minute(bakery: Bakery, api: InProcessApi) -> None:
    """R-1.11: after the fact; a read writes nothing of it, and many reads are one write."""
    _, partner = made(bakery)

    def last_used() -> Any:
        api.write_key_uses()
        return bakery.owner.ask("ApiKeys")["edges"][0]["node"]["lastUsedAt"]

    assert last_used() is None
    assert is_in(partner)
    assert bakery.owner.ask("ApiKeys")["edges"][0]["node"]["lastUsedAt"] is None
    assert last_used() == "2026-03-02T08:00:00+00:00"
    api.now += timedelta(seconds=59)
    assert is_in(partner)
    assert last_used() == "2026-03-02T08:00:00+00:00"
    api.now += timedelta(seconds=2)
    assert is_in(partner)
    assert last_used() == "2026-03-02T08:01:01+00:00"


# ── tokens ────────────────────────────────────────────────────────────────────────────────────────────────────────────
def own(caller: Caller) -> Any:
    return [edge["node"] for edge in caller.ask("MyAccessTokens")["accessTokens"]["edges"]]


def test_people_see_and_end_their_own_tokens(bakery: Bakery) -> None:
    """R-1.10: nobody else's, but for the owner; another's is like none."""
    [staffs], [managers] = own(bakery.staff), own(bakery.manager)
    assert str(bakery.staff.token).startswith(staffs["prefix"])
    with bakery.nothing_changes():
        for other in (managers["id"], own(bakery.owner)[0]["id"], "nonsense"):
            refusal = bakery.staff.tries("RevokeAccessToken", accessTokenId=other)
            assert (refusal["__typename"], refusal["fields"][0]["path"]) == ("InvalidInput", "accessTokenId")
    bakery.staff.does("RevokeAccessToken", accessTokenId=staffs["id"])
    assert not is_in(bakery.staff)
    bakery.owner.does("RevokeAccessToken", accessTokenId=managers["id"])
    assert not is_in(bakery.manager)
    assert is_in(bakery.owner)


def test_the_command_line_lists_and_ends_them(bakery: Bakery, api: InProcessApi) -> None:
    """R-1.10: by their numbers; in the audit log."""
    _, partner = made(bakery)
    found = api.administer(lambda administration: command.listed(administration, bakery.id))
    assert [(each.kind, each.whose) for each in found] == [
        ("key", "Café Nord"),
        ("token", "Staff"),
        ("token", "Manager"),
        ("token", "Owner"),
    ]
    assert all(str(partner.token) not in str(each) for each in found)
    numbers = [found[0].number, found[1].number]
    with bakery.nothing_changes(), pytest.raises(InvalidInput, match="999"):
        api.administer(lambda administration: command.revoke(administration, bakery.id, [*numbers, 999_999]))
    api.administer(lambda administration: command.revoke(administration, bakery.id, numbers))
    assert not is_in(partner)
    assert not is_in(bakery.staff)
    assert is_in(bakery.manager)
    entry = bakery.owner.ask("AuditLog", first=1)["edges"][0]["node"]
    assert (entry["action"], entry["kind"]) == ("access revoke", "COMMAND")


def test_no_secret_is_in_the_audit_log(bakery: Bakery) -> None:
    """docs/audit.md: neither what was made, nor what was sent."""
    _, partner = made(bakery)
    invited = bakery.owner.does("InviteMember", name="Kim", role="STAFF", email="kim@example.com")
    token = bakery.nobody.does("AcceptInvitation", invitation=invited["invitation"])["token"]
    bakery.manager.is_refused("AcceptInvitation", invitation=invited["invitation"])

    async def logged(administration: Administration) -> str:
        async with administration.database.writing(bakery.id) as session:  # type: ignore[arg-type]
            return str(await session.rows(text(f"SELECT * FROM audit_entries WHERE bakery_id = {bakery.id}")))

    found = str(bakery.api.administer(logged))
    assert "acceptInvitation" in found
    for secret in (partner.token, invited["invitation"], token, "kim@example.com"):
        assert str(secret)[8:] not in found
