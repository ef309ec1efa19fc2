"""The command line as people and programs use it.

Clear words in one line, exit code 1, and never a traceback where the configuration or the database is at fault. Each
kind of behaviour is shown by the real command in a process of its own; its variants run here, since to start takes a
second.
"""

import json
import os
import socket
import sqlite3
import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import typer
from graphql import build_schema
from typer.testing import CliRunner

from graphql_api.cli import app
from graphql_api.spelling import is_loopback
from tests.api.callers import Caller
from tests.api.databases import Templates
from tests.api.in_process import SECRET, InProcessApi
from tests.real.server import COMMAND
from tests.real.shared import REPOSITORY

SECONDS_MAX = 100
NOWHERE = "postgresql://baker:s3cret-password@127.0.0.1:1/bakery"


@dataclass(frozen=True)
class Done:
    """How a command ended."""

    code: int
    stdout: str
    stderr: str


def environment(url: str, secret: str) -> dict[str, str]:
    return {"BAKETRACE_DATABASE_URL": url, "BAKETRACE_SECRET_KEY": secret}


def process(*arguments: str, url: str = "", secret: str = SECRET) -> Done:
    """The real command, with nothing of the caller's own settings."""
    clean = {name: value for name, value in os.environ.items() if not name.startswith("BAKETRACE_")}
    done = subprocess.run(
        [*COMMAND, *arguments],
        cwd=REPOSITORY,
        env=clean | environment(url, secret),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=SECONDS_MAX,
        check=False,
    )
    return Done(done.returncode, done.stdout, done.stderr)


def here(*arguments: str, url: str = "", secret: str = SECRET) -> Done:
    """The same command in this process."""
    done = CliRunner().invoke(app, arguments, env=environment(url, secret))
    assert done.exception is None or isinstance(done.exception, SystemExit), done.exception
    return Done(done.exit_code, done.stdout, done.stderr)


def printed(done: Done) -> str:
    """What a command printed that succeeded."""
    assert (done.code, done.stderr) == (0, ""), done.stderr
    return done.stdout


def refusal(done: Done) -> str:
    """The one line with which a command refused."""
    assert (done.code, done.stdout) == (1, ""), done
    [line] = done.stderr.splitlines()
    assert line.startswith("baketrace: ")
    return line


@pytest.fixture
def sqlite_url(templates: Templates, tmp_path: Path) -> Iterator[str]:
    """A migrated database; what is tested here is the same on either engine but for what a test says."""
    with templates.copy("sqlite", tmp_path) as url:
        yield url


def create(url: str, *arguments: str) -> Any:
    return json.loads(printed(here("bakery", "create", "--name", "Corner", "--json", *arguments, url=url)))


# ── help ──────────────────────────────────────────────────────────────────────────────────────────────────────────────
def commands(group: Any, path: tuple[str, ...] = ()) -> list[tuple[str, ...]]:
    """Every command and group of the application."""
    below = [commands(command, (*path, name)) for name, command in getattr(group, "commands", {}).items()]
    return [path, *(found for each in below for found in each)]


@pytest.mark.parametrize("path", commands(typer.main.get_command(app)), ids=" ".join)
def test_every_command_explains_itself(path: tuple[str, ...]) -> None:
    shown = printed(here(*path, "--help"))
    assert "Usage:" in shown
    group: Any = typer.main.get_command(app)
    for name in path:
        group = group.commands[name]
    assert group.help.splitlines()[0].split(".")[0][:40] in " ".join(shown.replace("│", " ").split())


def test_the_installed_command_is_the_same() -> None:
    script = Path(sys.executable).with_name("baketrace")
    shown = subprocess.run([script, "--help"], capture_output=True, text=True, timeout=SECONDS_MAX, check=True)
    for name in ("migrate", "serve", "demo", "bakery", "token", "import", "sdl", "check", "backup", "restore"):
        assert name in shown.stdout


# ── what they do ──────────────────────────────────────────────────────────────────────────────────────────────────────
def test_migrate_makes_the_database_and_then_has_nothing_to_do(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'not' / 'there' / 'yet.db'}"
    for run in (process, here):
        assert printed(run("migrate", url=url)) == "The database is at the schema of this version.\n"
    assert printed(process("check", url=url)) == "No breaches.\n"


def test_create_prints_what_a_program_reads(sqlite_url: str) -> None:
    """The id, and a token for each role; they work at once."""
    options = ["--plan", "growth", "--time-zone", "Pacific/Kiritimati", "--currency", "NZD", "--json"]
    made = json.loads(printed(process("bakery", "create", "--name", "Corner", *options, url=sqlite_url)))

    assert made == {"id": made["id"], "tokens": made["tokens"]}
    assert set(made["tokens"]) == {"OWNER", "MANAGER", "STAFF"}
    api = InProcessApi(sqlite_url)
    for role, token in made["tokens"].items():
        viewer = Caller(api.post, token).ask("Viewer")
        assert viewer["role"] == role
        assert viewer["bakery"] == viewer["bakery"] | {
            "name": "Corner",
            "plan": "GROWTH",
            "timeZone": "Pacific/Kiritimati",
            "currency": "NZD",
        }
    api.close()


def test_a_plan_is_changed(sqlite_url: str) -> None:
    """R-1.2"""
    made = create(sqlite_url)
    api = InProcessApi(sqlite_url)
    owner = Caller(api.post, made["tokens"]["OWNER"])
    assert owner.ask("Viewer")["bakery"]["plan"] == "ESSENTIALS"
    printed(here("bakery", "set-plan", str(made["id"]), "scale", url=sqlite_url))
    assert owner.ask("Viewer")["bakery"]["plan"] == "SCALE"
    api.close()


@pytest.mark.parametrize(("run", "role"), [(process, "staff"), (here, "PARTNER")])
def test_a_token_works_until_it_expires(sqlite_url: str, run: Callable[..., Done], role: str) -> None:
    """R-9.1 for a partner's key."""
    made = create(sqlite_url, "--plan", "GROWTH")
    ends = datetime(2999, 1, 1, tzinfo=UTC)
    arguments = ["token", "--bakery", str(made["id"]), "--role", role, "--expires", "2999-01-01"]
    plain = printed(run(*arguments, url=sqlite_url)).strip()
    as_json = json.loads(printed(here(*arguments, "--json", url=sqlite_url)))
    api = InProcessApi(sqlite_url)
    for token in (plain, as_json["token"]):
        api.now = ends - timedelta(seconds=1)
        assert Caller(api.post, token).ask("Viewer")["role"] == role.upper()
        api.now = ends
        assert Caller(api.post, token).answer("Viewer").codes == ["UNAUTHENTICATED"]
    api.close()


def test_the_printed_schema_is_the_committed_one() -> None:
    """House: the schema is printed and committed, and its diff is reviewed; `make schema` writes it."""
    sdl = printed(process("sdl"))
    build_schema(sdl)
    committed = REPOSITORY / "graphql_api" / "schema.graphql"
    assert sdl.strip() == committed.read_text(encoding="utf-8").strip(), "run `make schema`"


# ── what they refuse ──────────────────────────────────────────────────────────────────────────────────────────────────
@pytest.mark.parametrize(
    ("arguments", "word"),
    [
        (["--name", "  "], "name"),
        (["--name", "Corner", "--time-zone", "Europe/Lundon"], "Europe/Lundon"),
        (["--name", "Corner", "--currency", "XXL"], "XXL"),
    ],
)
def test_a_bakery_that_cannot_be_is_refused(sqlite_url: str, arguments: Sequence[str], word: str) -> None:
    assert word in refusal(here("bakery", "create", *arguments, url=sqlite_url))


@pytest.mark.parametrize(
    "arguments",
    [
        ["bakery", "set-plan", "99", "GROWTH"],
        ["token", "--bakery", "99", "--role", "OWNER"],
        ["token", "--bakery", "99", "--role", "PARTNER"],
    ],
)
def test_an_unknown_bakery_is_refused(sqlite_url: str, arguments: Sequence[str]) -> None:
    assert "There is no bakery 99" in refusal(here(*arguments, url=sqlite_url))


def test_a_token_that_has_expired_already_is_refused(sqlite_url: str) -> None:
    made = create(sqlite_url)
    arguments = ["token", "--bakery", str(made["id"]), "--role", "OWNER", "--expires", "2020-01-01"]
    line = refusal(here(*arguments, url=sqlite_url))
    assert "has passed already" in line


@pytest.mark.parametrize(
    "arguments",
    [
        ["bakery", "set-plan", "1", "PLATINUM"],
        ["bakery", "set-plan", str(2**70), "GROWTH"],
        ["token", "--bakery", "1", "--role", "BAKER"],
        ["token", "--bakery", "1", "--role", "OWNER", "--expires", "soon"],
        ["serve", "--port", "99999"],
        ["serve", "--workers", "0"],
        ["nothing"],
    ],
    ids=" ".join,
)
def test_a_wrong_argument_is_a_matter_of_usage(arguments: Sequence[str]) -> None:
    """Exit code 2 and the usage, as other commands do."""
    done = here(*arguments)
    assert done.code == 2
    assert "Usage:" in done.stderr
    assert "Traceback" not in done.stderr


def test_the_demos_secret_does_not_leave_the_machine(sqlite_url: str) -> None:
    """`serve` refuses to serve on a non-loopback address with it; an empty secret is the demo's."""
    line = refusal(process("serve", "--host", "0.0.0.0", "--port", str(free_port()), url=sqlite_url, secret=""))
    assert "BAKETRACE_SECRET_KEY" in line


@pytest.mark.parametrize(
    ("host", "safe"),
    [
        ("127.0.0.1", True),
        ("127.1.2.3", True),
        ("::1", True),
        ("localhost", True),
        ("0.0.0.0", False),
        ("::", False),
        ("", False),
        ("192.168.1.10", False),
        ("::ffff:0.0.0.0", False),
        ("bakery.example.com", False),
        ("localhost.example.com", False),
    ],
)
def test_what_counts_as_this_machine(host: str, safe: bool) -> None:
    assert is_loopback(host) is safe


def test_a_secret_that_is_too_short_is_refused_and_not_shown(sqlite_url: str) -> None:
    line = refusal(here("check", url=sqlite_url, secret="hunter2"))
    assert "BAKETRACE_SECRET_KEY" in line
    assert "hunter2" not in line


@pytest.mark.parametrize(
    ("run", "arguments"),
    [(process, ["serve"]), (here, ["check"]), (here, ["bakery", "create", "--name", "Corner"])],
)
def test_an_unmigrated_database_is_named_and_not_made(
    tmp_path: Path, run: Callable[..., Done], arguments: Sequence[str]
) -> None:
    """The line says what to run; looking makes no file."""
    file = tmp_path / "bakery.db"
    assert "baketrace migrate" in refusal(run(*arguments, url=f"sqlite:///{file}"))
    assert not file.exists()


@pytest.mark.parametrize("url", ["nonsense", "mysql://somewhere/bakery", "://", "postgresql://host:port/bakery"])
def test_a_url_that_is_none_is_refused(url: str) -> None:
    assert "BAKETRACE_DATABASE_URL" in refusal(here("migrate", url=url))


@pytest.mark.parametrize(
    ("run", "arguments"),
    [
        (process, ["migrate"]),
        (process, ["serve"]),
        (here, ["check"]),
        (here, ["bakery", "create", "--name", "Corner"]),
    ],
)
def test_an_unreachable_database_is_told_without_its_password(
    run: Callable[..., Done], arguments: Sequence[str]
) -> None:
    line = refusal(run(*arguments, url=NOWHERE))
    assert "127.0.0.1" in line
    assert "s3cret-password" not in line


def test_a_database_that_does_not_exist_is_told(postgres_url: str) -> None:
    assert "nowhere" in refusal(here("migrate", url=postgres_url.rpartition("/")[0] + "/nowhere"))


@pytest.mark.parametrize("command", ["migrate", "check"])
def test_a_file_that_is_no_database_is_told(tmp_path: Path, command: str) -> None:
    file = tmp_path / "recipes.txt"
    file.write_text("Flour, water, salt; patience.\n" * 99)
    assert str(file) in refusal(here(command, url=f"sqlite:///{file}"))
    assert file.read_text().startswith("Flour")
    assert str(tmp_path) in refusal(here(command, url=f"sqlite:///{tmp_path}"))


def test_check_tells_what_it_cannot_read(sqlite_url: str) -> None:
    """A value by its row, and a table that is gone by its name; no traceback."""
    printed(here("bakery", "create", "--name", "Corner", url=sqlite_url))
    with closing(sqlite3.connect(sqlite_url.removeprefix("sqlite:///"))) as books:
        books.execute("UPDATE bakeries SET time_zone = 'Mars/North'")
        books.commit()
        found = here("check", url=sqlite_url)
        assert (found.code, found.stderr) == (1, "")
        assert "form  database: bakeries" in found.stdout
        assert "Its time_zone is 'Mars/North': no time zone." in found.stdout
        books.execute("DROP TABLE movements")
        books.commit()
    assert "no such table: movements" in refusal(here("check", url=sqlite_url))


def test_a_folder_that_cannot_be_made_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    assert "cannot use the database" in refusal(here("migrate", url=f"sqlite:///{tmp_path / 'file' / 'bakery.db'}"))


def test_a_port_that_is_taken_is_told(sqlite_url: str) -> None:
    with closing(socket.socket()) as holder:
        holder.bind(("127.0.0.1", 0))
        holder.listen()
        done = process("serve", "--port", str(holder.getsockname()[1]), url=sqlite_url)
    assert done.code != 0
    assert "address already in use" in done.stderr
    assert "Traceback" not in done.stderr


def free_port() -> int:
    with closing(socket.socket()) as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
