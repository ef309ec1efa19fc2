"""What the tests of the API may ask for, these may too."""

from tests.api.conftest import api, bakery, engine, shared_api, templates

__all__ = ["api", "bakery", "engine", "shared_api", "templates"]
