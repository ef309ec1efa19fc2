"""The people of a bakery, as the owner keeps them (R-1.9)."""

from __future__ import annotations

import strawberry
from strawberry import UNSET

from bakery.catalogue import MemberStatus
from graphql_api.resolvers import members as resolvers
from graphql_api.schema.fields import Connection, change, connection, field, view
from graphql_api.schema.gates import OWNER, OWNER_OR_MANAGER
from graphql_api.schema.mutations import mutation, open_mutation, outcome, shown_once, success
from graphql_api.schema.people import Bakery, Member
from plans import Role

INVITATION = (
    "What the member accepts within seven days, by `acceptInvitation`: `bt_invite_…`. It is shown this once; BakeTrace "
    "sends no mail."
)


@strawberry.input(description="Which members; a member must fit all that is given.")
class MemberFilter:
    status: MemberStatus | None = strawberry.field(default=UNSET, description="Being this.")


@strawberry.input(description="Somebody to invite.")
class InviteMemberInput:
    name: str = strawberry.field(description="Up to 200 characters.")
    role: Role = strawberry.field(description="`MANAGER` or `STAFF`.")
    email: str | None = strawberry.field(
        default=UNSET, description="An e-mail address, for your own record: nobody signs in by it."
    )


@success("The member was invited.")
class InviteMemberSuccess:
    member: Member = outcome("The new member.")
    invitation: str = shown_once(INVITATION)


@strawberry.input(description="Somebody to invite again.")
class RenewInvitationInput:
    member_id: strawberry.ID = strawberry.field(
        description="The member. Who has joined already keeps what they have, and comes by a new token, or the subject "
        "of the identity provider that accepts."
    )


@success("The invitation before, if there was one, is good no more.")
class RenewInvitationSuccess:
    member: Member = outcome("The member.")
    invitation: str = shown_once(INVITATION)


@strawberry.input(description="Changes of a member.")
class UpdateMemberInput:
    member_id: strawberry.ID = strawberry.field(description="The member.")
    name: str | None = change("Up to 200 characters; never null.")
    role: Role | None = change("`MANAGER` or `STAFF`; never null. The owner's does not change.")
    email: str | None = change("An e-mail address; null takes it away.")


@success("The member was changed, from their next request on.")
class UpdateMemberSuccess:
    member: Member = outcome("The member as they are now.")


@strawberry.input(description="A member to remove.")
class RemoveMemberInput:
    member_id: strawberry.ID = strawberry.field(description="The member; not the owner.")


@success("The member was removed, and none of their tokens is good any more.")
class RemoveMemberSuccess:
    member: Member = outcome("The member, who stays as a record of what they did.")


@strawberry.input(description="Whom to hand the bakery over to.")
class HandOverOwnershipInput:
    member_id: strawberry.ID = strawberry.field(description="The member who becomes the owner.")


@success("The bakery has a new owner; the one before is a manager.")
class HandOverOwnershipSuccess:
    owner: Member = outcome("The new owner.")
    previous_owner: Member = outcome("The owner before.")


@strawberry.input(description="An invitation to accept.")
class AcceptInvitationInput:
    invitation: str = strawberry.field(description="As the owner gave it: `bt_invite_…`. It is used up.")


@view(resolvers.Accepted, "The invitation was accepted.")
class AcceptInvitationSuccess:
    bakery: Bakery = field("The bakery.")
    member: Member = field("Who you are in it.")
    token: str | None = field(
        "What to sign in with from now on, `bt_person_…`, shown this once; null where you come by an identity provider."
    )


@strawberry.type
class MemberQueries:
    members: Connection[Member] | None = connection(
        "The people of the bakery, those who were removed, too.",
        resolver=resolvers.listing,
        gate=OWNER_OR_MANAGER,
        filter=MemberFilter,
    )


@strawberry.type
class MemberMutations:
    invite_member = mutation(
        "Invite somebody to the bakery.",
        resolver=resolvers.invite_member,
        input=InviteMemberInput,
        success=InviteMemberSuccess,
        gate=OWNER,
    )
    renew_invitation = mutation(
        "Invite a member again, or yourself: the invitation before is good no more.",
        resolver=resolvers.renew_invitation,
        input=RenewInvitationInput,
        success=RenewInvitationSuccess,
        gate=OWNER,
    )
    accept_invitation = open_mutation(
        "Accept an invitation. Nobody has to be signed in: with a token of the identity provider you come by that from "
        "now on, and without one, where there is no provider, by a token that is answered.",
        resolver=resolvers.accept_invitation,
        input=AcceptInvitationInput,
        success=AcceptInvitationSuccess,
    )
    update_member = mutation(
        "Change a member's name, role or e-mail address. What is left out stays as it is.",
        resolver=resolvers.update_member,
        input=UpdateMemberInput,
        success=UpdateMemberSuccess,
        gate=OWNER,
    )
    remove_member = mutation(
        "Remove a member: all their tokens end. What they did stays theirs.",
        resolver=resolvers.remove_member,
        input=RemoveMemberInput,
        success=RemoveMemberSuccess,
        gate=OWNER,
    )
    hand_over_ownership = mutation(
        "Make a member the owner, and yourself a manager.",
        resolver=resolvers.hand_over_ownership,
        input=HandOverOwnershipInput,
        success=HandOverOwnershipSuccess,
        gate=OWNER,
    )
