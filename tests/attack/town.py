"""The bakery that is attacked, and the one beside it."""

from datetime import timedelta

from sqlalchemy import update

from bakery.store import BakeryId, tables
from graphql_api.administration import Administration
from graphql_api.auth import token_hash
from plans import Role
from tests.api.bakeries import Api, Bakery
from tests.attack.attacks import Town


def settled(api: Api) -> tuple[Town, Bakery]:
    attacked, other = Bakery.opened(api), Bakery.opened(api)
    other.tracks_lots()
    flour = other.ingredient("Flour")
    lot = other.restock(flour, "5")
    revoked, expired = attacked.new_token(Role.OWNER), attacked.new_token(Role.OWNER)

    async def end(administration: Administration) -> None:
        tokens = tables.access_tokens
        async with administration.database.writing(BakeryId(attacked.id)) as session:
            for token, column in ((revoked, "revoked_at"), (expired, "expires_at")):
                ended = {column: administration.now - timedelta(days=1)}
                hashed = token_hash(token, administration.secret_key)
                await session.execute(update(tokens).where(tokens.c.token_hash == hashed).values(ended))

    api.administer(end)
    town = Town(
        owner=attacked.tokens[Role.OWNER],
        staff=attacked.tokens[Role.STAFF],
        foreign_id=flour,
        foreign_code=lot["code"],
        revoked=revoked,
        expired=expired,
    )
    return town, attacked
