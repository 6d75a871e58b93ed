"""A copy of the checkout's tools, firmware and boards, for what writes into them."""

import shutil
import subprocess
import sys

from command import environment
from manuals import ROOT


def checkout(folder):
    """The copy, as it stands here."""
    for name in ("firmware", "boards", "tools"):
        shutil.copytree(ROOT / name, folder / name, ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(ROOT / "README.md", folder)
    return folder


def python(folder, *words, **env):
    """Run python with the copy's packages instead of the installed ones."""
    done = subprocess.run(
        [sys.executable, *map(str, words)],
        cwd=folder,
        env={**environment(), "PYTHONPATH": str(folder / "tools"), **env},
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def texts(folder):
    """Every file of the copy that a command could have changed."""
    return {file: file.read_bytes() for file in folder.rglob("*") if file.is_file() and file.suffix != ".pyc"}
