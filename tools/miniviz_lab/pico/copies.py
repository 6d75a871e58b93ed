"""Copies of one booted guest: the radio's power-up costs half a minute, so it is paid once and forked.

A copy has everything the guest had (RAM, flash, radio), shares nothing with the others and ends with its
scenario. POSIX only; listening sockets are opened in the copy.
"""

import asyncio
import os
import pickle
import select
import signal
import time
import traceback
from collections.abc import Awaitable, Callable, Hashable
from typing import Any

LIMIT_S = 800.0  # of wall time; five boots take half of that on a busy computer


class CopyFailed(AssertionError):
    """What went wrong in a copy, with its traceback."""


class Copy:
    """A running copy; result() waits for it."""

    def __init__(self, process: int, pipe: int) -> None:
        self._process, self.pipe = process, pipe
        self._until = time.monotonic() + LIMIT_S

    @property
    def overdue(self) -> bool:
        """True when its time is over."""
        return time.monotonic() > self._until

    def result(self) -> Any:
        """What the scenario returned; its failure is raised here."""
        data = b""
        while chunk := self._read():
            data += chunk
        os.close(self.pipe)
        os.waitpid(self._process, 0)
        if not data:
            raise CopyFailed(f"the copy ended without a result (after {LIMIT_S:.0f} s it is killed)")
        good, value = pickle.loads(data)
        if not good:
            raise CopyFailed(value)
        return value

    def kill(self) -> None:
        """End it now."""
        os.kill(self._process, signal.SIGKILL)
        os.close(self.pipe)
        os.waitpid(self._process, 0)

    def _read(self) -> bytes:
        ready, _, _ = select.select([self.pipe], [], [], max(0.0, self._until - time.monotonic()))
        if not ready:
            os.kill(self._process, signal.SIGKILL)
            return b""
        return os.read(self.pipe, 1 << 16)


def copy(resume: Callable[[], None], scenario: Callable[[], Awaitable[Any]]) -> Copy:
    """Fork; in the child the guest goes on and the scenario runs."""
    ours, theirs = os.pipe()
    process = os.fork()
    if process:
        os.close(theirs)
        return Copy(process, ours)
    status = 1
    try:
        signal.signal(signal.SIGALRM, signal.SIG_DFL)
        signal.alarm(int(LIMIT_S) + 5)  # a copy whose parent was ended does not run on for ever
        os.close(ours)
        with os.fdopen(theirs, "wb") as out:
            out.write(_outcome(resume, scenario))
        status = 0
    finally:
        os._exit(status)  # no clean-up of the parent's: not its fixtures, not its buffers


def _outcome(resume: Callable[[], None], scenario: Callable[[], Awaitable[Any]]) -> bytes:
    async def run() -> Any:
        resume()
        return await scenario()

    try:
        return pickle.dumps((True, asyncio.run(run())))
    except BaseException:  # noqa: BLE001 the parent raises it
        return pickle.dumps((False, traceback.format_exc()))


def workers() -> int:
    """How many copies run well side by side."""
    return max(1, os.cpu_count() or 1)


class Pool:
    """Copies run side by side, as many at a time as there are processors; results are asked for by key."""

    def __init__(self) -> None:
        self._waiting: dict[Hashable, Callable[[], Copy]] = {}
        self._running: dict[Hashable, Copy] = {}
        self._done: dict[Hashable, Any] = {}

    def add(self, key: Hashable, start: Callable[[], Copy]) -> None:
        """This is to be run; it begins when somebody waits and a place is free."""
        self._waiting[key] = start

    def result(self, key: Hashable) -> Any:
        """Wait for this one; what it returned, or its failure."""
        while key not in self._done:
            self._fill(workers())
            self._wait()
        result = self._done[key]
        if isinstance(result, CopyFailed):
            raise result
        return result

    def close(self) -> None:
        """End what still runs."""
        self._waiting.clear()
        for begun in self._running.values():
            begun.kill()
        self._running.clear()

    def begin(self) -> None:
        """Start the first, for the time in which this process itself is busy."""
        self._fill(1)

    def _fill(self, places: int) -> None:
        while self._waiting and len(self._running) < places:
            key = next(iter(self._waiting))
            self._running[key] = self._waiting.pop(key)()

    def _wait(self) -> None:
        pipes = {begun.pipe: key for key, begun in self._running.items()}
        ready, _, _ = select.select(list(pipes), [], [], 1.0)
        overdue = [key for key, begun in self._running.items() if begun.overdue]
        for key in {*overdue, *(pipes[pipe] for pipe in ready)}:
            try:
                self._done[key] = self._running.pop(key).result()
            except CopyFailed as error:
                self._done[key] = error
