"""Runs inside the emulated ESP32's network namespace: opens its sockets for us and starts its programs.

Started by namespace.py as `unshare -rnm python -m miniviz_lab.esp32.door FD RESOLV_CONF`. A socket belongs to
the namespace it was made in, whoever uses it later: so the servers stay threads of the caller.
"""

import ctypes
import fcntl
import json
import signal
import socket
import struct
import subprocess
import sys
from pathlib import Path
from typing import Any

_SIOCSIFFLAGS = 0x8914
_IFF_UP = 1
_PR_SET_PDEATHSIG = 1
_LOOPBACK = "127.0.0.1"


def main() -> None:
    """Serve requests until the caller goes away, then end every program that was started."""
    subprocess.run(["mount", "--bind", sys.argv[2], "/etc/resolv.conf"], check=True)
    _raise_loopback()
    line = socket.socket(fileno=int(sys.argv[1]))
    programs: dict[int, subprocess.Popen[bytes]] = {}
    try:
        while request := line.recv(65536):
            _serve(line, json.loads(request), programs)
    finally:
        for program in programs.values():
            program.kill()


def _serve(
    line: socket.socket, request: dict[str, Any], programs: dict[int, subprocess.Popen[bytes]]
) -> None:
    try:
        answer, sockets = _do(request, programs)
    except OSError as error:
        answer, sockets = {"error": str(error)}, []
    socket.send_fds(line, [json.dumps(answer).encode()], [sock.fileno() for sock in sockets])
    for sock in sockets:
        sock.close()


def _do(
    request: dict[str, Any], programs: dict[int, subprocess.Popen[bytes]]
) -> tuple[dict[str, Any], list[socket.socket]]:
    match request["do"]:
        case "listen":
            return {}, [_bound(socket.SOCK_STREAM, request["port"])]
        case "datagrams":
            return {}, [_bound(socket.SOCK_DGRAM, request["port"])]
        case "start":
            program = _start(request["command"], Path(request["output"]))
            programs[program.pid] = program
            return {"pid": program.pid}, []
        case _:
            program = programs.pop(request["pid"])
            program.send_signal(signal.SIGKILL)
            return {"code": program.wait()}, []


def _bound(kind: socket.SocketKind, port: int) -> socket.socket:
    sock = socket.socket(socket.AF_INET, kind)
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    sock.bind((_LOOPBACK, port))
    if kind == socket.SOCK_STREAM:
        sock.listen(16)
    return sock


def _start(command: list[str], output: Path) -> subprocess.Popen[bytes]:
    with output.open("ab") as log:
        return subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            # Ctrl-C on the terminal is for the caller, who has a last word with the board.
            start_new_session=True,
            preexec_fn=_end_with_us,
        )


def _end_with_us() -> None:
    ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)


def _raise_loopback() -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
        fcntl.ioctl(sock, _SIOCSIFFLAGS, struct.pack("16sh14x", b"lo", _IFF_UP))


if __name__ == "__main__":
    main()
