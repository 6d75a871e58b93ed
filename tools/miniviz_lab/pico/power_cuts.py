"""Power cuts at flash operations: one run tells what the flash would hold after a cut at each of them."""

from dataclasses import dataclass, field

from ..pico_w import PicoW


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

    def _operation(self, _program: bool, operation: bytearray) -> None:
        self._count += 1
        machine = self.board.machine
        printed = self.board.text[self._since :]
        for torn in (False, True):
            after = machine.file_system_after(operation, torn=torn)
            self.taken.append(Cut(self._count, torn, after, printed))
