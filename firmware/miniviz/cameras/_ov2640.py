"""OV2640, the sensor of ArduCAM Mini 2MP; register names and values from OmniVision's OV2640 documents."""

from .. import port
from ..port import const

_ADDRESS = const(0x30)
_BANK = const(0xFF)  # 0: picture processing, 1: the sensor itself

# Pairs of register and value: clocks, exposure, colours, then JPEG at the output.
_START = (
    b"\xff\x00\x2c\xff\x2e\xdf\xff\x01\x3c\x32\x11\x00\x09\x02\x04\x28\x13\xe5\x14\x48\x2c\x0c\x33\x78"
    b"\x3a\x33\x3b\xfb\x3e\x00\x43\x11\x16\x10\x39\x92\x35\xda\x22\x1a\x37\xc3\x23\x00\x34\xc0\x36\x1a"
    b"\x06\x88\x07\xc0\x0d\x87\x0e\x41\x4c\x00\x48\x00\x5b\x00\x42\x03\x4a\x81\x21\x99\x24\x40\x25\x38"
    b"\x26\x82\x5c\x00\x63\x00\x61\x70\x62\x80\x7c\x05\x20\x80\x28\x30\x6c\x00\x6d\x80\x6e\x00\x70\x02"
    b"\x71\x94\x73\xc1\x12\x40\x17\x11\x18\x43\x19\x00\x1a\x4b\x32\x09\x37\xc0\x4f\x60\x50\xa8\x6d\x00"
    b"\x3d\x38\x46\x3f\x4f\x60\x0c\x3c\xff\x00\xe5\x7f\xf9\xc0\x41\x24\xe0\x14\x76\xff\x33\xa0\x42\x20"
    b"\x43\x18\x4c\x00\x87\xd5\x88\x3f\xd7\x03\xd9\x10\xd3\x82\xc8\x08\xc9\x80\x7c\x00\x7d\x00\x7c\x03"
    b"\x7d\x48\x7d\x48\x7c\x08\x7d\x20\x7d\x10\x7d\x0e\x90\x00\x91\x0e\x91\x1a\x91\x31\x91\x5a\x91\x69"
    b"\x91\x75\x91\x7e\x91\x88\x91\x8f\x91\x96\x91\xa3\x91\xaf\x91\xc4\x91\xd7\x91\xe8\x91\x20\x92\x00"
    b"\x93\x06\x93\xe3\x93\x05\x93\x05\x93\x00\x93\x04\x93\x00\x93\x00\x93\x00\x93\x00\x93\x00\x93\x00"
    b"\x93\x00\x96\x00\x97\x08\x97\x19\x97\x02\x97\x0c\x97\x24\x97\x30\x97\x28\x97\x26\x97\x02\x97\x98"
    b"\x97\x80\x97\x00\x97\x00\xc3\xed\xa4\x00\xa8\x00\xc5\x11\xc6\x51\xbf\x80\xc7\x10\xb6\x66\xb8\xa5"
    b"\xb7\x64\xb9\x7c\xb3\xaf\xb4\x97\xb5\xff\xb0\xc5\xb1\x94\xb2\x0f\xc4\x5c\x86\x3d\xc3\xed\x7f\x00"
    b"\xda\x00\xe5\x1f\xe1\x67\xe0\x00\xdd\x7f\x05\x00\xff\x00\x05\x00\xda\x10\xd7\x03\xdf\x00\x33\x80"
    b"\x3c\x40\xe1\x77\x00\x00\xe0\x14\xe1\x77\xe5\x1f\xd7\x03\xda\x10\xe0\x00\xff\x01\x04\x08\xff\x01"
    b"\x15\x00"
)

# The sensor's window for 800x600 and for 1600x1200, from which the pictures are scaled down.
_SVGA = (
    b"\x12\x40\x17\x11\x18\x43\x19\x00\x1a\x4b\x32\x09\x4f\xca\x50\xa8\x5a\x23\x6d\x00\x39\x12\x35\xda"
    b"\x22\x1a\x37\xc3\x23\x00\x34\xc0\x36\x1a\x06\x88\x07\xc0\x0d\x87\x0e\x41\x4c\x00"
)
_UXGA = (
    b"\x11\x01\x12\x00\x17\x11\x18\x75\x32\x36\x19\x01\x1a\x97\x03\x0f\x37\x40\x4f\xbb\x50\x9c\x5a\x57"
    b"\x6d\x80\x3d\x34\x39\x02\x35\x88\x22\x0a\x37\x40\x34\xa0\x06\x02\x0d\xb7\x0e\x01"
)


class Sensor:
    """The sensor on its I2C bus."""

    NAME = "OV2640"
    NARROWEST = 160
    WIDEST = 1600
    VSYNC = None  # as the ArduCAM's chip expects it

    def __init__(self, i2c):
        self._i2c = i2c

    @staticmethod
    def present(i2c):
        """True if an OV2640 answers: its id is 0x26 and 0x4x."""
        try:
            i2c.writeto(_ADDRESS, bytes((_BANK, 1)))
            return _read(i2c, 0x0A) == 0x26 and _read(i2c, 0x0B) & 0xF0 == 0x40
        except OSError:
            return False

    def start(self):
        """Reset it and set it up for JPEG."""
        self._write(bytes((_BANK, 1, 0x12, 0x80)))
        port.sleep_ms(100)
        self._write(_START)

    def resize(self, width, height):
        """Scale the window down: first by a power of two, then to the size in steps of 4 pixels."""
        small = width < 640
        wide, high = (800, 600) if small else (1600, 1200)
        halve = 0
        while wide >> (halve + 1) >= width:
            halve += 1
        self._write(bytes((_BANK, 1)))
        self._write(_SVGA if small else _UXGA)
        wide, high, width, height = wide // 4, high // 4, width // 4, height // 4
        control = 0x80 | halve << 3 | halve if halve else 0
        # fmt: off
        self._write(bytes((
            _BANK, 0, 0xE0, 0x04,  # hold the processing while it is set
            0xC0, wide >> 1, 0xC1, high >> 1,  # the sensor's size in steps of 8
            0x86, 0x3D, 0x50, control, 0x51, wide & 0xFF, 0x52, high & 0xFF, 0x53, 0, 0x54, 0,
            0x55, (high >> 8) << 7 | (wide >> 8) << 3, 0x57, 0,
            0x5A, width & 0xFF, 0x5B, height & 0xFF, 0x5C, (height >> 8) << 2 | width >> 8,
            0xD3, 4 if width <= 160 else 2,  # the output's clock divider
            0xE0, 0,
        )))
        # fmt: on

    def compress(self, quality):
        """Set the quantisation scale: 63 is the coarsest."""
        self._write(bytes((_BANK, 0, 0x44, max(4, (100 - quality) * 63 // 100))))

    def _write(self, pairs):
        two = bytearray(2)
        for i in range(0, len(pairs), 2):
            two[0] = pairs[i]
            two[1] = pairs[i + 1]
            self._i2c.writeto(_ADDRESS, two)


def _read(i2c, register):
    i2c.writeto(_ADDRESS, bytes((register,)))  # with a stop: the bus knows no repeated start
    return i2c.readfrom(_ADDRESS, 1)[0]
