"""What people and partners sign in with: listed, made and revoked (R-1.10, R-1.11)."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import date, timedelta

from strawberry import Parent

from bakery.catalogue import AccessToken, ApiKey, Member
from bakery.days import start_of
from bakery.store.paging import Listing
from bakery.store.tables import NAME_LENGTH
from graphql_api.auth import Caller
from graphql_api.context import Info, Work
from graphql_api.refs import Outcome, Ref
from graphql_api.resolvers.checks import Checks
from graphql_api.resolvers.members import owned
from plans import Role

KEY_DAYS = 365
KEY_DAYS_MAX = 5 * 366


async def tokens_of_viewer(caller: Parent[Caller], info: Info) -> Listing[AccessToken]:
    assert caller.member_id is not None  # behind a gate that lets no machine through
    return (await info.context.reading()).access_tokens.listing(caller.member_id)


async def tokens_of_member(member: Parent[Member], info: Info) -> Listing[AccessToken]:
    return (await info.context.reading()).access_tokens.listing(member.id)


async def api_keys(root: object, info: Info) -> Listing[ApiKey]:
    return (await info.context.reading()).api_keys.listing()


def scopes_of(key: Parent[ApiKey]) -> list[str]:
    return key.scopes.split()


async def create_api_key(work: Work, *, name: str, scopes: Sequence[str], last_day: date | None) -> Outcome:
    checks = Checks()
    name = checks.name("name", name)
    chosen = _scopes(checks, scopes, work.plugins.scopes)
    day = _last_day(checks, last_day, work.today)
    checks.done()
    await owned(work)
    key = work.mint.api_key()
    ends = start_of(day + timedelta(days=1), work.caller.bakery.time_zone)
    number = await work.store.api_keys.add(name, key.secret, chosen, work.now, ends)
    return Outcome(api_key=Ref("ApiKey", number), key=key.text)


async def revoke_api_key(work: Work, *, api_key_id: str) -> Outcome:
    """Revoking it again changes nothing."""
    checks = Checks()
    await owned(work)
    wanted = checks.id("apiKeyId", api_key_id, "ApiKey")
    key = checks.require("apiKeyId", await work.store.api_keys.lock(wanted), wanted, "ApiKey")
    checks.done()
    await work.store.api_keys.revoke(key.id, work.now)
    return Outcome(api_key=Ref("ApiKey", key.id))


async def revoke_access_token(work: Work, *, access_token_id: str) -> Outcome:
    """One's own; the owner, anybody's. Another's is like none to everybody else."""
    checks = Checks()
    wanted = checks.id("accessTokenId", access_token_id, "AccessToken")
    token = await work.store.access_tokens.lock(wanted)
    if token is not None and work.caller.role is not Role.OWNER and token.member_id != work.actor_id:
        token = None
    token = checks.require("accessTokenId", token, wanted, "AccessToken")
    checks.done()
    await work.store.access_tokens.revoke(token.id, work.now)
    return Outcome(access_token=Ref("AccessToken", token.id))


def _scopes(checks: Checks, wanted: Collection[str], known: Sequence[str]) -> list[str]:
    if not wanted:
        checks.refuse("scopes", f"It is empty. Choose at least one of {', '.join(known)}.")
    if not set(wanted) <= set(known):
        checks.refuse("scopes", f"There is no such scope. Choose from {', '.join(known)}.")
    chosen = [scope for scope in known if scope in wanted]
    if len(" ".join(chosen)) > NAME_LENGTH:
        checks.refuse("scopes", "They are too many for one key. Make several.")
    return chosen


def _last_day(checks: Checks, wanted: date | None, today: date) -> date:
    latest = today + timedelta(days=KEY_DAYS_MAX)
    if wanted is None:
        return today + timedelta(days=KEY_DAYS)
    if wanted < today:
        checks.refuse("lastDay", f"{wanted} is over; today is {today} in the bakery.")
    elif wanted > latest:
        checks.refuse("lastDay", f"{wanted} is too far away; a key works until {latest} at most.")
    return min(wanted, latest)
