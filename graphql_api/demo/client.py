"""Sends documents to the schema in this process, as one signed-in person: the road of every request, less HTTP."""

from __future__ import annotations

from dataclasses import dataclass
from importlib.resources import files
from typing import Any

from bakery.days import Clock
from bakery.store import Database
from graphql_api.context import Context
from graphql_api.schema.roots import Schema

DOCUMENTS = (files("graphql_api.demo") / "documents.graphql").read_text(encoding="utf-8")


class DemoFailed(Exception):
    """A document of the demo was not answered as it has to be; the message says which, and how."""


@dataclass(frozen=True)
class Client:
    schema: Schema
    database: Database
    clock: Clock
    secret_key: str
    token: str

    async def ask(self, operation: str, **variables: Any) -> Any:
        """What the one root field of an operation answers. Raises `DemoFailed` with its first error."""
        context = Context(self.database, self.clock, self.secret_key, self.schema.plugins)
        try:
            await context.sign_in(self.token)
            result = await self.schema.execute(
                DOCUMENTS, variable_values=variables, context_value=context, operation_name=operation
            )
        finally:
            await context.close()
        if result.errors or result.data is None:
            raise DemoFailed(f"{operation} {variables}: {result.errors}")
        [answer] = result.data.values()
        return answer

    async def do(self, operation: str, **fields: Any) -> Any:
        """What a mutation answers with to these fields of its input. Raises `DemoFailed` where it refuses."""
        answer = await self.ask(operation, input=fields)
        if not answer["__typename"].endswith("Success"):
            raise DemoFailed(f"{operation} {fields}: {answer['message']}")
        return answer
