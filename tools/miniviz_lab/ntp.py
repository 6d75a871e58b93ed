"""A time server on 127.0.0.1 that is right to the fraction, or wrong in every way a board can meet."""

import socket
import struct
import threading
import time
from collections.abc import Callable, Sequence
from types import TracebackType
from typing import Literal, Self

_NTP_FROM_UNIX = 2208988800  # seconds from 1900 to 1970

Fault = Literal[
    "silent",  # never answers
    "unsynchronised",  # leap indicator 3
    "kiss_of_death",  # stratum 0, code RATE
    "stratum16",
    "wrong_origin",  # does not echo the asker's transmit timestamp
    "other_port",  # the answer comes from a socket nobody asked
    "short",  # 47 bytes
    "no_time",  # transmit timestamp 0
    "wrong_mode",  # a client's packet comes back
]


class NtpServer:
    """Answers while the `with` block runs; `host` is what to write into config.json.

    `offset_ms` makes it wrong; the two delays lengthen the way there and back; `fault` acts on the first
    `fault_count` requests, or on all. `times` scripts the UNIX milliseconds of each answer (the last one is
    repeated), for a board whose own time is virtual. `sock` is a bound socket to answer on, else a free port.
    """

    def __init__(
        self,
        *,
        offset_ms: float = 0,
        request_delay_ms: float = 0,
        response_delay_ms: float = 0,
        stratum: int = 2,
        fault: Fault | None = None,
        fault_count: int | None = None,
        times: Sequence[int] | None = None,
        now: Callable[[], float] = time.time,
        sock: socket.socket | None = None,
    ) -> None:
        self.offset_ms = offset_ms
        self.request_delay_ms = request_delay_ms
        self.response_delay_ms = response_delay_ms
        self.stratum = stratum
        self.fault: Fault | None = fault
        self.fault_count = fault_count
        self.requests: list[bytes] = []
        self._times = list(times) if times is not None else None
        self._now = now
        self._socket = sock or _free_socket()
        self._socket.settimeout(0.1)
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._serve, daemon=True)

    @property
    def port(self) -> int:
        """The UDP port."""
        return int(self._socket.getsockname()[1])

    @property
    def host(self) -> str:
        """host:port, as config.json takes it."""
        return f"127.0.0.1:{self.port}"

    @property
    def count(self) -> int:
        """How many requests have come."""
        return len(self.requests)

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
                request, asker = self._socket.recvfrom(1024)
            except TimeoutError:
                continue
            except ConnectionError:  # an asker that has gone away
                continue
            self.requests.append(request)
            self._answer(request, asker)

    def _answer(self, request: bytes, asker: tuple[str, int]) -> None:
        fault = self.fault if self.fault_count is None or self.count <= self.fault_count else None
        if fault == "silent" or len(request) < 48:
            return
        time.sleep(self.request_delay_ms / 1000)
        answer = self._packet(request, fault)
        time.sleep(self.response_delay_ms / 1000)
        if fault == "other_port":
            with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as stranger:
                stranger.bind(("127.0.0.1", 0))
                stranger.sendto(answer, asker)
        else:
            self._socket.sendto(answer, asker)

    def _packet(self, request: bytes, fault: Fault | None) -> bytes:
        leap = 3 if fault == "unsynchronised" else 0
        mode = 3 if fault == "wrong_mode" else 4
        stratum = {"kiss_of_death": 0, "stratum16": 16}.get(fault or "", self.stratum)
        code = b"RATE" if fault == "kiss_of_death" else b"\x7f\x00\x00\x01"
        origin = bytes(8) if fault == "wrong_origin" else request[40:48]
        stamp = self._timestamp()
        sent = bytes(8) if fault == "no_time" else stamp
        version = request[0] >> 3 & 7
        head = struct.pack("!BBbb", leap << 6 | version << 3 | mode, stratum, 6, -20)
        packet = head + struct.pack("!II", 0, 66) + code + stamp + origin + stamp + sent
        return packet[:47] if fault == "short" else packet

    def _timestamp(self) -> bytes:
        if self._times is not None:
            unix_ms = self._times[min(self.count, len(self._times)) - 1] + self.offset_ms
            seconds, rest = divmod(unix_ms, 1000)
            fraction = rest / 1000
        else:
            seconds, fraction = divmod(self._now() + self.offset_ms / 1000, 1)
        era = (int(seconds) + _NTP_FROM_UNIX) & 0xFFFFFFFF  # the seconds start again in 2036
        return struct.pack("!II", era, int(fraction * 2**32))


def _free_socket() -> socket.socket:
    sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    sock.bind(("127.0.0.1", 0))
    return sock
