"""`baketrace demo`: what it prints works when it is pasted, and it ends as it should."""

import json
import os
import re
import shlex
import shutil
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from pathlib import Path

import httpx
import pytest

from graphql_api.demo.command import HOST, Offer, shown
from graphql_api.demo.queries import Query
from plans import Role
from tests.real.shared import REPOSITORY

pytestmark = pytest.mark.timeout(300)  # loading takes ten seconds, on a busy machine several times as many

COMMAND = (sys.executable, "-m", "graphql_api", "demo", "--port")
STOP_SECONDS_MAX = 30
SHELLS = [shell for shell in ("bash", "zsh") if shutil.which(shell)]


def environment(folder: Path) -> dict[str, str]:
    clean = {name: value for name, value in os.environ.items() if not name.startswith("BAKETRACE_")}
    return clean | {"BAKETRACE_DATABASE_URL": f"sqlite:///{folder / 'demo' / 'demo.db'}"}


def free_port() -> int:
    with closing(socket.socket()) as probe:
        probe.bind((HOST, 0))
        return int(probe.getsockname()[1])


@contextmanager
def running(folder: Path, port: int) -> Iterator[tuple[subprocess.Popen[str], list[str]]]:
    """The command, up to the last line that it prints."""
    process = subprocess.Popen(
        [*COMMAND, str(port)],
        cwd=REPOSITORY,
        env=environment(folder),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        assert process.stdout
        lines: list[str] = []
        while sum(line.startswith("curl ") for line in lines) < 3:
            line = process.stdout.readline()
            assert line, process.stderr and process.stderr.read()
            lines.append(line.rstrip("\n"))
        yield process, lines
    finally:
        process.kill()
        process.communicate()


def sent(words: Sequence[str]) -> httpx.Response:
    """What curl would be answered: the printed lines use these of its options."""
    assert words[:5] == ["curl", "--silent", "--show-error", "--write-out", "\\n"]
    url, *options = words[5:]
    assert options[::2] == ["--header", "--header", "--data"]
    headers = dict(header.split(": ") for header in (options[1], options[3]))
    return httpx.post(url, headers=headers, content=options[5])


def test_it_loads_serves_prints_and_stops(tmp_path: Path) -> None:
    port = free_port()
    with running(tmp_path, port) as (process, lines):
        printed = "\n".join(lines)
        for role in Role:
            assert re.search(rf"^  {role.value} +bt_", printed, re.MULTILINE)
        for line in lines:
            if line.startswith("curl "):
                answer = sent(shlex.split(line)).json()
                assert "errors" not in answer
                assert all(answer["data"].values())
        # A second demo finds the port taken, and says so before it does anything.
        second = subprocess.run(
            [*COMMAND, str(port)],
            cwd=REPOSITORY,
            env=environment(tmp_path / "second"),
            capture_output=True,
            text=True,
            check=False,
        )
        assert (second.returncode, second.stdout) == (1, "")
        assert f"port {port} of 127.0.0.1 cannot be used" in second.stderr
        assert f"make demo PORT={port + 1}" in second.stderr
        assert not (tmp_path / "second").exists()
        process.send_signal(signal.SIGINT)
        assert process.wait(STOP_SECONDS_MAX) == 0


def _lines() -> list[str]:
    """Printed lines with all that shells are known to change in a careless one."""
    awkward = Query("?", "LotTrace", {"code": 'it\'s $HOME `id` !! \\ "*" %s é'})
    printed = shown(Offer(dict.fromkeys(Role, "token"), [awkward, Query("?", "ExpiringLots")]), "http://127.0.0.1:8000")
    return [line for line in printed.split("\n") if line.startswith("curl ")]


@pytest.mark.parametrize("shell", SHELLS)
@pytest.mark.parametrize("line", _lines())
def test_a_shell_reads_a_printed_line_as_it_was_meant(shell: str, line: str) -> None:
    read = subprocess.run(
        [shell, "-c", f"curl() {{ printf '%s\\0' curl \"$@\"; }}\n{line}"], capture_output=True, text=True, check=True
    )
    words = read.stdout.split("\0")[:-1]
    assert words == shlex.split(line)
    body = json.loads(words[-1])
    assert body["query"].startswith("query ")
    assert "\n" not in line
