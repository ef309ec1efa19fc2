"""BakeTrace without the checks in front of it, to see what they cost. Nobody else can start one: it is no setting."""

from __future__ import annotations

from starlette.applications import Starlette

from graphql_api import app, memory


def create_app() -> Starlette:
    """As `baketrace serve` has it otherwise."""
    made = app.create_app(fronted=False)
    memory.tune()
    return made
