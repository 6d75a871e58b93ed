"""Arducam Mega's chip on SPI: every answer comes a byte late, every setting keeps it busy for a while."""

import world
import world_time
from _arducam_fifo import Fifo

_SIZES_NEW = {2: (160, 120), 3: (320, 240), 5: (640, 480), 6: (800, 600), 8: (1280, 720), 10: (1600, 1200)}
_SIZES_NEW.update({11: (1920, 1080), 12: (2048, 1536), 13: (2592, 1944)})
_SIZES_OLD = {1: (320, 240), 2: (640, 480), 4: (1280, 720), 6: (1600, 1200), 7: (1920, 1080)}
_SIZES_OLD.update({8: (2048, 1536), 9: (2592, 1944)})
_BUSY_US = 30000


class ArducamMega:
    def __init__(self, settings):
        self._id = settings.get("id", 0x86)
        self._sizes = _SIZES_NEW if self._id >= 0x85 else _SIZES_OLD
        self.fifo = Fifo(settings)
        self._registers = {}
        self._busy_until = 0
        self._command, self._late = None, 0
        self._fresh = False  # the picture's first burst begins with a byte that is none of it

    def select(self):
        self._command, self._late = None, 1

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
        if self._command == 0x3C:
            if self._fresh:
                self._fresh = False
                return 0x55
            return self.fifo.next()
        if self._late:
            self._late -= 1
            return 0x55
        return self._read(self._command)

    def _write(self, register, value):
        if register == 0x04:
            if value & 1:
                self.fifo.forget()
            if value & 2:
                self._start()
            return
        if self._busy_until > world_time.board_us():
            return  # it does not hear a setting while it is busy with the last
        self._registers[register] = value
        self._busy_until = world_time.board_us() + _BUSY_US

    def _start(self):
        size = self._sizes.get(self._registers.get(0x21))
        if self._registers.get(0x20) != 1 or size is None:
            raise ValueError("a Mega without a format and a size takes no picture: %s" % self._registers)
        self._fresh = True
        self.fifo.capture(size[0], size[1], {0: 80, 1: 50, 2: 20}[self._registers.get(0x2A, 1)])

    def _read(self, register):
        if register == 0x40:
            return self._id
        if register == 0x44:
            busy = self._busy_until > world_time.board_us()
            return (1 if busy else 2) | (4 if self.fifo.done() else 0)
        if 0x45 <= register <= 0x47:
            return self.fifo.size >> 8 * (register - 0x45) & 0xFF
        return self._registers.get(register, 0)
