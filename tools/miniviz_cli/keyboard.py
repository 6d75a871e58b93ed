"""Keys as they are pressed, without echo: what a REPL needs of this computer's terminal."""

import os
import select
import sys
from collections.abc import Callable, Generator
from contextlib import contextmanager

from .errors import UserError

END = b"\x1d"  # Ctrl-]


@contextmanager
def raw() -> Generator[Callable[[], bytes]]:
    """Gives a function that returns what was typed since its last call, Ctrl-C included."""
    if not sys.stdin.isatty():
        raise UserError("--repl needs a terminal to type in", 2)
    with _windows() if sys.platform == "win32" else _posix() as keys:
        yield keys


@contextmanager
def _posix() -> Generator[Callable[[], bytes]]:
    import termios
    import tty

    descriptor = sys.stdin.fileno()
    before = termios.tcgetattr(descriptor)
    tty.setraw(descriptor)
    try:
        yield lambda: os.read(descriptor, 256) if select.select([descriptor], [], [], 0)[0] else b""
    finally:
        termios.tcsetattr(descriptor, termios.TCSADRAIN, before)


@contextmanager
def _windows() -> Generator[Callable[[], bytes]]:
    import msvcrt

    def keys() -> bytes:
        typed = b""
        while msvcrt.kbhit():  # pyright: ignore[reportAttributeAccessIssue, reportUnknownMemberType, reportUnknownVariableType]
            typed += msvcrt.getch()  # pyright: ignore[reportAttributeAccessIssue, reportUnknownMemberType]
        return typed

    yield keys
