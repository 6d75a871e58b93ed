"""Starts `miniviz` as a user does: a process of its own."""

import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

MINIVIZ = (sys.executable, "-m", "miniviz_cli")


def miniviz(
    *args: object, timeout: float = 60, env: Mapping[str, str] | None = None, cwd: Path | None = None
) -> subprocess.CompletedProcess[str]:
    """Run a verb to its end."""
    return subprocess.run(
        [*MINIVIZ, *map(str, args)],
        capture_output=True,
        text=True,
        timeout=timeout,
        env={**environment(), **(env or {})},
        cwd=cwd,
        check=False,
    )


def environment() -> dict[str, str]:
    """Ours, without a token and with lines as wide as they are."""
    return {**{k: v for k, v in os.environ.items() if k != "MINIVIZ_TOKEN"}, "COLUMNS": "200"}


def one_sentence(done: subprocess.CompletedProcess[str]) -> str:
    """The error's only line, without the program's name; a traceback is no sentence."""
    lines = done.stderr.strip().splitlines()
    assert lines, done.stdout
    assert "Traceback" not in done.stderr, done.stderr
    assert lines[-1].startswith("miniviz: "), done.stderr
    return lines[-1].removeprefix("miniviz: ")
