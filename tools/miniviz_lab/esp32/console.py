"""The board's serial console: all it says is kept, a raw REPL for us, and a TCP port for mpremote."""

import socket
import threading
import time
from contextlib import suppress
from pathlib import Path

_CHUNK = 64  # the UART's FIFO holds 128 bytes and has no flow control
_CHUNK_SECONDS = 0.01
_CONNECT_SECONDS = 20.0
_STOP_SECONDS = 30.0  # the firmware sends what it can before it stops

# What the system on the chip says when its interrupt watchdog has bitten.
_PANIC = b"Guru Meditation Error"


class Starved(RuntimeError):
    """The computer was too busy: the chip's own watchdog runs in real time, and has reset it."""


class Console:
    """The far end of the emulator's serial line, a Unix socket of this path."""

    def __init__(self, path: Path) -> None:
        self._line = _connect(path)
        self._said = bytearray()
        self._news = threading.Condition()
        self._guest: socket.socket | None = None
        self.ended = False
        threading.Thread(target=self._read, daemon=True).start()

    @property
    def text(self) -> str:
        """All that the board has said."""
        return bytes(self._said).decode("utf-8", "replace")

    @property
    def mark(self) -> int:
        """A place in what has been said, for wait_for's `since`."""
        return len(self._said)

    def wait_for(self, text: str, timeout: float = 120, since: int = 0) -> int:
        """Return the place behind this text once the board has said it."""
        wanted = text.encode()
        until = time.monotonic() + timeout
        with self._news:
            while (at := self._said.find(wanted, since)) < 0:
                if self._said.find(_PANIC, since) >= 0:
                    raise Starved(
                        f"the emulated chip panicked, as it does on a busy computer; {self.text[-3000:]}"
                    )
                left = until - time.monotonic()
                if left <= 0 or self.ended:
                    why = "has ended" if self.ended else f"did not say {text!r} within {timeout:g} s"
                    raise TimeoutError(f"the board {why}; it said:\n{self.text[-6000:]}")
                self._news.wait(min(left, 1.0))
        return at + len(wanted)

    def between(self, start: int, end: int) -> str:
        """What it has said from one place to another."""
        return bytes(self._said[start:end]).decode("utf-8", "replace")

    def type(self, keys: str | bytes) -> None:
        """Type on the console ("\\x03" is Ctrl-C), no faster than the board can read."""
        data = keys.encode() if isinstance(keys, str) else keys
        for at in range(0, len(data), _CHUNK):
            self._line.sendall(data[at : at + _CHUNK])
            time.sleep(_CHUNK_SECONDS)

    def run(self, code: str, timeout: float = 120) -> str:
        """Stop what runs, run this code in the raw REPL and return what it prints; an exception raises."""
        since = self._raw_repl(timeout)
        self.type(code + "\x04")
        since = self.wait_for("OK", timeout, since)
        end = self.wait_for("\x04", timeout, since)
        after = self.wait_for("\x04", timeout, end)
        out, error = self._said[since : end - 1], self._said[end : after - 1]
        self.type("\x02")
        if error:
            raise RuntimeError(f"on the board: {bytes(error).decode('utf-8', 'replace')}")
        return bytes(out).decode("utf-8", "replace").replace("\r\n", "\n")

    def _raw_repl(self, timeout: float) -> int:
        """Ask for the raw REPL, again and again: a Ctrl-C is lost on a program that handles an exception."""
        since, until = self.mark, time.monotonic() + timeout
        while True:
            self.type("\r\x03\x03\x01")
            patience = min(_STOP_SECONDS, until - time.monotonic())
            try:
                return self.wait_for("raw REPL; CTRL-B to exit\r\n>", patience, since)
            except TimeoutError:
                if self.ended or time.monotonic() > until:
                    raise

    def attach(self, guest: socket.socket) -> None:
        """Pass everything on to and from this connection until it closes; one at a time."""
        self._guest = guest
        try:
            while data := guest.recv(4096):
                self.type(data)
        except OSError:
            pass
        finally:
            self._guest = None
            guest.close()

    def close(self) -> None:
        """Hang up."""
        with suppress(OSError):
            self._line.shutdown(socket.SHUT_RDWR)
        self._line.close()

    def _read(self) -> None:
        while data := self._receive():
            with self._news:
                self._said += data
                self._news.notify_all()
            guest = self._guest
            if guest is not None:
                with suppress(OSError):
                    guest.sendall(data)
        with self._news:
            self.ended = True
            self._news.notify_all()

    def _receive(self) -> bytes:
        try:
            return self._line.recv(4096)
        except OSError:
            return b""


def _connect(path: Path) -> socket.socket:
    until = time.monotonic() + _CONNECT_SECONDS
    while True:
        line = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        try:
            line.connect(str(path))
            return line
        except OSError:
            line.close()
            if time.monotonic() > until:
                raise TimeoutError("the emulator did not start") from None
            time.sleep(0.05)
