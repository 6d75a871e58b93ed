"""Readings that wait for delivery, oldest first: a few in RAM, and on flash what RAM or time would lose.

Online a reading is sent from RAM and the flash is never written. A reading is accepted, and safe from a power
cut, once it is delivered or stored: when RAM is full, when the oldest is older than `store_every`, and before
sleep, stop and reset.
"""

from . import log, port
from .port import const

CAPACITY = const(64)  # about 25 KB of a board's heap when every payload is as large as allowed
IN_RAM = const(8)  # with it: what an online board needs between two sends


class Record:
    """One reading: UNIX ms (None while unknown), its moment of uptime in ms, label and payload."""

    def __init__(self, timestamp, uptime, label, payload):
        self.timestamp = timestamp
        self.uptime = uptime
        self.label = label
        self.payload = payload


class Outbox:
    """A queue that counts what it could not keep and what the platform refused."""

    def __init__(self, store=None, boot=1, store_ms=600000, capacity=None):
        self.boot = boot
        self._store = store
        self._store_ms = store_ms
        self._capacity = capacity or (IN_RAM if store else CAPACITY)
        self._records = []
        self._head = None  # the oldest stored record, once read
        self._stamp = None
        self._since = None  # uptime of the oldest reading that a power cut would take
        self.before = 0  # dropped in wakes before this one
        self._lost = 0
        self.aside = 0
        if store and store.count:
            boot_then, uptime = store.newest or (0, 0)
            if boot_then and boot_then != boot:  # the same one wakes from a sleep
                self._times().ended(boot_then, uptime)

    def __len__(self):
        return len(self._records) + (self._store.count if self._store else 0)

    @property
    def dropped(self):
        """Readings that found no room."""
        return self.before + self._lost + (self._store.dropped if self._store else 0)

    def unsafe(self):
        """How many readings a power cut would take now."""
        return len(self._records) + (self._store.unsynced if self._store else 0)

    def put(self, record):
        """Queue a record; when full, the policy says which one is dropped and counted."""
        if self._since is None:
            self._since = record.uptime
        self._records.append(record)
        if self._store and (self._store.count or len(self._records) > self._capacity):
            self._spill()
        if len(self._records) > self._capacity:
            self._records.pop(0)
            self._lost += 1

    def keep(self, uptime):
        """Store what has been unsafe for too long; app calls it in every round."""
        if self._since is not None and self._store and uptime - self._since >= self._store_ms:
            self.flush()

    def flush(self):
        """Make every reading safe."""
        if self._store:
            self._spill()
        if self._store:
            self._store.sync()
            self._head = None
        self._since = None

    def stamp(self, stamp):
        """The time is known: records of this boot get their timestamps, stored ones when they are read."""
        self._stamp = stamp
        for record in self._records:
            if record.timestamp is None:
                record.timestamp = stamp(record.uptime)
        if self._store and self._store.count:
            self._times().learned(self.boot, stamp(0))
        self._head = None

    def peek(self):
        """The oldest record, or None; its timestamp is None while its time cannot be known."""
        if self._store and self._store.count:
            if self._head is None:
                self._head = self._read()
            if self._head is not None:
                return self._head
        return self._records[0] if self._records else None

    def done(self):
        """Forget the oldest record: it was delivered."""
        if self._head is None:
            self._records.pop(0)
        else:
            self._head = None
            self._store.done()
            if not self._store.count:
                port.remove(self._store.folder + "times")
        if not self.unsafe():
            self._since = None

    def set_aside(self, reason=""):
        """Take the oldest record out: the platform will never accept it; a person may look at it."""
        self.aside += 1
        if self._store:
            from . import aside

            aside.keep(self._store.folder, self.peek(), reason)
        self.done()

    def _spill(self):
        while self._records:
            if self._store.given_up:
                self._lost += self._store.dropped
                self._store = self._head = None
                self._capacity = CAPACITY
                return
            self._write(self._records.pop(0))

    def _write(self, record):
        self._head = None  # the policy may drop the very one
        if record.timestamp is None:
            self._store.append(self.boot, record.uptime, record.label, record.payload)
        else:
            self._store.append(0, record.timestamp, record.label, record.payload)

    def _read(self):
        found = self._store.peek()
        if found is None:
            return None
        boot, time, label, payload = found
        if not boot:
            return Record(time, None, label, payload)
        record = Record(None, time, label, payload)
        if boot == self.boot:
            record.timestamp = self._stamp(time) if self._stamp else None
        elif self._stamp:  # by the latest at the first sync the boot's place in time is known
            record.timestamp = self._times().at(boot, time)
        return record

    def _times(self):
        from . import times

        return times.Times(self._store.folder)


def on_flash(folder, boot, store_every, when_full):
    """The outbox of a board: on flash, or in RAM where the file system would not survive a power cut."""
    from .store import Store

    try:
        port.make_folder(folder)
        if not port.is_fat(folder):
            return Outbox(Store(folder, when_full), boot, int(store_every * 1000))
        why = "a power cut can spoil FAT; flash an image with littlefs"
    except OSError as error:
        why = "no place on flash: %s" % error
    log.error("outbox", "readings wait in RAM only: " + why)
    return Outbox()
