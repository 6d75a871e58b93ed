"""A board that is a program: the real mpremote drives the real MicroPython over a pseudo-terminal."""

import contextlib
import fcntl
import os
import select
import subprocess
import termios
import threading
import time
import tty
from collections.abc import Mapping
from pathlib import Path
from types import TracebackType
from typing import Self

from miniviz_lab import micropython
from miniviz_lab.micropython import FAKES

_RAW_BANNER = b"raw REPL; CTRL-B to exit\r\n>"
_FRIENDLY_BANNER = b'"help()" for more information.'
# world.EXIT_CODES the other way round; Ctrl-D ends the program with 0.
_AFTER_RESET = {0: "soft", 70: "soft", 71: "hard", 72: "watchdog", 73: "deepsleep"}


class VirtualBoard:
    """`mpremote connect <port>` works while the `with` block runs; `folder` is the board's file system.

    As on a board, boot.py and main.py run at power-on, after Ctrl-D in the friendly REPL and after
    machine.reset(), but not after the soft reset mpremote makes in the raw REPL. `boots` counts the starts.
    """

    def __init__(
        self, folder: Path, *, heap: str | int | None = None, env: Mapping[str, str] | None = None
    ) -> None:
        self.folder = folder
        self.boots = 0
        self.console = bytearray()  # all the board ever said
        self.reset_reason: str | None = None
        self._heap, self._env = heap, dict(env or {})
        self._outer, self._outer_slave = os.openpty()
        tty.setraw(self._outer_slave)
        os.set_blocking(self._outer, False)
        self.port = os.ttyname(self._outer_slave)
        self._stop, self._stop_signal = os.pipe()
        self._thread = threading.Thread(target=self._bridge, daemon=True)
        self._program: subprocess.Popen[bytes] | None = None
        self._inner = -1
        self._raw = False
        self._resets = (
            ""  # for the fake machine.reset_cause(): the last reset, and whether a soft one followed
        )

    def __enter__(self) -> Self:
        self._power_on(run_main=True)
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        os.write(self._stop_signal, b"x")
        self._thread.join()
        self._power_off()
        for descriptor in (self._outer, self._outer_slave, self._stop, self._stop_signal):
            os.close(descriptor)

    def type(self, keys: str) -> None:
        """Type on the console, as a person in a terminal would ("\\x04" is Ctrl-D)."""
        _write(self._outer_slave, keys.encode())

    def wait_for(self, text: str, timeout: float = 10) -> None:
        """Return once the console has shown this text."""
        self.wait_for_count(text, 1, timeout)

    def wait_for_count(self, text: str, count: int, timeout: float = 10) -> None:
        """Return once the console has shown this text so many times."""
        until = time.monotonic() + timeout
        while bytes(self.console).count(text.encode()) < count:
            if time.monotonic() > until:
                shown = self.console.decode(errors="replace")
                raise TimeoutError(f"the board did not say {text!r} in {timeout} s; it said:\n{shown}")
            time.sleep(0.01)

    def _power_on(self, *, run_main: bool) -> None:
        self._inner, slave = os.openpty()
        _like_a_serial_line(slave)
        # MICROPYINSPECT is an -i that board_start.py takes back when main.py ends in a reset.
        after = {"MICROPYINSPECT": "1", "MINIVIZ_RESET": self._resets}
        start = [FAKES / "board_start.py", self.folder.resolve(), FAKES, "run" if run_main else "skip"]
        self._program = subprocess.Popen(
            micropython.command(start, heap=self._heap),
            cwd=self.folder,
            env=micropython.environment([FAKES], {**self._env, **after}),
            stdin=slave,
            stdout=slave,
            stderr=slave,
            start_new_session=True,
            preexec_fn=_take_terminal,
        )
        os.close(slave)
        self.boots += 1

    def _power_off(self) -> None:
        if self._program is not None:
            self._program.kill()
            self._program.wait()
            os.close(self._inner)

    def _bridge(self) -> None:
        while True:
            ready, _, _ = select.select([self._outer, self._inner, self._stop], [], [])
            if self._stop in ready:
                return
            if self._outer in ready:
                with contextlib.suppress(BlockingIOError):
                    _write(self._inner, os.read(self._outer, 4096))
            if self._inner in ready:
                try:
                    said = os.read(self._inner, 4096)
                except OSError:  # EIO: the program has ended
                    said = b""
                if said:
                    self._say(said)
                else:
                    self._restart()

    def _say(self, said: bytes) -> None:
        self.console += said
        tail = bytes(self.console[-4200:])
        raw, friendly = tail.rfind(_RAW_BANNER), tail.rfind(_FRIENDLY_BANNER)
        if raw != friendly:
            self._raw = raw > friendly
        # Like a USB console: what nobody reads within half a second is lost.
        _write(self._outer, said, patience=0.5)

    def _restart(self) -> None:
        """The program has ended: that was a reset. Start it again as the board would."""
        assert self._program is not None
        self.reset_reason = _AFTER_RESET.get(self._program.wait(), "hard")
        if self.reset_reason != "soft":
            self._resets = self.reset_reason
        elif not self._resets.endswith("soft"):
            self._resets += " soft"
        os.close(self._inner)
        soft, raw = self.reset_reason == "soft", self._raw
        self._say(b"MPY: soft reboot\r\n" if soft else b"\r\n")
        self._power_on(run_main=not (soft and raw))
        if soft and raw:
            os.write(self._inner, b"\x01")


def _like_a_serial_line(terminal: int) -> None:
    """No echo and no line editing, but Ctrl-C still interrupts a running program."""
    tty.setraw(terminal)
    mode = termios.tcgetattr(terminal)
    mode[3] |= termios.ISIG
    for key in (termios.VQUIT, termios.VSUSP):
        mode[6][key] = b"\0"
    termios.tcsetattr(terminal, termios.TCSANOW, mode)


def _take_terminal() -> None:
    fcntl.ioctl(0, termios.TIOCSCTTY, 0)


def _write(descriptor: int, data: bytes, *, patience: float = 5) -> None:
    while data:
        if not select.select([], [descriptor], [], patience)[1]:
            return
        with contextlib.suppress(BlockingIOError):
            data = data[os.write(descriptor, data) :]
