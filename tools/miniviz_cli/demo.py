"""`miniviz demo`: sensor, firmware, server and page on this computer, end to end."""

import json
import signal
import tempfile
from pathlib import Path
from typing import Annotated

import typer
from miniviz_lab.ntp import NtpServer
from miniviz_server import Running

from . import boards, closing, console, emulate_pico_w, local_server, simulator, staging
from .errors import UserError

_ENOUGH = 5


def demo(
    seconds: Annotated[
        float | None, typer.Option("--for", help="End after this many seconds and count.")
    ] = None,
    database: Annotated[Path | None, typer.Option(help="Keep the readings in this SQLite file.")] = None,
    port: Annotated[int | None, typer.Option(help="Of the page; default: 8000, or a free one.")] = None,
    heap: Annotated[
        str, typer.Option(help="The firmware's heap; objects here are twice a board's.")
    ] = "256k",
    runtime: Annotated[str, typer.Option(help="auto, micropython or cpython.")] = "auto",
    emulated: Annotated[
        str | None,
        typer.Option("--board", help="pico_w: run its official image, emulated (needs half a minute)."),
    ] = None,
) -> None:
    """A simulated Pico W sends readings and pictures to a page on this computer, until Ctrl-C."""
    # Whoever ends us with a signal gets the same tidy end as Ctrl-C.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    if emulated not in (None, emulate_pico_w.BOARD):
        raise UserError(f"--board is '{emulated}'; the demo's emulated board: {emulate_pico_w.BOARD}", 2)
    image = emulate_pico_w.official_image() if emulated else None
    runs = simulator.emulated(image) if image else simulator.runtime(runtime, heap)
    with (
        local_server.running(database, port) as server,
        NtpServer() as ntp,
        tempfile.TemporaryDirectory(prefix="miniviz-") as folder,
    ):
        _welcome(server, runs)
        board = boards.load("pico_w")
        settings = _config(server, ntp.host, board)
        before, shown = _count(server), _pictures(server)
        if image:
            last = _emulate(settings, board, image, server, seconds)
        else:
            last = _run(Path(folder), settings, board, runs, seconds)
        stored = _stored(server, _count(server) - before)
        pictures = _pictures(server) - shown
    _conclude(last, stored, pictures, headless=seconds is not None)


def _welcome(server: Running, runs: simulator.Runtime) -> None:
    typer.echo(
        "Miniviz demo: a simulated Pico W reads a DHT22 every 2 s, takes a picture a minute, sends both"
    )
    typer.echo(f"  page      {server.url}/")
    typer.echo(f"  firmware  on {runs.title}")
    typer.echo("  Ctrl-C ends it\n")


def _config(server: Running, ntp: str, board: boards.Board) -> dict[str, object]:
    project = server.projects[0]
    return {
        "board": board.name,
        "wifi": [{"ssid": "home", "password": "correct horse"}],
        "miniviz": {"url": server.url, "project": project.id, "token": project.token, "label": "demo-1"},
        "ntp": [ntp],
        "sensors": [{"type": "dht22", "pin": board.dht22.data, "every": 2}],
        "camera": {"type": "arducam_mini", "every": 60},
        "send_every": 2,
    }


def _run(
    folder: Path,
    settings: dict[str, object],
    board: boards.Board,
    runs: simulator.Runtime,
    seconds: float | None,
) -> closing.Closing | None:
    stage = folder / "board"
    staging.stage_code(stage, runs.arch)
    staging.stage_board(stage, board)
    (stage / "config.json").write_text(json.dumps(settings), encoding="utf-8")
    world = simulator.write_world(folder / "world.json", settings, board)
    found: list[closing.Closing] = []

    def on_line(line: str) -> None:
        console.show(line)
        if numbers := closing.parse(line):
            found.append(numbers)

    simulator.attend(simulator.start(stage, runs, world), seconds, on_line)
    return found[-1] if found else None


def _emulate(
    settings: dict[str, object], board: boards.Board, image: Path, server: Running, seconds: float | None
) -> closing.Closing | None:
    from . import emulator  # its core takes a moment to load

    found: list[closing.Closing] = []

    def on_line(line: str) -> None:
        console.show(line)
        if numbers := closing.parse(line):
            found.append(numbers)

    emulator.run(emulator.plan(settings, board, server), board, image, seconds=seconds, on_line=on_line)
    return found[-1] if found else None


def _count(server: Running) -> int:
    return server.count(server.projects[0].id)


def _pictures(server: Running) -> int:
    return server.images.count(server.projects[0].id)


def _stored(server: Running, new: int) -> int:
    """Distinct readings among the new ones: one that came twice is one."""
    events = server.events(server.projects[0].id, new) if new else []
    return len({(event.label_key, event.timestamp) for event in events})


def _conclude(last: closing.Closing | None, stored: int, pictures: int, *, headless: bool) -> None:
    if last is None:
        raise UserError(f"the firmware ended without its closing line; the server stored {stored} readings")
    lost = last.lost(stored) + last.lost_pictures(pictures)
    few = headless and (stored < _ENOUGH or not pictures)
    if few:
        typer.echo(f"miniviz: fewer than {_ENOUGH} readings and a picture arrived", err=True)
    typer.echo(f"delivered {stored} readings, {pictures} pictures, {lost} lost")
    if lost or few:
        raise typer.Exit(1)
