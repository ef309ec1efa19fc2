"""Who may ask the schema what is in it: whoever of a bakery's people is signed in, on a server that lets them.

Partners build on documents that were agreed with them, and read the schema as the file that it is published as.
`__typename` is no introspection in this sense: everybody's clients need it.
"""

from __future__ import annotations

from graphql_api.context import Context
from plans import Denied, Gate, decide
from plans.tiers import PEOPLE

PEOPLE_ONLY = Gate(PEOPLE)


class IntrospectionOff(Denied):
    def __init__(self) -> None:
        super().__init__(
            "This server does not answer what is in its schema. It is published as a file, schema.graphql; whoever "
            "runs the server can set BAKETRACE_INTROSPECTION=on."
        )


def introspection_denial(context: Context | None, *, is_on: bool) -> Denied | None:
    """What whoever asks is answered instead of the schema; without a context nobody is there to be refused."""
    if not is_on:
        return IntrospectionOff()
    return None if context is None else decide(PEOPLE_ONLY, context.signed_in)
