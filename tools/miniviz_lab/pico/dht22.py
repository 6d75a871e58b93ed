"""A DHT22 at bit level (its data sheet's timing), with the faults that a real one has."""

from typing import Any, Literal

from .chip import LOW, Chip, alarm

Fault = Literal["absent", "checksum", "short"]
_START_NS = 800_000  # the host pulls low for at least this long
_ANSWER = ((30, 0), (80, 1), (80, 0))  # microseconds until the line takes the level


class Dht22:
    """Hangs on one GPIO; temperature in tenths of a degree and humidity in tenths of a percent."""

    def __init__(self, gpio: int, temperature: float = 23.4, humidity: float = 56.7) -> None:
        self.gpio = gpio
        self.temperature = temperature
        self.humidity = humidity
        self.fault: Fault | None = None
        self.answered: list[int] = []  # guest time in ns at which each answer was complete
        self._steps: list[tuple[int, int]] = []
        self._low_at: int | None = None

    def attach(self, chip: Chip) -> None:
        """Listen on the pin, whose pull-up holds it high."""
        self._chip: Any = chip
        self._pin: Any = chip.gpio[self.gpio]
        self._alarm = alarm(chip, self._step)
        self._pin.set_input_value(True)
        self._pin.add_listener(self._edge)

    def _edge(self, new: Any, old: Any) -> None:
        if new == LOW:
            self._low_at = self._chip.clock.nanos
            self._steps = []
            self._alarm.cancel()
            self._pin.set_input_value(False)
        elif old == LOW:
            self._pin.set_input_value(True)
            held = self._chip.clock.nanos - self._low_at if self._low_at is not None else 0
            self._low_at = None
            if held >= _START_NS and self.fault != "absent":
                self._answer()

    def _answer(self) -> None:
        self._steps = list(_ANSWER)
        for byte in self.frame():
            for bit in range(7, -1, -1):
                self._steps += [(50, 1), (70 if byte >> bit & 1 else 26, 0)]
        self._steps.append((50, 1))
        if self.fault == "short":
            del self._steps[40:]
        self._arm()

    def frame(self) -> bytes:
        """Four bytes and their sum."""
        return self._summed(self.values())

    def values(self) -> bytes:
        """Humidity and temperature as this model sends them."""
        humidity = round(self.humidity * 10)
        temperature = round(abs(self.temperature) * 10) | (0x8000 if self.temperature < 0 else 0)
        return humidity.to_bytes(2, "big") + temperature.to_bytes(2, "big")

    def _summed(self, data: bytes) -> bytes:
        return data + bytes([sum(data) & 255 ^ (0x55 if self.fault == "checksum" else 0)])

    def _arm(self) -> None:
        if self._steps:
            self._alarm.schedule(self._steps[0][0] * 1000)

    def _step(self) -> None:
        self._pin.set_input_value(bool(self._steps.pop(0)[1]))
        if not self._steps:
            self.answered.append(int(self._chip.clock.nanos))
        self._arm()
