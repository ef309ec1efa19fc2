"""The schema as the endpoint uses it: a text and its variables in, data and errors out."""

from __future__ import annotations

from collections.abc import Awaitable, Iterable
from typing import Any

import strawberry
from graphql import DocumentNode, GraphQLError, execute
from strawberry.exceptions import MissingQueryError
from strawberry.execution.is_awaitable import optimized_is_awaitable
from strawberry.schema.exceptions import CannotGetOperationTypeError, InvalidOperationTypeError
from strawberry.types import ExecutionContext, ExecutionResult
from strawberry.types.execution import PreExecutionError
from strawberry.types.graphql import OperationType
from strawberry.utils.operation import get_first_operation, get_operation_type

from graphql_api.auditing import record_reads
from graphql_api.execution.documents import Documents
from graphql_api.execution.executor import Executor
from graphql_api.execution.introspection import introspection_denial
from graphql_api.observing import notes


class Schema(strawberry.Schema):
    """Strawberry's schema with our document pipeline. `compiled` says whether the compiled road is taken, and
    `introspection` whether it answers people what is in it."""

    def __init__(self, *, compiled: bool = True, introspection: bool = True, **options: Any) -> None:
        super().__init__(**options, execution_context_class=Executor)
        self.documents = Documents(self._schema)
        self._compiled = compiled
        self._introspection = introspection

    def process_errors(self, errors: list[GraphQLError], execution_context: ExecutionContext | None = None) -> None:
        """Strawberry logs every error with its traceback; refusals are no errors of ours, and the rest is logged where
        it is masked (`graphql_api.http.errors`)."""

    async def execute(
        self,
        query: str | None,
        variable_values: dict[str, Any] | None = None,
        context_value: Any = None,
        root_value: Any = None,
        operation_name: str | None = None,
        allowed_operation_types: Iterable[OperationType] | None = None,
        operation_extensions: dict[str, Any] | None = None,
    ) -> ExecutionResult:
        """As Strawberry's, with nothing made anew that the document pipeline has."""
        if not query:
            raise MissingQueryError
        try:
            document = self.documents.get(query)
            if document.syntax_error is not None:
                return PreExecutionError(data=None, errors=[document.syntax_error])
            assert document.parsed is not None
            name = _first_name(document.parsed) if operation_name is None else operation_name
            _check_type(document.parsed, name, allowed_operation_types)
            if document.errors:
                return PreExecutionError(data=None, errors=list(document.errors))
            if document.introspects and (denial := introspection_denial(context_value, is_on=self._introspection)):
                raise denial
            if context_value is not None:
                context_value.expect(document.generations)
            result = execute(
                self._schema,
                document.parsed,
                root_value=root_value,
                context_value=context_value,
                variable_values=variable_values,
                operation_name=name,
                executor_class=Executor,
                is_awaitable=optimized_is_awaitable,  # type: ignore[arg-type]
                prepared=document if self._compiled else None,
                operation_extensions=operation_extensions,
                hide_suggestions=True,
            )
            if isinstance(result, Awaitable):
                result = await result
            await record_reads(context_value, result.errors or ())
        except (CannotGetOperationTypeError, InvalidOperationTypeError):
            raise
        except Exception as error:  # noqa: BLE001 - told to the client without its insides, and logged, where it is masked
            located = error if isinstance(error, GraphQLError) else GraphQLError(str(error), original_error=error)
            return PreExecutionError(data=None, errors=[located])
        return ExecutionResult(data=result.data, errors=result.errors)


def _first_name(document: DocumentNode) -> str | None:
    first = get_first_operation(document)
    return first.name.value if first and first.name else None


def _check_type(document: DocumentNode, name: str | None, allowed: Iterable[OperationType] | None) -> None:
    try:
        kind = get_operation_type(document, name)
    except RuntimeError as error:
        raise CannotGetOperationTypeError(name) from error
    if note := notes.current():
        # It is the name of an operation in the document, so letters, digits and underscores.
        note.operation, note.kind = notes.bounded(name) if name else None, kind.value
    if allowed is not None and kind not in allowed:
        raise InvalidOperationTypeError(kind)
