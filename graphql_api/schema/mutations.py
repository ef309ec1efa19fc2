"""How a mutation is declared, and what is common to all: its gate, its transaction, its key, its refusals.

The gate refuses before a transaction opens. The transaction is the field's: what the resolver raises rolls it back. Its
last statement is its entry in the audit log; a refusal's entry has a transaction of its own.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import asdict, dataclass, fields
from decimal import Decimal
from enum import Enum
from functools import reduce
from operator import or_
from typing import Annotated, Any, TypeVar

import strawberry
from strawberry import UNSET

from bakery.errors import BakeryError, IdempotencyConflict
from bakery.quantity import plain
from bakery.store import outages
from bakery.store.idempotency import Done
from graphql_api import auditing
from graphql_api.context import Fate, Info, Work
from graphql_api.execution.costs import costs
from graphql_api.refs import Outcome, Ref
from graphql_api.resolvers.checks import Checks
from graphql_api.schema import errors
from graphql_api.schema.fields import directives_of, field, given
from plans import Caller, Denied, Gate, Role, decide

C = TypeVar("C", bound=type)
MutationResolver = Callable[..., Awaitable[Outcome]]

IDEMPOTENCY_KEY = "idempotency_key"

MUTATION_WEIGHT = 10
"""What a mutation costs, beside what is read of its outcome."""


def success(description: str) -> Callable[[C], C]:
    """Declares the `…Success` of a mutation: what of the outcome it shows."""

    def declare(cls: C) -> C:
        def is_type_of(candidate: Any, _info: Any) -> bool:
            return isinstance(candidate, Outcome)

        cls.is_type_of = staticmethod(is_type_of)  # type: ignore[attr-defined]
        return strawberry.type(cls, description=description)

    return declare


def outcome(description: str) -> Any:
    """A field of a success: the record, or records, that the outcome refers to under the field's name."""

    async def resolve(root: Any, info: Info) -> Any:
        found = root[info.python_name]
        loaders = info.context.loaders
        if found is None:
            return None
        return await loaders.nodes(found) if isinstance(found, list) else await loaders.node(found)

    return field(description, resolver=resolve)


def shown_once(description: str) -> Any:
    """A field of a success that shows a secret: it stands in the outcome alone, and is kept nowhere."""

    async def resolve(root: Any, info: Info) -> Any:
        return root[info.python_name]

    return field(description, resolver=resolve)


def key_field() -> Any:
    """The idempotency key that every input has which changes stock (R-5.10)."""
    return strawberry.field(
        default=UNSET,
        description="Any text of yours that names this very change. Sent again with it, it is done once.",
    )


def mutation(
    description: str,
    *,
    resolver: MutationResolver,
    input: type,
    success: type,
    gate: Gate,
    gate_of: Callable[[Any], Gate | None] | None = None,
    errors: tuple[type, ...] = (),
) -> Any:
    """A mutation: `input` in, a union of `success` and its errors out.

    The resolver takes a `Work` and the input's fields by name. `gate_of` names the gate that an input meets beside
    the field's own, where what it asks for is not everybody's. Beside `errors`, every union has the refusals that its
    input and its gate can lead to.
    """
    if Role.PARTNER in gate.roles:
        raise ValueError("a partner only reads: no mutation is for one (R-1.3)")
    declared = _Mutation(resolver, _members(input, success, gate, errors), gate, gate_of)
    return _declared(description, declared, input, success, directives_of(gate))


def open_mutation(description: str, *, resolver: Callable[..., Awaitable[Any]], input: type, success: type) -> Any:
    """A mutation without a gate: for who is not signed in yet. Its resolver takes the `Info` and the input's fields by
    name, and has a transaction of its own."""
    return _declared(description, _Open(resolver, (errors.InvalidInput,)), input, success, [])


def _declared(description: str, declared: _Mutation | _Open, input: type, success: type, directives: list[Any]) -> Any:
    async def resolve(root: object, info: Info, input: Any) -> Any:
        return await declared.run(info, given(input))

    name = success.__name__.removesuffix("Success")
    union = strawberry.union(f"{name}Result", description=f"What `{name[0].lower()}{name[1:]}` answers.")
    described = strawberry.argument(description="What to do.")
    resolve.__annotations__ |= {
        "input": Annotated[input, described],
        "return": Annotated[reduce(or_, (success, *declared.refusals)), union] | None,
    }
    weighed = [*directives, *costs(weight=MUTATION_WEIGHT)]
    return strawberry.field(resolver=resolve, description=description, directives=weighed)


def _members(input: type, success: type, gate: Gate, extra: tuple[type, ...]) -> tuple[type, ...]:
    members = [errors.InvalidInput, errors.RoleRequired]
    if gate.feature is not None:
        members += [errors.PlanRequired, errors.FeatureDisabled]
    if IDEMPOTENCY_KEY in {field.name for field in fields(input)}:
        members.append(errors.IdempotencyConflict)
    return (*members, *extra)


@dataclass(frozen=True)
class _Open:
    """What every mutation has: its refusals, as members of its union and in the audit log."""

    resolver: Callable[..., Awaitable[Any]]
    refusals: tuple[type, ...]

    async def run(self, info: Info, input: Any) -> Any:
        fates, place = info.context.fates, str(info.path.key)
        fates[place] = Fate.NOT_DONE
        try:
            outcome = await self._done(info, input)
            fates[place] = Fate.DONE
            return outcome
        except (BakeryError, Denied) as error:
            fates[place] = Fate.NOT_DONE
            refusal = errors.as_member(error)
            is_told = type(refusal) in self.refusals
            await auditing.record_refusal(info, input, type(refusal).__name__ if is_told else auditing.code_of(error))
            if is_told:
                return refusal
            raise
        except Exception as error:
            if not outages.leaves_open(error):
                fates[place] = Fate.NOT_DONE
            # Where the database is away, there is nowhere to record it.
            if not outages.is_outage(error):
                await auditing.record_failure(info, input)
            raise

    async def _done(self, info: Info, input: Any) -> Any:
        return await self.resolver(info, **{name: getattr(input, name) for name in vars(input)})


@dataclass(frozen=True)
class _Mutation(_Open):
    resolver: MutationResolver
    gate: Gate
    gate_of: Callable[[Any], Gate | None] | None

    async def _done(self, info: Info, input: Any) -> Outcome:
        gates = [self.gate, *([gate] if self.gate_of and (gate := self.gate_of(input)) else [])]
        _ask(gates, info.context.signed_in)
        arguments = {name: getattr(input, name) for name in vars(input)}
        key = arguments.pop(IDEMPOTENCY_KEY, None)
        checks = Checks()
        checks.key("idempotencyKey", key)
        checks.done()
        async with info.context.writing() as work:
            # Somebody may have switched the feature off since the caller signed in.
            _ask(gates, work.caller)
            done = None
            if key is None:
                outcome = await self.resolver(work, **arguments)
            else:
                outcome, done = await self._once(work, info.field_name, key, input, arguments)
            await auditing.record_success(work, info, input, outcome, repeated=done is not None)
            # From here on it is committed: whoever is stopped meanwhile does not know whether it was.
            info.context.fates[str(info.path.key)] = Fate.UNKNOWN
        return outcome

    async def _once(
        self, work: Work, name: str, key: str, input: Any, arguments: dict[str, Any]
    ) -> tuple[Outcome, Done | None]:
        """Do it, unless it was done under this key already: then answer with what it led to."""
        keys, fingerprint = work.store.idempotency, _fingerprint(input)
        done = await keys.claim(key, name, fingerprint, work.now)
        if done is None:
            outcome = await self.resolver(work, **arguments)
            await keys.fulfil(key, json.dumps(outcome))
            return outcome, None
        if (done.mutation, done.input_hash) != (name, fingerprint):
            raise IdempotencyConflict(key)
        return _outcome(json.loads(done.result)), done


def _ask(gates: Iterable[Gate], caller: Caller | None) -> None:
    for gate in gates:
        if denial := decide(gate, caller):
            raise denial


def _fingerprint(input: Any) -> str:
    """The same for inputs that mean the same: `5.0` and `5` do, an empty list and none, false and left out."""

    def text(value: Any) -> str:
        if isinstance(value, Decimal):
            return plain(value)
        return str(value.value) if isinstance(value, Enum) else str(value)

    # By identity: a cost of 0 equals False, and is not one that is unknown.
    values = {name: value for name, value in asdict(input).items() if value not in (None, []) and value is not False}
    del values[IDEMPOTENCY_KEY]
    return hashlib.sha256(json.dumps(values, default=text, sort_keys=True).encode()).hexdigest()


def _outcome(kept: dict[str, Any]) -> Outcome:
    """A kept outcome: JSON made lists of its references."""

    def reference(value: Any) -> Any:
        if value is None or isinstance(value, str):
            return value
        return Ref(*value) if isinstance(value[0], str) else [Ref(*item) for item in value]

    return Outcome({name: [] if value == [] else reference(value) for name, value in kept.items()})
