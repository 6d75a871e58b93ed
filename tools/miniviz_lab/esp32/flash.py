"""The board's flash as a file: the official image, and a file system that is filled already."""

from collections.abc import Mapping
from pathlib import Path
from typing import IO, cast

from littlefs import LittleFS, UserContext

SIZE = 4 << 20
_IMAGE_AT = 0x1000  # where the ESP32's ROM looks for a bootloader
# MicroPython's partition "vfs": what lies behind the image's own 2 MiB (ports/esp32/partitions-4MiB.csv).
_FILES_AT = 0x200000
_BLOCK = 4096
_BLOCKS = (SIZE - _FILES_AT) // _BLOCK

# The emulator needs 5 to 50 ms for each access to the flash, however short (a real chip 0.03 ms), and
# the port reads 128 bytes at a time: the firmware would start in minutes. With whole blocks: seconds.
# A search for free blocks walks through every file: over all 512 blocks at once (64 bytes of 8) it takes
# 0.7 s on a board with the firmware, in pieces of 1,024 bytes 10 s and more, after which mpremote gives up.
FAST_BOOT = b"""import vfs
from esp32 import Partition
vfs.umount("/")
part = Partition.find(Partition.TYPE_DATA, label="vfs")[0]
vfs.mount(vfs.VfsLfs2(part, readsize=4096, progsize=32, lookahead=64), "/")
"""


def write(flash: Path, image: Path, files: Mapping[str, bytes] | None = None) -> None:
    """Make a flash with the image on it; without files it is a new one, on which the board makes its own."""
    code = image.read_bytes()
    content = code.rjust(_IMAGE_AT + len(code), b"\xff").ljust(SIZE, b"\xff")
    if files is not None:
        content = content[:_FILES_AT] + _file_system(files)
    flash.write_bytes(content)


def read(flash: Path) -> dict[str, bytes]:
    """Every file of a board whose power is off."""
    with flash.open("rb") as file:
        file.seek(_FILES_AT)
        content = file.read()
    context = UserContext(buffsize=len(content))
    context.buffer[:] = content
    fs = LittleFS(context=context, block_size=_BLOCK, block_count=_BLOCKS, mount=False)
    fs.mount()
    found: dict[str, bytes] = {}
    for folder, _, names in fs.walk("/"):
        for name in names:
            path = f"{folder.rstrip('/')}/{name}"
            with _open(fs, path, "rb") as file:
                found[path.removeprefix("/")] = file.read()
    return found


def tree(folder: Path) -> dict[str, bytes]:
    """The files below a folder, as write() takes them."""
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


def _file_system(files: Mapping[str, bytes]) -> bytes:
    context = UserContext(buffsize=_BLOCK * _BLOCKS)
    # 2.0, as MicroPython makes it: its littlefs goes to 2.1 by itself.
    fs = LittleFS(context=context, block_size=_BLOCK, block_count=_BLOCKS, disk_version=0x20000)
    for path, content in {"boot.py": FAST_BOOT, **files}.items():
        if "/" in path:
            fs.makedirs(path.rpartition("/")[0], exist_ok=True)
        with _open(fs, path, "wb") as file:
            file.write(content)
    fs.unmount()
    return bytes(context.buffer)


def _open(fs: LittleFS, path: str, mode: str) -> IO[bytes]:
    return cast("IO[bytes]", fs.open(path, mode))  # pyright: ignore[reportUnknownMemberType]
