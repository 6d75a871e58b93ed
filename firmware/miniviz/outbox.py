"""Readings that wait for delivery: in RAM and bounded, oldest first."""

from . import port

CAPACITY = port.const(64)  # about 25 KB of a board's heap when every payload is as large as allowed


class Record:
    """One reading: UNIX ms (None while unknown), its moment of uptime in ms, label and payload."""

    def __init__(self, timestamp, uptime, label, payload):
        self.timestamp = timestamp
        self.uptime = uptime
        self.label = label
        self.payload = payload


class Outbox:
    """A queue that counts what it could not keep and what the platform refused."""

    def __init__(self, capacity=CAPACITY):
        self._capacity = capacity
        self._records = []
        self.dropped = 0
        self.aside = 0

    def __len__(self):
        return len(self._records)

    def put(self, record):
        """Queue a record; when full, the oldest is dropped and counted."""
        if len(self._records) >= self._capacity:
            self._records.pop(0)
            self.dropped += 1
        self._records.append(record)

    def stamp(self, stamp):
        """Give the records that were taken before the time was known their timestamps."""
        for record in self._records:
            if record.timestamp is None:
                record.timestamp = stamp(record.uptime)

    def peek(self):
        """The oldest record, or None."""
        return self._records[0] if self._records else None

    def done(self):
        """Forget the oldest record: it was delivered."""
        self._records.pop(0)

    def set_aside(self):
        """Take the oldest record out: the platform will never accept it."""
        self._records.pop(0)
        self.aside += 1
