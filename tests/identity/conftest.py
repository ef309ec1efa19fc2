"""What the tests of the API may ask for, these may too."""

from tests.api.conftest import api, bakery, shared_api

__all__ = ["api", "bakery", "shared_api"]
