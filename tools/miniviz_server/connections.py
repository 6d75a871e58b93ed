"""The sockets behind the requests: so that a lab can hang up on a device."""

from __future__ import annotations

import asyncio
from typing import Any, cast

from uvicorn.protocols.http.h11_impl import H11Protocol

_open: dict[tuple[str, int], asyncio.Transport] = {}


class _Joined(asyncio.Transport):
    """A socket to which an answer's head and body go in one piece: one system call, one packet."""

    def __init__(self, transport: asyncio.Transport) -> None:
        super().__init__()
        self._transport = transport
        self._loop = asyncio.get_running_loop()
        self._pieces: list[bytes] = []

    def write(self, data: bytes | bytearray | memoryview) -> None:
        """Goes out when the present step of the event loop is done."""
        if not data:
            return
        if not self._pieces:
            self._loop.call_soon(self._flush)
        self._pieces.append(bytes(data))

    def _flush(self) -> None:
        pieces, self._pieces = self._pieces, []
        if pieces and not self._transport.is_closing():
            self._transport.write(b"".join(pieces))

    def close(self) -> None:
        """Closes when everything is out."""
        self._flush()
        self._transport.close()

    def abort(self) -> None:
        """Closes now."""
        self._pieces.clear()
        self._transport.abort()

    def is_closing(self) -> bool:
        """Whether no more can be written."""
        return self._transport.is_closing()

    def get_extra_info(self, name: str, default: Any = None) -> Any:
        """What is known of the socket."""
        return self._transport.get_extra_info(name, default)

    def pause_reading(self) -> None:
        """Too much is waiting to be read already."""
        self._transport.pause_reading()

    def resume_reading(self) -> None:
        """There is room again."""
        self._transport.resume_reading()

    def set_protocol(self, protocol: asyncio.BaseProtocol) -> None:
        """Hands the socket over."""
        self._transport.set_protocol(protocol)


class Protocol(H11Protocol):
    """uvicorn's HTTP/1.1, which remembers its sockets by the address at their other end."""

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """A device connected."""
        joined = _Joined(transport)
        super().connection_made(joined)
        if self.client is not None:
            _open[self.client] = joined

    def connection_lost(self, exc: Exception | None) -> None:
        """It is gone."""
        if self.client is not None:
            _open.pop(self.client, None)
        super().connection_lost(exc)


def transport_of(scope: object) -> asyncio.Transport | None:
    """The socket of this request; None outside of uvicorn."""
    client = cast("dict[str, object]", scope).get("client")
    return _open.get(cast("tuple[str, int]", client)) if isinstance(client, tuple) else None
