"""A portal on 127.0.0.1, on either runtime, and what a phone does with it."""

import contextlib
import http.client
import json
import re
import socket
import threading
import time
from collections.abc import Iterator
from html import unescape
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from miniviz_lab import scenario

SCENARIO = Path(__file__).parent / "scenarios" / "portal_serve.py"
HOME = {"ssid": "home", "password": "correct horse", "rssi": -52}
NETWORKS = [
    HOME,
    {"ssid": "café \"<&>' ☕", "password": "p%+& =é😀x", "rssi": -60},
    {"ssid": "open", "password": ""},
]
BOARD = {"board": "pico_w", "led": 2, "led_on": 1, "pins": list(range(23)), "button": "BOOTSEL"}
BOARD["sensors"] = [{"type": "dht22", "pin": 15}, {"type": "system", "every": 600}]


def free_port(kind: int = socket.SOCK_STREAM) -> int:
    """A port of 127.0.0.1 that nobody uses now."""
    with socket.socket(socket.AF_INET, kind) as one:
        one.bind(("127.0.0.1", 0))
        return int(one.getsockname()[1])


class Portal:
    """The portal's program in a thread, and its folder."""

    def __init__(self, folder: Path, runtime: scenario.Runtime, options: dict[str, Any]) -> None:
        self.folder = folder
        self.http, self.dns = free_port(), free_port(socket.SOCK_DGRAM)
        self.url = f"http://127.0.0.1:{self.http}"
        self.result: scenario.Result | None = None
        self._error: BaseException | None = None
        world = {"networks": NETWORKS, "join_ms": 50, **options.pop("world", {})}
        env = {"PORTS": f"{self.http} {self.dns}", **options.pop("env", {})}
        kept = {"world": world, "folder": folder, "env": env, "timeout": 120, **options}
        self._thread = threading.Thread(target=self._run, args=(runtime, kept))

    def _run(self, runtime: scenario.Runtime, options: dict[str, Any]) -> None:
        try:
            self.result = scenario.run(SCENARIO, runtime, **options)
        except BaseException as error:  # noqa: BLE001 raised again in the test's own thread
            self._error = error

    def start(self) -> None:
        """Until it takes calls."""
        self._thread.start()
        while self._thread.is_alive():
            with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", self.http), 1):
                return
            time.sleep(0.05)
        self.end()
        raise AssertionError("the portal ended before it took a call")

    def end(self) -> scenario.Result:
        """Stop it and give what it printed."""
        (self.folder / "stop").touch()
        self._thread.join()
        if self._error:
            raise self._error
        assert self.result
        return self.result

    def ask(self, method: str, path: str, body: str | bytes = b"", **headers: str) -> tuple[int, str, str]:
        """(status, Location, text) of one request."""
        call = http.client.HTTPConnection("127.0.0.1", self.http, timeout=60)
        try:
            kind = {"Content-Type": "application/x-www-form-urlencoded"} if method == "POST" else {}
            call.request(method, path, body or None, {**kind, **headers})
            answer = call.getresponse()
            return answer.status, answer.headers.get("Location", ""), answer.read().decode()
        finally:
            call.close()

    def page(self) -> str:
        """The page as it is now."""
        status, _, text = self.ask("GET", "/")
        assert status == 200
        return text

    def submit(self, **fields: str) -> str:
        """Fill the form in, send it, wait for the verdict; the page that tells it."""
        status, where, _ = self.ask("POST", "/save", urlencode(fields))
        assert (status, where) == (303, self.url + "/")
        while self.ask("GET", "/state")[2]:
            time.sleep(0.05)
        return self.page()

    def config(self) -> dict[str, Any]:
        """config.json as it is on the board now."""
        found: dict[str, Any] = json.loads((self.folder / "config.json").read_text(encoding="utf-8"))
        return found


@contextlib.contextmanager
def opened(
    folder: Path, runtime: scenario.Runtime, old: str | None = None, **options: Any
) -> Iterator[Portal]:
    """A portal on a board with this config.json, or with none."""
    (folder / "board.json").write_text(json.dumps(BOARD))
    if old is not None:
        (folder / "config.json").write_text(old, encoding="utf-8")
    portal = Portal(folder, runtime, options)
    portal.start()
    try:
        yield portal
    finally:
        portal.end()


def error(page: str) -> str:
    """The sentence on the page that says what is wrong."""
    found = re.search(r'role="alert">(.*?)</p>', page)
    return unescape(found[1]) if found else ""


def shown(page: str) -> dict[str, str]:
    """What the form's fields hold, as a browser reads them."""
    fields = re.findall(r'<input type="\w+" id="\w+" name="(\w+)" maxlength="\d+" value="(.*?)"', page)
    return {name: unescape(value) for name, value in fields}
