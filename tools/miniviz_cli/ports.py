"""Serial ports of this computer, and the boards behind them by their USB ids."""

from typing import NamedTuple

from serial.tools import list_ports

from . import boards
from .errors import UserError


class Seen(NamedTuple):
    """A USB serial port and the boards that show such an id."""

    device: str
    usb: str
    boards: list[str]


def seen() -> list[Seen]:
    """Every USB serial port."""
    known = {name: boards.load(name).usb for name in boards.names()}
    found: list[Seen] = []
    for port in sorted(list_ports.comports()):
        if port.vid is not None:
            usb = f"{port.vid:04x}:{port.pid:04x}"
            found.append(Seen(port.device, usb, [name for name, ids in known.items() if usb in ids]))
    return found


def first() -> str:
    """The first USB port; boards that we know go before others."""
    found = sorted(seen(), key=lambda port: not port.boards)
    if not found:
        raise UserError(
            "no board found on USB; plug it in with a data cable, or name its port with --port", 2
        )
    return found[0].device


def listed() -> str:
    """All ports, for a sentence."""
    return ", ".join(sorted(port.device for port in list_ports.comports())) or "none"
