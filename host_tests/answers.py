"""A server on 127.0.0.1 that gives, by project id, one scripted answer of the platform, or none."""

from __future__ import annotations

import socketserver
import struct
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from email.utils import formatdate
from socket import SO_LINGER, SOL_SOCKET
from types import TracebackType

SILENCE = 0  # accept, read, and never answer
RESET = 1  # answer with a TCP reset
CLOSE = 2  # close without an answer


def http(status: int, body: str, *headers: str) -> bytes:
    """A whole HTTP/1.1 answer as bytes."""
    lines = [
        f"HTTP/1.1 {status} Word",
        f"Content-Length: {len(body.encode())}",
        "Connection: close",
        *headers,
    ]
    return ("\r\n".join(lines) + "\r\n\r\n" + body).encode()


def in_seconds(seconds: float) -> str:
    """An HTTP date that many seconds from now."""
    return formatdate(time.time() + seconds, usegmt=True)


SCRIPT: dict[str, Callable[[], bytes] | int] = {
    "image": lambda: http(201, '{"id": 5}'),
    "ok": lambda: http(200, '{"id": 41}'),
    "created": lambda: http(201, "{}"),
    "portal": lambda: http(200, "<html>please log in</html>", "Content-Type: text/html"),
    "list": lambda: http(200, "[1]"),
    "400": lambda: http(400, '{"error": {"code": "too_big", "message": "payload is 412 bytes"}}'),
    "413": lambda: http(413, '{"message": "too large"}'),
    "415": lambda: http(415, "no"),
    "422": lambda: http(422, '{"detail": "label_key is missing"}'),
    "401": lambda: http(401, '{"detail": "bad token"}'),
    "403": lambda: http(403, ""),
    "404": lambda: http(404, '{"error": "no project"}'),
    "408": lambda: http(408, ""),
    "425": lambda: http(425, ""),
    "429": lambda: http(429, "{}", "Retry-After: 37"),
    "429-date": lambda: http(429, "{}", "Date: " + in_seconds(0), "Retry-After: " + in_seconds(90)),
    "429-odd": lambda: http(429, "{}", "Retry-After: soon"),
    "500": lambda: http(500, "oops"),
    "503": lambda: http(503, '{"error": "later"}', "retry-after: 5"),
    "302": lambda: http(302, "", "Location: http://127.0.0.1:9/elsewhere"),
    "garbage": lambda: b"\x00\xff nothing like HTTP\r\n\r\n",
    "cut": lambda: b'HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{"id": ',
    "silent": SILENCE,
    "reset": RESET,
    "close": CLOSE,
}


@dataclass
class Answers:
    """Context manager; `requests` holds (target, lower-case headers, body) of each request.

    The first `failing` requests are reset, whatever the script says.
    """

    failing: int = 0
    requests: list[tuple[str, dict[str, str], bytes]] = field(default_factory=list)

    def __enter__(self) -> Answers:
        answers = self

        class Handler(socketserver.StreamRequestHandler):
            def handle(self) -> None:
                answers._handle(self)

        class Server(socketserver.ThreadingTCPServer):
            allow_reuse_address = True
            daemon_threads = True

        self._stop = threading.Event()
        self._server = Server(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}"
        threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True).start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stop.set()
        self._server.shutdown()
        self._server.server_close()

    def _handle(self, handler: socketserver.StreamRequestHandler) -> None:
        target = handler.rfile.readline().split(b" ")[1].decode()
        headers: dict[str, str] = {}
        while (line := handler.rfile.readline().strip()) != b"":
            name, _, value = line.decode().partition(":")
            headers[name.lower()] = value.strip()
        body = handler.rfile.read(int(headers.get("content-length", 0)))
        self.requests.append((target, headers, body))
        failing = len(self.requests) <= self.failing
        answer = RESET if failing else SCRIPT[target.split("?")[0].rsplit("/", 1)[1]]
        if answer == SILENCE:
            self._stop.wait(30)
        elif answer == RESET:
            handler.request.setsockopt(SOL_SOCKET, SO_LINGER, struct.pack("ii", 1, 0))
            handler.request.close()
        elif callable(answer):
            handler.wfile.write(answer())
