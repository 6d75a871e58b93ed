"""The guest's Internet: every packet ends on loopback or nowhere; each fault is one attribute."""

import asyncio
from collections.abc import Callable
from typing import Any, Literal

GATEWAY = "10.0.0.1"  # the host, as the guest sees it: its ports are the host's loopback ports
_FIRST = 10  # of 203.0.113.0/24, which RFC 5737 keeps for documentation

Target = tuple[str, int]
Tcp = Literal["refused", "black hole", "reset", "truncated"]
Dns = Literal["nxdomain", "silent"]
Air = Literal["absent", "password"]


class Network:
    """Names, TCP services and UDP answers; anything that is not listed is refused or lost."""

    def __init__(self) -> None:
        self.tcp: Tcp | None = None
        self.dns: Dns | None = None
        self.udp_silent = False
        self.air: Air | None = None
        self.cut_after = 0  # bytes of the answer that pass before "reset" or "truncated" ends it
        self.gateway_open = False  # True: 10.0.0.1:port is the host's 127.0.0.1:port
        self.names: dict[str, str] = {}
        self.lookups: list[str] = []
        self.connects: list[Target] = []
        self._services: dict[Target, Target] = {}
        self._answers: dict[Target, Callable[[bytes], bytes | None]] = {}

    def name(self, host: str) -> str:
        """The address behind a name, made on first use."""
        return self.names.setdefault(host, f"203.0.113.{_FIRST + len(self.names)}")

    def serve(self, host: str, port: int, loopback_port: int) -> None:
        """A TCP service: host:port of the guest's world is this port of our loopback."""
        self._services[(self.name(host), port)] = ("127.0.0.1", loopback_port)

    def answer(self, host: str, port: int, act: Callable[[bytes], bytes | None]) -> None:
        """A UDP service as a function from datagram to answer."""
        self._answers[(self.name(host), port)] = act

    def joins(self) -> str:
        """What the radio's next join comes to."""
        return self.air or "joined"

    async def connect(self, address: str, port: int) -> tuple[Any, Any]:
        """A connection to the service, with the present fault in it."""
        self.connects.append((address, port))
        if self.tcp == "black hole":
            await asyncio.Event().wait()
        to = self._services.get((address, port))
        if to is None and self.gateway_open and address == GATEWAY:
            to = ("127.0.0.1", port)
        if to is None or self.tcp == "refused":
            raise ConnectionRefusedError
        reader, writer = await asyncio.open_connection(*to)
        if self.tcp in ("reset", "truncated"):
            return _Cut(reader, self.cut_after, self.tcp), writer
        return reader, writer

    async def datagram(self, address: str, port: int, data: bytes) -> bytes | None:
        """The answer to a datagram."""
        if port == 53:
            return None if self.dns == "silent" else self._resolve(data)
        act = self._answers.get((address, port))
        return act(data) if act and not self.udp_silent else None

    def _resolve(self, query: bytes) -> bytes:
        end, labels = 12, list[str]()
        while query[end]:
            labels.append(query[end + 1 : end + 1 + query[end]].decode())
            end += 1 + query[end]
        end += 5
        host = ".".join(labels)
        self.lookups.append(host)
        address = None if self.dns == "nxdomain" else self.names.get(host)
        question = query[12:end]
        if address is None:
            return query[:2] + b"\x81\x83\0\1\0\0\0\0\0\0" + question
        record = b"\xc0\x0c\0\1\0\1\0\0\0\x3c\0\4" + bytes(map(int, address.split(".")))
        return query[:2] + b"\x81\x80\0\1\0\1\0\0\0\0" + question + record


class _Cut:
    """A stream that ends early: with a reset, or as if that were all."""

    def __init__(self, reader: asyncio.StreamReader, left: int, how: str) -> None:
        self._reader, self._left, self._how = reader, left, how

    async def read(self, size: int) -> bytes:
        """Up to size bytes of what may still pass."""
        if self._left:
            data = await self._reader.read(min(size, self._left))
            self._left -= len(data)
            return data
        # The request must have arrived before the answer is cut off.
        await self._reader.read(1)
        if self._how == "reset":
            raise ConnectionResetError
        return b""
