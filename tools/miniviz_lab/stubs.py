"""The official stubs of each port's modules: what a name on a board looks like."""

import subprocess
import sys
import tempfile
from pathlib import Path

_VERSION = "1.29.0.post1"
_PACKAGES = {
    "rp2": "micropython-rp2-rpi-pico-w-stubs",  # the Pico 2 W's port, modules and WiFi chip are the same
    "esp32": "micropython-esp32-stubs",
}
_CHECKOUT = Path(__file__).resolve().parents[2]


def stubs_for(port: str) -> Path:
    """A folder with the port's stubs, installed on first use; not in the venv: the ports' stubs collide."""
    if port not in _PACKAGES:
        raise ValueError(f"no stubs for port {port!r}; there are {', '.join(_PACKAGES)}")
    folder = _CHECKOUT / ".stubs" / f"{port}-{_VERSION}"
    if not (folder / "machine.pyi").exists():
        _install(f"{_PACKAGES[port]}=={_VERSION}", folder)
    return folder


def _install(requirement: str, folder: Path) -> None:
    folder.parent.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory(dir=folder.parent) as beside:
        command = [sys.executable, "-m", "pip", "install", "--quiet", "--target", beside, requirement]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        if done.returncode:
            raise RuntimeError(f"could not install {requirement} into {folder}: {done.stderr.strip()}")
        # Renamed when it is whole, so that nobody who runs at the same time sees half of it.
        if not folder.exists():
            Path(beside).rename(folder)
            Path(beside).mkdir()
