"""ArduCAM Mini's chip on SPI: a register's address and value, or a burst from its picture memory."""

import world
from _arducam_fifo import Fifo


class ArducamMini:
    def __init__(self, settings, sensor):
        self._sensor = sensor
        self.fifo = Fifo(settings)
        self._registers = {0x00: 0, 0x01: 0, 0x40: 0x73}
        self._command = None

    def select(self):
        self._command = None

    def deselect(self):
        pass

    def exchange(self, byte):
        if world.strikes("camera_absent"):
            return 0xFF
        if self._command is None:
            self._command = byte
            return 0
        if self._command & 0x80:
            self._write(self._command & 0x7F, byte)
            return 0
        return self.fifo.next() if self._command == 0x3C else self._read(self._command)

    def _write(self, register, value):
        if register == 0x04:
            if value & 1:
                self.fifo.forget()
            if value & 2:
                self.fifo.capture(*self._sensor.setting())
        elif register == 0x07 and value & 0x80:
            self._registers[0x00] = 0
        self._registers[register] = value

    def _read(self, register):
        if register == 0x41:
            return 8 if self.fifo.done() else 0
        if 0x42 <= register <= 0x44:
            return self.fifo.size >> 8 * (register - 0x42) & 0xFF
        return self._registers.get(register, 0)
