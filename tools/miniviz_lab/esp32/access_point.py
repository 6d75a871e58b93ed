"""A switch for the network that the board joins: the emulator has none, so its table of networks is changed.

The entry is found by its content (channel, signal, address) in the memory of the process that we started. The
emulated radio does not notice missing beacons: who is in stays in, who is out finds nothing.
"""

import struct
from pathlib import Path

_ESPRESSIF = struct.pack("=ii6s", 5, -30, bytes.fromhex("100100c40a51"))
_CHANNEL = slice(0, 4)
_NOWHERE = struct.pack("=i", 99)  # no station ever listens there


class AccessPoint:
    """The network SSID of emulator.py; made while it is on."""

    def __init__(self, pid: int) -> None:
        self._memory = Path(f"/proc/{pid}/mem")
        self._at = _find(pid, self._memory)

    def off(self) -> None:
        """No beacon and no answer from now on."""
        self._write(_NOWHERE)

    def on(self) -> None:
        """Back on its channel."""
        self._write(_ESPRESSIF[_CHANNEL])

    def _write(self, channel: bytes) -> None:
        with self._memory.open("r+b", buffering=0) as memory:
            memory.seek(self._at)
            memory.write(channel)


def _find(pid: int, memory: Path) -> int:
    for line in Path(f"/proc/{pid}/maps").read_text(encoding="utf-8").splitlines():
        span, rights, *_ = line.split()
        if not rights.startswith("rw"):
            continue
        start, end = (int(part, 16) for part in span.split("-"))
        at = _content(memory, start, end - start).find(_ESPRESSIF)
        if at >= 0:
            return start + at
    raise LookupError("this build of the emulator keeps its access points elsewhere")


def _content(memory: Path, start: int, size: int) -> bytes:
    with memory.open("rb", buffering=0) as file:
        file.seek(start)
        try:
            return file.read(size) or b""
        except OSError:  # a mapping that is not memory
            return b""
