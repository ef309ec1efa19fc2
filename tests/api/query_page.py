"""docs/queries.md: the queries on it, and the variables that come with some of them."""

import json
import re
from typing import Any

from tests.real.shared import REPOSITORY

PAGE = (REPOSITORY / "docs" / "queries.md").read_text(encoding="utf-8")
HEADINGS = re.findall(r"^## (.+)$", PAGE, re.M)

_BLOCK = re.compile(r"```graphql\n(.*?)```(?:\n```json\n(.*?)```)?", re.S)

QUERIES: list[tuple[str, dict[str, Any]]] = [
    (query, json.loads(variables) if variables else {}) for query, variables in _BLOCK.findall(PAGE)
]
