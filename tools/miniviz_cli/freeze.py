"""`miniviz freeze`: all that MicroPython's own build needs to make an image with the firmware inside."""

import shlex
import shutil
from pathlib import Path
from typing import Annotated

import typer

from . import boards, paths
from .errors import UserError

_AFTER = """A config.json is no part of the image: `miniviz configure` writes it, or copy one onto the board.
Files in miniviz/ on the board come before the frozen ones: remove what an earlier deploy put there."""


def freeze(
    folder: Annotated[Path, typer.Argument(help="Where the sources and the manifest go.")],
    board: Annotated[str, typer.Option(help="The board to build for.")],
    micropython: Annotated[
        Path, typer.Option(help="A checkout of MicroPython, with its submodules and the port's compiler.")
    ] = Path("micropython"),
) -> None:
    """Write the firmware's sources with their manifest, and say how MicroPython builds the image."""
    facts = boards.load(board)
    if folder.exists() and any(folder.iterdir()):
        raise UserError(f"{folder} is not empty; name a new folder", 2)
    ignore = shutil.ignore_patterns("__pycache__", "*.pyc", "package.json", "config.example.json")
    shutil.copytree(paths.firmware(), folder, ignore=ignore, dirs_exist_ok=True)
    typer.echo(f"{folder} holds the firmware and its manifest.py; the image of the {facts.title}:\n")
    for line in commands(facts, folder.resolve(), micropython):
        typer.echo(f"  {line}")
    typer.echo(f"\n{_AFTER}")


def commands(board: boards.Board, folder: Path, micropython: Path) -> list[str]:
    """The build, then `miniviz flash` with what it made."""
    port = micropython / "ports" / board.port
    target = board.image.name
    made = port / f"build-{target}" / ("firmware.uf2" if board.port == "rp2" else "firmware.bin")
    make = f"make -C {shlex.quote(str(port))} BOARD={target}"
    manifest = f"FROZEN_MANIFEST={shlex.quote(str(folder / 'manifest.py'))}"
    flash = f"miniviz flash --board {board.name} --file {shlex.quote(str(made))}"
    return [f"{make} submodules", f"{make} {manifest}", flash]
