"""Takes what it is sent, as fast as it can, and answers 201: the same server for all who are measured."""

from __future__ import annotations

import json
import socket
import ssl
import sys
import threading

_ANSWER = b'HTTP/1.1 201 Created\r\nContent-Type: application/json\r\nContent-Length: 9\r\n%s\r\n{"id": 1}'


def main() -> None:
    """Serve until standard input ends; `sink.py CERTIFICATE` serves TLS. Prints {"port": N}."""
    listener = socket.create_server(("127.0.0.1", 0))
    context = None
    if len(sys.argv) == 2:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(sys.argv[1])
    print(json.dumps({"port": listener.getsockname()[1]}), flush=True)
    threading.Thread(target=_accept, args=(listener, context), daemon=True).start()
    sys.stdin.read()


def _accept(listener: socket.socket, context: ssl.SSLContext | None) -> None:
    while True:
        link, _ = listener.accept()
        threading.Thread(target=_serve, args=(link, context), daemon=True).start()


def _serve(link: socket.socket, context: ssl.SSLContext | None) -> None:
    try:
        link.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        if context is not None:
            link = context.wrap_socket(link, server_side=True)
        buffer = bytearray(1 << 18)
        while _exchange(link, buffer):
            pass
    except OSError:
        pass  # the measured program went away: its own exit code tells what it thought
    finally:
        link.close()


def _exchange(link: socket.socket, buffer: bytearray) -> bool:
    """Read one request, answer it; False when the connection ends."""
    head = b""
    while (end := head.find(b"\r\n\r\n")) < 0:
        chunk = link.recv(65536)
        if not chunk:
            return False
        head += chunk
    left = _length(head[:end].lower()) - (len(head) - end - 4)
    while left > 0:
        count = link.recv_into(buffer, min(left, len(buffer)))
        if not count:
            return False
        left -= count
    old = b"HTTP/1.0" in head[: head.find(b"\r\n")]
    link.sendall(_ANSWER % (b"Connection: close\r\n" if old else b""))
    return not old


def _length(head: bytes) -> int:
    for line in head.split(b"\r\n"):
        if line.startswith(b"content-length:"):
            return int(line[15:])
    return 0


if __name__ == "__main__":
    main()
