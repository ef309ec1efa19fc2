"""What the tests of the API may ask for, these may too."""

from tests.api.conftest import engine, templates

__all__ = ["engine", "templates"]
