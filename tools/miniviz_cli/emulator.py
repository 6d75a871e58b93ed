"""The emulated Pico W for users: devices by the config, the local server and the right time around it."""

import asyncio
import json
import signal
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from types import FrameType
from typing import Any, cast
from urllib.parse import urlsplit

from miniviz_lab.pico.console_port import ConsolePort
from miniviz_lab.pico.network import GATEWAY, Network
from miniviz_lab.pico_w import TIME_HOST, PicoW, firmware_files
from miniviz_server import Running

from . import boards, emulated_devices, paths

_LOCAL = ("127.0.0.1", "localhost", GATEWAY)
_STOP_SECONDS = 20.0  # of guest time: the firmware sends what it can before it ends


@dataclass
class Plan:
    """What is put onto the flash and what hangs on the pins."""

    settings: dict[str, Any]
    network: Network
    devices: emulated_devices.Devices


def first_config(board: boards.Board) -> dict[str, object]:
    """What emulate runs without a config: one DHT22, every ten seconds."""
    return {
        "board": board.name,
        "wifi": [{"ssid": "home", "password": "correct horse"}],
        "miniviz": {"project": "-", "token": "-", "label": "emulated-1"},
        "sensors": [{"type": "dht22", "pin": board.dht22.data, "every": 10}],
        "send_every": 10,
    }


def plan(settings: Mapping[str, object], board: boards.Board, server: Running) -> Plan:
    """The config with its server replaced by the one on this computer, and the world that it asks for."""
    network = Network()
    network.gateway_open = True
    changed = cast("dict[str, Any]", json.loads(json.dumps(settings)))
    there = changed.setdefault("miniviz", {})
    if isinstance(there, dict):
        _redirect(cast("dict[str, Any]", there), server, network)
    changed["ntp"] = [TIME_HOST if _is_local(host) else host for host in _ntp_hosts(changed)]
    wiring = board.camera.wiring() if board.camera else None
    return Plan(changed, network, emulated_devices.of(changed, wiring))


def _redirect(there: dict[str, Any], server: Running, network: Network) -> None:
    """A server on this computer is kept; any other is played by the local one."""
    url = urlsplit(str(there.get("url") or "https://api.miniviz.net"))
    host = url.hostname or "api.miniviz.net"
    if host in _LOCAL:
        there["url"] = f"http://{GATEWAY}:{url.port or 80}"
        return
    project = server.projects[0]
    there.update(url=f"http://{host}", project=project.id, token=project.token)
    network.serve(host, 80, urlsplit(server.url).port or 80)


def run(
    plan: Plan,
    board: boards.Board,
    image: Path,
    *,
    seconds: float | None,
    on_line: Callable[[str], None],
    on_ready: Callable[[int], None] | None = None,
    tcp_port: int | None = None,
) -> None:
    """Boot it and pass on what it prints, until Ctrl-C or the time is over; then Ctrl-C goes to the board."""
    asyncio.run(_run(plan, board, image, seconds, on_line, on_ready, tcp_port))


async def _run(
    plan: Plan,
    board: boards.Board,
    image: Path,
    seconds: float | None,
    on_line: Callable[[str], None],
    on_ready: Callable[[int], None] | None,
    tcp_port: int | None,
) -> None:
    files = firmware_files(paths.firmware(), board.device_facts())
    files["config.json"] = json.dumps(plan.settings).encode()
    guest = PicoW(
        image,
        files=files,
        devices=plan.devices.all,
        network=plan.network,
        start_unix_ms=time.time_ns() // 1_000_000,
        real_time=True,
    )
    for host in _ntp_hosts(plan.settings):
        name, _, port = host.partition(":")
        plan.network.answer(name, int(port or 123), guest.time.answer)
    ended = _ended_by_signal()
    printer = _Lines(on_line)
    guest.machine.listen(printer.take)
    console = None
    try:
        await guest.machine.start()
        if tcp_port is not None:
            console = await ConsolePort(guest).open(tcp_port)
        if on_ready:
            on_ready(console.port if console else 0)
        if seconds is not None:  # of the board's time: how long that takes here depends on this computer
            guest.machine.after(int(seconds * 1e9), ended.set)
        weather = asyncio.create_task(_weather(guest, plan.devices))
        await ended.wait()
        weather.cancel()
        if not console:
            await _stop(guest)
    finally:
        if console:
            console.close()
        await guest.machine.stop()


async def _stop(guest: PicoW) -> None:
    since = len(guest.text)
    await guest.type(b"\x03")
    await guest.until(
        lambda: "stopped: " in guest.text[since:] and guest.text.endswith(">>> "), seconds=_STOP_SECONDS
    )


def _is_local(host: str) -> bool:
    return host.partition(":")[0] in _LOCAL


def _ntp_hosts(settings: Mapping[str, Any]) -> list[str]:
    hosts = settings.get("ntp") or ["ntp.nict.jp", "pool.ntp.org", "time.google.com"]
    return [host for host in hosts if isinstance(host, str)]


def _ended_by_signal() -> asyncio.Event:
    ended, loop = asyncio.Event(), asyncio.get_running_loop()

    def end(_signal: int, _frame: FrameType | None) -> None:
        loop.call_soon_threadsafe(ended.set)

    for name in (signal.SIGINT, signal.SIGTERM):
        signal.signal(name, end)
    return ended


async def _weather(guest: PicoW, devices: emulated_devices.Devices) -> None:
    while True:
        devices.live(guest.machine.seconds)
        await guest.machine.sleep(1)


class _Lines:
    """Bytes of the console to whole lines."""

    def __init__(self, on_line: Callable[[str], None]) -> None:
        self._on_line = on_line
        self._rest = b""

    def take(self, data: bytes) -> None:
        *lines, self._rest = (self._rest + data).split(b"\n")
        for line in lines:
            self._on_line(line.decode(errors="replace").rstrip("\r"))
