"""What a request leaves in the audit log (docs/audit.md).

A mutation's entry is written by the mutation's own transaction, so there is never one without the other. A refused one
has no such transaction, and a partner's read none that writes: theirs is one of its own, before the answer goes out.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import fields, is_dataclass, replace
from datetime import date
from decimal import Decimal
from enum import Enum
from itertools import chain
from typing import Any

from graphql import GraphQLError, get_named_type
from strawberry import UNSET
from strawberry.utils.str_converters import to_camel_case

from bakery.audit import Act, Actor, AuditKind, AuditOutcome, asked_for, kept_arguments, kept_things, named
from bakery.errors import BakeryError
from bakery.quantity import plain
from graphql_api.auth import Caller
from graphql_api.context import Context, Info, Work
from graphql_api.refs import Outcome, Ref, parse_global_id
from plans import Denied, Role

logger = logging.getLogger(__name__)

CODES = ("code", "number")
"""Arguments by which a thing is asked for that has no id in the request."""

INTERNAL = "INTERNAL"


def actor_of(caller: Caller) -> Actor:
    machine = caller.member_id is None
    return Actor(caller.name, caller.role.value, caller.member_id, caller.id if machine else None)


# ── mutations ─────────────────────────────────────────────────────────────────────────────────────────────────────
async def record_success(work: Work, info: Info, input: Any, outcome: Outcome, *, repeated: bool) -> None:
    """What was done, as the last statement of the transaction that did it."""
    result = AuditOutcome.REPEATED if repeated else AuditOutcome.DONE
    act = _change(info, input, result, made=outcome)
    await work.store.audit.record([act], actor=actor_of(work.caller), origin=info.context.origin, now=work.now)


async def record_refusal(info: Info, input: Any, code: str) -> None:
    """Nobody's are not recorded: whoever is not signed in belongs to no bakery whose log it could be."""
    await _record(info.context, [_change(info, input, AuditOutcome.REFUSED, code=code)])


async def record_failure(info: Info, input: Any) -> None:
    """What went wrong on our side. Where that is the database, it cannot be recorded either."""
    try:
        await _record(info.context, [_change(info, input, AuditOutcome.FAILED, code=INTERNAL)])
    except Exception:
        logger.exception("a failed mutation could not be recorded", extra={"mutation": info.field_name})


def _change(
    info: Info, input: Any, outcome: AuditOutcome, *, code: str | None = None, made: Outcome | None = None
) -> Act:
    arguments = _told(input)
    things = chain(_made(made or {}), _meant(arguments))
    return Act(
        AuditKind.CHANGE,
        info.field_name,
        outcome,
        code,
        kept_arguments(arguments),
        kept_things(named(*ref) for ref in things),
    )


def _made(outcome: Mapping[str, Any]) -> Iterator[Ref]:
    for value in outcome.values():
        if isinstance(value, Ref):
            yield value
        elif isinstance(value, list):
            yield from value


# ── partners' reads ───────────────────────────────────────────────────────────────────────────────────────────────
def note_read(info: Info, arguments: Mapping[str, Any]) -> None:
    """Remember a root field that a partner asks for, until the operation ends."""
    caller = info.context.signed_in
    if caller is None or caller.role is not Role.PARTNER or info.path.prev is not None:
        return
    told = _told(arguments)
    kind = str(get_named_type(info._raw_info.return_type))
    things = [named(*ref) for ref in _meant(told)] + [asked_for(kind, told[name]) for name in CODES if name in told]
    info.context.partner_reads[str(info.path.key)] = Act(
        AuditKind.READ,
        info.field_name,
        AuditOutcome.DONE,
        arguments=kept_arguments(told),
        things=kept_things(things),
    )


async def record_reads(context: Context, errors: Sequence[GraphQLError]) -> None:
    """Record what was read, before it is told: a read that cannot be recorded is not answered."""
    if not context.partner_reads:
        return
    reads, context.partner_reads = context.partner_reads, {}
    for error in errors:
        if error.path is not None and len(error.path) == 1 and error.path[0] in reads:
            code = code_of(error.original_error or error)
            outcome = AuditOutcome.FAILED if code == INTERNAL else AuditOutcome.REFUSED
            reads[str(error.path[0])] = replace(reads[str(error.path[0])], outcome=outcome, code=code)
    await _record(context, list(reads.values()))


async def _record(context: Context, acts: list[Act]) -> None:
    caller = context.signed_in
    if caller is None:
        return
    async with context.recording() as audit:
        await audit.record(acts, actor=actor_of(caller), origin=context.origin, now=context.now)


def code_of(error: Exception) -> str:
    """What a refusal is called in an error's `extensions`."""
    if isinstance(error, GraphQLError):
        return "BAD_USER_INPUT"
    return error.code if isinstance(error, BakeryError | Denied) else INTERNAL


# ── arguments ─────────────────────────────────────────────────────────────────────────────────────────────────────
def _told(value: Any) -> Any:
    """A value as the client wrote it, less what was left out; null only where it says something."""
    match value:
        case Decimal():
            return plain(value)
        case Enum():
            return value.value
        case date():
            return value.isoformat()
        case list() | tuple():
            return [_told(item) for item in value]
        case Mapping():
            parts = {name: part for name, part in value.items() if part is not None and part is not UNSET}
            return {to_camel_case(name).rstrip("_"): _told(part) for name, part in parts.items()}
    return _told_input(value) if is_dataclass(value) and not isinstance(value, type) else value


def _told_input(value: Any) -> dict[str, Any]:
    """The fields of an input. Those of an update have in their metadata what stands for having been left out."""
    told = {}
    for declared in fields(value):
        part, left_out = getattr(value, declared.name), list(declared.metadata.values())
        if part is UNSET or part in left_out or (part is None and not left_out):
            continue
        told[to_camel_case(declared.name)] = _told(part)
    return told


def _meant(arguments: Any) -> Iterator[Ref]:
    """The records that arguments name by their global ids."""
    if isinstance(arguments, list):
        for item in arguments:
            yield from _meant(item)
    elif isinstance(arguments, Mapping):
        for name, value in arguments.items():
            if name in ("id", "ids") or name.endswith("Id"):
                ids = value if isinstance(value, list) else [value]
                yield from filter(None, (parse_global_id(text) for text in ids if isinstance(text, str)))
            else:
                yield from _meant(value)
