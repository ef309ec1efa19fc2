"""The schema as the endpoint uses it: a text and its variables in, data and errors out."""

from __future__ import annotations

from collections.abc import Awaitable, Iterable
from typing import Any

import strawberry
from graphql import DocumentNode, GraphQLError, OperationDefinitionNode, execute
from strawberry.exceptions import MissingQueryError
from strawberry.execution.is_awaitable import optimized_is_awaitable
from strawberry.schema.exceptions import CannotGetOperationTypeError, InvalidOperationTypeError
from strawberry.types import ExecutionContext, ExecutionResult
from strawberry.types.execution import PreExecutionError
from strawberry.types.graphql import OperationType
from strawberry.utils.operation import get_operation_type

from graphql_api.auditing import record_reads
from graphql_api.budgets import charge
from graphql_api.context import Context
from graphql_api.execution.costs import Costs
from graphql_api.execution.documents import Document, Documents
from graphql_api.execution.events import Events, located, subscribed
from graphql_api.execution.executor import Executor
from graphql_api.execution.introspection import introspection_denial
from graphql_api.execution.limits import check_variables
from graphql_api.execution.timing import in_time
from graphql_api.limits import LimitExceeded, Limits, many
from graphql_api.observing import notes

ANSWERED_ONCE = frozenset({OperationType.QUERY, OperationType.MUTATION})


class Schema(strawberry.Schema):
    """Strawberry's schema with our document pipeline. `compiled` says whether the compiled road is taken, and
    `introspection` whether it answers people what is in it."""

    def __init__(
        self, *, compiled: bool = True, introspection: bool = True, limits: Limits | None = None, **options: Any
    ) -> None:
        super().__init__(**options, execution_context_class=Executor)
        self.limits = limits or Limits()
        self.documents = Documents(self._schema, self.limits)
        self._costs = Costs(self._schema)
        self._compiled = compiled
        self._introspection = introspection

    def process_errors(self, errors: list[GraphQLError], execution_context: ExecutionContext | None = None) -> None:
        """Strawberry logs every error with its traceback; refusals are no errors of ours, and the rest is logged where
        it is masked (`graphql_api.http.errors`)."""

    async def execute(
        self,
        query: str | None,
        variable_values: dict[str, Any] | None = None,
        context_value: Context | None = None,
        root_value: Any = None,
        operation_name: str | None = None,
        allowed_operation_types: Iterable[OperationType] | None = None,
        operation_extensions: dict[str, Any] | None = None,
    ) -> ExecutionResult:
        """As Strawberry's, with nothing made anew that the document pipeline has."""
        allowed = ANSWERED_ONCE if allowed_operation_types is None else ANSWERED_ONCE & set(allowed_operation_types)
        answer = await self.begin(
            query, variable_values, context_value, root_value, operation_name, allowed, operation_extensions
        )
        assert isinstance(answer, ExecutionResult), "only a subscription has several answers"
        return answer

    async def begin(
        self,
        query: str | None,
        variable_values: dict[str, Any] | None = None,
        context_value: Any = None,
        root_value: Any = None,
        operation_name: str | None = None,
        allowed_operation_types: Iterable[OperationType] | None = None,
        operation_extensions: dict[str, Any] | None = None,
    ) -> ExecutionResult | Events:
        """The answer of a query or a mutation, or the events of a subscription.

        Raises `MissingQueryError`, `CannotGetOperationTypeError` and `InvalidOperationTypeError`.
        """
        if not query:
            raise MissingQueryError
        try:
            is_known = context_value is None or context_value.signed_in is not None
            document = await self.documents.ask(query, is_known=is_known)
            if document.refusal is not None:
                # It is kept with the document, so it is not raised: each time would add to where it has been.
                return PreExecutionError(
                    data=None, errors=[GraphQLError(str(document.refusal), original_error=document.refusal)]
                )
            if document.syntax_error is not None:
                return PreExecutionError(data=None, errors=[document.syntax_error])
            assert document.parsed is not None
            name = _only_name(document.parsed) if operation_name is None else operation_name
            kind = _check_type(document.parsed, name, allowed_operation_types)
            if document.errors:
                return PreExecutionError(data=None, errors=list(document.errors))
            if document.introspects and (denial := introspection_denial(context_value, is_on=self._introspection)):
                raise denial
            charged = await self._admit(document, name, variable_values or {}, context_value)
            if context_value is not None:
                context_value.expect(document.generations)
            if kind is OperationType.SUBSCRIPTION:
                return await self._subscribe(document, variable_values, context_value, root_value, name)
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
                result = await in_time(result, context_value, self.limits.max_operation_seconds)
            if context_value is not None:
                await record_reads(context_value, result.errors or ())
        except (CannotGetOperationTypeError, InvalidOperationTypeError):
            raise
        except Exception as error:  # noqa: BLE001 - told to the client without its insides, and logged, where it is masked
            return PreExecutionError(data=None, errors=[located(error)])
        return ExecutionResult(data=result.data, errors=result.errors, extensions=charged and {"cost": charged})

    async def _admit(
        self, document: Document, name: str | None, variables: dict[str, Any], context: Context | None
    ) -> dict[str, Any] | None:
        """Raises `LimitExceeded` for what is too much for anybody, or for this caller just now; else what of it was
        charged to whom a budget was given."""
        check_variables(variables, self.limits)
        cost, allowed = document.cost(self._costs, name, variables), self.limits.max_cost
        notes.add_cost(cost)
        if cost > allowed:
            message = f"The operation costs {many(cost)}; {many(allowed)} are allowed. Ask for shorter lists."
            raise LimitExceeded("cost", message, actual=cost, allowed=allowed)
        return None if context is None else await charge(context, cost, self.limits)

    async def _subscribe(
        self, document: Document, variables: dict[str, Any] | None, context: Any, root: Any, name: str | None
    ) -> ExecutionResult | Events:
        assert document.parsed is not None
        executor = Executor.build(
            self._schema,
            document.parsed,
            root_value=root,
            context_value=context,
            raw_variable_values=variables,
            operation_name=name,
            is_awaitable=optimized_is_awaitable,  # type: ignore[arg-type]
            prepared=document if self._compiled else None,
        )
        return await subscribed(executor, context)


def _only_name(document: DocumentNode) -> str | None:
    """The name of the only operation. Raises `CannotGetOperationTypeError` where there are several, or none."""
    operations = [node for node in document.definitions if isinstance(node, OperationDefinitionNode)]
    if len(operations) != 1:
        raise CannotGetOperationTypeError(None)
    return operations[0].name.value if operations[0].name else None


def _check_type(document: DocumentNode, name: str | None, allowed: Iterable[OperationType] | None) -> OperationType:
    try:
        kind = get_operation_type(document, name)
    except RuntimeError as error:
        raise CannotGetOperationTypeError(name) from error
    if note := notes.current():
        # It is the name of an operation in the document, so letters, digits and underscores.
        note.operation, note.kind = notes.bounded(name) if name else None, kind.value
    if allowed is not None and kind not in allowed:
        raise InvalidOperationTypeError(kind)
    return kind
