"""The board about itself: WiFi signal, free heap, chip temperature, uptime."""

from .. import port
from . import SensorError

FIELDS = {
    "rssi": ("bool", True),
    "free_heap": ("bool", True),
    "chip_temperature": ("bool", True),
    "uptime": ("bool", True),
}


class Sensor:
    """Whatever of it the config asks for and the board can tell."""

    def __init__(self, entry):
        self.probes = [(key, probe) for key, probe in _PROBES if entry[key]]
        self.ticks = port.ticks_ms()
        self.uptime_ms = 0

    def read(self):
        """rssi in dBm, free_heap in bytes, chip_temperature in degrees Celsius, uptime in seconds."""
        now = port.ticks_ms()
        self.uptime_ms += port.ticks_diff(now, self.ticks)  # summed up: the ticks wrap after 12 days
        self.ticks = now
        values = {}
        for key, probe in self.probes:
            value = probe(self)
            if value is not None:
                values[key] = value
        if not values:
            raise SensorError(
                "system: this board can tell nothing of what is asked for; switch another field on"
            )
        return values


def _rssi(sensor):
    try:
        import network
    except ImportError:
        return None
    wlan = network.WLAN(network.STA_IF)
    return wlan.status("rssi") if wlan.isconnected() else None


def _chip_temperature(sensor):
    try:
        celsius = _from_esp32()
    except ImportError:
        celsius = _from_rp2()
    return None if celsius is None else round(celsius, 1) + 0.0


def _from_esp32():
    import esp32

    if hasattr(esp32, "mcu_temperature"):  # S2, S3, C3, C6
        return esp32.mcu_temperature()
    return (esp32.raw_temperature() - 32) / 1.8  # the first ESP32: Fahrenheit


def _from_rp2():
    try:
        from machine import ADC
    except ImportError:
        return None  # the host
    if not hasattr(ADC, "CORE_TEMP"):
        return None
    volts = ADC(ADC.CORE_TEMP).read_u16() * 3.3 / 65535
    return 27 - (volts - 0.706) / 0.001721  # RP2040 datasheet, 4.9.5


_PROBES = (
    ("rssi", _rssi),
    ("free_heap", lambda sensor: port.mem_free()),
    ("chip_temperature", _chip_temperature),
    ("uptime", lambda sensor: sensor.uptime_ms // 1000),
)
