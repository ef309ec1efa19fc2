"""The demo's three queries, each as a line to paste into bash or zsh."""

from __future__ import annotations

import json
import shlex
from collections.abc import Mapping
from dataclasses import dataclass, field

from graphql import OperationDefinitionNode, parse, print_ast

from graphql_api.demo.client import DOCUMENTS, Client, DemoFailed
from graphql_api.demo.story import SUSPICIOUS_FLOUR, order_that_is


@dataclass(frozen=True)
class Query:
    """A query with its `question` in words."""

    question: str
    operation: str
    variables: Mapping[str, str] = field(default_factory=dict)

    @property
    def document(self) -> str:
        """The operation alone, on one line."""
        for node in parse(DOCUMENTS).definitions:
            if isinstance(node, OperationDefinitionNode) and node.name and node.name.value == self.operation:
                return " ".join(print_ast(node).split())
        raise AssertionError(f"the demo has no document {self.operation}")

    def as_curl(self, url: str, token: str) -> str:
        """A command line. Every word stands in single quotes: no shell changes anything within those."""
        body = {"query": self.document, "variables": self.variables}
        # A newline after the answer, so that the next prompt stands on a line of its own.
        words = ["curl", "--silent", "--show-error", "--write-out", r"\n", url]
        words += ["--header", f"Authorization: Bearer {token}", "--header", "Content-Type: application/json"]
        words += ["--data", json.dumps(body, ensure_ascii=True)]
        return shlex.join(words)


async def queries(client: Client) -> list[Query]:
    """What expires, where the suspicious flour went, what is in an order. Raises `DemoFailed` if either is missing."""
    found = await client.ask("LotsFound", search=SUSPICIOUS_FLOUR)
    if not found["edges"]:
        raise DemoFailed(f"The demo bakery has no lot {SUSPICIOUS_FLOUR}: it is not as it was loaded.")
    code, number = found["edges"][0]["node"]["code"], order_that_is("READY")
    where = f"The mill called back its flour {SUSPICIOUS_FLOUR}: where did lot {code} go?"
    what = f"What is in order {number}, which stands ready for the café?"
    return [
        Query("What expires within a week, or has expired?", "ExpiringLots"),
        Query(where, "LotTrace", {"code": code}),
        Query(what, "OrderTrace", {"number": number}),
    ]
