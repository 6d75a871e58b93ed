"""A DS18B20 at bit level on a 1-Wire bus (its data sheet's slots): search, conversion, scratchpad, faults."""

from collections.abc import Generator, Iterator
from typing import Any, Literal

from .chip import LOW, Chip, alarm

Fault = Literal["absent", "crc"]
_RESET_NS = 400_000  # held low for longer: everybody on the bus starts again
_ONE_NS = 20_000  # a slot that is low for less writes a 1
_HOLD_NS = 30_000  # for a 0 the probe holds the line so long from the slot's beginning
_PRESENCE_NS = (30_000, 120_000)  # after the reset, and how long it lasts
_CONVERT_NS = 700_000_000
_SEARCH, _MATCH, _SKIP = 0xF0, 0x55, 0xCC
_CONVERT, _READ = 0x44, 0xBE
_POWER_ON = 85.0

# What the probe does in a slot: tell a bit, or take one (None).
Talk = Iterator[int | None]


class Ds18b20:
    """One probe, powered by its own wire; temperature in sixteenths of a degree."""

    def __init__(self, gpio: int, temperature: float = 21.5, rom: str = "28ff641f33170422") -> None:
        self.gpio = gpio
        self.temperature = temperature
        self.fault: Fault | None = None
        body = bytes.fromhex(rom)[:7]
        self.rom = body + bytes([crc8(body)])
        self._kept = _POWER_ON
        self._ready: int | None = None  # when the running conversion ends
        self._taken = 0
        self._low_at = 0

    def attach(self, chip: Chip) -> None:
        """Listen on the pin, whose pull-up holds it high."""
        self._chip: Any = chip
        self._pin: Any = chip.gpio[self.gpio]
        self._alarm = alarm(chip, self._step)
        self._steps: list[tuple[int, bool]] = []
        self._talk: Iterator[int | None] = iter(())
        self._next: int | None = None
        self._pin.set_input_value(True)
        self._pin.add_listener(self._edge)

    def _edge(self, new: Any, old: Any) -> None:
        now = int(self._chip.clock.nanos)
        if new == LOW:
            self._low_at = now
            self._pin.set_input_value(False)
            self._arm([])
        elif old == LOW:
            held = now - self._low_at
            if held >= _RESET_NS:
                self._start()
            elif self._next is None:
                self._pin.set_input_value(True)
                self._advance(int(held < _ONE_NS))
            else:
                told = self._next
                if told:
                    self._pin.set_input_value(True)
                else:
                    self._arm([(max(1, _HOLD_NS - held), True)])
                self._advance(told)

    def _start(self) -> None:
        self._pin.set_input_value(True)
        self._talk = iter(())
        self._next = None
        if self.fault != "absent":
            self._arm([(_PRESENCE_NS[0], False), (_PRESENCE_NS[1], True)])
            self._talk = self._session()
            self._next = next(self._talk)

    def _advance(self, bit: int) -> None:
        """A slot is over; what comes in the next one?"""
        self._taken = bit
        self._next = next(self._talk, None)

    def _session(self) -> Talk:
        """From a reset to the next."""
        command = yield from self._byte()
        if command == _SEARCH:
            for bit in bits(self.rom):
                yield bit
                yield 1 - bit
                yield None
                if self._taken != bit:
                    return
            return
        if command == _MATCH:
            for byte in self.rom:
                if (yield from self._byte()) != byte:
                    return
        elif command != _SKIP:
            return
        command = yield from self._byte()
        if command == _CONVERT:
            self._settle()
            self._ready = int(self._chip.clock.nanos) + _CONVERT_NS
        elif command == _READ:
            yield from bits(self._scratchpad())

    def _byte(self) -> Generator[int | None, None, int]:
        value = 0
        for place in range(8):
            yield None
            value |= self._taken << place
        return value

    def _scratchpad(self) -> bytes:
        self._settle()
        raw = round(self._kept * 16) & 0xFFFF
        data = raw.to_bytes(2, "little") + bytes((0x4B, 0x46, 0x7F, 0xFF, 0x0C, 0x10))
        return data + bytes([crc8(data) ^ (0x55 if self.fault == "crc" else 0)])

    def _settle(self) -> None:
        if self._ready is not None and self._chip.clock.nanos >= self._ready:
            self._kept, self._ready = round(self.temperature * 16) / 16, None

    def _arm(self, steps: list[tuple[int, bool]]) -> None:
        self._alarm.cancel()
        self._steps = steps
        if steps:
            self._alarm.schedule(steps[0][0])

    def _step(self) -> None:
        self._pin.set_input_value(self._steps.pop(0)[1])
        self._arm(self._steps)


def bits(data: bytes) -> Iterator[int]:
    """Lowest bit first, as the bus has it."""
    for byte in data:
        for place in range(8):
            yield byte >> place & 1


def crc8(data: bytes) -> int:
    """Maxim's checksum."""
    crc = 0
    for bit in bits(data):
        crc = crc >> 1 ^ (0x8C if (crc ^ bit) & 1 else 0)
    return crc
