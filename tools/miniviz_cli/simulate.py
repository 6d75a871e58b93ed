"""`miniviz simulate`: the firmware with any config.json on this computer, hardware faked, network real."""

import signal
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated

import typer

from . import boards, closing, console, placeholders, simulator, staging
from .errors import UserError


def simulate(
    config: Annotated[Path, typer.Option(help="The config.json; the firmware itself checks it.")],
    seconds: Annotated[float | None, typer.Option("--for", help="End after this many seconds.")] = None,
    heap: Annotated[
        str, typer.Option(help="The firmware's heap; objects here are twice a board's.")
    ] = "256k",
    world: Annotated[Path | None, typer.Option(help="A JSON file with networks, sensors and faults.")] = None,
    runtime: Annotated[str, typer.Option(help="auto, micropython or cpython.")] = "auto",
    ca: Annotated[
        Path | None, typer.Option(help="The root certificate of a server of your own, PEM or DER.")
    ] = None,
    folder: Annotated[Path | None, typer.Option(help="Keep the board's file system in this folder.")] = None,
) -> None:
    """Run the firmware with any config.json on this computer; exit code 1 if it refuses to start."""
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    runs = simulator.runtime(runtime, heap)
    settings = staging.read_config(config)
    placeholders.check(settings, config)
    board = boards.of_config(settings)
    typer.echo(f"firmware on {runs.title}", err=True)
    with tempfile.TemporaryDirectory(prefix="miniviz-") as scratch:
        stage = folder or Path(scratch) / "board"
        staging.stage_code(stage, runs.arch)
        staging.stage_board(stage, board)
        _stage_ca(stage, settings, ca)
        staging.stage_config(stage, config)
        scene = world.resolve() if world else Path(scratch) / "world.json"
        if world is None:
            simulator.write_world(scene, settings, board)
        closed: list[bool] = []

        def on_line(line: str) -> None:
            console.show(line)
            if closing.parse(line):
                closed.append(True)

        code = simulator.attend(simulator.start(stage, runs, scene), seconds, on_line)
    # Firmware that never began to read ends without its closing line: on a board the REPL would be free now.
    raise typer.Exit((code if code >= 0 else 128 - code) or (0 if closed else 1))


def _stage_ca(stage: Path, settings: Mapping[str, object], ca: Path | None) -> None:
    """As deploy does; without it the firmware goes on and says what it lacks."""
    if (stage / "ca.der").is_file() and ca is None:
        return
    try:
        staging.stage_ca(stage, settings, ca)
    except UserError as error:
        if ca is not None:
            raise
        typer.echo(f"miniviz: {error}", err=True)
