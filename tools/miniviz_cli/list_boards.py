"""`miniviz boards`: every board we know, and which of them is plugged in."""

from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from . import boards, ports, uf2_drive


def list_boards(
    name: Annotated[str | None, typer.Argument(help="Show this one with its pins.")] = None,
) -> None:
    """List the boards, or one board's pins."""
    if name:
        _show(boards.load(name))
        return
    # Two lines each: a table of it is wider than many a terminal, and would cut the names.
    for known in map(boards.load, boards.names()):
        typer.echo(f"{known.name:<20}{known.title}")
        typer.echo(f"  {known.mcu}, image {known.image.name}, DHT22 on GPIO {known.dht22.data}")
    for drive in uf2_drive.find():
        typer.echo(f"{drive}: an {uf2_drive.chip(drive)} waits for an image; next: miniviz flash")
    for port in ports.seen():
        typer.echo(f"{port.device}: {' or '.join(port.boards) or f'unknown ({port.usb})'}")


def _show(board: boards.Board) -> None:
    typer.echo(f"{board.title}: {board.mcu}, image {board.image.name}")
    typer.echo(f"  {board.image.page}")
    for note in board.notes:
        typer.echo(f"  {note}")
    table = Table("GPIO", "on the board", "functions", "mind", box=None, pad_edge=False)
    for pin in board.pins:
        table.add_row(str(pin.gpio), pin.header, ", ".join(pin.functions), boards.remarks(board, pin))
    Console().print(table)
