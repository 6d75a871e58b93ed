"""`machine` on an ESP32 (the classic one: GPIO 34 to 39 cannot drive anything)."""

import _machine_bus as bus
import _machine_common as common
import world
from _machine_common import deepsleep, idle, lightsleep, reset, reset_cause, soft_reset

__all__ = (
    "ADC",
    "DEEPSLEEP_RESET",
    "HARD_RESET",
    "I2C",
    "PWRON_RESET",
    "RTC",
    "SOFT_RESET",
    "SPI",
    "WDT",
    "WDT_RESET",
    "Pin",
    "Timer",
    "deepsleep",
    "freq",
    "idle",
    "lightsleep",
    "reset",
    "reset_cause",
    "soft_reset",
    "unique_id",
)

PWRON_RESET, HARD_RESET, WDT_RESET, DEEPSLEEP_RESET, SOFT_RESET = 1, 2, 3, 4, 5
_PINS = tuple(range(24)) + (25, 26, 27) + tuple(range(32, 40))
_PINS_S3 = tuple(range(22)) + tuple(range(33, 49))
_ADC_PINS = (36, 37, 38, 39, 32, 33, 34, 35, 4, 0, 2, 15, 13, 12, 14, 27, 25, 26)
_FULL_SCALE_UV = (950000, 1250000, 1750000, 3100000)  # about, by attenuation


class Pin(common.PinBase):
    IN, OUT, OPEN_DRAIN = 1, 3, 7
    PULL_DOWN, PULL_UP = 1, 2

    def __init__(self, wanted, mode=None, pull=-1, *, value=None, drive=None):
        self._name = _find(wanted)
        if mode is not None or pull != -1 or value is not None:
            self.init(mode, pull, value=value, drive=drive)

    def init(self, mode=None, pull=-1, *, value=None, drive=None):
        if value is not None:
            common.drive(self._name, 1 if value else 0)
        if mode is not None:
            if world.chip == "esp32" and self._name >= 34 and common.integer(mode) & 2:
                raise ValueError("pin can only be input")
            common.modes()[self._name] = common.integer(mode)
        if pull != -1:
            common.pulls()[self._name] = 0 if pull is None else common.integer(pull)

    def _drives(self, mode):
        return mode == self.OUT or (mode == self.OPEN_DRAIN and not world.outputs.get(self._name, 1))

    def _pulls_up(self, mode, pull):
        return pull


class ADC:
    ATTN_0DB, ATTN_2_5DB, ATTN_6DB, ATTN_11DB = 0, 1, 2, 3
    WIDTH_9BIT, WIDTH_10BIT, WIDTH_11BIT, WIDTH_12BIT = 9, 10, 11, 12

    def __init__(self, wanted, *, atten=3):
        self._pin = _find(wanted)
        if self._pin not in (_ADC_PINS if world.chip == "esp32" else range(1, 21)):
            raise ValueError("invalid pin")
        self.init(atten=atten)

    def init(self, *, atten=3):
        self.atten(3 if atten == -1 else atten)
        self._bits = 12

    def atten(self, atten):
        if not 0 <= common.integer(atten) <= 3:
            raise ValueError("invalid attenuation")
        self._atten = atten

    def width(self, bits):
        if not 9 <= common.integer(bits) <= 12:
            raise ValueError("invalid bit-width")
        self._bits = bits

    def read(self):
        return common.sample(self._pin) >> (16 - self._bits)

    def read_u16(self):
        raw = self.read()
        return raw << (16 - self._bits) | raw >> (2 * self._bits - 16)

    def read_uv(self):
        return common.sample(self._pin) * _FULL_SCALE_UV[self._atten] // 65535 // 1000 * 1000


class SPI(bus.SPI):
    LSB, MSB = 1, 0
    _BUSES = {1: {"sck": 14, "mosi": 13, "miso": 12}, 2: {"sck": 18, "mosi": 23, "miso": 19}}

    def _check_pin(self, key, pin):
        if pin is not None and key != "miso" and pin._name >= 34:
            raise ValueError("pin can only be input")


class I2C(bus.I2C):
    _BUSES = {0: {"scl": 18, "sda": 19}, 1: {"scl": 25, "sda": 26}}
    _NACK = 19  # ENODEV

    def _check_pin(self, key, pin):
        if pin is not None and pin._name >= 34:
            raise ValueError("pin can only be input")


class Timer(common.TimerBase):
    def __init__(self, id, **settings):  # noqa: A002
        if not 0 <= common.integer(id) <= 3:
            raise ValueError("Timer(%d) doesn't exist, there are only 4 hardware timers" % id)
        self._alarm = None
        if settings:
            self.init(**settings)


class WDT(common.WatchdogBase):
    def __init__(self, id=0, timeout=5000):  # noqa: A002
        if common.integer(id) != 0:
            raise ValueError()
        if common.integer(timeout) <= 0:
            raise ValueError("WDT timeout too short")
        common.watch(timeout)


class RTC:
    def __init__(self):
        self._clock = common.Clock()

    def datetime(self, *datetimetuple):
        said = self._clock.datetime(*datetimetuple)
        if said is None:
            return None
        return said[:7] + (world.elapsed_ms() % 1000 * 1000,)  # microseconds, which rp2 lacks

    def memory(self, *data):
        if not data:
            return world.state.get("rtc_memory", b"")
        (kept,) = data
        if isinstance(kept, str):
            kept = kept.encode()
        if len(kept) > 2048:
            raise ValueError("buffer too long")
        world.state["rtc_memory"] = bytes(kept)
        return None


def unique_id():
    return b"\x24\x6f\x28\x00\x00\x01"


def freq(*hz):
    if not hz:
        return world.state.get("freq", 160000000)
    (wanted,) = hz
    if common.integer(wanted) // 1000000 not in (20, 40, 80, 160, 240):
        raise ValueError("frequency must be 20MHz, 40MHz, 80Mhz, 160MHz or 240MHz")
    world.state["freq"] = wanted
    return None


def _find(wanted):
    if isinstance(wanted, Pin):
        return wanted._name
    if isinstance(wanted, int) and not isinstance(wanted, bool) and wanted in _pins():
        return wanted
    raise ValueError("invalid pin")


def _pins():
    return _PINS if world.chip == "esp32" else _PINS_S3
