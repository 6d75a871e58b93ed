"""ArduCAM Mini 2MP (OV2640) and 5MP (OV5642): pictures over SPI, the sensor's settings over I2C."""

from .. import port
from ..port import const
from . import CameraError
from ._fifo import PINS, Bus

SIZES = (
    "160x120",
    "320x240",
    "640x480",
    "800x600",
    "1024x768",
    "1280x960",
    "1600x1200",
    "2048x1536",  # from here on OV5642 only
    "2592x1944",
)
QUALITIES = (20, 40, 60, 80)

FIELDS = {
    "i2c": ("int", 0, 0, 2),
    "scl": ("pin", None),
    "sda": ("pin", None),
    "size": ("choice", "640x480", SIZES),
    "quality": ("int", 80, 1, 100),
}
FIELDS.update(PINS)

_TEST = const(0x00)
_FRAMES = const(0x01)  # frames of a capture, less one
_RESET = const(0x07)
_STATUS = const(0x41)
_DONE = const(0x08)
_LENGTH = const(0x42)
_WARM_UP = const(3)  # throw-away pictures until exposure and white balance have settled
_I2C_HZ = const(100000)


class Camera:
    """Either module; which one it is, the sensor tells."""

    def __init__(self, entry):
        self._bus = Bus(entry, 0)
        self._check_spi()
        self._sensor = self._find(_open_i2c(entry))
        self._bus.write(_FRAMES, 0)
        if self._sensor.VSYNC is not None:
            self._bus.write(*self._sensor.VSYNC)
        most = [size for size in SIZES if _width(size) <= self._sensor.WIDEST]
        self.SIZES = tuple(size for size in most if _width(size) >= self._sensor.NARROWEST)
        self.QUALITIES = QUALITIES
        if entry["size"] not in self.SIZES:
            message = "camera.size is %s; this arducam_mini (%s) has %s"
            raise CameraError(message % (entry["size"], self._sensor.NAME, ", ".join(self.SIZES)))
        self._setting = None

    def set(self, size, quality):
        """Size and quality of the pictures to come."""
        if self._setting == (size, quality):
            return
        first = self._setting is None
        width, _, height = size.partition("x")
        try:
            if first:
                self._sensor.start()
            self._sensor.resize(int(width), int(height))
            self._sensor.compress(quality)
        except OSError:
            raise _no_sensor()
        self._setting = (size, quality)
        port.sleep_ms(100)
        for _ in range(_WARM_UP if first else 1):  # the next picture may have begun with the old setting
            self.capture().close()

    def capture(self):
        """Take a picture; its bytes stay in the camera until they are read."""
        return self._bus.capture(_STATUS, _DONE, _LENGTH, False)

    def close(self):
        """Give the buses back."""
        self._bus.close()

    def _check_spi(self):
        self._bus.write(_RESET, 0x80)
        port.sleep_ms(100)
        self._bus.write(_RESET, 0)
        port.sleep_ms(100)
        for value in (0x55, 0xAA):
            self._bus.write(_TEST, value)
            if self._bus.read(_TEST) != value:
                self._bus.close()
                raise CameraError("arducam_mini does not answer on SPI; check power, CS, SCK, MOSI and MISO")

    def _find(self, i2c):
        from ._ov2640 import Sensor

        if Sensor.present(i2c):
            return Sensor(i2c)
        from ._ov5642 import Sensor

        if Sensor.present(i2c):
            return Sensor(i2c)
        self._bus.close()
        raise _no_sensor()


def _no_sensor():
    return CameraError(
        "arducam_mini answers on SPI, its sensor does not on I2C (address 0x30 or 0x3C); check SDA and SCL"
    )


def _open_i2c(entry):
    from machine import I2C, Pin

    scl, sda = entry["scl"], entry["sda"]
    if (scl is None) != (sda is None):
        raise CameraError("arducam_mini has only one of scl and sda; give both or neither")
    try:
        if scl is None:
            return I2C(entry["i2c"], freq=_I2C_HZ)
        return I2C(entry["i2c"], scl=Pin(scl), sda=Pin(sda), freq=_I2C_HZ)
    except (ValueError, TypeError) as error:
        raise CameraError("arducam_mini cannot use I2C %s with these pins (%s)" % (entry["i2c"], error))


def _width(size):
    return int(size.partition("x")[0])
