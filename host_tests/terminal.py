"""A person at a terminal: a program on a pseudo-terminal, what it says awaited, answers typed."""

import os
import select
import subprocess
import time

from command import environment
from miniviz_lab.virtual_board import _take_terminal


class Terminal:
    """`with Terminal(command) as it: it.expect("password"); it.type("secret\\r")`."""

    def __init__(self, command, env=None):
        self.said = ""
        self._seen = 0
        self._outer, inner = os.openpty()
        self.process = subprocess.Popen(
            list(map(str, command)),
            stdin=inner,
            stdout=inner,
            stderr=inner,
            env={**environment(), **(env or {})},
            start_new_session=True,
            preexec_fn=_take_terminal,
        )
        os.close(inner)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.kill()
        self.process.wait()
        os.close(self._outer)

    def expect(self, text, timeout=120):
        """Wait until it says this, after what was awaited before."""
        until = time.monotonic() + timeout
        while (place := self.said.find(text, self._seen)) < 0:
            if not self._read(until):
                raise AssertionError(f"never said {text!r}, but:\n{self.said[self._seen :]}")
        self._seen = place + len(text)

    def type(self, keys):
        """Press keys."""
        os.write(self._outer, keys.encode())

    def end(self, timeout=120):
        """Its exit code, once it has ended by itself."""
        until = time.monotonic() + timeout
        while self._read(until):
            pass
        return self.process.wait(max(1, until - time.monotonic()))

    def _read(self, until):
        if not select.select([self._outer], [], [], max(0, until - time.monotonic()))[0]:
            return False
        try:
            data = os.read(self._outer, 4096)
        except OSError:  # EIO: the program has ended
            return False
        self.said += data.decode(errors="replace")
        return bool(data)
