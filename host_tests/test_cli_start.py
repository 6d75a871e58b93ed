"""How `miniviz` starts: with what its verb needs, and a word for those that there are not."""

import json
import subprocess
import sys

import requests
from command import MINIVIZ, environment, miniviz


def imported_by(*args):
    started = subprocess.run(
        [sys.executable, "-X", "importtime", *MINIVIZ[1:], *args],
        capture_output=True,
        text=True,
        env=environment(),
        check=True,
    )
    return {line.rpartition("|")[2].strip() for line in started.stderr.splitlines()}


def test_a_verb_starts_without_what_only_others_need():
    found = imported_by("boards")
    assert "miniviz_cli.boards" in found
    assert not found & {"fastapi", "sqlalchemy"}


def imported_until_the_first_byte(database, *options):
    """What `serve` has imported when its first page is out."""
    report = database.with_suffix(".imports")
    command = [sys.executable, "-X", "importtime", *MINIVIZ[1:], "serve", "--json", "--port=0", *options]
    with report.open("w") as errors:
        process = subprocess.Popen(
            [*command, f"--database={database}"],
            stdout=subprocess.PIPE,
            stderr=errors,
            text=True,
            env=environment(),
        )
    with process:
        try:
            url = json.loads(process.stdout.readline())["url"]
            assert requests.get(url, timeout=60).status_code == 200
            text = report.read_text()
        finally:
            process.terminate()
    return {line.rpartition("|")[2].strip() for line in text.splitlines()}


def test_the_servers_first_byte_waits_for_nothing_that_only_later_ones_need(tmp_path):
    late = {
        "PIL.Image",
        "alembic",
        "apprise",
        "miniviz_server.lab",
        "psycopg",
        "sqlalchemy.dialects.postgresql",
    }
    # A new file needs the migrations, one that exists does not.
    found = imported_until_the_first_byte(tmp_path / "a.sqlite")
    assert found & late <= {"alembic", "sqlalchemy.dialects.postgresql"}
    assert "alembic" in found
    found = imported_until_the_first_byte(tmp_path / "a.sqlite")
    assert "miniviz_server.app" in found
    assert not found & late
    assert "miniviz_server.lab" in imported_until_the_first_byte(tmp_path / "a.sqlite", "--lab")


def test_help_imports_no_verb():
    assert not imported_by("--help") & {"miniviz_cli.boards", "fastapi", "rich", "requests"}


def test_a_verb_that_there_is_not_is_answered_with_the_nearest():
    done = miniviz("deply")
    assert done.returncode == 2
    assert "No such command 'deply'. Did you mean 'deploy'?" in done.stderr
