"""`miniviz flash`: the official MicroPython image onto a board, by UF2 drive or esptool."""

import time
from collections.abc import Generator
from contextlib import contextmanager
from hashlib import sha256
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.progress import BarColumn, Progress, TaskID, TaskProgressColumn, TextColumn

from . import boards, download, esptool, images, mpremote, ports, uf2_drive
from .errors import UserError

_DRIVE_SECONDS = 20.0
_BOOTSEL = "unplug it, hold BOOTSEL while you plug it in, then flash again"


def flash(
    board: Annotated[str | None, typer.Option(help="Default: the board that is found, if one fits.")] = None,
    port: Annotated[str | None, typer.Option(help="Its serial port; default: the first USB one.")] = None,
    file: Annotated[Path | None, typer.Option(help="A downloaded image: works offline.")] = None,
    drive: Annotated[
        Path | None, typer.Option(help="The UF2 drive; default: the one that is mounted.")
    ] = None,
    erase: Annotated[bool, typer.Option("--erase", help="ESP32: erase all, files too.")] = False,
) -> None:
    """Put the official MicroPython onto a board; its files stay unless you say --erase."""
    facts = boards.load(board) if board else _found(drive)
    typer.echo(f"board  {facts.title} ({facts.mcu})")
    image = file or download.image(facts)
    images.check(image, facts.mcu)
    typer.echo(f"image  {image.name}, for the {facts.mcu}")
    typer.echo(f"sha256 {_trust(image, facts)}")
    if facts.port == "rp2":
        _by_drive(facts, image, drive, port)
    else:
        _by_esptool(facts, image, port or ports.first(), erase=erase)
    typer.echo(f"{facts.title}: MicroPython is on it; next: miniviz configure")


def _trust(image: Path, board: boards.Board) -> str:
    """The image's hash, and whether anybody vouches for it."""
    named = f"boards/{board.name}/board.toml"
    seen = sha256(image.read_bytes()).hexdigest()
    if board.image.sha256 is None:
        return f"{seen}, NOT verified: {named} names none to compare it with"
    same = seen == board.image.sha256
    return f"{seen}, as {named} says" if same else f"{seen}, NOT verified: not the image of {named}"


def _found(drive: Path | None) -> boards.Board:
    """The board that this computer sees, if its chip or USB id fits exactly one."""
    known = [boards.load(name) for name in boards.names()]
    drives = [drive] if drive else uf2_drive.find()
    if drives:
        chip = uf2_drive.chip(drives[0])
        typer.echo(f"found  {drives[0]}, the drive of an {chip}")
        fitting = [one for one in known if one.mcu == chip]
    else:
        seen = [port for port in ports.seen() if port.boards]
        for port in seen:
            typer.echo(f"found  {port.device} ({port.usb}): {' or '.join(port.boards)}")
        fitting = [one for one in known if seen and one.name in seen[0].boards]
    if len(fitting) == 1:
        return fitting[0]
    if fitting:
        raise UserError(f"that can be {' or '.join(one.name for one in fitting)}; say which with --board", 2)
    raise UserError(f"no board found; plug it in with a data cable, or --board {'|'.join(boards.names())}", 2)


def _by_drive(board: boards.Board, image: Path, drive: Path | None, port: str | None) -> None:
    place = drive or _drive(port)
    chip = uf2_drive.chip(place)
    if chip != board.mcu:
        raise UserError(
            f"{place} is the drive of an {chip}, {image.name} is for the {board.mcu}; nothing was written"
        )
    with _progress("copying") as (progress, task):
        progress.update(task, total=image.stat().st_size)
        uf2_drive.copy(image, place, lambda count: progress.advance(task, count))
    uf2_drive.wait_until_gone(place)


def _drive(port: str | None) -> Path:
    """The mounted drive; a board that runs MicroPython is asked to show one."""
    found = uf2_drive.find()
    if not found and (port or ports.seen()):
        typer.echo("the board runs a program; asking it for its UF2 drive")
        mpremote.run(port, [["bootloader"]])
        until = time.monotonic() + _DRIVE_SECONDS
        while not found and time.monotonic() < until:
            time.sleep(0.3)
            found = uf2_drive.find()
    if len(found) > 1:
        raise UserError(
            f"there are {len(found)} UF2 drives: {', '.join(map(str, found))}; name one with --drive", 2
        )
    if not found:
        raise UserError(f"no UF2 drive is mounted; {_BOOTSEL}, or name the drive with --drive")
    return found[0]


def _by_esptool(board: boards.Board, image: Path, port: str, *, erase: bool) -> None:
    if board.image.offset is None:
        raise UserError(
            f"boards/{board.name}/board.toml says no image.offset: where the image begins in flash"
        )
    typer.echo(f"port   {port}")
    with _progress("writing") as (progress, task):
        progress.update(task, total=100)
        call = esptool.command(board.mcu, port, board.image.offset, image, erase=erase)
        esptool.write(call, port, lambda percent: progress.update(task, completed=percent))


@contextmanager
def _progress(title: str) -> Generator[tuple[Progress, TaskID]]:
    columns = TextColumn("{task.description}"), BarColumn(), TaskProgressColumn()
    with Progress(*columns, console=Console(stderr=True), transient=True) as progress:
        yield progress, progress.add_task(title, total=None)
