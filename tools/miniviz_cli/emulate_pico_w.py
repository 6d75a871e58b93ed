"""`miniviz emulate --board pico_w`: the official image on an emulated RP2040, its packets on loopback."""

from pathlib import Path

import typer
from miniviz_server import Running
from rich.console import Console
from rich.progress import DownloadColumn, Progress, TextColumn

from . import boards, console, staging
from .errors import UserError

BOARD = "pico_w"


def emulate(
    config: Path | None, image: Path | None, tcp_port: int | None, seconds: float | None, server: Running
) -> None:
    """Boot it with the config, show its console until Ctrl-C or the time is over."""
    from . import emulator  # it loads the emulator's core, which a look at --help should not

    uf2, board = official_image(image), boards.load(BOARD)
    settings = staging.read_config(config) if config else emulator.first_config(board)
    plan = emulator.plan(settings, board, server)
    typer.echo(f"An emulated Pico W runs {uf2.name}; its radio takes half a minute to start")
    typer.echo(f"  page      {server.url}/")
    typer.echo("  network   ends on this computer; 10.0.0.1 is this computer's 127.0.0.1")
    if plan.devices.missing:
        typer.echo(
            f"  devices   nothing stands for {', '.join(plan.devices.missing)}: it will be said to be missing"
        )
    emulator.run(plan, board, uf2, seconds=seconds, on_line=console.show, on_ready=_ready, tcp_port=tcp_port)


def official_image(named: Path | None = None) -> Path:
    """The image to boot: named, cached, or fetched now."""
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
