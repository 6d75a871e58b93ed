"""Power cuts at flash operations: one run tells what the flash would hold after a cut at each of them."""

from dataclasses import dataclass, field

from ..pico_w import PicoW
from . import layout
from .rp2040 import PROGRAM

_TORN_PAGE, _TORN_SECTOR = 100, 1000  # bytes that came through when the power went


@dataclass
class Operation:
    """One erase or program: the bytes that the flash chip got, what was printed and the time until then."""

    data: bytes
    printed: str

    def on(self, file_system: bytearray, *, torn: bool = False) -> None:
        """Do it, or only a part of it, as when the power goes in the middle."""
        at = int.from_bytes(self.data[1:4], "big") - layout.place()[0]
        if self.data[0] == PROGRAM:
            for offset, byte in enumerate(self.data[4 : 4 + _TORN_PAGE if torn else None]):
                file_system[at + offset] &= byte
        else:
            size = _TORN_SECTOR if torn else 4096
            file_system[at : at + size] = b"\xff" * size


@dataclass
class Cuts:
    """Watch a board; afterwards every cut point of what it did can be looked at."""

    board: PicoW
    operations: list[Operation] = field(default_factory=list[Operation])

    def __enter__(self) -> "Cuts":
        self._since = len(self.board.text)
        self.before = self.board.machine.file_system()
        self.board.machine.on_flash = self._operation
        return self

    def __exit__(self, *_: object) -> None:
        self.board.machine.on_flash = None

    def _operation(self, operation: bytearray) -> None:
        self.operations.append(Operation(bytes(operation), self.board.text[self._since :]))

    def after(self, count: int, *, torn: bool = False) -> bytes:
        """The files after so many whole operations and, if torn, a part of the next."""
        file_system = bytearray(self.before)
        for operation in self.operations[:count]:
            operation.on(file_system)
        if torn:
            self.operations[count].on(file_system, torn=True)
        return bytes(file_system)
