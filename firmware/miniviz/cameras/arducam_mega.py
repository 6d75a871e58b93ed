"""Arducam Mega 3MP and 5MP: SPI alone, the module sets its sensor by itself."""

from .. import port
from ..port import const
from . import CameraError
from ._fifo import PINS, Bus

# size -> its number for the older modules (id 0x81 to 0x84) and for the newer ones; None: they lack it.
_MODES = {
    "160x120": (None, 2),
    "320x240": (1, 3),
    "640x480": (2, 5),
    "800x600": (None, 6),
    "1280x720": (4, 8),
    "1600x1200": (6, 10),
    "1920x1080": (7, 11),
    "2048x1536": (8, 12),
    "2592x1944": (9, 13),
}
SIZES = tuple(sorted(_MODES, key=lambda size: int(size.partition("x")[0])))
QUALITIES = (20, 50, 80)

FIELDS = {"size": ("choice", "640x480", SIZES), "quality": ("int", 80, 1, 100)}
FIELDS.update(PINS)

_IDS = {0x81: 5, 0x82: 3, 0x83: 5, 0x84: 3, 0x85: 5, 0x86: 3}  # id -> megapixels
_NEW = const(0x85)
_RESET = const(0x07)
_FORMAT = const(0x20)
_SIZE = const(0x21)
_QUALITY = const(0x2A)
_ID = const(0x40)
_STATE = const(0x44)  # bits 0 and 1: busy or idle with its sensor; bit 2: picture taken
_LENGTH = const(0x45)
_WARM_UP_MS = const(500)
_IDLE_MS = const(3000)


class Camera:
    """Either module; its id tells which."""

    def __init__(self, entry):
        self._bus = Bus(entry, 1)
        self._bus.write(_RESET, 0x40)
        self._idle("does not answer on SPI; check power, CS, SCK, MOSI and MISO")
        number = self._bus.read(_ID)
        if number not in _IDS:
            self._bus.close()
            raise CameraError("arducam_mega: 0x%02X is the id of no 3MP or 5MP; check the wires" % number)
        self._new = number >= _NEW
        widest = 2592 if _IDS[number] == 5 else 2048
        self.SIZES = tuple(s for s in SIZES if _MODES[s][self._new] and int(s.partition("x")[0]) <= widest)
        self.QUALITIES = QUALITIES
        if entry["size"] not in self.SIZES:
            message = "camera.size is %s; this arducam_mega (%dMP) has %s"
            raise CameraError(message % (entry["size"], _IDS[number], ", ".join(self.SIZES)))
        self._setting = None

    def set(self, size, quality):
        """Size and quality of the pictures to come."""
        if self._setting == (size, quality):
            return
        if self._setting is None:
            self._put(_FORMAT, 1)  # JPEG
        self._put(_SIZE, _MODES[size][self._new])
        self._put(_QUALITY, 0 if quality > 65 else 1 if quality > 35 else 2)
        self._setting = (size, quality)
        port.sleep_ms(_WARM_UP_MS)
        self.capture().close()  # the first one after a change is dark

    def capture(self):
        """Take a picture; its bytes stay in the camera until they are read."""
        return self._bus.capture(_STATE, 0x04, _LENGTH, True)

    def close(self):
        """Give the bus back."""
        self._bus.close()

    def _put(self, register, value):
        self._bus.write(register, value)
        self._idle("is busy with a setting for ever; switch its power off and on")

    def _idle(self, otherwise):
        began = port.ticks_ms()
        while self._bus.read(_STATE) & 3 != 2:
            if port.ticks_diff(port.ticks_ms(), began) > _IDLE_MS:
                self._bus.close()
                raise CameraError("arducam_mega " + otherwise)
            port.sleep_ms(2)
