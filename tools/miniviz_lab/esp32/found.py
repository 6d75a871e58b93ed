"""Where the emulator and the official image are, or the one line that says what is missing."""

import functools
import hashlib
import os
import shutil
import subprocess
import sys
import unittest
from pathlib import Path
from typing import NamedTuple

IMAGE = "ESP32_GENERIC-20250911-v1.26.1.bin"
IMAGE_SHA256 = "6b5272b6edd15fc4d1627ec559a27a5d5a7b86e5ea7f8013941eb10c877edd4e"
IMAGE_PAGE = "https://micropython.org/download/ESP32_GENERIC/"
VARIABLE = "MINIVIZ_QEMU_ESP32"


class Found(NamedTuple):
    """What an emulated ESP32 needs."""

    program: Path
    image: Path


def cache() -> Path:
    """The folder that holds the official images."""
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "miniviz"


def find(image: Path | None = None) -> Found:
    """The program and the image (of the cache, or this file); FileNotFoundError says what is missing."""
    missing = why_missing(image)
    if missing:
        raise FileNotFoundError(missing)
    return Found(Path(os.environ[VARIABLE]), image or cache() / IMAGE)


def for_test() -> Found:
    """The same for a test, which is skipped where something is missing."""
    try:
        return find()
    except FileNotFoundError as error:
        raise unittest.SkipTest(str(error)) from None


def why_missing(image: Path | None = None) -> str | None:
    """The line that says what is missing and where it comes from; None when all is there."""
    return _no_linux() or _no_program() or _no_image(image or cache() / IMAGE, check=image is None)


def _no_linux() -> str | None:
    if not sys.platform.startswith("linux"):
        return "the emulated ESP32 runs in a network namespace, which only Linux has"
    if not shutil.which("unshare") or not shutil.which("mount"):
        return "no `unshare` and `mount` here for the emulated ESP32's network namespace; install util-linux"
    if not _may_unshare():
        return (
            "this system lets nobody but root make the network namespace of the emulated ESP32 "
            "(`unshare -rnm true` fails); try again as root"
        )
    return None


def _no_program() -> str | None:
    named = os.environ.get(VARIABLE)
    if not named:
        return (
            f"no emulator for the ESP32: name the qemu-system-xtensa of PICSimLab (github.com/lcgamboa/qemu, "
            f"branch picsimlab-esp32) in ${VARIABLE}"
        )
    if "esp32-picsimlab" not in _machines(named):
        return f"{named} (${VARIABLE}) does not run, or has no machine esp32-picsimlab: take PICSimLab's QEMU"
    return None


def _no_image(image: Path, *, check: bool) -> str | None:
    if not image.is_file():
        return f"no official ESP32 image: put {image.name} of {IMAGE_PAGE} into {image.parent}"
    if check and _sha256(image) != IMAGE_SHA256:
        return f"{image} is not the official file; delete it and take it again from {IMAGE_PAGE}"
    return None


@functools.cache
def _may_unshare() -> bool:
    return subprocess.run(["unshare", "-rnm", "true"], capture_output=True, check=False).returncode == 0


@functools.cache
def _machines(program: str) -> str:
    try:
        done = subprocess.run(
            [program, "-machine", "help"], capture_output=True, text=True, timeout=30, check=False
        )
    except (OSError, subprocess.TimeoutExpired):
        return ""
    return done.stdout


@functools.cache
def _sha256(file: Path) -> str:
    return hashlib.sha256(file.read_bytes()).hexdigest()
