"""The verbs and the real mpremote against the emulated board, over its console as a TCP port."""

import asyncio
import http.server
import json
import signal
import sys
import tempfile
import threading
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from bench import FORGET, settings
from command import MINIVIZ, environment
from miniviz_cli import paths
from miniviz_lab.pico import flash
from miniviz_lab.pico.console_port import ConsolePort
from miniviz_lab.pico_w import PicoW
from platform_server import Platform

MINUTES = 2
EMPTY = flash.image({})


async def begin(*words: object) -> asyncio.subprocess.Process:
    """Start a program beside the emulator."""
    return await asyncio.create_subprocess_exec(
        *map(str, words),
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
        stdin=asyncio.subprocess.DEVNULL,
        env=environment(),
    )


async def command(*words: object) -> tuple[int, str]:
    """Run it to its end; its exit code and all it said."""
    process = await begin(*words)
    out, _ = await process.communicate()
    return process.returncode or 0, out.decode(errors="replace")


async def verb(*words: object) -> str:
    """Run a verb of ours, which is to end well; all it said."""
    code, told = await command(*MINIVIZ, *words)
    assert code == 0, f"{words[0]}: {told}"
    return told


async def deploy(board: PicoW) -> Any:
    """An empty board gets the firmware and a config, resets itself and sends; monitor shows how."""
    platform = await Platform(board).open()
    await board.swap_files(EMPTY)
    with tempfile.TemporaryDirectory() as folder:
        config = Path(folder) / "config.json"
        config.write_text(json.dumps(settings()))
        console = await ConsolePort(board).open()
        port = f"socket://127.0.0.1:{console.port}"
        told = await verb("deploy", "--port", port, "--config", config)
        # The board has reset itself: it starts the radio, half a minute of ours.
        monitor = await begin(*MINIVIZ, "monitor", "--port", port)
        assert await board.until(lambda: platform.accepted, seconds=60), board.text
        assert board.files()["config.json"] == config.read_bytes()
        await board.machine.sleep(1)
        monitor.send_signal(signal.SIGINT)
        shown, _ = await monitor.communicate()
        return told, shown.decode(errors="replace"), platform.payloads[0]


async def look_and_change(board: PicoW) -> Any:
    """doctor, pull and configure --set on a board that has the firmware and its WiFi."""
    platform = await Platform(board).open()
    await board.machine.exec(f"f = open('config.json', 'w'); f.write({json.dumps(settings())!r}); f.close()")
    await board.machine.exec(
        "f = open('deployed.json', 'w'); f.write('{\"files\": [\"main.py\"]}'); f.close()"
    )
    await board.machine.exec("from miniviz import state; state.put('note', 7)")
    console = await ConsolePort(board).open()
    port = ("--port", f"socket://127.0.0.1:{console.port}")
    doctor = await verb("doctor", *port, "--no-restart")
    with tempfile.TemporaryDirectory() as folder:
        pull = await verb("pull", folder, *port)
        state = json.loads((Path(folder) / "state.json").read_text())
    change = ("--set", "miniviz.label=barn", "--set", "sensors.0.every=3", "--no-test")
    configure = await verb("configure", *port, *change)
    # It starts anew, with its radio.
    before = len(platform.accepted)
    assert await board.until(lambda: len(platform.accepted) >= before + 2, seconds=60), board.text
    return doctor, pull, state, configure, platform.accepted[-1].body["label_key"], board.files()


class _Quiet(http.server.SimpleHTTPRequestHandler):
    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 the library's name
        pass


async def mip(board: PicoW) -> Any:
    """mpremote mip install, from a server on this computer."""
    await board.swap_files(EMPTY)
    console = await ConsolePort(board).open()
    with http.server.ThreadingHTTPServer(
        ("127.0.0.1", 0), partial(_Quiet, directory=str(paths.firmware()))
    ) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        url = f"http://127.0.0.1:{server.server_address[1]}/package.json"
        mpremote = (sys.executable, "-m", "mpremote", "connect", f"socket://127.0.0.1:{console.port}")
        code, told = await command(*mpremote, "mip", "install", "--target", "/lib", url)
        server.shutdown()
    assert code == 0, told
    imported = await board.machine.exec(FORGET + "import miniviz, miniviz.rules; print(miniviz.__file__)")
    return {name.removeprefix("lib/") for name in board.files()}, imported.strip()


CASES = {"deploy": deploy, "look and change": look_and_change, "mip": mip}


@pytest.mark.parametrize("case", ["deploy"])
def test_deploy_brings_an_empty_board_to_its_first_reading(results, case: str) -> None:
    told, shown, payload = results(case)
    assert "files are in place and verified, it starts" in told
    assert "listening on socket://" in shown and "I app: 1 sensor on pico_w" in shown
    assert payload == {"temperature": 23.4, "humidity": 56.7}


@pytest.mark.parametrize("case", ["look and change"])
def test_doctor_pull_and_configure(results, case: str) -> None:
    doctor, pull, state, configure, label, files = results(case)
    assert "All is well." in doctor, doctor
    assert "files of the board are in" in pull
    assert state["note"] == 7
    assert "it starts anew" in configure
    assert label == "barn"
    config = json.loads(files["config.json"])
    assert config["miniviz"]["label"] == "barn" and config["sensors"][0]["every"] == 3
    assert "config.json.new" not in files


@pytest.mark.parametrize("case", ["mip"])
def test_mip_installs_the_firmware(results, case: str) -> None:
    found, imported = results(case)
    listed = {name for name, _ in json.loads((paths.firmware() / "package.json").read_text())["urls"]}
    assert listed <= found, listed - found
    assert imported.startswith("/lib/miniviz/__init__.")
