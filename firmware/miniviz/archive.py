"""A version from the air in one file: flash is given out in blocks of 4 KB, and most files are far smaller.

For each file of the package a line, `name size`, and its bytes. It is read by what was installed over the
cable, so this format can never change; another one would need another name.
"""

import os
from binascii import crc32
from io import BytesIO
from struct import pack, unpack_from

# Nothing of the package is imported: it would stay in RAM beside the version's own.
_LINE_MAX = 256
_RECORD = 8  # CRC-32 of a name, offset of its line


def entries(path):
    """(offset of the line, name, offset, size) of every file in it; ValueError if it is torn or empty."""
    at, end = 0, os.stat(path)[6]
    with open(path, "rb") as file:
        while at < end:
            name, offset, size = _entry(file, at)
            yield at, name, offset, size
            at = offset + size
    if at != end or not end:
        raise ValueError("torn")


def line(name, size):
    """What stands before a file's bytes."""
    return ("%s %d\n" % (name, size)).encode()


def _entry(file, at):
    file.seek(at)
    found = file.readline(_LINE_MAX)
    name, _, size = found.decode().rpartition(" ")
    return name, at + len(found), int(size)


class Archive:
    """It as a file system, for MicroPython's import; of each name 8 bytes are kept in RAM."""

    def __init__(self, path):
        self._path = path
        self._folders = []
        index = bytearray()
        for at, name, _, _ in entries(path):
            index.extend(pack("<II", crc32(name.encode()), at))
            folder = name.rpartition("/")[0]
            if folder not in self._folders:
                self._folders.append(folder)
        self._index = bytes(index)

    def mount(self, readonly, mkfs):
        """Called by vfs.mount()."""

    def umount(self):
        """Called by vfs.umount()."""

    def stat(self, path):
        """As os.stat(); import asks for every name that a module may have."""
        if path.strip("/") in self._folders:
            return (0x4000, 0, 0, 0, 0, 0, 0, 0, 0, 0)
        return (0x8000, 0, 0, 0, 0, 0, self._find(path)[1], 0, 0, 0)

    def open(self, path, mode):
        """The file; a .mpy has no end: MicroPython's loader, and upgrade.py, know where one is."""
        offset, size = self._find(path)
        file = open(self._path, "rb")
        file.seek(offset)
        if path.endswith(".mpy"):  # of C, and so without a Python call for every few bytes
            return file
        with file:
            return BytesIO(file.read(size))

    def ilistdir(self, path):
        """The files of one folder."""
        folder = path.strip("/")
        for _, name, _, size in entries(self._path):
            inside, _, last = name.rpartition("/")
            if inside == folder:
                yield last, 0x8000, 0, size

    def _find(self, path):
        """(offset, size) of a file."""
        name = path.strip("/")
        key, i = pack("<I", crc32(name.encode())), -1
        while True:
            i = self._index.find(key, i + 1)
            if i < 0:
                raise OSError(2)  # ENOENT
            if i % _RECORD == 0:
                with open(self._path, "rb") as file:
                    found, offset, size = _entry(file, unpack_from("<I", self._index, i + 4)[0])
                if found == name:
                    return offset, size
