"""graphql-core's executor, with a compiled road beside it.

Where an object, or a list of objects, is to be completed, the executor looks whether the selection can be written by
a generated function. If it can, and all gates in it are open to the caller, the answer is written set by set. If it
cannot, or anything unusual turns up on the way (a null where none may be, a record of another class, an exception),
graphql-core completes this very part as always, with its errors and their paths; smaller parts of it get their own
chance.
"""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable
from typing import Any

from graphql import GraphQLError, GraphQLNonNull, GraphQLObjectType, GraphQLResolveInfo
from graphql.execution.collect_fields import FieldDetailsList
from graphql.pyutils import Path
from strawberry.schema.schema import StrawberryGraphQLCoreExecutionContext

from graphql_api.context import Context
from graphql_api.execution.compiler import Steps, Writer, Writers, writer_for
from graphql_api.execution.documents import Document
from graphql_api.execution.leaves import LISTS
from plans import Gate, decide

logger = logging.getLogger(__name__)

LEFT = "a part is left to graphql-core"

Complete = Callable[[], Any]
"""Completes a value as graphql-core does: gives it, or something to await it by."""


class Executor(StrawberryGraphQLCoreExecutionContext):
    """Executes one operation. Without a `prepared` document, all of it goes graphql-core's road."""

    def __init__(self, *arguments: Any, prepared: Document | None = None, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self._writers: Writers | None = None
        self._caller: object = None
        self._open_gates: dict[int, bool] = {}
        wrapped = self.middleware_manager is not None and self.middleware_manager.middlewares
        if prepared is not None and not wrapped and self.abort_signal is None:
            self._writers = prepared.writers(self.variable_values.coerced)

    # ── the two places where a writer can take over ───────────────────────────────────────────────────────────────
    def complete_list_value(
        self,
        return_type: Any,
        field_details_list: FieldDetailsList,
        info: GraphQLResolveInfo[Context],
        path: Path,
        result: Any,
        position_context: Any,
    ) -> Any:
        def complete() -> Any:
            return super(Executor, self).complete_list_value(
                return_type, field_details_list, info, path, result, position_context
            )

        item = return_type.of_type
        kind = item.of_type if isinstance(item, GraphQLNonNull) else item
        if result.__class__ in LISTS and isinstance(kind, GraphQLObjectType) and position_context is None:
            writer = self._writer(kind, field_details_list)
            if writer is not None:
                return _finished(writer.written(result, self._context), complete)
        return complete()

    def complete_object_value(
        self,
        return_type: GraphQLObjectType,
        field_details_list: FieldDetailsList,
        info: GraphQLResolveInfo[Context],
        path: Path,
        result: Any,
        position_context: Any,
    ) -> Any:
        def complete() -> Any:
            return super(Executor, self).complete_object_value(
                return_type, field_details_list, info, path, result, position_context
            )

        if position_context is None:
            writer = self._writer(return_type, field_details_list)
            if writer is not None:
                return _finished(_one(writer, result, self._context), complete)
        return complete()

    @property
    def _context(self) -> Context:
        context: Context = self.context_value
        return context

    def _writer(self, kind: GraphQLObjectType, details: FieldDetailsList) -> Writer | None:
        if self._writers is None:
            return None
        writer = writer_for(self, kind, details, self._writers)
        return writer if writer is not None and all(map(self._is_open, writer.gates)) else None

    def _is_open(self, gate: Gate) -> bool:
        """Whether the caller may pass: asked once, unless a mutation before this field changed what the caller may."""
        caller = self._context.signed_in
        if caller is not self._caller:
            self._caller, self._open_gates = caller, {}
        if id(gate) not in self._open_gates:
            self._open_gates[id(gate)] = decide(gate, caller) is None
        return self._open_gates[id(gate)]

    # ── errors ────────────────────────────────────────────────────────────────────────────────────────────────────
    def build_response(self, data: dict[str, Any] | None) -> Any:
        """Errors stand in the order of what they are errors of, not in that in which siblings happened to end."""
        places = _Places(data)
        self.collected_errors.errors.sort(key=places.of)
        return super().build_response(data)


class _Places:
    """Where in an answer a path leads: the position of each step among its siblings."""

    def __init__(self, data: dict[str, Any] | None) -> None:
        self._data = data
        self._order: dict[int, dict[str, int]] = {}

    def of(self, error: GraphQLError) -> list[tuple[int, str]]:
        node: Any = self._data
        place: list[tuple[int, str]] = []
        for step in error.path or ():
            if isinstance(node, dict) and step in node:
                place.append((self._positions(node)[str(step)], ""))
                node = node[step]
            elif isinstance(step, int):
                place.append((step, ""))
                node = node[step] if isinstance(node, list) else None
            else:
                place.append((0, str(step)))  # below a null that an error made
                node = None
        return place

    def _positions(self, node: dict[str, Any]) -> dict[str, int]:
        if id(node) not in self._order:
            self._order[id(node)] = {key: position for position, key in enumerate(node)}
        return self._order[id(node)]


def _one(writer: Writer, record: Any, context: Context) -> Steps:
    [answer] = yield from writer.written([record], context)
    return answer  # type: ignore[no-any-return]


def _finished(steps: Steps, otherwise: Complete) -> Any:
    """What `steps` lead to: at once where nothing must be awaited. If anything goes wrong, what `otherwise` gives."""
    try:
        first = next(steps)
    except StopIteration as finished:
        return finished.value
    except Exception:
        logger.debug(LEFT, exc_info=True)
        return otherwise()
    return _awaited(steps, first, otherwise)


async def _awaited(steps: Steps, first: Awaitable[Any], otherwise: Complete) -> Any:
    awaitable = first
    try:
        while True:
            awaitable = steps.send(await awaitable)
    except StopIteration as finished:
        return finished.value
    except Exception:
        logger.debug(LEFT, exc_info=True)
    completed = otherwise()
    return await completed if isinstance(completed, Awaitable) else completed
