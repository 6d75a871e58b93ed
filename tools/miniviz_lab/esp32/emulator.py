"""The emulator as a board with a power switch; its flash is a file that stays."""

from pathlib import Path

from .access_point import AccessPoint
from .console import Console
from .found import Found
from .namespace import Namespace

SSID = "Espressif"  # one of the open networks that this emulator's radio receives


class Board:
    """An ESP32 on the network of a namespace; `console` is there while the power is on."""

    def __init__(self, namespace: Namespace, found: Found, flash: Path) -> None:
        self.flash = flash
        self.starts = 0
        self._namespace, self._program = namespace, found.program
        self._pid: int | None = None
        self._console: Console | None = None

    @property
    def console(self) -> Console:
        """The serial console of the present power-on."""
        assert self._console is not None, "the board's power is off"
        return self._console

    @property
    def output(self) -> Path:
        """What the emulator itself says."""
        return self._namespace.folder / "emulator.log"

    def access_point(self) -> AccessPoint:
        """The switch of the network; while the power is on."""
        assert self._pid is not None, "the board's power is off"
        return AccessPoint(self._pid)

    def power_on(self) -> Console:
        """Start it; the emulator waits for us, so that the console has every line from the first."""
        line = self._namespace.folder / f"console-{self.starts}"
        self.starts += 1
        command = [str(self._program), *_options(self.flash, line), *_roms(self._program)]
        self._pid = self._namespace.start(command, self.output)
        self._console = Console(line)
        return self._console

    def power_off(self) -> None:
        """Cut the power (SIGKILL): nothing is finished, the flash keeps what had reached it."""
        if self._pid is not None:
            pid, self._pid = self._pid, None
            self._namespace.kill(pid)
            self.console.close()


def _options(flash: Path, line: Path) -> list[str]:
    # No -icount: with it the WiFi stack's timers starve. No restrict=on: it would cut 10.0.2.2 off.
    machine = ["-M", "esp32-picsimlab", "-display", "none", "-monitor", "none"]
    drive = ["-drive", f"file={flash},if=mtd,format=raw"]
    serial = ["-chardev", f"socket,id=console,path={line},server=on,wait=on", "-serial", "chardev:console"]
    return [*machine, *drive, *serial, "-nic", "user,model=esp32_wifi"]


def _roms(program: Path) -> list[str]:
    """A build that is not installed has its ROM files beside it; an installed one finds its own."""
    beside = program.resolve().parent / "pc-bios"
    return ["-L", str(beside)] if beside.is_dir() else []
