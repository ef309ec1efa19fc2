"""`python -m tests.migrating.squawk`: squawk reads the SQL of migrations after the first release, for PostgreSQL."""

import io
import subprocess
import sys
import tempfile
from contextlib import redirect_stdout
from pathlib import Path

from alembic import command
from alembic.script import ScriptDirectory

from bakery.store.annex import Annex
from bakery.store.migration import configured

FIRST_RELEASE = "0010"
"""The newest migration of the first release: raised to its head on the day of the release, and never again."""

EXCEPTIONS = ("prefer-robust-stmts", "require-timeout-settings", "prefer-bigint-over-int", "prefer-text-field")
"""What is no fault here: each statement is in a transaction that is begun anew as a whole, the timeout is set on the
connection (`patience.py`), counts of days are small, and texts have a length that is a rule."""

SQUAWK = Path(sys.executable).with_name("squawk")


def sql_since(revision: str, annex: Annex | None = None) -> str:
    """What PostgreSQL would be sent to get from `revision` to the head; nothing if it is the head."""
    with configured(annex) as config:
        if ScriptDirectory.from_config(config).get_current_head() == revision:
            return ""
        config.output_buffer = printed = io.StringIO()
        with redirect_stdout(printed):
            command.upgrade(config, f"{revision}:head", sql=True)
        return printed.getvalue()


def complaints(written: str) -> str:
    """What squawk finds in the SQL; empty where it finds nothing."""
    with tempfile.TemporaryDirectory(prefix="baketrace-squawk-") as folder:
        file = Path(folder) / "migrations.sql"
        file.write_text(written, encoding="utf-8")
        command_line: list[str | Path] = [SQUAWK, "--pg-version=15", f"--exclude={','.join(EXCEPTIONS)}", file]
        done = subprocess.run(command_line, check=False, capture_output=True, text=True)
        return "" if done.returncode == 0 else done.stdout + done.stderr


def main() -> int:
    written = sql_since(FIRST_RELEASE)
    if not written:
        print(f"There is no migration after {FIRST_RELEASE}, the first release.")
        return 0
    found = complaints(written)
    print(found or f"Nothing found in {len(written.splitlines())} lines.")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
