"""A network that holds nothing but `lo`: what runs in it cannot reach anything outside."""

import json
import os
import socket
import subprocess
import sys
import tempfile
from pathlib import Path
from types import TracebackType
from typing import Any, Self

_TOOLS = Path(__file__).resolve().parents[2]


class Namespace:
    """Exists while the `with` block runs; its programs end with it, its sockets are used from outside."""

    def __init__(self) -> None:
        self._folder = tempfile.TemporaryDirectory(prefix="miniviz-")
        self.folder = Path(self._folder.name)
        self._line, self._far = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        self._door: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> Self:
        # The emulator's DNS forwarder asks the first name server of this file.
        resolver = self.folder / "resolv.conf"
        resolver.write_text("nameserver 127.0.0.1\n", encoding="ascii")
        door = [sys.executable, "-m", "miniviz_lab.esp32.door", str(self._far.fileno()), str(resolver)]
        self._door = subprocess.Popen(
            ["unshare", "-rnm", *door],
            pass_fds=[self._far.fileno()],
            env={**os.environ, "PYTHONPATH": str(_TOOLS)},
            start_new_session=True,
        )
        self._far.close()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._line.close()
        assert self._door is not None
        self._door.wait(30)
        self._folder.cleanup()

    def listen(self, port: int) -> socket.socket:
        """A listening TCP socket on 127.0.0.1 in there."""
        return self._socket({"do": "listen", "port": port})

    def datagrams(self, port: int) -> socket.socket:
        """A UDP socket bound to 127.0.0.1 in there."""
        return self._socket({"do": "datagrams", "port": port})

    def start(self, command: list[str], output: Path) -> int:
        """Start a program in there; its output goes to the end of this file."""
        return int(self._ask({"do": "start", "command": command, "output": str(output)})[0]["pid"])

    def kill(self, pid: int) -> int:
        """End a program with SIGKILL; its exit code, which is negative unless it had ended by itself."""
        return int(self._ask({"do": "kill", "pid": pid})[0]["code"])

    def _socket(self, request: dict[str, Any]) -> socket.socket:
        return socket.socket(fileno=self._ask(request)[1][0])

    def _ask(self, request: dict[str, Any]) -> tuple[dict[str, Any], list[int]]:
        try:
            self._line.send(json.dumps(request).encode())
            text, descriptors, _, _ = socket.recv_fds(self._line, 65536, 1)
        except ConnectionError:
            text, descriptors = b"", []
        if not text:
            raise OSError("the network namespace of the emulated ESP32 could not be made or has ended")
        answer = json.loads(text)
        if "error" in answer:
            raise OSError(f"in the network namespace: {answer['error']} ({request})")
        return answer, descriptors
