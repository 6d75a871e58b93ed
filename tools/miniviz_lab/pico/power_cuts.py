"""Power cuts at flash operations: one run tells what the flash would hold after a cut at each of them."""

from dataclasses import dataclass, field

from ..pico_w import PicoW
from . import layout
from .rp2040 import PROGRAM


@dataclass
class Cut:
    """The files as they are after a cut: in which operation, torn or not, and what was printed until then."""

    operation: int
    torn: bool
    file_system: bytes
    printed: str


@dataclass
class Cuts:
    """Watch a board; `taken` grows by two with each operation: nothing of it was done, and a part of it."""

    board: PicoW
    taken: list[Cut] = field(default_factory=list[Cut])

    def __enter__(self) -> "Cuts":
        self._count = 0
        self._since = len(self.board.text)
        self.board.machine.on_flash = self._operation
        return self

    def __exit__(self, *_: object) -> None:
        self.board.machine.on_flash = None

    def _operation(self, operation: bytearray) -> None:
        self._count += 1
        printed = self.board.text[self._since :]
        whole = self.board.machine.file_system()
        self.taken.append(Cut(self._count, False, whole, printed))
        self.taken.append(Cut(self._count, True, torn(whole, operation), printed))


def torn(file_system: bytes, operation: bytearray) -> bytes:
    """A part of an operation done, as when the power goes in it: 100 bytes of a page, 1000 of a sector."""
    start, _ = layout.place()
    at = int.from_bytes(operation[1:4], "big") - start
    after = bytearray(file_system)
    if operation[0] == PROGRAM:
        for offset, byte in enumerate(operation[4:104]):
            after[at + offset] &= byte
    else:
        after[at : at + 1000] = b"\xff" * 1000
    return bytes(after)
