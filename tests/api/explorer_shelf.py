"""The explorer's ready operations, with their variables filled in as the explorer does it."""

import json
import re
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from tests.real.shared import REPOSITORY

FOLDER = REPOSITORY / "explorer" / "shelf"
DOCUMENTS = {file.name: file.read_text(encoding="utf-8") for file in sorted(FOLDER.glob("*.graphql"))}


@dataclass(frozen=True)
class Ready:
    """An operation of the shelf."""

    task: str
    document: str
    find: str | None
    template: Any

    @property
    def is_change(self) -> bool:
        return self.document.startswith("mutation")

    @property
    def names(self) -> set[str]:
        """The variables that the document must be given."""
        return set(re.findall(r"\$(\w+): \S+!\)", self.document))

    def variables(self, ask: Callable[[str], Any]) -> Any:
        """`ask` answers the query that finds what they are filled in from."""
        return filled(self.template, ask(self.find) if self.find else {})


def filled(template: Any, found: Any) -> Any:
    if isinstance(template, dict):
        return {name: filled(value, found) for name, value in template.items()}
    if isinstance(template, list):
        return [filled(value, found) for value in template]
    if not isinstance(template, str) or not template.startswith("="):
        return template
    if template == "=new":
        return str(uuid.uuid4())
    for path in template[1:].split("|"):
        at = found
        for step in path.split("."):
            at = (at[int(step)] if int(step) < len(at) else None) if isinstance(at, list) else at and at.get(step)
        if at is not None:
            return at
    raise AssertionError(f"nothing is there for {template}")


SHELF = [
    Ready(
        task=told["task"],
        document=DOCUMENTS[told["document"]],
        find=DOCUMENTS[told["find"]] if "find" in told else None,
        template=told.get("variables", {}),
    )
    for told in json.loads((FOLDER / "shelf.json").read_text(encoding="utf-8"))
]
