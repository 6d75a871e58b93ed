"""`miniviz monitor`: the board's console, levels in colour; a port that goes away is waited for."""

import time
from typing import Annotated, cast

import serial
import typer
from serial.tools import list_ports

from . import console
from .errors import UserError

_BAUD = 115200


def monitor(
    port: Annotated[str | None, typer.Option(help="The serial port; default: the first USB one.")] = None,
    seconds: Annotated[float | None, typer.Option("--for", help="End after this many seconds.")] = None,
) -> None:
    """Show what the board prints until Ctrl-C."""
    name = port or _first_port()
    end = time.monotonic() + seconds if seconds else None
    try:
        _follow(name, end)
    except KeyboardInterrupt:
        typer.echo("")


def _follow(name: str, end: float | None) -> None:
    link = _open(name)
    typer.echo(f"listening on {name}, Ctrl-C ends", err=True)
    rest = b""
    while end is None or time.monotonic() < end:
        try:
            rest = _print_lines(rest + link.read(max(1, link.in_waiting)))
        except (serial.SerialException, OSError):
            link.close()
            link = _reopen(name, end)
    if rest:
        console.show(_text(rest))
    link.close()


def _print_lines(data: bytes) -> bytes:
    *lines, rest = data.split(b"\n")
    for line in lines:
        console.show(_text(line))
    return rest


def _text(line: bytes) -> str:
    return line.decode(errors="replace").rstrip("\r")


def _open(name: str) -> serial.Serial:
    try:
        return _link(name)
    except (serial.SerialException, OSError) as error:
        raise UserError(_trouble(name, str(error))) from None


def _link(name: str) -> serial.Serial:
    """A serial port, or `socket://host:port`: the console of an emulated board."""
    return cast("serial.Serial", serial.serial_for_url(name, _BAUD, timeout=0.2))


def _trouble(name: str, text: str) -> str:
    if "Permission" in text:
        return f"no permission for {name}; on Linux: sudo usermod -aG dialout $USER, then log in again"
    if "No such file" in text or "cannot find" in text:
        return f"there is no port {name}; connected now: {_listed()}"
    return f"cannot open {name}, is another program using it? ({text})"


def _reopen(name: str, end: float | None) -> serial.Serial:
    """A board that resets takes its USB port away for a moment."""
    typer.echo(f"{name} is gone; waiting for it", err=True)
    while end is None or time.monotonic() < end:
        try:
            return _link(name)
        except (serial.SerialException, OSError):
            time.sleep(0.3)
    raise UserError(f"{name} went away and did not come back")


def _first_port() -> str:
    for port in sorted(list_ports.comports()):
        if port.vid is not None:
            return port.device
    raise UserError("no board found on USB; plug it in with a data cable, or name its port with --port", 2)


def _listed() -> str:
    return ", ".join(sorted(port.device for port in list_ports.comports())) or "none"
