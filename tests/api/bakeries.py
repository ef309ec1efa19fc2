"""A bakery behind the API: its people, and the things that stories begin with."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from typing import Any, Protocol, TypeVar

from bakery.proof import Breach
from bakery.store import BakeryId, Session, Store
from bakery.store.people import all_bakeries
from bakery.store.proof import breaches
from graphql_api.administration import Administration
from graphql_api.auth import Mint
from plans import Plan, Role
from tests.api.callers import Answer, Caller
from tests.api.databases import Snapshot

T = TypeVar("T")


class Api(Protocol):
    """The application on one database, in this process or served by others."""

    def post(self, body: Mapping[str, Any], token: str | None) -> Answer: ...

    def administer(self, act: Callable[[Administration], Any]) -> Any: ...

    def prove(self, proof: Callable[[Session], Any]) -> Any:
        """What `proof` finds in all bakeries."""
        ...

    def snapshot(self) -> Snapshot: ...


@dataclass(frozen=True)
class Bakery:
    """A tenant. What its methods make, the owner makes; ids are global ids, quantities text."""

    api: Api
    id: int
    tokens: dict[Role, str]

    @classmethod
    def opened(
        cls, api: Api, plan: Plan = Plan.GROWTH, time_zone: str = "Europe/London", currency: str = "GBP"
    ) -> "Bakery":
        made = api.administer(
            lambda administration: administration.create_bakery(
                name="The Corner Bakery", plan=plan, time_zone=time_zone, currency=currency
            )
        )
        return cls(api, made.id, made.tokens)

    # ── people ────────────────────────────────────────────────────────────────────────────────────────────────────────
    @property
    def owner(self) -> Caller:
        return self.caller(Role.OWNER)

    @property
    def manager(self) -> Caller:
        return self.caller(Role.MANAGER)

    @property
    def staff(self) -> Caller:
        return self.caller(Role.STAFF)

    @cached_property
    def partner(self) -> Caller:
        return Caller(self.api.post, self.new_token(Role.PARTNER))

    def partner_with(self, *scopes: str) -> Caller:
        """A partner whose key has these scopes and no other."""

        async def make(administration: Administration) -> str:
            key = Mint(administration.secret_key).api_key()
            async with administration.database.writing(BakeryId(self.id)) as session:
                await Store(session).api_keys.add("Partner", key.secret, scopes, administration.now, None)
            return key.text

        return Caller(self.api.post, self.api.administer(make))

    @property
    def nobody(self) -> Caller:
        return Caller(self.api.post, None)

    def caller(self, role: Role) -> Caller:
        return self.partner if role is Role.PARTNER else Caller(self.api.post, self.tokens[role])

    def new_token(self, role: Role, expires_at: datetime | None = None) -> str:
        token: str = self.api.administer(lambda administration: administration.new_token(self.id, role, expires_at))
        return token

    def set_plan(self, plan: Plan) -> None:
        self.api.administer(lambda administration: administration.set_plan(self.id, plan))

    # ── the things it has ─────────────────────────────────────────────────────────────────────────────────────────────
    def tracks_lots(self, enabled: bool = True, **settings: Any) -> None:
        self.owner.does("UpdateLotTrackingSettings", enabled=enabled, **settings)

    def supplier(self, name: str = "Mill & Sons", **details: Any) -> str:
        return str(self.owner.does("CreateSupplier", name=name, **details)["supplier"]["id"])

    def customer(self, name: str = "Café Nord", **details: Any) -> str:
        return str(self.owner.does("CreateCustomer", name=name, **details)["customer"]["id"])

    def ingredient(self, name: str, unit: str = "kg", **details: Any) -> str:
        return str(self.owner.does("CreateIngredient", name=name, unit=unit, **details)["ingredient"]["id"])

    def product(self, name: str, recipe: Mapping[str, str] | None = None, **details: Any) -> str:
        """`recipe` is quantity by ingredient, in its stock unit."""
        lines = [{"ingredientId": ingredient, "quantity": quantity} for ingredient, quantity in (recipe or {}).items()]
        return str(self.owner.does("CreateProduct", name=name, recipe=lines, **details)["product"]["id"])

    # ── its day ───────────────────────────────────────────────────────────────────────────────────────────────────────
    def restock(self, ingredient: str, quantity: str, **details: Any) -> Any:
        """The new lot; None while lot tracking is off."""
        return self.owner.does("QuickRestock", ingredientId=ingredient, quantity=quantity, **details)["lot"]

    def bake(self, product: str, quantity: str, **details: Any) -> Any:
        """The production batch."""
        return self.owner.does("ConfirmProduction", productId=product, quantity=quantity, **details)["batch"]

    def order(self, lines: Mapping[str, str], **details: Any) -> Any:
        """A new order; `lines` are quantity by product."""
        wanted = [{"productId": product, "quantity": quantity} for product, quantity in lines.items()]
        return self.owner.does("CreateOrder", lines=wanted, **details)["order"]

    def move(self, order: Mapping[str, Any], status: str, **details: Any) -> Any:
        """The order with its links, after a step."""
        return self.owner.does("SetOrderStatus", orderId=order["id"], status=status, **details)["order"]

    def stock(self, ingredient: str) -> tuple[str, str, str]:
        """On hand, tracked and untracked."""
        found = self.owner.ask("IngredientDetail", id=ingredient)
        return found["onHand"], found["tracked"], found["untracked"]

    def remaining(self, ingredient: str) -> dict[str, str]:
        """What is left of each lot, by code, in the order of use."""
        edges = self.owner.ask("IngredientDetail", id=ingredient)["lots"]["edges"]
        return {edge["node"]["code"]: edge["node"]["quantityRemaining"] for edge in edges}

    def breaches(self) -> list[Breach]:
        """What of its books does not follow from its ledger; as `baketrace check` has it.

        That no row leads to another bakery's is a matter of the whole database: `foreign_rows`, once for all who share
        one.
        """

        async def found(session: Session) -> list[Breach]:
            [record] = [record for record in await all_bakeries(session) if record.id == self.id]
            return await breaches(session.for_bakery(BakeryId(self.id)), record)

        proven: list[Breach] = self.api.prove(found)
        return proven

    @contextmanager
    def nothing_changes(self) -> Iterator[None]:
        """Asserts that the block leaves every row of every table as it was."""
        before = self.api.snapshot()
        yield
        assert self.api.snapshot() == before
