"""esptool is GPL and an extra: a program that is started, never imported."""

import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

from .errors import UserError

_BAUD = 460800
_PERCENT = re.compile(r"(\d+(?:\.\d+)?) ?%")
# What esptool says -> what a user can do about it.
_CAUSES = (
    ("no module named", "esptool is not installed here: python -m pip install esptool"),
    (
        "wrong chip argument",
        "the board on {port} has another chip: {last}; choose the board with --board",
    ),
    (
        "permission denied",
        "no permission for {port}; on Linux: sudo usermod -aG dialout $USER, then log in again",
    ),
    ("could not open", "the port {port} is not there or taken; close other serial programs"),
    (
        "no serial data received",
        "no answer on {port}: hold BOOT, press and release EN (reset), release BOOT, then flash again",
    ),
    (
        "failed to connect",
        "no answer on {port}: hold BOOT, press and release EN (reset), release BOOT, then flash again",
    ),
)


def command(chip: str, port: str, offset: int, image: Path, *, erase: bool) -> list[str]:
    """The call; `--chip` makes esptool refuse another chip before it writes."""
    everything = ["--erase-all"] if erase else []
    name = chip.lower().replace("-", "")
    start = [sys.executable, "-m", "esptool", "--chip", name, "--port", port, "--baud", str(_BAUD)]
    return [*start, "write-flash", *everything, f"{offset:#x}", str(image)]


def write(call: list[str], port: str, show: Callable[[float], None]) -> None:
    """Run it; progress in percent."""
    lines: list[str] = []
    with subprocess.Popen(
        call,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        errors="replace",
    ) as process:
        assert process.stdout
        for line in process.stdout:
            lines.append(line.strip())
            if match := _PERCENT.search(line):
                show(float(match[1]))
    if process.returncode:
        raise UserError(_sentence(port, lines))


def _sentence(port: str, lines: list[str]) -> str:
    text = "\n".join(lines).lower()
    last = next((line for line in reversed(lines) if line), "esptool ended without a word")
    for sign, advice in _CAUSES:
        if sign in text:
            return advice.format(port=port, last=last)
    return f"esptool could not write to the board on {port}: {last}"
