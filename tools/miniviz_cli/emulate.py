"""`miniviz emulate`: no board? here is one: an official image, emulated, with the firmware on its flash."""

from pathlib import Path
from types import ModuleType
from typing import Annotated

import typer

from . import local_server
from .errors import UserError


def emulate(
    config: Annotated[
        Path | None, typer.Option(help="The config.json; default: one that fits the board.")
    ] = None,
    board: Annotated[str, typer.Option(help="Which board.")] = "pico_w",
    image: Annotated[Path | None, typer.Option(help="A MicroPython image of your own.")] = None,
    tcp_port: Annotated[
        int | None, typer.Option(help="The board's console here, for `--port socket://127.0.0.1:PORT`.")
    ] = None,
    seconds: Annotated[float | None, typer.Option("--for", help="End after this many seconds.")] = None,
    database: Annotated[Path | None, typer.Option(help="Keep the readings in this SQLite file.")] = None,
    port: Annotated[int | None, typer.Option(help="Of the page; default: 8000, or a free one.")] = None,
    fetch: Annotated[bool, typer.Option("--fetch", help="Only fetch the official image.")] = False,
) -> None:
    """Run the firmware on the official image of a board that is emulated; nothing leaves this computer."""
    emulated = _emulated(board)
    found = emulated.official_image(image)  # what is missing is said before a server starts
    if fetch:
        typer.echo(f"the official image is {found}")
        return
    with local_server.running(database, port) as server:
        emulated.emulate(config, image, tcp_port, seconds, server)


def _emulated(board: str) -> ModuleType:
    """Each board's half; the ESP32's parts run on Linux only, so that it is imported when asked for."""
    if board == "pico_w":
        from . import emulate_pico_w

        return emulate_pico_w
    if board == "esp32_devkit":
        from . import emulate_esp32

        return emulate_esp32
    raise UserError(f"--board is '{board}'; emulated boards: pico_w, esp32_devkit", 2)
