"""What both ArduCAM families share: registers and a picture memory (FIFO) behind SPI."""

from .. import port
from ..port import const
from . import CameraError

PINS = {  # left out: the bus's own pins on this board
    "spi": ("int", 0, 0, 2),
    "sck": ("pin", None),
    "mosi": ("pin", None),
    "miso": ("pin", None, "in"),
    "cs": ("pin", ...),
    "baudrate": ("int", 4000000, 100000, 8000000),
}

_BLOCK = const(768)  # bytes of a burst: whole pictures in one burst arrive garbled
_BURST = b"\x3c"
_CONTROL = const(0x04)  # 1 forgets the last picture, 2 takes one
_ABSURD = const(2000000)  # no JPEG of these sensors has so many bytes; a loose wire says 8,390,520
_CAPTURE_MS = const(5000)
_POLL_MS = const(10)


class Bus:
    """The camera's SPI with its chip select; dummy is how many bytes come before a register's value."""

    def __init__(self, entry, dummy):
        from machine import SPI, Pin

        self.name = entry["type"]
        settings = {key: Pin(entry[key]) for key in ("sck", "mosi", "miso") if entry[key] is not None}
        settings.update(baudrate=entry["baudrate"], polarity=0, phase=0)
        try:
            self._cs = Pin(entry["cs"], Pin.OUT, value=1)
            self._spi = SPI(entry["spi"], **settings)
        except (ValueError, TypeError, OSError) as error:
            raise CameraError("%s cannot use SPI %s with these pins (%s)" % (self.name, entry["spi"], error))
        self._two = bytearray(2)
        self._answer = bytearray(1 + dummy)

    def write(self, register, value):
        """Set a register."""
        self._two[0] = register | 0x80
        self._two[1] = value
        self._cs(0)
        self._spi.write(self._two)
        self._cs(1)

    def read(self, register):
        """A register's value."""
        self._cs(0)
        self._spi.write(bytes((register,)))
        self._spi.readinto(self._answer)
        self._cs(1)
        return self._answer[-1]

    def burst(self, buf, dummy):
        """Fill buf with the picture's next bytes; with dummy, one byte before them is thrown away."""
        self._cs(0)
        self._spi.write(_BURST)
        if dummy:
            self._spi.read(1)
        self._spi.readinto(buf)
        self._cs(1)

    def capture(self, status, done, length, dummy):
        """Take a picture: a Frame, once `done` is set in `status`; `length` holds its size."""
        self.write(_CONTROL, 1)
        self.write(_CONTROL, 2)
        began = port.ticks_ms()
        while not self.read(status) & done:
            if port.ticks_diff(port.ticks_ms(), began) > _CAPTURE_MS:
                raise CameraError("%s does not finish a picture within 5 s; check its supply" % self.name)
            port.sleep_ms(_POLL_MS)
        size = self.read(length) | self.read(length + 1) << 8 | self.read(length + 2) << 16
        if not 0 < size <= _ABSURD:
            message = "%s says its picture has %d bytes; check SCK, MISO, CS, or lower the baudrate"
            raise CameraError(message % (self.name, size))
        return Frame(self, size, dummy)

    def close(self):
        """Give the bus back."""
        self._spi.deinit()


class Frame:
    """A picture in the camera's memory, read in bursts from its beginning."""

    format = "jpeg"

    def __init__(self, bus, size, dummy):
        self.size = size
        self._bus = bus
        self._left = size
        self._dummy = dummy

    def readinto(self, buf):
        """Fill buf as far as one burst goes; the count of bytes, 0 at the end."""
        count = min(len(buf), self._left, _BLOCK)
        if count:
            self._bus.burst(buf if count == len(buf) else memoryview(buf)[:count], self._dummy)
            self._dummy = False
            self._left -= count
        return count

    def close(self):
        """Let the camera forget the picture."""
        self._left = 0
        self._bus.write(_CONTROL, 1)
