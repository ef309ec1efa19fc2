"""The people of a bakery: invited, changed, removed, and one of them the owner (R-1.3, R-1.9)."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from plans import Role
from tests.api.bakeries import Bakery
from tests.api.callers import Caller
from tests.api.databases import Templates
from tests.api.in_process import InProcessApi


def id_of(caller: Caller) -> str:
    """The member's id of who is signed in."""
    name = caller.ask("Viewer")["name"]
    edges = caller.ask("Members")["edges"] if caller.ask("Viewer")["role"] != "STAFF" else []
    return next(str(edge["node"]["id"]) for edge in edges if edge["node"]["name"] == name)


def members(bakery: Bakery, status: str | None = None) -> dict[str, Any]:
    edges = bakery.owner.ask("Members", filter={"status": status})["edges"]
    return {edge["node"]["name"]: edge["node"] for edge in edges}


def let_in(bakery: Bakery, name: str = "Kim", role: str = "STAFF") -> tuple[str, Caller]:
    invited = bakery.owner.does("InviteMember", name=name, role=role)
    accepted = bakery.nobody.does("AcceptInvitation", invitation=invited["invitation"])
    return invited["member"]["id"], Caller(bakery.api.post, accepted["token"])


def is_out(caller: Caller) -> bool:
    return caller.answer("Viewer").codes == ["UNAUTHENTICATED"]


def test_an_invitation_lets_one_in_once(bakery: Bakery, api: InProcessApi) -> None:
    """R-1.9: the invited have a name and a role, and nothing to sign in with until they accept."""
    invited = bakery.owner.does("InviteMember", name="Kim", role="STAFF", email="kim@example.com")
    assert (invited["member"]["status"], invited["member"]["joinedAt"]) == ("INVITED", None)
    assert invited["invitation"].startswith("bt_invite_")
    assert is_out(Caller(api.post, invited["invitation"]))
    accepted = bakery.nobody.does("AcceptInvitation", invitation=invited["invitation"])
    assert (accepted["bakery"]["name"], accepted["member"]["status"]) == ("The Corner Bakery", "ACTIVE")
    kim = Caller(api.post, accepted["token"])
    assert (kim.ask("Viewer")["name"], kim.ask("Viewer")["role"]) == ("Kim", "STAFF")
    with bakery.nothing_changes():
        assert bakery.nobody.is_refused("AcceptInvitation", invitation=invited["invitation"]) == "InvalidInput"
    entry = bakery.owner.ask("AuditLog", first=1)["edges"][0]["node"]
    assert (entry["actor"], entry["action"], entry["outcome"]) == ("Kim", "acceptInvitation", "DONE")


def test_an_invitation_ends(bakery: Bakery, api: InProcessApi) -> None:
    """R-1.9: after seven days, by the next one, and with the member."""
    first = bakery.owner.does("InviteMember", name="Kim", role="STAFF")
    member = first["member"]["id"]
    second = bakery.owner.does("RenewInvitation", memberId=member)["invitation"]
    assert bakery.nobody.is_refused("AcceptInvitation", invitation=first["invitation"]) == "InvalidInput"
    api.days_pass(7)
    assert bakery.nobody.is_refused("AcceptInvitation", invitation=second) == "InvalidInput"
    third = bakery.owner.does("RenewInvitation", memberId=member)["invitation"]
    bakery.owner.does("RemoveMember", memberId=member)
    assert bakery.nobody.is_refused("AcceptInvitation", invitation=third) == "InvalidInput"


def test_a_role_changes_from_the_next_request_on(bakery: Bakery) -> None:
    """R-1.9, R-1.10: the token is the same."""
    member, kim = let_in(bakery)
    assert kim.answer("Customers").codes == ["FORBIDDEN"]
    changed = bakery.owner.does("UpdateMember", memberId=member, role="MANAGER", name="Kim B.", email="k@example.com")
    assert (changed["member"]["role"], changed["member"]["email"]) == ("MANAGER", "k@example.com")
    assert kim.answer("Customers").codes == []
    assert bakery.owner.does("UpdateMember", memberId=member, email=None)["member"] == changed["member"] | {
        "email": None
    }


def test_who_is_removed_is_out_and_stays_on_record(bakery: Bakery) -> None:
    """R-1.9: all tokens end at once; what was done stays theirs; they are not to be changed or invited again."""
    member, kim = let_in(bakery, role="MANAGER")
    flour = kim.does("CreateIngredient", name="Flour", unit="kg", openingStock="1")["ingredient"]["id"]
    again = bakery.owner.does("RenewInvitation", memberId=member)["invitation"]
    second = Caller(bakery.api.post, bakery.nobody.does("AcceptInvitation", invitation=again)["token"])
    removed = bakery.owner.does("RemoveMember", memberId=member)["member"]
    assert removed["status"] == "REMOVED"
    assert is_out(kim)
    assert is_out(second)
    [movement] = bakery.owner.ask("StockLedger", id=flour)["movements"]["edges"]
    assert movement["node"]["actor"]["name"] == "Kim"
    with bakery.nothing_changes():
        for operation in ("RemoveMember", "UpdateMember", "RenewInvitation", "HandOverOwnership"):
            assert bakery.owner.is_refused(operation, memberId=member) == "InvalidInput"
    assert list(members(bakery, "REMOVED")) == ["Kim"]
    assert list(members(bakery, "ACTIVE")) == ["Owner", "Manager", "Staff"]


def test_there_is_always_one_owner(bakery: Bakery) -> None:
    """R-1.3, R-1.9: who is neither removed nor made less; handing over makes both changes at once."""
    owner, manager = id_of(bakery.owner), id_of(bakery.manager)
    invited = bakery.owner.does("InviteMember", name="Kim", role="STAFF")["member"]["id"]
    with bakery.nothing_changes():
        assert bakery.owner.is_refused("RemoveMember", memberId=owner) == "InvalidInput"
        assert bakery.owner.is_refused("UpdateMember", memberId=owner, role="STAFF") == "InvalidInput"
        assert bakery.owner.is_refused("UpdateMember", memberId=manager, role="OWNER") == "InvalidInput"
        assert bakery.owner.is_refused("HandOverOwnership", memberId=owner) == "InvalidInput"
        assert bakery.owner.is_refused("HandOverOwnership", memberId=invited) == "InvalidInput"
    done = bakery.owner.does("HandOverOwnership", memberId=manager)
    assert (done["owner"]["role"], done["previousOwner"]["role"]) == ("OWNER", "MANAGER")
    assert bakery.owner.is_refused("HandOverOwnership", memberId=manager) == "RoleRequired"
    bakery.manager.does("RemoveMember", memberId=owner)
    assert is_out(bakery.owner)
    assert bakery.manager.ask("Viewer")["role"] == "OWNER"


def test_what_one_becomes_acts_from_the_next_field_on(bakery: Bakery) -> None:
    """R-1.9: two mutations of one request: the second is the manager's who the owner has become."""
    manager = id_of(bakery.manager)
    answer = bakery.owner.send(
        "mutation ($input: HandOverOwnershipInput!) { first: handOverOwnership(input: $input) { __typename } "
        'second: inviteMember(input: {name: "X", role: STAFF}) { __typename } }',
        {"input": {"memberId": manager}},
    )
    kinds = [each["__typename"] for each in answer.body["data"].values()]
    assert kinds == ["HandOverOwnershipSuccess", "RoleRequired"]


@pytest.mark.parametrize("role", [Role.MANAGER, Role.STAFF, Role.PARTNER])
def test_only_the_owner_keeps_the_people(bakery: Bakery, role: Role) -> None:
    """R-1.9, R-1.7: nobody makes themselves more than they are, by whatever mutation or field."""
    caller, owner = bakery.caller(role), id_of(bakery.owner)
    with bakery.nothing_changes():
        assert caller.is_refused("InviteMember", name="X", role="MANAGER") == "RoleRequired"
        for operation, more in (
            ("UpdateMember", {"role": "MANAGER"}),
            ("RenewInvitation", {}),
            ("RemoveMember", {}),
            ("HandOverOwnership", {}),
        ):
            assert caller.is_refused(operation, memberId=owner, **more) == "RoleRequired"


@pytest.mark.parametrize(
    "extra", [{"role": "OWNER"}, {"bakeryId": "1"}, {"joinedAt": "2026-01-01"}, {"id": "1"}, {"subjectHash": "0"}]
)
def test_nothing_is_assigned_by_the_way(bakery: Bakery, extra: dict[str, str]) -> None:
    """Mass assignment: what an input does not have, or may not be, is refused."""
    document = "mutation ($input: InviteMemberInput!) { inviteMember(input: $input) { __typename } }"
    with bakery.nothing_changes():
        answer = bakery.owner.send(document, {"input": {"name": "X", "role": "STAFF"} | extra})
    assert answer.codes == ["BAD_USER_INPUT"] or answer.root["__typename"] == "InvalidInput"


def test_ids_of_another_bakery_are_like_none(bakery: Bakery, api: InProcessApi) -> None:
    """R-1.1: guessed or known."""
    other = Bakery.opened(api)
    theirs = id_of(other.manager)
    with bakery.nothing_changes():
        for operation in ("UpdateMember", "RenewInvitation", "RemoveMember", "HandOverOwnership"):
            refusal = bakery.owner.tries(operation, memberId=theirs)
            assert "has no member with this id" in refusal["message"]
    assert other.manager.ask("Viewer")["role"] == "MANAGER"


def test_who_was_removed_meanwhile_does_not_hand_over(engine: str, templates: Templates, tmp_path: Path) -> None:
    """R-1.3, R-1.9: two requests of the owner at once, to two people: one of them becomes the owner, and the other
    request finds out; one invitation that two bring lets one in."""
    with templates.copy(engine, tmp_path) as url:
        apis = [InProcessApi(url), InProcessApi(url)]
        bakery = Bakery.opened(apis[0])
        heirs = [id_of(bakery.manager), let_in(bakery)[0]]
        invitation = bakery.owner.does("InviteMember", name="Lou", role="STAFF")["invitation"]

        def both(operation: str, token: str | None, inputs: list[dict[str, str]]) -> list[str]:
            callers = [Caller(api.post, token) for api in apis]
            with ThreadPoolExecutor(2) as threads:
                done = threads.map(lambda pair: pair[0].tries(operation, **pair[1]), zip(callers, inputs, strict=True))
                return sorted(outcome["__typename"] for outcome in done)

        entered = both("AcceptInvitation", None, [{"invitation": invitation}] * 2)
        handed = both("HandOverOwnership", bakery.owner.token, [{"memberId": heir} for heir in heirs])
        assert entered == ["AcceptInvitationSuccess", "InvalidInput"]
        assert handed == ["HandOverOwnershipSuccess", "RoleRequired"]
        assert bakery.breaches() == []
        for api in apis:
            api.close()
