"""The emulated ESP32 with all it talks to: name server, time server and room for servers."""

import socket
from collections.abc import Mapping
from pathlib import Path
from types import TracebackType
from typing import Self

from miniviz_lab.ntp import NtpServer

from . import flash
from .dns import DnsServer
from .emulator import Board
from .found import Found
from .namespace import Namespace

_DNS_PORT = 53
_NTP_PORT = 123


class Lab:
    """`board` (its power still off), `dns` and `ntp` on a network of their own, while the `with` block runs.

    The board's file system holds `files`; with None it is a board fresh from the shop, which makes its own.
    """

    def __init__(self, found: Found, files: Mapping[str, bytes] | None = None) -> None:
        self._found, self._files = found, files
        self._namespace = Namespace()

    def __enter__(self) -> Self:
        network = self._namespace.__enter__()
        self.dns = DnsServer(network.datagrams(_DNS_PORT))
        self.ntp = NtpServer(sock=network.datagrams(_NTP_PORT))
        self.board = Board(network, self._found, network.folder / "flash.bin")
        flash.write(self.board.flash, self._found.image, self._files)
        self.dns.__enter__()
        self.ntp.__enter__()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.board.power_off()
        self.ntp.__exit__(None, None, None)
        self.dns.__exit__(None, None, None)
        self._namespace.__exit__(None, None, None)

    def listen(self, port: int) -> socket.socket:
        """A TCP listener which the board reaches under any name."""
        return self._namespace.listen(port)

    @property
    def folder(self) -> Path:
        """Thrown away in the end."""
        return self._namespace.folder
