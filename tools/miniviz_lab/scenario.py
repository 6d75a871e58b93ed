"""One scenario, both runtimes: a plain Python file that prints JSON lines, run the same way on each."""

import json
import os
import subprocess
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from miniviz_lab import micropython, mpy
from miniviz_lab.micropython import FAKES

Runtime = Literal["cpython", "micropython"]
RUNTIMES: tuple[Runtime, ...] = ("cpython", "micropython")
FIRMWARE = micropython.CHECKOUT / "firmware"


class ScenarioError(AssertionError):
    """A scenario ended with an exception; the message holds all it printed."""


@dataclass(frozen=True)
class Result:
    """What a scenario printed, and how it ended."""

    returncode: int
    stdout: str
    stderr: str

    @property
    def lines(self) -> list[Any]:
        """The printed lines that are JSON objects or lists, parsed."""
        return [json.loads(line) for line in self.stdout.splitlines() if line.startswith(("{", "["))]


def run(
    scenario: Path,
    runtime: Runtime,
    *,
    heap: str | int | None = None,
    compiled_in: Path | None = None,
    world: Mapping[str, Any] | None = None,
    folder: Path | None = None,
    env: Mapping[str, str] | None = None,
    timeout: float = 60,
    check: bool = True,
) -> Result:
    """Run it in `folder` with the fakes first and the firmware next on the path, in a program of its own.

    `heap` caps MicroPython's memory; with `compiled_in`, an empty folder, all is compiled to .mpy there first
    (a folder that is not empty is taken as compiled). `world` is the fakes' JSON file as a mapping.
    """
    if runtime == "micropython":
        micropython.for_test()
    extra = {**(env or {}), **({"MINIVIZ_WORLD": _world_file(world, folder)} if world is not None else {})}
    if runtime == "cpython":
        done = _run_cpython(scenario, folder, extra, timeout)
    elif compiled_in is None:
        path = [FAKES, FIRMWARE]
        done = micropython.run([scenario], cwd=folder, heap=heap, path=path, env=extra, timeout=timeout)
    else:
        path = compile_all(scenario, compiled_in)
        args = ["-m", scenario.stem]
        done = micropython.run(args, cwd=folder, heap=heap, path=path, env=extra, timeout=timeout)
    if check and done.returncode:
        printed = f"{done.stdout}{done.stderr}"
        raise ScenarioError(f"{scenario.name} on {runtime} ended with {done.returncode}:\n{printed}")
    return Result(done.returncode, done.stdout, done.stderr)


def run_text(code: str, runtime: Runtime, folder: Path, **options: Any) -> list[Any]:
    """Run a few lines as a scenario in this folder and return what they printed as JSON."""
    scenario = folder / "few_lines.py"
    scenario.write_text(code, encoding="utf-8")
    return run(scenario, runtime, folder=folder, **options).lines


def compile_all(scenario: Path, folder: Path) -> list[Path]:
    """Compile scenario, fakes and firmware into a folder unless it is done; returns the path to search."""
    path = [folder / "scenario", folder / "fakes", folder / "firmware"]
    if not path[0].exists():
        march = micropython.march()
        mpy.compile_tree(FAKES, path[1], march)
        mpy.compile_tree(FIRMWARE, path[2], march)
        path[0].mkdir(parents=True)
        mpy.compile_file(scenario, path[0] / f"{scenario.stem}.mpy", march)
    return path


def smallest_heap(
    passes: Callable[[int], bool], *, low: int = 4096, high: int = 1 << 20, step: int = 64
) -> int:
    """The smallest heap in bytes at which `passes(heap)` holds, to the step.

    Near the edge a pass depends on how the memory happens to be cut up: a size counts only if the sixteen
    sizes 256 bytes apart above it pass as well.
    """
    high = bisect_heap(passes, low=low, high=high, step=step)
    while True:
        failed = [k for k in range(17) if not passes(high + k * 256)]
        if not failed:
            return high
        high += (failed[-1] + 1) * 256


def bisect_heap(passes: Callable[[int], bool], *, low: int, high: int, step: int) -> int:
    """A heap in bytes at which `passes(heap)` holds, and one step below it no more."""
    if not passes(high):
        raise ScenarioError(f"it does not pass with {high} bytes of heap either")
    while high - low > step:
        middle = (low + high) // 2 // step * step
        low, high = (low, middle) if passes(middle) else (middle, high)
    return high


def _run_cpython(
    scenario: Path, folder: Path | None, env: Mapping[str, str], timeout: float
) -> subprocess.CompletedProcess[str]:
    search = os.pathsep.join([str(FAKES), str(FIRMWARE)])
    return subprocess.run(
        [sys.executable, "-X", "utf8", "-B", str(scenario)],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": search, **env},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        encoding="utf-8",
        timeout=timeout,
        check=False,
    )


def _world_file(world: Mapping[str, Any], folder: Path | None) -> str:
    if folder is None:
        raise ValueError("a scenario with a world needs a folder to write world.json into")
    file = folder / "world.json"
    # As it is: of a \ud83d\ude00 MicroPython's json makes two halves of a character, which match nothing.
    file.write_text(json.dumps(world, ensure_ascii=False), encoding="utf-8")
    return str(file)
