"""The USB drive that an RP2040 or RP2350 shows while it waits for an image."""

import os
import string
import sys
import time
from collections.abc import Callable
from pathlib import Path

from .errors import UserError

_INFO = "INFO_UF2.TXT"
# What the boot ROM writes into INFO_UF2.TXT.
_CHIPS = {"RPI-RP2": "RP2040", "RP2350": "RP2350"}
_BLOCK = 1 << 15
_GONE_SECONDS = 30.0


def find() -> list[Path]:
    """The drives that are mounted now."""
    return [place for place in _mounts() if is_one(place)]


def is_one(folder: Path) -> bool:
    """Does a boot ROM show this folder?"""
    try:
        return (folder / _INFO).is_file()
    except OSError:  # a drive that is being taken away
        return False


def chip(drive: Path) -> str:
    """The chip that shows the drive."""
    try:
        lines = (drive / _INFO).read_text(encoding="ascii", errors="replace").splitlines()
    except OSError as error:
        raise UserError(f"{drive} is no UF2 drive: {_INFO} cannot be read ({error.strerror})", 2) from None
    named = [line.partition(":")[2].strip() for line in lines if line.startswith("Board-ID:")]
    return _CHIPS.get(named[0], named[0]) if named else "unknown chip"


def copy(image: Path, drive: Path, show: Callable[[int], None]) -> None:
    """Copy the image; the board restarts by itself and takes the drive away when it has all of it."""
    try:
        with image.open("rb") as source, (drive / image.name).open("wb") as target:
            while block := source.read(_BLOCK):
                target.write(block)
                target.flush()
                os.fsync(target.fileno())
                show(len(block))
    except OSError as error:
        # The drive goes away with the last block; then the closing of the file fails, and all is well.
        if is_one(drive):
            raise UserError(f"copying to {drive} failed: {error.strerror}; plug the board in again") from None


def wait_until_gone(drive: Path, seconds: float = _GONE_SECONDS) -> None:
    """Return once the board has taken the image."""
    until = time.monotonic() + seconds
    while is_one(drive):
        if time.monotonic() > until:
            raise UserError(
                f"the image is on {drive}, but the board did not start from it; "
                "unplug it, hold BOOTSEL while you plug it in, and flash again"
            )
        time.sleep(0.2)


def _mounts() -> list[Path]:
    if sys.platform == "win32":
        return [Path(f"{letter}:\\") for letter in string.ascii_uppercase[3:]]
    if sys.platform == "darwin":
        return _below(Path("/Volumes"))
    user = os.environ.get("USER", "")
    homes = (Path("/media") / user, Path("/run/media") / user, Path("/media"), Path("/mnt"))
    return [place for home in homes for place in _below(home)]


def _below(home: Path) -> list[Path]:
    try:
        return sorted(home.iterdir())
    except OSError:
        return []
