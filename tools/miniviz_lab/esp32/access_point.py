"""Pulls the plug of the emulator's access points: its radio has no switch, so its table of networks gets one.

The table is found by its content in the memory of the process we started: name, channel, signal, address.
"""

import struct
from pathlib import Path

_ESPRESSIF = struct.pack("=ii6s", 5, -30, bytes.fromhex("100100c40a51"))
_CHANNEL = slice(0, 4)
_NOWHERE = struct.pack("=i", 99)  # no station ever listens on this channel, so nobody hears a beacon


class AccessPoint:
    """The network that the board joins; off() is heard by the board as silence."""

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
        with memory.open("rb", buffering=0) as file:
            file.seek(start)
            try:
                at = (file.read(end - start) or b"").find(_ESPRESSIF)
            except OSError:  # a mapping that is not memory
                continue
        if at >= 0:
            return start + at
    raise LookupError("this build of the emulator keeps its access points elsewhere")
