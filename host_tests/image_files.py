"""Small images with the marks that real ones carry."""

import struct

FAMILIES = {"RP2040": 0xE48BFF56, "RP2350": 0xE48BFF59}
CHIPS = {"ESP32": 0, "ESP32-S3": 9}


def uf2(chip="RP2040", blocks=300, absolute=False):
    """A UF2 image; `absolute` begins it as an RP2350's does."""
    total = []
    if absolute:
        total.append(_block(0xE48BFF57, 0, 2))
    total += [_block(FAMILIES[chip], number, blocks) for number in range(blocks)]
    return b"".join(total)


def esp(chip="ESP32", size=20000):
    """An ESP image: its header, then anything."""
    header = bytes([0xE9, 3, 2, 0x20]) + bytes(8) + struct.pack("<H", CHIPS[chip])
    return header + bytes(i * 7 & 255 for i in range(size - len(header)))


def _block(family, number, count):
    head = struct.pack(
        "<8I", 0x0A324655, 0x9E5D5157, 0x2000, 0x10000000 + 256 * number, 256, number, count, family
    )
    return head + bytes([number & 255]) * 256 + bytes(220) + struct.pack("<I", 0x0AB16F30)
