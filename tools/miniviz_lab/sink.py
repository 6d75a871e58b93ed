"""A server on 127.0.0.1 that reads every request whole, says 201, and costs next to nothing itself."""

import socket
import threading
from types import TracebackType
from typing import Self

_ANSWER = b"HTTP/1.1 201 Created\r\nContent-Length: 8\r\nConnection: close\r\n\r\n"


class Sink:
    """Runs while the `with` block does; counts requests and the bytes of their bodies."""

    def __init__(self) -> None:
        self.requests = 0
        self.body_bytes = 0
        self._buffer = bytearray(1 << 18)
        self._socket = socket.create_server(("127.0.0.1", 0))
        self._thread = threading.Thread(target=self._serve, daemon=True)

    @property
    def url(self) -> str:
        """Where it is."""
        return f"http://127.0.0.1:{self._socket.getsockname()[1]}"

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        # Closing alone does not wake accept() on Linux.
        self._socket.shutdown(socket.SHUT_RDWR)
        self._socket.close()
        self._thread.join()

    def _serve(self) -> None:
        while True:
            try:
                connection, _ = self._socket.accept()
            except OSError:
                return
            with connection:
                connection.settimeout(20)
                try:
                    self._answer(connection)
                except OSError:
                    continue

    def _answer(self, connection: socket.socket) -> None:
        head = b""
        while b"\r\n\r\n" not in head:
            piece = connection.recv(4096)
            if not piece:
                return
            head += piece
        head, _, begun = head.partition(b"\r\n\r\n")
        lines = head.lower().split(b"\r\n")
        length = next(int(line.split(b":")[1]) for line in lines if line.startswith(b"content-length"))
        left = length - len(begun)
        while left > 0:
            count = connection.recv_into(self._buffer)
            if not count:
                return
            left -= count
        self.requests += 1
        self.body_bytes += length
        connection.sendall(_ANSWER + b'{"id":1}')
