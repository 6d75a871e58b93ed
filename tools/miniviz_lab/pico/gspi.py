"""The radio's two-wire bus, a word at a time: what the emulator clocks bit by bit is moved in one step.

The official image drives this bus with a PIO program of two loops, one that sends and one that receives. A
word's inner bits change nothing but two shift registers, so this state machine moves them between those
and takes as long as they would have taken. First and last bit, and all other programs, go the usual way.
A block whose machines all wait is not asked again until one of them is woken. The host needs a seventh of the
time to switch the radio on (its own firmware is 230 KB).
"""

from typing import Any

from rp2040py.peripherals.state_machine import StateMachine

from . import rp2040
from .chip import Chip

_WORD = 32
_DATA_PIN = 24
_CYCLE_NS = 8.0
# Opcodes with the level that the clock's pin takes with them (bit 12, one side-set bit).
_OUT, _JMP_X = 0x6001, 0x1040
_IN, _JMP_Y = 0x4001, 0x1080


class WordMachine(StateMachine):
    """A PIO state machine that moves the inner bits of a word on the radio's bus in one step."""

    wire: "rp2040.Wire"

    def step(self) -> None:
        """One instruction, or as many as the word has left but its last bit."""
        if not self.waiting:
            code: list[int] = self.pio.instructions
            pc: int = self.pc
            if code[pc] == _OUT and code[(pc + 1) & 31] == _JMP_X | pc:
                self._send()
            elif code[pc] == _IN and code[(pc + 1) & 31] == _JMP_Y | pc:
                self._receive()
        super().step()
        if self.waiting and all(other.waiting or not other.enabled for other in self.pio.machines):
            self.pio.stopped = True

    def check_wait(self) -> None:
        """Look whether what it waits for is there."""
        super().check_wait()
        if self.enabled and not self.waiting:
            self.pio.stopped = False

    def _send(self) -> None:
        count = min(_WORD - 1 - self.output_shift_count, self.x)
        if count <= 0 or not self.output_shift_count:
            return
        register: int = self.output_shift_reg
        if self.wire.take(register >> (_WORD - count), count):
            self.output_shift_reg = register << count & 0xFFFFFFFF
            self.output_shift_count += count
            self.x -= count
            self._pass(count)

    def _receive(self) -> None:
        count = min(_WORD - 1 - self.input_shift_count, self.y)
        if count <= 0:
            return
        bits = self.wire.give(count)
        if bits is not None:
            self.input_shift_reg = (self.input_shift_reg << count | bits) & 0xFFFFFFFF
            self.input_shift_count += count
            self.y -= count
            self._pass(count)

    def _pass(self, bits: int) -> None:
        # Two instructions a bit. The driver only polls for the end meanwhile: the processor may stand.
        self.rp2040.clock.tick(2 * bits * self.div_fp * _CYCLE_NS / 256)


def speed_up(chip: Chip, bus: Any) -> None:
    """Let the machines of both PIO blocks know the bus."""
    wire = rp2040.Wire(bus, chip.gpio[_DATA_PIN])
    for block in chip.pio:
        for index in range(4):
            machine: Any = WordMachine(chip, block, index)
            machine.wire = wire
            block.machines[index] = machine
