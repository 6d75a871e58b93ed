"""Programs that run on MicroPython to be measured, and the server they all send to."""

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Generator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from miniviz_lab import micropython, mpy, scenario

if TYPE_CHECKING:
    from miniviz_lab.certificates import Authority

HERE = Path(__file__).parent
GUESTS = HERE / "guests"
_PROJECT = "/api/project/p"
# The guest's flash is memory: this computer's disk, and how it caches, is not what is measured.
MEMORY = next((place for place in ("/dev/shm",) if os.access(place, os.W_OK)), None)
_ROOM = "8m"  # of heap, where heap is not what is measured


class Failed(Exception):
    """A measured program did not do its work; the message holds what it printed."""


@dataclass(frozen=True)
class Guests:
    """Guests and firmware, compiled alike, in a folder of their own."""

    folder: Path
    firmware: Path
    quick: bool = False

    @property
    def step(self) -> int:
        """How finely the smallest heap is told."""
        return 1024 if self.quick else 64

    def run(
        self, name: str, env: Mapping[str, str], *, heap: int | None = None, timeout: float = 300
    ) -> dict[str, Any]:
        """Run a guest and return the JSON object it prints last."""
        done = self._start(name, env, heap or _ROOM, timeout)
        if done.returncode:
            raise Failed(f"{name} ended with {done.returncode}: {done.stdout}{done.stderr}")
        return json.loads(done.stdout.splitlines()[-1])

    def microseconds(self, name: str, env: Mapping[str, str], count: int) -> float:
        """How long the guest took for one of so many."""
        return self.run(name, {**env, "COUNT": str(count)})["us"] / count

    def smallest_heap(
        self, name: str, env: Mapping[str, str], *, low: int = 4096, high: int = 1 << 20
    ) -> int:
        """The smallest capped heap in bytes in which the guest does its work, found by bisection."""

        def passes(heap: int) -> bool:
            return self._start(name, env, heap, 120).returncode == 0

        if self.quick:  # without the seventeen tries that make sure of a ragged edge
            return scenario.bisect_heap(passes, low=low, high=high, step=self.step)
        return scenario.smallest_heap(passes, low=low, high=high, step=self.step)

    def _start(
        self, name: str, env: Mapping[str, str], heap: int | str, timeout: float
    ) -> subprocess.CompletedProcess[str]:
        path = [self.folder / "guests"]
        if name.startswith("ours"):
            played = env.get("CAMERA")  # only the lab's fakes have a camera
            path += [micropython.FAKES if played else path[0] / "hardware", self.folder / "firmware"]
        with tempfile.TemporaryDirectory(prefix="miniviz-bench-", dir=MEMORY) as flash:
            for file, data in _files(env).items():
                (Path(flash) / file).write_bytes(data)
            return micropython.run(["-m", name], cwd=flash, heap=heap, path=path, env=env, timeout=timeout)


def compiled(folder: Path, firmware: Path, *, quick: bool = False) -> Guests:
    """Compile guests and firmware into this empty folder."""
    march = micropython.march()
    mpy.compile_tree(firmware, folder / "firmware", march)
    mpy.compile_tree(GUESTS, folder / "guests", march)
    return Guests(folder, firmware, quick)


@contextmanager
def sink(authority: "Authority | None" = None) -> Generator[dict[str, str]]:
    """A sink in a process of its own, with TLS if somebody vouches for it; yields a guest's environment."""
    with tempfile.TemporaryDirectory(prefix="miniviz-bench-") as scratch:
        certificate: list[Path] = []
        root = Path(scratch) / "ca.der"
        if authority:
            authority.context("good", Path(scratch))
            certificate = [Path(scratch) / f"{authority.key}_good.pem"]
            root.write_bytes(authority.der)
        with _served([sys.executable, HERE / "sink.py", *certificate]) as port:
            base = f"https://localhost:{port}" if authority else f"http://127.0.0.1:{port}"
            told = {"HOST": "127.0.0.1", "PORT": str(port), "BASE": base, "URL": f"{base}{_PROJECT}?token=t"}
            yield told | {"ROOT": str(root) if authority else ""}


@contextmanager
def _served(command: Sequence[str | Path]) -> Generator[int]:
    process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None and process.stdin is not None
    try:
        yield json.loads(process.stdout.readline())["port"]
    finally:
        process.stdin.close()
        process.wait(10)
        process.stdout.close()


def _files(env: Mapping[str, str]) -> dict[str, bytes]:
    """What the guest finds on its flash."""
    config: dict[str, Any] = {
        "board": "bench",
        "wifi": [{"ssid": "home", "password": "correct horse"}],
        "miniviz": {
            "url": env.get("BASE", "http://127.0.0.1"),
            "project": "p",
            "token": "t",
            "label": "shed",
        },
        "ntp": ["ntp.test"],
        "sensors": [{"type": "dht22", "pin": 15, "every": 10}],
        "send_every": 10,
        "watchdog": False,
        "log": "error",
    }
    if env.get("CAMERA"):
        config["camera"] = {"type": env["CAMERA"], "cs": 17, "every": 60}
    board = {"board": "bench", "pins": list(range(23))}
    files = {"config.json": json.dumps(config).encode(), "board.json": json.dumps(board).encode()}
    if env.get("ROOT"):
        files["ca.der"] = Path(env["ROOT"]).read_bytes()
    if env.get("SIZE", "0") != "0":
        files["image.jpg"] = b"\xff\xd8\xff\xda\x00\x02" + bytes(int(env["SIZE"]) - 8) + b"\xff\xd9"
    return files
