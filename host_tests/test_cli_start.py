"""How `miniviz` starts: with what its verb needs, and a word for those that there are not."""

import subprocess
import sys

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


def test_help_imports_no_verb():
    assert not imported_by("--help") & {"miniviz_cli.boards", "fastapi", "rich", "requests"}


def test_a_verb_that_there_is_not_is_answered_with_the_nearest():
    done = miniviz("deply")
    assert done.returncode == 2
    assert "No such command 'deply'. Did you mean 'deploy'?" in done.stderr
