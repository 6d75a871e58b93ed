"""The official Pico W image: found in rp2040py's cache or by name, fetched once when asked."""

import contextlib
import os
import threading
from collections.abc import Callable
from hashlib import sha256
from pathlib import Path

from rp2040py.boards import BOARDS, resolve_firmware

VERSION = "1.25.0"
NAME = "RPI_PICO_W-20250415-v1.25.0.uf2"
SHA256 = "d03ed810bacefd6aa2463d4826597d7f8db94710865d8bf67b3de66087507b10"
CACHE = Path.home() / ".cache" / "rp2040py"
HOW_TO_GET_IT = (
    "no Pico W image in the cache; `miniviz emulate --fetch` fetches the official one (1.6 MB, once)"
)


class WrongImage(Exception):
    """The file is not what its name says."""


def cached() -> Path | None:
    """The image named by $MINIVIZ_PICO_W_IMAGE or the one in the cache; nothing is fetched."""
    file = Path(os.environ.get("MINIVIZ_PICO_W_IMAGE") or CACHE / NAME)
    return file if file.is_file() else None


def fetch(progress: Callable[[int], None]) -> Path:
    """Fetch the official image into the cache; progress is told the bytes that have come."""
    file = CACHE / NAME
    try:
        return _checked(_arrived(file, progress))
    except BaseException:
        # Also after Ctrl-C: a part of an image would be taken for the whole at the next start.
        file.unlink(missing_ok=True)
        raise


def _arrived(file: Path, progress: Callable[[int], None]) -> Path:
    found: list[Path] = []

    def work() -> None:
        with contextlib.suppress(OSError):  # said below, in one sentence
            found.append(_official())

    worker = threading.Thread(target=work, daemon=True)
    worker.start()
    while worker.is_alive():
        worker.join(0.2)
        progress(file.stat().st_size if file.is_file() else 0)
    if not found:
        raise OSError("the image could not be fetched; is this computer online?")
    return found[0]


def _checked(file: Path) -> Path:
    if sha256(file.read_bytes()).hexdigest() != SHA256:
        raise WrongImage(f"what came is not the whole official image {VERSION}; start again to fetch it anew")
    return file


def _official() -> Path:
    spec = resolve_firmware(BOARDS["pico_w"], "micropython", VERSION)
    if spec.image is None:
        raise OSError(f"no image of version {VERSION}")
    return Path(spec.image)
