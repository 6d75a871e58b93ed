"""Programs that run on MicroPython to be measured, and the server they all send to."""

import json
import os
import subprocess
import sys
from collections.abc import Generator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from miniviz_lab import micropython, mpy

HERE = Path(__file__).parent
GUESTS = HERE / "guests"
PROJECT = "/api/project/p"


@dataclass(frozen=True)
class Sink:
    """Where the measured programs send to."""

    port: int
    scheme: str

    @property
    def base(self) -> str:
        """The URL before /api."""
        return f"{self.scheme}://127.0.0.1:{self.port}"

    def environment(self) -> dict[str, str]:
        """What a guest program reads."""
        return {
            "HOST": "127.0.0.1",
            "PORT": str(self.port),
            "BASE": self.base,
            "URL": f"{self.base}{PROJECT}?token=t",
            "IMAGE_URL": f"{self.base}{PROJECT}/image?token=t",
        }


@contextmanager
def sink(certificate: Sequence[Path] = ()) -> Generator[Sink]:
    """A sink in a process of its own; with a certificate and its key it speaks TLS."""
    process = subprocess.Popen(
        [sys.executable, HERE / "sink.py", *certificate],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None and process.stdin is not None
    try:
        port = json.loads(process.stdout.readline())["port"]
        yield Sink(port, "https" if certificate else "http")
    finally:
        process.stdin.close()
        process.wait(10)
        process.stdout.close()


class Failed(Exception):
    """A measured program did not do its work; the message holds what it printed."""


def run(
    name: str,
    path: Sequence[Path],
    env: Mapping[str, str],
    *,
    heap: int | None = None,
    folder: Path | None = None,
    timeout: float = 300,
) -> dict[str, Any]:
    """Run a guest, given as module on the path, and return the JSON object it prints last."""
    done = micropython.run(
        ["-m", name], cwd=folder, heap=heap, path=path, env={**os.environ, **env}, timeout=timeout
    )
    if done.returncode:
        raise Failed(f"{name} ended with {done.returncode}: {done.stdout}{done.stderr}")
    return json.loads(done.stdout.splitlines()[-1])


def compiled(folder: Path, firmware: Path) -> tuple[Path, Path]:
    """Guests and firmware as .mpy in this folder: the path to search."""
    guests, code = folder / "guests", folder / "firmware"
    if not guests.exists():
        mpy.compile_tree(firmware, code, micropython.march())
        mpy.compile_tree(GUESTS, guests, micropython.march())
    return guests, code
