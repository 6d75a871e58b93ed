"""Which chip a MicroPython image is for, by looking into it."""

import struct
from pathlib import Path

from .errors import UserError

_UF2_BLOCK = 512
_UF2_START = (0x0A324655, 0x9E5D5157)
_UF2_END = 0x0AB16F30
_UF2_HAS_FAMILY = 0x2000
# https://github.com/microsoft/uf2/blob/master/utils/uf2families.json
_FAMILIES = {
    0xE48BFF56: "RP2040",
    0xE48BFF59: "RP2350",  # Arm, secure
    0xE48BFF5A: "RP2350",  # RISC-V
    0xE48BFF5B: "RP2350",  # Arm, non-secure
}
# One block of an RP2350 image may go to an absolute address: the way round erratum RP2350-E10.
_ABSOLUTE = 0xE48BFF57
_ESP_MAGIC = 0xE9
_ESP_HEADER = 24
# esptool's IMAGE_CHIP_ID: the 16-bit number at byte 12 of an image's header.
_ESP_CHIPS = {
    0: "ESP32",
    2: "ESP32-S2",
    5: "ESP32-C3",
    9: "ESP32-S3",
    12: "ESP32-C2",
    13: "ESP32-C6",
    16: "ESP32-H2",
    18: "ESP32-P4",
}


def chip(file: Path) -> str:
    """The chip's name; raises UserError for a file that is no whole image."""
    try:
        data = file.read_bytes()
    except OSError as error:
        raise UserError(f"cannot read {file}: {error.strerror}", 2) from None
    if len(data) >= 8 and struct.unpack_from("<2I", data) == _UF2_START:
        return _uf2_chip(file, data)
    if len(data) >= _ESP_HEADER and data[0] == _ESP_MAGIC:
        (number,) = struct.unpack_from("<H", data, 12)
        return _ESP_CHIPS.get(number, f"chip number {number} of Espressif's")
    raise UserError(f"{file} is no MicroPython image: neither a .uf2 nor an ESP32 .bin; download it again")


def check(file: Path, mcu: str) -> None:
    """Refuse an image for another chip."""
    found = chip(file)
    if found != mcu:
        raise UserError(f"{file.name} is for the {found}, this board has an {mcu}; nothing was written")


def _uf2_chip(file: Path, data: bytes) -> str:
    if len(data) % _UF2_BLOCK:
        raise UserError(f"{file} is cut off: a .uf2 consists of whole blocks; download it again")
    families: set[int] = set()
    for start in range(0, len(data), _UF2_BLOCK):
        first, second, flags, _, _, _, _, family = struct.unpack_from("<8I", data, start)
        (end,) = struct.unpack_from("<I", data, start + _UF2_BLOCK - 4)
        if (first, second) != _UF2_START or end != _UF2_END:
            raise UserError(f"{file} is spoiled at block {start // _UF2_BLOCK}; download it again")
        if flags & _UF2_HAS_FAMILY and family != _ABSOLUTE:
            families.add(family)
    _whole(file, data)
    names = {_FAMILIES.get(family, f"chip family {family:#x}") for family in families}
    return " and ".join(sorted(names)) or "unknown chip (its .uf2 names no family)"


def _whole(file: Path, data: bytes) -> None:
    """The last block's number and count say whether the end is there."""
    _, _, _, _, _, number, count, _ = struct.unpack_from("<8I", data, len(data) - _UF2_BLOCK)
    if number + 1 != count:
        raise UserError(f"{file} ends at block {number + 1} of {count}; download it again")
