"""`machine` on a Pico W (RP2040)."""

import _machine_bus as bus
import _machine_common as common
import world
from _machine_common import bootloader, deepsleep, idle, lightsleep, reset, reset_cause, soft_reset

__all__ = (
    "ADC",
    "I2C",
    "PWRON_RESET",
    "RTC",
    "SPI",
    "WDT",
    "WDT_RESET",
    "Pin",
    "Timer",
    "bootloader",
    "deepsleep",
    "freq",
    "idle",
    "mem32",
    "lightsleep",
    "reset",
    "reset_cause",
    "soft_reset",
    "unique_id",
)

PWRON_RESET, WDT_RESET = 1, 3
_NOT_ON_HEADER = (23, 24, 25, 29)


class Pin(common.PinBase):
    IN, OUT, OPEN_DRAIN, ALT = 0, 1, 2, 3
    PULL_UP, PULL_DOWN = 1, 2

    def __init__(self, wanted, mode=None, pull=None, *, value=None, alt=5):
        self._name = _find(wanted)
        if mode is not None or pull is not None or value is not None:
            self.init(mode, pull, value=value, alt=alt)

    def init(self, mode=None, pull=None, *, value=None, alt=5):
        if isinstance(self._name, str) and pull is not None:
            raise ValueError("pulls are not supported for external pins")
        if mode is not None:
            if common.integer(mode) not in (self.IN, self.OUT, self.OPEN_DRAIN):
                raise ValueError("invalid pin af: %d" % alt)
            common.modes()[self._name] = mode
            if mode == self.OPEN_DRAIN:
                common.drive(self._name, 1 if value is None or value else 0)
            elif mode == self.OUT:
                wanted = world.outputs.get(self._name, 0) if value is None else value
                common.drive(self._name, 1 if wanted else 0)
        common.pulls()[self._name] = 0 if pull is None else common.integer(pull)

    def low(self):
        self(0)

    def high(self):
        self(1)

    def _drives(self, mode):
        # An open-drain pin that is released reads what the others on the wire do.
        return mode == self.OUT or (mode == self.OPEN_DRAIN and not world.outputs.get(self._name, 0))

    def _pulls_up(self, mode, pull):
        return pull or mode == self.OPEN_DRAIN


class ADC:
    CORE_TEMP = 4

    def __init__(self, wanted):
        if isinstance(wanted, int) and 0 <= wanted <= 4:
            self._channel = wanted
            return
        name = _find(wanted)
        if name not in (26, 27, 28, 29):
            raise ValueError("Pin doesn't have ADC capabilities")
        self._channel = name - 26

    def read_u16(self):
        if self._channel == self.CORE_TEMP:
            volts = 0.706 - (world.chip_temperature - 27) * 0.001721
            return common.sample("core_temp", volts / 3.3 * 65535)
        return common.sample(self._channel + 26)


class SPI(bus.SPI):
    LSB, MSB = 0, 1
    _BUSES = {0: {"sck": 18, "mosi": 19, "miso": 16}, 1: {"sck": 10, "mosi": 11, "miso": 8}}

    def _check_pin(self, key, pin):
        # RP2040 datasheet table 2: RX, CSn, SCK and TX take turns, and the bus changes every 8 pins.
        place = {"miso": 0, "sck": 2, "mosi": 3}[key]
        if pin is not None and (pin._name % 4 != place or pin._name // 8 % 2 != self._bus):
            raise ValueError("bad %s pin" % key.upper())


class I2C(bus.I2C):
    _BUSES = {0: {"scl": 5, "sda": 4}, 1: {"scl": 7, "sda": 6}}
    _NACK = 5  # EIO

    def _check_pin(self, key, pin):
        place = {"sda": 0, "scl": 1}[key]
        if pin is not None and (pin._name % 2 != place or pin._name // 2 % 2 != self._bus):
            raise ValueError("bad %s pin" % key.upper())


class Timer(common.TimerBase):
    def __init__(self, id=-1, **settings):  # noqa: A002
        if common.integer(id) != -1:
            raise ValueError("Timer doesn't exist")
        self._alarm = None
        if settings:
            self.init(**settings)


class WDT(common.WatchdogBase):
    def __init__(self, id=0, timeout=5000):  # noqa: A002
        if common.integer(id) != 0:
            raise ValueError("WDT(%d) doesn't exist" % id)
        if not 0 <= common.integer(timeout) <= 8388:
            raise ValueError("timeout exceeds 8388")
        common.watch(timeout)


class _Registers:
    """The one register that the firmware writes: bit 30 of the watchdog's CTRL, by its atomic clear alias."""

    def __setitem__(self, address, value):
        if (address, value) != (0x4005B000, 1 << 30):
            raise ValueError("nobody here expects mem32[0x%x] = 0x%x" % (address, value))
        common.world_time.cancel(world.state.get("watchdog"))


mem32 = _Registers()


class RTC:
    def __init__(self):
        self._clock = common.Clock()

    def datetime(self, *datetimetuple):
        return self._clock.datetime(*datetimetuple)


def unique_id():
    return b"\xe6\x61\x41\x04\x03\x7b\x0a\x2f"


def freq(*hz):
    if not hz:
        return world.state.get("freq", 125000000)
    (wanted,) = hz
    if not 10000000 <= common.integer(wanted) <= 300000000:
        raise ValueError("cannot change frequency")
    world.state["freq"] = wanted
    return None


def _find(wanted):
    if isinstance(wanted, Pin):
        return wanted._name
    if isinstance(wanted, str):
        return _named(wanted)
    if isinstance(wanted, int) and not isinstance(wanted, bool) and 0 <= wanted < 30:
        return wanted
    raise ValueError("invalid pin")


def _named(name):
    if name in ("LED", "WL_GPIO0", "EXT_GPIO0"):
        return "LED"  # it hangs on the WiFi chip
    if name in ("WL_GPIO1", "WL_GPIO2", "EXT_GPIO1", "EXT_GPIO2"):
        return "EXT_GPIO" + name[-1]
    number = name[4:] if name.startswith("GPIO") else name[2:] if name.startswith("GP") else ""
    if number.isdigit() and number == str(int(number)) and int(number) < 30:
        if name.startswith("GPIO") or int(number) not in _NOT_ON_HEADER:
            return int(number)
    raise ValueError('unknown named pin "%s"' % name)
