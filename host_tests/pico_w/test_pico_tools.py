"""The verbs and the real mpremote against the emulated board, over its console as a TCP port."""

import asyncio
import http.server
import json
import re
import shutil
import signal
import sys
import tempfile
import threading
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from bench import FORGET, Cold, settings
from command import MINIVIZ, environment
from miniviz_cli import paths
from miniviz_lab.pico import flash
from miniviz_lab.pico.console_port import ConsolePort
from miniviz_lab.pico_w import PicoW
from platform_server import Platform

MINUTES = 2
EMPTY = flash.image({})
# The console takes 600 bytes of a file in a second of this computer: a whole version would take minutes.
MISSING = ("main.py", "miniviz/led.mpy")
OTHER, GONE = "miniviz/rules.mpy", "miniviz/gone.mpy"
BY_MIP = ("__init__.py", "rules.py", "port.py", "switch.py")


async def begin(*words: object) -> asyncio.subprocess.Process:
    """Start a program beside the emulator."""
    return await asyncio.create_subprocess_exec(
        *map(str, words),
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
        stdin=asyncio.subprocess.DEVNULL,
        env=environment(),
    )


async def command(board: PicoW, *words: object) -> tuple[int, str]:
    """Run it to its end; its exit code and all it said. The board leaves it time to compute."""
    board.machine.real_time = True
    process = await begin(*words)
    out, _ = await process.communicate()
    board.machine.real_time = False
    return process.returncode or 0, out.decode(errors="replace")


async def verb(board: PicoW, *words: object) -> str:
    """Run a verb of ours, which is to end well; all it said."""
    code, told = await command(board, *MINIVIZ, *words)
    assert code == 0, f"{words[0]}: {told}"
    return told


def older(files: dict[str, bytes]) -> dict[str, bytes]:
    """What an earlier deploy would have left: some files other or missing, one that is no longer ours."""
    there = {name: data for name, data in files.items() if name not in MISSING}
    there[OTHER], there[GONE] = b"# of an earlier version\n", b"# no longer ours\n"
    there["mine.py"] = b"# not ours\n"
    record = [*(name for name in there if name != "mine.py")]
    return {**there, "deployed.json": json.dumps({"files": record}).encode()}


async def deploy(board: PicoW) -> Any:
    """An older version gets what it lacks and a config, the board resets and sends; monitor shows how."""
    platform = await Platform(board).open()
    new = board.files()
    await board.swap_files(flash.image(older(new)))
    with tempfile.TemporaryDirectory() as folder:
        config = Path(folder) / "config.json"
        config.write_text(json.dumps(settings()))
        console = await ConsolePort(board).open()
        port = f"socket://127.0.0.1:{console.port}"
        told = await verb(board, "deploy", "--port", port, "--config", config)
        # The board has reset itself: it starts the radio.
        monitor = await begin(*MINIVIZ, "monitor", "--port", port)
        assert await board.until(lambda: platform.accepted, seconds=120), board.text
        assert board.files()["config.json"] == config.read_bytes()
        monitor.send_signal(signal.SIGINT)
        shown, _ = await monitor.communicate()
        return told, shown.decode(errors="replace"), platform.payloads[0], new, board.files()


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
    # The server's name means something on the board only: this computer has no way to it, and doctor says so.
    code, doctor = await command(board, *MINIVIZ, "doctor", *port, "--no-restart")
    assert code == 1, doctor
    with tempfile.TemporaryDirectory() as folder:
        pull = await verb(board, "pull", folder, *port)
        state = json.loads((Path(folder) / "state.json").read_text())
    change = ("--set", "miniviz.label=barn", "--set", "sensors.0.every=3", "--no-test")
    configure = await verb(board, "configure", *port, *change)
    # It starts anew, with its radio.
    before = len(platform.accepted)
    assert await board.until(lambda: len(platform.accepted) > before, seconds=60), board.text
    return doctor, pull, state, configure, platform.accepted[-1].body["label_key"], board.files()


class _Quiet(http.server.SimpleHTTPRequestHandler):
    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 the library's name
        pass


async def mip(board: PicoW) -> Any:
    """mpremote mip install, from a server on this computer; some of the package's files stand for all."""
    await board.swap_files(EMPTY)
    console = await ConsolePort(board).open()
    package = json.loads((paths.firmware() / "package.json").read_text())
    package["urls"] = [pair for pair in package["urls"] if pair[0] in (f"miniviz/{name}" for name in BY_MIP)]
    with tempfile.TemporaryDirectory() as folder:
        shutil.copytree(paths.firmware(), folder, dirs_exist_ok=True)
        (Path(folder) / "package.json").write_text(json.dumps(package))
        with http.server.ThreadingHTTPServer(("127.0.0.1", 0), partial(_Quiet, directory=folder)) as server:
            threading.Thread(target=server.serve_forever, daemon=True).start()
            url = f"http://127.0.0.1:{server.server_address[1]}/package.json"
            mpremote = (sys.executable, "-m", "mpremote", "connect", f"socket://127.0.0.1:{console.port}")
            code, told = await command(
                board, *mpremote, "mip", "install", "--no-mpy", "--target", "/lib", url
            )
            server.shutdown()
    assert code == 0, told
    imported = await board.machine.exec(FORGET + "import miniviz, miniviz.rules; print(miniviz.__file__)")
    return board.files(), imported.strip()


async def emulate(image: Path, _files: dict[str, bytes]) -> Any:
    """miniviz emulate as a user types it: no board, no config; it ends after some of the board's seconds."""
    process = await begin(*MINIVIZ, "emulate", "--for", 6, "--port", 0, "--image", image)
    out, _ = await process.communicate()
    return process.returncode, out.decode(errors="replace")


CASES = {"emulate": Cold(emulate), "deploy": deploy, "look and change": look_and_change, "mip": mip}


@pytest.mark.parametrize("case", ["emulate"])
def test_emulate_shows_a_board_that_delivers_and_ends_it(results, case: str) -> None:
    code, told = results(case)
    assert code == 0, told
    assert re.search(r"page +http://127\.0\.0\.1:\d+/", told), told
    assert "I app: 1 sensor on pico_w, label emulated-1" in told
    counts = re.search(r"stopped: taken (\d+), delivered (\d+), waiting 0", told)
    assert counts and int(counts[2]) == int(counts[1]) > 0, told


@pytest.mark.parametrize("case", ["deploy"])
def test_deploy_completes_a_version_and_monitor_shows_the_first_reading(results, case: str) -> None:
    told, shown, payload, new, there = results(case)
    assert "files (4 of them new) are in place and verified, it starts" in told
    assert "listening on socket://" in shown and "I app: 1 sensor on pico_w" in shown
    assert payload == {"temperature": 23.4, "humidity": 56.7}
    assert GONE not in there and there["mine.py"] == b"# not ours\n"
    assert all(there[name] == new[name] for name in (*MISSING, OTHER))


@pytest.mark.parametrize("case", ["look and change"])
def test_doctor_pull_and_configure(results, case: str) -> None:
    doctor, pull, state, configure, label, files = results(case)
    faults = [line for line in doctor.splitlines() if "FAULT" in line]
    assert len(faults) == 1 and "no address for miniviz.test" in faults[0], doctor
    assert "server   ok" in doctor and "sensors  ok    dht22" in doctor, doctor
    assert "files of the board in" in pull
    assert state["note"] == 7
    assert "it starts anew" in configure
    assert label == "barn"
    config = json.loads(files["config.json"])
    assert config["miniviz"]["label"] == "barn" and config["sensors"][0]["every"] == 3
    assert "config.json.new" not in files


@pytest.mark.parametrize("case", ["mip"])
def test_mip_installs_the_package(results, case: str) -> None:
    files, imported = results(case)
    source = paths.firmware() / "miniviz"
    assert files == {f"lib/miniviz/{name}": (source / name).read_bytes() for name in BY_MIP}
    assert imported == "/lib/miniviz/__init__.py"
