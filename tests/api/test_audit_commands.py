"""`baketrace audit`, and what other commands leave in the audit log or find in it."""

import hashlib
import json
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from tests.api.bakeries import Bakery
from tests.api.importing import WHOLE, Importing
from tests.api.in_process import InProcessApi
from tests.api.test_cli import create, here, printed, process, refusal, sqlite_url

__all__ = ["sqlite_url"]


def test_heads_are_printed_and_found_again(sqlite_url: str) -> None:
    """Each bakery's; `head` seals what waits, so that all there is until now can be published."""
    one, other = create(sqlite_url)["id"], create(sqlite_url)["id"]
    heads = json.loads(printed(process("audit", "head", "--json", url=sqlite_url)))
    assert [(head["bakery"], head["number"]) for head in heads] == [(one, 1), (other, 1)]
    printed(here("bakery", "set-plan", str(one), "scale", url=sqlite_url))
    assert printed(here("audit", "head", url=sqlite_url)).splitlines()[0].startswith(f"bakery {one}  2  ")

    published = [option for head in heads for option in ("--head", head["hash"])]
    told = printed(process("audit", "verify", *published, url=sqlite_url))
    assert told == "No breaches; 3 entries are sealed, 0 wait for their seal.\n"
    as_json = json.loads(printed(here("audit", "verify", *published, "--json", url=sqlite_url)))
    assert as_json == {"sealed": 3, "waiting": 0, "breaches": []}


def test_what_was_tampered_with_is_told(sqlite_url: str) -> None:
    """By `audit verify` and by `check`; a cut of the tail by a published head alone."""
    made = create(sqlite_url)["id"]
    printed(here("bakery", "set-plan", str(made), "scale", url=sqlite_url))
    [head] = json.loads(printed(here("audit", "head", "--json", url=sqlite_url)))
    with closing(sqlite3.connect(sqlite_url.removeprefix("sqlite:///"), isolation_level=None)) as file:
        for name in ("audit_entries_unchanged", "audit_entries_kept", "audit_seals_kept"):
            file.execute(f"DROP TRIGGER {name}")
        file.execute("DELETE FROM audit_seals WHERE number = 2")
        file.execute("DELETE FROM audit_entries WHERE action = 'bakery set-plan'")
    printed(here("audit", "verify", url=sqlite_url))
    cut = here("audit", "verify", "--head", head["hash"], url=sqlite_url)
    assert cut.code == 1
    assert f"head {head['hash']}: No chain has it" in cut.stdout

    with closing(sqlite3.connect(sqlite_url.removeprefix("sqlite:///"), isolation_level=None)) as file:
        file.execute("UPDATE audit_entries SET actor = 'Somebody else'")
    for command in (["audit", "verify"], ["check"]):
        done = here(*command, url=sqlite_url)
        assert done.code == 1
        assert f"bakery {made}: seal 1: Its hash is not that of entry" in done.stdout


@pytest.mark.parametrize("head", ["", "nonsense", "F" * 64, "0" * 63])
def test_what_is_no_head_is_a_matter_of_usage(sqlite_url: str, head: str) -> None:
    done = here("audit", "verify", "--head", head, url=sqlite_url)
    assert done.code == 2
    assert "is no head" in " ".join(done.stderr.replace("│", " ").split())


@pytest.mark.parametrize("proxies", ["nonsense", "10.0.0.1/8", "*"])
def test_proxies_that_are_none_are_refused(sqlite_url: str, proxies: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BAKETRACE_TRUSTED_PROXIES", proxies)
    assert "BAKETRACE_TRUSTED_PROXIES" in refusal(here("check", url=sqlite_url))


def test_an_import_is_one_entry(api: InProcessApi, bakery: Bakery, tmp_path: Path) -> None:
    """Not one for each row: what was taken is in the files, which the entry knows by their digests."""
    assert Importing(api, bakery, tmp_path).run(**WHOLE).exit_code == 0
    edges = bakery.owner.ask("AuditLog", first=100)["edges"]
    assert [edge["node"]["action"] for edge in edges] == ["import", "bakery create"]
    [entry, _] = [edge["node"] for edge in edges]
    assert (entry["kind"], entry["actor"], entry["member"]) == ("COMMAND", "command line", None)
    asked = json.loads(entry["arguments"])
    assert {noun: told["count"] for noun, told in asked.items()} == {
        "suppliers": 1,
        "ingredients": 4,
        "customers": 1,
        "recipes": 3,
        "orders": 2,
    }
    for told in asked.values():
        [file] = tmp_path.rglob(told["file"])
        assert told["sha256"] == hashlib.sha256(file.read_bytes()).hexdigest()
