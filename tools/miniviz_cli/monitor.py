"""`miniviz monitor`: the board's console with this computer's time; a port that goes away is waited for."""

import sys
import time
from collections.abc import Generator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, TextIO, cast

import serial
import typer

from . import console, keyboard, ports
from .errors import UserError

_BAUD = 115200
_READ_SECONDS = 0.05  # keys wait no longer than this for their echo


def monitor(
    port: Annotated[str | None, typer.Option(help="The serial port; default: the first USB one.")] = None,
    seconds: Annotated[float | None, typer.Option("--for", help="End after this many seconds.")] = None,
    repl: Annotated[bool, typer.Option("--repl", help="Type to the board; Ctrl-] ends.")] = False,
    save: Annotated[Path | None, typer.Option(help="Append all of it to this file too.")] = None,
    host_time: Annotated[bool, typer.Option(help="This computer's time before every line.")] = True,
) -> None:
    """Show what the board prints until Ctrl-C; survives the board's resets."""
    name = port or ports.first()
    end = time.monotonic() + seconds if seconds else None
    try:
        with _file(save) as kept:
            if repl:
                _Repl(name, port is None, kept).run(end)
            else:
                _Log(name, port is None, kept, host_time).run(end)
    except KeyboardInterrupt:
        typer.echo("")


@contextmanager
def _file(path: Path | None) -> Generator[TextIO | None]:
    if path is None:
        yield None
        return
    try:
        file = path.open("a", encoding="utf-8", newline="\n")
    except OSError as error:
        raise UserError(f"cannot write {path}: {error.strerror}", 2) from None
    with file:
        yield file


class _Link:
    """A serial port that may go away and come back, under another name where none was asked for."""

    def __init__(self, name: str, any_port: bool) -> None:
        self.name = name
        self._any = any_port
        self._port = _open(name)

    def read(self) -> bytes:
        """What came within a moment; raises OSError once the port is gone."""
        return self._port.read(max(1, self._port.in_waiting))

    def write(self, data: bytes) -> None:
        """Send keys."""
        self._port.write(data)

    def come_back(self, end: float | None) -> None:
        """A board that resets takes its USB port away for a moment."""
        self.close()
        typer.echo(f"{self.name} is gone; waiting for it", err=True)
        while end is None or time.monotonic() < end:
            time.sleep(0.3)
            for name in [self.name, *([one.device for one in ports.seen()] if self._any else [])]:
                try:
                    self._port = _link(name)
                except (serial.SerialException, OSError):
                    continue
                self.name = name
                typer.echo(f"{name} is back", err=True)
                return
        raise UserError(f"{self.name} went away and did not come back")

    def close(self) -> None:
        """Let go of it."""
        self._port.close()


class _Log:
    """Lines, as they become whole."""

    def __init__(self, name: str, any_port: bool, kept: TextIO | None, host_time: bool) -> None:
        self._link, self._kept, self._time = _Link(name, any_port), kept, host_time
        self._rest = b""

    def run(self, end: float | None) -> None:
        """Show lines until the time is up."""
        typer.echo(f"listening on {self._link.name}, Ctrl-C ends", err=True)
        try:
            while end is None or time.monotonic() < end:
                try:
                    self._take(self._link.read())
                except (serial.SerialException, OSError):
                    self._link.come_back(end)
        finally:
            if self._rest:
                self._show(self._rest)
            self._link.close()

    def _take(self, data: bytes) -> None:
        *lines, self._rest = (self._rest + data).split(b"\n")
        for line in lines:
            self._show(line)

    def _show(self, line: bytes) -> None:
        text = line.decode(errors="replace").rstrip("\r")
        now = datetime.now(UTC)
        console.show(text, now.astimezone().strftime("%H:%M:%S.%f")[:-3] if self._time else None)
        if self._kept:
            self._kept.write(f"{now.isoformat(timespec='milliseconds')} {text}\n")
            self._kept.flush()


class _Repl:
    """Every byte both ways, for the board's own line editing."""

    def __init__(self, name: str, any_port: bool, kept: TextIO | None) -> None:
        self._link, self._kept = _Link(name, any_port), kept

    def run(self, end: float | None) -> None:
        """Pass bytes until Ctrl-] or the time is up."""
        with keyboard.raw() as keys:
            # Said once no key can be lost; raw mode makes no carriage return of its own.
            hint = "Ctrl-C stops its program, Ctrl-D restarts, Ctrl-] ends"
            typer.echo(f"typing to {self._link.name}: {hint}\r", err=True)
            while end is None or time.monotonic() < end:
                typed = keys()
                if keyboard.END in typed:
                    break
                try:
                    if typed:
                        self._link.write(typed)
                    self._show(self._link.read())
                except (serial.SerialException, OSError):
                    self._link.come_back(end)
        self._link.close()

    def _show(self, data: bytes) -> None:
        text = data.decode(errors="replace")
        sys.stdout.write(text)
        sys.stdout.flush()
        if self._kept:
            self._kept.write(text.replace("\r", ""))
            self._kept.flush()


def _open(name: str) -> serial.Serial:
    try:
        return _link(name)
    except (serial.SerialException, OSError) as error:
        raise UserError(_trouble(name, str(error))) from None


def _link(name: str) -> serial.Serial:
    """A serial port, or `socket://host:port`: the console of an emulated board."""
    # Not shared: two programs that read one port would each get a part of what the board says.
    alone = None if "://" in name else True
    return cast("serial.Serial", serial.serial_for_url(name, _BAUD, timeout=_READ_SECONDS, exclusive=alone))


def _trouble(name: str, text: str) -> str:
    if "Permission" in text:
        return f"no permission for {name}; on Linux: sudo usermod -aG dialout $USER, then log in again"
    if "No such file" in text or "cannot find" in text:
        return f"there is no port {name}; connected now: {ports.listed()}"
    return f"cannot open {name}, is another program using it? ({text})"
