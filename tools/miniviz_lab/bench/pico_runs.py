"""Ours and the peer on the emulated Pico W: from power-on to the first reading, free heap, a picture."""

import asyncio
import json
import re
import tempfile
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from miniviz_lab import mpy
from miniviz_lab.pico import copies, image
from miniviz_lab.pico.dht22 import Dht22
from miniviz_lab.pico_w import ARCH, TIME_HOST, PicoW, firmware_files

from .guest import GUESTS, Failed, Guests
from .metric import Metric

if TYPE_CHECKING:
    from miniviz_lab.certificates import Authority

_HOST = "miniviz.test"
_PIN = 15
_JPEG = b"\xff\xd8\xff\xda\x00\x02" + bytes(10_000 - 8) + b"\xff\xd9"
_ANSWER = b'HTTP/1.1 201 Created\r\nContent-Type: application/json\r\nContent-Length: 9\r\n%s\r\n{"id": 1}'
_BOARD = {"board": "pico_w", "pins": [_PIN], "adc_pins": [], "input_only": []}


def plain(guests: Guests) -> list[Metric]:
    """From power-on to the first reading, the heap that is left then, and a picture."""
    both = _both(guests, "http://" + _HOST, None)
    note = "emulated, official image; the peer joins, asks for the time, reads the same DHT22 and posts"
    return [
        _metric("pico_w_first_reading", "s", both, "first_s", note, _phases(both)),
        _metric("pico_w_heap_free", "B", both, "free", f"after the first reading over http{_of(both)}"),
        _metric("pico_w_image_10k", "s", both, "image_s", "10 KB from flash, over http"),
    ]


def tls(guests: Guests) -> list[Metric]:
    """The heap that is left after a verified handshake and a reading."""
    from miniviz_lab.certificates import Authority  # of the developers' packages

    both = _both(guests, "https://" + _HOST, Authority(host=_HOST))
    return [
        _metric(
            "pico_w_heap_free_tls",
            "B",
            both,
            "free",
            f"after the first over https{_of(both)}; the peer checks nobody",
        )
    ]


def _of(both: Mapping[str, Any]) -> str:
    """What the image itself leaves free, in words."""
    ours = both["ours"]
    return "" if isinstance(ours, str) else f", of {ours['empty']:,} B before anything is imported"


def _phases(both: Mapping[str, Any]) -> dict[str, float]:
    """What the first reading waited for, in seconds: ours and the peer's."""
    return {
        f"{who}_{phase}": ms / 1000
        for who, told in both.items()
        if not isinstance(told, str)
        for phase, ms in told["phases"].items()
    }


def _metric(
    name: str,
    unit: str,
    both: Mapping[str, Any],
    key: str,
    note: str,
    parts: Mapping[str, float] | None = None,
) -> Metric:
    ours, peer = (both[who] for who in ("ours", "peer"))
    if isinstance(ours, str) or ours.get(key) is None:
        return Metric(name, unit, [], note=ours if isinstance(ours, str) else f"not told: {ours}")
    other = None if isinstance(peer, str) else peer.get(key)
    if other is None:
        note += f"; the peer failed: {str(peer)[-120:]}"
    return Metric(name, unit, [ours[key]], other, None, note, parts or {})


def _both(guests: Guests, base: str, authority: "Authority | None") -> dict[str, Any]:
    """What ours and the peer tell of themselves, each on a board of its own; a text where one failed."""
    found: dict[str, Any] = {}
    for who, files in (("ours", _ours(guests, base, authority)), ("peer", _peer(base))):
        try:
            found[who] = copies.copy(lambda: None, lambda f=files: _run(f, authority)).result()
        except copies.CopyFailed as error:
            found[who] = str(error)
    if all(isinstance(one, str) for one in found.values()):
        raise Failed(f"neither ran on the emulator: {found}")
    return found


def _ours(guests: Guests, base: str, authority: "Authority | None") -> dict[str, bytes]:
    config = {
        "board": "pico_w",
        "wifi": [{"ssid": "home", "password": "correct horse"}],
        "miniviz": {"url": base, "project": "p", "token": "t", "label": "shed"},
        "ntp": [TIME_HOST],
        "sensors": [{"type": "dht22", "pin": _PIN, "every": 10}],
        "send_every": 1,
        "watchdog": False,
        "log": "error",
    }
    files = firmware_files(guests.firmware, _BOARD)
    files["config.json"] = json.dumps(config).encode()
    if authority:
        files["ca.der"] = authority.der
    return files | _program("pico_ours") | {"image.jpg": _JPEG}


def _peer(base: str) -> dict[str, bytes]:
    settings = {"url": base + "/api/project/p?token=t", "ntp": TIME_HOST, "pin": _PIN}
    return _program("pico_peer") | {"image.jpg": _JPEG, "settings.json": json.dumps(settings).encode()}


def _program(name: str) -> dict[str, bytes]:
    """The program, compiled as the firmware is, and a main.py that starts it."""
    with tempfile.TemporaryDirectory(prefix="miniviz-bench-") as folder:
        target = Path(folder) / "program.mpy"
        mpy.compile_file(GUESTS / f"{name}.py", target, ARCH)
        return {"program.mpy": target.read_bytes(), "main.py": b"import program\n"}


async def _run(files: Mapping[str, bytes], authority: "Authority | None") -> dict[str, Any]:
    # The time server tells this computer's time: certificates made a moment ago are valid by it.
    board = PicoW(_image(), files=files, devices=[Dht22(_PIN)], start_unix_ms=time.time_ns() // 1_000_000)
    arrived: list[float] = []
    with tempfile.TemporaryDirectory(prefix="miniviz-bench-") as folder:
        context = authority.context("good", Path(folder)) if authority else None
    limits: dict[str, Any] = {"ssl": context, "ssl_handshake_timeout": 600} if context else {}
    serve = _server(lambda: arrived.append(board.machine.seconds))
    server = await asyncio.start_server(serve, "127.0.0.1", 0, **limits)
    board.network.serve(_HOST, 443 if authority else 80, server.sockets[0].getsockname()[1])
    await board.machine.start()
    told = re.compile(r"^told (\{.*\})$", re.M)
    if not await board.until(lambda: told.search(board.text) or "Traceback" in board.text, seconds=120):
        raise AssertionError(f"nothing told in 120 s: {board.text[-600:]}")
    found = told.search(board.text)
    if not found:
        raise AssertionError(board.text[-600:])
    await board.machine.stop()
    return {**json.loads(found[1]), "first_s": arrived[0]}


def _image() -> Path:
    found = image.cached()
    assert found is not None
    return found


def _server(arrived: Callable[[], None]) -> Callable[..., Any]:
    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            old = False
            while not old:
                head = await reader.readuntil(b"\r\n\r\n")
                length = re.search(rb"content-length: *(\d+)", head.lower())
                await reader.readexactly(int(length[1]) if length else 0)
                arrived()
                old = b"HTTP/1.0" in head.partition(b"\r\n")[0]
                writer.write(_ANSWER % (b"Connection: close\r\n" if old else b""))
                await writer.drain()
        except (asyncio.IncompleteReadError, asyncio.CancelledError, ConnectionError):
            pass  # the board has closed, or it has told what was asked
        finally:
            writer.close()

    return serve
