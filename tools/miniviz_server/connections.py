"""The sockets behind the requests: so that a lab can hang up on a device."""

from __future__ import annotations

import asyncio
from typing import cast

from uvicorn.protocols.http.h11_impl import H11Protocol

_open: dict[tuple[str, int], asyncio.Transport] = {}


class Protocol(H11Protocol):
    """uvicorn's HTTP/1.1, which remembers its sockets by the address at their other end."""

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """A device connected."""
        super().connection_made(transport)
        if self.client is not None:
            _open[self.client] = transport

    def connection_lost(self, exc: Exception | None) -> None:
        """It is gone."""
        if self.client is not None:
            _open.pop(self.client, None)
        super().connection_lost(exc)


def transport_of(scope: object) -> asyncio.Transport | None:
    """The socket of this request; None outside of uvicorn."""
    client = cast("dict[str, object]", scope).get("client")
    return _open.get(cast("tuple[str, int]", client)) if isinstance(client, tuple) else None
