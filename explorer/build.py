"""Builds the explorer into the server's package: `python -m explorer.build`.

Nothing is done where what was built was built from the same sources.
"""

from __future__ import annotations

import hashlib
import sys
from pathlib import Path

from tests.support.node import NoNode, Packages, run

FOLDER = Path(__file__).parent
BUILT = FOLDER.parent / "graphql_api" / "explorer" / "built"
SOURCES = ("build.mjs", "package.json", "package-lock.json", "src/**/*", "shelf/*")


def build(*, checked: bool = False) -> None:
    """Build what is not up to date; `checked` has the types checked first. Raises `NoNode`."""
    wanted = fingerprint()
    if not checked and built_from() == wanted:
        return
    node = Packages(FOLDER).node(_tell)
    if checked:
        run([str(node), "node_modules/typescript/bin/tsc", "--project", "."], FOLDER)
    if built_from() != wanted:
        _tell("building the explorer")
        run([str(node), "build.mjs", str(BUILT)], FOLDER)
        (BUILT / "built-from").write_text(wanted, encoding="utf-8")


def fingerprint() -> str:
    """The same as long as the sources are."""
    files = sorted({file for pattern in SOURCES for file in FOLDER.glob(pattern) if file.is_file()})
    digest = hashlib.sha256()
    for file in files:
        digest.update(f"{file.relative_to(FOLDER).as_posix()}\0".encode())
        digest.update(hashlib.sha256(file.read_bytes()).digest())
    return digest.hexdigest()


def built_from() -> str | None:
    """The fingerprint of what was built; None if nothing was, or not to the end."""
    mark = BUILT / "built-from"
    return mark.read_text(encoding="utf-8") if mark.exists() else None


def _tell(step: str) -> None:
    print(f"  {step}", file=sys.stderr, flush=True)


if __name__ == "__main__":
    try:
        build(checked="--checked" in sys.argv[1:])
    except NoNode as error:
        sys.exit(f"The explorer was not built: {error}")
