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
from collections.abc import Awaitable, Callable
from typing import Any

LIMIT_S = 400.0  # of wall time for one copy; a scenario's own limits are in guest time


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


def side_by_side(starts: list[Callable[[], Copy]]) -> list[Any]:
    """Run the copies, as many at a time as there are processors; a place holds a result or an exception."""
    results: list[Any] = [None] * len(starts)
    waiting = list(enumerate(starts))
    running: dict[int, tuple[int, Copy]] = {}
    while waiting or running:
        while waiting and len(running) < workers():
            index, start = waiting.pop(0)
            begun = start()
            running[begun.pipe] = (index, begun)
        ready, _, _ = select.select(list(running), [], [], 1.0)
        for pipe in ready or [pipe for pipe, (_, begun) in running.items() if begun.overdue]:
            index, begun = running.pop(pipe)
            try:
                results[index] = begun.result()
            except CopyFailed as error:
                results[index] = error
    return results
