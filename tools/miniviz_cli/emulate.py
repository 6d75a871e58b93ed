"""`miniviz emulate`: no board? here is one: the official Pico W image, emulated, with the firmware on it."""

from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.progress import DownloadColumn, Progress, TextColumn

from . import boards, console, local_server, staging
from .errors import UserError

_BOARDS = ("pico_w",)


def emulate(
    config: Annotated[
        Path | None, typer.Option(help="The config.json; default: a DHT22 on the board's first pin for one.")
    ] = None,
    board: Annotated[str, typer.Option(help="Which board.")] = "pico_w",
    image: Annotated[Path | None, typer.Option(help="A MicroPython image (.uf2) of your own.")] = None,
    tcp_port: Annotated[
        int | None, typer.Option(help="The board's console here, for `--port socket://127.0.0.1:PORT`.")
    ] = None,
    seconds: Annotated[float | None, typer.Option("--for", help="End after this many seconds.")] = None,
    database: Annotated[Path | None, typer.Option(help="Keep the readings in this SQLite file.")] = None,
    port: Annotated[int | None, typer.Option(help="Of the page; default: 8000, or a free one.")] = None,
    fetch: Annotated[bool, typer.Option("--fetch", help="Only fetch the official image.")] = False,
) -> None:
    """Run the firmware on the official image of a board that is emulated; nothing leaves this computer."""
    uf2 = official_image(image, board)
    if fetch:
        typer.echo(f"the official image is {uf2}")
        return
    from . import emulator  # it loads the emulator's core, which a look at --help should not

    settings = staging.read_config(config) if config else emulator.first_config(boards.load(board))
    with local_server.running(database, port) as server:
        plan = emulator.plan(settings, server)
        typer.echo(f"An emulated Pico W runs {uf2.name}; its radio takes half a minute to start")
        typer.echo(f"  page      {server.url}/")
        typer.echo("  network   ends on this computer; 10.0.0.1 is this computer's 127.0.0.1")
        if plan.missing:
            typer.echo(
                f"  sensors   nothing stands for {', '.join(plan.missing)}: it will say that it is missing"
            )
        emulator.run(
            plan,
            boards.load(board),
            uf2,
            seconds=seconds,
            on_line=console.show,
            on_ready=_ready,
            tcp_port=tcp_port,
        )


def official_image(named: Path | None, board: str) -> Path:
    """The image to boot: named, cached, or fetched now."""
    if board not in _BOARDS:
        raise UserError(f"--board is '{board}'; emulated boards: {', '.join(_BOARDS)}", 2)
    try:
        from miniviz_lab.pico import image
    except ImportError as error:
        raise UserError(f"the emulator is not available for this computer ({error})") from None
    if named:
        if not named.is_file():
            raise UserError(f"there is no file {named}", 2)
        return named
    return image.cached() or _fetched()


def _fetched() -> Path:
    from miniviz_lab.pico import image

    columns = TextColumn("fetching the official image"), DownloadColumn()
    try:
        with Progress(*columns, console=Console(stderr=True), transient=True) as progress:
            task = progress.add_task("", total=None)
            return image.fetch(lambda size: progress.update(task, completed=size))
    except (OSError, image.WrongImage) as error:
        raise UserError(str(error)) from None


def _ready(port: int) -> None:
    if port:
        typer.echo(f"  console   socket://127.0.0.1:{port}")
    typer.echo("  Ctrl-C ends it\n")
