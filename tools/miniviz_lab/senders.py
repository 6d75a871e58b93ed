"""Many devices that post as fast as they are answered, in one thread.

A client must not use up what it measures: the requests are written before the clock starts, and one wait
serves all sockets. That is some 30 microseconds a reading.
"""

from __future__ import annotations

import json
import selectors
import socket
import time
from typing import Any
from urllib.parse import urlsplit

# So many different readings of each device; after them it starts again.
_READINGS = 500


class Device:
    """One kept-alive connection, and the readings that it will send in turn."""

    def __init__(self, ready: dict[str, Any], label: str) -> None:
        parts, project = urlsplit(str(ready["url"])), ready["projects"][0]
        self.socket = socket.create_connection((parts.hostname or "", parts.port or 80))
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        path = f"/api/project/{project['id']}?token={project['token']}"
        head = f"POST {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\n"
        now = time.time_ns() // 1_000_000
        self._requests = [_request(head, label, now, number) for number in range(_READINGS)]
        self._sent = 0
        self._answer = b""
        self.started = 0.0

    def send(self, now: float) -> None:
        """The next reading."""
        self.started = now
        self.socket.sendall(self._requests[self._sent % _READINGS])
        self._sent += 1

    def answered(self) -> bool:
        """Whether the whole answer is here; ends the run if it is not that the reading is stored."""
        self._answer += (news := self.socket.recv(65536))
        if news and not self._answer.endswith(b"}"):
            return False
        answer, self._answer = self._answer, b""
        if not news or not answer.startswith((b"HTTP/1.1 200 ", b"HTTP/1.1 201 ")):
            raise SystemExit(f"not stored: {answer[:200]!r}")
        return True


def send(servers: list[dict[str, Any]], clients: int, seconds: float) -> tuple[list[float], float]:
    """How long each reading waited for its answer, sorted, and how long all took; both in seconds."""
    devices = [Device(servers[n % len(servers)], f"device-{n}") for n in range(clients)]
    took: list[float] = []
    clock, waiting = time.perf_counter, len(devices)
    with selectors.DefaultSelector() as selector:
        for device in devices:
            selector.register(device.socket, selectors.EVENT_READ, device)
        begun = clock()
        end = begun + seconds
        for device in devices:
            device.send(begun)
        while waiting:
            for key, _ in selector.select():
                device = key.data
                if not device.answered():
                    continue
                now = clock()
                took.append(now - device.started)
                if now < end:
                    device.send(now)
                else:
                    waiting -= 1
        elapsed = clock() - begun
    for device in devices:
        device.socket.close()
    return sorted(took), elapsed


def _request(head: str, label: str, now: int, number: int) -> bytes:
    reading = {"temperature": number % 40, "humidity": 55.5}
    body = json.dumps({"timestamp": now + number, "label_key": label, "payload": reading})
    return f"{head}Content-Length: {len(body)}\r\n\r\n{body}".encode()
