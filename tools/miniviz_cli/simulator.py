"""The firmware as a process of this computer, in a folder that stands for the board's file system."""

import json
import os
import queue
import re
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from miniviz_lab import micropython
from miniviz_lab.world_file import world_for

from . import paths
from .boards import Board
from .errors import UserError

# The firmware sends what it can before it ends; this is longer than it takes for that.
STOP_SECONDS = 20.0
_AWAKE_SECONDS = 2.0  # the longest time without a nap: an image being taken and sent

# Of MicroPython's heap, by measurement: the fakes' code and a picture in the played camera's memory.
_HARDWARE_BYTES = 88 * 1024

_POSIX = os.name == "posix"


@dataclass(frozen=True)
class Runtime:
    """What runs the firmware: the command, and what to call it."""

    command: tuple[str, ...]
    title: str
    arch: str | None = None  # what to compile the firmware for; None: it runs from source


def runtime(name: str, heap: str) -> Runtime:
    """MicroPython with a capped heap; "cpython" by name, "auto" takes CPython where there is no binary."""
    if name not in ("auto", "micropython", "cpython"):
        raise UserError(f"there is no runtime '{name}'; choose auto, micropython or cpython", 2)
    if name == "cpython":
        return Runtime((sys.executable,), "CPython")
    if micropython.find():
        command = micropython.command([], heap=_with_hardware(heap))
        return Runtime(tuple(command), f"MicroPython, heap {heap}", micropython.march())
    if name == "micropython":
        raise UserError(micropython.why_missing())
    return Runtime((sys.executable,), f"CPython ({micropython.why_missing()})")


def _with_hardware(heap: str) -> str:
    """The heap for the firmware and for the played hardware, which on a board is no program."""
    match = re.fullmatch(r"(\d+)([kKmM]?)", heap)
    if not match:
        raise UserError(f"--heap is '{heap}'; give a size such as 192k", 2)
    unit = {"": 1, "k": 1 << 10, "m": 1 << 20}[match[2].lower()]
    return str(int(match[1]) * unit + _HARDWARE_BYTES)


def emulated(image: Path) -> Runtime:
    """The board itself, emulated: no command of ours, only what to call it."""
    return Runtime((), f"an emulated Pico W with {image.name}; its radio takes half a minute to start")


def start(folder: Path, runs: Runtime, world_file: Path) -> subprocess.Popen[str]:
    """Start main.py in the folder; Ctrl-C on the terminal does not reach it, stop() does."""
    environment = {
        **micropython.environment([paths.fakes()]),
        "MINIVIZ_WORLD": str(world_file),
        "PYTHONPATH": str(paths.fakes()),
        "PYTHONUNBUFFERED": "1",
        "PYTHONDONTWRITEBYTECODE": "1",
    }
    return subprocess.Popen(
        [*runs.command, "main.py"],
        cwd=folder,
        env=environment,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        encoding="utf-8",
        errors="replace",
        start_new_session=_POSIX,
        # Windows' own way to keep Ctrl-C from it.
        creationflags=getattr(subprocess, "CREATE_NEW_PROCESS_GROUP", 0),
    )


def attend(process: subprocess.Popen[str], seconds: float | None, on_line: Callable[[str], None]) -> int:
    """Pass on what the firmware prints until it ends, or stop it (time, Ctrl-C); its exit code."""
    lines: queue.Queue[str | None] = queue.Queue()
    threading.Thread(target=_read, args=(process, lines), daemon=True).start()
    try:
        try:
            ended = _drain(lines, seconds, on_line)
        except KeyboardInterrupt:
            ended = False
        if not ended:
            interrupt(process)
            _drain(lines, STOP_SECONDS, on_line)
    except KeyboardInterrupt:
        pass  # a second Ctrl-C: do not wait
    finally:
        if process.poll() is None:
            _end(process)
    return process.returncode


def interrupt(process: subprocess.Popen[str]) -> None:
    """What Ctrl-C is for a board on a cable."""
    # The host build of MicroPython raises it at once, even in the middle of a collection of garbage, where
    # nothing can be allocated ("heap is locked"). While it sleeps, as it does mostly, it collects nothing.
    until = time.monotonic() + _AWAKE_SECONDS
    while process.poll() is None and not _asleep(process.pid) and time.monotonic() < until:
        time.sleep(0.001)
    if process.poll() is None:
        process.send_signal(getattr(signal, "CTRL_BREAK_EVENT", signal.SIGINT))


def _asleep(pid: int) -> bool:
    """Does it wait in the kernel? True also where the system does not tell (no Linux)."""
    try:
        status = Path(f"/proc/{pid}/stat").read_text(encoding="ascii", errors="replace")
    except OSError:
        return True
    return status.rpartition(")")[2].split()[0] == "S"


def _read(process: subprocess.Popen[str], lines: "queue.Queue[str | None]") -> None:
    assert process.stdout
    for line in process.stdout:
        lines.put(line.rstrip("\r\n"))
    process.wait()
    lines.put(None)


def _drain(lines: "queue.Queue[str | None]", seconds: float | None, on_line: Callable[[str], None]) -> bool:
    """True when the process has ended, False when the time is up."""
    end = None if seconds is None else time.monotonic() + seconds
    while end is None or time.monotonic() < end:
        try:
            # A bounded wait, because Ctrl-C does not interrupt an unbounded one on Windows.
            line = lines.get(timeout=0.2 if end is None else max(0.0, min(0.2, end - time.monotonic())))
        except queue.Empty:
            continue
        if line is None:
            return True
        on_line(line)
    return False


def _end(process: subprocess.Popen[str]) -> None:
    try:
        process.wait(2)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def write_world(file: Path, config: Mapping[str, object], board: Board | None = None) -> Path:
    """Write a world in which everything that the config names is there."""
    wiring = board.camera.wiring() if board and board.camera else None
    file.write_text(json.dumps(world_for(config, wiring)), encoding="utf-8")
    return file
