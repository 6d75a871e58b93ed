"""`miniviz emulate --board esp32_devkit`: the official ESP32 image in PICSimLab's QEMU, in real time."""

import json
import signal
import tempfile
import time
from collections.abc import Callable, Mapping
from contextlib import ExitStack, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast
from urllib.parse import urlsplit

import typer
from miniviz_lab.esp32 import flash, found
from miniviz_lab.esp32.console import Console
from miniviz_lab.esp32.dns import BOARD_SEES
from miniviz_lab.esp32.emulator import SSID
from miniviz_lab.esp32.lab import Lab
from miniviz_lab.esp32.relay import Relay
from miniviz_lab.esp32.serial_port import SerialPort
from miniviz_server import Running

from . import boards, staging
from .errors import UserError

BOARD = "esp32_devkit"
_LOCAL = ("127.0.0.1", "localhost", BOARD_SEES)
_LOOK_SECONDS = 0.2
_STOP_SECONDS = 20.0  # the firmware sends what it can before it ends
_KNOWN = ("system",)  # nothing hangs on the emulated pins


@dataclass
class Plan:
    """What stands in the board's config.json, and where its server is in truth."""

    settings: dict[str, Any]
    port: int  # which the board asks for
    target: tuple[str, int]
    missing: list[str]  # sensor types of the config that nothing stands for


def official_image(named: Path | None) -> found.Found:
    """The emulator with the image to boot: the one named, or the cached one."""
    if named and not named.is_file():
        raise UserError(f"there is no file {named}", 2)
    try:
        return found.find(named)
    except FileNotFoundError as error:
        raise UserError(str(error)) from None


def first_config() -> dict[str, object]:
    """What emulate runs without a config: the board about itself, every ten seconds."""
    return {
        "board": BOARD,
        "wifi": [{"ssid": SSID}],
        "miniviz": {"project": "-", "token": "-", "label": "emulated-1"},
        "sensors": [{"type": "system", "every": 10}],
        "send_every": 10,
    }


def plan(settings: Mapping[str, object], server: Running) -> Plan:
    """The config with its network, server and time replaced by those around the emulated board."""
    changed = cast("dict[str, Any]", json.loads(json.dumps(settings)))
    changed["wifi"] = [{"ssid": SSID, "password": ""}]
    changed["ntp"] = [_plain(host) for host in changed.get("ntp") or ["pool.ntp.org"]]
    there = changed.setdefault("miniviz", {})
    url = urlsplit(str(there.get("url") or "https://api.miniviz.net"))
    host, port = url.hostname or "api.miniviz.net", 80
    if host in _LOCAL:  # a server on this computer is kept; any other is played by the local one
        port = url.port or 80
        target = ("127.0.0.1", port)
    else:
        project = server.projects[0]
        there.update(project=project.id, token=project.token)
        target = ("127.0.0.1", urlsplit(server.url).port or 80)
    there["url"] = f"http://{BOARD_SEES if host in _LOCAL else host}:{port}"
    entries = cast("list[dict[str, object]]", changed.get("sensors", []))
    types = {str(entry.get("type")) for entry in entries}
    return Plan(changed, port, target, sorted(types - {*_KNOWN}))


def run(
    plan: Plan,
    where: found.Found,
    *,
    seconds: float | None,
    on_line: Callable[[str], None],
    on_ready: Callable[[int], None] | None = None,
    tcp_port: int | None = None,
) -> None:
    """Boot it and pass on what it prints, until Ctrl-C or the time is over; then Ctrl-C goes to the board."""
    with ExitStack() as stack:
        lab = stack.enter_context(Lab(where, _files(plan.settings)))
        stack.enter_context(Relay(lab.listen(plan.port), plan.target))
        console = lab.board.power_on()
        port = 0
        if tcp_port is not None:
            serial = stack.enter_context(SerialPort(lab.board, tcp_port))
            port = serial.port
        if on_ready:
            on_ready(port)
        lines = _Lines(console, on_line)
        signal.signal(signal.SIGTERM, signal.default_int_handler)
        with suppress(KeyboardInterrupt):
            lines.follow(seconds)
        if not port:
            with suppress(KeyboardInterrupt, TimeoutError):
                console.type("\x03")
                console.wait_for("stopped: ", _STOP_SECONDS, lines.at)
                console.wait_for(">>> ", _STOP_SECONDS, lines.at)
        lines.show()


def emulate(
    config: Path | None, image: Path | None, tcp_port: int | None, seconds: float | None, server: Running
) -> None:
    """The whole verb for this board, beside a local server that runs."""
    where = official_image(image)
    what = plan(staging.read_config(config) if config else first_config(), server)
    typer.echo(f"An emulated ESP32 runs {where.image.name} in real time")
    typer.echo(f"  page      {server.url}/")
    typer.echo(f"  network   ends on this computer; the board joins {SSID}, whatever the config says")
    if what.missing:
        typer.echo(f"  sensors   nothing hangs on its pins: no answer from {', '.join(what.missing)}")

    def ready(port: int) -> None:
        if port:
            typer.echo(f"  console   socket://127.0.0.1:{port}")
        typer.echo("  Ctrl-C ends it\n")

    from . import console

    run(what, where, seconds=seconds, on_line=console.show, on_ready=ready, tcp_port=tcp_port)


def _files(settings: Mapping[str, Any]) -> dict[str, bytes]:
    """What `miniviz deploy` puts onto this board."""
    board = boards.load(BOARD)
    with tempfile.TemporaryDirectory(prefix="miniviz-") as folder:
        stage = Path(folder)
        staging.stage_code(stage, board.mpy.arch)
        staging.stage_board(stage, board)
        (stage / "config.json").write_text(json.dumps(settings), encoding="utf-8")
        return flash.tree(stage)


def _plain(host: object) -> str:
    """A time server's name without its port: the emulated one answers under every name, on 123."""
    name = str(host).partition(":")[0]
    return "pool.ntp.org" if name in _LOCAL else name


class _Lines:
    """Whole lines of the console, as they come."""

    def __init__(self, console: Console, on_line: Callable[[str], None]) -> None:
        self.at = 0
        self._console, self._on_line = console, on_line

    def follow(self, seconds: float | None) -> None:
        """Until the time is over or the emulator ends."""
        end = None if seconds is None else time.monotonic() + seconds
        while (end is None or time.monotonic() < end) and not self._console.ended:
            time.sleep(_LOOK_SECONDS)
            self.show()

    def show(self) -> None:
        """What has come since."""
        *lines, rest = self._console.between(self.at, self._console.mark).split("\n")
        self.at = self._console.mark - len(rest.encode())
        for line in lines:
            self._on_line(line.rstrip("\r"))
