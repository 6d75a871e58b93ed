"""Where the official image keeps its files."""

import dataclasses
from typing import cast

from rp2040py.boards import BOARDS, FlashLayout, resolve_firmware

FLASH_BYTES = 2 << 20  # of a Pico W; the emulated chip has room for more


def blocks() -> tuple[int, int, int]:
    """Start, block size, count of blocks."""
    spec = resolve_firmware(dataclasses.replace(BOARDS["pico_w"], image="-"), "micropython")
    place = cast("FlashLayout", spec.layout)
    return place.fs_start, place.fs_blocksize, place.fs_blockcount


def place() -> tuple[int, int]:
    """Start and size in bytes."""
    start, size, count = blocks()
    return start, size * count
