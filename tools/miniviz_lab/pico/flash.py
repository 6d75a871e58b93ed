"""The board's file system as an image: made from a folder, read back into names and bytes."""

from pathlib import Path
from typing import Any

from littlefs import LittleFS
from littlefs.context import UserContext

from . import layout


def image(files: dict[str, bytes]) -> bytes:
    """A file system as MicroPython formats it, with these files."""
    _, block, count = layout.blocks()
    context = UserContext(buffsize=block * count)
    # Version 2.0, as the boards format it: a guest upgrades it on its first write.
    disk: Any = LittleFS(
        context=context, block_size=block, block_count=count, prog_size=256, disk_version=0x20000
    )
    for name, content in files.items():
        folder = name.rpartition("/")[0]
        if folder:
            disk.makedirs(folder, exist_ok=True)
        with disk.open(name, "wb") as file:
            file.write(content)
    disk.unmount()
    return bytes(context.buffer)


def files(image: bytes) -> dict[str, bytes]:
    """Every file of an image; raises LittleFSError where it cannot be mounted."""
    _, block, count = layout.blocks()
    context = UserContext(buffsize=block * count)
    # No disk version: a guest that wrote has upgraded it.
    disk: Any = LittleFS(context=context, block_size=block, block_count=count, prog_size=256, mount=False)
    context.buffer[:] = image
    disk.mount()
    found: dict[str, bytes] = {}
    for folder, _folders, names in disk.walk("/"):
        for name in names:
            path = f"{folder.rstrip('/')}/{name}"
            with disk.open(path, "rb") as file:
                found[path.lstrip("/")] = bytes(file.read())
    return found


def folder(root: Path) -> dict[str, bytes]:
    """A folder's files by the names that they get on the board."""
    return {
        path.relative_to(root).as_posix(): path.read_bytes()
        for path in sorted(root.rglob("*"))
        if path.is_file()
    }
