"""A name server for the emulated board: every name is the computer that runs it."""

import socket
import threading
from types import TracebackType
from typing import Literal, Self

BOARD_SEES = "10.0.2.2"  # QEMU's user network: this address is the namespace's 127.0.0.1
_HEADER = 12
_TYPE_A = 1

Fault = Literal["silent", "nxdomain"]


class DnsServer:
    """Answers on this socket while the `with` block runs; `fault` may be changed at any time."""

    def __init__(self, sock: socket.socket, address: str = BOARD_SEES) -> None:
        self.fault: Fault | None = None
        self.names: list[str] = []
        self._address = socket.inet_aton(address)
        self._socket = sock
        self._socket.settimeout(0.1)
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._serve, daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stop.set()
        self._thread.join()
        self._socket.close()

    def _serve(self) -> None:
        while not self._stop.is_set():
            try:
                question, asker = self._socket.recvfrom(512)
            except (TimeoutError, ConnectionError):
                continue
            answer = self._answer(question)
            if answer:
                self._socket.sendto(answer, asker)

    def _answer(self, question: bytes) -> bytes | None:
        """RFC 1035 section 4.1: one question, and at most one A record that points back at it."""
        end = question.find(b"\0", _HEADER) + 5
        if self.fault == "silent" or end < _HEADER + 5 or len(question) < end:
            return None
        self.names.append(_name(question))
        head, asked = question[:2], question[_HEADER:end]
        if self.fault == "nxdomain":
            return head + b"\x81\x83\0\1\0\0\0\0\0\0" + asked
        if asked[-4:-2] != _TYPE_A.to_bytes(2, "big"):  # no IPv6 here
            return head + b"\x81\x80\0\1\0\0\0\0\0\0" + asked
        record = b"\xc0\x0c\0\1\0\1\0\0\0\x3c\0\4" + self._address
        return head + b"\x81\x80\0\1\0\1\0\0\0\0" + asked + record


def _name(question: bytes) -> str:
    labels: list[str] = []
    at = _HEADER
    while question[at]:
        labels.append(question[at + 1 : at + 1 + question[at]].decode("ascii", "replace"))
        at += 1 + question[at]
    return ".".join(labels)
