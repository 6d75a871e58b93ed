"""When those boots were whose readings were stored before the time was known.

`outbox/times` holds entries of 14 bytes: boot, kind, value, CRC. Kind 1: UNIX ms at the boot's start, learned
in it. Kind 2: the boot ended without it, at this uptime or later: it goes right before the next that did.
"""

import binascii
import struct

from . import log, port
from .port import const

_KNOWN = const(1)
_ENDED = const(2)
_ENTRY = const(14)
_MOST = const(
    64
)  # entries that are kept: more boots without the time lose their exact place, not their order


class Times:
    """The log of one outbox folder."""

    def __init__(self, folder):
        self._path = folder + "times"

    def learned(self, boot, start_ms):
        """This boot began at this UNIX time."""
        if not any(b == boot and kind == _KNOWN for b, kind, _ in self._entries()):
            self._add(boot, _KNOWN, start_ms)

    def ended(self, boot, uptime):
        """A boot's last stored reading, when the next one finds it."""
        if not any(b == boot for b, _, _ in self._entries()):
            self._add(boot, _ENDED, uptime)

    def at(self, boot, uptime):
        """UNIX ms of a reading of an earlier boot; None if no later boot knows the time either."""
        before = 0
        for b, kind, value in self._entries():
            if b < boot:
                continue
            if kind == _KNOWN:
                if b != boot:
                    said = "boot %d never learned the time: its readings are stamped just before boot %d" % (
                        boot,
                        b,
                    )
                    if said != Times.said:
                        Times.said = said
                        log.warning("outbox", said)
                return value - before + uptime
            before += value + 1
        return None

    said = None  # once per boot, not per reading

    def _entries(self):
        try:
            with open(self._path, "rb") as file:
                while True:
                    entry = file.read(_ENTRY)
                    if len(entry) < _ENTRY:
                        return
                    if binascii.crc32(entry[:13]) & 255 == entry[13]:
                        boot, kind, value = struct.unpack("<IBq", entry[:13])
                        yield boot, kind, value
        except OSError:  # no such boot yet
            return

    def _add(self, boot, kind, value):
        entries = list(self._entries())[-_MOST + 1 :] + [(boot, kind, value)]
        data = b""
        for one in entries:
            entry = struct.pack("<IBq", *one)
            data += entry + bytes((binascii.crc32(entry) & 255,))
        try:
            with open(self._path + ".new", "wb") as file:
                file.write(data)
            port.replace(self._path + ".new", self._path)
        except OSError as error:
            log.warning("outbox", "cannot note the boot's time (%s)" % error)
