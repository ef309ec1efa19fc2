"""GraphQL as a client of the contract speaks it: one root field a document, unions of a success and errors.

Errors: `Refused`, the server said no and why; `Broken`, the answer was no GraphQL answer of the contract's form.
"""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from time import perf_counter
from typing import Any

import orjson

from tests.real.http1 import ConnectionPool, HttpFailure

Json = dict[str, Any]
HTTP_OK = 200
BODY_SHOWN_MAX = 600


class Role(StrEnum):
    """Who asks."""

    OWNER = "OWNER"
    MANAGER = "MANAGER"
    STAFF = "STAFF"


@dataclass(frozen=True)
class Document:
    """One operation; the answer is what stands under its only root field."""

    name: str
    text: str


class Refused(Exception):
    """A refusal: `kind` is the error type of the union, or the code of an error beside the data."""

    def __init__(self, operation: str, kind: str, message: str, variables: Json) -> None:
        super().__init__(f"{operation} refused as {kind}: {message}; variables {orjson.dumps(variables).decode()}")
        self.kind = kind


class Broken(Exception):
    """An answer outside the contract's form, or none."""


@dataclass
class Tally:
    """What was asked and how it went; times in seconds."""

    seconds_by_operation: dict[str, list[float]] = field(default_factory=dict)
    refusals: Counter[tuple[str, str]] = field(default_factory=Counter)

    @property
    def requests(self) -> int:
        """All requests so far."""
        return sum(len(seconds) for seconds in self.seconds_by_operation.values())


class Client:
    """Sends documents over a pool of connections, with the token of a role."""

    def __init__(self, connections: ConnectionPool, tokens: Mapping[str, str]) -> None:
        self._connections = connections
        self._headers = {
            role: {
                "Authorization": f"Bearer {tokens[role]}",
                "Content-Type": "application/json",
                "Accept": "application/json",
            }
            for role in Role
        }
        self.tally = Tally()

    async def ask(self, document: Document, variables: Json, role: Role = Role.OWNER) -> Json:
        """The value of the document's root field; a refusal is raised."""
        value = await self.ask_any(document, variables, role)
        kind = value.get("__typename")
        if kind is not None and not kind.endswith("Success"):
            raise self._refused(document, kind, orjson.dumps(value).decode(), variables)
        return value

    async def ask_any(self, document: Document, variables: Json, role: Role = Role.OWNER) -> Json:
        """The value of the document's root field, whichever type of its union it is."""
        body = {"query": document.text, "operationName": document.name, "variables": variables}
        started = perf_counter()
        try:
            answer = await self._connections.post("/graphql", self._headers[role], orjson.dumps(body))
        except HttpFailure as error:
            raise Broken(f"{document.name}: {error}") from error
        seconds = self.tally.seconds_by_operation.setdefault(document.name, [])
        seconds.append(perf_counter() - started)
        try:
            content = orjson.loads(answer.body)
        except orjson.JSONDecodeError as error:
            raise Broken(f"{document.name}: HTTP {answer.status} {_shown(answer.body)}") from error
        if errors := content.get("errors"):
            code = (errors[0].get("extensions") or {}).get("code")
            if code is None or answer.status != HTTP_OK:
                raise Broken(f"{document.name}: HTTP {answer.status} {_shown(answer.body)}")
            raise self._refused(document, code, str(errors[0].get("message")), variables)
        data = content.get("data")
        if answer.status != HTTP_OK or not isinstance(data, dict) or len(data) != 1:
            raise Broken(f"{document.name}: HTTP {answer.status} {_shown(answer.body)}")
        value = next(iter(data.values()))
        if not isinstance(value, dict):
            raise Broken(f"{document.name}: nothing there for {variables}")
        return value

    def _refused(self, document: Document, kind: str, message: str, variables: Json) -> Refused:
        self.tally.refusals[document.name, kind] += 1
        return Refused(document.name, kind, message, variables)


def _shown(body: bytes) -> str:
    return body[:BODY_SHOWN_MAX].decode(errors="replace")
