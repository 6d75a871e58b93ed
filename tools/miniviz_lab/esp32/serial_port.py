"""The board's serial line as a TCP port, which mpremote and the `miniviz` verbs take for a board's port."""

import socket
import threading
from contextlib import suppress
from types import TracebackType
from typing import Self

from .emulator import Board


class SerialPort:
    """`url` works while the `with` block runs, over every power cut; one program at a time."""

    def __init__(self, board: Board, port: int = 0) -> None:
        self._board = board
        self._listening = socket.create_server(("127.0.0.1", port))
        self.port = int(self._listening.getsockname()[1])
        self.url = f"socket://127.0.0.1:{self.port}"
        self._thread = threading.Thread(target=self._serve, daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        with suppress(OSError):
            self._listening.shutdown(socket.SHUT_RDWR)
        self._listening.close()

    def _serve(self) -> None:
        while True:
            try:
                guest, _ = self._listening.accept()
            except OSError:
                return
            self._board.console.attach(guest)
