"""What DHT11 and DHT22 share: their timing, their tries and their range check."""

from .. import port
from ..port import const
from . import SensorError, open_pin

_SETTLE_MS = const(1000)  # datasheets: no command within a second of power-on
_SPACING_MS = const(2000)  # DHT22's datasheet: two seconds between measurements
_TRIES = const(3)


class Dht:
    """A DHT on one pin; the subclass names the driver, the decimals and the ranges."""

    def __init__(self, entry):
        import dht

        self.where = "%s on pin %s" % (entry["type"], entry["pin"])
        self.driver = getattr(dht, self.DRIVER)(open_pin(entry))
        self.tries = _TRIES
        # As if it had been read long enough ago for what is left of the spacing to be what is left of the
        # settling time. It has power as long as the ticks count; where they begin anew, up to a second more.
        now = port.ticks_ms()
        self.last = port.ticks_add(now, max(_SETTLE_MS - now, 0) - _SPACING_MS)

    def read(self):
        """Temperature in degrees Celsius and relative humidity in percent; takes up to 7 s if it fails."""
        tries, self.tries = self.tries, 1  # one that failed is asked once a round: others want their turn
        for _ in range(tries):
            fault = self._measure()
            if fault is None:
                values = {
                    "temperature": self._round(self.driver.temperature()),
                    "humidity": self._round(self.driver.humidity()),
                }
                fault = self._out_of_range(values)
                if fault is None:
                    self.tries = _TRIES
                    return values
        raise SensorError("%s %s" % (self.where, fault))

    def _measure(self):
        """What went wrong, or None."""
        wait = _SPACING_MS - port.ticks_diff(port.ticks_ms(), self.last)
        if wait > 0:
            port.sleep_ms(min(wait, _SPACING_MS))  # more would be the tick counter's wrap
        self.last = port.ticks_ms()  # from start to start: measure() itself takes 0.27 s, always the same
        try:
            self.driver.measure()
        except OSError:
            return "does not answer; check power, wire and a 4.7-10 kOhm pull-up from data to 3.3 V"
        except Exception as error:  # noqa: BLE001 - the driver raises a bare Exception("checksum error")
            return "garbles its data (%s); shorten the wire, use a 4.7-10 kOhm pull-up" % error
        return None

    def _round(self, value):
        return round(value, self.DECIMALS) + 0.0 if self.DECIMALS else int(value)  # + 0.0: -0.0 is 0.0

    def _out_of_range(self, values):
        return self._outside("temperature", values, self.TEMPERATURE) or self._outside(
            "humidity", values, self.HUMIDITY
        )

    def _outside(self, key, values, limits):
        low, high = limits
        if low <= values[key] <= high:
            return None
        message = "says %s %.1f, outside %s to %s; is the type right and the wire good?"
        return message % (key, values[key], low, high)
