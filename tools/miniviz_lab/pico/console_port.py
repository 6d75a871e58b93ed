"""The board's console as a TCP port: mpremote takes `socket://127.0.0.1:PORT` for a serial port."""

import asyncio
from typing import Self

from ..pico_w import PicoW


class ConsolePort:
    """One client at a time, as on a serial port; `port` is known once it is open."""

    def __init__(self, board: PicoW) -> None:
        self._board = board
        self._client: asyncio.StreamWriter | None = None
        self._server: asyncio.Server | None = None
        self.port = 0

    async def open(self, port: int = 0) -> Self:
        """Listen on 127.0.0.1."""
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", port)
        self.port = int(self._server.sockets[0].getsockname()[1])
        self._board.machine.listen(self._print)
        return self

    def close(self) -> None:
        """Stop to listen, hang up."""
        if self._server:
            self._server.close()
        if self._client:
            self._client.close()

    def _print(self, data: bytes) -> None:
        if self._client:
            self._client.write(data)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if self._client:
            writer.close()
            return
        self._client = writer
        try:
            while data := await reader.read(256):
                await self._board.type(data)
        except ConnectionError:
            pass
        finally:
            self._client = None
            writer.close()
