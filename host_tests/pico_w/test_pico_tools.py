"""The verbs and the real mpremote against the emulated board, over its console as a TCP port."""

import asyncio
import http.server
import json
import sys
import threading
from functools import partial
from pathlib import Path

from bench import settings
from command import MINIVIZ, environment
from miniviz_cli import paths
from miniviz_lab.pico import flash
from miniviz_lab.pico.console_port import ConsolePort
from miniviz_lab.pico_w import PicoW, WarmPicoW
from platform_server import Platform

EMPTY = flash.image({})


async def command(*words: object) -> tuple[int, str]:
    """Run a program beside the emulator; its exit code and all it said."""
    process = await asyncio.create_subprocess_exec(
        *map(str, words),
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
        stdin=asyncio.subprocess.DEVNULL,
        env=environment(),
    )
    out, _ = await process.communicate()
    return process.returncode or 0, out.decode(errors="replace")


def test_deploy_brings_an_empty_board_to_its_first_reading(warm: WarmPicoW, tmp_path: Path) -> None:
    async def scenario(board: PicoW) -> tuple[str, str, object]:
        platform = await Platform(board).open()
        await board.swap_files(EMPTY)
        config = tmp_path / "config.json"
        config.write_text(json.dumps(settings()))
        console = await ConsolePort(board).open()
        port = f"socket://127.0.0.1:{console.port}"
        code, told = await command(*MINIVIZ, "deploy", "--port", port, "--config", config)
        assert code == 0, told
        # The board has reset itself: it starts the radio, half a minute of ours.
        code, shown = await command(*MINIVIZ, "monitor", "--port", port, "--for", 2)
        assert code == 0, shown
        assert await board.until(lambda: platform.accepted, seconds=60), board.text
        assert board.files()["config.json"] == config.read_bytes()
        return told, shown, platform.payloads[0]

    told, shown, payload = warm.run(scenario)
    assert "files are in place and verified, it starts" in told
    assert "listening on socket://" in shown
    assert payload == {"temperature": 23.4, "humidity": 56.7}


class _Quiet(http.server.SimpleHTTPRequestHandler):
    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 the library's name
        pass


def test_mip_installs_the_firmware(warm: WarmPicoW) -> None:
    async def scenario(board: PicoW) -> str:
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
        listed = {name for name, _ in json.loads((paths.firmware() / "package.json").read_text())["urls"]}
        found = {name.removeprefix("lib/") for name in board.files()}
        assert listed <= found, listed - found
        return await board.machine.exec("import miniviz, miniviz.rules; print(miniviz.__file__)")

    assert warm.run(scenario).strip() == "/lib/miniviz/__init__.py"
