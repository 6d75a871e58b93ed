"""Stands between firmware and server on 127.0.0.1 and plays one fault after the other."""

import http.client
import socket
import ssl
import struct
import threading
import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from types import TracebackType
from typing import Self
from urllib.parse import urlsplit

from .faults import AT_CONNECT, Fault

_HUGE = 5_000_000
_PORTAL = b"<html><body>Welcome! Please log in to use this network.</body></html>"
_PASS = Fault("pass")


class _Gone(Exception):
    """The connection has been dealt with."""


@dataclass(frozen=True)
class Request:
    """What the firmware sent: its line's target, header lines by lower-case name, body, connection number."""

    target: str
    headers: Mapping[str, str]
    body: bytes
    connection: int
    last: bool = False  # the client wants the connection closed after the answer


class FaultProxy:
    """A context manager; `url` is what to write into config.json.

    Each request takes the next fault of the script; after the last one everything passes. Without an
    `upstream` it answers itself, as the platform does. With `contexts`, a name of faults.CERTIFICATES (or
    "good") for each, it speaks TLS and is called `localhost`. `drip` is the pause between two bytes,
    `slow_raw` that within raw answers. `only` is how a target's path must end for a fault to strike: other
    requests pass.
    """

    def __init__(
        self,
        upstream: str | None = None,
        faults: Iterable[Fault] = (),
        *,
        contexts: Mapping[str, ssl.SSLContext] | None = None,
        drip: float = 1.0,
        slow_raw: float = 0,
        only: str = "",
    ) -> None:
        self.requests: list[Request] = []
        self.stored: list[bytes] = []  # the bodies that the server behind has seen
        self.played: list[str] = []
        self.connections = 0
        self.open = 0  # connections that nobody has closed
        self._upstream = urlsplit(upstream) if upstream else None
        self._faults = list(faults)
        self._contexts = contexts
        self._drip = drip
        self._slow_raw = slow_raw
        self._only = only
        self._lock = threading.Lock()
        self._stop = threading.Event()
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._listener.settimeout(0.1)
        self._threads: list[threading.Thread] = []
        host, port = ("localhost" if contexts else "127.0.0.1"), int(self._listener.getsockname()[1])
        self.url = f"{'https' if contexts else 'http'}://{host}:{port}"

    def add(self, *faults: Fault) -> None:
        """Play these next."""
        with self._lock:
            self._faults += faults

    @property
    def left(self) -> int:
        """How many faults have not been played yet."""
        return len(self._faults)

    def __enter__(self) -> Self:
        self._start(self._accept)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stop.set()
        for thread in self._threads:
            thread.join(10)
        self._listener.close()

    def _start(self, work: object, *args: object) -> None:
        thread = threading.Thread(target=work, args=args, daemon=True)  # type: ignore[arg-type]
        self._threads.append(thread)
        thread.start()

    def _accept(self) -> None:
        while not self._stop.is_set():
            try:
                connection, _ = self._listener.accept()
            except TimeoutError:
                continue
            self.connections += 1
            self._start(self._attend, connection, self.connections)

    def _attend(self, connection: socket.socket, number: int) -> None:
        self.open += 1
        try:
            with connection:
                connection.settimeout(30)
                connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                with self._greet(connection) as stream:
                    while not self._stop.is_set():
                        self._exchange(stream, number)
        except (_Gone, OSError, ValueError):
            pass
        finally:
            self.open -= 1

    def _greet(self, connection: socket.socket) -> socket.socket:
        """The faults that strike before a request; then TLS if we speak it."""
        fault = self._take() if self._peek().before_request else _PASS
        if fault.name == "refuse":
            _reset(connection)
        if fault.name == "black_hole":
            self._stop.wait()
        if fault.name in AT_CONNECT:
            raise _Gone
        if self._contexts is None:
            return connection
        context = self._contexts[fault.name if fault.before_request else "good"]
        return context.wrap_socket(connection, server_side=True)

    def _peek(self) -> Fault:
        with self._lock:
            return self._faults[0] if self._faults else _PASS

    def _take(self) -> Fault:
        with self._lock:
            fault = self._faults.pop(0) if self._faults else _PASS
            self.played.append(fault.name)
            return fault

    def _exchange(self, stream: socket.socket, number: int) -> None:
        start = self._read(stream, 1)
        if self._peek().before_request:  # strikes when the client comes back
            raise _Gone
        target, headers = self._head(stream, start)
        fault = self._take() if target.partition("?")[0].endswith(self._only) else _PASS
        length = int(headers.get("content-length", "0"))
        self._refuse_body(stream, fault, length)
        last = headers.get("connection") == "close"
        request = Request(target, headers, self._read(stream, length), number, last)
        self.requests.append(request)
        self._answer(stream, request, fault)
        if request.last:
            raise _Gone

    def _refuse_body(self, stream: socket.socket, fault: Fault, length: int) -> None:
        """The faults that strike while the request arrives."""
        if fault.name == "reset_in_request":
            _reset(stream)
        if fault.name == "early_413":
            stream.sendall(_http(413, b'{"error": "too large"}'))
            time.sleep(0.3)  # meanwhile the client fills what buffers there are
            _reset(stream)
        if fault.name == "close_in_body":
            self._read(stream, length // 2)
            raise _Gone

    def _head(self, stream: socket.socket, start: bytes) -> tuple[str, dict[str, str]]:
        """The request's target, and its header lines by lower-case name."""
        head = start
        while not head.endswith(b"\r\n\r\n"):
            head += self._read(stream, 1)
        first, *lines = head.decode().split("\r\n")
        pairs = (line.partition(":") for line in lines if line)
        headers = {name.lower(): value.strip() for name, _, value in pairs}
        if first.endswith("/1.0"):
            headers["connection"] = "close"
        return first.split(" ")[1], headers

    def _read(self, stream: socket.socket, count: int) -> bytes:
        data = b""
        while len(data) < count:
            try:
                more = stream.recv(count - len(data))
            except TimeoutError:
                raise _Gone from None
            if not more or self._stop.is_set():
                raise _Gone
            data += more
        return data

    def _answer(self, stream: socket.socket, request: Request, fault: Fault) -> None:
        if fault.name in ("raw", "raw_close"):
            self._slowly(stream, fault.raw, self._slow_raw)
            if fault.name == "raw_close":
                raise _Gone
        elif fault.name == "status":
            stream.sendall(_http(fault.status, b'{"error": "as asked for"}', fault.header()))
        elif (play := getattr(self, f"_play_{fault.name}", None)) is not None:
            play(stream, request)
        else:
            raise AssertionError(fault.name)

    def _slowly(self, stream: socket.socket, data: bytes, pause: float) -> None:
        if not pause:
            stream.sendall(data)
            return
        for byte in data:
            stream.sendall(bytes((byte,)))
            if self._stop.wait(pause):
                raise _Gone

    def _behind(self, request: Request) -> bytes:
        """What the server behind answers; it has stored the reading then."""
        self.stored.append(request.body)
        if self._upstream is None:
            return _http(200, b'{"id": %d}' % len(self.requests))
        assert self._upstream.hostname
        server = http.client.HTTPConnection(self._upstream.hostname, self._upstream.port, timeout=30)
        try:
            headers = {name: value for name, value in request.headers.items() if name != "host"}
            server.request("POST", request.target, request.body, headers)
            answer = server.getresponse()
            extra = answer.getheader("Retry-After")
            return _http(answer.status, answer.read(), f"Retry-After: {extra}\r\n" if extra else "")
        finally:
            server.close()

    def _play_pass(self, stream: socket.socket, request: Request) -> None:
        stream.sendall(self._behind(request))

    def _play_silent(self, _stream: socket.socket, _request: Request) -> None:
        self._stop.wait()

    def _play_close_idle(self, stream: socket.socket, request: Request) -> None:
        stream.sendall(self._behind(request))
        raise _Gone

    def _play_reset_in_answer(self, stream: socket.socket, request: Request) -> None:
        answer = self._behind(request)
        stream.sendall(answer[: len(answer) // 2])
        time.sleep(0.05)  # what is on its way shall arrive
        _reset(stream)

    def _play_close_in_request(self, _stream: socket.socket, _request: Request) -> None:
        raise _Gone

    def _play_cut_body(self, stream: socket.socket, request: Request) -> None:
        stream.sendall(self._behind(request)[:-4])
        raise _Gone

    def _play_drip(self, stream: socket.socket, request: Request) -> None:
        self._slowly(stream, self._behind(request), self._drip)

    def _play_garbage(self, stream: socket.socket, _request: Request) -> None:
        stream.sendall(b"\x00\xff\xfe nothing like HTTP \x80" * 20)
        raise _Gone

    def _play_huge(self, stream: socket.socket, _request: Request) -> None:
        stream.sendall(_http(200, b"x" * _HUGE))

    def _play_endless_header(self, stream: socket.socket, _request: Request) -> None:
        stream.sendall(b"HTTP/1.1 200 OK\r\n")
        while not self._stop.is_set():
            stream.sendall(b"X-More: and more and more\r\n" * 20)

    def _play_portal(self, stream: socket.socket, _request: Request) -> None:
        stream.sendall(_http(200, _PORTAL, "Content-Type: text/html\r\n"))

    def _play_redirect_same(self, stream: socket.socket, request: Request) -> None:
        stream.sendall(_moved(request.target))

    def _play_redirect_other(self, stream: socket.socket, request: Request) -> None:
        scheme = self.url.partition("://")[0]
        stream.sendall(_moved(f"{scheme}://elsewhere.example{request.target}"))

    def _play_redirect_plain(self, stream: socket.socket, request: Request) -> None:
        stream.sendall(_moved(f"http://{self.url.partition('://')[2]}{request.target}"))


def _moved(location: str) -> bytes:
    return _http(307, b"", f"Location: {location}\r\n")


def _http(status: int, body: bytes, more: str = "") -> bytes:
    head = f"HTTP/1.1 {status} Word\r\nContent-Length: {len(body)}\r\n{more}\r\n"
    return head.encode() + body


def _reset(stream: socket.socket) -> None:
    stream.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    # A TLS socket must not say goodbye first.
    socket.socket(fileno=stream.detach()).close()
    raise _Gone
