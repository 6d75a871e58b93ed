"""What `machine` does alike on both ports: restarts, the watchdog, the real-time clock, reading a pin."""

import world
import world_bus
import world_time


def reset():
    world.reboot("hard")


def soft_reset():
    world.reboot("soft")


def bootloader(timeout=0):
    """The board goes away and shows its USB drive; here it is a reset, and the test shows the drive."""
    world.reboot("hard")


def reset_cause():
    return world.reset_cause


def deepsleep(time_ms=0):
    if world.port == "esp32":  # its watchdog belongs to the CPU, which is off
        world_time.cancel(world.state.get("watchdog"))
    world.sleep_ms(integer(time_ms))
    world.reboot("deepsleep")


def lightsleep(time_ms=0):
    world.sleep_ms(integer(time_ms))


def idle():
    world.sleep_ms(1)


def integer(value):
    """An int as the C code of a board takes it."""
    if isinstance(value, bool):
        return int(value)
    if not isinstance(value, int):
        raise TypeError("can't convert %s to int" % type(value).__name__)
    return value


class Clock:
    """RTC().datetime(): (year, month, day, weekday, hour, minute, second, subsecond), whole seconds only."""

    def datetime(self, *value):
        if not value:
            return from_unix(world.state.get("rtc", _POWER_ON) + world.elapsed_ms() // 1000)
        (given,) = value
        if not isinstance(given, (tuple, list)):
            raise TypeError("object '%s' isn't a tuple or list" % type(given).__name__)
        if len(given) != 8:
            raise ValueError("requested length 8 but object has length %d" % len(given))
        world.state["rtc"] = to_unix(given) - world.elapsed_ms() // 1000
        return None


_POWER_ON = 1609459200  # 2021-01-01: what a Pico W believes after power-on


def to_unix(value):
    year, month, day, _, hour, minute, second, _ = value
    return (_days(year, month, day) * 24 + hour) * 3600 + minute * 60 + second


def from_unix(seconds):
    days, rest = divmod(seconds, 86400)
    year = 1970
    while days >= _days(year + 1, 1, 1):
        year += 1
    month = 12
    while days < _days(year, month, 1):
        month -= 1
    day = days - _days(year, month, 1) + 1
    return (year, month, day, (days + 3) % 7, rest // 3600, rest // 60 % 60, rest % 60, 0)


def _days(year, month, day):
    # Days since 1970-01-01; the year begins in March so that the leap day comes last.
    year, month = (year - 1, month + 12) if month < 3 else (year, month)
    return 365 * year + year // 4 - year // 100 + year // 400 + (153 * (month - 3) + 2) // 5 + day - 719469


def watch(timeout):
    """Arm the watchdog, or give it another timeout."""
    world.state["watchdog_ms"] = timeout
    feed()


def feed():
    """Feed the watchdog."""
    world_time.cancel(world.state.get("watchdog"))
    world.state["watchdog"] = world_time.alarm(world.state["watchdog_ms"], _bite)


def _bite():
    world.reboot("watchdog")


class TimerBase:
    """Periodic or one-shot calls; they come while the program sleeps or asks for the ticks."""

    ONE_SHOT, PERIODIC = 0, 1

    def init(self, *, mode=1, period=0xFFFFFFFF, callback=None):
        self.deinit()
        if callback is not None and not callable(callback):
            raise TypeError("callback is not callable")
        ring = (lambda: callback(self)) if callback else (lambda: None)
        self._alarm = world_time.alarm(max(integer(period), 1), ring, mode == 1)

    def deinit(self):
        world_time.cancel(self._alarm)
        self._alarm = None


class PinBase:
    """Reading and driving; a port's Pin says when it drives its wire and when it pulls it up."""

    def value(self, *x):
        return self(*x)

    def __call__(self, *x):
        if x:
            (wanted,) = x
            drive(self._name, 1 if wanted else 0)
            return None
        mode, pull = modes().get(self._name, self.IN), pulls().get(self._name, 0)
        return level(
            self._name, self._drives(mode), self._pulls_up(mode, pull & self.PULL_UP), pull & self.PULL_DOWN
        )

    def off(self):
        self(0)

    def on(self):
        self(1)

    def toggle(self):
        self(not world.outputs.get(self._name, 0))


def modes():
    """Each pin's mode by its name."""
    return world.state.setdefault("pin_modes", {})


def pulls():
    """Each pin's pull by its name."""
    return world.state.setdefault("pin_pulls", {})


class WatchdogBase:
    """Armed by its construction; a port's WDT checks the time-out."""

    def feed(self):
        feed()


def drive(name, level):
    """Put a level on a pin; what hangs on it notices."""
    world.outputs[name] = level
    world_bus.pin_changed(name, level)


def level(name, driven, pull_up, pull_down):
    """What a digital pin reads: what it drives, what the world puts on it, or what its pull does."""
    if driven:
        return world.outputs.get(name, 0)
    if name in world.pins:
        return 1 if world.pins[name] else 0
    if pull_up and not pull_down:
        return 1
    return 0


def sample(channel, default=32768):
    """A 12-bit conversion stretched to 16 bits, as both ports do it."""
    raw = min(max(int(world.adc.get(channel, default)), 0), 65535) >> 4
    return raw << 4 | raw >> 8
