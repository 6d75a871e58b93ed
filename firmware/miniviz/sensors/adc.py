"""A voltage on an analogue pin, averaged, scaled and rounded."""

from .. import port
from ..port import const
from . import SensorError, bad_pin, open_pin

FIELDS = {
    "pin": ("pin", ...),
    "name": ("str", "voltage", 1, 64),
    "unit": ("choice", "volt", ("volt", "ratio")),  # ratio: 0 to 1 of the full scale
    "scale": ("number", 1, -1000000, 1000000),  # value = unit * scale + offset
    "offset": ("number", 0, -1000000, 1000000),
    "decimals": ("int", 3, 0, 6),
    "samples": ("int", 9, 1, 99),
    "average": ("choice", "median", ("median", "mean")),
    "full_scale": ("number", 3.3, 0.1, 5),  # volts; only where the chip does not know them itself
    "atten": ("choice", "11db", ("0db", "2_5db", "6db", "11db")),  # ESP32 only: its input's attenuation
}
PIN_USE = "adc"

_SPACING_MS = const(2)  # so that the samples of one reading do not share one spike


class Sensor:
    """One analogue input."""

    def __init__(self, entry):
        import machine

        self.entry = entry
        try:
            self.adc = machine.ADC(open_pin(entry))
            if hasattr(machine.ADC, "ATTN_11DB"):
                self.adc.atten(getattr(machine.ADC, "ATTN_" + entry["atten"].upper()))
        except ValueError as error:
            raise bad_pin(entry, error)

    def read(self):
        """The averaged value under its name."""
        entry = self.entry
        try:
            value = self._average() * entry["scale"] + entry["offset"]
        except OSError:
            raise SensorError(
                "adc on pin %s cannot be read; on an ESP32 use a pin of 32 to 39, WiFi has the others"
                % entry["pin"]
            )
        decimals = entry["decimals"]
        return {entry["name"]: round(value, decimals) + 0.0 if decimals else int(round(value))}

    def _average(self):
        count = self.entry["samples"]
        samples = []
        for i in range(count):
            if i:
                port.sleep_ms(_SPACING_MS)
            samples.append(self._sample())
        if self.entry["average"] == "mean":
            return sum(samples) / count
        samples.sort()
        return (samples[count // 2] + samples[(count - 1) // 2]) / 2

    def _sample(self):
        if self.entry["unit"] == "ratio":
            return self.adc.read_u16() / 65535
        if hasattr(self.adc, "read_uv"):  # ESP32: calibrated in the factory
            return self.adc.read_uv() / 1000000
        return self.adc.read_u16() * self.entry["full_scale"] / 65535
