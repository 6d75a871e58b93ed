"""A small Miniviz inside the emulator's own event loop: it answers in guest time and keeps what came."""

import asyncio
import json
import ssl
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from miniviz_lab.pico_w import PicoW

HOST = "miniviz.test"
OK = (200, '{"id": 7}', {})
Answer = tuple[int, str, dict[str, str]]


@dataclass
class Request:
    """One request: when it was complete (UNIX ms of the guest's world), path, headers, JSON body."""

    at_ms: float
    path: str
    headers: dict[str, str]
    body: Any

    @property
    def reading(self) -> tuple[str, int, str]:
        """What makes a reading the same reading."""
        return (
            self.body["label_key"],
            self.body["timestamp"],
            json.dumps(self.body.get("payload"), sort_keys=True),
        )


@dataclass
class Platform:
    """Listens on loopback and stands in the guest's world as `HOST`; `answer` decides each answer."""

    board: PicoW
    answer: Callable[[Request], Answer] = lambda request: OK
    requests: list[Request] = field(default_factory=list)
    accepted: list[Request] = field(default_factory=list)
    _open: set[asyncio.StreamWriter] = field(default_factory=set)

    async def open(self, port: int = 80, context: ssl.SSLContext | None = None) -> "Platform":
        """Start to listen."""
        # A handshake takes the guest half a minute of the host's time.
        limits: dict[str, Any] = {"ssl": context, "ssl_handshake_timeout": 600} if context else {}
        server = await asyncio.start_server(self._serve, "127.0.0.1", 0, **limits)
        self.board.network.serve(HOST, port, server.sockets[0].getsockname()[1])
        return self

    def hang_up(self) -> None:
        """Close the connections that the board keeps open: the next request needs a new one."""
        for writer in self._open:
            writer.close()

    @property
    def payloads(self) -> list[Any]:
        """The payloads that were accepted, in their order."""
        return [request.body.get("payload") for request in self.accepted]

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._open.add(writer)
        try:
            while await self._exchange(reader, writer):
                pass
        except (asyncio.IncompleteReadError, ConnectionError):
            pass
        finally:
            self._open.discard(writer)
            writer.close()

    async def _exchange(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bool:
        head = (await reader.readuntil(b"\r\n\r\n")).decode().split("\r\n")
        headers = {
            name.lower(): value.strip() for name, _, value in (line.partition(":") for line in head[1:-2])
        }
        body = await reader.readexactly(int(headers.get("content-length", 0)))
        request = Request(self.board.time.truth_ms(), head[0].split()[1], headers, json.loads(body))
        self.requests.append(request)
        status, text, more = self.answer(request)
        if 200 <= status < 300:
            self.accepted.append(request)
        keep = head[0].endswith("1.1") and headers.get("connection", "").lower() != "close"
        lines = [f"HTTP/1.1 {status} Word", f"Content-Length: {len(text)}", "Content-Type: application/json"]
        lines += [f"{name}: {value}" for name, value in more.items()]
        lines += [] if keep else ["Connection: close"]
        writer.write(("\r\n".join(lines) + "\r\n\r\n" + text).encode())
        await writer.drain()
        return keep
