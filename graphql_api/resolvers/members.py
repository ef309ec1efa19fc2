"""The people of a bakery: invited, changed and removed by the owner, of whom there is always one (R-1.9)."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import timedelta

from bakery.audit import Act, Actor, AuditKind, AuditOutcome, kept_things, named
from bakery.catalogue import Bakery, Member, MemberStatus
from bakery.errors import InvalidInput
from bakery.store import BakeryId, Store
from bakery.store.paging import Listing
from bakery.store.people import find_invited
from graphql_api.context import Info, Work
from graphql_api.refs import Outcome, Ref
from graphql_api.resolvers.changes import Update, updated
from graphql_api.resolvers.checks import Checks
from plans import Role, RoleRequired

INVITATION_LIFETIME = timedelta(days=7)
TOKEN_LIFETIME = timedelta(days=365)

GIVEN = (Role.MANAGER, Role.STAFF)
"""What the owner can make somebody by themselves; there is one owner, and a partner is no member."""


@dataclass(frozen=True, slots=True)
class Accepted:
    """What came of an invitation. `token` is for who does not come by an identity provider."""

    bakery: Bakery
    member: Member
    token: str | None


async def listing(root: object, info: Info, *, status: MemberStatus | None = None) -> Listing[Member]:
    return (await info.context.reading()).people.listing(status)


async def invite_member(work: Work, *, name: str, role: Role, email: str | None) -> Outcome:
    checks = Checks()
    name, email, role = checks.name("name", name), checks.email("email", email), _role(checks, role)
    checks.done()
    await owned(work)
    member = await work.store.people.add_member(name, role.value, work.now, email=email, has_joined=False)
    return await _invited(work, member)


async def renew_invitation(work: Work, *, member_id: str) -> Outcome:
    """Another invitation for a member, or the owner: for who lost theirs, or comes by another way from now on."""
    checks = Checks()
    await owned(work)
    return await _invited(work, await _present(work, checks, member_id))


async def update_member(
    work: Work, *, member_id: str, name: Update[str | None], role: Update[Role | None], email: Update[str | None]
) -> Outcome:
    checks = Checks()
    await owned(work)
    member = await _member(work, checks, member_id)
    new_role = updated(role, Role(member.role), lambda new: _new_role(checks, member, new))
    changed = replace(
        member,
        name=updated(name, member.name, lambda new: checks.name("name", checks.present("name", new, member.name))),
        email=updated(email, member.email, lambda new: checks.email("email", new)),
        role=new_role.value,
    )
    _refuse_removed(checks, member)
    checks.done()
    await work.store.people.keep(changed)
    return Outcome(member=Ref("Member", member.id))


async def remove_member(work: Work, *, member_id: str) -> Outcome:
    checks = Checks()
    await owned(work)
    member = await _present(work, checks, member_id)
    if member.role == Role.OWNER.value:
        raise InvalidInput.at("memberId", "This is the owner. Hand the bakery over first: use `handOverOwnership`.")
    await work.store.people.remove(member, work.now)
    return Outcome(member=Ref("Member", member.id))


async def hand_over_ownership(work: Work, *, member_id: str) -> Outcome:
    """Both at once: the owner becomes a manager, and the member the owner."""
    checks = Checks()
    owner = await owned(work)
    member = await _present(work, checks, member_id)
    if member.id == owner.id:
        raise InvalidInput.at("memberId", "You are the owner already. Name somebody else.")
    if member.joined_at is None:
        raise InvalidInput.at("memberId", f"{member.name} has not accepted the invitation yet.")
    # In this order, since there are never two.
    await work.store.people.keep(replace(owner, role=Role.MANAGER.value))
    await work.store.people.keep(replace(member, role=Role.OWNER.value))
    return Outcome(owner=Ref("Member", member.id), previous_owner=Ref("Member", owner.id))


async def accept_invitation(info: Info, *, invitation: str) -> Accepted:
    """Lets somebody in who was invited: whoever the identity provider says they are, or with a token of ours."""
    context, now = info.context, info.context.now
    if context.has_provider and context.subject is None:
        raise InvalidInput.at(
            "invitation", "Sign in at your identity provider first, and send this invitation with its token."
        )
    async with context.entering(invitation) as session:
        invited = await find_invited(session, context.hash_of(invitation), now)
        if invited is None:
            raise _no_invitation()
        session.bind(BakeryId(invited.bakery_id))
        store = Store(session)
        await store.people.lock_owner()
        # Somebody else may have used it, or the owner withdrawn it, while we waited.
        member = await store.people.find(invited.member_id)
        if member is None or await find_invited(session, context.hash_of(invitation), now) is None:
            raise _no_invitation()
        token = None
        if context.subject is None:
            issued = context.mint.person_token()
            await store.access_tokens.add(member.id, issued.secret, now, now + TOKEN_LIFETIME)
            token = issued.text
        elif (other := await store.people.of_subject(context.subject)) is not None and other.id != member.id:
            raise InvalidInput.at("invitation", "You are a member of this bakery already.")
        member = await store.people.let_in(member, now, context.subject)
        act = Act(
            AuditKind.CHANGE, info.field_name, AuditOutcome.DONE, things=kept_things([named("Member", member.id)])
        )
        actor = Actor(member.name, member.role, member.id)
        await store.audit.record([act], actor=actor, origin=context.origin, now=now)
    return Accepted(invited.bakery, member, token)


async def owned(work: Work) -> Member:
    """The owner, locked, who is still the caller. Raises `RoleRequired` where that is somebody else by now."""
    owner = await work.store.people.lock_owner()
    if owner is None or owner.id != work.actor_id:
        caller = await work.store.people.find(work.actor_id)
        raise RoleRequired((Role.OWNER,), Role(caller.role) if caller else work.caller.role)
    return owner


async def _invited(work: Work, member: Member) -> Outcome:
    invitation = work.mint.invitation()
    await work.store.people.invite(member, invitation.secret.hash, work.now + INVITATION_LIFETIME)
    return Outcome(member=Ref("Member", member.id), invitation=invitation.text)


async def _member(work: Work, checks: Checks, member_id: str) -> Member:
    wanted = checks.id("memberId", member_id, "Member")
    return checks.require("memberId", await work.store.people.find(wanted), wanted, "Member")


async def _present(work: Work, checks: Checks, member_id: str) -> Member:
    """Somebody who was not removed."""
    member = await _member(work, checks, member_id)
    _refuse_removed(checks, member)
    checks.done()
    return member


def _refuse_removed(checks: Checks, member: Member) -> None:
    if member.removed_at is not None:
        checks.refuse("memberId", f"{member.name} was removed. Invite them anew: use `inviteMember`.")


def _role(checks: Checks, role: Role) -> Role:
    if role not in GIVEN:
        checks.refuse(
            "role",
            "There is one owner: use `handOverOwnership`."
            if role is Role.OWNER
            else "A partner is no member: use `createApiKey`.",
        )
    return role


def _new_role(checks: Checks, member: Member, new: Role | None) -> Role:
    current = Role(member.role)
    role = checks.present("role", new, current)
    if role is current:
        return role
    if current is Role.OWNER:
        checks.refuse("role", "This is the owner, and stays it until the bakery is handed over: `handOverOwnership`.")
        return current
    return _role(checks, role)


def _no_invitation() -> InvalidInput:
    return InvalidInput.at("invitation", "This is no invitation that can still be accepted. Ask the owner for another.")
