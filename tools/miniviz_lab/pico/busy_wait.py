"""Waits that the guest spends reading its timer again and again pass in larger steps.

The radio's driver waits like that for two thirds of a second while the radio starts. Only a tight loop over
the microsecond counter is meant that has lasted longer than any wait of a sensor's protocol; one that also
looks at a pin (a DHT22's bits) goes on instruction by instruction.
"""

from typing import Any

from .chip import Chip

_COUNTER = 0x28  # TIMERAWL, RP2040 data sheet 4.6.5
_CORE_NUMBER = 0  # CPUID, 2.3.1.7: what such a loop asks besides
_TIGHT_NS = 2_000  # between two reads of a wait
_SURE_NS = 2_000_000  # four times a 1-Wire reset, the longest of them
_STEP_NS = 20_000  # well below anything that a driver waits for by counting


class BusyWait:
    """Watches the reads of the timer from one place."""

    def __init__(self, chip: Chip) -> None:
        timer: Any = chip.timer
        sio: Any = chip.sio
        self._chip: Any = chip
        self._timer, self._sio = timer.read_uint32, sio.read_uint32
        timer.read_uint32, sio.read_uint32 = self._read_timer, self._read_sio
        self._place = 0
        self._last = self._began = 0.0

    def _read_timer(self, offset: int) -> int:
        if offset == _COUNTER:
            clock, place = self._chip.clock, self._chip.core.pc
            if place == self._place and clock.nanos - self._last < _TIGHT_NS:
                if clock.nanos - self._began > _SURE_NS:
                    clock.tick(_STEP_NS)
            else:
                self._place, self._began = place, clock.nanos
            self._last = clock.nanos
        return self._timer(offset)

    def _read_sio(self, offset: int) -> int:
        if offset != _CORE_NUMBER:
            self._place = 0
        return self._sio(offset)
