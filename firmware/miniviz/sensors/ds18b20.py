"""DS18B20: one or several thermometers on a 1-Wire bus."""

import binascii

from .. import port
from ..port import const
from . import SensorError, open_pin

FIELDS = {
    "pin": ("pin", ...),
    "names": ("map", {}),  # ROM in hex -> key, so that a probe keeps its key whatever else is on the bus
}

_CONVERT_MS = const(750)  # datasheet: 12 bits take 750 ms at most
_TRIES = const(3)
_POWER_ON = 85.0  # datasheet: the register's value before the first conversion
_LOW = const(-55)  # datasheet
_HIGH = const(125)
_WIRING = "check power, wire and a 4.7 kOhm pull-up from data to 3.3 V"


class Sensor:
    """The bus; probes are looked for until one is found, and then keep their keys until the next start."""

    def __init__(self, entry):
        import ds18x20
        import onewire

        self.where = "ds18b20 on pin %s" % entry["pin"]
        self.bus = ds18x20.DS18X20(onewire.OneWire(open_pin(entry)))
        try:
            self.names = {binascii.unhexlify(rom): key for rom, key in entry["names"].items()}
        except ValueError:
            raise SensorError('%s: in "names" a ROM has 16 hex digits' % self.where)
        self.probes = None
        self.problem = None  # what ails some of the probes while others answer

    def read(self):
        """Degrees Celsius as `temperature`, or `temperature_1` and on by ROM; takes up to 2.5 s."""
        self.probes = self.probes or self._find()
        self.problem = None
        waiting, values = self.probes, {}
        for _ in range(_TRIES):
            fault = self._convert()
            if fault is None:
                for rom, key in waiting:
                    fault = self._fetch(rom, key, values) or fault
            waiting = [probe for probe in waiting if probe[1] not in values]
            if not waiting:
                return values
        problem = "%s: %s %s" % (self.where, ", ".join([key for _, key in waiting]), fault)
        if not values:
            raise SensorError(problem)
        self.problem = problem
        return values

    def _find(self):
        """(ROM, key) of every probe that answers or has a name."""
        found = sorted(set(map(bytes, self.bus.scan())) | set(self.names))
        if not found:
            raise SensorError("%s: no probe answers; %s" % (self.where, _WIRING))
        if len(found) == 1:
            return [(found[0], self.names.get(found[0], "temperature"))]
        return [(rom, self.names.get(rom, "temperature_%d" % i)) for i, rom in enumerate(found, 1)]

    def _convert(self):
        """Measure with all probes at once; what went wrong, or None."""
        try:
            self.bus.convert_temp()
        except Exception:  # noqa: BLE001 - OneWireError is a bare Exception of a module that need not be there
            return "does not answer; " + _WIRING
        port.sleep_ms(_CONVERT_MS)
        return None

    def _fetch(self, rom, key, values):
        """Put one probe's temperature into values; what went wrong, or None."""
        try:
            value = self.bus.read_temp(bytearray(rom))
        except Exception as error:  # noqa: BLE001 - the driver raises a bare Exception("CRC error")
            return "is not readable (%s); %s" % (error or "no answer", _WIRING)
        if value == _POWER_ON:
            return "says 85.0, its value before a conversion; give it 3.3 V on its own wire"
        if value == 0 and not any(self.bus.buf):  # their CRC is right; a live register has 255 in byte 5
            return "sends nothing but zeros; the data wire is shorted to ground"
        if value is None or not _LOW <= value <= _HIGH:
            return "says %s, it can measure -55 to 125; %s" % (value, _WIRING)
        values[key] = value
        return None
