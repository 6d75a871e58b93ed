"""mpremote is a program and no library (its authors say so): it is started here and nowhere else."""

import os
import subprocess
import sys
import threading
from collections.abc import Callable, Sequence

from .errors import UserError

# No step takes longer than the copying of one file; on a silent pseudo-terminal mpremote waits for ever.
SILENCE_SECONDS = 30.0
EMULATED_SILENCE_SECONDS = 600.0  # an emulated board's start of the radio alone takes half a minute of ours

# mpremote gives each piece of 256 bytes 10 s; a flash that makes room for it may need longer, once.
_SLOW = "timeout waiting for "
_TRIES = 3

# What mpremote says -> what a user can do about it.
_CAUSES = (
    ("no device found", "no board found on USB; plug it in with a data cable, or name its port with --port"),
    (
        "failed to access",
        "the port {port} is taken or not allowed; close other serial programs (Linux: join group dialout)",
    ),
    ("no such file or directory: '{port}'", "there is no port {port}; `python -m mpremote devs` lists them"),
    (
        "could not enter raw repl",
        "the board on {port} does not answer; press its reset button and start again",
    ),
    ("no module named mpremote", "mpremote is not installed here; install miniviz again"),
    (_SLOW, "the board on {port} took more than 10 s for one step; start again, what is there already stays"),
    ("no space left", "the board's file system is full; remove files with `python -m mpremote fs rm`"),
    ("errno 28", "the board's file system is full; remove files with `python -m mpremote fs rm`"),
)


class Slow(UserError):
    """The board took longer for a step of a copy than mpremote waits."""


def run(
    port: str | None, commands: Sequence[Sequence[str]], on_line: Callable[[str], None] | None = None
) -> list[str]:
    """Run mpremote commands over one connection and return the lines of output; raises UserError."""
    chain = [sys.executable, "-m", "mpremote", "connect", port or "auto"]
    for command in commands:
        chain += ["+", *command]
    lines: list[str] = []
    # Unbuffered, because the caller shows progress line by line.
    environment = {**os.environ, "PYTHONUNBUFFERED": "1"}
    with subprocess.Popen(
        chain, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, errors="replace", env=environment
    ) as process:
        assert process.stdout
        patience = EMULATED_SILENCE_SECONDS if str(port).startswith("socket:") else SILENCE_SECONDS
        silence = _kill_later(process, patience)
        for line in process.stdout:
            silence.cancel()
            silence = _kill_later(process, patience)
            lines.append(line.rstrip("\r\n"))
            # Its own complaint is said below in a sentence, with what to do.
            if on_line and not lines[-1].startswith("mpremote: "):
                on_line(lines[-1])
        silent = silence.finished.is_set()
        silence.cancel()
    if silent:
        lines.append("could not enter raw repl")
    if process.returncode:
        kind = Slow if lines and _SLOW in lines[-1] else UserError
        raise kind(_sentence(port or "auto", lines))
    return lines


def run_steadily(
    port: str | None, commands: Sequence[Sequence[str]], on_line: Callable[[str], None] | None = None
) -> list[str]:
    """The same for commands that may be run twice: after a step that was too slow it goes on at that copy."""
    begun: list[str] = []

    def note(line: str) -> None:
        if line.startswith("cp "):
            begun.append(line)
        if on_line:
            on_line(line)

    for _ in range(_TRIES - 1):
        begun.clear()
        try:
            return run(port, commands, note)
        except Slow:
            commands = _from_copy(commands, len(begun))
    return run(port, commands, on_line)


def _from_copy(commands: Sequence[Sequence[str]], number: int) -> Sequence[Sequence[str]]:
    """What is left from the copy of this number on; of no copy, all."""
    copies = [at for at, command in enumerate(commands) if [*command[:2]] == ["fs", "cp"]]
    return commands[copies[number - 1] :] if number else commands


def _kill_later(process: subprocess.Popen[str], seconds: float) -> threading.Timer:
    timer = threading.Timer(seconds, process.kill)
    timer.daemon = True
    timer.start()
    return timer


def _sentence(port: str, lines: list[str]) -> str:
    text = "\n".join(lines).lower()
    for sign, advice in _CAUSES:
        if sign.format(port=port.lower()) in text:
            return advice.format(port=port)
    last = next((line.strip() for line in reversed(lines) if line.strip()), "mpremote ended without a word")
    return f"the board on port {port} did not take it: {last}"
