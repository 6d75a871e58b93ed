"""Empties the outbox: one reading at a time, oldest first, at the pace that the platform allows."""

from . import client, log, rules
from .retry import Backoff


class Sender:
    """Moves records from outbox to platform; an outcome decides what becomes of each."""

    def __init__(self, outbox, post_reading, uptime_ms, every_s):
        self.outbox = outbox
        self.delivered = 0
        self.refusal = None  # the platform's reason while token, project or plan are wrong
        self.problem = None  # why the last try failed, None after a success
        self._send = post_reading
        self._uptime_ms = uptime_ms
        self._every_ms = int(every_s * 1000)
        self._due = 0
        self._batch = 0
        self._backoff = Backoff(uptime_ms)

    def ready(self):
        """True if a stamped record waits and it is time to send."""
        record = self.outbox.peek()
        waits = record is not None and record.timestamp is not None
        return waits and self._backoff.ready() and self._uptime_ms() >= self._due

    def may_try(self):
        """True unless a failure or the server's wish asks to wait."""
        return self._backoff.ready()

    def wait_ms(self):
        """Milliseconds until the next send can be due."""
        return max(self._due - self._uptime_ms(), self._backoff.wait_ms(), 0)

    def step(self):
        """Send the oldest record; True if more can follow at once."""
        record = self.outbox.peek()
        outcome = self._outcome(record)
        self._apply(outcome)
        if self.outbox.peek() is None or outcome.kind > client.REJECTED:
            self._end_batch()
        return self.ready()

    def _outcome(self, record):
        try:
            rules.check_timestamp(record.timestamp)
            return self._send(record.timestamp, record.label, record.payload)
        except rules.Refused as error:
            return client.Outcome(client.REJECTED, None, str(error))

    def _apply(self, outcome):
        if outcome.kind == client.DELIVERED:
            self.outbox.done()
            self.delivered += 1
            self._batch += 1
            log.debug("send", "delivered, " + outcome.reason)
        elif outcome.kind == client.REJECTED:
            self.outbox.set_aside(outcome.reason)
            log.error("send", "a reading was set aside: " + outcome.reason)
        if outcome.kind <= client.REJECTED:
            self.refusal = self.problem = None
            self._backoff.succeeded()
            return
        misconfigured = outcome.kind == client.MISCONFIGURED
        self.problem = outcome.reason
        self.refusal = outcome.reason if misconfigured else None
        self._backoff.failed(outcome.retry_after, slow=misconfigured)
        write = log.error if misconfigured else log.warning
        wait = (self._backoff.wait_ms() + 999) // 1000
        write("send", "%s; %d wait, next try in %d s" % (outcome.reason, len(self.outbox), wait))

    def _end_batch(self):
        if self._batch:
            count = self._batch
            log.info("send", "delivered 1 reading" if count == 1 else "delivered %d readings" % count)
        self._batch = 0
        self._due = self._uptime_ms() + self._every_ms
