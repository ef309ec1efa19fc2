"""Whoever calls the API in a test, and what they are answered."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from tests.api.documents import document


@dataclass(frozen=True)
class Answer:
    """An answer over HTTP. A server error never gets this far."""

    status: int
    body: dict[str, Any]

    @property
    def errors(self) -> list[dict[str, Any]]:
        return list(self.body.get("errors", ()))

    @property
    def codes(self) -> list[str]:
        return [error["extensions"]["code"] for error in self.errors]

    @property
    def root(self) -> Any:
        """What the document's only root field gave."""
        [value] = (self.body["data"] or {}).values()
        return value


class Post(Protocol):
    """Sends a request to `/graphql` with a token, or without one."""

    def __call__(self, body: Mapping[str, Any], token: str | None) -> Answer: ...


@dataclass(frozen=True)
class Caller:
    """Somebody with a token, or nobody."""

    post: Post
    token: str | None

    def send(self, text: str, variables: Mapping[str, Any] | None = None) -> Answer:
        return self.post({"query": text, "variables": dict(variables or {})}, self.token)

    def answer(self, operation: str, **variables: Any) -> Answer:
        """What a shipped document gets, refusals too."""
        return self.send(document(operation), variables)

    def ask(self, operation: str, **variables: Any) -> Any:
        """What a shipped query reads; it must not be refused."""
        answer = self.answer(operation, **variables)
        assert not answer.errors, answer.errors
        return answer.root

    def tries(self, operation: str, **input: Any) -> Any:
        """What a shipped mutation answers: its success or one of its errors."""
        return self.ask(operation, input=input)

    def does(self, operation: str, **input: Any) -> Any:
        """What a shipped mutation led to; it must succeed."""
        outcome = self.tries(operation, **input)
        assert outcome.pop("__typename") == f"{operation}Success", outcome
        return outcome

    def is_refused(self, operation: str, **input: Any) -> str:
        """The type of the error that a shipped mutation answers."""
        outcome = self.tries(operation, **input)
        refusal = str(outcome["__typename"])
        assert not refusal.endswith("Success"), outcome
        return refusal
