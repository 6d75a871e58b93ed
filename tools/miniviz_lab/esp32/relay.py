"""A listener on the board's network whose connections end at a server outside of it, with TLS on demand."""

import asyncio
import socket
import ssl
import threading
from contextlib import suppress
from types import TracebackType
from typing import Self

_HANDSHAKE_SECONDS = 600.0  # an emulated board's may take long on a busy computer


class Relay:
    """Passes every connection on to `target` while the `with` block runs."""

    def __init__(
        self, listening: socket.socket, target: tuple[str, int], context: ssl.SSLContext | None = None
    ) -> None:
        self._listening, self._target, self._context = listening, target, context
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self._tasks: set[asyncio.Task[None]] = set()

    def __enter__(self) -> Self:
        self._thread.start()
        asyncio.run_coroutine_threadsafe(self._start(), self._loop).result(30)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        asyncio.run_coroutine_threadsafe(self._end(), self._loop).result(30)
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()
        self._listening.close()

    async def _start(self) -> None:
        self._server = await asyncio.start_server(
            self._serve,
            sock=self._listening,
            ssl=self._context,
            ssl_handshake_timeout=_HANDSHAKE_SECONDS if self._context else None,
        )

    async def _end(self) -> None:
        self._server.close()
        for task in list(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task
        self._tasks.add(task)
        try:
            back, forth = await asyncio.open_connection(*self._target)
            await asyncio.gather(_copy(reader, forth), _copy(back, writer))
        except (OSError, asyncio.CancelledError):
            pass
        finally:
            self._tasks.discard(task)
            writer.close()


async def _copy(source: asyncio.StreamReader, sink: asyncio.StreamWriter) -> None:
    try:
        while data := await source.read(65536):
            sink.write(data)
            await sink.drain()
    finally:
        with suppress(OSError, RuntimeError):
            sink.close()
